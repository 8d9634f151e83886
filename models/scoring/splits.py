"""Folds in time: train on the past, calibrate later, test on the last labelled cut-off.

Here: which cut-offs (and, in short histories, which customers) make which fold. Not here: how
cut-offs are chosen (`cutoffs`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Folds:
    """The cut-offs of each fold.

    Attributes:
        train, calibrate, test: Cut-offs; every label window of the first two ends at or before
            the test cut-off, so the test is what a night back then could have forecast.
        recent: Labelled cut-offs between the folds, whose outcomes the test could not have known:
            only the model that is used tonight learns from them.
        is_split_by_customer: The history holds no third fold: training and calibration share
            cut-offs, and each customer belongs to one of the two.
    """

    train: tuple[date, ...]
    calibrate: tuple[date, ...]
    test: tuple[date, ...]
    is_split_by_customer: bool
    recent: tuple[date, ...] = ()


def make_folds(cutoffs: Sequence[date], as_of: date, horizon_days: int) -> Folds | None:
    """Return the folds, or None when no cut-off before the test's is labelled in time."""
    width = timedelta(days=horizon_days)
    labelled = sorted(day for day in set(cutoffs) if day + width <= as_of)
    if not labelled:
        return None
    test = labelled[-1]
    before = [day for day in labelled if day + width <= test]
    if not before:
        return None
    calibrate = before[-1]
    train = [day for day in before if day + width <= calibrate]
    if train:
        between = [day for day in labelled if train[-1] < day < test and day != calibrate]
        return Folds(tuple(train), (calibrate,), (test,), False, tuple(between))
    return Folds(tuple(before), tuple(before), (test,), True)


def customer_share(customer_ids: Iterable[str], salt: str) -> NDArray[np.float64]:
    """Return a stable number in [0, 1) for each customer, from md5 of the id and a salt."""
    unique, inverse = np.unique(np.asarray(list(customer_ids), dtype=object), return_inverse=True)
    share = [
        int.from_bytes(hashlib.md5(f"{salt}|{key}".encode(), usedforsecurity=False).digest()[:6])
        / 2**48
        for key in unique
    ]
    return np.asarray(share, dtype=np.float64)[inverse]


def belongs(folds: Folds, fold: str, customer_ids: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which customers' rows a fold may use.

    Where the folds split by customer, 70 % of customers train and 30 % calibrate: a model is
    too sure of the customers that it has seen, and would calibrate to its own memory.
    """
    if not folds.is_split_by_customer or fold == "test":
        return np.ones(len(customer_ids), dtype=bool)
    is_training = customer_share(customer_ids, "fold") < 0.7
    return np.asarray(is_training if fold == "train" else ~is_training)
