"""The Parquet files that scoring leaves for the warehouse: exact columns, always there.

Here: schemas, deciles, risk bands and writing. Not here: how anything in them is worked out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TEXT, _DATE, _REAL, _COUNT = pa.string(), pa.date32(), pa.float64(), pa.int64()
_MEASURES = ("auc", "pr_auc", "log_loss", "brier", "ece", "lift_top_decile")

SCHEMAS: dict[str, pa.Schema] = {
    "churn_score": pa.schema(
        [
            ("customer_id", _TEXT),
            ("as_of_on", _DATE),
            ("outcome", _TEXT),
            ("horizon_days", _COUNT),
            ("model_version", _TEXT),
            ("churn_probability", _REAL),
            ("risk_band", _TEXT),
            ("decile", _COUNT),
        ]
    ),
    "score_reason": pa.schema(
        [
            ("customer_id", _TEXT),
            ("as_of_on", _DATE),
            ("rank", _COUNT),
            ("feature", _TEXT),
            ("contribution", _REAL),
            ("direction", _TEXT),
            ("reason_text", _TEXT),
        ]
    ),
    "propensity_score": pa.schema(
        [
            ("customer_id", _TEXT),
            ("as_of_on", _DATE),
            ("offer_id", _TEXT),
            ("propensity_probability", _REAL),
            ("decile", _COUNT),
            ("model_version", _TEXT),
            ("horizon_days", _COUNT),
        ]
    ),
    "model_registry": pa.schema(
        [
            ("outcome", _TEXT),
            ("offer_id", _TEXT),
            ("definition", _TEXT),
            ("horizon_days", _COUNT),
            ("as_of_on", _DATE),
            ("model_version", _TEXT),
            ("trained_as_of_on", _DATE),
            ("status", _TEXT),
            ("status_reason", _TEXT),
            ("calibration", _TEXT),
            ("n_train", _COUNT),
            ("n_train_positive", _COUNT),
            ("n_calibrate", _COUNT),
            ("n_test", _COUNT),
            ("n_test_positive", _COUNT),
            ("train_from_on", _DATE),
            ("train_to_on", _DATE),
            ("calibrate_on", _DATE),
            ("test_on", _DATE),
            ("base_rate", _REAL),
            *((f"{name}{end}", _REAL) for name in _MEASURES for end in ("", "_lower", "_upper")),
            ("ece_perfect_p95", _REAL),
            ("auc_recency", _REAL),
            ("log_loss_base", _REAL),
            ("log_loss_recency", _REAL),
            ("log_loss_gain_base_lower", _REAL),
            ("log_loss_gain_recency_lower", _REAL),
            ("n_features", _COUNT),
            ("n_scored", _COUNT),
            ("model_sha256", _TEXT),
        ]
    ),
    "monitor": pa.schema(
        [
            ("as_of_on", _DATE),
            ("outcome", _TEXT),
            ("offer_id", _TEXT),
            ("model_version", _TEXT),
            ("monitor_name", _TEXT),
            ("feature", _TEXT),
            ("value", _REAL),
            ("ci_lower", _REAL),
            ("ci_upper", _REAL),
            ("watch_limit", _REAL),
            ("act_limit", _REAL),
            ("n_baseline", _COUNT),
            ("n_current", _COUNT),
            ("status", _TEXT),
        ]
    ),
}

_SORT = {
    "churn_score": ["customer_id"],
    "score_reason": ["customer_id", "rank"],
    "propensity_score": ["offer_id", "customer_id"],
    "model_registry": ["outcome", "offer_id"],
    "monitor": ["outcome", "offer_id", "monitor_name", "feature"],
}


def write_table(out_dir: Path, name: str, frames: list[pd.DataFrame]) -> int:
    """Write one file of scores with its exact schema, sorted by its key; return its rows.

    Absent columns become null; a column that the schema does not know is an error.
    """
    schema = SCHEMAS[name]
    filled = [frame for frame in frames if len(frame)]
    frame = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
    unknown = set(frame.columns) - set(schema.names)
    if unknown:
        raise ValueError(f"{name}: columns that its schema does not know: {sorted(unknown)}")
    if len(frame):
        frame = frame.reindex(columns=schema.names).sort_values(_SORT[name], kind="stable")
        columns = [_column(frame[field.name], field.type) for field in schema]
        table = pa.Table.from_arrays(columns, schema=schema)
    else:
        table = schema.empty_table()
    out_dir.mkdir(parents=True, exist_ok=True)
    draft = out_dir / f".{name}.parquet.draft"
    pq.write_table(
        table.replace_schema_metadata(None),
        draft,
        compression="zstd",
        write_page_checksum=True,
    )
    draft.replace(out_dir / f"{name}.parquet")
    return table.num_rows


def _column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """Return a column as Arrow; all kinds of missing become null."""
    if kind == _REAL:
        return pa.array(values.to_numpy(np.float64, na_value=np.nan), kind, from_pandas=True)
    if kind == _COUNT:
        return pa.array(values.astype("Int64"), kind)
    if kind == _DATE:
        moments = pd.to_datetime(values).to_numpy("datetime64[D]")
        return pa.array(moments, kind, from_pandas=True)
    return pa.array(values.astype(object).where(values.notna(), None), kind)


def deciles(score: Floats, customer_id: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return deciles by descending score, 1 = highest; ties go by customer id."""
    order = np.lexsort((customer_id.astype(str), -score))
    result = np.empty(len(score), dtype=np.int64)
    result[order] = np.arange(len(score)) * 10 // max(len(score), 1) + 1
    return result


def risk_bands(probability: Floats, base_rate: float) -> NDArray[np.object_]:
    """Return high, medium or low: odds twice, or half, those of the base rate.

    Odds and not probability, so that the bands mean something where most customers churn, too.
    """
    odds = probability / (1 - probability)
    base = np.clip(base_rate, 1e-6, 1 - 1e-6)
    ratio = odds * (1 - base) / base
    return np.where(ratio >= 2, "high", np.where(ratio <= 0.5, "low", "medium")).astype(object)
