"""Run the world: every week, who does what, in the order of cause and effect.

Belongs here: the sequence of a week. Does not: what happens within a step.
"""

from __future__ import annotations

from collections.abc import Callable

from examples.retailer.plan import Plan
from examples.retailer.scenario import Scenario
from examples.retailer.world import (
    footfall,
    incidents,
    mobile,
    orders,
    outage,
    service,
    social,
    web,
)
from examples.retailer.world.marketing import Marketing
from examples.retailer.world.membership import Membership
from examples.retailer.world.notes import Notes
from examples.retailer.world.state import World
from examples.retailer.world.surveys import ATTRIBUTES, KIND_TO_ALL, WEIGHT, Surveys, break_day


def simulate(
    plan: Plan, scenario: Scenario, progress: Callable[[str], None], block: int = 0
) -> tuple[World, Notes]:
    """Run all weeks of the plan for the people of one block.

    Returns the world with its tables, and the notes for the truth.
    """
    world = World.create(plan, scenario, block)
    membership, marketing, notes = Membership(world), Marketing(world), Notes()
    surveys = Surveys(world)
    for week in range(plan.n_weeks):
        notes.take(world, membership)
        incidents.step(world)
        outage.step(world)
        membership.step(world)
        bought = orders.step(world)
        contacts = service.step(world)
        web.step(world, bought)
        mobile.step(world, bought)
        social.step(world, bought)
        footfall.step(world)
        marketing.step(world)
        surveys.step(world, bought, contacts)
        outage.calm_down(world)
        world.end_week()
        if week % 26 == 25:
            progress(f"simulated {week + 1} of {plan.n_weeks} weeks")
    # The state after the last week: what follows a last day that ends a week is known too.
    if plan.until_day == world.monday - 1:
        notes.take(world, membership)
    notes.facts = {
        "outage_day": outage.outage_day(world),
        "outage_driven_off": membership.driven_off,
        "scale_break_day": break_day(world),
        "kindness_to_recommendation": KIND_TO_ALL,
        **{f"weight_{name}": weight for name, weight in zip(ATTRIBUTES, WEIGHT, strict=True)},
    }
    return world, notes
