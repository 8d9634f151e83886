"""Nothing is lost on the way: what core holds is what the feeds hold, in rows and in money.

The feed's side is worked out here from its files, on purpose not with the SQL that staging uses:
two ways to one number are a check, one way is none. Not here: the books of mapping (feeds).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from quality.contracts import Contract
from quality.gates.feeds import quoted_path, relation_of, superseded_of
from quality.gates.suites import Gate, Suite


@dataclass(frozen=True)
class FeedFiles:
    """Where feeds are, and as of which day in which zone they are read."""

    folder: Path
    as_of: date
    timezone: str = "UTC"

    def rows(self, feed: str) -> str:
        """Glob of the feed's row files."""
        return str(self.folder / feed / "rows" / "*.parquet")


def current_rows(contract: Contract, files: FeedFiles) -> str:
    """A select of the rows of an event feed that hold as of the day, with all their columns."""
    as_of = f"date '{files.as_of}'"
    batch_table = quoted_path(str(files.folder / "_batch" / "batch.parquet"))
    batches = f"read_parquet('{batch_table}')"
    nights = f"(select batch, max(night_on) as night_on from {batches} group by batch)"
    replaced = (
        f"select s.row_id from {superseded_of(files.rows(contract.feed))} as s"
        f" left join {nights} as n on s.batch = n.batch"
        f" where s.row_id is not null and coalesce(s.version_on, n.night_on) <= {as_of}"
    )
    version_on = f"cast(timezone('{files.timezone}', f.version_at) as date)"
    return (
        f"select f.* from {relation_of(files.rows(contract.feed))} as f"
        f" left join {nights} as n on f.batch = n.batch"
        f" where f.occurred_on <= {as_of} and not coalesce(f.is_deleted, false)"
        f" and (not f.is_superseding or coalesce({version_on}, n.night_on) <= {as_of})"
        f" and f.row_id not in ({replaced})"
    )


def conservation_gates(suite: Suite, contract: Contract, files: FeedFiles) -> list[Gate]:
    """The gates that compare a core table with the feed that it conserves, in rows and in sums."""
    current, table = current_rows(contract, files), suite.table
    there, here = f"(select count(*) from ({current}) as c)", "(select count(*) from {table} as t)"
    gates = [
        Gate(
            name=f"{table}.rows_conserved",
            layer="core",
            table=table,
            kind="measure",
            says=f"as many rows as {contract.feed} has",
            sql=f"select cast({here} - {there} as double) as observed",
            minimum=0,
            maximum=0,
        )
    ]
    for column in suite.money:
        total = f"(select coalesce(sum({column}), 0) from ({current}) as c)"
        gates.append(
            Gate(
                name=f"{table}.{column}_conserved",
                layer="core",
                table=table,
                kind="measure",
                says=f"sum of {column} is that of {contract.feed}",
                columns=(column,),
                sql=f"select cast((select coalesce(sum({column}), 0) from {{table}} as t)"
                f" - {total} as double) as observed",
                minimum=0,
                maximum=0,
            )
        )
    return gates
