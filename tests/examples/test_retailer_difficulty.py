"""The sample stays hard: floors of data/difficulty.yml, measured on files, and never lowered."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.retailer import generate
from examples.retailer.difficulty import MEASURES, floors, measure
from examples.retailer.plan import DEFAULT_CUSTOMERS, DEFAULT_DAYS, DEFAULT_SEED, DEFAULT_UNTIL

#: The lowest that each floor may ever be. A number here is never lowered either.
LOWEST = {
    "records_without_exact_key": 0.15,
    "people_sharing_a_contact_at_home": 0.05,
    "twins": 0.005,
    "recycled_phones": 0.01,
    "cultures": 10,
    "names_with_diacritics": 0.15,
    "names_in_other_letters": 0.008,
    "names_in_other_order": 0.01,
    "names_unlike": 0.05,
    "names_spelt_otherwise": 0.20,
    "people_moved": 0.02,
    "people_renamed": 0.015,
    "people_of_a_firm_of_several": 0.02,
}
#: People do little here: what is measured is who they are, and that costs no events.
QUIET = (
    "rates: {orders: 0.01, sessions: 0.001, anonymous_sessions: 0, contacts: 0.001,"
    " newsletter: 0, offers: 0, incidents_per_year: 0}\n"
)


@pytest.fixture(scope="module", params=[DEFAULT_SEED, 4711])
def measured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("difficulty")
    quiet = folder / "quiet.yml"
    quiet.write_text(QUIET)
    size = (DEFAULT_CUSTOMERS, DEFAULT_DAYS, request.param, DEFAULT_UNTIL)
    generate(folder / "sample", *size, quiet, lambda _: None)
    return measure(folder / "sample")


def test_no_floor_is_eased() -> None:
    assert set(floors()) >= set(LOWEST)
    eased = {name for name, lowest in LOWEST.items() if floors()[name] < lowest}
    assert not eased


def test_every_floor_is_measured() -> None:
    assert set(floors()) == set(MEASURES)


def test_the_files_reach_every_floor(measured: dict[str, float]) -> None:
    missed = {n: measured[n] for n, least in floors().items() if not measured[n] >= least}
    assert not missed


def test_what_is_measured_is_in_the_files_and_not_in_settings(tmp_path: Path) -> None:
    """The same people recorded without any fault have keys in common, and names that agree."""
    clean = tmp_path / "clean.yml"
    clean.write_text(QUIET + "corruption: {times: 0}\n")
    generate(tmp_path / "sample", 1500, 200, 3, DEFAULT_UNTIL, clean, lambda _: None)
    found = measure(tmp_path / "sample")
    assert found["records_without_exact_key"] < 0.01
    assert found["names_unlike"] < 0.01
    assert found["twins"] == found["recycled_phones"] == 0
