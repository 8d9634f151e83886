"""Bytes as a gzip file whose content does not tell when it was made.

Names of tests are made of their parameters: a clock in them differs from one process to the next.
"""

from __future__ import annotations

import gzip


def zipped(content: bytes) -> bytes:
    """One gzip member, without a time."""
    return gzip.compress(content, mtime=0)
