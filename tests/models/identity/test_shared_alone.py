"""An identifier of several customers is marked shared and resolves nobody by itself."""

from __future__ import annotations

from models.identity.exact.decisions import Decision
from tests.models.identity.test_events import EMAIL, ana_and_bruno, record
from tests.models.identity.test_resolve import World, key, nights

__all__ = ["nights"]

PHONE = key("phone", "p")


def held(nights, identity_key):
    where = f"identity_key = '{identity_key}'"
    return nights.rows("bridge_identity", "customer_id, is_shared", where)


def test_a_guest_whom_a_decision_names_resolves_nobody_once_others_have_the_address(nights):
    guest = [Decision(True, (EMAIL,), (record("z"),))]

    def world():
        return World().row(EMAIL, "email", "x").record("z", "Zoe", "1990-03-03", "Wald")

    nights.run(world(), decisions=guest)
    zoe = nights.person("z")
    assert nights.customer(EMAIL) == zoe
    nights.run(ana_and_bruno(world()), decisions=guest)
    assert nights.customer(EMAIL) is None
    assert nights.person("z") == zoe
    assert held(nights, EMAIL) == sorted((nights.person(who), True) for who in "ab")


def test_what_only_a_row_of_a_shared_identifier_says_makes_no_customer(nights):
    world = ana_and_bruno(World()).row(EMAIL, "email", "x").row(EMAIL, "phone", "p")
    assert nights.run(world).n_customers == 2
    assert nights.customer(PHONE) is None
    # as soon as somebody has it, it is theirs
    nights.run(world.record("c", "Cem", "1960-06-06", "Kurt", phone="p"))
    assert nights.customer(PHONE) == nights.person("c")


def test_an_address_on_somebody_elses_cookie_is_whose_it_is_and_not_shared(nights):
    cookie = key("cookie_id", "c")
    world = World().record("a", "Ana", "1980-01-01", "Berg", email="x")
    world.record("b", "Bruno", "1970-02-02", "Stein", email="y", cookie_id="c")
    summary = nights.run(world.row(cookie, "cookie_id", "c").row(cookie, "email", "x"))
    assert nights.customer(cookie) == nights.person("b")
    assert nights.customer(EMAIL) == nights.person("a")
    assert held(nights, EMAIL) == [(nights.person("a"), False)]
    assert summary.n_shared_identifiers == 0
