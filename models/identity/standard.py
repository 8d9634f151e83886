"""What records say, made comparable: names, birth dates, contacts and addresses in normal forms.

Belongs here: the table ``std`` that blocking, training and scoring read. Does not: what makes two
spellings one hashed identifier (quality.identifiers), nor any comparison of two records.

Rules, each over letters without accents, case and script as far as data/letters.yml goes:
names are words of letters, titles left out, a whole name is split at its comma or before its last
word; nicknames come from data/nicknames.yml; an e-mail loses its ``+tag`` and is left out where it
is a role's; telephone numbers are their last eight digits (the country code is often guessed);
addresses are a set of words with usual abbreviations, and the first number. A contact that more
records share than one person has says nothing of who somebody is and is left out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

DATA = Path(__file__).parent / "data"
#: What the matcher reads of a record; a warehouse that has less gives less.
RECORD = (
    "identity_key varchar, source_system varchar, given_name varchar, family_name varchar,"
    " full_name varchar, birth_date date, gender varchar, email varchar, phone varchar,"
    " national_id varchar, street varchar, city varchar, postal_code varchar, country varchar"
)
#: Values whose frequency among all records weighs how much sharing one says.
COUNTED = ("given", "family", "born", "mailbox", "phone", "street", "area")


_APOSTROPHES = "`\u2019\u00b4"


@cache
def _data(name: str) -> Any:
    import yaml

    return yaml.safe_load((DATA / f"{name}.yml").read_text(encoding="utf-8"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def install_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Give the connection ``folded(text)`` (plain small letters) and ``sounded(word)``."""
    letters = _data("letters")
    folded = "strip_accents(lower(nfc_normalize(t)))"
    for one, other in letters["single"].items():
        folded = f"translate({folded}, {_quoted(one)}, {_quoted(other)})"
    for one, other in letters["several"].items():
        folded = f"replace({folded}, {_quoted(one)}, {_quoted(other)})"
    con.execute(f"create or replace temp macro folded(t) as {folded}")
    sounded = "t"
    doubles = [(letter * 2, letter) for letter in "abdefgiklmnoprstuv"]
    for one, other in [*letters["sounds"], *doubles]:
        sounded = f"replace({sounded}, {_quoted(one)}, {_quoted(other)})"
    con.execute(f"create or replace temp macro sounded(t) as {sounded}")
    con.execute(
        "create or replace temp macro skeleton(t) as"
        " left(t, 1) || regexp_replace(substr(t, 2), '[aeiou ]', '', 'g')"
    )


def make_standard(con: duckdb.DuckDBPyConnection, cap: int) -> None:
    """Make ``std`` (a row a record, numbered) from ``record`` and ``record_node``.

    Args:
        con: A connection that has ``record`` and ``record_node`` (identity_key, node).
        cap: The most records that may share a contact which still says something.
    """
    install_macros(con)
    con.execute("set variable roles = ?", [list(_data("letters")["roles"])])
    _make_words(con)
    _make_nicknames(con)
    con.execute("create table plain as " + _PLAIN)
    for name in ("mailbox", "phone"):
        con.execute(
            f"update plain set {name} = null where {name} in"
            f" (select {name} from plain group by 1 having count(*) > {cap})"
        )
    con.execute(
        "create table given_count as select given1, count(*) as n from plain"
        " where given1 is not null group by 1"
    )
    shares = ", ".join(f"{name}_share.share as {name}_share" for name in COUNTED)
    joins = " ".join(f"left join {name}_share on {name}_share.value = p.{name}" for name in COUNTED)
    for name in COUNTED:
        con.execute(
            f"create temp table {name}_share as select {name} as value,"
            f" (count(*) / sum(count(*)) over ())::double as share from plain"
            f" where {name} is not null group by 1"
        )
    con.execute(
        f"create table std as select p.*, coalesce(g.n, 0) as given_n, {shares} from plain p"
        f" left join given_count g using (given1) {joins}"
    )
    for name in ("plain", *(f"{name}_share" for name in COUNTED)):
        con.execute(f"drop table {name}")


