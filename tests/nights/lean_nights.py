"""Nights at a part of their cost: one dbt process, nothing made durable, no tests of dbt's own.

Belongs here: what such stories leave out of a night. Does not: any story. What dbt's own tests look
at, a story looks at itself or leaves to the nights that have them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.assets import warehouse


@contextlib.contextmanager
def lean_nights(*, with_tests: bool = False) -> Iterator[pytest.MonkeyPatch]:
    """Run nights lean while inside; gives what patches, for what a story needs besides."""
    given = warehouse._arguments

    def without_tests(night: Any, command: str) -> list[str]:
        arguments = given(night, command)
        if command != "build":
            return arguments
        at = arguments.index("--exclude-resource-type")
        return [*arguments[:at], "--exclude-resource-type", "test", *arguments[at:]]

    with pytest.MonkeyPatch.context() as patch:
        if not with_tests:
            patch.setattr(warehouse, "_arguments", without_tests)
        patch.setattr(os, "fsync", lambda _: None)  # no such story is about a crash
        dbt = warehouse.DbtProcess()
        patch.setattr(warehouse, "_dbt_of", lambda *_: dbt)
        try:
            yield patch
        finally:
            dbt.close()
