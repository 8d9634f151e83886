"""What ties people to others, and how they change: homes, twins, firms, marriages, numbers.

Belongs here: who shares a name, an address, an e-mail or a telephone with whom, whose old number
somebody was given, and on which day somebody takes another name, number or address. Does not:
traits of one person alone (people.py), nor which system noticed (raw/sql).

A change is drawn when a person comes, on a day of its own: a longer history only shows more of it.
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import lengths, name_counts
from examples.retailer.scenario import Scenario

People = dict[str, np.ndarray]
#: People who come together come as groups of this many; the first is the head of a home.
GROUP = 4
#: Chance of the second, third and fourth of a group to live with the first, beside one another.
JOINS = np.array([0.0, 1.0, 0.55, 0.4])
#: Days for which a telephone number rests before somebody else is given it.
REST = 60
_HOME = ("country", "city", "street", "house", "postal", "landline_prefix")


class Former:
    """Numbers that people before have given up: who, in which country, since when."""

    COLUMNS = ("person", "country", "phone_day")

    def __init__(self) -> None:
        self._person = np.zeros(0, dtype=np.int64)
        self._country = np.zeros(0, dtype=np.int64)
        self._day = np.zeros(0, dtype=np.int64)

    def add(self, cohort: People) -> None:
        """Add what a cohort gives up, whenever that is."""
        gives = cohort["phone_day"] >= 0
        self._person = np.concatenate([self._person, cohort["person"][gives]])
        self._country = np.concatenate([self._country, cohort["country"][gives]])
        self._day = np.concatenate([self._day, cohort["phone_day"][gives]])

    def match(self, country: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Give each taker a former owner of the same country, -1 where there is none; use it up.

        Takers in the order of their days take the number that has rested longest.
        """
        found = np.full(len(country), -1, dtype=np.int64)
        taken = np.zeros(len(self._person), dtype=bool)
        for index in np.unique(country):
            takers = np.flatnonzero(country == index)
            takers = takers[np.argsort(day[takers], kind="stable")]
            owners = np.flatnonzero(self._country == index)
            owners = owners[np.argsort(self._day[owners], kind="stable")]
            free = np.searchsorted(self._day[owners] + REST, day[takers], side="left")
            # How many have taken one after each taker: one more, but never more than are free.
            turn = np.arange(1, len(takers) + 1)
            count = turn + np.minimum(np.minimum.accumulate(free - turn), 0)
            takes = np.diff(count, prepend=0) > 0
            given = owners[count[takes] - 1]
            found[takers[takes]] = self._person[given]
            taken[given] = True
        kept = ~taken
        self._person, self._country = self._person[kept], self._country[kept]
        self._day = self._day[kept]
        return found


def tie(rng: np.random.Generator, cohort: People, former: Former, scenario: Scenario) -> People:
    """Tie the people of one cohort to each other and to those before."""
    cohort = _households(rng, dict(cohort), scenario)
    cohort = _firms(rng, cohort, scenario)
    cohort.update(_changes(rng, cohort, scenario))
    size = len(cohort["person"])
    # Of those who are there at the start, the first half's old numbers go to the second half.
    split = size // 2 if cohort["person"][0] == 0 else 0
    former.add({k: cohort[k][:split] for k in Former.COLUMNS})
    share = scenario.corruption.share("phone_recycled") * (2.0 if split else 1.0)
    takes = (rng.random(size) < share) & (np.arange(size) >= split)
    owner = np.full(size, -1, dtype=np.int64)
    owner[takes] = former.match(cohort["country"][takes], cohort["registered_day"][takes])
    cohort["phone_of"] = owner
    former.add({k: cohort[k][split:] for k in Former.COLUMNS})
    return cohort


