"""Benchmark sets are written as companies that a night can read, with their truth beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.identity import febrl, rldata
from orchestration.company import parse_company

RLDATA = "fname_c1\tfname_c2\tlname_c1\tlname_c2\tby\tbm\tbd\nEVA\tNA\tMAI\tNA\t1967\t9\t7\n"
FEBRL = "rec_id,given_name,surname\nrec-7-org, eva , mai\n"


def test_rldata_is_a_company_of_names_and_whole_dates(tmp_path: Path) -> None:
    (tmp_path / "RLdata500.tsv").write_text(RLDATA)
    (tmp_path / "identity.RLdata500.tsv").write_text("identity.RLdata500\n34\n")
    file = rldata.write_company(tmp_path, "RLdata500", tmp_path / "out")
    assert list(parse_company(file.read_text(), file, {}).sources) == ["rldata500"]
    assert (tmp_path / "out" / "RLdata500.csv").read_text().splitlines()[1] == "1,EVA,MAI,19670907"
    assert rldata.people(tmp_path, "RLdata500") == {"1": 34}


@pytest.mark.parametrize("is_without_number", [True, False])
def test_febrl_is_a_company_with_or_without_the_number(
    tmp_path: Path, is_without_number: bool
) -> None:
    (tmp_path / "dataset1.csv").write_text(FEBRL)
    file = febrl.write_company(
        tmp_path, "febrl1", tmp_path / "out", is_without_number=is_without_number
    )
    company = parse_company(file.read_text(), file, {})
    assert list(company.sources) == ["dataset1"]
    assert ("soc_sec_id" in file.read_text()) is not is_without_number
    assert febrl.person_of("rec-7-org") == 7
