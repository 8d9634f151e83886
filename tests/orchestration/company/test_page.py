"""The page about the company file names every key, every setting with its default, every slice."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from orchestration.company import Settings, figures
from orchestration.company import controls as totals
from orchestration.company.load import SECTIONS
from orchestration.company.mappings import MAPPING_KEYS
from orchestration.company.sections import COMPANY_KEYS, SLICES
from orchestration.company.sources import SOURCE_KEYS

PAGE = (Path(__file__).parents[3] / "docs/company-file.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("key", [*totals.KEYS, *figures.KEYS, *figures.RULES])
def test_every_key_of_a_control_is_on_the_page(key: str) -> None:
    section = PAGE[PAGE.index("## controls") : PAGE.index("## settings")]
    assert f"`{key}`" in section or f"{key}: " in section


@pytest.mark.parametrize("key", [*COMPANY_KEYS, *SOURCE_KEYS, *MAPPING_KEYS, *SLICES])
def test_every_key_is_on_the_page(key: str) -> None:
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_on_the_page(section: str) -> None:
    assert f"## {section}\n" in PAGE or f"`{section}`" in PAGE


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_every_setting_is_on_the_page_with_its_default(setting: object) -> None:
    name, default = setting.name, setting.default  # type: ignore[attr-defined]
    shown = {None: "none", (): "`[]`"}.get(default, str(default))
    says = setting.metadata["says"]  # type: ignore[attr-defined]
    assert f"| `{name}` | {shown} | {says} |" in PAGE
