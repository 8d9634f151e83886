"""Who lives or works together: households and accounts of customers, with ids that stay.

Belongs here: groups of people. Does not: who is whom; a group never merges anybody.

A household is the customers of one family name at one address with a house number, as their newest
records say; an account is those whose newest record that names one names the same. An old id goes
to the group that most of its customers are in; a group that several old ids go to keeps the one
with most. A new id is made from the smallest customer id of the group: no order of files matters.
An id that no group has is remembered with whom it had last (``group_trail``): it goes back to them,
and to nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identity.arrays.sql import one_number
from models.identity.records.forms import plain_address_sql, unaccented_sql

if TYPE_CHECKING:
    import duckdb

#: More customers than this of one name at one address are no household but a home for many.
MOST_IN_HOUSEHOLD = 12
COLUMNS = "kind varchar, customer_id varchar, group_id varchar"


def make_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``customer_group`` (kind, customer_id, group_id); a customer has one of each kind.

    Needs ``told_place``, ``every_record``, ``cluster``, ``cluster_customer`` and ``old_group``,
    last night's groups.
    Kinds are ``household`` and ``account``. Who is of no group that can be told is not there.
    """
    make_places(con, "every_record")
    con.execute("create view group_taken as select group_id from old_group")
    name_groups(con)


def tell_places(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``told_place``: where each record of ``record`` says that somebody lives or buys.

    A row has rec, whether it is an account, the place as a hash (of either kind) and told_at.
    """
    con.execute(_TOLD)


def make_places(con: duckdb.DuckDBPyConnection, records: str) -> None:
    """Make ``place`` (kind, customer_id, place): where customers live and for whom they buy.

    Args:
        con: A connection with ``told_place``, which it drops, ``cluster``, ``cluster_customer``.
        records: Where the keys of its records are.
    """
    con.execute(_PLACES.format(records=records))
    con.execute("drop table told_place")


def name_groups(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``customer_group`` of the customers in ``place``, with ids that stay; ``group_trail``.

    Needs ``old_group``, last night's groups of these customers, ``old_group_trail``, and
    ``group_taken`` (group_id: of everybody).
    """
    con.execute(
        "create table group_tonight as select * from place where kind = 'account'"
        " or place in (select place from place where kind = 'household' group by place"
        f" having count(*) <= {MOST_IN_HOUSEHOLD})"
    )
    _keep_ids(con)
    _give_back(con)
    con.execute(
        """
        create table group_fresh as
        select kind, place, min(customer_id) as first_customer, 0 as generation,
               cast(null as varchar) as group_id
        from group_tonight
        where (kind, place) not in (select (kind, place) from group_kept) group by kind, place
        """
    )
    _name_fresh(con)
    con.execute(
        """
        create table customer_group as
        select t.kind, t.customer_id, g.group_id
        from group_tonight t
        join (select kind, place, group_id from group_kept
              union all select kind, place, group_id from group_fresh) g using (kind, place)
        """
    )
    con.execute(
        "create table group_trail as"
        " select * from (from old_group_trail union all by name from old_group)"
        " anti join customer_group using (group_id)"
    )


def _keep_ids(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``group_kept`` (kind, place, group_id): ids that go on, by the vote of their customers.

    Most groups are those of last night: places and ids that others claim too are voted on alone.
    """
    con.execute(
        """
        create temp table group_claim as
        with claim as materialized (
            select t.place, any_value(t.kind) as kind, any_value(o.group_id) as group_id,
                   hash(o.group_id) as group_h, count(*) as n
            from group_tonight t join old_group o using (kind, customer_id)
            group by t.place, hash(o.group_id)
        )
        select kind, place, group_id, n,
               place not in (select place from claim group by place having count(*) > 1)
               and group_h not in (select group_h from claim group by group_h having count(*) > 1)
                   as is_alone
        from claim
        """
    )
    con.execute(
        """
        create table group_kept as
        select kind, place, group_id from group_claim where is_alone
        union all
        select kind, place, group_id from (
            select *, row_number() over (partition by place order by n desc, group_id) as turn
            from (
                select *, row_number() over (
                    partition by group_id order by n desc, first_customer) as nth
                from (select c.kind, c.place, c.group_id, any_value(c.n) as n,
                             min(t.customer_id) as first_customer
                      from group_claim c join group_tonight t using (place)
                      join old_group o on o.kind = t.kind and o.customer_id = t.customer_id
                       and o.group_id = c.group_id
                      where not c.is_alone group by all))
            where nth = 1)
        where turn = 1
        """
    )
    con.execute("drop table group_claim")


def _give_back(con: duckdb.DuckDBPyConnection) -> None:
    """Add to ``group_kept`` the ids that no group has had, for those who had them last."""
    con.execute(
        """
        insert into group_kept
        with claim as (
            select t.kind, t.place, g.group_id, count(*) as n, min(t.customer_id) as first_customer
            from old_group_trail g join group_tonight t using (kind, customer_id)
            anti join group_kept k on k.kind = t.kind and k.place = t.place
            group by t.kind, t.place, g.group_id
        )
        select kind, place, group_id from (
            select *, row_number() over (partition by kind, place order by n desc, group_id) as turn
            from (select *, row_number() over (
                      partition by group_id order by n desc, first_customer) as nth from claim)
            where nth = 1)
        where turn = 1
        """
    )


def _name_fresh(con: duckdb.DuckDBPyConnection) -> None:
    """Give new groups ids that no other group has or had."""
    while one_number(con, "select count(*) from group_fresh where group_id is null"):
        con.execute(
            "update group_fresh set group_id = left(kind, 1)"
            " || substr(sha256(kind || '|' || first_customer || '|' || generation), 1, 15)"
            " where group_id is null"
        )
        con.execute(
            "update group_fresh set group_id = null, generation = generation + 1"
            " where group_id in (select group_id from group_taken"
            " union all select group_id from old_group_trail)"
        )


# Letters and digits, without accents: enough to see that two records name one address. Each
# text is looked at once, and what follows are numbers.
_STREET = plain_address_sql(
    f"regexp_replace({unaccented_sql('street')}, '(strasse|straße|str\\.|street|st\\.)', 'st', 'g')"
)
_TOLD = rf"""
    create temp table told_place as
    with home as (
        select identity_key, updated_at, street, coalesce(family_name, full_name) as family,
               coalesce(postal_code, city) as area from record
    ), family as (
        select text, hash(plain) as plain from (
            select family as text, regexp_replace(
                {unaccented_sql("family")}, '[^\p{{L}}\p{{M}}]', '', 'g')
                as plain from (select distinct family from home)) where plain <> ''
    ), street as (
        select text, hash(plain) as plain from (
            select street as text, {_STREET} as plain from (select distinct street from home))
        where regexp_matches(plain, '[0-9]')
    ), area as (
        select text, hash(regexp_replace({unaccented_sql("text")}, '[^\p{{L}}\p{{M}}0-9]', '', 'g'))
            as plain from (select distinct area as text from home) where text is not null
    )
    select false as is_account, hash(h.identity_key) as rec,
           hash('home', f.plain, t.plain, a.plain) as place,
           coalesce(h.updated_at, timestamp '1970-01-01') as told_at
    from home h join family f on f.text = h.family join street t on t.text = h.street
    join area a on a.text = h.area
    union all
    select true, hash(identity_key), hash('account', source_system || chr(31) || account_id),
           coalesce(updated_at, timestamp '1970-01-01')
    from record where source_system || account_id is not null
"""
# Where a customer's records say different things, the newest speaks.
_PLACES = """
    create table place as
    with told as (
        select t.*, c.cluster from told_place t join cluster c on c.key_h = t.rec
    ), whose as (
        select is_account, cluster, min(place) as place, max(place) as other from told group by all
    ), differing as (
        select t.* from told t join whose w using (is_account, cluster) where w.place <> w.other
    ), spoken as (
        select is_account, cluster, arg_max(d.place, (d.told_at, r.identity_key)) as place
        from differing d join {records} r on hash(r.identity_key) = d.rec
        group by is_account, cluster
    )
    select case when is_account then 'account' else 'household' end as kind, customer_id, place
    from (
        select is_account, cluster, place from whose where place = other
        union all
        from spoken
    ) join cluster_customer using (cluster)
"""
