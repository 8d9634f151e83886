"""Cut-offs and folds: no label window reaches into what the next fold may not know."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scoring.cutoffs import choose_cutoffs
from models.scoring.splits import belongs, customer_share, make_folds

AS_OF = date(2024, 12, 31)


@given(days=st.integers(0, 1_500), horizon=st.integers(1, 365))
def test_folds_never_overlap_whatever_the_history(days: int, horizon: int) -> None:
    cutoffs = choose_cutoffs(AS_OF - timedelta(days=days), AS_OF, horizon)
    assert cutoffs == sorted(set(cutoffs)) and cutoffs[-1] == AS_OF
    assert all(day >= AS_OF - timedelta(days=max(days - 60, 0)) for day in cutoffs)
    for width in (horizon, 30):
        folds = make_folds(cutoffs, AS_OF, width)
        if folds is None:
            continue
        span = timedelta(days=width)
        assert folds.test[-1] + span <= AS_OF
        assert max(folds.train + folds.calibrate) + span <= folds.test[0]
        if not folds.is_split_by_customer:
            assert max(folds.train) + span <= min(folds.calibrate)
        assert not {*folds.recent} & {*folds.train, *folds.calibrate, *folds.test}
        assert all(max(folds.train) < day < folds.test[0] for day in folds.recent)


def test_eighteen_months_hold_three_folds_for_ninety_days() -> None:
    folds = make_folds(choose_cutoffs(date(2023, 7, 1), AS_OF, 90), AS_OF, 90)
    assert folds is not None and not folds.is_split_by_customer
    assert len(folds.train) == 4
    assert folds.test == (AS_OF - timedelta(days=90),)
    assert [(AS_OF - day).days for day in folds.recent] == [240, 210, 150, 120]


def test_a_longer_horizon_has_hardly_more_cutoffs_between_its_folds() -> None:
    first = AS_OF - timedelta(days=1_500)
    between = [
        len(make_folds(choose_cutoffs(first, AS_OF, days, other_horizons=()), AS_OF, days).recent)  # type: ignore[union-attr]
        for days in (90, 180, 365)
    ]
    assert between == [4, 4, 5]


def test_a_short_history_splits_the_customers() -> None:
    folds = make_folds(choose_cutoffs(AS_OF - timedelta(days=400), AS_OF, 150), AS_OF, 150)
    assert folds is not None and folds.is_split_by_customer
    ids = np.array([f"c{i}" for i in range(5_000)], dtype=object)
    train, calibrate = belongs(folds, "train", ids), belongs(folds, "calibrate", ids)
    assert not (train & calibrate).any() and (train | calibrate).all()
    assert 0.67 < train.mean() < 0.73
    assert belongs(folds, "test", ids).all()


def test_no_history_has_no_folds() -> None:
    assert choose_cutoffs(AS_OF - timedelta(days=80), AS_OF, 90) == [AS_OF]
    assert make_folds([AS_OF], AS_OF, 90) is None


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        choose_cutoffs(date(2024, 1, 1), AS_OF, 0)
    with pytest.raises(ValueError, match="starts after"):
        choose_cutoffs(AS_OF + timedelta(days=1), AS_OF, 90)


def test_a_customers_share_does_not_depend_on_the_others() -> None:
    alone = customer_share(["b"], "salt")[0]
    assert customer_share(["c", "b", "a", "b"], "salt")[1] == alone
    assert customer_share(["b"], "other")[0] != alone
