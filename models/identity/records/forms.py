"""The distinct forms of names, addresses and mailboxes: each text is made comparable once.

Belongs here: tables of forms (``given_form``, ``family_form``, ``street_form``, ``area_form``,
``mail_form``) and of the texts that have them. Does not: records (standard.py), nor comparing.

A million records say some thousand given names. So a record keeps numbers of forms, two equal
numbers are one value, and two different forms are compared once, however many pairs have them.
``*_w`` columns are hashes for blocking: of what stays of a name when vowels and doubles are gone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.identity.arrays.frames import Texts, put

if TYPE_CHECKING:
    import duckdb

DATA = Path(__file__).parent / "data"
#: From this code point on a letter is a syllable or a word: Hangul, Ethiopic, kana, Han.
FIRST_SYLLABLE = 0x1100
_APOSTROPHES = "`\u2019\u00b4"
#: Scripts in which a mark is a vowel or another consonant, not an accent: those of India and its
#: neighbours from Devanagari to Myanmar's, Khmer, kana.
_SPELT_BY_MARKS = "[\u0900-\u109f\u1780-\u17ff\u3040-\u30ff\uff66-\uff9f]"
#: What makes a woman's name of a man's.
_FEMININE = "^(a|e|ia|ie|ina|ine|na|ne|ella|elle|etta|ette)$"
#: Letters of a name, street or town that are read: what a lost quote makes of a file's rest would
#: be compared letter by letter.
LONGEST = 300
#: Signs that nobody sees, which copying leaves within words: joiners, soft hyphens and such.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


@cache
def data(name: str) -> Any:
    """Read a file of data/."""
    import yaml

    # libyaml's, where there is one: a tenth of the time
    safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (DATA / f"{name}.yml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=safe)  # noqa: S506 - it is a safe one


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def unaccented_sql(text: str) -> str:
    """SQL of a text in small letters without accents."""
    small = f"lower({text})"
    return (
        f"case when regexp_matches({small}, '{_SPELT_BY_MARKS}') then {small}"
        f" else strip_accents({small}) end"
    )


def plain_address_sql(text: str) -> str:
    """SQL of an address's letters and digits; a space parts two numbers, as doors 1/23 and 12/3."""
    spaced = rf"regexp_replace({text}, '[^\p{{L}}\p{{M}}\p{{N}}]+', ' ', 'g')"
    by_letter = r"'([\p{L}\p{M}]) | ([\p{L}\p{M}])'"
    return rf"trim(regexp_replace({spaced}, {by_letter}, '\1\2', 'g'))"


