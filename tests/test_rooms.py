"""Who may import whom. Reads the imports by ast, those inside functions too; nothing is run.

Not here: what dbt models may read (test_layers).
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOMS = ("orchestration", "quality", "models", "examples", "tests", "bench")
MAY_IMPORT: dict[str, set[str]] = {
    "orchestration": {"quality", "models"},
    "quality": set(),
    "models": set(),
    "examples": {"quality.contracts"},
    "bench": {
        "quality.contracts",
        "quality.gates",
        "models.identity.resolve",  # timed by itself
        "examples.retailer",  # asked for its people alone
    },
    "tests": set(ROOMS),
}
#: Identity's own rooms: each may import itself and those before it.
IDENTITY = ("arrays", "records", "exact", "probable", "people", "nights", "part", "shown")
#: Rooms that know nothing of the scheduler: their functions run from a notebook too.
WITHOUT_DAGSTER = ("quality", "models", "examples")


def imported_modules(source: str, package: str) -> set[str]:
    """Full names of every module that the source imports, relative ones resolved in `package`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: len(parents) - node.level + 1]
                base = ".".join([*kept, base] if base else kept)
            # `from quality import contracts` reaches quality.contracts, so both spellings count.
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def breaches(room: str, modules: set[str]) -> list[str]:
    """The modules of `modules` that code in `room` must not import, sorted."""
    allowed = {room, *MAY_IMPORT[room]}
    bad = []
    for module in modules:
        top = module.split(".")[0]
        inside = any(module == door or module.startswith(door + ".") for door in allowed)
        if top in ROOMS and not inside:
            bad.append(module)
        if room in WITHOUT_DAGSTER and top.startswith("dagster"):
            bad.append(module)
    return sorted(bad)


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "tests"])
def test_rooms_import_through_their_doors_only(root: Path, room: str) -> None:
    wrong = []
    for path in sorted((root / room).rglob("*.py")):
        package = ".".join(path.relative_to(root).parent.parts)
        for module in breaches(room, imported_modules(path.read_text(), package)):
            wrong.append(f"{path.relative_to(root)} imports {module}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("room", "source", "package"),
    [
        ("quality", "import models.identity", "quality"),
        ("models", "def f():\n    from quality.gates import check_core", "models"),
        ("models", "import dagster as dg", "models"),
        ("quality", "from dagster_dbt import DbtProject", "quality.gates"),
        ("examples", "from quality import gates", "examples"),
        ("quality", "from orchestration.home import Home", "quality.gates"),
        ("bench", "import orchestration.cli", "bench"),
    ],
)
def test_a_breach_is_seen(room: str, source: str, package: str) -> None:
    assert breaches(room, imported_modules(source, package))


@pytest.mark.parametrize(
    ("room", "source", "package"),
    [
        ("orchestration", "from quality.contracts import load_contracts", "orchestration"),
        ("examples", "from quality import contracts", "examples"),
        ("quality", "from .results import CheckResult", "quality.gates"),
        ("models", "import sklearn, duckdb", "models"),
        ("quality", "from ..contracts import Contract", "quality.gates"),
    ],
)
def test_what_is_allowed_passes(room: str, source: str, package: str) -> None:
    assert not breaches(room, imported_modules(source, package))


def backward(room: str, modules: set[str]) -> list[str]:
    """The modules of identity that its room must not import: later rooms, and the door."""
    before = IDENTITY[: IDENTITY.index(room) + 1]
    own = [module.split(".") for module in sorted(modules) if module.startswith("models.identity.")]
    return [".".join(parts) for parts in own if parts[2] not in before]


def test_identity_lies_in_rooms_in_the_order_of_its_work(root: Path) -> None:
    home = root / "models" / "identity"
    assert {path.parent.name for path in home.glob("*/__init__.py")} == set(IDENTITY)
    wrong = []
    for room in IDENTITY:
        for path in sorted((home / room).rglob("*.py")):
            imported = imported_modules(path.read_text(), f"models.identity.{room}")
            wrong += [f"{room}/{path.name} imports {m}" for m in backward(room, imported)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    [
        "from models.identity.part import region",
        "from ..nights.kept import take",
        "def f():\n    from models.identity.resolve import resolve",
    ],
)
def test_a_step_backward_is_seen(source: str) -> None:
    assert backward("people", imported_modules(source, "models.identity.people"))
