"""The world while it runs: what people feel from week to week, and the tables it leaves behind.

Belongs here: the arrays that change, how experiences reach them, and the collected rows. Does not:
what people do (orders.py, service.py, ...), nor how it is written to files (raw/).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from examples.retailer.places import DAY, Clocks
from examples.retailer.plan import Plan
from examples.retailer.scenario import Scenario
from examples.retailer.streams import Streams
from examples.retailer.world.people import People, draw_people
from examples.retailer.world.traits import uniform

Rows = dict[str, np.ndarray]


class Tables:
    """Rows by table name, added week by week; a table's columns keep their types.

    Rows are numbered across the blocks of people (block b of k has b, b + k, b + 2k, ...), so that
    a number is nobody else's. Rows of the whole company, the same in every block, are numbered
    plainly: those of `add_shared`.
    """

    def __init__(self, block: int = 0, n_blocks: int = 1) -> None:
        self._parts: dict[str, list[Rows]] = defaultdict(list)
        self._count: dict[str, int] = defaultdict(int)
        self._block, self._n_blocks = block, n_blocks
        self.shared: set[str] = set()

    def count(self, name: str) -> int:
        """Count the rows so far."""
        return self._count[name]

    def upcoming(self, name: str, size: int) -> np.ndarray:
        """Give the numbers that the next rows of a table get."""
        first = self._count[name]
        if name in self.shared:
            return np.arange(first, first + size)
        return np.arange(first, first + size) * self._n_blocks + self._block

    def add(self, name: str, rows: Rows) -> np.ndarray:
        """Add rows (one array a column, equal lengths); gives their numbers, column `no`."""
        length = len(next(iter(rows.values())))
        numbers = self.upcoming(name, length)
        self._parts[name].append({"no": numbers, **rows})
        self._count[name] += length
        return numbers

    def add_shared(self, name: str, rows: Rows) -> np.ndarray:
        """Add rows of the whole company, drawn from a stream that every block shares."""
        self.shared.add(name)
        return self.add(name, rows)

    def names(self) -> list[str]:
        """Names of all tables."""
        return sorted(self._parts)

    def whole(self, name: str) -> Rows:
        """All rows of a table, one array a column."""
        parts = self._parts[name]
        return {column: np.concatenate([p[column] for p in parts]) for column in parts[0]}


@dataclass
class World:
    """Plan, people of one block and what has become of them by the current week.

    People are numbered within the block (an index into the arrays); `numbered` gives the numbers
    by which all blocks together know them.
    """

    plan: Plan
    scenario: Scenario
    streams: Streams
    clocks: Clocks
    people: People
    block: int = 0
    tables: Tables = field(default_factory=Tables)
    week: int = 0
    shocks: dict[int, np.ndarray] = field(default_factory=dict)
    causes: list[Rows] = field(default_factory=list)

    def __post_init__(self) -> None:
        size = len(self.people["person"])
        self.satisfaction = self.people["base"].copy()
        self.engagement = self.people["spirit"].copy()
        self.offer_until = np.full(size, -1, dtype=np.int64)
        self.offer_acts = np.zeros(size)
        self.upset = np.zeros(size)
        self.is_gone = np.zeros(size, dtype=bool)
        self.period = np.full(size, -1, dtype=np.int64)

    @classmethod
    def create(cls, plan: Plan, scenario: Scenario, block: int = 0) -> World:
        """Draw the people of a block and set everybody to their own average."""
        clocks = Clocks.over(plan.first_day, plan.until_day)
        people = draw_people(plan, scenario, block)
        tables = Tables(block, plan.n_blocks)
        return cls(plan, scenario, Streams(plan.seed), clocks, people, block, tables)

    @property
    def n(self) -> int:
        """People of the block who have come by the end of this week, or of the last one."""
        return min(self.plan.people_of_block(self.block, self.week), len(self.people["person"]))

    def numbered(self, person: np.ndarray) -> np.ndarray:
        """Give the numbers of people that are unique over all blocks; -1 stays nobody."""
        return np.where(person >= 0, person * self.plan.n_blocks + self.block, person)

    @property
    def monday(self) -> int:
        """Day number of the current week's first day (whatever its weekday)."""
        return self.plan.first_day + 7 * self.week

    def rng(self, name: str, *keys: int) -> np.random.Generator:
        """Give the current week's stream of this name, for this block's people."""
        return Streams(self.plan.seed, self.block).of(name, self.week, *keys)

    def company_rng(self, name: str, *keys: int) -> np.random.Generator:
        """Give the current week's stream of this name that all blocks share."""
        return self.streams.of(name, self.week, *keys)

    def of(self, trait: str) -> np.ndarray:
        """Give a trait of everybody who has come."""
        return self.people[trait][: self.n]

    def luck(self, name: str, person: np.ndarray) -> np.ndarray:
        """Give a number in (0, 1) for each person that is the same whenever it is asked for."""
        return uniform(self.plan.seed, name, self.numbered(person))

    def when(
        self, country: np.ndarray, day: np.ndarray, rng: np.random.Generator, peak: float = 15.5
    ) -> np.ndarray:
        """Draw instants (seconds UTC) on local days, around a local hour, within waking hours."""
        hour = np.clip(rng.normal(peak, 3.4, len(day)), 7.1, 22.9)
        return self.clocks.instant(country, day, (hour * 3600).astype(np.int64))

    def feel(self, person: np.ndarray, instant: np.ndarray, amount: np.ndarray | float) -> None:
        """Let experiences move satisfaction, in the week after the one in which they happen."""
        known = person >= 0
        person, instant = person[known], instant[known]
        amounts = np.broadcast_to(np.asarray(amount, dtype=float), known.shape)[known]
        weeks = np.maximum((instant // DAY - self.plan.first_day) // 7, self.week)
        size = len(self.satisfaction)
        for week in np.unique(weeks):
            mine = weeks == week
            added = np.bincount(person[mine], weights=amounts[mine], minlength=size)
            self.shocks[int(week)] = self.shocks.get(int(week), 0.0) + added

    def cause(
        self, person: np.ndarray, instant: np.ndarray, reason: int, order_no: np.ndarray
    ) -> None:
        """Note that people will get in touch: why, when, and about which order (-1 none)."""
        reasons = np.full(len(person), reason)
        self.causes.append(
            {"person": person, "t": instant, "reason": reasons, "order_no": order_no}
        )

    def end_week(self) -> None:
        """Move everybody's satisfaction and engagement to the next week."""
        n = self.n
        rng = self.rng("latent")
        base, feeling = self.of("base"), self.satisfaction[:n]
        moved = feeling + 0.035 * (base - feeling) + rng.normal(0, 0.05, n)
        shock = self.shocks.pop(self.week, None)
        if shock is not None:
            moved += shock[:n]
        self.satisfaction[:n] = np.clip(moved, -3, 3)
        drift = rng.normal(0, 0.12, n) + 0.02 * moved
        self.engagement[:n] = np.clip(0.985 * self.engagement[:n] + drift, -3, 3)
        self.week += 1
