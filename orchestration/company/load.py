"""Loading a company file: read, parse, judge every section, and only then make a `Company`.

What belongs here: the order of things. What does not: the rules of each section.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from orchestration.company.controls import read_controls
from orchestration.company.digests import file_digest
from orchestration.company.document import Node, parse
from orchestration.company.gates import read_gates
from orchestration.company.mappings import read_feeds
from orchestration.company.model import Company
from orchestration.company.problems import CompanyFileError, Problem
from orchestration.company.reader import Reader
from orchestration.company.sections import read_company, read_named, read_settings, read_slices
from orchestration.company.sources import read_sources

SECTIONS = (
    "company", "sources", "feeds", "metrics", "slices", "gates", "controls", "exports",
    "extra_models", "settings",
)  # fmt: skip


def load_company(path: Path, environ: Mapping[str, str] = os.environ) -> Company:
    """Read and validate a company file.

    Args:
        path: The file. Relative paths in it are relative to its folder.
        environ: Values for `${NAME}`.

    Returns:
        The company, complete and valid.

    Raises:
        CompanyFileError: The file is not there, is no YAML, or is wrong; all problems at once.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(1, "", "not UTF-8 text", "save the company file as UTF-8")
        raise CompanyFileError(path.name, [problem]) from None
    except OSError as error:
        problem = Problem(1, "", f"cannot be read ({error.strerror})", "name it with --company")
        raise CompanyFileError(path.name, [problem]) from None
    return parse_company(text, path, environ)


def parse_company(text: str, path: Path, environ: Mapping[str, str]) -> Company:
    """A company from its file's text; `path` says where relative paths start.

    Raises:
        CompanyFileError: The text is no YAML, or is wrong; all problems at once.
    """
    root, problems = parse(text, environ)
    if root is None:
        raise CompanyFileError(path.name, problems)
    if root.kind != "mapping":
        problem = Problem(root.line, "", "not a mapping", "begin with `company:`")
        raise CompanyFileError(path.name, [problem])
    reader = Reader()
    reader.problems += problems
    company = _read(reader, root, path.absolute())
    if reader.problems:
        raise CompanyFileError(path.name, set(reader.problems))
    return company


def _read(reader: Reader, root: Node, path: Path) -> Company:
    sections = reader.entries(root, "", SECTIONS)
    for name in ("sources", "feeds"):
        if name not in sections or not sections[name].entries:
            line = sections[name].line if name in sections else root.line
            example = {"sources": "name: {files: …}", "feeds": "feed: [{from: …, columns: …}]"}
            reader.problem(line, name, "nothing is declared", f"add {name}: {example[name]}")
    about = read_company(reader, sections.get("company"), root.line)
    timezone = about["timezone"] or "UTC"
    sources = read_sources(reader, sections.get("sources"), path.parent, timezone)
    controls, figures = read_controls(reader, sections.get("controls"), sources)
    return Company(
        path=path,
        base_dir=path.parent,
        digest=file_digest(root),
        name=about["name"] or "",
        timezone=timezone,
        currency=about["currency"] or "",
        country=about["country"] or "",
        as_of=about["as_of"] or "yesterday",
        churn=about["churn"],
        sources=sources,
        feeds=read_feeds(reader, sections.get("feeds"), sources),
        metrics=read_named(reader, sections.get("metrics"), "metrics"),
        slices=read_slices(reader, sections.get("slices")),
        gates=read_gates(reader, sections.get("gates")),
        controls=controls,
        figures=figures,
        exports=read_named(reader, sections.get("exports"), "exports"),
        settings=read_settings(reader, sections.get("settings")),
        extra_models=reader.text(sections.get("extra_models"), "extra_models"),
    )
