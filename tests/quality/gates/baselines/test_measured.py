"""The learnt gates as they are measured: quiet on healthy nights, and each kind of fault is told.

A quick version of `make gates-bench`, on a world of its own seed.
"""

from __future__ import annotations

import pytest

from bench.gate_faults import FAULTS
from bench.gate_world import World
from bench.gates import judge_night, plant
from quality.gates import CheckResult
from quality.gates.baselines.names import GATE_KINDS

HEALTHY = range(70, 90, 2)
PLANTED = 73  # a Thursday


def test_healthy_nights_are_not_stopped(world: World) -> None:
    results = [result for batch in HEALTHY for result in judge_night(world, batch)]
    assert [r.message for r in results if r.stops] == []
    warned = [r for r in results if not r.passed and not r.is_skipped]
    assert len(warned) <= 2, [r.message for r in warned]
    judged = [r for r in results if not r.is_skipped]
    assert len(judged) > 100 * len(HEALTHY)


@pytest.fixture(scope="module")
def told(world: World) -> dict[str, list[CheckResult]]:
    """What is said of each fault, planted alone on the same night."""
    return {
        fault.name: [r for r in plant(world, fault, PLANTED) if not r.passed and not r.is_skipped]
        for fault in FAULTS
    }


def test_planted_faults_are_told_on_their_night(told: dict[str, list[CheckResult]]) -> None:
    missed = [name for name, results in told.items() if not results]
    assert len(told) >= 35
    assert len(missed) <= 2, missed  # of one night; the share over many is in docs/gates.md


def test_what_is_told_names_source_gate_and_limit(told: dict[str, list[CheckResult]]) -> None:
    for fault in FAULTS:
        for result in told[fault.name]:
            assert result.gate in result.message
            assert "source " in result.message and " observed" in result.message
            assert result.limit in result.message
            assert result.observed is not None


def test_every_kind_of_gate_bites_and_holds_without_the_fault(
    world: World, told: dict[str, list[CheckResult]]
) -> None:
    healthy = {r.gate: r for r in judge_night(world, PLANTED)}
    bitten = set()
    for results in told.values():
        for result in results:
            before = healthy.get(result.gate)
            if before is not None and before.passed and not before.is_skipped:
                check = result.gate.rsplit(".", 1)[1]
                bitten |= {k for k in GATE_KINDS if check == k or check.startswith(f"{k}_")}
    assert bitten == set(GATE_KINDS)
