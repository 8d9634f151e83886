"""A model for tonight: the stored one where it may be used again, else a new one.

Here: that decision, and loading the folds. Not here: fitting (`fitting`), files (`registry`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from models.scoring.dataset import Dataset, FeatureStore
from models.scoring.enough import lack_of_history
from models.scoring.fitting import fit_outcome
from models.scoring.model import FoldData, Model, NotEnough, Outcome
from models.scoring.registry import StoredModel, find_reusable
from models.scoring.settings import ScoringSettings
from models.scoring.splits import Folds, belongs, make_folds
from models.scoring.storage import restore, store

Progress = Callable[[str], None]


def reusable(
    state_dir: Path, target: Outcome, as_of: date, settings: ScoringSettings
) -> StoredModel | None:
    """Return the stored model that a night may use again, or None."""
    return find_reusable(
        state_dir,
        target.definition.outcome,
        as_of=as_of,
        reuse_days=settings.reuse_days,
        fingerprint=target.definition.fingerprint(settings),
    )


def obtain_model(
    tables: FeatureStore,
    target: Outcome,
    state_dir: Path,
    *,
    as_of: date,
    retrain: bool,
    settings: ScoringSettings,
    tell: Progress,
) -> tuple[Model | NotEnough, bool]:
    """Return tonight's model, or what is missing to train one; and whether it was stored.

    A new model is stored and loaded again before it scores, so the first night and every later
    one go through the same file and the same checks.
    """
    name = target.definition.outcome
    stored = None if retrain else reusable(state_dir, target, as_of, settings)
    if stored and tuple(stored.card["features"]) == target.features(tables):
        tell(f"{name}: using the model of {stored.trained_as_of}")
        return restore(stored), True
    fitted = _train(tables, target, as_of, settings, tell)
    if isinstance(fitted, NotEnough):
        return fitted, False
    return restore(store(state_dir, fitted)), False


def _train(
    tables: FeatureStore, target: Outcome, as_of: date, settings: ScoringSettings, tell: Progress
) -> Model | NotEnough:
    definition = target.definition
    query = f"select distinct as_of_on from {tables.table('ftr_customer_asof')} order by as_of_on"
    cutoffs = [row[0] for row in tables.rows(query)]
    folds = make_folds(cutoffs, as_of, definition.horizon_days)
    if folds is None:
        past = sum(day < as_of for day in cutoffs)
        return lack_of_history(past, definition.horizon_days)
    data = load_folds(tables, target, folds, settings)
    tell(
        f"{definition.outcome}: training on {len(data.train):,} observations of"
        f" {len(folds.train)} cut-offs, testing on {len(data.test):,} of {folds.test[-1]}"
    )
    return fit_outcome(data, folds, target, as_of=as_of, settings=settings)


def load_folds(
    tables: FeatureStore, target: Outcome, folds: Folds, settings: ScoringSettings
) -> FoldData:
    """Load the rows of the three folds, each under the cap on rows."""

    def load(fold: str) -> Dataset:
        rows = target.load_labelled(
            tables,
            getattr(folds, fold),
            max_rows=target.max_rows(settings, fold),
            is_training=fold == "train",
        )
        return rows.take(belongs(folds, fold, rows.customer_id))

    recent = load("recent") if folds.recent else None
    return FoldData(load("train"), load("calibrate"), load("test"), recent)
