"""From files to findings: render, run the rules, leave out what a file allows itself with a reason.

Not here: how a model is rendered (render) and the rules (tokens, trees).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot.errors import SqlglotError

from tests.lint.travels.render import Renderer, RenderError
from tests.lint.travels.tokens import TEMPLATE_RULES, token_hits
from tests.lint.travels.trees import tree_hits

ALLOWANCE = re.compile(r"--\s*travels:\s*allow[ ]+([a-z-]+)[ ]*:[ ]*(\S.*)")


@dataclass(frozen=True, order=True)
class Finding:
    """One habit in one file: the rule that it breaks, and what to write instead."""

    path: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}: {self.message}"


def check_sql(sql: str) -> list[tuple[str, str]]:
    """Every (rule, message) that plain SQL, already rendered, breaks. Each once, sorted."""
    hits = set(token_hits(sql))
    try:
        sqlglot.parse_one(sql, read="spark")
        tree = sqlglot.parse_one(sql, read="duckdb")
    except SqlglotError as error:
        place = str(error).splitlines()[0]
        return sorted(hits | {("does-not-parse", f"Spark or DuckDB cannot read it: {place}")})
    return sorted(hits | set(tree_hits(tree)))


def check_template(text: str, renderer: Renderer) -> list[tuple[str, str]]:
    """Every (rule, message) that a model's text breaks, rendered as a first and as a later run."""
    hits: set[tuple[str, str]] = set()
    for rule, pattern, message in TEMPLATE_RULES:
        if re.search(pattern, text):
            hits.add((rule, message))
    # A second rendering only where the model asks which run it is: it doubles the time.
    for incremental in (False, True) if "is_incremental" in text else (False,):
        try:
            hits |= set(check_sql(renderer.render(text, incremental=incremental)))
        except RenderError as error:
            hits.add(("does-not-render", str(error)))
    allowed = {match.group(1) for match in ALLOWANCE.finditer(text)}
    return sorted(hit for hit in hits if hit[0] not in allowed)


def check_project(project: Path) -> tuple[list[Finding], int]:
    """Findings in the models and singular tests of a dbt project, and how many files were read."""
    renderer = Renderer(project)
    findings: list[Finding] = []
    files = sorted([*(project / "models").rglob("*.sql"), *(project / "tests").rglob("*.sql")])
    files = [path for path in files if "generic" not in path.relative_to(project).parts]
    for path in files:
        for rule, message in check_template(path.read_text(), renderer):
            findings.append(Finding(str(path.relative_to(project.parent)), rule, message))
    return sorted(findings), len(files)
