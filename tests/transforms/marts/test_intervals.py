"""The interval macros: published vectors, simulated coverage, a cluster bootstrap as oracle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.transforms.marts.sql_macros import estimate, evaluate


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "lower", "upper"),
    [(50, 30, 20, 14.05, 44.20), (10, 3, 2, 10.11, 78.78), (5, 0, 0, 17.49, 100.0)],
)
def test_adjusted_wald_matches_the_published_vectors(
    promoters: int, passives: int, detractors: int, lower: float, upper: float
) -> None:
    n = promoters + passives + detractors
    rows = pd.DataFrame({"p": [promoters / n], "d": [detractors / n], "n": [float(n)]})
    assert 100 * evaluate("{{ adjusted_wald_lower('p', 'd', 'n') }}", rows)[0] == pytest.approx(
        lower, abs=0.005
    )
    assert 100 * evaluate("{{ adjusted_wald_upper('p', 'd', 'n') }}", rows)[0] == pytest.approx(
        upper, abs=0.005
    )


@pytest.mark.parametrize("n", [1.0, 1.2, 2.0, 10.0])
@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
def test_adjusted_wald_reaches_what_was_observed(n: float, p: float) -> None:
    """Ten equal answers of one person are one effective answer: the gate holds intervals to it."""
    for d in (0.0, 1.0 - p):
        rows = pd.DataFrame({"p": [p], "d": [d], "n": [n]})
        lower = evaluate("{{ adjusted_wald_lower('p', 'd', 'n') }}", rows)[0]
        upper = evaluate("{{ adjusted_wald_upper('p', 'd', 'n') }}", rows)[0]
        assert -1 <= lower <= p - d <= upper <= 1


def test_standard_error_of_fifty_thirty_twenty() -> None:
    rows = pd.DataFrame({"r": [0.3], "p": [0.5], "d": [0.2], "n": [100.0], "v": [np.nan]})
    error = evaluate("{{ standard_error(\"'adjusted_wald'\", 'r', 'p', 'd', 'n', 'v') }}", rows)[0]
    assert 100 * error == pytest.approx(7.810, abs=0.0005)
    assert 100 * 1.959963984540054 * error == pytest.approx(15.31, abs=0.005)


@pytest.mark.parametrize(
    ("hits", "n", "lower", "upper"), [(80, 100, 0.711, 0.867), (8, 10, 0.490, 0.943)]
)
def test_wilson_matches_the_published_vectors(
    hits: int, n: int, lower: float, upper: float
) -> None:
    rows = pd.DataFrame({"p": [hits / n], "n": [float(n)]})
    assert evaluate("{{ wilson_lower('p', 'n') }}", rows)[0] == pytest.approx(lower, abs=0.0005)
    assert evaluate("{{ wilson_upper('p', 'n') }}", rows)[0] == pytest.approx(upper, abs=0.0005)


def test_wilson_stays_between_nought_and_one_and_is_null_of_nobody() -> None:
    rows = pd.DataFrame({"p": [0.0, 1.0, np.nan], "n": [10.0, 10.0, 0.0]})
    lower = evaluate("{{ wilson_lower('p', 'n') }}", rows)
    upper = evaluate("{{ wilson_upper('p', 'n') }}", rows)
    assert lower[0] == pytest.approx(0, abs=1e-12)
    assert 0.2 < upper[0] < 0.35
    assert upper[1] == pytest.approx(1, abs=1e-12)
    assert np.isnan(lower[2])


def test_quantile_of_t_is_that_of_scipy() -> None:
    df = np.arange(1.0, 200.0)
    found = evaluate("{{ t_95('df') }}", pd.DataFrame({"df": df}))
    expected = stats.t.ppf(0.975, df)
    assert np.abs(found - expected).max() < 1e-3
    assert np.abs(found - expected)[df >= 9].max() < 2e-5
    assert np.isnan(evaluate("{{ t_95('df') }}", pd.DataFrame({"df": [0.0]}))[0])


def nps_coverage(n: int, shares: tuple[float, float, float], draws: int) -> tuple[float, float]:
    """Coverage of the adjusted interval, and of the plain one, for answers of `n` people."""
    rng = np.random.default_rng(n)
    counts = rng.multinomial(n, shares, size=draws)
    rows = pd.DataFrame(
        {"p": counts[:, 0] / n, "d": counts[:, 2] / n, "n": np.full(draws, float(n))}
    )
    lower = evaluate("{{ adjusted_wald_lower('p', 'd', 'n') }}", rows)
    upper = evaluate("{{ adjusted_wald_upper('p', 'd', 'n') }}", rows)
    truth = shares[0] - shares[2]
    net = (rows.p - rows.d).to_numpy()
    half = 1.96 * np.sqrt(np.maximum(0, (rows.p + rows.d).to_numpy() - net**2) / n)
    plain = np.mean((net - half <= truth) & (truth <= net + half))
    return float(np.mean((lower <= truth) & (truth <= upper))), float(plain)


@pytest.mark.parametrize("n", [10, 20, 50, 200])
@pytest.mark.parametrize("shares", [(0.75, 0.17, 0.08), (0.4, 0.35, 0.25), (0.15, 0.25, 0.6)])
def test_nps_intervals_cover_the_truth(n: int, shares: tuple[float, float, float]) -> None:
    adjusted, _ = nps_coverage(n, shares, draws=10_000)
    assert 0.93 <= adjusted <= 0.985


def test_nps_coverage_is_the_documented_one_where_the_plain_interval_fails() -> None:
    adjusted, plain = nps_coverage(10, (0.75, 0.17, 0.08), draws=20_000)
    assert adjusted == pytest.approx(0.948, abs=0.01)
    assert plain == pytest.approx(0.802, abs=0.01)


@pytest.mark.parametrize("n", [10, 30, 100])
def test_wilson_intervals_cover_the_truth_on_average(n: int) -> None:
    rng = np.random.default_rng(n)
    truth = rng.uniform(0.05, 0.95, size=20_000)
    rows = pd.DataFrame({"p": rng.binomial(n, truth) / n, "n": float(n)})
    lower = evaluate("{{ wilson_lower('p', 'n') }}", rows)
    upper = evaluate("{{ wilson_upper('p', 'n') }}", rows)
    assert np.mean((lower <= truth) & (truth <= upper)) == pytest.approx(0.95, abs=0.012)


def answers_of_clusters(cells: int, customers: int, sticky: float, seed: int) -> pd.DataFrame:
    """NPS categories of customers who answer one to six times and mostly repeat themselves."""
    rng = np.random.default_rng(seed)
    frames = []
    for cell in range(cells):
        sizes = rng.integers(1, 7, size=customers)
        own = rng.choice([1, 0, -1], p=(0.5, 0.3, 0.2), size=customers)
        cluster = np.repeat(np.arange(customers), sizes)
        fresh = rng.choice([1, 0, -1], p=(0.5, 0.3, 0.2), size=len(cluster))
        repeats = rng.random(len(cluster)) < sticky
        frames.append(
            pd.DataFrame(
                {"cell": cell, "cluster": cluster, "y": np.where(repeats, own[cluster], fresh)}
            )
        )
    return pd.concat(frames, ignore_index=True)


def cluster_bootstrap_variance(answers: pd.DataFrame, draws: int, seed: int) -> float:
    """Variance of the mean when customers, with all their answers, are drawn again."""
    totals = answers.groupby("cluster").y.agg(["sum", "count"]).to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(totals), np.full(len(totals), 1 / len(totals)), size=draws)
    sums = weights @ totals
    return float(np.var(sums[:, 0] / sums[:, 1]))


def test_effective_n_agrees_with_a_cluster_bootstrap() -> None:
    answers = answers_of_clusters(cells=1, customers=400, sticky=0.8, seed=7)
    found = estimate(answers).iloc[0]
    oracle = cluster_bootstrap_variance(answers, draws=4_000, seed=11)
    assert found.variance_clustered == pytest.approx(oracle, rel=0.08)
    assert found.n_eff == pytest.approx(found.n * found.variance_simple / oracle, rel=0.08)
    assert found.k < found.n_eff < 0.7 * found.n


def test_intervals_of_people_who_answer_often_cover_the_truth() -> None:
    answers = answers_of_clusters(cells=1_500, customers=60, sticky=0.7, seed=3)
    found = estimate(answers)
    plus = answers.groupby("cell").y.apply(lambda y: (y == 1).mean()).to_numpy()
    minus = answers.groupby("cell").y.apply(lambda y: (y == -1).mean()).to_numpy()
    rows = pd.DataFrame({"p": plus, "d": minus, "n": found.n_eff, "n_all": found.n})
    for n, low, high in [("n", 0.93, 0.97), ("n_all", 0.70, 0.92)]:
        lower = evaluate("{{ adjusted_wald_lower('p', 'd', '" + n + "') }}", rows)
        upper = evaluate("{{ adjusted_wald_upper('p', 'd', '" + n + "') }}", rows)
        assert low <= np.mean((lower <= 0.3) & (upper >= 0.3)) <= high


def test_effective_n_is_n_where_nobody_answers_twice_and_falls_back_where_all_agree() -> None:
    once = pd.DataFrame({"cell": 0, "cluster": range(12), "y": [1, -1, 0] * 4})
    assert estimate(once).n_eff[0] == 12
    alike = pd.DataFrame({"cell": 0, "cluster": [0] * 8 + [1, 2], "y": 1})
    assert estimate(alike).n_eff[0] == pytest.approx(100 / 66)
    lonely = pd.DataFrame({"cell": 0, "cluster": [0] * 8, "y": [1, 0] * 4})
    assert estimate(lonely).n_eff[0] == 1


def test_mean_interval_is_that_of_scipy_where_nobody_answers_twice() -> None:
    scores = np.random.default_rng(5).integers(1, 6, size=25)
    found = estimate(pd.DataFrame({"cell": 0, "cluster": range(25), "y": scores})).iloc[0]
    rows = pd.DataFrame(
        {"r": [found.ratio], "k": [found.k], "v": [found.variance_clustered], "u": [0.0]}
    )
    bounds = [
        evaluate(
            "{{ interval_bound('" + sign + "', \"'t'\", 'r', 'u', 'u', 'k', 'k', 'v') }}", rows
        )[0]
        for sign in "-+"
    ]
    expected = stats.t.interval(0.95, 24, loc=scores.mean(), scale=stats.sem(scores))
    assert bounds == pytest.approx(expected, abs=1e-5)
