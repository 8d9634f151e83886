"""What a `--scenario` file may set: rates, effects, hazard, answers and corruption.

Belongs here: the keys, their defaults, their bounds and what they mean. Does not: how they act
(world/), nor sizes and dates (plan.py).

A file holds any of the sections below; what it leaves out keeps its default. An unknown key, or a
value out of bounds, is an error that names it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from examples.retailer.company import (
    Company,
    Country,
    Culture,
    Grammar,
    usual_countries,
    usual_cultures,
)
from examples.retailer.plan import SampleError

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=1000)]
Effect = Annotated[float, Field(ge=-10, le=10)]


class Section(BaseModel):
    """A part of the scenario; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rates(Section):
    """How often things happen, per person and year unless said otherwise."""

    orders: Rate = Field(default=1.65, description="Orders of an average person.")
    orders_shape: float = Field(
        default=0.9, gt=0.05, le=50, description="Shape of the gamma over people."
    )
    sessions: Rate = Field(
        default=0.68, description="Visits of the web shop or app that end in no order."
    )
    anonymous_sessions: Share = Field(
        default=0.11, description="Sessions of nobody known, per known one."
    )
    contacts: Rate = Field(default=0.30, description="Service contacts without a special cause.")
    late_delivery: Share = Field(
        default=0.10, description="Share of deliveries after the promised day."
    )
    refund: Share = Field(default=0.07, description="Share of orders with a refund.")
    incidents_per_year: Rate = Field(default=7, description="Outages of the whole company.")
    member: Share = Field(
        default=0.42, description="Share of card holders with the paid membership."
    )
    guest: Share = Field(
        default=0.12, description="Share of account holders' orders placed as a guest."
    )
    newsletter: Share = Field(
        default=0.15,
        description="Share of consenting people mailed in a month; members get a letter anyway.",
    )
    offers: Share = Field(default=0.02, description="Share of people in a month's offer campaign.")
    business: Share = Field(default=0.09, description="Share of people who buy for a firm.")
    moves: Rate = Field(default=0.05, description="Moves to another address.")
    marriages: Rate = Field(
        default=0.02, description="Marriages with another name; more of young women."
    )
    phone_changes: Rate = Field(default=0.06, description="Changes of telephone number.")
    email_changes: Rate = Field(default=0.05, description="Changes of e-mail address.")


class Effects(Section):
    """Shocks of one experience on latent satisfaction (standard deviation about 1)."""

    late: Effect = Field(default=-0.55, description="A late delivery.")
    on_time: Effect = Field(default=0.06, description="A delivery in time.")
    refund: Effect = Field(default=-0.15, description="A refund.")
    resolved: Effect = Field(default=0.10, description="A contact that settled the issue.")
    unresolved: Effect = Field(default=-0.50, description="A contact that did not.")
    abandoned: Effect = Field(default=-0.30, description="A call given up while waiting.")
    incident: Effect = Field(default=-0.35, description="An outage met.")
    outage: Effect = Field(
        default=0.9, description="Rise of the log hazard of leaving by the great outage."
    )
    offer: Effect = Field(
        default=0.25,
        description="Rise of the log order rate, four weeks, by an offer of middling effect.",
    )
    action: Effect = Field(
        default=-0.5, description="Rise of the log odds of lateness by the action."
    )


class Hazard(Section):
    """Weekly hazard of leaving the membership: base times exp of the terms."""

    weekly: float = Field(
        default=0.0098, gt=0, le=0.5, description="At the average, monthly plans."
    )
    satisfaction: Effect = Field(default=-0.35, description="Per unit of satisfaction.")
    engagement: Effect = Field(default=-0.7, description="Per unit of engagement.")
    tenure: Effect = Field(default=-0.35, description="Per log(1 + years of membership).")
    shape: float = Field(
        default=1.0, gt=0.1, le=5, description="Power of the whole: above 1 steeper."
    )


class Answers(Section):
    """Who answers surveys, and how."""

    relationship: Share = Field(
        default=0.25, description="Response to the quarterly survey, at average."
    )
    transactional: Share = Field(default=0.40, description="Response after a purchase or contact.")
    by_satisfaction: Effect = Field(
        default=0.1, description="Rise of the log odds of answering per unit of satisfaction."
    )
    by_score: Effect = Field(
        default=0.2, description="Rise of those log odds by the best score against the middle one."
    )
    by_extreme: Effect = Field(
        default=0.4, description="Rise of those log odds by an end of the scale against its middle."
    )
    fatigue: Effect = Field(
        default=-0.2, description="Rise of those log odds per ask of the last months."
    )
    sms: Effect = Field(default=0.2, description="Shift of answers by SMS, in units of noise.")
    lag: Effect = Field(
        default=-0.05, description="Shift of answers per day since the ask, in units of noise."
    )
    noise: float = Field(default=1.25, gt=0, le=10, description="Noise of a 0-10 answer, points.")
    comment: Share = Field(default=0.38, description="Share of answers with a comment.")


