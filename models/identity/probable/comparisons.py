"""How two records are compared: the levels of agreement that the model weighs.

Belongs here: one comparison an attribute, its levels as SQL over ``<column>_l`` and ``<column>_r``
of ``std``, and what is usual of each level before any data is seen. Does not: what a level is, or
its SQL for a pair (levels.py), training or weights.

The conditions are what Splink trains on and what a night scores with: one text for both.
"""

from __future__ import annotations

from models.identity.probable.levels import Comparison, Level
from models.identity.records.aliases import are_two_sql


def _blank(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _one_off(column: str) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= 1"


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity(signs({column}_l), signs({column}_r)) >= {least}"


def _one_letter_off(column: str) -> str:
    # A short name of another script with one other letter is another name: Min, Jin; Ali, Adi.
    return (
        f"(damerau_levenshtein(signs({column}_l), signs({column}_r)) <= 1 and (strlen({column}_l)"
        f" = length({column}_l) or (length({column}_l) > 3 and is_of_letters({column}_l))))"
    )


def _one_digit_off(column: str) -> str:
    # Of eight digits, one error leaves the first three or the last three.
    alike = " or ".join(f"{end}({column}_l, 3) = {end}({column}_r, 3)" for end in ("left", "right"))
    return _asked_first(alike, _one_off(column))


def _asked_first(cheap: str, dear: str) -> str:
    """SQL: both hold. DuckDB tries both sides of an ``and`` on many rows to learn which is dear."""
    return f"case when {cheap} then {dear} else false end"


#: Given and family name in each other's place, the one exactly, the other at least alike.
_CROSS = (
    "(given_sound_{a} = family_sound_{b} and given_{a} is not null and (family_sound_{a} ="
    " given_sound_{b} or jaro_winkler_similarity(family_{a}, given_{b}) > 0.85"
    " or list_contains(known_as_{b}, family_sound_{a})))"
)
SWAPPED = f"{_CROSS.format(a='l', b='r')} or {_CROSS.format(a='r', b='l')}"
# Two names that many people have are two names, however alike; one that hardly anybody has, beside
# one that many have, is that one misspelt.
_FEWER, _MORE = "least(given_n_l, given_n_r)", "greatest(given_n_l, given_n_r)"
_RARE = f"({_FEWER} <= 2 or 10 * {_FEWER} <= {_MORE})"
# A name that nearly all who have it are women is not one of a man, however alike.
_ONE_GENDER = "coalesce(usual_l = usual_r, true)"
_ARE_TWO = are_two_sql("not_of_l", "given1_r")
# The second of two given names, where both say one: Michael A. and Michael J. may be two.
_OTHER_SECOND = (
    "coalesce(left(split_part(given_l, ' ', 2), 1) <> left(split_part(given_r, ' ', 2), 1)"
    " and contains(given_l, ' ') and contains(given_r, ' ')"
    " and not list_has_any(string_split(given_l, ' ')[2:], string_split(given_r, ' '))"
    " and not list_has_any(string_split(given_r, ' ')[2:], string_split(given_l, ' ')), false)"
)
_SAME_GIVEN = (
    f"not is_initial_l and not is_initial_r and {_ONE_GENDER} and not {_ARE_TWO}"
    " and (given_sound_l = given_sound_r"
    " or list_has_any(known_as_l, known_as_r) or list_contains(known_as_l, given_sound_r)"
    " or list_contains(known_as_r, given_sound_l))"
)
_HIS_AND_HERS = "his_and_hers(given1_l, given1_r, given_n_l, given_n_r)"
_MISSPELT_GIVEN = (
    "not is_initial_l and not is_initial_r and not regexp_matches(given1_l || given1_r, '[0-9]')"
    f" and ({_asked_first('is_of_letters(given1_l)', _alike('given1', 0.85))}"
    f" or {_one_letter_off('given1')}) and {_RARE} and {_ONE_GENDER} and not {_HIS_AND_HERS}"
)
_PARTS = (
    "(left(born_l, 4) = left(born_r, 4))::int + (born_l[5:6] = born_r[5:6])::int"
    " + (right(born_l, 2) = right(born_r, 2))::int"
)
# Where only the year is known, systems write its first day.
_YEAR_ALONE = (
    "(left(born_l, 4) = left(born_r, 4) and (right(born_l, 4) = '0101' or right(born_r, 4) ="
    " '0101'))"
)
_TWISTED = (
    "(left(born_l, 4) = left(born_r, 4) and born_l[5:6] = right(born_r, 2)"
    " and right(born_l, 2) = born_r[5:6])"
)

# Mailboxes that differ in a number are two people's: it is what tells namesakes apart.
_SAME_DIGITS = (
    "regexp_replace(mail_name_l, '[^0-9]', '', 'g')"
    " = regexp_replace(mail_name_r, '[^0-9]', '', 'g')"
)

# The first number is mostly the house's, and those after it its doors'; in Calle 45 # 23-10 it is
# the street's.
_OTHER_DOOR = "other_door(doors_l, doors_r)"

COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given",
        _blank("initial"),
        (
            Level("same", "given_l = given_r", 0.7, (0.3, 0.98), "given", by_chance=0.005),
            Level("swapped", SWAPPED, 0.01, (0.0005, 0.1)),
            Level(
                "variant",
                f"{_SAME_GIVEN} and not {_OTHER_SECOND}",
                0.1,
                (0.005, 0.4),
                by_chance=0.003,
            ),
            Level(
                "misspelt",
                f"{_MISSPELT_GIVEN} and not {_OTHER_SECOND}",
                0.05,
                (0.005, 0.4),
                by_chance=0.0005,
            ),
            Level(
                "other second",
                f"({_SAME_GIVEN}) or ({_MISSPELT_GIVEN})",
                0.01,
                (0.0005, 0.1),
                by_chance=0.001,
            ),
            Level(
                "initial",
                "initial_l = initial_r and (is_initial_l or is_initial_r"
                f" or (begins(given_l, given_r) and {_ONE_GENDER} and not {_HIS_AND_HERS}))",
                0.05,
                (0.005, 0.3),
                by_chance=0.003,
            ),
            Level("different", "else", 0.02, (0.002, 0.06)),
        ),
        form="given",
        apart="is_latin_l <> is_latin_r",
    ),
    Comparison(
        "family",
        _blank("family"),
        (
            Level("same", "family_l = family_r", 0.8, (0.3, 0.98), "family", by_chance=0.005),
            Level(
                "variant",
                "family_sound_l = family_sound_r or list_has_any(family_words_l, family_words_r)",
                0.07,
                (0.005, 0.4),
                by_chance=0.001,
            ),
            Level(
                "misspelt",
                "not regexp_matches(family_l || family_r, '[0-9]')"
                f" and ({_alike('family', 0.88)} or {_one_letter_off('family')})",
                0.05,
                (0.005, 0.4),
                by_chance=0.001,
            ),
            Level("different", "else", 0.05, (0.005, 0.12)),
        ),
        is_of_home=True,
        form="family",
        apart=f"is_latin_l <> is_latin_r or coalesce({SWAPPED}, false)",
    ),
    Comparison(
        "born",
        _blank("born"),
        (
            Level("same", "born_l = born_r", 0.9, (0.4, 0.99), "born", by_chance=0.0001),
            Level(
                "one digit",
                f"{_one_digit_off('born')} or {_TWISTED}",
                0.04,
                (0.003, 0.3),
                by_chance=0.0015,
            ),
            Level("two parts", f"{_PARTS} >= 2", 0.03, (0.003, 0.3), by_chance=0.003),
            Level("year alone", _YEAR_ALONE, 0.005, (0.0005, 0.3), by_chance=0.0005),
            Level("same year", "left(born_l, 4) = left(born_r, 4)", 0.005, (0.0005, 0.3),
                  by_chance=0.02),
            Level("different", "else", 0.01, (0.001, 0.04)),
        ),
        shares=("left(born, 3)", "right(born, 3)"),
    ),
    Comparison(
        "gender",
        _blank("gender"),
        (
            Level("same", "gender_l = gender_r", 0.98, (0.9, 0.995), by_chance=0.5),
            Level("different", "else", 0.02, (0.005, 0.1)),
        ),
    ),
    Comparison(
        "national",
        _blank("national"),
        (
            Level("same", "national_l = national_r", 0.9, (0.4, 0.99)),
            Level("misspelt", _one_off("national"), 0.06, (0.005, 0.3)),
            Level("different", "else", 0.04, (0.002, 0.1)),
        ),
    ),
    Comparison(
        "mailbox",
        _blank("mailbox"),
        (
            Level("same", "mailbox_l = mailbox_r", 0.5, (0.1, 0.9), "mailbox"),
            Level(
                "misspelt",
                _asked_first(
                    "mail_domain_l = mail_domain_r"
                    " and jaro_winkler_similarity(mail_name_l, mail_name_r) > 0.9",
                    f"{_one_off('mail_name')} and {_SAME_DIGITS}",
                ),
                0.05,
                (0.005, 0.3),
            ),
            Level(
                "same name",
                "mail_name_l = mail_name_r and length(mail_name_l) > 5",
                0.05,
                (0.005, 0.3),
            ),
            Level("different", "else", 0.4, (0.1, 0.9)),
        ),
        is_of_home=True,
        form="mail",
        shares=("mail_domain", "mail_name"),
    ),
    Comparison(
        "phone",
        _blank("phone"),
        (
            Level("same", "phone_l = phone_r", 0.5, (0.1, 0.9), "phone"),
            Level("one digit", _one_digit_off("phone"), 0.03, (0.002, 0.2), by_chance=0.001),
            Level("different", "else", 0.47, (0.1, 0.9)),
        ),
        is_of_home=True,
        shares=("left(phone, 3)", "right(phone, 3)"),
    ),
    Comparison(
        "street",
        _blank("street"),
        (
            Level("same", f"street_l = street_r and not {_OTHER_DOOR}", 0.7, (0.3, 0.97),
                  "street", by_chance=0.0001),
            Level(
                "alike",
                "((house_l is not distinct from house_r and list_has_any(street_list_l,"
                f" street_list_r)) or ({_alike('street', 0.9)}"
                f" and coalesce(house_l = house_r, true))) and not {_OTHER_DOOR}",
                0.15,
                (0.01, 0.5),
                by_chance=0.01,
            ),
            Level(
                "same words",
                "list_has_any(street_list_l, street_list_r)",
                0.05,
                (0.002, 0.3),
                by_chance=0.05,
            ),
            Level("different", "else", 0.1, (0.01, 0.3)),
        ),
        is_of_home=True,
        form="street",
    ),
    Comparison(
        "area",
        _blank("area"),
        (
            Level("same", "area_l = area_r", 0.8, (0.3, 0.97), "area", by_chance=0.001),
            Level(
                "near",
                "city_l = city_r or (length(area_l) > 3 and (left(area_l, 1) = left(area_r, 1) or"
                f" right(area_l, 1) = right(area_r, 1)) and {_one_off('area')})"
                f" or {_alike('city', 0.92)}",
                0.1,
                (0.01, 0.4),
                by_chance=0.02,
            ),
            Level("different", "else", 0.1, (0.01, 0.3)),
        ),
        is_of_home=True,
        form="area",
    ),
)  # fmt: skip

#: Columns of ``wide`` that the conditions read.
COLUMNS = (
    "given", "given1", "initial", "is_initial", "given_sound", "known_as", "given_n", "usual",
    "not_of", "family", "family_words", "family_sound", "is_latin", "born", "gender", "national",
    "mailbox", "mail_name", "mail_domain", "phone",
    "street", "street_list", "house", "doors", "city", "area",
)  # fmt: skip
