"""Run the world: every week, who does what, in the order of cause and effect.

Belongs here: the sequence of a week, and the notes of latent states for the truth. Does not: what
happens within a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from examples.retailer.plan import Plan
from examples.retailer.scenario import Scenario
from examples.retailer.world import incidents, orders, service, surveys, web
from examples.retailer.world.marketing import Marketing
from examples.retailer.world.membership import Membership
from examples.retailer.world.state import Rows, World

#: Weeks over which a membership's risk of ending is planted.
HORIZON_WEEKS = 13


@dataclass
class Notes:
    """Latent states at the start of every fourth week: for the truth, never for the files."""

    moments: list[Rows] = field(default_factory=list)

    def take(self, world: World, membership: Membership) -> None:
        """Note how everybody feels, and who is likely to leave the membership in 90 days."""
        n = world.n
        hazard = membership.weekly_hazard(world)
        due = 365 - (world.monday - membership.start[:n]) % 365
        annual = (membership.plan[:n] == 2) & (world.period[:n] >= 0)
        yearly = np.where(annual & (due <= 7 * HORIZON_WEEKS), _at_renewal(world, membership), 0)
        weekly = 1 - (1 - hazard) ** HORIZON_WEEKS
        self.moments.append(
            {
                "day": np.full(n, world.monday),
                "person": np.arange(n),
                "satisfaction": world.satisfaction[:n].copy(),
                "engagement": world.engagement[:n].copy(),
                "is_member": world.period[:n] >= 0,
                "is_gone": world.is_gone[:n].copy(),
                "probability": np.where(annual, yearly, weekly),
            }
        )


def _at_renewal(world: World, membership: Membership) -> np.ndarray:
    """Probability of not renewing an annual plan, from today's state."""
    plan = membership.plan.copy()
    membership.plan[:] = 0
    monthly = membership.weekly_hazard(world)
    membership.plan[:] = plan
    return 1 - (1 - np.minimum(5 * monthly, 0.6)) ** 5


def simulate(
    plan: Plan, scenario: Scenario, progress: Callable[[str], None]
) -> tuple[World, Notes]:
    """Run all weeks of the plan.

    Returns the world with its tables, and the notes for the truth.
    """
    world = World.create(plan, scenario)
    membership, marketing, notes = Membership(world), Marketing(world), Notes()
    for week in range(plan.n_weeks):
        if week % 4 == 0:
            notes.take(world, membership)
        incidents.step(world)
        membership.step(world)
        bought = orders.step(world)
        contacts = service.step(world)
        web.step(world, bought)
        marketing.step(world)
        surveys.step(world, bought, contacts)
        world.end_week()
        if week % 26 == 25:
            progress(f"simulated {week + 1} of {plan.n_weeks} weeks")
    return world, notes