class Corruption(Section):
    """How dirty the files are. Shares of records or rows; `times` multiplies them all."""

    times: float = Field(default=1.0, ge=0, le=20, description="Factor for all shares here.")
    email_missing: Share = Field(default=0.10, description="Records without an e-mail.")
    email_other: Share = Field(default=0.24, description="Records with another e-mail of theirs.")
    email_case: Share = Field(default=0.08, description="E-mails in capitals.")
    email_plus: Share = Field(default=0.02, description="E-mails with a +tag.")
    email_typo: Share = Field(default=0.015, description="E-mails with a letter lost.")
    phone_missing: Share = Field(default=0.18, description="Records without a phone.")
    phone_other: Share = Field(default=0.20, description="Records with a landline instead.")
    phone_local: Share = Field(default=0.35, description="Phone numbers in a local format.")
    phone_recycled: Share = Field(
        default=0.04, description="People given a number that was somebody else's."
    )
    name_typo: Share = Field(default=0.03, description="Names mistyped or in capitals.")
    name_spelling: Share = Field(default=0.14, description="Names in another spelling.")
    nickname: Share = Field(default=0.11, description="Nicknames, where the name has one.")
    initial: Share = Field(default=0.015, description="Given names as an initial.")
    name_swapped: Share = Field(
        default=0.01, description="Given and family name swapped; more where family comes first."
    )
    stale: Share = Field(default=0.45, description="Records that do not follow people's changes.")
    crm_duplicate: Share = Field(default=0.04, description="People with a second CRM record.")
    household: Share = Field(
        default=0.08, description="Homes with people who share a phone or e-mail."
    )
    twin: Share = Field(default=0.011, description="Twins.")
    broken_row: Share = Field(default=0.0008, description="Rows that cannot be framed or parsed.")
    blank_line: Share = Field(default=0.001, description="Rows with a blank line after them.")
    late_event: Share = Field(
        default=0.01, description="Web events delivered one to three days late."
    )
    test_order: Share = Field(default=0.004, description="Orders of the shop's own testers.")
    bots: Share = Field(default=0.012, description="Bot sessions per session.")

    def share(self, name: str) -> float:
        """Give a share with the factor applied, at most 0.9."""
        return min(0.9, float(getattr(self, name)) * self.times)


class Scenario(Section):
    """The whole scenario; every section is optional in a file."""

    rates: Rates = Rates()
    effects: Effects = Effects()
    hazard: Hazard = Hazard()
    answers: Answers = Answers()
    corruption: Corruption = Corruption()
    countries: list[Country | Literal["DE", "GB", "RO"]] = []
    names: dict[str, Culture] = {}
    phrases: dict[str, dict[str, Any]] = {}
    comments: dict[str, Grammar] = {}

    @model_validator(mode="after")
    def _names_are_known(self) -> Scenario:
        known = {*usual_cultures(), *self.names}
        for country in self.countries:
            if isinstance(country, Country):
                for name in set(country.cultures) - known:
                    raise ValueError(f"countries.{country.code}.cultures: no names of {name!r}")
        return self

    def company(self) -> Company:
        """Give what the scenario replaces of the company."""
        usual = {c["code"]: c for c in usual_countries()}
        chosen = [usual[c] if isinstance(c, str) else c.model_dump() for c in self.countries]
        cultures = {name: culture.model_dump() for name, culture in self.names.items()}
        comments = {name: grammar.model_dump() for name, grammar in self.comments.items()}
        return Company(chosen, cultures, self.phrases, comments)

    def digest(self) -> str:
        """Sixteen characters that change with any value."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def load_scenario(path: Path | None) -> Scenario:
    """Read a scenario file; without one, the defaults.

    Raises:
        SampleError: no such file, no YAML, an unknown key or a value out of bounds; every problem
            is named on one line.
    """
    if path is None:
        return Scenario()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SampleError(f"{path}: cannot be read as YAML ({type(error).__name__})") from error
    try:
        return Scenario.model_validate(found or {})
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SampleError(f"{path}: " + "; ".join(problems)) from error
