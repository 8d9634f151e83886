"""What of a company a scenario may replace: where its people live, what they are called.

Belongs here: the keys of a country and of a culture with their defaults and bounds, the company in
use, and the company file that goes with it. Does not: rates and effects (scenario.py), nor anything
drawn at random.
"""

from __future__ import annotations

import re
import unicodedata
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

DATA = Path(__file__).parent / "data"
#: A name, or the way its bearer writes it followed by other spellings of it.
Name = str | list[str]


class Part(BaseModel):
    """A part of a company; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone") from error
    return name


Digits = Annotated[str, Field(pattern=r"^[0-9]{1,5}$")]
Weight = Annotated[float, Field(gt=0, le=1)]


class Country(Part):
    """Where people live: clock, money, telephone, addresses. The first is the head office's."""

    code: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166 code.")
    share: Weight = Field(description="Share of the people (need not add up to one).")
    language: str = Field(pattern="^[a-z]{2}$", description="ISO 639 code; comments are in it.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(description="IANA time zone.")
    currency: str = Field(pattern="^[A-Z]{3}$", description="ISO 4217 code.")
    rate: float = Field(1.0, gt=0, description="What one unit is in the head office's currency.")
    decimals: int = Field(2, ge=0, le=2, description="Decimals of its money.")
    price_factor: float = Field(1.0, gt=0, description="Prices here for a catalogue price of 1.")
    dial: Digits = Field(description="International dialling code.")
    trunk: str = Field("0", pattern="^[0-9]{0,2}$", description="Dialled before local numbers.")
    mobile: list[Digits] = Field(min_length=2, description="Mobile prefixes.")
    mobile_digits: int = Field(ge=5, le=9, description="Digits after a mobile prefix.")
    landline: list[Digits] = Field(min_length=2, description="Area codes.")
    landline_digits: int = Field(ge=5, le=9, description="Digits after an area code.")
    local_phone: float = Field(
        1.0, ge=0, le=2, description="Factor for the share of numbers written locally."
    )
    domains: list[str] = Field(min_length=2, description="E-mail domains.")
    cultures: dict[str, Weight] = Field(min_length=1, description="Shares of cultures of names.")
    cities: list[tuple[str, str, str]] = Field(
        min_length=1, description="City, region, start of its postal codes."
    )
    streets: list[str] = Field(min_length=1, description="Street names.")
    postal: str = Field(
        "%03d", pattern="^(uk|[^%]*%0[1-9]d)$", description="Rest of a postal code, or uk."
    )
    house_first: bool = Field(False, description="House number before the street.")
    company_suffix: str = Field(" Ltd", description="Ending of firms' names.")
    closed_on_sunday: bool = Field(False, description="Whether stores are.")
    late_odds: float = Field(0.0, ge=-5, le=5, description="More log odds of a late parcel.")
    answer_style: Literal["plain", "modest", "extreme"] = Field(
        "plain", description="How scales are used: as they are, never the top, or the ends."
    )


class Culture(Part):
    """Names and how they are handled."""

    order: Literal["given_first", "family_first"] = "given_first"
    female: list[Name] = Field(min_length=1)
    male: list[Name] = Field(min_length=1)
    family: list[Name] = Field(min_length=1)
    nicknames: dict[str, str] = {}

    @field_validator("female", "male", "family")
    @classmethod
    def _can_be_typed(cls, names: list[Name]) -> list[Name]:
        for name in names:
            forms = [name] if isinstance(name, str) else name
            if not any(re.search("[A-Za-z]", unicodedata.normalize("NFKD", f)) for f in forms):
                raise ValueError(f"{name!r} needs a spelling in Latin letters: [name, spelling]")
        return names


class Sides(Part):
    """Texts that speak well of something, and texts that do not."""

    good: list[str] = Field(min_length=1)
    bad: list[str] = Field(min_length=1)


class Grammar(Part):
    """How comments of a language are made (see data/comments.yml): texts by device and topic."""

    openings: list[str] = Field(min_length=1)
    but: list[str] = Field(min_length=1)
    things: list[str] = Field(min_length=6, max_length=6, description="Names of the six topics.")
    good: list[str] = Field(min_length=1)
    bad: list[str] = Field(min_length=1)
    frames: dict[Literal["plain", "fact", "negated", "ironic", "past"], Sides]
    facts: dict[Literal["delivery", "service", "price", "range", "website", "store"], Sides]

    @field_validator("frames", "facts")
    @classmethod
    def _none_is_missing(cls, found: dict[str, Sides], info: ValidationInfo) -> dict[str, Sides]:
        wanted = {"frames": 5, "facts": 6}[str(info.field_name)]
        if len(found) < wanted:
            raise ValueError(f"{wanted} are needed, as in data/comments.yml")
        return found


@dataclass(frozen=True)
class Company:
    """What replaces the usual company; an empty part leaves the usual one."""

    countries: list[dict[str, Any]] = field(default_factory=list)
    cultures: dict[str, dict[str, Any]] = field(default_factory=dict)
    phrases: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)


_IN_USE: ContextVar[Company] = ContextVar("company_in_use")
_USUAL = Company()
#: Lines of data/company.yml that name the head office, by the key of places.yml that they hold.
_LINES = {"timezone": "timezone: {}", "currency": "currency: {}", "code": "country: {}"}


def use(company: Company) -> None:
    """Let the whole generator work with this company, in this context from now on."""
    _IN_USE.set(company)


def in_use() -> Company:
    """Give the company that replaces the usual one."""
    return _IN_USE.get(_USUAL)


@cache
def read(name: str) -> Any:
    """Read a file of data/."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@cache
def usual_countries() -> list[dict[str, Any]]:
    """The countries of the company that no scenario changes."""
    return [Country.model_validate(c).model_dump() for c in read("places.yml")]


@cache
def usual_cultures() -> dict[str, dict[str, Any]]:
    """The cultures that need no scenario."""
    return {k: Culture.model_validate(c).model_dump() for k, c in read("names.yml").items()}


def company_file() -> bytes:
    """Give the company file's bytes for the countries in use."""
    text = (DATA / "company.yml").read_text(encoding="utf-8")
    usual = usual_countries()[0]
    home = (in_use().countries or usual_countries())[0]
    for key, line in _LINES.items():
        text = text.replace("\n  " + line.format(usual[key]), "\n  " + line.format(home[key]), 1)
    return text.encode()
