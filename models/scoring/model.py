"""What is forecast, and a fitted model with all that its scores need.

Here: the data types that fitting, scoring, reasons and storage share. Not here: how they are
made (`fitting`) or stored (`storage`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.scoring.calibrate import Calibrator
from models.scoring.dataset import Dataset, Encoder, FeatureStore
from models.scoring.settings import ScoringSettings
from models.scoring.words import FEATURES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Definition:
    """What is being forecast.

    Attributes:
        outcome: Name in the published tables: churn, purchase.
        kind: contractual, non_contractual, or category.
        horizon_days: Days after the cut-off in which it happens or not.
        event: The outcome in words, for sentences ("churned", "bought").
    """

    outcome: str
    kind: str
    horizon_days: int
    event: str

    def fingerprint(self, settings: ScoringSettings) -> str:
        """Return what a stored model must agree with to be used again."""
        names = hashlib.sha256("|".join(FEATURES).encode()).hexdigest()[:8]
        return "-".join(
            (self.outcome, self.kind, str(self.horizon_days), names, settings.fingerprint())
        )


class Outcome(Protocol):
    """What a module of one outcome offers: its rows and its recency rule."""

    definition: Definition
    noun: str

    def features(self, store: FeatureStore) -> tuple[str, ...]:
        """Return the features of its rows, in order."""

    def load_labelled(
        self, store: FeatureStore, cutoffs: Sequence[date], *, max_rows: int, is_training: bool
    ) -> Dataset:
        """Return past rows with their outcome, about `max_rows` at most."""

    def max_rows(self, settings: ScoringSettings, fold: str) -> int:
        """Return how many rows a fold (train, calibrate, test) may have."""

    def load_today(self, store: FeatureStore, as_of: date, offers: Sequence[str]) -> Dataset:
        """Return the rows to score, for the offers that the model knows."""

    def recency(self, data: Dataset) -> Floats:
        """Return the recency rule's score: higher is likelier, finite."""


@dataclass(frozen=True)
class NotEnough:
    """Too little to learn from, with the sentence that says what is missing."""

    reason: str


@dataclass(frozen=True)
class FoldData:
    """The rows of the three folds; training rows may be thinned, the others may not.

    `recent` are those of the cut-offs between them, None where there are none.
    """

    train: Dataset
    calibrate: Dataset
    test: Dataset
    recent: Dataset | None = None


@dataclass(frozen=True)
class Model:
    """A fitted model: what scores need, and its card.

    Attributes:
        classifier: The fitted trees.
        encoder: Text levels.
        features: Feature names in the order of the matrix.
        calibrators: By offer ("" where the outcome has none).
        card: All that is known about it, as JSON values.
    """

    classifier: Any
    encoder: Encoder
    features: tuple[str, ...]
    calibrators: dict[str, Calibrator]
    card: dict[str, Any]

    @property
    def version(self) -> str:
        """The model version."""
        return str(self.card["model_version"])

    def used_offers(self) -> list[str]:
        """Return the offers whose forecasts beat both rivals, in order of name."""
        entries = self.card["offers"].items()
        return sorted(offer for offer, entry in entries if entry["status"] == "used")

    def probability(self, raw: Floats, offer_id: NDArray[np.object_]) -> Floats:
        """Return calibrated probabilities; NaN for an offer that the model does not know."""
        result = np.full(len(raw), np.nan)
        for offer, calibrator in self.calibrators.items():
            mask = offer_id == offer
            result[mask] = calibrator.apply(raw[mask])
        return result
