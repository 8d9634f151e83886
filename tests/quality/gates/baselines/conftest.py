"""A small healthy world of a quarter of a year, counted once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bench.gate_world import World, make_world
from bench.gates import count_world


@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    made = make_world(11, first_night=date(2025, 4, 1), n_past=200, n_nights=90)
    count_world(made)
    yield made
    made.con.close()