def install_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Give ``folded(text)`` (plain small letters), ``sounded(word)`` and ``skeleton(word)``."""
    letters = data("letters")
    text = f"left(t, {LONGEST})"
    folded = unaccented_sql(f"nfc_normalize(translate({text}, {_quoted(_UNSEEN)}, ''))")
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
    install_letters(con)
    titles, names_too, nobody = (
        ", ".join(map(_quoted, letters[kind])) for kind in ("titles", "names_too", "nobody")
    )
    # a title alone is a name where it may be one; words for nobody alone are none
    con.execute(
        rf"""
        create or replace temp macro name_words(t) as list_transform([
            regexp_extract_all(
                folded(regexp_replace(t, '[''{_APOSTROPHES}]', '', 'g')),
                '[\p{{L}}\p{{M}}\p{{N}}]+')],
            lambda ws: case
                when len(ws) = 1 and ws[1] in ({names_too}) then ws
                when len(list_filter(ws, lambda w: w not in ({nobody}))) = 0 then []
                else list_filter(ws, lambda w: w not in ({titles})) end)[1]
        """
    )


def install_letters(con: duckdb.DuckDBPyConnection) -> None:
    """Give ``signs(text)`` (a byte a letter), ``is_letter(word)`` (an initial) and three of both.

    ``begins(word, other)``: whether one begins the other, in letters.
    ``his_and_hers(word, other, n, n_other)``: whether one is the other with what makes a woman's
    name of a man's, Daniel and Daniela. Unless hardly anybody has the one beside those who have the
    other: then a letter was lost.

    ``other_door(numbers, others)``: whether what follows a first number differs, and neither just
    says less.

    DuckDB compares bytes, and letters of other scripts have several, of which the first is that of
    nearly all letters of the script: so each of them becomes one of ninety signs. Where a letter is
    a syllable or a word (Chinese, Korean, Japanese), a name of one letter is no initial.
    """
    con.execute(
        "create or replace temp macro signs(t) as case when strlen(t) = length(t) then t else"
        " array_to_string(list_transform(string_split(t, ''), lambda c: case when strlen(c) = 1"
        " then c else chr((33 + unicode(c) % 90)::integer) end), '') end"
    )
    con.execute(
        "create or replace temp macro is_of_letters(t) as"
        f" coalesce(unicode(t) < {FIRST_SYLLABLE}, true)"
    )
    con.execute(
        "create or replace temp macro his_and_hers(a, b, n, m) as 10 * least(n, m) > greatest(n, m)"
        " and coalesce(regexp_matches(case when starts_with(a, b) then substr(a, length(b) + 1)"
        f" when starts_with(b, a) then substr(b, length(a) + 1) end, '{_FEMININE}'), false)"
    )
    con.execute(
        "create or replace temp macro begins(a, b) as is_of_letters(a)"
        " and (starts_with(a, b) or starts_with(b, a))"
    )
    con.execute(
        "create or replace temp macro other_door(a, b) as coalesce(not starts_with(a || ' ', b ||"
        " ' ') and not starts_with(b || ' ', a || ' '), false)"
    )
    con.execute("create or replace temp macro is_letter(t) as length(t) = 1 and is_of_letters(t)")


def make_forms(con: duckdb.DuckDBPyConnection) -> None:
    """Make the forms of what ``told`` says, and for each kind ``<kind>_text`` (text, <kind>_no).

    ``told`` has a row a record: given_text, family_text, street, postal_code, city, mailbox and
    mail_no, its hash. Needs ``nickname`` (names.py).
    """
    _make_given(con)
    _make_family(con)
    _make_street(con)
    _make_area(con)
    _make_mail(con)


def _numbered(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    by: str,
    texts: str,
    columns: str,
    source: str = "",
    also: str = "",
) -> None:
    """Number the distinct values ``by`` of a query ``texts``, and give each its columns.

    The numbers say which are equal and nothing more: they are others from run to run.
    """
    con.execute(f"create or replace temp table {kind}_heard as {texts}")
    con.execute(
        f"create or replace table {kind}_form as"
        f" select row_number() over ()::integer as {kind}_no, {columns}"
        f" from (select distinct on ({by}) * from {kind}_heard where {by} is not null) t {source}"
    )
    con.execute(
        f"create or replace temp table {kind}_text as select h.text, f.{kind}_no{also}"
        f" from {kind}_heard h join {kind}_form f on f.{by} = h.{by}"
    )
    con.execute(f"drop table {kind}_heard")


def _make_given(con: duckdb.DuckDBPyConnection) -> None:
    _numbered(
        con, "given", "said",
        "select *, nullif(array_to_string(words, ' '), '') as said from (select given_text as text,"
        " name_words(given_text) as words from (select distinct given_text from told))",
        """
        said, case when not regexp_matches(said, '^[a-z]( [a-z])*$') then said end as given,
        case when not regexp_matches(said, '^[a-z]( |$)') then words[1] end as given1,
        left(said, 1) as initial, regexp_matches(said, '^[a-z]( |$)') as is_initial,
        sounded(words[1]) as given_sound, k.known_as, regexp_matches(said, '[a-z]') as has_latin,
        case when not is_initial then hash(skeleton(given_sound)) end as given_w,
        case when not is_initial then hash(skeleton(coalesce(k.known_as[1], given_sound))) end
            as nick_w, hash(initial) as initial_w
        """,
        "left join nickname k on k.sound = sounded(words[1])",
        ", f.has_latin",
    )  # fmt: skip


def _make_family(con: duckdb.DuckDBPyConnection) -> None:
    _numbered(
        con, "family", "family",
        "select *, nullif(array_to_string(family_words, ' '), '') as family from (select"
        " family_text as text, name_words(family_text) as family_words"
        " from (select distinct family_text from told))",
        """
        family, family_words, sounded(replace(family, ' ', '')) as family_sound,
        regexp_matches(family, '[a-z]') as has_latin,
        hash(skeleton(family_sound)) as family_w, hash(left(family, 1)) as first_w,
        case when len(family_words) > 1 then list_transform(
            list_filter(family_words, lambda w: length(w) > 3),
            lambda w: hash(skeleton(sounded(w)))) else [] end as part_w
        """,
        also=", f.has_latin",
    )  # fmt: skip


def _make_street(con: duckdb.DuckDBPyConnection) -> None:
    words = data("letters")["street_words"]
    keys = ", ".join(_quoted(word) for word in words)
    values = ", ".join(_quoted(word) for word in words.values())
    _numbered(
        con, "street", "address",
        rf"""
        select text, street_list, house, doors,
               nullif(concat_ws(' ', array_to_string(street_list, ' '), house, doors), '')
                   as address,
               nullif(concat_ws(' ', array_to_string(street_list, ' '), house), '') as street
        from (
            select text, numbers[1] as house,
                   nullif(array_to_string(numbers[2:], ' '), '') as doors,
                   list_sort(list_distinct(list_transform(
                       regexp_extract_all(plain, '[\p{{L}}\p{{M}}]+'),
                       lambda w: coalesce(map([{keys}], [{values}])[w],
                                          regexp_replace(w, '(strasse|str)$', 'st')))))
                       as street_list
            from (select *, regexp_extract_all(plain, '[0-9]+') as numbers from (
                select street as text, folded(street) as plain
                from (select distinct street from told where street is not null))))
        """,
        "address, street, street_list, house, doors, hash(street) as street_w,"
        " hash(house) as house_w, hash(array_to_string(street_list, ' ')) as words_w",
    )  # fmt: skip


def _make_area(con: duckdb.DuckDBPyConnection) -> None:
    # A town without a postal code is an area of its own; both are kept as one form.
    _numbered(
        con,
        "area",
        "place",
        r"""
        select text, area, city, case when area is not null then concat_ws('|', area, city) end
            as place
        from (
            select struct_pack(postal_code, city) as text, c.plain as city,
                   coalesce(nullif(regexp_replace(lower(postal_code), '[^a-z0-9]', '', 'g'), ''),
                            c.plain) as area
            from (select distinct postal_code, city from told) t
            left join (
                select town, nullif(array_to_string(
                    regexp_extract_all(folded(town), '[\p{L}\p{M}]+'), ' '), '') as plain
                from (select distinct city as town from told)
            ) c on c.town = t.city)
        """,
        "place, area, city, hash(area) as area_w, hash(city) as city_w",
    )


def with_mailbox(records: str) -> str:
    """SQL of records that have ``email`` with their ``mailbox``, NULL where it is a role's.

    A query a step: an expression that is named and used again would be worked out again.
    """
    roles = ", ".join(_quoted(role) for role in data("letters")["roles"])
    plain = f"select *, lower(email) as mail from {records}"
    named = (
        "select *, regexp_extract(mail, '^([^@]+?)([+][^@]*)?@', 1) as mail_name,"
        f" nullif(split_part(mail, '@', 2), '') as mail_domain from ({plain})"
    )
    mailbox = f"case when mail_name not in ('', {roles}) then mail_name || '@' || mail_domain end"
    return f"select *, {mailbox} as mailbox from ({named})"


def _make_mail(con: duckdb.DuckDBPyConnection) -> None:
    # Most mailboxes are one record's: a hash is their number, so that no texts are joined.
    con.execute(
        """
        create or replace table mail_form as
        select mail_no, mailbox, split_part(mailbox, '@', 1) as mail_name,
               split_part(mailbox, '@', 2) as mail_domain, mail_no as mailbox_w,
               case when length(mail_name) > 5 then hash(mail_name) end as name_w,
               hash(translate(mailbox, 'aeiou', '')) as bones_w
        from (select mail_no, any_value(mailbox) as mailbox from told where mail_no is not null
              group by mail_no)
        """
    )


def make_nicknames(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``nickname`` (sound, known_as): what a name may stand for, both as they sound."""
    pairs = {
        (name, alias)
        for names in data("nicknames").values()
        for name, aliases in names.items()
        for alias in [name, *aliases]
    }
    names, aliases = zip(*sorted(pairs), strict=True)
    put(con, "nick_pair", {"name": _every(names), "alias": _every(aliases)})
    con.execute(
        r"""
        create or replace temp table nickname as
        with plain as (
            select sounded(regexp_extract(folded(name), '[\p{L}\p{M}]+')) as name,
                   sounded(regexp_extract(folded(alias), '[\p{L}\p{M}]+')) as alias
            from nick_pair
        )
        select alias as sound, list_sort(list_distinct(list(name))) as known_as
        from plain group by alias
        """
    )
    con.execute("drop table nick_pair")


def _every(texts: tuple[str, ...]) -> Texts:
    return Texts(texts, np.arange(len(texts)))
