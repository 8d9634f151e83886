"""What records say, made comparable: a row a record, in numbers of forms.

Belongs here: the table ``std`` that blocking, training and scoring read, and how frequent its
values are. Does not: the forms themselves (forms.py), what makes two spellings one hashed
identifier (quality.identifiers), nor any comparison of two records.

Rules, each over letters without accents, case and script as far as data/letters.yml goes:
names are words of letters, titles left out, a whole name is split at its comma or before its last
word; nicknames come from data/nicknames.yml; an e-mail loses its ``+tag`` and is left out where it
is a role's; telephone numbers are their last eight digits (the country code is often guessed);
addresses are a set of words with usual abbreviations, and numbers. A contact or a state's number
that more records share than one person has says nothing of who somebody is and is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.arrays.sql import quoted_path
from models.identity.records.aliases import not_of_sql
from models.identity.records.forms import install_macros, make_forms, with_mailbox
from models.identity.records.names import COUNTS, usual_joins, usual_sql

if TYPE_CHECKING:
    import duckdb

#: What the matcher reads of a record; a warehouse that has less gives less.
RECORD = (
    "identity_key varchar, source_system varchar, given_name varchar, family_name varchar,"
    " full_name varchar, birth_date date, gender varchar, email varchar, phone varchar,"
    " national_id varchar, street varchar, city varchar, postal_code varchar, country varchar,"
    " account_id varchar, updated_at timestamp"
)
FREQUENCIES = "frequencies.parquet"
#: What is one person's own, unless too many have it: its column and that of its hashes.
OWN = {"phone": "phone_raw", "mail_no": "mail_raw", "national": "national_raw"}
_COUNTED_SHARE = "count(*) / sum(count(*)) over ()"
# Birth dates are spread over some twenty thousand days: of few records, those that say one date
# are mostly one person's, and it is no more frequent for that. A hundredth of all is a placeholder.
_SHARE = {
    "born": "case when count(*) > 10 and count(*) > 0.01 * sum(count(*)) over ()"
    " then count(*) / sum(count(*)) over ()"
    " else (count(*) - 0.5) / (sum(count(*)) over () + 10000) end"
}
#: Values whose frequency among all records weighs how much sharing one says: where they are.
COUNTED = {
    "given": "given_form f on f.given_no = s.given_no",
    "given1": "given_form f on f.given_no = s.given_no",
    "family": "family_form f on f.family_no = s.family_no",
    "street": "street_form f on f.street_no = s.street_no",
    "area": "area_form f on f.area_no = s.area_no",
    "born": "(select distinct born from std) f on f.born = s.born",
}


def make_standard(con: duckdb.DuckDBPyConnection, cap: int, counted: str = "std") -> None:
    """Make ``std`` (a row a record) and the forms from ``record`` and ``record_node``.

    Args:
        con: A connection that has ``record`` and ``record_node`` (rec, node).
        cap: The most records that may share what is one person's (:data:`OWN`) and still say
            something by it.
        counted: The table of all records (the columns of :data:`OWN`), where ``record`` is not all.

    ``std``: rec (a number of its own, the same each night), node, <kind>_no of the forms (NULL:
    nothing said), born, gender, phone, national, is_latin (names are in Latin letters), and
    phone_raw, mail_raw and national_raw: hashes of these, also of those that say nothing.
    """
    install_macros(con)
    _make_told(con)
    make_forms(con)
    con.execute(
        r"""
        create table std as
        select t.rec, t.node, g.given_no, f.family_no, s.street_no, a.area_no, t.mail_no, t.born,
               t.gender, t.phone, t.national,
               coalesce(g.has_latin, f.has_latin, true) as is_latin,
               case when t.phone is not null then hash(t.phone) end as phone_raw,
               t.mail_no as mail_raw,
               case when t.national is not null then hash(t.national) >> 2 end as national_raw
        from told t
        left join given_text g on g.text = t.given_text
        left join family_text f on f.text = t.family_text
        left join street_text s on s.text = t.street
        left join area_text a
          on a.text is not distinct from struct_pack(t.postal_code, t.city)
        """
    )
    # How many have one is counted among all records; ``std`` may have a part of them.
    for own, raw in OWN.items():
        of_std = f"where {raw} in (select {raw} from std)" if counted != "std" else ""
        con.execute(
            f"create or replace temp table too_many as select {raw} from {counted} {of_std}"
            f" group by 1 having count(*) > {cap} and {raw} is not null"
        )
        con.execute(f"update std set {own} = null where {raw} in (from too_many)")
    con.execute("drop table told")
    for kind in ("given", "family", "street", "area"):
        con.execute(f"drop table {kind}_text")


def _make_told(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``told``: what each record says; a whole name of one word counts as a family's."""
    con.execute(
        rf"""
        create temp table told as
        select r.rec, r.node,
               r.given_name as given_text,
               coalesce(r.family_name, case when r.given_name is null then r.full_name end)
                   as family_text,
               r.street, r.postal_code, r.city, r.mailbox,
               case when r.mailbox is not null then hash(r.mailbox) end as mail_no,
               strftime(r.birth_date, '%Y%m%d') as born,
               case when r.gender in ('female', 'male') then r.gender end as gender,
               case when regexp_full_match(right(r.phone, 8), '[0-9]{{8}}') then right(r.phone, 8)
                    else nullif(right(regexp_replace(r.phone, '[^0-9]', '', 'g'), 8), '') end
                   as phone,
               nullif(regexp_replace(lower(r.national_id), '[^a-z0-9]', '', 'g'), '') as national
        from ({with_mailbox(_OF_NODES)}) r
        """
    )


