"""What a company's own records teach of names: which is a given name, whose, and how common.

Belongs here: counting words of names, putting names in each other's place back, the words by which
given names of exact identifiers are compared. Does not: which name is said for another
(aliases.py), forms for weighing evidence (forms.py).

Nothing of it is a list: that Tóth is a family name is seen where two hundred records have it as one
and thirty do not; that Ioana is a woman's where all records with a gender say so. Counts are kept
with the model, so that a night's new records change nobody else's name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.records.aliases import take_aliases
from models.identity.records.forms import install_macros, make_nicknames

if TYPE_CHECKING:
    import duckdb

#: Names are put in their places where both are so many times more often what the other is said to
#: be, and both together so much likelier.
EACH_OTHER, BOTH = 2.0, 8.0
#: A name is one gender's where so many records say a gender, and so large a share of them this one.
FEWEST_OF_GENDER, SHARE_OF_GENDER = 5, 0.95
#: Counts of words by what they are said to be, and names said for one another; kept among the
#: model's frequencies.
KINDS = ("as_given", "as_family", "of_women", "of_men", "alias", "own_name", "learnt")
#: Their columns. ``sounds`` has those of a name and of another that several people who have it are
#: called by: of nobody in particular.
COUNTS = "kind varchar, value ubigint, n bigint, share double, sounds varchar"


def learn_names(con: duckdb.DuckDBPyConnection, kept: Path | None) -> None:
    """Make ``name_text``, ``name_frequency`` and ``given_word``; put names of ``record`` in place.

    Args:
        con: A connection that has ``record``.
        kept: The model's file of frequencies, whose counts are taken where it has them.

    ``name_text``: text, word (its first), whole (all its words). ``given_word``: word, sound, n
    (records that have it), usual (female, male or NULL). ``nickname`` has what a sound may stand
    for, with what was learnt before (aliases.py).
    """
    install_macros(con)
    _split_names(con, "record")
    _hear_names(con, "record")
    _count_names(con, kept)
    _put_in_place(con, "record")
    _make_words(con)
    make_nicknames(con)
    take_aliases(con)


def read_counts(con: duckdb.DuckDBPyConnection, counts: str) -> None:
    """Make ``frequency``, ``name_frequency`` and ``nickname`` of a model's counts."""
    install_macros(con)
    con.execute(f"create view frequency as from {counts}")
    con.execute(f"create table name_frequency as from frequency where kind in {KINDS}")
    make_nicknames(con)
    take_aliases(con)


