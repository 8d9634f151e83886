"""A small company's core rows, made so that each metric's answer is known.

Not here: the tables (core_tables), the answers (the tests).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

#: One answer a row of `numbers`, with what each survey of it says of itself.
_ANSWER = """
insert into core.fct_survey_response by name
select '{survey}-' || i as response_key, '{survey}' as survey_id, '{survey}-' || i as response_id,
    'q' as question_id, {customer} as customer_id, '{metric}' as metric_type,
    '{program}' as program_type, {wave} as wave, true as is_complete, true as is_valid,
    cast({score} as double) as score, {low} as scale_min, {high} as scale_max,
    cast({day} as timestamp) + to_hours(i % 24) as responded_at,
    cast({day} as date) as responded_on,
    'v1' as questionnaire_version, false as is_series_break, {delivery} as delivery_status
from range({n}) as numbers(i)
"""
_DEFAULTS = {
    "customer": "'c' || i",
    "program": "transactional",
    "wave": "null",
    "low": 0,
    "high": 10,
    "day": "date '2024-03-15'",
    "delivery": "cast(null as varchar)",
}
_SURVEYS = [
    # 50 promoters, 30 passives, 20 detractors.
    {"survey": "vector", "metric": "nps", "n": 100}
    | {"score": "case when i < 50 then 9 when i < 80 then 7 else 6 end"},
    # Everyone answers twice in one wave, 0 first and 10 the day after: only the 10 counts.
    {"survey": "wave", "metric": "nps", "n": 24, "program": "relationship", "wave": "'w1'"}
    | {"customer": "'c' || (i // 2)", "score": "case when i % 2 = 0 then 0 else 10 end"}
    | {"day": "date '2024-03-15' + cast(i % 2 as integer)"},
    {"survey": "tiny", "metric": "nps", "n": 9, "score": "10"},
    {"survey": "stars", "metric": "csat", "n": 100, "low": 1, "high": 5}
    | {"score": "case when i < 80 then 4 else 1 end"}
    | {"delivery": "case when i < 60 then 'on_time' when i < 92 then 'late' else 'no_date' end"},
    # The same kind of answer on three faces: another scale, never pooled with the stars.
    {"survey": "faces", "metric": "csat", "n": 20, "low": 1, "high": 3}
    | {"score": "case when i < 5 then 3 else 2 end"},
    {"survey": "effort", "metric": "ces", "n": 40, "low": 1, "high": 7, "score": "4 + i % 4"},
]
_REST = Path(__file__).with_suffix(".sql")
#: The random answers as rows of fct_survey_response; `answers` is the frame of random_answers.
ANSWERS = """
select 'r' || row_number() over () as response_key, response_key as response_id,
    'random' as survey_id, customer_id, 'nps' as metric_type, 'transactional' as program_type,
    true as is_complete, true as is_valid, score, 0 as scale_min, 10 as scale_max,
    cast(on_date as timestamp) as responded_at, cast(on_date as date) as responded_on,
    channel, region, 'v1' as questionnaire_version, false as is_series_break
from answers
"""


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Every survey, contact, case, order, subscription, invitation and employee's answer."""
    for survey in _SURVEYS:
        connection.execute(_ANSWER.format(**(_DEFAULTS | survey)))
    connection.execute(_REST.read_text())


def random_answers() -> pd.DataFrame:
    """NPS answers over a year by people who mostly repeat themselves; some channels unknown."""
    rng = np.random.default_rng(20)
    size = 4_000
    customer = rng.integers(0, 1_500, size)
    mood = rng.integers(0, 11, 1_500)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 330, size), unit="D")
    return pd.DataFrame(
        {
            "customer_id": [f"r{number}" for number in customer],
            "score": np.where(rng.random(size) < 0.7, mood[customer], rng.integers(0, 11, size)),
            "on_date": days,
            "channel": rng.choice(["web", "phone", None], size, p=[0.5, 0.3, 0.2]),
            "region": rng.choice(["east", "west"], size),
        }
    )
