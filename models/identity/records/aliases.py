"""Which names a company's people are called by beside their own, and which are two however alike.

Belongs here: learning that, once, with the model, and what nicknames stand for since. Does not:
what is listed of nicknames (forms.py), nor counting names (names.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: One name is said for another where so many people are called by both, so many times more than
#: people of two birth dates who share a contact, and so many for each record that has the rarer: by
#: a letter that was lost a few people of two frequent names are called by both.
FEWEST_CALLED_BOTH, MORE_THAN_TWO_PEOPLE, SHARE_CALLED_BOTH = 3, 5, 0.02
#: Two names that sound alike or are listed as one's nickname are two here where so few are called
#: by both of what is usual of such names, and so many were to be expected.
MUCH_FEWER, EXPECTED = 0.2, 10.0


def learn_aliases(con: duckdb.DuckDBPyConnection) -> None:
    """Learn from ``hub_node`` what people are called by beside their own name, and which are two.

    Learnt once, with the model.
    """
    if con.execute("select 1 from name_frequency where kind = 'learnt'").fetchone():
        return
    _find_called_both(con)
    _learn_nicknames(con)
    take_aliases(con)
    _learn_own_names(con)
    con.execute("drop table called_both")


def _find_called_both(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``called_both`` (one, other, n, people, of_two): names met at one contact and family.

    Two such records of one birth date are one person's (``people``), but for twins, who are rarely
    of the same two names as other twins; those of two birth dates are two people's (``of_two``).
    ``one`` is the rarer name, and ``n`` how many records have it.
    """
    con.execute(
        """
        create temp table called_both as
        with node as (
            select h.hub_h, s.given, s.family, s.birth_date, w.n
            from hub_node h join signature s using (signature_id)
            join given_word w on w.word = s.given where h.n_signatures > 0
        )
        select s.given as one, t.given as other, min(s.n) as n,
               count(distinct hash(s.family, s.birth_date)) filter (s.birth_date = t.birth_date)
                   as people,
               count(distinct hash(s.family, s.birth_date, t.birth_date))
                   filter (s.birth_date <> t.birth_date) as of_two
        from node s
        join node t on t.hub_h = s.hub_h and t.family = s.family
        where (s.n, s.given) < (t.n, t.given)
          and length(s.given) > 1 and length(t.given) > 1
          and s.birth_date is not null and t.birth_date is not null
        group by one, other
        """
    )


def _learn_nicknames(con: duckdb.DuckDBPyConnection) -> None:
    """Note that the rarer of two names by which people are called both stands for the other."""
    con.execute(
        f"""
        insert into name_frequency
        select distinct 'alias', hash(v.sound), {_code("w.sound")}, null::double,
               v.sound || ' ' || w.sound
        from called_both c
        join given_word v on v.word = c.one join given_word w on w.word = c.other
        where people >= {FEWEST_CALLED_BOTH} and people >= {MORE_THAN_TWO_PEOPLE} * of_two
          and people >= {SHARE_CALLED_BOTH} * c.n and v.sound <> w.sound
        union all
        select 'learnt', 0, 1, null, null
        """
    )


def _learn_own_names(con: duckdb.DuckDBPyConnection) -> None:
    """Note which names that sound alike, or are listed as one's nickname, are two names here."""
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
        select 'own_name', hash(one), {_code("other")}, null, null from own
        union all
        select 'own_name', hash(other), {_code("one")}, null, null from own
        """
    )


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


def take_aliases(con: duckdb.DuckDBPyConnection) -> None:
    """Change ``nickname``: what was learnt beside what is listed."""
    con.execute(
        """
        create or replace temp table nickname as
        with learnt as (
            select split_part(sounds, ' ', 1) as sound, split_part(sounds, ' ', 2) as stands_for
            from name_frequency where kind = 'alias'
        )
        select sound, list_sort(list(stands_for)) as known_as from (
            select sound, unnest(known_as) as stands_for from nickname
            union select sound, stands_for from learnt
            union select sound, sound from learnt)
        group by sound
        """
    )
