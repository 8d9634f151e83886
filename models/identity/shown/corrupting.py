"""A closed little world of known truth: some of tonight's people, and copies of them gone wrong.

Belongs here: whom it is made of, and what goes wrong in a copy how often. Does not: finding them
again or counting (benchmark.py).

Of the people whose record says most, those whose keyed hash comes first, and beside each one more
who has the same family name or home: who is alike is what precision is lost on. Of two who may be
one customer that was not found, one is left out. Every choice and every error follows from hashes
of keys, so a night that is made again makes the same world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.records.standard import RECORD

if TYPE_CHECKING:
    import duckdb

#: People who are drawn; about as many come beside them. Copies of each.
DRAWN, COPIES = 150, 2
#: Records that are looked at for them: the people with most have no more than so many each.
LOOKED_AT = 20 * DRAWN
#: A copy in a hundred has this done to it, attribute by attribute (the first that hits).
LOST = {"birth_date": 15, "email": 45, "phone": 55, "street": 15, "national_id": 60, "gender": 10}
TYPED_WRONG = {"given_name": 12, "family_name": 10, "full_name": 12, "email": 5, "street": 10}
INITIAL_ONLY, SWAPPED_DAY, SWAPPED_NAMES, MOVED, NEW_PHONE = 5, 4, 3, 20, 10
_NAMES = [column.split()[0] for column in RECORD.split(",")]


def make_world(con: duckdb.DuckDBPyConnection, world: duckdb.DuckDBPyConnection) -> int:
    """Make ``record``, ``link`` and ``truth`` (identity_key, person) in ``world``.

    Args:
        con: The night's connection, with ``every_record``, ``kept.record_key`` and
            ``kept.cluster_customer``.
        world: An empty one.

    Returns:
        How many people there are.
    """
    world.execute("set TimeZone = 'UTC'")
    world.register("chosen_in", con.execute(_choose(con)).to_arrow_table())
    world.execute(
        f"create table original as select *, row_number() over (order by {_hashed('0', 'home')},"
        " identity_key) as place from chosen_in"
    )
    world.unregister("chosen_in")
    world.execute(f"create table record ({RECORD})")
    world.execute(f"insert into record by name select {', '.join(_NAMES)} from original")
    for copy in range(1, COPIES + 1):
        world.execute(f"insert into record by name {_copy_sql(copy)}")
    world.execute(
        "create table truth as select identity_key, split_part(identity_key, '/', 1) as person"
        " from record"
    )
    world.execute(_LINKS)
    world.execute("create view link_text as from link")
    found = world.execute("select count(*) from original").fetchone()
    return int(found[0]) if found else 0


# Two customers who may be one that was not found: of those nobody knows the truth.
_MAYBE_ONE = """
    (starts_with(o.given, c.given) or starts_with(c.given, o.given)
     or jaro_winkler_similarity(o.given, c.given) >= 0.85)
    and (o.birth_date = c.birth_date or (
        (o.birth_date is null or c.birth_date is null)
        and (o.home = c.home or jaro_winkler_similarity(o.family, c.family) >= 0.88)))
"""
# Records with a name and one thing more, and how much they say, in hashes that are kept of them.
_TOLD = """
    select rec, name, family_w, street_w + area_w as home,
           (born_w is not null)::int + (mail_raw is not null)::int + (phone_raw is not null)::int
               + (street_w is not null)::int as says
    from kept.record_key
    where family_w is not null and coalesce(born_w, mail_raw, phone_raw, street_w) is not null
"""
# Customers of the records whose keyed hash comes first.
_DRAWN = f"""
    create temp table drawn as
    select customer_h
    from (select rec, name from ({_TOLD}) order by rec limit {LOOKED_AT})
    join kept.cluster_customer using (name)
    group by customer_h order by min(rec) limit {DRAWN}
"""
# The record that says most of each of those customers.
_BEST = f"""
    create or replace temp table best as
    with node as (
        select name, customer_h from kept.cluster_customer semi join drawn using (customer_h)
    )
    select * exclude (name, nth) from (
        select *, row_number() over (partition by customer_h order by says desc, rec) as nth
        from ({_TOLD}) join node using (name)
    ) where nth = 1
"""
# Who has a family name that sounds as one of the drawn has it, or lives at the same address.
_BESIDE = f"""
    create temp table beside as
    with other as (
        select t.*, c.customer_h from ({_TOLD}) t join kept.cluster_customer c using (name)
        where t.family_w in (select family_w from best) or t.home in (select home from best)
    ), met as (
        select d.customer_h as whose, o.customer_h, o.rec,
               o.home is distinct from d.home as far
        from best d join other o on o.family_w = d.family_w
        union all
        select d.customer_h, o.customer_h, o.rec, false
        from best d join other o on o.home = d.home
    )
    select arg_min(customer_h, (far, hash(rec, 'beside'))) as customer_h from met
    where customer_h <> whose group by whose
