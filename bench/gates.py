"""Measures the learnt gates: false alarms in a healthy year, and which planted faults they notice.

Each night is judged by the code that judges real nights, on tables in memory. Seeds that the limits
were tuned on and seeds that they were not are told apart. `--write` puts the tables into
`docs/gates.md`. Not here: the world (gate_world) and the faults (gate_faults).
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from bench.gate_faults import FAULTS, Fault
from bench.gate_world import COUNTRY, FEEDS, TIMEZONE, World, make_world
from quality.contracts import load_contracts
from quality.gates import CheckResult
from quality.gates.baselines.columns import FOLLOWERS, REFERENCES
from quality.gates.baselines.judge import judge
from quality.gates.baselines.numbers import Window, collect, create_numbers

TUNED_ON, UNSEEN = (1, 2, 3, 11, 12, 13, 14, 103, 104, 105), (106, 107, 108)
FIRST_NIGHT = date(2025, 3, 1)
_SOURCES = {
    "orders": ("shop",), "transactions": ("lines",), "interactions": ("web", "calls"),
    "survey_invitations": ("mailing",), "survey_responses": ("answers",),
}  # fmt: skip
_GROWING = ("shop",)
PAGE = Path(__file__).parent.parent / "docs" / "gates.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass
class Alarm:
    """One result that was not ok."""

    night: date
    result: CheckResult

    def __str__(self) -> str:
        return f"{self.night}  {'STOP' if self.result.stops else 'warn'}  {self.result.message}"


@dataclass
class Told:
    """What the gates said of one world.

    Attributes:
        nights: Healthy nights judged.
        cpu_seconds: What measuring took.
        n_gates: Gates that judged on the last of them.
        alarms: False alarms.
        caught: For each fault, the nights on which it was planted and what was said: (night,
            stopped, warned, the result that names it or None).
    """

    nights: int = 0
    cpu_seconds: float = 0.0
    n_gates: int = 0
    alarms: list[Alarm] = field(default_factory=list)
    caught: dict[str, list[tuple[date, bool, bool, CheckResult | None]]] = field(
        default_factory=dict
    )

    @property
    def stopped_nights(self) -> int:
        """Healthy nights that were stopped."""
        return len({a.night for a in self.alarms if a.result.stops})

    @property
    def warned_nights(self) -> int:
        """Healthy nights with a warning or a stop."""
        return len({a.night for a in self.alarms})


def count_world(world: World) -> None:
    """Count all batches of a world into its table `number`."""
    create_numbers(world.con)
    for feed in FEEDS:
        windows = [
            Window(batch, source, None if batch == 1 else world.night(batch), world.night(batch))
            for source in _SOURCES[feed]
            for batch in range(1, world.n_nights + 2)
        ]
        collect(world.con, load_contracts()[feed], _relations(), windows, world.night(1), TIMEZONE)


def _relations() -> dict[str, str]:
    return {feed: f"healthy_{feed}" for feed in load_contracts()}


def judge_night(world: World, batch: int, numbers: str = "number") -> list[CheckResult]:
    """What the gates say of a batch, by the batches before it."""
    return judge(
        world.con, f"(select * from {numbers} where batch <= {batch})", world.night(batch),
        country=COUNTRY, growing=_GROWING,
    )  # fmt: skip


def healthy(world: World, told: Told) -> None:
    """Judge every night of a healthy world."""
    for batch in range(2, world.n_nights + 2):
        results = judge_night(world, batch)
        told.nights += 1
        told.n_gates = sum(not r.is_skipped for r in results)
        failed = [r for r in results if not r.passed and not r.is_skipped]
        told.alarms += [Alarm(world.night(batch), r) for r in failed]


def planted(world: World, told: Told, seed: int, nights: int) -> None:
    """Plant each fault on some nights, each alone, and see what is said of it."""
    rng = np.random.default_rng(seed + 7_000)
    for fault in FAULTS:
        batches = rng.permutation(np.arange(60, world.n_nights + 2))
        # on a Sunday no shop is open, and a shop that is missing is no fault
        changed = (int(b) for b in batches if _changes(world, fault, int(b)))
        for batch in itertools.islice(changed, nights):
            results = plant(world, fault, batch)
            # what would have been said without the fault says nothing of it
            anyway = {r.gate for r in judge_night(world, batch) if not r.passed}
            prefix = f"feeds.{fault.feed}.{fault.source}"
            named = [
                r for r in results if not r.passed and not r.is_skipped and r.gate not in anyway
            ]
            # an order that lost its lines is told by orders too: any gate of the night will do,
            # but the one that is shown is of the source that is at fault where there is one
            named.sort(key=lambda r: (not r.gate.startswith(prefix), not r.stops))
            told.caught.setdefault(fault.name, []).append((
                world.night(batch), any(r.stops for r in named), bool(named),
                named[0] if named else None,
            ))  # fmt: skip


def _changes(world: World, fault: Fault, batch: int) -> bool:
    """Whether the fault changes anything on a night."""
    con, night = world.con, f"(from healthy_{fault.feed} where batch = {batch})"
    sql = fault.sql.format(night=night, feed=f"healthy_{fault.feed}", batch=batch)
    found = con.execute(
        f"select (select count(*) from (({sql}) except all ({night[1:-1]}))),"
        f" (select count(*) from (({night[1:-1]}) except all ({sql})))"
    ).fetchone()
    return bool(found and sum(found))


def plant(world: World, fault: Fault, batch: int) -> list[CheckResult]:
    """What the gates say of a night with a fault; the world is as before."""
    con = world.con
    con.execute(
        f"create or replace temp table night as from healthy_{fault.feed} where batch = {batch}"
    )
    sql = fault.sql.format(night="night", feed=f"healthy_{fault.feed}", batch=batch)
    con.execute(f"create or replace temp table faulty as {sql}")
    create_numbers(con, "faulty_number")
    day = world.night(batch)
    con.execute(
        f"insert into faulty_number from number where batch = {batch} and feed not in"
        f" ({', '.join(repr(feed) for feed in _affected(fault.feed))})"
    )
    for feed in _affected(fault.feed):
        contract = load_contracts()[feed]
        # what refers to the faulty feed finds what came, not what should have come
        relations = _relations() | {
            fault.feed: f"(from healthy_{fault.feed} where batch <> {batch}"
            " union all by name from faulty)"
        }
        if feed == fault.feed:
            relations[feed] = "faulty"
        else:
            con.execute(
                f"create or replace temp table beside as from healthy_{feed} where batch = {batch}"
            )
            relations[feed] = "beside"
        own = [Window(batch, source, day, day) for source in _SOURCES[feed]]
        collect(con, contract, relations, own, day, TIMEZONE, "faulty_number")
    numbers = f"(from number where batch < {batch} union all by name from faulty_number)"
    return judge(con, numbers, day, country=COUNTRY, growing=_GROWING)


def _affected(faulty: str) -> list[str]:
    """A feed and those that look for its rows; the numbers of others are as they were."""
    return [
        feed
        for feed in FEEDS
        if feed == faulty
        or any(other == faulty for _, other, _ in (*REFERENCES.get(feed, ()),
                                                   *FOLLOWERS.get(feed, ())))
    ]  # fmt: skip


def measure(seed: int, *, n_nights: int, per_fault: int, size: float = 1.0) -> Told:
    """Measure the gates on one world."""
    started = time.process_time()
    world = make_world(seed, first_night=FIRST_NIGHT, n_nights=n_nights, size=size)
    told = Told()
    count_world(world)
    healthy(world, told)
    planted(world, told, seed, per_fault)
    world.con.close()
    told.cpu_seconds = time.process_time() - started
    return told


def lines(measured: dict[int, Told]) -> Iterator[str]:
    """The tables, as Markdown."""
    yield "| seed | tuned on it | nights | gates | stopped for nothing | warned for nothing |"
    yield "|---|---|---|---|---|---|"
    for seed, told in measured.items():
        tuned = "yes" if seed in TUNED_ON else "no"
        yield (
            f"| {seed} | {tuned} | {told.nights} | {told.n_gates} | {told.stopped_nights}"
            f" | {told.warned_nights} |"
        )
    yield ""
    yield "| planted fault | nights | stopped | warned | nobody noticed | named, as an example |"
    yield "|---|---|---|---|---|---|"
    n_all = n_caught = 0
    for fault in FAULTS:
        said = [one for told in measured.values() for one in told.caught.get(fault.name, [])]
        if not said:
            continue
        stopped = sum(one[1] for one in said)
        warned = sum(one[2] and not one[1] for one in said)
        example = next((one[3] for one in said if one[3] is not None), None)
        n_all, n_caught = n_all + len(said), n_caught + stopped + warned
        shown = f"`{example.message.split(': wanted')[0]}`" if example else ""
        missed = len(said) - stopped - warned
        yield f"| {fault.name} | {len(said)} | {stopped} | {warned} | {missed} | {shown} |"
    yield ""
    share = n_caught / max(n_all, 1)
    yield f"Of {n_all} faults {n_caught} were stopped or warned of on their night: {share:.1%}."


def main() -> None:
    """Measure on seeds and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=UNSEEN)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--per-fault", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=2, help="Seeds at a time.")
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--alarms", action="store_true", help="Print every false alarm too.")
    parser.add_argument("--write", action="store_true", help="Write the tables to docs/gates.md.")
    options = parser.parse_args()
    measured: dict[int, Told] = {}
    work = partial(measure, n_nights=options.nights, per_fault=options.per_fault, size=options.size)
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, told in zip(options.seeds, pool.map(work, options.seeds), strict=True):
            measured[seed] = told
            print(f"seed {seed}: {told.cpu_seconds:.0f} CPU-s", flush=True)
            if options.alarms:
                print(*told.alarms, sep="\n", flush=True)
    tables = "\n".join(lines(measured))
    print(tables)
    if options.write:
        text = PAGE.read_text()
        head, _, rest = text.partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
