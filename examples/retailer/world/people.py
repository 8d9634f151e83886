"""Who the people of the sample are: traits that do not change, drawn when a person comes.

Belongs here: one array a trait, indexed by person number in order of coming. Does not: who lives or
works with whom, and how people change (ties.py), what changes week by week (state.py), nor any text
(raw/).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import categories, countries, cultures, lengths, name_counts
from examples.retailer.plan import Plan
from examples.retailer.scenario import Scenario
from examples.retailer.streams import Streams, pick
from examples.retailer.world.ties import Former, tie

People = dict[str, np.ndarray]
#: Where a person may be recorded; the CRM may have somebody twice.
SYSTEMS = ("crm", "crm2", "loyalty", "shop")
#: Share of people with an account of the web shop.
SHOP_SHARE = 0.72


def draw_people(plan: Plan, scenario: Scenario, block: int = 0) -> People:
    """Draw everybody of a block who comes by the end of the last simulated week.

    Each week's newcomers have a stream of their own, so that a longer history adds people and
    changes none. Returns one array a trait, of equal length.
    """
    cohorts: list[People] = []
    before, streams, former = 0, Streams(plan.seed, block), Former()
    for week in range(-1, plan.n_weeks):
        through = plan.people_of_block(block, week)
        if through > before:
            rng = streams.of("people", week + 1)
            ids = np.arange(before, through)
            cohorts.append(tie(rng, _cohort(rng, ids, week, plan, scenario), former, scenario))
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
    return {
        "person": ids,
        "registered_day": registered,
        **_traits(rng, n),
        **_tastes(rng, n, scenario),
        **_records(rng, n, scenario),
    }


def _traits(rng: np.random.Generator, n: int) -> People:
    places = countries()
    country = pick(rng, [c["share"] for c in places], n)
    female = rng.random(n) < 0.54
    culture = _culture(rng.random(n), country)
    age = np.clip(rng.normal(46, 15, n), 18, 92)

    def index(counts: np.ndarray, skew: float = 1.0) -> np.ndarray:
        return (rng.random(n) ** skew * counts).astype(np.int64)

    def listed(key: str, but: int = 0) -> np.ndarray:
        return (lengths(key) - but)[country]

    return {
        "country": country,
        "culture": culture,
        "is_female": female,
        "given": index(
            np.where(female, name_counts("female")[culture], name_counts("male")[culture]), 1.5
        ),
        "family": index(name_counts("family")[culture], 1.5),
        "birth_day": (19_900 - age * 365.25).astype(np.int64),
        "city": index(listed("cities"), 1.3),
        "street": index(listed("streets")),
        "house": rng.integers(1, 180, n),
        "postal": rng.integers(0, 1000, n),
        "domain": index(listed("domains")),
        # The last prefix is kept for changed numbers and for offices: nobody has both by chance.
        "prefix": index(listed("mobile", but=1)),
        "landline_prefix": index(listed("landline", but=1)),
        "email_style": rng.integers(0, 3, n),
    }


def _culture(chance: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Draw a culture for everybody, by the shares of their country."""
    numbers = {name: i for i, name in enumerate(cultures())}
    culture = np.zeros(len(country), dtype=np.int64)
    for index, place in enumerate(countries()):
        mine = country == index
        edges = np.cumsum(list(place["cultures"].values()))
        drawn = np.searchsorted(edges[:-1] / edges[-1], chance[mine], side="right")
        culture[mine] = np.array([numbers[name] for name in place["cultures"]])[drawn]
    return culture


def _tastes(rng: np.random.Generator, n: int, scenario: Scenario) -> People:
    shape = scenario.rates.orders_shape
    taste = rng.dirichlet(np.full(len(categories()), 0.55), n)
    return {
        "base": rng.normal(0, 0.75, n),
        "spirit": rng.normal(0, 0.7, n),
        "order_rate": rng.gamma(shape, scenario.rates.orders / shape, n) / 52.0,
        "session_rate": rng.gamma(6.0, scenario.rates.sessions / 6.0, n) / 52.0,
        "contact_rate": rng.gamma(0.8, scenario.rates.contacts / 0.8, n) / 52.0,
        "taste": np.cumsum(taste, axis=1),
        "store_share": rng.beta(0.8, 1.5, n),
        "has_app": rng.random(n) < 0.45,
        "answering": rng.normal(0, 0.8, n),
        "heaping": rng.random(n),
        "leaning": rng.random(n),
        "cookie_offset": rng.integers(0, 120, n),
    }


def _records(rng: np.random.Generator, n: int, scenario: Scenario) -> People:
    """Which systems know a person, and uniforms that decide what each has recorded, how wrongly."""
    in_shop = rng.random(n) < SHOP_SHARE
    in_loyalty = rng.random(n) < 0.62
    in_crm = (rng.random(n) < 0.85) | ~(in_shop | in_loyalty)
    noise = {
        f"{kind}_{system}": rng.random(n)
        for kind in ("email", "phone", "given", "family", "stale")
        for system in SYSTEMS
    }
    duplicate = in_crm & (rng.random(n) < scenario.corruption.share("crm_duplicate"))
    return {
        "in_shop": in_shop,
        "in_loyalty": in_loyalty,
        "in_crm": in_crm,
        "has_duplicate": duplicate,
        "duplicate_after": rng.integers(20, 700, n),
        "card_in_crm": rng.random(n) < 0.25,
        "wants_email": rng.random(n) < 0.68,
        **noise,
    }