def _make_words(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``word_list``: the words of every distinct text; each costs once, however often said."""
    letters = _data("letters")
    titles = ", ".join(_quoted(title) for title in letters["titles"])
    streets = letters["street_words"]
    keys = ", ".join(_quoted(word) for word in streets)
    values = ", ".join(_quoted(word) for word in streets.values())
    con.execute(
        rf"""
        create temp table name_words as
        select text, list_filter(
            regexp_extract_all(
                folded(regexp_replace(text, '[''{_APOSTROPHES}]', '', 'g')),
                '[\p{{L}}\p{{N}}]+'),
            lambda w: w not in ({titles})) as words
        from (select distinct unnest([given_name, family_name, full_name,
                  split_part(full_name, ',', 1),
                  nullif(split_part(full_name, ',', 2), '')]) as text from record)
        where text is not null
        """
    )
    con.execute(
        rf"""
        create temp table street_words as
        select text, list_sort(list_distinct(list_transform(
                   regexp_extract_all(plain, '\p{{L}}+'),
                   lambda w: coalesce(map([{keys}], [{values}])[w],
                                      regexp_replace(w, '(strasse|str)$', 'st'))))) as words,
               nullif(regexp_extract(plain, '[0-9]+'), '') as house
        from (select text, folded(text) as plain
              from (select distinct street as text from record where street is not null))
        """
    )
    con.execute(
        r"""
        create temp table city_words as
        select text, array_to_string(regexp_extract_all(folded(text), '\p{L}+'), ' ') as plain
        from (select distinct city as text from record where city is not null)
        """
    )


def _make_nicknames(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``nickname`` (sound, known_as): what a name may stand for, both as they sound."""
    pairs = {
        (name, alias)
        for names in _data("nicknames").values()
        for name, aliases in names.items()
        for alias in [name, *aliases]
    }
    con.execute(
        "create temp table nick_pair as select unnest(?) as name, unnest(?) as alias",
        [list(column) for column in zip(*sorted(pairs), strict=True)],
    )
    con.execute(
        r"""
        create temp table nickname as
        with plain as (
            select sounded(regexp_extract(folded(name), '\p{L}+')) as name,
                   sounded(regexp_extract(folded(alias), '\p{L}+')) as alias
            from nick_pair
        )
        select alias as sound, list_sort(list_distinct(list(name))) as known_as
        from plain group by alias
        """
    )


_PLAIN = r"""
with named as (
    select r.*, n.node,
           coalesce(g.words, case when f.words is null then case
               when contains(r.full_name, ',') then after.words
               when len(whole.words) > 1 then whole.words[:-2] end end) as given_words,
           coalesce(f.words, case when g.words is null then case
               when contains(r.full_name, ',') then before.words
               else whole.words[-1:] end end) as family_words,
           s.words as street_list, s.house, c.plain as city_plain,
           split_part(lower(r.email), '@', 2) as mail_domain,
           split_part(split_part(lower(r.email), '@', 1), '+', 1) as mail_local
    from record r
    join record_node n using (identity_key)
    left join name_words g on g.text = r.given_name
    left join name_words f on f.text = r.family_name
    left join name_words whole on whole.text = r.full_name
    left join name_words before on before.text = split_part(r.full_name, ',', 1)
    left join name_words after on after.text = nullif(split_part(r.full_name, ',', 2), '')
    left join street_words s on s.text = r.street
    left join city_words c on c.text = r.city
), told as (
    select *, nullif(array_to_string(given_words, ' '), '') as given,
           nullif(array_to_string(family_words, ' '), '') as family
    from named
)
select row_number() over (order by t.identity_key)::integer as rec, t.identity_key, t.node,
       case when not regexp_matches(t.given, '^[a-z]( [a-z])*$') then t.given end as given,
       case when not regexp_matches(t.given, '^[a-z]( |$)') then t.given_words[1] end as given1,
       left(t.given, 1) as initial,
       coalesce(regexp_matches(t.given, '^[a-z]( |$)'), false) as is_initial,
       sounded(t.given_words[1]) as given_sound, k.known_as,
       t.family, family_words, sounded(replace(t.family, ' ', '')) as family_sound,
       coalesce(regexp_matches(t.given, '[a-z]'), regexp_matches(t.family, '[a-z]'), true)
           as is_latin,
       strftime(t.birth_date, '%Y%m%d') as born,
       case when t.gender in ('female', 'male') then t.gender end as gender,
       case when mail_domain <> '' and not list_contains(getvariable('roles'), mail_local)
            then mail_local || '@' || mail_domain end as mailbox,
       case when mail_domain <> '' then mail_local end as mail_name, mail_domain,
       nullif(right(regexp_replace(t.phone, '[^0-9]', '', 'g'), 8), '') as phone,
       nullif(regexp_replace(lower(t.national_id), '[^a-z0-9]', '', 'g'), '') as national,
       nullif(concat_ws(' ', array_to_string(t.street_list, ' '), t.house), '') as street,
       t.street_list, t.house, t.city_plain as city,
       nullif(regexp_replace(lower(t.postal_code), '[^a-z0-9]', '', 'g'), '') as postal,
       coalesce(nullif(regexp_replace(lower(t.postal_code), '[^a-z0-9]', '', 'g'), ''),
                t.city_plain) as area
from told t
left join nickname k on k.sound = sounded(t.given_words[1])
"""
