"""The command: what it prints and its exit status."""

from __future__ import annotations

from collections.abc import Callable

from tests.orchestration.check.conftest import Shop

Command = Callable[[], tuple[int, str, str]]


def test_nothing_in_the_way_is_exit_0(command: Command) -> None:
    code, out, err = command()
    assert code == 0 and err == ""
    assert out.startswith(
        "company.yml is valid: 3 sources, feeds orders, transactions, interactions"
    )
    assert out.splitlines()[-1].startswith("0 problems, 0 warnings, ")
    assert out.rstrip().endswith("a run can start")


def test_a_problem_is_exit_1(shop: Shop, command: Command) -> None:
    (shop.folder / "shop.csv").unlink()
    code, out, _ = command()
    assert code == 1
    assert "problem  source shop (line 3): " in out
    assert out.rstrip().endswith("mend the problems first")


def test_a_wrong_company_file_is_exit_2_with_a_line_for_each_problem(
    shop: Shop, command: Command
) -> None:
    shop.change("company.yml", "EUR", "euro")
    shop.change("company.yml", "from: lines", "from: line")
    code, out, err = command()
    assert code == 2 and out == ""
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "company.yml, line 1, company.currency",
        "company.yml, line 12, feeds.transactions[0].from",
    ]


def test_nothing_is_written_beside_the_sources(shop: Shop, command: Command) -> None:
    before = sorted(path.name for path in shop.folder.iterdir())
    command()
    assert sorted(path.name for path in shop.folder.iterdir()) == before
