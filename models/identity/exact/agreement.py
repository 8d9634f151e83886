"""Whether two who share an identifier or a home can be one person, by names and birth dates.

Belongs here: the rule for two signatures (hubs.make_said), asked once for any two however many
identifiers they share. Does not: who then belongs together (sharing.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import put
from models.identity.exact.hubs import FULL
from models.identity.records.aliases import are_two_sql, not_of_sql

if TYPE_CHECKING:
    import duckdb

#: Names this alike (Jaro-Winkler) are one name misspelt: Jon and John .93; Lukas and Lucia .86.
SAME_NAME = 0.88
#: A state number that so many differing records have may be a firm's: of those, two are two people
#: where so many of given name, family name and birth date say so; a given name counts for an
#: unknown birth date too. Of only two records all three must, each said by both, and no one
#: address (house number and area) be said by both.
FIRM, TOO_MUCH, ALL = 3, 2, 3
#: What two have in common: a home or an identifier of no other kind; a telephone number; a state
#: number of only two who differ, or of so many that it may be a firm's.
CONTACT, PHONE_NUMBER, OWN_NUMBER, FIRM_NUMBER = range(4)


def same_birth_sql(a: str, b: str) -> str:
    """SQL: one part mistyped, or day and month swapped, is still one birth date."""
    return (
        f"((year({a}) = year({b}))::int + (month({a}) = month({b}))::int"
        f" + (day({a}) = day({b}))::int >= 2 or (year({a}) = year({b})"
        f" and month({a}) = day({b}) and day({a}) = month({b})))"
    )


_ARE_TWO = are_two_sql("s.not_of", "t.given")
_HIS_AND_HERS = "his_and_hers(s.given, t.given, s.n, t.n)"
_ONE_GENDER = "coalesce(s.usual = t.usual, true)"

# Whether given names of two signatures s and t can be one person's. Two names that many people have
# are two names, however alike, and so are a woman's and a man's; one that hardly anybody has is one
# that many have, misspelt or cut short. Of signs that are syllables or words one is another name.
# What costs most is asked last, and only where nothing else has said.
_SAME_GIVEN = f"""
    case when s.given is null or t.given is null or s.given = t.given then true
         when (is_letter(s.given) or is_letter(t.given)) and left(s.given, 1) = left(t.given, 1)
         then true
         when not {_ONE_GENDER} or {_ARE_TWO} then false
         when s.sound = t.sound then true
         when list_has_any(s.known_as, t.known_as) or list_contains(s.known_as, t.sound)
              or list_contains(t.known_as, s.sound) then true
         when not is_of_letters(s.given) or {_HIS_AND_HERS} then false
         when least(s.n, t.n) <= 2 or 10 * least(s.n, t.n) <= greatest(s.n, t.n)
         then begins(s.given, t.given)
              or jaro_winkler_similarity(signs(s.given), signs(t.given)) >= {SAME_NAME}::double
         else false end
"""
_SAME_FAMILY = f"""
    case when s.family is null or t.family is null or s.family = t.family
              or contains(' ' || s.family || ' ', ' ' || t.family || ' ')
              or contains(' ' || t.family || ' ', ' ' || s.family || ' ') then true
         else jaro_winkler_similarity(signs(s.family), signs(t.family)) >= {SAME_NAME}::double end
"""
# That the one is short for the other: Chris for Christian, and for Christine.
_SHORT = """
    {a}.given <> {b}.given and not is_letter({a}.given)
    and ((is_of_letters({a}.given) and starts_with({b}.given, {a}.given))
         or (list_contains({a}.known_as, {b}.sound)
             and not coalesce(list_contains({b}.known_as, {a}.sound), false)))
"""
# One name, not one that is merely alike: as it is said, as it sounds, or for short.
_ONE_GIVEN = """
    (s.given = t.given or s.sound = t.sound or coalesce(list_has_any(s.known_as, t.known_as), false)
     or coalesce(list_contains(s.known_as, t.sound), false)
     or coalesce(list_contains(t.known_as, s.sound), false))
"""
# Names in two scripts cannot be compared: only the birth date can say.
_OTHER_SCRIPT = "regexp_matches(s.given, '[a-z]') <> regexp_matches(t.given, '[a-z]')"

# Whether what an identifier ties together is one person's, as far as names and birth dates say. A
# state number is a person's own: a slip is forgiven. A telephone number passes on. So may a card or
# mailbox: who marries keeps the given name, so beside two family names it must be one, not alike.
_MAY_BE_ONE = f"""
    case when p.way in ({OWN_NUMBER}, {FIRM_NUMBER}) then
        (not {_SAME_GIVEN})::int
            * (case when g.same_birth is null and p.way = {FIRM_NUMBER} then 2 else 1 end)
            + (not {_SAME_FAMILY})::int + (not coalesce(g.same_birth, true))::int
            < case when p.way = {OWN_NUMBER} then {ALL} else {TOO_MUCH} end
        or jaro_winkler_similarity(signs(s.given), signs(t.family)) >= {SAME_NAME}::double
        or jaro_winkler_similarity(signs(s.family), signs(t.given)) >= {SAME_NAME}::double
    when not g.same_birth then false
    when g.same_birth
         or (p.way <> {PHONE_NUMBER} and {_ONE_GIVEN})
         or {_SAME_FAMILY}
    then case when {_SAME_GIVEN} then true
              when g.same_birth and {_ONE_GENDER} then {_OTHER_SCRIPT} end
    end
"""

# Who shares a name and is born on two days.
_TORN = f"""
    s.given = t.given and s.family = t.family and s.says = {FULL} and t.says = {FULL}
    and not g.same_birth
"""


def compare(con: duckdb.DuckDBPyConnection, one: Any, other: Any, way: Any) -> tuple[Any, Any, Any]:
    """Say of pairs of signatures whether they can be one person, and whether two namesakes.

    Args:
        con: A connection with ``signature`` (hubs.py) and what is known of names (names.py).
        one: Signatures (shape: pairs).
        other: Those beside them, same shape.
        way: What they have in common (CONTACT and so on), same shape.

    Returns:
        Two arrays of booleans, same shape; and whose given name is short for the other's: -1 the
        one's, 1 the other's, 0 neither's.
    """
    put(con, "two", {"no": np.arange(len(one)), "l": one, "r": other, "way": way})
    con.execute(
        f"""
        create temp table person as
        select s.*, w.sound, w.n, w.usual, k.known_as, o.not_of
        from signature s semi join (select l as signature_id from two union select r from two) m
          using (signature_id)
        left join given_word w on w.word = s.given
        left join nickname k on k.sound = w.sound
        left join {not_of_sql("select word from given_word", "name_frequency")} o
          on o.word = s.given
        """
    )
    found = con.execute(
        f"""
        select p.no, coalesce({_MAY_BE_ONE}, false) as can_be, coalesce({_TORN}, false) as is_torn,
               (case when {_SHORT.format(a="s", b="t")} then -1
                     when {_SHORT.format(a="t", b="s")} then 1 else 0 end)::tinyint as shorter
        from two p join person s on s.signature_id = p.l join person t on t.signature_id = p.r
        cross join lateral (
            select {same_birth_sql("s.birth_date", "t.birth_date")} as same_birth) g
        """
    ).fetchnumpy()
    con.execute("drop table two; drop table person")
    can_be, is_torn = np.zeros((2, len(one)), dtype=bool)
    shorter = np.zeros(len(one), dtype=np.int8)
    for told, name in ((can_be, "can_be"), (is_torn, "is_torn"), (shorter, "shorter")):
        told[found["no"]] = found[name]
    return can_be, is_torn, shorter