"""
_READ = """
    create temp table chosen as
    select *, lower(coalesce(family_name, split_part(full_name, ' ', -1))) as family,
           lower(coalesce(given_name, split_part(full_name, ' ', 1))) as given,
           lower(street || '/' || coalesce(postal_code, city)) as home
    from every_record where hash(identity_key) in (select rec from best)
"""
_CHOSEN = f"""
    select {", ".join(f"c.{name}" for name in _NAMES)} from chosen c
    where not exists (
        select 1 from chosen o where o.identity_key < c.identity_key and {_MAYBE_ONE})
    order by identity_key
"""


def _choose(con: duckdb.DuckDBPyConnection) -> str:
    """Make ``chosen``, the best records of those drawn and of who is beside them; SQL of them."""
    con.execute(_DRAWN)
    con.execute(_BEST)
    con.execute(_BESIDE)
    con.execute("insert into drawn from beside anti join drawn using (customer_h)")
    con.execute(_BEST)
    con.execute(_READ)
    return _CHOSEN


def _hashed(copy: int | str, what: str) -> str:
    """SQL of a number from 0 to 99 for a record, a copy and a purpose."""
    text = f"identity_key || '/{copy}/{what}'"
    return f"(md5_number_lower({text}) % 100)::integer"


def _typo(column: str, copy: int) -> str:
    """SQL of a text with one letter left out, never the first."""
    at = f"(2 + {_hashed(copy, column + ' at')} % (length({column}) - 2))"
    return (
        f"case when length({column}) > 3"
        f" then left({column}, {at} - 1) || substr({column}, {at} + 1) else {column} end"
    )


def _copy_sql(copy: int) -> str:
    """SQL of one copy of everybody."""
    values = {name: name for name in _NAMES}
    for name, share in TYPED_WRONG.items():
        wrong = _hashed(copy, f"{name} wrong")
        values[name] = f"case when {wrong} < {share} then {_typo(name, copy)} else {name} end"
    values["identity_key"] = f"identity_key || '/{copy}'"
    initial, swapped = _hashed(copy, "initial"), _hashed(copy, "swapped")
    cross = f"{swapped} < {SWAPPED_NAMES} and given_name is not null and family_name is not null"
    values["given_name"] = (
        f"case when {cross} then family_name when {initial} < {INITIAL_ONLY}"
        f" then left(given_name, 1) else {values['given_name']} end"
    )
    values["family_name"] = f"case when {cross} then given_name else {values['family_name']} end"
    day = _hashed(copy, "day")
    values["birth_date"] = (
        f"case when {day} < {SWAPPED_DAY} and day(birth_date) <= 12 then"
        " make_date(year(birth_date), day(birth_date), month(birth_date)) else birth_date end"
    )
    values["phone"] = (
        f"case when {_hashed(copy, 'new phone')} < {NEW_PHONE} then left(phone, 5) ||"
        f" {_hashed(copy, 'digits')} || right(phone, 2) else phone end"
    )
    moved = f"{_hashed(copy, 'moved')} < {MOVED}"
    for name in ("street", "postal_code", "city"):
        values[name] = (
            f"case when {moved} then lead({name}) over (order by place) else {values[name]} end"
        )
    for name, share in LOST.items():
        values[name] = (
            f"case when {_hashed(copy, name + ' lost')} < {share} then null else {values[name]} end"
        )
    told = ", ".join(f"{value} as {name}" for name, value in values.items())
    return f"select {told} from original"


# What exact identifiers would see: contacts in their plainest normal form.
_LINKS = """
    create table link as
    with said as (
        select identity_key, source_system, 'source_customer_id' as identifier_type,
               identity_key as identifier_key from record
        union all
        select identity_key, source_system, 'email', 'email:' || md5(lower(trim(email)))
        from record where email is not null
        union all
        select identity_key, source_system, 'phone', 'phone:' || md5(phone)
        from record where phone is not null
        union all
        select identity_key, source_system, 'national_id', 'national_id:' || md5(national_id)
        from record where national_id is not null
    )
    select *, row_number() over () as row_no, hash(identity_key) as identity_h,
           hash(identifier_key) as identifier_h, true as is_strong,
           null::varchar as source_customer_id, false as is_placeholder,
           null::timestamp as first_seen_at, null::timestamp as last_seen_at,
           null::timestamp as known_at, 1 as n_rows
    from said
"""
