"""Which whole nights are left to `make test-long`: `make test` is to end in a quarter of an hour.

Here: the mark. Not here: a night whose fault no other test of `make test` would show at all.
"""

from __future__ import annotations

import os

import pytest

#: `make test-long` sets the variable; how many worlds it asks for is told in worlds.py.
long_only = pytest.mark.skipif(
    "WHOLEVIEW_SCENARIOS" not in os.environ, reason="part of `make test-long`"
)
