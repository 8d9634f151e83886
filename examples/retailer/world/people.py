"""Who the people of the sample are: traits that do not change, drawn when a person comes.

Belongs here: one array a trait, indexed by person number in order of coming. Does not: what
changes week by week (state.py), nor any text (raw/people.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import categories, countries
from examples.retailer.plan import Plan
from examples.retailer.scenario import Scenario
from examples.retailer.streams import Streams, pick

People = dict[str, np.ndarray]


def draw_people(plan: Plan, scenario: Scenario, streams: Streams) -> People:
    """Draw everybody who comes by the end of the last simulated week.

    Each week's newcomers have a stream of their own, so that a longer history adds people and
    changes none. Returns one array a trait, of equal length.
    """
    cohorts = []
    before = 0
    for week in range(-1, plan.n_weeks):
        through = plan.people_through(week) if week >= 0 else max(1, plan.people_through(-1))
        if through > before:
            rng = streams.of("people", week + 1)
            ids = np.arange(before, through)
            cohorts.append(_cohort(rng, ids, week, plan, scenario))
            before = through
    return {name: np.concatenate([c[name] for c in cohorts]) for name in cohorts[0]}


def _cohort(
    rng: np.random.Generator, ids: np.ndarray, week: int, plan: Plan, scenario: Scenario
) -> People:
    n = len(ids)
    if week < 0:  # customers of long standing, up to about seven years
        registered = plan.first_day - 1 - np.minimum(rng.gamma(1.2, 500, n), 2600).astype(np.int64)
    else:
        registered = plan.first_day + 7 * week + rng.integers(0, 7, n)
    cohort = {
        "person": ids,
        "registered_day": registered,
        **_traits(rng, n),
        **_tastes(rng, n, scenario),
        **_records(rng, n, ids, scenario),
    }
    return _households(rng, ids, cohort, scenario)


def _traits(rng: np.random.Generator, n: int) -> People:
    places = countries()
    country = pick(rng, [c["share"] for c in places], n)
    female = rng.random(n) < 0.54
    age = np.clip(rng.normal(46, 15, n), 18, 92)
    names = {key: np.array([len(c[key]) for c in places]) for key in ("female", "male", "family")}
    given_count = np.where(female, names["female"][country], names["male"][country])

    def index(counts: np.ndarray, skew: float = 1.0) -> np.ndarray:
        return (rng.random(n) ** skew * counts).astype(np.int64)

    return {
        "country": country,
        "is_female": female,
        "given": index(given_count, 1.5),
        "family": index(names["family"][country], 1.5),
        "birth_day": (19_900 - age * 365.25).astype(np.int64),
        "city": index(np.array([len(c["cities"]) for c in places])[country], 1.3),
        "street": index(np.array([len(c["streets"]) for c in places])[country]),
        "house": rng.integers(1, 180, n),
        "postal": rng.integers(0, 1000, n),
        "domain": index(np.array([len(c["domains"]) for c in places])[country]),
        "prefix": index(np.array([len(c["mobile"]) for c in places])[country]),
        "landline_prefix": index(np.array([len(c["landline"]) for c in places])[country]),
        "email_style": rng.integers(0, 3, n),
        "is_business": rng.random(n) < 0.03,
    }


def _tastes(rng: np.random.Generator, n: int, scenario: Scenario) -> People:
    shape = scenario.rates.orders_shape
    taste = rng.dirichlet(np.full(len(categories()), 0.55), n)
    return {
        "base": rng.normal(0, 0.75, n),
        "spirit": rng.normal(0, 0.7, n),
        "order_rate": rng.gamma(shape, scenario.rates.orders / shape, n) / 52.0,
        "session_rate": rng.gamma(3.0, scenario.rates.sessions / 3.0, n) / 52.0,
        "contact_rate": rng.gamma(0.8, scenario.rates.contacts / 0.8, n) / 52.0,
        "taste": np.cumsum(taste, axis=1),
        "store_share": rng.beta(0.8, 1.5, n),
        "has_app": rng.random(n) < 0.45,
        "answering": rng.normal(0, 0.8, n),
        "heaping": rng.random(n),
        "leaning": rng.random(n),
        "cookie_offset": rng.integers(0, 120, n),
    }


def _records(rng: np.random.Generator, n: int, ids: np.ndarray, scenario: Scenario) -> People:
    """Which systems know a person, and one uniform a system that decides how wrongly."""
    in_shop = rng.random(n) < 0.72
    in_loyalty = rng.random(n) < 0.62
    in_crm = (rng.random(n) < 0.85) | ~(in_shop | in_loyalty)
    systems = ("crm", "crm2", "loyalty", "shop")
    noise = {f"{kind}_{s}": rng.random(n) for kind in ("email", "phone", "name") for s in systems}
    duplicate = in_crm & (rng.random(n) < scenario.corruption.share("crm_duplicate"))
    return {
        "in_shop": in_shop,
        "in_loyalty": in_loyalty,
        "in_crm": in_crm,
        "has_duplicate": duplicate,
        "duplicate_after": rng.integers(20, 700, n),
        "card_in_crm": rng.random(n) < 0.45,
        "wants_email": rng.random(n) < 0.68,
        **noise,
    }


def _households(
    rng: np.random.Generator, ids: np.ndarray, cohort: People, scenario: Scenario
) -> People:
    """Let some people live with the one before them: same name and address, shared contacts."""
    n = len(ids)
    wanted = rng.random(n) < scenario.corruption.share("household") / 0.75
    shares_email, shares_phone = rng.random(n) < 0.45, rng.random(n) < 0.70
    joined = wanted & (np.arange(n) % 2 == 1)
    head = np.where(joined, ids - 1, ids)
    local = np.where(joined, np.arange(n) - 1, np.arange(n))
    cohort = dict(cohort)
    cohort["country"] = cohort["country"][local]
    for name in ("family", "city", "street", "house", "postal", "domain", "landline_prefix"):
        cohort[name] = cohort[name][local]
    # A first name or prefix of another country's list may not exist in the new country's.
    limits = countries()
    women = np.array([len(c["female"]) for c in limits])[cohort["country"]]
    men = np.array([len(c["male"]) for c in limits])[cohort["country"]]
    cohort["given"] = cohort["given"] % np.where(cohort["is_female"], women, men)
    cohort["prefix"] = (
        cohort["prefix"] % np.array([len(c["mobile"]) for c in limits])[cohort["country"]]
    )
    cohort["head"] = head
    cohort["shares_email"] = joined & shares_email
    cohort["shares_phone"] = joined & shares_phone
    return cohort
