"""``wholeview identity``: pairs for a person to judge, and what people decide.

Belongs here: the two commands and what they print. Does not: which pairs there are
(identity_review), what a decision means (identity_decisions) or does (models.identity.exact).
What records say is personal data: it goes to the terminal of who asks, never to a log or a pipe.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from orchestration import settings
from orchestration.cli.options import existing_home, home_option
from orchestration.home import Home
from orchestration.ledger import IdentityDecision, Ledger

_MOST = 10


@click.group()
def identity() -> None:
    """Pairs for a person to judge, and what people decide: one customer, or never one."""


@identity.command("review")
@home_option
@click.option(
    "--limit", type=click.IntRange(1, 200), default=_MOST, show_default=True,
    help="Pairs of each kind that are shown.",
)  # fmt: skip
@click.option("--decided", is_flag=True, help="What has been decided instead, and not taken back.")
def review(home: Path | None, limit: int, decided: bool) -> None:
    """Show the most uncertain and the most consequential pairs with their evidence."""
    from orchestration.identity_review import review_pairs, shown_pair

    where = existing_home(home)
    if decided:
        _decided(where)
        return
    is_private = sys.stdout.isatty()
    pairs = review_pairs(where, limit, with_values=is_private)
    if not pairs:
        click.echo("no pair is near the threshold: there is nothing to judge")
        return
    heads = {
        "uncertain": "The most uncertain: near the weight for a link",
        "consequential": "The most consequential: what another verdict would move",
    }
    for kind, head in heads.items():
        click.echo(f"\n{head}")
        for place, pair in enumerate((p for p in pairs if p.kind == kind), start=1):
            click.echo(f"\n{place}. " + "\n".join(shown_pair(pair)))
    click.echo(
        "\ndecide one: wholeview identity decide --left ID --right ID --must-link|--cannot-link"
        " --by NAME --why TEXT"
    )
    if not is_private:
        click.echo("what records say is personal data, shown on a terminal only")


def _decided(home: Home) -> None:
    from orchestration.identity_decisions import said, standing
    from orchestration.identity_review import source_ids

    with Ledger(home.ledger) as ledger:
        found = standing(ledger)
    refs = sorted({ref for d in found for ref in (d.left_ref, d.right_ref)})
    ids = source_ids(home, refs) if sys.stdout.isatty() else {}
    for decision in found:
        click.echo(f"{said(decision, ids)}: {decision.why}")
    if not found:
        click.echo("nothing has been decided, or all of it was taken back")


@identity.command("decide")
@home_option
@click.option("--left", required=True, help="source_system:source_customer_id, or a customer_id.")
@click.option("--right", required=True, help="The other one, likewise.")
@click.option("--must-link", "must", is_flag=True, help="They are one customer.")
@click.option("--cannot-link", "cannot", is_flag=True, help="They are never one customer.")
@click.option("--by", "decided_by", required=True, help="Who decides it.")
@click.option("--why", required=True, help="Why, for those who read it later.")
@click.option("--undo", is_flag=True, help="Take back what was decided of these two.")
def decide(
    home: Path | None, left: str, right: str, must: bool, cannot: bool, decided_by: str, why: str,
    undo: bool,
) -> None:  # fmt: skip
    """Decide of two records or customers; from the next run on all facts follow."""
    from orchestration.identity_decisions import DecisionRefused

    if (must and cannot) or not (must or cannot or undo):
        raise click.UsageError("say one of --must-link and --cannot-link, or --undo alone")
    if not decided_by.strip() or not why.strip():
        raise click.UsageError("--by and --why need a text")
    where = existing_home(home)
    try:
        with where.lock(), Ledger(where.ledger) as ledger:
            verdict = "must_link" if must else "cannot_link" if cannot else None
            done = _kept(where, ledger, left, right, verdict, undo, (decided_by, why))
    except DecisionRefused as refused:
        raise click.UsageError(str(refused)) from None
    click.echo(f"{done}; from the next run on all facts follow: wholeview run")


def _kept(
    home: Home, ledger: Ledger, left: str, right: str, verdict: str | None, undo: bool,
    told: tuple[str, str],
) -> str:  # fmt: skip
    """Keep a decision, or that one was taken back; say what was done."""
    from orchestration.identity_decisions import (
        MUST,
        UNDO,
        DecisionRefused,
        Identities,
        between,
        check_new,
        found_by_itself,
        standing,
    )

    known = Identities(home)
    stands = standing(ledger)
    by, why = (text.strip() for text in told)
    if undo:  # by how they were referred to: who it was decided of may be gone by now
        found = between(stands, known.ref(left, "left"), known.ref(right, "right"))
        if verdict not in (None, found.verdict):
            raise DecisionRefused(f"what stands is --{found.verdict.replace('_', '-')}")
        ledger.add_decision(
            replace(found, verdict=UNDO, decided_by=by, why=why, decided_at=settings.utc_now(),
                    were_one=None)
        )  # fmt: skip
        return "taken back"
    one, other = known.side(left, "left"), known.side(right, "right")
    check_new(stands, one, other, verdict == MUST)
    is_one = one.customer_id == other.customer_id
    by_itself = found_by_itself(known, ledger.decisions(), one, other)
    done = "one customer" if verdict == MUST else "two customers, whatever the evidence says"
    if is_one == (verdict == MUST):
        done += " (as they are already)"
    ledger.add_decision(
        IdentityDecision(
            one.ref, other.ref, str(verdict), json.dumps(one.keys), json.dumps(other.keys), by,
            why, settings.utc_now(), None if by_itself is None else int(by_itself),
        )
    )  # fmt: skip
    return done
