"""The YAML reader: lines, limits, and the law that nothing but CompanyFileError comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.company import Company, CompanyFileError, parse_company
from orchestration.company.document import parse
from tests.orchestration.company.conftest import GOOD

WORDS = sorted(
    {word for line in GOOD.splitlines() for word in line.replace(":", " ").split()}
    | {"company", "sources", "feeds", "files", "columns", "set", "questions", "postgres", "rest"}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.dates(),
    st.sampled_from(WORDS),
    st.text(max_size=12),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), inner, max_size=5),
    ),
    max_leaves=25,
)


def outcome(text: str) -> Company | CompanyFileError:
    """What a text gives: a company, or the error whose every line stands on its own."""
    try:
        return parse_company(text, Path("company.yml"), {"HOME": "x"})
    except CompanyFileError as error:
        assert error.problems
        assert len(str(error).splitlines()) == len(error.problems)
        return error


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_company_or_a_company_file_error(text: str) -> None:
    outcome(text)


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_any_document_is_a_company_or_a_company_file_error(tree: object) -> None:
    outcome(yaml.safe_dump(tree, allow_unicode=True))


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_a_right_file_with_one_part_replaced_never_gives_a_traceback(data: st.DataObject) -> None:
    tree = yaml.safe_load(GOOD)
    holder, key = tree, data.draw(st.sampled_from(sorted(tree)))
    while isinstance(holder[key], dict | list) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
    holder[key] = data.draw(TREES)
    outcome(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))


@given(st.integers(0, len(GOOD) - 1), st.text(max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_slip_of_the_finger_never_gives_a_traceback(place: int, slip: str) -> None:
    outcome(GOOD[:place] + slip + GOOD[place + 1 :])


def test_the_right_file_is_right() -> None:
    assert isinstance(outcome(GOOD), Company)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("just words", "not a mapping"),
        ("- a\n- b\n", "not a mapping"),
        ("a: [1, 2", "not valid YAML"),
        ("a: b\n c: d\n", "not valid YAML"),
        ("a: *nowhere\n", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: \x07\n", "not valid YAML"),
        ("[" * 5000, "nested too deeply"),
        ("a: " + "[" * 100 + "]" * 100, "nested too deeply"),
        ("a: &x [*x]\n", "an alias holds itself"),
        ("company: {}\ncompany: {}\n", "stands here twice"),
        ("? [a]\n: b\n", "a key is a list"),
        ("a: ${}\n", "holds no name"),
        ("a: ${NOT_THERE}\n", "NOT_THERE is not in the environment"),
        ("company: !!python/object:os.system {}\n", "missing"),
    ],
)
def test_what_is_no_company_file_is_said_in_a_line(text: str, message: str) -> None:
    error = outcome(text)
    assert isinstance(error, CompanyFileError)
    assert message in str(error)


def test_aliases_cannot_blow_up() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    error = outcome("\n".join(levels))
    assert isinstance(error, CompanyFileError)
    assert "too large" in str(error)


def test_a_duplicate_names_both_lines() -> None:
    _, problems = parse("a: 1\nb: 2\na: 3\n", {})
    assert [(p.line, p.field) for p in problems] == [(3, "")]
    assert "first on line 1" in problems[0].message


def test_a_syntax_error_shows_nothing_of_the_file() -> None:
    error = outcome("company:\n  name: hunter2\n token: [\n")
    assert "hunter2" not in str(error)
