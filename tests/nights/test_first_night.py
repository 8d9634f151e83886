"""The first night of a company, and what people then do with what was published."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from tests.nights.conftest import Chapter
from tests.nights.small_company import MONDAY, SmallCompany, call, personal_values

#: Tables of the contract that are there from the first night on, filled or empty.
TABLES = {
    "core": {
        "dim_customer", "bridge_identity", "fct_identity_event", "fct_order", "dim_channel",
        "dim_touchpoint", "dim_product", "dim_date", "fct_interaction", "fct_transaction",
        "fct_subscription_period", "fct_survey_invitation", "fct_survey_response",
        "fct_case_event", "fct_contact", "fct_consent", "customer_timeline",
    },
    "marts": {
        "mart_metric", "mart_nps", "mart_csat", "mart_ces", "mart_service", "mart_retention",
        "mart_rfm", "mart_enps", "mart_identity_quality", "mart_profile_completeness",
    },
    "ml": {
        "fct_churn_score", "fct_score_reason", "fct_propensity_score", "ml_model_registry",
        "ml_monitor",
    },
    "loop": {"dim_cx_goal", "dim_cx_action"},
    "quality": {"dq_check_result", "source_load", "quarantine_summary", "conservation"},
    "meta": {"pub_snapshot", "metric_definition", "data_dictionary"},
}  # fmt: skip
#: Of these, what this company's feeds cannot fill.
EMPTY = {
    "core.fct_subscription_period", "core.fct_survey_invitation", "core.fct_case_event",
    "core.fct_consent", "core.dim_product", "core.dim_touchpoint", "marts.mart_ces",
    "marts.mart_enps", "ml.fct_churn_score",
    "ml.fct_score_reason", "ml.fct_propensity_score", "ml.ml_monitor", "loop.dim_cx_goal",
    "loop.dim_cx_action", "quality.quarantine_summary",
}  # fmt: skip
#: Where personal values may be: bytes as received and what is made of them for joining.
MAY_HOLD_PERSONS = ("landing", "feeds", "quarantine", "builds", "restricted")


def test_it_publishes_and_sums_up(monday: Chapter) -> None:
    assert monday.outcome.code == 0, monday.outcome.all
    summary = monday.outcome.out
    assert "Published v000001, as of 2025-03-10, 30 customers" in summary
    for source, rows in {"crm": 30, "answers": 60, "calls": 60}.items():
        assert any(
            line.split()[:3] == [source, "loaded", str(rows)] for line in summary.split("\n")
        )
    assert "partner" in summary and "skipped" in summary and "no such file" in summary
    assert "nps_survey" in summary and "churn" in summary and "not enough to learn from" in summary
    assert f"Open it: {monday.company.home.current}" in summary
    assert " of " in summary and "passed" in summary


def test_the_tables_of_the_contract_are_there(monday: Chapter) -> None:
    found = {
        f"{schema}.{table}"
        for schema, table in monday.company.rows(
            "select table_schema, table_name from information_schema.tables"
        )
    }
    wanted = {f"{schema}.{table}" for schema, tables in TABLES.items() for table in tables}
    assert wanted - found == set()
    counts = {table: monday.company.rows(f"select count(*) from {table}")[0][0] for table in wanted}
    assert {table for table, count in counts.items() if count == 0} == EMPTY


def test_rows_of_later_days_wait_in_the_feeds(monday: Chapter) -> None:
    assert monday.company.rows(
        "select max(occurred_on) <= '2025-03-10', count(*) from core.fct_transaction"
    ) == [(True, monday.company.sales_by(MONDAY))]
    home = monday.company.home
    accepted = monday.company.rows(
        "select sum(value) from quality.conservation where feed = 'transactions'"
        " and measure = 'accepted'"
    )
    assert accepted[0][0] > monday.company.sales_by(MONDAY)
    assert home.current.readlink() == Path("versions/v000001.duckdb")


def test_how_complete_profiles_are_by_attribute(monday: Chapter) -> None:
    told = monday.company.rows(
        "select attribute, source_system, n_customers, n_filled, ci_lower"
        " from marts.mart_profile_completeness"
    )
    filled = {(attribute, system): (n, said) for attribute, system, n, said, _ in told}
    given = {"name", "birth_date", "email", "phone", "address", "postal_code"}
    for system in ("all", "crm"):
        assert {name for name, of in filled if of == system} == given | {
            "gender", "company_name", "language", "account_status", "preferred_channel", "country",
        }  # fmt: skip
        assert {name for (name, of), n in filled.items() if of == system and n == (30, 30)} == given
    lower = next(lower for name, system, _, _, lower in told if (name, system) == ("name", "all"))
    assert 0.88 < lower < 0.89  # Wilson's of 30 of 30
    measured = (
        "name",
        "birth_date",
        "gender",
        "email",
        "phone",
        "postal_code",
        "country",
        "language",
    )
    mean = sum(filled[name, "all"][1] / 30 for name in measured) / len(measured)
    assert monday.company.rows("select avg(attribute_completeness) from core.dim_customer") == [
        (mean,)
    ]


def test_the_books_balance(monday: Chapter) -> None:
    books = monday.company.rows(
        "select source, feed, stage || '.' || measure, sum(value)::bigint"
        " from quality.conservation group by all"
    )
    of = {tuple(names): value for *names, value in books}
    for source, feed in (("crm", "customer_records"), ("answers", "survey_responses"),
                         ("sales", "transactions"), ("calls", "interactions")):  # fmt: skip
        parsed = of[source, "", "framing.parsed"]
        assert of[source, "", "framing.framed"] == parsed > 0
        assert of[source, feed, "mapping.driving"] == parsed
        assert of[source, feed, "mapping.mapped"] == parsed
        assert of[source, feed, "validation.accepted"] == parsed
        assert of[source, feed, "write.new"] == parsed


def test_modes_of_files_keep_others_out(monday: Chapter) -> None:
    root = monday.company.home.root
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in root.rglob("*")}
    assert stat.S_IMODE(root.stat().st_mode) == 0o710
    for path, mode in modes.items():
        if path.is_symlink():
            continue
        is_served = path.relative_to(root).parts[0] == "published"
        wanted = (0o750 if is_served else 0o700) if path.is_dir() else 0o640 if is_served else 0o600
        assert mode == wanted, f"{path}: {mode:o}"
    assert not [path for path in modes if path.name.endswith((".wal", ".part", ".partial", ".tmp"))]


def test_no_personal_value_leaves_its_place(monday: Chapter) -> None:
    root, values = monday.company.home.root, personal_values()
    looked = 0
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root).parts
        is_open = place[0] not in MAY_HOLD_PERSONS or path.name in ("warehouse.duckdb", "dbt.log")
        if path.is_dir() or path.is_symlink() or not is_open:
            continue
        content, looked = path.read_bytes(), looked + 1
        assert [v for v in values if v in content] == [], path
    assert looked > 10
    assert [v for v in values if v.decode() in monday.outcome.all] == []
    held = b"".join(f.read_bytes() for f in (root / "landing" / "raw").rglob("*") if f.is_file())
    assert all(value in held for value in personal_values(range(1, 31)))


def test_no_personal_value_is_in_any_published_cell(monday: Chapter) -> None:
    """Text in a database file may be compressed: bytes alone would not show it."""
    pattern = "|".join(value.decode().replace(".", r"\.") for value in personal_values())
    tables = monday.company.rows(
        "select table_schema || '.' || table_name from information_schema.tables"
    )
    for (table,) in tables:
        found = monday.company.rows(
            f"select count(*) from {table} as t where regexp_matches(t::varchar, '{pattern}')"
        )
        assert found == [(0,)], table


def test_query_status_versions_and_verify_answer(monday: Chapter) -> None:
    company = monday.company
    counted = company.command(
        "query", "select count(*) as n from core.dim_customer", "--format", "json"
    )
    assert (counted.code, json.loads(counted.out)) == (0, [{"n": 30}])
    shown = company.command("query", "from meta.pub_snapshot")
    assert shown.code == 0 and "v000001" in shown.out
    status = company.command("status")
    assert status.code == 0
    for word in ("done, as of 2025-03-10", "dbt core", "CPU", "crm", "Serving v000001", "passed"):
        assert word in status.out, word
    versions = company.command("versions")
    assert versions.code == 0 and versions.out.startswith("* v000001  as of 2025-03-10")
    verified = company.command("verify")
    assert (verified.code, verified.out) == (0, "v000001  as published\n")


def test_a_version_that_was_tampered_with_is_found(after_monday: SmallCompany) -> None:
    file = after_monday.home.version_file("v000001")
    file.write_bytes(file.read_bytes() + b"x")
    verified = after_monday.command("verify")
    assert verified.code == 1 and "sha256 differs" in verified.out


def test_the_same_inputs_again_change_nothing(after_monday: SmallCompany) -> None:
    folders = ("published", "feeds", "builds", "quarantine", "restricted", "landing/rows")
    before = after_monday.files(*folders)
    again = after_monday.night(MONDAY)
    assert again.code == 0, again.all
    assert again.out == "nothing new since v000001; it serves on\n"
    assert after_monday.files(*folders) == before
    assert "unchanged" in after_monday.command("status").out


def test_commands_on_no_home_say_where_to_begin(tmp_path: Path) -> None:
    for command in ("status", "versions", "verify", "rollback"):
        outcome = call(command, "--home", tmp_path / "nowhere")
        assert outcome.code == 2 and "wholeview run" in outcome.line
    assert not (tmp_path / "nowhere").exists()