def place_names(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Split whole names of a table of records and put names in place, as all were counted."""
    _split_names(con, table)
    _hear_names(con, table)
    _put_in_place(con, table)


def hear_words(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``name_text`` and ``given_word`` of ``record``, whose names are in place."""
    _hear_names(con, "record")
    _make_words(con)


def _hear_names(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(
        f"""
        create or replace temp table name_text as
        select text, words[1] as word, nullif(array_to_string(words, ' '), '') as whole
        from (select text, name_words(text) as words from (
            select given_name as text from {table} union select family_name from {table}
            union select full_name from {table} where given_name is null)
            where text is not null)
        """
    )


def _make_words(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        f"""
        create or replace temp table given_word as
        select w.word, w.sound, coalesce(n.n, 1) as n, {usual_sql()} as usual
        from (select word, sounded(word) as sound from (select distinct word from name_text)
              where word is not null) w
        left join name_frequency n on n.kind = 'as_given' and n.value = hash(w.word)
        {usual_joins("w.word", "name_frequency")}
        """
    )


def _split_names(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Change records: whole names of several words into given and family name.

    At the comma (Smith, John), else before the last word. One word alone stays as it is: which of
    the two it is nothing says.
    """
    con.execute(
        f"""
        create temp table split_name as
        select text, case when has_comma then array_to_string(name_words(split_part(text, ',', 2)),
                                                             ' ')
                          else array_to_string(words[:-2], ' ') end as given,
               case when has_comma then array_to_string(name_words(split_part(text, ',', 1)), ' ')
                    else words[-1] end as family
        from (select full_name as text, contains(full_name, ',') as has_comma,
                     name_words(full_name) as words
              from (select distinct full_name from {table}
                    where full_name is not null and given_name is null))
        where len(words) > 1
        """
    )
    con.execute(
        f"update {table} r set given_name = nullif(s.given, ''),"
        " family_name = coalesce(r.family_name, nullif(s.family, ''))"
        " from split_name s where s.text = r.full_name and r.given_name is null"
    )
    con.execute("drop table split_name")


def usual_sql() -> str:
    """SQL of the gender that a word is nearly always of, over :func:`usual_joins`."""
    women, men = "coalesce(women.n, 0)", "coalesce(men.n, 0)"
    both = f"({women} + {men})"
    return (
        f"case when {both} >= {FEWEST_OF_GENDER} and {women} >= {SHARE_OF_GENDER} * {both}"
        f" then 'female' when {both} >= {FEWEST_OF_GENDER}"
        f" and {men} >= {SHARE_OF_GENDER} * {both} then 'male' end"
    )


def usual_joins(word: str, frequency: str) -> str:
    """SQL of the joins that :func:`usual_sql` reads, from a table of frequencies."""
    return (
        f" left join {frequency} women on women.kind = 'of_women' and women.value = hash({word})"
        f" left join {frequency} men on men.kind = 'of_men' and men.value = hash({word})"
    )


def _count_names(con: duckdb.DuckDBPyConnection, kept: Path | None) -> None:
    """Make ``name_frequency`` (kind, value: a hash, n, share)."""
    con.execute(f"create temp table name_frequency ({COUNTS})")
    if kept is not None and kept.exists():
        con.execute(
            "insert into name_frequency by name select * from read_parquet(?)"
            f" where kind in {KINDS}",
            [str(kept)],
        )
        if con.execute("select 1 from name_frequency limit 1").fetchone():
            return
    con.execute(
        """
        insert into name_frequency
        with given as (
            select t.word, sum(n) as n, sum(women) as women, sum(men) as men from (
                select given_name, count(*) as n, count(*) filter (gender = 'female') as women,
                       count(*) filter (gender = 'male') as men
                from record where family_name is not null group by given_name) r
            join name_text t on t.text = r.given_name group by t.word
        ), family as (
            select t.whole, sum(n) as n from (
                select family_name, count(*) as n from record where given_name is not null
                group by family_name) r
            join name_text t on t.text = r.family_name group by t.whole
        )
        select * from (
            select 'as_given', hash(word) as value, n, null, null
            from given where word is not null
            union all select 'as_family', hash(whole), n, null, null
            from family where whole is not null
            union all select 'of_women', hash(word), women, null, null
            from given where word is not null
            union all select 'of_men', hash(word), men, null, null
            from given where word is not null)
        where n > 1
        """
    )


def _put_in_place(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Change records: given and family name that are in each other's place, by what is counted.

    A record's own words are not among what speaks for them.
    """
    counts = {
        "family_given": ("as_given", "f.whole", 0),
        "given_given": ("as_given", "g.word", 1),
        "given_family": ("as_family", "g.whole", 0),
        "family_family": ("as_family", "f.whole", 1),
    }
    told = ", ".join(
        f"greatest(coalesce({name}.n, {own}) - {own}, 0) + 0.5 as {name}"
        for name, (_, _, own) in counts.items()
    )
    joins = " ".join(
        f"left join name_frequency {name} on {name}.kind = '{kind}' and {name}.value = hash({word})"
        for name, (kind, word, _) in counts.items()
    )
    con.execute(
        f"""
        create temp table misplaced as
        select given_name, family_name from (
            select r.given_name, r.family_name, {told}
            from (select distinct given_name, family_name from {table}
                  where given_name is not null and family_name is not null) r
            join name_text g on g.text = r.given_name
            join name_text f on f.text = r.family_name
            {joins})
        where given_family >= {EACH_OTHER} * given_given
          and family_given >= {EACH_OTHER} * family_family
          and given_family * family_given >= {BOTH} * given_given * family_family
        """
    )
    con.execute(
        f"update {table} r set given_name = m.family_name, family_name = m.given_name"
        " from misplaced m where m.given_name = r.given_name and m.family_name = r.family_name"
    )
    con.execute("drop table misplaced")