def _households(rng: np.random.Generator, cohort: People, scenario: Scenario) -> People:
    """Let some live with the first of their group: its name and address, and shared contacts."""
    n = len(cohort["person"])
    place = np.arange(n) % GROUP
    head = np.arange(n) - place
    chance, twin_chance = rng.random(n), rng.random(n)
    # Half of a pair's people come second: a share of twins takes as large a share of the seconds.
    is_twin = (place == 1) & (twin_chance < GROUP / 2 * scenario.corruption.share("twin"))
    lives = chance < JOINS[place] * 1.05 * scenario.corruption.share("household")
    joined = lives | is_twin
    # A third lives with the second's household only where there is one to live in.
    of = np.where(joined, head, np.arange(n))
    for name in (*_HOME, "culture", "family"):
        cohort[name] = cohort[name][of]
    spouse = joined & (place == 1) & ~is_twin
    child = joined & (place > 1)
    cohort["is_female"] = np.where(
        spouse & (rng.random(n) < 0.93), ~cohort["is_female"][of], cohort["is_female"]
    )
    born = cohort["birth_day"][of]
    later = born + rng.integers(21 * 365, 36 * 365, n)
    near = born + rng.normal(0, 3 * 365, n).astype(np.int64)
    youngest = cohort["registered_day"] - 16 * 365
    birth = np.where(child, np.minimum(later, youngest), np.where(spouse, near, born))
    cohort["birth_day"] = np.where(joined, birth, cohort["birth_day"])
    cohort["given"] = _given(rng, cohort, of, child, is_twin)
    # Prefixes and domains of the country that a person was drawn with may not exist in the new one.
    for name, key, kept in (("prefix", "mobile", 1), ("domain", "domains", 0)):
        cohort[name] = cohort[name] % (lengths(key)[cohort["country"]] - kept)
    cohort["head"] = cohort["person"][of]
    cohort["is_twin"] = is_twin
    cohort["shares_email"] = joined & (rng.random(n) < np.where(is_twin, 0.3, 0.45))
    cohort["shares_phone"] = joined & (rng.random(n) < 0.70)
    return cohort


def _given(
    rng: np.random.Generator, cohort: People, of: np.ndarray, child: np.ndarray, twin: np.ndarray
) -> np.ndarray:
    """Given names within the culture's list; no twin has the other's, some sons the father's."""
    women, men = name_counts("female"), name_counts("male")
    count = np.where(cohort["is_female"], women[cohort["culture"]], men[cohort["culture"]])
    given = cohort["given"] % count
    same_sex = cohort["is_female"] == cohort["is_female"][of]
    namesake = child & same_sex & (rng.random(len(given)) < 0.02)
    given = np.where(namesake, given[of], given)
    clash = twin & same_sex & (given == given[of])
    return np.where(clash, (given + 1) % count, given)


def _firms(rng: np.random.Generator, cohort: People, scenario: Scenario) -> People:
    """Make some people contacts of a firm; a firm has one to six of them."""
    n = len(cohort["person"])
    business = rng.random(n) < scenario.rates.business
    who = np.flatnonzero(business)
    account = np.full(n, -1, dtype=np.int64)
    if len(who):
        # A contact joins the firm of the contact before, unless it founds one of its own.
        founds = (rng.random(len(who)) < 0.38) | (np.arange(len(who)) % 6 == 0)
        founds |= cohort["country"][who] != np.roll(cohort["country"][who], 1)
        founds[0] = True
        account[who] = cohort["person"][who[founds]][np.cumsum(founds) - 1]
    cohort["is_business"] = business
    cohort["account"] = account
    return cohort


def _changes(rng: np.random.Generator, cohort: People, scenario: Scenario) -> People:
    """Draw the days on which people marry, change number or e-mail address; -1 never."""
    n = len(cohort["person"])
    rates = scenario.rates

    def day(rate: float, factor: np.ndarray | float = 1.0) -> np.ndarray:
        """Draw the day of the first event at a rate per year, within twelve years."""
        years = rng.exponential(1.0, n) / np.maximum(rate * factor, 1e-9)
        found = cohort["registered_day"] + 1 + np.minimum(years * 365, 12 * 365).astype(np.int64)
        return np.where(years < 12, found, -1)

    age = (cohort["registered_day"] - cohort["birth_day"]) / 365
    young = np.where(age < 45, 1.6, 0.4) * np.where(cohort["is_female"], 1.7, 0.2)
    counts = name_counts("family")[cohort["culture"]]
    other = (cohort["family"] + 1 + (rng.random(n) * (counts - 1)).astype(np.int64)) % counts
    return {
        "married_day": day(rates.marriages, young),
        "married_family": other,
        "joins_names": rng.random(n) < 0.2,
        "phone_day": day(rates.phone_changes),
        "email_day": day(rates.email_changes),
        "new_domain": (cohort["domain"] + 1) % lengths("domains")[cohort["country"]],
        "other_domain": (cohort["domain"] + 2) % lengths("domains")[cohort["country"]],
    }
