"""Why a customer has this score: the features that moved it most, in words.

Here: contributions by TreeExplainer and the sentences. Not here: the words of each feature
(`words`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.scoring.dataset import Dataset
from models.scoring.model import Model
from models.scoring.words import describe

Floats = NDArray[np.float64]
CHUNK_ROWS = 20_000
NEGLIGIBLE = 1e-6


def contributions(model: Model, matrix: Floats) -> Floats:
    """Return the contribution of each feature to the log-odds of each row.

    Path-dependent TreeSHAP (Lundberg et al. 2020), exact for the trees: a row's contributions
    and the expected value add up to its raw score.
    """
    import shap
    from threadpoolctl import threadpool_limits

    explainer = shap.TreeExplainer(model.classifier)
    with threadpool_limits(limits=1):
        parts = [
            explainer.shap_values(matrix[start : start + CHUNK_ROWS], check_additivity=False)
            for start in range(0, len(matrix), CHUNK_ROWS)
        ]
    return np.concatenate(parts) if parts else np.zeros((0, len(model.features)))


def top_reasons(
    model: Model, data: Dataset, matrix: Floats, *, n_reasons: int, noun: str
) -> pd.DataFrame:
    """Return the strongest reasons of each row.

    Args:
        model: The fitted model.
        data: The rows that are explained.
        matrix: Their encoded features.
        n_reasons: Reasons a row at most.
        noun: What goes up or down ("risk").

    Returns:
        customer_id, as_of_on, rank (1 = strongest), feature, contribution (log-odds), direction
        (raises or lowers), reason_text; ties between features go by their order in the model.
    """
    values = contributions(model, matrix)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :n_reasons]
    width = order.shape[1]
    strength = np.take_along_axis(values, order, axis=1).ravel()
    names = np.asarray(model.features, dtype=object)[order.ravel()]
    rows = np.repeat(np.arange(len(data)), width)
    table = pd.DataFrame(
        {
            "customer_id": data.customer_id[rows],
            "as_of_on": data.as_of_on[rows],
            "rank": np.tile(np.arange(1, width + 1), len(data)),
            "feature": names,
            "contribution": strength,
            "direction": np.where(strength > 0, "raises", "lowers"),
            "reason_text": list(_sentences(data, rows, names, strength, noun)),
        }
    )
    return table.loc[np.abs(strength) > NEGLIGIBLE].reset_index(drop=True)


def _sentences(
    data: Dataset,
    rows: NDArray[np.int64],
    names: NDArray[np.object_],
    strength: Floats,
    noun: str,
) -> Iterator[str]:
    columns = {name: data.frame[name].to_numpy(object, na_value=None) for name in set(names)}
    for row, name, contribution in zip(rows, names, strength, strict=True):
        verb = "raises" if contribution > 0 else "lowers"
        yield f"{describe(name, columns[name][row])}: {verb} the {noun}"
