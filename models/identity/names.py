"""What a company's own records teach of names: which is a given name, whose, and how common.

Belongs here: counting words of names, putting names in each other's place back, the words by which
given names of exact identifiers are compared. Does not: forms for weighing evidence (forms.py).

Nothing of it is a list: that Tóth is a family name is seen where two hundred records have it as one
and thirty do not; that Ioana is a woman's where all records with a gender say so. Counts are kept
with the model, so that a night's new records change nobody else's name.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.identity.forms import install_macros, make_nicknames

if TYPE_CHECKING:
    import duckdb

#: Names are put in their places where both are so many times more often what the other is said to
#: be, and both together so much likelier.
EACH_OTHER, BOTH = 2.0, 8.0
#: A name is one gender's where so many records say a gender, and so large a share of them this one.
FEWEST_OF_GENDER, SHARE_OF_GENDER = 5, 0.95
#: One name is said for another where so many people are called by both, so many times more than
#: people of two birth dates who share a contact, and so many for each record that has the rarer: by
#: a letter that was lost a few people of two frequent names are called by both.
FEWEST_CALLED_BOTH, MORE_THAN_TWO_PEOPLE, SHARE_CALLED_BOTH = 3, 5, 0.02
#: Two names that sound alike or are listed as one's nickname are two here where so few are called
#: by both of what is usual of such names, and so many were to be expected.
MUCH_FEWER, EXPECTED = 0.2, 10.0
#: Counts of words by what they are said to be, and names said for one another; kept among the
#: model's frequencies.
KINDS = ("as_given", "as_family", "of_women", "of_men", "alias", "own_name", "learnt")


def learn_names(con: duckdb.DuckDBPyConnection, kept: Path | None) -> None:
    """Make ``name_text``, ``name_frequency`` and ``given_word``; put names of ``record`` in place.

    Args:
        con: A connection that has ``record``.
        kept: The model's file of frequencies, whose counts are taken where it has them.

    ``name_text``: text, word (its first), whole (all its words). ``given_word``: word, sound, n
    (records that have it), usual (female, male or NULL). ``nickname`` has what a sound may stand
    for, with what was learnt before (:func:`learn_aliases`).
    """
    install_macros(con)
    make_nicknames(con)
    _split_names(con)
    con.execute(
        """
        create temp table name_text as
        select text, words[1] as word, nullif(array_to_string(words, ' '), '') as whole
        from (select text, name_words(text) as words from (
            select given_name as text from record union select family_name from record
            union select full_name from record where given_name is null)
            where text is not null)
        """
    )
    _count_names(con, kept)
    _put_in_place(con)
    con.execute(
        f"""
        create temp table given_word as
        select w.word, w.sound, coalesce(n.n, 1) as n, {usual_sql()} as usual
        from (select word, sounded(word) as sound from (select distinct word from name_text)
              where word is not null) w
        left join name_frequency n on n.kind = 'as_given' and n.value = hash(w.word)
        {usual_joins("w.word", "name_frequency")}
        """
    )
    _take_aliases(con)


def _split_names(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``record``: whole names of several words into given and family name.

    At the comma (Smith, John), else before the last word. One word alone stays as it is: which of
    the two it is nothing says.
    """
    con.execute(
        """
        create temp table split_name as
        select text, case when has_comma then array_to_string(name_words(split_part(text, ',', 2)),
                                                             ' ')
                          else array_to_string(words[:-2], ' ') end as given,
               case when has_comma then array_to_string(name_words(split_part(text, ',', 1)), ' ')
                    else words[-1] end as family
        from (select full_name as text, contains(full_name, ',') as has_comma,
                     name_words(full_name) as words
              from (select distinct full_name from record
                    where full_name is not null and given_name is null))
        where len(words) > 1
        """
    )
    con.execute(
        "update record set given_name = nullif(s.given, ''),"
        " family_name = coalesce(record.family_name, nullif(s.family, ''))"
        " from split_name s where s.text = record.full_name and record.given_name is null"
    )
    con.execute("drop table split_name")


