"""Which records may be one person: shared identifiers, with caps and a guard against households.

Belongs here: turning the identifiers that rows carry into link groups ("hubs"). Does not: who of
those who share one belong together (sharing.py), walking the links (components.py) or naming the
people (permanent.py).

An identifier links the records that carry it, unless more records share it than a person would
have (the cap), or the records' names or birth dates say that they are different people: then it
links only those that agree with each other, and a row that has nothing but the identifier stays
unresolved. A record that says little (an initial, no birth date) follows the only one that it
agrees with, and none where it could be several. A telephone number, which passes from one to
another, asks for the family name or the birth date too. ``known_person_id`` is the company's own
decision and links without cap or guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.identity.arrays.frames import put
from models.identity.arrays.numbering import NOBODY
from models.identity.records.forms import plain_address_sql

if TYPE_CHECKING:
    import duckdb

    from models.identity.arrays.keys import Keys

#: Identifiers that make a person, strongest first; the order names the rule of a link.
STRONG = ("source_customer_id", "known_person_id", "national_id", "loyalty_id", "email", "phone")
KNOWN_PERSON = 2
#: Identifiers that people share in a household: they link only records that agree otherwise.
GUARDED = ("national_id", "loyalty_id", "email", "phone")
#: Those of them that say nothing of which of two namesakes a record is.
CONTACTS = ("email", "phone")
#: Identifiers that follow a person and never merge two.
WEAK = ("social_handle", "device_id", "cookie_id")

#: What a record says of a person, from most to least: how sure its place among others is.
FULL, NO_BIRTH_DATE, NO_NAME, LITTLE = 1, 2, 3, 4


def kinds(names: tuple[str, ...]) -> list[int]:
    """Numbers of kinds of identifiers, 1 the strongest."""
    return [STRONG.index(name) + 1 for name in names]


def kinds_sql(names: tuple[str, ...]) -> str:
    """Numbers of kinds of identifiers for an SQL list."""
    return ", ".join(map(str, kinds(names)))


def stage_links(con: duckdb.DuckDBPyConnection, keys: Keys, cap: int) -> None:
    """Make the tables ``owner_link``, ``hub`` and ``hub_signature`` from ``link`` and ``record``.

    Args:
        con: A connection that has ``link`` (the matcher's input, a row per identity key and
            identifier), ``record`` (a row per customer record, with names and birth date), and what
            is known of names (names.py).
        keys: The keys of ``link``.
        cap: The most distinct records that one identifier may link.

    ``owner_link``: identity_h, identifier_h, kind (of identifier: :func:`kinds`), signature_id
    (what the record says of the person; 0 where it says nothing). ``hub``: identifier_h, kind,
    n_owners, n_signatures, is_capped. ``hub_signature``: identifier_h, signature_id, once each and
    in that order, kind and n_signatures of the hubs on which people differ who may be a household.
    """
    import numpy as np

    make_said(con)
    ranks = " ".join(f"when '{name}' then {kind}" for kind, name in enumerate(STRONG, 1))
    # row by row as keys are numbered: an "in" would be a join, which gives them in another order
    of_link = con.execute(
        "select coalesce(case when not is_placeholder and identity_h <> identifier_h and is_strong"
        f" then case identifier_type {ranks} end end, 0)::tinyint as kind from link"
    ).fetchnumpy()["kind"]
    said = con.execute("select identity_h, signature_id from said").fetchnumpy()
    told = con.execute("select says, is_whole from signature order by signature_id").fetchnumpy()
    says, is_whole = (np.concatenate([[0], each]) for each in told.values())
    at = np.flatnonzero(of_link)
    owner, hub = keys.identity[at], keys.identifier[at]
    teller, n_keys = keys.find(said["identity_h"]), len(keys.hashes)
    of_key = np.zeros(n_keys, dtype=np.int32)
    of_key[teller[teller != NOBODY]] = said["signature_id"][teller != NOBODY]
    _hear_others(of_key, owner, hub, says)
    signature = of_key[owner]
    n_owners = np.bincount(hub, minlength=n_keys)
    is_told = signature > 0
    pair = np.sort(hub[is_told].astype(np.int64) << 32 | signature[is_told])
    pair = pair[np.diff(pair, prepend=-1) != 0]
    whose = pair >> 32
    n_signatures = np.bincount(whose, minlength=n_keys)
    kind = np.zeros(n_keys, dtype=np.int8)
    kind[hub] = of_link[at]
    # Many records of which each says a whole person, and all of few people, are those people's.
    is_mixed = np.zeros(n_keys, dtype=bool)
    is_mixed[hub[is_whole[signature] == 0]] = True
    is_capped = (kind != KNOWN_PERSON) & (n_owners > cap) & (is_mixed | (n_signatures > cap))
    owned = np.flatnonzero(n_owners)
    is_guarded = np.isin(kind, kinds(GUARDED))
    of_several = ((n_signatures > 1) & ~is_capped & is_guarded)[whose]
    pair, whose = pair[of_several], whose[of_several]
    for table, columns in (
        ("owner_link", {"identity_h": keys.hashes[owner], "identifier_h": keys.hashes[hub],
                        "kind": of_link[at], "signature_id": signature}),
        ("hub", {"identifier_h": keys.hashes[owned], "kind": kind[owned],
                 "n_owners": n_owners[owned], "n_signatures": n_signatures[owned],
                 "is_capped": is_capped[owned]}),
        ("hub_signature", {"identifier_h": keys.hashes[whose], "signature_id": pair & 0xFFFFFFFF,
                           "kind": kind[whose], "n_signatures": n_signatures[whose]}),
    ):  # fmt: skip
        put(con, table, columns)


def _hear_others(of_key: Any, owner: Any, hub: Any, says: Any) -> None:
    """Give keys without a record of their own the signature of whoever with them says most.

    An order's e-mail, say. Changes ``of_key`` (shape: keys; 0 where nothing is said).
    """
    import numpy as np

    is_asked = np.zeros(len(of_key), dtype=bool)
    is_asked[owner[of_key[owner] == 0]] = True
    at = np.flatnonzero(is_asked[hub])
    at = at[of_key[owner[at]] > 0]
    heard = of_key[owner[at]]
    order = np.lexsort((heard, says[heard]))[::-1]
    of_key[hub[at[order]]] = heard[order]  # what is written last stands: the first


def make_said(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``signature`` and ``said``: what each record says of who somebody is, and where.

    ``said`` has hashes of the signature (``signature_h``), of both names and the area (``name_h``;
    ``initial_h`` of the initial instead) and of the home (``home_h``), and ``is_whole``: whether it
    says both names and a birth date.
    """
    con.execute(f"create temp table heard as {_HEARD}")
    con.execute(
        f"""
        create table signature as
        select row_number() over (order by given, family, birth_date) as signature_id, *,
               {SAYS} as says, family is not null and {SAYS} = {FULL} as is_whole
        from (select signature_h, any_value(given) as given, any_value(family) as family,
                     any_value(birth_date) as birth_date from heard
              where coalesce(given, family) is not null or birth_date is not null
              group by signature_h) s
        """
    )
    con.execute(
        """
        create table said as
        select r.identity_h, s.signature_id, s.says, r.area, signature_h,
               r.birth_date is not null as is_born, s.is_whole,
               case when r.given || r.family is not null then hash(r.given, r.family, r.area) end
                   as name_h,
               case when r.given || r.family is not null and is_letter(left(r.given, 1))
                    then hash(left(r.given, 1), r.family, r.area) end as initial_h,
               case when r.given || r.family is not null and r.place is not null
                    then hash(r.place, r.family, left(r.given, 1)) end as home_h
        from heard r join signature s using (signature_h)
        """
    )
    con.execute("drop table heard")


# The first word of the given name and the family name's words, in letters that can be compared; and
# where the record lives.
_HEARD = rf"""
    select hash(r.identity_key) as identity_h, r.birth_date, g.word as given, f.whole as family,
           case when r.street is not null
                then hash(p.plain, coalesce(r.postal_code, lower(r.city))) end as place,
           hash(coalesce(r.postal_code, lower(r.city))) as area,
           hash(g.word, f.whole, r.birth_date) as signature_h
    from record r
    left join name_text g on g.text = coalesce(r.given_name, r.full_name)
    left join name_text f on f.text = r.family_name
    left join (
        select street, lower({plain_address_sql("street")}) as plain
        from (select distinct street from record)
    ) p on p.street = r.street
"""

#: SQL of what a signature ``s`` says.
SAYS = (
    "case when s.given is not null and not is_letter(s.given) then"
    f" case when s.birth_date is null then {NO_BIRTH_DATE} else {FULL} end"
    f" when s.birth_date is not null then {NO_NAME} else {LITTLE} end"
)
