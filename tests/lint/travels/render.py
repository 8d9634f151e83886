"""Render a dbt model without dbt: refs become names, and a dispatched macro an opaque call.

`adapter.dispatch('add_days')(x, 1)` gives `engine__add_days(x, 1)`: what an engine's own macro says
is its own affair, what stands around it is linted. Macros that do not dispatch are run for real, so
a habit in one is found in each model that uses it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import yaml

MACRO = re.compile(r"\{%-?\s*macro\s+(?P<name>\w+)\s*\(.*?\{%-?\s*endmacro\s*-?%\}", re.DOTALL)
#: Implementations for one engine: only a dispatcher may call them.
ENGINE_PREFIXES = ("duckdb__", "spark__", "default__")
TYPES = {
    "type_text": "string",
    "type_string": "string",
    "type_integer": "bigint",
    "type_bigint": "bigint",
    "type_int": "bigint",
    "type_money": "decimal(18,4)",
    "type_decimal": "decimal(18,4)",
    "type_numeric": "decimal(18,4)",
    "type_number": "double",
    "type_float": "double",
    "type_double": "double",
    "type_boolean": "boolean",
    "type_date": "date",
    "type_day": "date",
    "type_moment": "timestamp",
    "type_flag": "boolean",
    "type_timestamp": "timestamp",
}


class RenderError(Exception):
    """A model that cannot be rendered; the message says why."""


class _Return(Exception):  # noqa: N818 - dbt's `return` is a jump, not an error
    """Carries the value of dbt's `return(...)` out of a macro."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def opaque(name: str) -> Callable[..., str]:
    """A macro of which nothing is known but its name and what it is called with."""

    def call(*args: Any, **kwargs: Any) -> str:
        if name in TYPES:
            return TYPES[name]
        given = [str(value) for value in (*args, *kwargs.values()) if isinstance(value, (str, int))]
        return f"engine__{name}({', '.join(given)})"

    return call


class _Relation(str):
    """What `ref`, `source` and `this` give: a name that can be asked for its parts."""

    __slots__ = ()
    schema = "a_schema"
    database = "a_database"

    @property
    def identifier(self) -> str:
        return str(self)

    def include(self, **_: bool) -> _Relation:
        return self


class _Namespace:
    """dbt's own macros (`dbt.type_string()`) are dispatched too: opaque."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        if name.startswith("__"):
            raise AttributeError(name)
        return opaque(name)


class _Adapter:
    """Only `dispatch` is known of the adapter: a model that asks it more cannot travel."""

    def dispatch(self, name: str, *_: Any, **__: Any) -> Callable[..., str]:
        return opaque(name)


def _raise_return(value: Any = "") -> None:
    raise _Return(value)


class Renderer:
    """Renders the models of one dbt project; macros and vars are read once."""

    def __init__(self, project: Path) -> None:
        self.env = jinja2.Environment(
            undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.do"]
        )
        self.variables: dict[str, Any] = {}
        settings = project / "dbt_project.yml"
        if settings.exists():
            self.variables = (yaml.safe_load(settings.read_text()) or {}).get("vars") or {}
            self.variables |= self.variables.get("wholeview") or {}
        self.env.globals.update(self._dbt_context())
        for path in sorted((project / "macros").rglob("*.sql")):
            self._load_macros(path.read_text())

    def _dbt_context(self) -> dict[str, Any]:
        builtins = {
            "ref": lambda *names, **_: _Relation(names[-1]),
            "source": lambda group, name: _Relation(f"{group}_{name}"),
            "config": lambda *_, **__: "",
            "var": lambda name, default="": self.variables.get(name, default),
        }
        return {
            **builtins,
            "builtins": builtins,
            "env_var": lambda name, default="x": default,
            "return": _raise_return,
            "adapter": _Adapter(),
            "dbt": _Namespace(),
            "this": _Relation("this_model"),
            "execute": False,
            "target": {"type": "duckdb", "name": "duckdb", "schema": "main", "database": "x"},
            "modules": {"datetime": datetime, "re": re},
            "log": lambda *_, **__: "",
            "is_incremental": lambda: False,
            "exceptions": {"raise_compiler_error": self._refuse},
        }

    @staticmethod
    def _refuse(message: str) -> None:
        raise RenderError(message)

    def _load_macros(self, text: str) -> None:
        for match in MACRO.finditer(text):
            name = match.group("name")
            if not name.startswith(ENGINE_PREFIXES):
                self.env.globals[name] = self._as_function(name, match.group(0))

    def _as_function(self, name: str, text: str) -> Callable[..., Any]:
        template = self.env.from_string(text)

        def call(*args: Any, **kwargs: Any) -> Any:
            # The module is made at the call, when every macro has its place in the globals.
            try:
                return getattr(template.make_module(), name)(*args, **kwargs)
            except _Return as done:
                return done.value

        return call

    def render(self, text: str, *, incremental: bool) -> str:
        """The model's SQL. Raises RenderError, which names what the template asked for in vain."""
        self.env.globals["is_incremental"] = lambda: incremental
        try:
            return self.env.from_string(text).render()
        except jinja2.TemplateError as error:
            raise RenderError(f"{type(error).__name__}: {error}") from error