# joined first: a night in part asks for a few records of many
_OF_NODES = """
    (select r.*, n.rec, n.node from record r join record_node n on n.rec = hash(r.identity_key))
"""


def make_wide(con: duckdb.DuckDBPyConnection, where: str = "true") -> None:
    """Make ``wide``: ``std`` with the forms' columns in full, as training compares them."""
    con.execute(
        f"""
        create or replace temp table wide as
        select s.*, g.given, g.given1, g.initial, coalesce(g.is_initial, false) as is_initial,
               g.given_sound, g.known_as, coalesce(g.given_n, 0) as given_n, g.usual, g.not_of,
               f.family, f.family_words, f.family_sound, m.mailbox, m.mail_name, m.mail_domain,
               a.street, a.street_list, a.house, a.doors, p.area, p.city
        from std s
        left join given_form g using (given_no)
        left join family_form f using (family_no)
        left join mail_form m using (mail_no)
        left join street_form a using (street_no)
        left join area_form p using (area_no)
        where {where}
        """
    )


def make_frequencies(con: duckdb.DuckDBPyConnection, kept: Path | None, n_records: int) -> None:
    """Make ``frequency`` (kind, value: a hash, n, share): of tonight, or as a model has kept them.

    They are part of the model: a night's new records do not change what everybody's names weigh.
    Forms are given their shares (and ``given_n``); a value that was not counted is a rare one, as
    one of ``n_records``.
    """
    if kept is not None and kept.exists():
        con.execute("create table frequency as select * from read_parquet(?)", [str(kept)])
    else:
        con.execute(f"create table frequency ({COUNTS})")
        for kind, joined in COUNTED.items():
            con.execute(
                f"insert into frequency select '{kind}', hash(f.{kind}), count(*),"
                f" {_SHARE.get(kind, _COUNTED_SHARE)}, null from std s join {joined}"
                f" where f.{kind} is not null group by f.{kind}"
            )
        con.execute("delete from frequency where n < 2")
        con.execute("insert into frequency select * from name_frequency")
    weigh_forms(con, n_records)


def weigh_forms(con: duckdb.DuckDBPyConnection, n_records: int) -> None:
    """Give forms their shares (and ``given_n``) of ``frequency``."""
    rare = 1 / max(n_records, 1)
    for kind in ("given", "family", "street", "area"):
        con.execute(
            f"create or replace table {kind}_form as select f.*,"
            f" case when f.{kind} is not null then coalesce(q.share, {rare}) end::double as share"
            f" from {kind}_form f left join frequency q"
            f" on q.kind = '{kind}' and q.value = hash(f.{kind})"
        )
    con.execute(
        f"create or replace table given_form as select f.*, coalesce(q.n, 1) as given_n,"
        f" {usual_sql()} as usual, o.not_of"
        " from given_form f left join frequency q on q.kind = 'given1' and q.value = hash(f.given1)"
        f"{usual_joins('f.given1', 'frequency')}"
        f" left join {not_of_sql('select distinct given1 as word from given_form', 'frequency')} o"
        " on o.word = f.given1"
    )


def write_frequencies(con: duckdb.DuckDBPyConnection, out: Path) -> None:
    """Keep the frequencies beside the model: hashes and counts."""
    con.execute(
        f"copy (select * from frequency order by kind, value) to '{quoted_path(out / FREQUENCIES)}'"
        " (format parquet, compression zstd)"
    )
