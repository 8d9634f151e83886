"""Scenario files: documented keys within bounds, and an effect on the world that they describe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from examples.retailer.company import Country
from examples.retailer.plan import SampleError, make_plan
from examples.retailer.scenario import Scenario, Section, load_scenario
from examples.retailer.world.simulate import simulate
from examples.retailer.world.state import World


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.yml"
    path.write_text(text, encoding="utf-8")
    return path


def run(scenario: Scenario) -> World:
    plan = make_plan(800, 200, 5, date(2026, 6, 30))
    return simulate(plan, scenario, lambda _: None)[0]


def test_without_a_file_the_defaults_hold() -> None:
    assert load_scenario(None) == Scenario()


def test_a_file_sets_what_it_names_and_changes_the_digest(tmp_path: Path) -> None:
    found = load_scenario(written(tmp_path, "rates: {orders: 4}\ncorruption: {times: 2}\n"))
    assert found.rates.orders == 4
    assert found.rates.refund == Scenario().rates.refund
    assert found.corruption.share("email_missing") == pytest.approx(
        2 * Scenario().corruption.share("email_missing")
    )
    assert found.digest() != Scenario().digest()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rates: {oders: 4}", "rates.oders"),
        ("rates: {late_delivery: 1.4}", "rates.late_delivery"),
        ("weather: {rain: 1}", "weather"),
        ("hazard: {weekly: often}", "hazard.weekly"),
        ("- a list", "valid dictionary"),
        ("rates: [unclosed", "YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_name_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SampleError) as refused:
        load_scenario(written(tmp_path, text))
    assert named in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="nowhere"):
        load_scenario(tmp_path / "nowhere.yml")


def test_rates_and_hazards_move_the_world() -> None:
    usual = run(Scenario())
    busy = run(Scenario.model_validate({"rates": {"orders": 5}, "hazard": {"weekly": 0.06}}))
    assert busy.tables.count("orders") > 2 * usual.tables.count("orders")
    assert busy.tables.count("period_end") > 2 * usual.tables.count("period_end")


def test_late_parcels_lower_the_scores_after_a_purchase() -> None:
    def mean_csat(share: float) -> float:
        asked = run(Scenario.model_validate({"rates": {"late_delivery": share}})).tables.whole(
            "ask"
        )
        return float(asked["score"][asked["survey"] == 1].mean())

    assert mean_csat(0.9) < mean_csat(0.01) - 0.5


def test_the_readme_lists_every_key_with_its_default(root: Path) -> None:
    readme = (root / "examples/retailer/README.md").read_text(encoding="utf-8")
    sections = {s: f.default for s, f in Scenario.model_fields.items()}
    for section, part in sections.items():
        if isinstance(part, Section):
            for name, key in type(part).model_fields.items():
                assert key.description, name
                assert f"| `{section}.{name}` | {key.default} | {key.description} |" in readme
    for name, key in Country.model_fields.items():
        default = "" if key.is_required() else f"`{key.default}`"
        assert f"| `{name}` | {default} | {key.description} |" in readme
