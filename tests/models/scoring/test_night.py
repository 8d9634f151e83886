"""Whole nights of scoring on planted truth: quality, files, determinism, honesty."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.scoring import outputs
from models.scoring.evaluate import measure, perfect_ece
from models.scoring.night import cutoffs_for_night, train_and_score
from models.scoring.registry import ModelRefusedError, find_reusable, load_content, stored_models
from models.scoring.settings import ScoringSettings
from models.scoring.summary import ScoreSummary
from tests.models.conftest import ScoredNight
from tests.models.simulated import AS_OF, simulate


def run(features: Path, root: Path, **options: object) -> ScoreSummary:
    settings = {"as_of": AS_OF, "churn_kind": "non_contractual", "horizon_days": 90} | options
    return train_and_score(features, root / "out", root / "state", **settings)


def read(out: Path, name: str) -> pd.DataFrame:
    return pq.read_table(out / f"{name}.parquet").to_pandas()


def sums(out: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256((out / f"{name}.parquet").read_bytes()).hexdigest()
        for name in outputs.SCHEMAS
    }


def test_scores_rank_and_calibrate_nearly_as_the_planted_hazard(scored: ScoredNight) -> None:
    truth = scored.company.truth
    today = truth.loc[truth["as_of_on"] == AS_OF].merge(
        read(scored.out, "churn_score"), on="customer_id", validate="1:1"
    )
    hazard = today["probability"].to_numpy()
    forecast = today["churn_probability"].to_numpy()
    # What will happen is drawn anew: the pipeline has never seen it.
    future = (np.random.default_rng(99).random(len(hazard)) < hazard).astype(float)
    best, ours = measure(hazard, future), measure(forecast, future)
    assert best["auc"] > 0.7
    assert ours["auc"] > best["auc"] - 0.05
    # Calibration is learnt from as many rows as it is tested on, so its own error adds to the
    # band of a perfect forecast, which knows the hazard: the root of two.
    assert ours["ece"] < perfect_ece(hazard, n_draws=200, seed=1) * 2**0.5
    assert np.abs(forecast - hazard).mean() < 0.08


def test_files_have_the_published_columns_and_keys(scored: ScoredNight) -> None:
    for name, schema in outputs.SCHEMAS.items():
        assert pq.read_schema(scored.out / f"{name}.parquet").equals(schema)
    churn, reasons = read(scored.out, "churn_score"), read(scored.out, "score_reason")
    assert churn["customer_id"].is_unique and len(churn) == 4_000
    assert churn["decile"].value_counts().to_dict() == dict.fromkeys(range(1, 11), 400)
    mean = churn.groupby("decile")["churn_probability"].mean()
    assert mean.is_monotonic_decreasing
    assert set(churn["risk_band"]) <= {"high", "medium", "low"}
    assert not reasons.duplicated(["customer_id", "rank"]).any()
    assert reasons.groupby("customer_id").size().max() <= 5
    propensity = read(scored.out, "propensity_score")
    assert not propensity.duplicated(["customer_id", "offer_id"]).any()
    assert len(read(scored.out, "model_registry")) == 4


def test_registry_and_monitor_tell_the_test_with_n_and_intervals(scored: ScoredNight) -> None:
    registry = read(scored.out, "model_registry").set_index(["outcome", "offer_id"])
    churn = registry.loc[("churn", "")]
    assert churn["status"] == "used" and churn["n_test"] == 4_000
    assert churn["auc_lower"] < churn["auc"] < churn["auc_upper"]
    assert churn["auc"] > churn["auc_recency"] and churn["log_loss"] < churn["log_loss_base"]
    assert churn["log_loss_gain_recency_lower"] > 0
    assert churn["calibrate_on"] + timedelta(days=90) <= churn["test_on"]
    monitor = read(scored.out, "monitor")
    drifts = monitor.loc[monitor["monitor_name"] == "psi_feature"]
    assert (drifts["status"] == "ok").all() and (drifts["n_current"] == 4_000).all()
    assert {"test_auc", "psi_score"} <= set(monitor["monitor_name"])


def test_planted_effects_are_among_the_reasons(scored: ScoredNight) -> None:
    reasons = read(scored.out, "score_reason")
    first = reasons.loc[reasons["rank"] == 1, "feature"].value_counts(normalize=True)
    assert first.filter(like="noise").sum() < 0.02
    promoters = reasons["reason_text"].str.startswith("last recommendation score 10 of 10")
    assert (reasons.loc[promoters, "direction"] == "lowers").mean() > 0.95
    assert ((reasons["contribution"] > 0) == (reasons["direction"] == "raises")).all()


def test_a_second_night_reuses_the_model_and_gives_the_same_bytes(
    scored: ScoredNight, tmp_path: Path
) -> None:
    again = train_and_score(
        scored.company.path,
        tmp_path / "out",
        scored.state,
        as_of=AS_OF,
        churn_kind="non_contractual",
        horizon_days=90,
    )
    assert all(one.is_reused for one in again.outcomes)
    assert sums(tmp_path / "out") == sums(scored.out)


def test_a_stored_model_scores_the_categories_that_it_has_learnt(
    scored: ScoredNight, tmp_path: Path
) -> None:
    features = tmp_path / "features"
    shutil.copytree(scored.company.path, features)
    other = pa.table({"category": ["hats"], "category_rank": [1]})
    pq.write_table(other, features / "ftr_main_category.parquet")
    shutil.copytree(scored.state, tmp_path / "state")
    run(features, tmp_path)
    assert sums(tmp_path / "out") == sums(scored.out)


def test_training_anew_on_the_same_data_gives_the_same_scores(
    scored: ScoredNight, tmp_path: Path
) -> None:
    run(scored.company.path, tmp_path, retrain=True)
    for name in ("churn_score", "score_reason", "propensity_score"):
        assert sums(tmp_path / "out")[name] == sums(scored.out)[name]


def test_a_night_with_stored_models_needs_one_cutoff_only(scored: ScoredNight) -> None:
    options = {"churn_kind": "non_contractual", "horizon_days": 90}
    first_on = AS_OF - timedelta(days=600)

    def cutoffs(as_of: date, **more: object) -> list[date]:
        return cutoffs_for_night(scored.state, first_on, as_of, **(options | more))

    assert cutoffs(AS_OF + timedelta(days=29)) == [AS_OF + timedelta(days=29)]
    assert len(cutoffs(AS_OF + timedelta(days=30))) > 5
    assert len(cutoffs(AS_OF, retrain=True)) > 5
    assert len(cutoffs(AS_OF, horizon_days=60)) > 5
    # A backfilled night must not use what was learnt later.
    assert len(cutoffs(AS_OF - timedelta(days=1))) > 5


def test_outcomes_without_signal_are_not_used(tmp_path: Path) -> None:
    company = simulate(tmp_path / "features", n_customers=2_500, signal=0.0)
    summary = run(company.path, tmp_path)
    assert {one.status for one in summary.outcomes} == {"not_used"}
    assert all("not used" in sentence for sentence in summary.sentences())
    assert summary.rows["churn_score"] == summary.rows["propensity_score"] == 0
    assert summary.rows["score_reason"] == 0 and summary.rows["model_registry"] == 4


def test_a_tiny_company_has_not_enough_to_learn_from(tmp_path: Path) -> None:
    company = simulate(tmp_path / "features", n_customers=60)
    summary = run(company.path, tmp_path)
    assert {one.status for one in summary.outcomes} == {"not_enough_data"}
    assert "180 past observations" in summary.sentences()[0]
    assert not list((tmp_path / "state").glob("*/*"))
    for name, schema in outputs.SCHEMAS.items():
        assert pq.read_schema(tmp_path / "out" / f"{name}.parquet").equals(schema)


def test_a_history_of_one_cutoff_says_how_much_is_needed(tmp_path: Path) -> None:
    company = simulate(tmp_path / "features", n_customers=200, offsets=(0, 30))
    sentences = run(company.path, tmp_path).sentences()
    assert "about 240 days of history are needed" in sentences[0]


def test_a_changed_model_file_is_refused(scored: ScoredNight, tmp_path: Path) -> None:
    stored = stored_models(scored.state, "churn")[0]
    copy = tmp_path / "churn" / stored.version
    copy.mkdir(parents=True)
    for path in stored.directory.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    fingerprint = stored.card["fingerprint"]
    same = {"as_of": AS_OF, "reuse_days": 30, "fingerprint": fingerprint}
    found = find_reusable(tmp_path, "churn", **same)
    assert found is not None and "classifier" in load_content(found)
    data = bytearray((copy / "model.skops").read_bytes())
    data[len(data) // 2] ^= 1
    (copy / "model.skops").write_bytes(bytes(data))
    with pytest.raises(ModelRefusedError, match="sha256"):
        load_content(found)
    (copy / "model.skops").unlink()
    with pytest.raises(ModelRefusedError, match="missing"):
        load_content(found)


def test_a_model_of_other_types_is_refused_although_its_hash_is_right(tmp_path: Path) -> None:
    from models.scoring.registry import save_model

    class Stranger:
        def __init__(self) -> None:
            self.value = 1

    card = {"outcome": "churn", "model_version": "v", "trained_as_of_on": "2024-12-31"}
    stored = save_model(tmp_path, card, {"classifier": Stranger()})
    with pytest.raises(ModelRefusedError, match="not allowed"):
        load_content(stored)


def test_settings_that_change_expire_stored_models() -> None:
    assert ScoringSettings().fingerprint() != ScoringSettings(l2=1.0).fingerprint()
    assert ScoringSettings().fingerprint() == ScoringSettings().fingerprint()