def learn_aliases(con: duckdb.DuckDBPyConnection) -> None:
    """Learn from ``hub_node`` which names people are called by beside their own.

    Two records with a contact, the family name and the birth date in common are one person's, but
    for twins, who are rarely of the same two names as other twins. The rarer of two such names
    stands for the other from now on, as a nickname does. Learnt once, with the model.
    """
    if con.execute("select 1 from name_frequency where kind = 'learnt'").fetchone():
        return
    con.execute(
        """
        create temp table called_both as
        select s.given as one, t.given as other, min(s.n) as n,
               count(distinct hash(s.family, s.birth_date)) filter (s.birth_date = t.birth_date)
                   as people,
               count(distinct hash(s.family, s.birth_date, t.birth_date))
                   filter (s.birth_date <> t.birth_date) as of_two
        from hub_node s
        join hub_node t on t.hub_h = s.hub_h and t.family = s.family
        where s.identifier_type <> 'home' and (s.n, s.given) < (t.n, t.given)
          and length(s.given) > 1 and length(t.given) > 1
          and s.birth_date is not null and t.birth_date is not null
        group by one, other
        """
    )
    con.execute(
        f"""
        insert into name_frequency
        select distinct 'alias', hash(v.sound), {_code("w.sound")}, null::double
        from called_both c
        join given_word v on v.word = c.one join given_word w on w.word = c.other
        where people >= {FEWEST_CALLED_BOTH} and people >= {MORE_THAN_TWO_PEOPLE} * of_two
          and people >= {SHARE_CALLED_BOTH} * c.n and v.sound <> w.sound
        union all
        select 'learnt', 0, 1, null
        """
    )
    _take_aliases(con)
    con.execute(
        f"""
        insert into name_frequency
        with pair as (
            select distinct least(x, y) as x, greatest(x, y) as y from (
                select {{'n': v.n, 'word': v.word}} as x, {{'n': w.n, 'word': w.word}} as y
                from (select sound, sound as stands_for from given_word
                      union select sound, unnest(known_as) from nickname) k
                join given_word v on v.sound = k.sound join given_word w on w.sound = k.stands_for
                where v.word <> w.word)
        ), met as (
            select x.word as one, y.word as other, x.n, coalesce(c.people, 0) as people
            from pair left join called_both c on c.one = x.word and c.other = y.word
        ), usual as (
            select sum(people) / sum(n) as share from met
        ), own as (
            select one, other from met, usual
            where people < {MUCH_FEWER} * share * n and share * n >= {EXPECTED}
        )
        select 'own_name', hash(one), {_code("other")}, null from own
        union all
        select 'own_name', hash(other), {_code("one")}, null from own
        """
    )
    con.execute("drop table called_both")


def _code(word: str) -> str:
    """SQL of a word's number where two words are kept together: no word is written anywhere."""
    return f"(hash({word}) >> 1)::bigint"


def not_of_sql(word: str, frequency: str) -> str:
    """SQL of a table (word, not_of): names that stand for nobody who has the word.

    Args:
        word: Query of the words, one column named ``word``.
        frequency: A table of frequencies.
    """
    return (
        f"(select w.word, list(f.n) as not_of from ({word}) w join {frequency} f"
        " on f.kind = 'own_name' and f.value = hash(w.word) group by w.word)"
    )


def are_two_sql(not_of: str, word: str) -> str:
    """SQL: a word is among the names that stand for nobody who has another (:func:`not_of_sql`).

    Args:
        not_of: Expression of the other word's list.
        word: Expression of the word.
    """
    return f"coalesce(list_contains({not_of}, {_code(word)}), false)"


def _take_aliases(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``nickname``: what was learnt beside what is listed."""
    con.execute(
        f"""
        create or replace temp table nickname as
        with sound as (
            select distinct sound from given_word
        ), learnt as (
            select a.sound, b.sound as stands_for from name_frequency f
            join sound a on hash(a.sound) = f.value join sound b on {_code("b.sound")} = f.n
            where f.kind = 'alias'
        )
        select sound, list_sort(list(stands_for)) as known_as from (
            select sound, unnest(known_as) as stands_for from nickname
            union select sound, stands_for from learnt
            union select sound, sound from learnt)
        group by sound
        """
    )


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
    con.execute("create temp table name_frequency (kind varchar, value ubigint, n bigint,"
                " share double)")  # fmt: skip
    if kept is not None and kept.exists():
        con.execute(
            "insert into name_frequency select kind, value, n, share from read_parquet(?)"
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
            select 'as_given', hash(word) as value, n, null from given where word is not null
            union all select 'as_family', hash(whole), n, null from family where whole is not null
            union all select 'of_women', hash(word), women, null from given where word is not null
            union all select 'of_men', hash(word), men, null from given where word is not null)
        where n > 1
        """
    )


def _put_in_place(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``record``: given and family name that are in each other's place, by what is counted.

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
            from (select distinct given_name, family_name from record
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
        "update record set given_name = m.family_name, family_name = m.given_name"
        " from misplaced m where m.given_name = record.given_name"
        " and m.family_name = record.family_name"
    )
    con.execute("drop table misplaced")
