"""`python -m bench.identity.alone`: identity by itself on the inputs of a night that was run.

Belongs here: CPU and memory of the step, with training and with the stored model, and how many
twins and homes are kept apart. Does not: the night (__main__.py) or the records (people.py).
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from bench.truth.arithmetic import Pairs


def apart_and_pairs(out: Path, truth: Path) -> tuple[Pairs, float, float]:
    """Compare a result with the truth: pairs, and the shares of twins and of homes kept apart.

    A person is kept apart from the head of their home where no customer has records of both.
    """
    con = duckdb.connect()
    con.execute(
        f"""
        create table found as
        select t.person, t.head, t.is_twin, b.customer_id
        from read_parquet('{truth}') t
        join read_parquet('{out}/bridge_identity.parquet') b
          on b.identifier_type = 'source_customer_id' and b.source_system = t.source_system
         and b.source_customer_id = t.source_customer_id
        """
    )

    def together(by: str) -> int:
        sql = f"select sum(n * (n - 1) // 2) from (select count(*) as n from found group by {by})"
        row = con.execute(sql).fetchone()
        return int(row[0] or 0) if row else 0

    pairs = Pairs(together("person, customer_id"), together("customer_id"), together("person"))
    home = con.execute(
        """
        with pair as (
            select person, any_value(head) as head, any_value(is_twin) as is_twin
            from found where head <> person group by person
        ), mixed as (
            select distinct a.person from found a
            join found b on b.customer_id = a.customer_id and b.person = a.head
            where a.head <> a.person
        )
        select avg((m.person is null)::int) filter (p.is_twin), avg((m.person is null)::int)
        from pair p left join mixed m using (person)
        """
    ).fetchone() or (0, 0)
    con.close()
    return pairs, float(home[0] or 0), float(home[1] or 0)


def nothing_tells(work: Path, out: Path, truth: Path) -> tuple[int, int]:
    """Count who is not kept apart from the head of their home, and of whom nothing tells it.

    Nothing tells two people apart whose records, all together, never say different given names
    (initials say none), birth dates or genders: no matcher could know that they are two, but by
    contacts, which homes share. Names spelt otherwise count as different, so it is no fewer.

    Returns:
        People who share a customer with their head, and how many of them nothing tells apart.
    """
    con = duckdb.connect()
    con.execute(f"attach '{work}' as work (read_only)")
    row = con.execute(
        rf"""
        with found as (
            select t.person, t.head, b.customer_id, r.birth_date, r.gender, case when length(g) > 1
                then g end as given
            from read_parquet('{truth}') t
            join read_parquet('{out}/bridge_identity.parquet') b
              on b.identifier_type = 'source_customer_id' and b.source_system = t.source_system
             and b.source_customer_id = t.source_customer_id
            join work.identity.int_identity_record r on r.identity_key = b.identity_key
            cross join lateral (
                select regexp_extract(lower(strip_accents(r.given_name)), '\p{{L}}+') as g) w
        ), said as (
            select person, any_value(head) as head, list(distinct customer_id) as customers,
                   coalesce(list(distinct given) filter (given is not null), []) as givens,
                   coalesce(list(distinct birth_date) filter (birth_date is not null), [])
                       as births,
                   coalesce(list(distinct gender) filter (gender is not null), []) as genders
            from found group by person
        )
        select count(*), count(*) filter (
            (len(a.givens) = 0 or len(b.givens) = 0 or list_has_any(a.givens, b.givens))
            and (len(a.births) = 0 or len(b.births) = 0 or list_has_any(a.births, b.births))
            and (len(a.genders) = 0 or len(b.genders) = 0 or list_has_any(a.genders, b.genders)))
        from said a join said b on b.person = a.head and a.person <> a.head
        where list_has_any(a.customers, b.customers)
        """
    ).fetchone() or (0, 0)
    con.close()
    return int(row[0]), int(row[1])


def without(work: Path, less: Path, one_in: int) -> Path:
    """Write a night's inputs without one in so many keys: as they were before these came."""
    less.unlink(missing_ok=True)
    con = duckdb.connect(str(less))
    con.execute(f"attach '{work}' as work (read_only); create schema identity")
    for table in ("int_identifier_link", "int_identity_record"):
        con.execute(
            f"create table identity.{table} as select * from work.identity.{table}"
            f" where hash(identity_key, 'new') % {one_in} <> 0"
        )
    con.close()
    return less


def timed(
    work: Path, state: Path, out: Path, memory: str, *, is_full: bool = True
) -> tuple[float, float]:
    """Run identity in a process of its own; its CPU seconds and peak memory in GB."""
    command = [sys.executable, "-m", "bench.identity.alone", *map(str, (work, state, out)), memory,
               "all" if is_full else "part"]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    told = json.loads(done.stdout.splitlines()[-1])
    if told["is_part"] is is_full:
        raise SystemExit("identity worked out another part of the night than was wished")
    return told["cpu"], told["memory"]


def main() -> None:
    """Run it on `work.duckdb`, a state and an output directory; print CPU and memory as JSON."""
    from models.identity.resolve import resolve

    work, state, out, memory, how = sys.argv[1:6]
    before = time.process_time()
    found = resolve(Path(work), Path(state), Path(out), dt.date(2026, 6, 30), memory_limit=memory,
                    is_full=how == "all")  # fmt: skip
    used = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"cpu": used, "memory": peak, "is_part": found.is_part}))


if __name__ == "__main__":
    main()
