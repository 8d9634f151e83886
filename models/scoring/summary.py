"""What a night says to people about its scores.

Here: the summary that `train_and_score` returns, and its sentences. Not here: tables (`report`).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.scoring.model import Definition, Model, NotEnough


@dataclass(frozen=True)
class OutcomeSummary:
    """What happened to one outcome (and offer): a sentence and the numbers behind it.

    Attributes:
        outcome, offer_id: churn, or purchase of a category.
        status: used, not_used or not_enough_data.
        sentence: For people.
        model_version: Empty where nothing was learnt.
        is_reused: The model was trained on an earlier night.
        n_scored: Published scores.
        auc: On the test cut-off, if tested.
    """

    outcome: str
    offer_id: str
    status: str
    sentence: str
    model_version: str
    is_reused: bool
    n_scored: int
    auc: float | None


@dataclass(frozen=True)
class ScoreSummary:
    """All outcomes of a night, and the rows written to each file."""

    outcomes: tuple[OutcomeSummary, ...]
    rows: dict[str, int]

    def sentences(self) -> list[str]:
        """Return one sentence an outcome and offer, for people."""
        return [one.sentence for one in self.outcomes]


def summary_of_nothing(definition: Definition, missing: NotEnough) -> OutcomeSummary:
    """Return the summary of an outcome that could not be learnt."""
    sentence = f"{definition.outcome}: {missing.reason}"
    return OutcomeSummary(definition.outcome, "", "not_enough_data", sentence, "", False, 0, None)


def summaries(model: Model, n_scored: dict[str, int], is_reused: bool) -> list[OutcomeSummary]:
    """Return a summary for each offer of a model."""
    result = []
    for offer, entry in sorted(model.card["offers"].items()):
        name = model.card["outcome"] + (f" of {offer}" if offer else "")
        auc = entry["metrics"]["auc"] if "metrics" in entry else None
        sentence = f"{name}: {entry['reason']}"
        if entry["status"] == "used" and auc:
            sentence = (
                f"{name}: {n_scored[offer]:,} scored, AUC {auc['value']:.3f}"
                f" ({auc['ci_lower']:.3f} to {auc['ci_upper']:.3f}) on {auc['n']:,} customers"
            )
        result.append(
            OutcomeSummary(
                model.card["outcome"],
                offer,
                entry["status"],
                sentence,
                model.version,
                is_reused,
                n_scored.get(offer, 0),
                auc["value"] if auc else None,
            )
        )
    return result
