"""Drafting a company file from raw files: guesses, each marked where it is unsure.

What belongs here: guessing feeds, columns, times and words from names and first rows, and writing
the draft. What does not: reading files (`orchestration.sampling`) or judging a company file
(`orchestration.company`).
"""

from __future__ import annotations

from orchestration.drafting.draft import draft_company

__all__ = ["draft_company"]
