"""Of a customer with many records those that say most are compared with others."""

from __future__ import annotations

from tests.models.identity.test_resolve import World, nights

__all__ = ["nights"]


def test_a_full_record_is_heard_among_many_that_say_a_name_alone(nights):
    world, n_people = World(), 20
    for p in range(n_people):
        given, family = ("Hedwig", "Oskar", "Ludwig", "Irmgard")[p % 4], f"Zeilinger{chr(97 + p)}ek"
        for n in range(8):
            world.record(f"p{p}_{n}", given, None, None if n % 2 else family, email=f"m{p}")
        home = {"street": f"Waldstrasse {p + 1}", "city": f"Town {chr(65 + p)}"}
        world.record(f"c{p}", given, f"19{50 + p}-03-04", family, email=f"m{p}", **home)
        world.record(f"e{p}", given, f"19{50 + p}-03-04", family, **home)
    nights.run(world)
    found = [nights.person(f"c{p}") == nights.person(f"e{p}") for p in range(n_people)]
    assert sum(found) == n_people
