"""The summary tells what feeds quarantined, why a metric is absent, and a command that works."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.ledger import Arrival, Book, Ledger, Run, SourceNight
from orchestration.summary import source_lines, summarise

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TABLES = """
create schema core; create schema marts; create schema ml; create schema quality;
create table core.dim_customer (customer_id varchar);
create table marts.mart_metric (metric_name varchar, survey_id varchar, program_type varchar,
    value double, ci_lower double, ci_upper double, n_valid bigint, unit varchar,
    null_reason varchar, slice_name varchar, period_grain varchar);
create table ml.ml_model_registry (outcome varchar, offer_id varchar, status varchar,
    status_reason varchar, auc double, n_scored bigint);
create table quality.dq_check_result (gate varchar, message varchar, passed boolean,
    is_skipped boolean);
create table quality.quarantine_summary (source varchar, feed varchar, stage varchar,
    reason_code varchar, handling varchar, n_rows bigint);
create table quality.conservation (feed varchar, stage varchar, measure varchar, value bigint);
insert into marts.mart_metric values
    ('nps', 'stay', 'transactional', 7.85, 3.2, 12.4, 1375, 'points', null, 'all', 'all'),
    ('csat_mean', 'stay', null, null, null, null, 3, 'score', 'suppressed', 'all', 'all'),
    ('churn_rate', null, null, null, null, null, 0, 'rate', 'censored', 'all', 'all');
insert into ml.ml_model_registry values
    ('churn', null, 'not_enough_data', 'not enough to learn from: 3 rows', null, null);
insert into quality.dq_check_result values
    ('core.a.b', 'core.a.b: 3 rows break it', false, false), ('core.c', 'fine', true, false);
insert into quality.quarantine_summary values
    ('survey', 'survey_responses', 'row', 'score.range', 'Q', 2),
    ('survey', 'survey_responses', 'row', 'f.required', 'Q', 5),
    ('bookings', null, 'line', 'json.syntax', 'Q', 1);
insert into quality.conservation values
    ('survey_responses', 'validation', 'accepted', 9), ('orders', 'validation', 'accepted', 0);
"""


def arrival(source: str, batch: int) -> Arrival:
    return Arrival(
        source, f"{source}1", "0" * 64, f"{source}.csv", f"/{source}.csv", 9, "csv", batch, NOW, 0,
        "loaded", n_framed=10, n_parsed=8, n_quarantined=1, n_blank=1,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one published run: a survey whose feed kept two rows aside, and plain logs."""
    home = Home(tmp_path / "my home")
    home.prepare()
    with Ledger(home.ledger) as ledger:
        batch = ledger.open_batch("r1", NOW)
        for source in ("survey", "logs"):
            ledger.add_arrival(arrival(source, batch))
            ledger.put_source_night(SourceNight("r1", source, "loaded", None, None, 1, 10, 8, 1, 1))
        counts = {"accepted": 20, "quarantined": 2}
        ledger.replace_books(
            batch,
            "survey_responses",
            [
                Book(batch, "survey", file_id, "survey_responses", 0, "validation", measure, value)
                for file_id in ("survey1", "an_earlier_file")
                for measure, value in counts.items()
            ],
        )
        ledger.finish_batch(batch, date(2026, 3, 1), NOW)
        ledger.put_run(Run("r1", date(2026, 3, 1), NOW, "done", NOW, None, "v000001"))
    home.current.parent.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(home.current))
    con.execute(TABLES)
    con.close()
    return home


def test_what_a_feed_quarantined_counts_for_its_source(home: Home) -> None:
    with Ledger(home.ledger) as ledger:
        lines = source_lines(ledger, "r1")
    cells = {words[0]: words[1:] for words in map(str.split, lines)}
    # 10 framed, 1 of them blank; 1 could not be read; the feed took 20 rows and kept 2 aside
    assert cells["survey"] == ["loaded", "9", "20", "3"]
    assert cells["logs"] == ["loaded", "9", "8", "1"]  # no feed takes it: what was read
    assert "several rows of feeds" in lines[-1]


def test_an_idle_night_after_it_does_not_hide_the_figures(home: Home) -> None:
    with Ledger(home.ledger) as ledger:
        ledger.open_batch("r2", NOW)  # every night opens a batch, with files or without
        assert "20" in source_lines(ledger, "r1")[2].split()


def test_the_summary_says_why_and_what_to_type(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHOLEVIEW_HOME", raising=False)
    with Ledger(home.ledger) as ledger:
        text = summarise(home, ledger, "r1")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "survey to survey_responses rows: f.required 5, score.range 2" in lines
    assert "bookings lines that cannot be read: json.syntax 1" in lines
    assert "warning: core.a.b: 3 rows break it" in lines
    assert "csat_mean - n 3: too few to show (settings: minimum_n) stay" in lines
    assert "churn_rate - n 0: no period whose horizon has passed yet" in lines
    assert "absent, as survey_invitations is not filled: response_rate" in lines
    assert any(
        line.startswith("absent, as survey_responses has nothing of the kind: csat_top2")
        for line in lines
    )
    assert "churn not enough to learn from: 3 rows" in lines
    assert f"--home '{home.root}'" in lines[-1]


def test_the_default_home_need_not_be_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOLEVIEW_HOME", str(home.root))
    with Ledger(home.ledger) as ledger:
        assert "--home" not in summarise(home, ledger, "r1")
