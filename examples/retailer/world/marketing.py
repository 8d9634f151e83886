"""What the company sends people unasked: letters, offers with control groups; and consents.

Belongs here: a week's mails with opens and clicks (newsletters, and each member's letter about what
the membership brought, which is part of it and needs no consent), offers made or withheld, consents
given and withdrawn, people's changes of address. Does not: surveys (surveys.py).
"""

from __future__ import annotations

import numpy as np

from examples.retailer.places import DAY, lengths
from examples.retailer.plan import as_date
from examples.retailer.world import effects
from examples.retailer.world.state import World

SENT, OPENED, CLICKED = 0, 1, 2
MARKETING, RESEARCH = 0, 1
GRANTED, DENIED, WITHDRAWN = 0, 1, 2


class Marketing:
    """Who may be mailed: the consent as it stands."""

    def __init__(self, world: World) -> None:
        self.may_mail = world.people["wants_email"].copy()

    def step(self, world: World) -> None:
        """Do the week's mails, offers, consents and moves."""
        rng = world.rng("marketing")
        self._consents(world, rng)
        monday = as_date(world.monday)
        # In other weeks nobody is sent anything: the tables are there from the first week on.
        self._letters(world, rng, is_due=monday.day <= 7)
        self._offers(world, rng, is_due=15 <= monday.day <= 21)
        move_house(world, rng)

    def _consents(self, world: World, rng: np.random.Generator) -> None:
        n, registered = world.n, world.of("registered_day")
        come = registered >= world.monday
        new = np.flatnonzero(come if world.week else np.ones(n, dtype=bool))
        # Spread over an hour: two people of one address seldom decide in the same second.
        noon = registered[new] * DAY + 10 * 3600 + new % 3571
        research = rng.random(len(new)) < 0.8
        for purpose, yes in ((MARKETING, world.of("wants_email")[new]), (RESEARCH, research)):
            world.tables.add(
                "consent",
                {
                    "person": new,
                    "purpose": np.full(len(new), purpose),
                    "status": np.where(yes, GRANTED, DENIED),
                    "t": noon + purpose * 60,
                },
            )
        leaving = self.may_mail[:n] & ~come & (rng.random(n) < 0.0009)
        who = np.flatnonzero(leaving)
        self.may_mail[who] = False
        t = world.when(world.people["country"][who], np.full(len(who), world.monday + 3), rng)
        world.tables.add(
            "consent",
            {
                "person": who,
                "purpose": np.full(len(who), MARKETING),
                "status": np.full(len(who), WITHDRAWN),
                "t": t,
            },
        )

    def _letters(self, world: World, rng: np.random.Generator, is_due: bool) -> None:
        n = world.n
        asked = self.may_mail[:n] & (world.of("registered_day") < world.monday)
        chosen = asked & (rng.random(n) < world.scenario.rates.newsletter)
        has_letter = (world.period[:n] >= 0) & (world.of("registered_day") < world.monday)
        who = np.flatnonzero((chosen | has_letter) & is_due)
        sent = (world.monday + 2) * DAY + 8 * 3600 + rng.integers(0, 1800, len(who))
        mood = 1 / (1 + np.exp(0.7 - 1.6 * world.engagement[who]))
        opened = rng.random(len(who)) < mood
        clicked = opened & (rng.random(len(who)) < 0.2)
        open_t = sent + rng.exponential(20_000, len(who)).astype(np.int64) + 60
        number = world.tables.add("mail_sent", {"person": who, "t": sent})
        parts = [(SENT, np.ones(len(who), dtype=bool), sent), (OPENED, opened, open_t)]
        for kind, mask, t in [*parts, (CLICKED, clicked, open_t + 45)]:
            world.tables.add(
                "mail",
                {
                    "mail": number[mask],
                    "person": who[mask],
                    "kind": np.full(int(mask.sum()), kind),
                    "t": t[mask],
                    "month": np.full(int(mask.sum()), _month(world)),
                    "is_letter": has_letter[who[mask]],
                },
            )

    def _offers(self, world: World, rng: np.random.Generator, is_due: bool) -> None:
        n = world.n
        known = world.of("in_crm") & (world.of("registered_day") < world.monday)
        who = np.flatnonzero(known & (rng.random(n) < world.scenario.rates.offers * is_due))
        control = rng.random(len(who)) < 0.2
        acts = effects.response(world, who)
        treated = who[~control]
        world.offer_until[treated] = world.week + effects.WEEKS
        world.offer_acts[treated] = acts[~control]
        t = (world.monday + 1) * DAY + 9 * 3600 + rng.integers(0, 3600, len(who))
        base = -2.2 + 0.7 * world.engagement[who] + 0.3 * world.satisfaction[who]
        takes = 1 / (1 + np.exp(-base - effects.TAKING * acts / effects.GAIN))
        alone = 1 / (1 + np.exp(-base))
        converted = rng.random(len(who)) < np.where(control, alone, takes)
        responded = ~control & (converted | (rng.random(len(who)) < 0.12))
        reply = t + rng.integers(3600, 6 * DAY, len(who))
        world.tables.add(
            "offer",
            {
                "person": who,
                "t": t,
                "offer": rng.integers(0, 4, len(who)),
                "month": np.full(len(who), _month(world)),
                "is_control": control,
                "acts": acts,
                "chance_treated": takes,
                "chance_control": alone,
                "responded_t": np.where(responded, reply, -1),
                "converted_t": np.where(converted, reply + 2 * DAY, -1),
            },
        )


def move_house(world: World, rng: np.random.Generator) -> None:
    """Some people move house: a new version of their CRM record."""
    n = world.n
    settled = world.of("in_crm") & (world.of("registered_day") < world.monday)
    who = np.flatnonzero(settled & (rng.random(n) < world.scenario.rates.moves / 52))
    country = world.people["country"][who]
    streets, cities = lengths("streets")[country], lengths("cities")[country]
    world.tables.add(
        "move",
        {
            "person": who,
            "day": world.monday + rng.integers(0, 7, len(who)),
            "street": (rng.random(len(who)) * streets).astype(np.int64),
            "city": (rng.random(len(who)) * cities).astype(np.int64),
            "house": rng.integers(1, 180, len(who)),
            "postal": rng.integers(0, 1000, len(who)),
        },
    )


def _month(world: World) -> int:
    """Month of the week's first day as yyyymm."""
    day = as_date(world.monday)
    return day.year * 100 + day.month
