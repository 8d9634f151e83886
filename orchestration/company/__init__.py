"""The company file: all that is particular to one company, read once and checked before a run.

What belongs here: reading, judging and describing the file. What does not: opening sources,
making SQL of mappings, or anything that holds for every company (contracts, transforms).
"""

from __future__ import annotations

from orchestration.company.digests import mapping_digest, mapping_sources
from orchestration.company.load import load_company, parse_company
from orchestration.company.model import (
    Churn,
    Company,
    Endpoint,
    FillDown,
    Mapping,
    Settings,
    Source,
)
from orchestration.company.problems import CompanyFileError, Problem
from orchestration.company.sources import is_glob

__all__ = [
    "Churn",
    "Company",
    "CompanyFileError",
    "Endpoint",
    "FillDown",
    "Mapping",
    "Problem",
    "Settings",
    "Source",
    "is_glob",
    "load_company",
    "mapping_digest",
    "mapping_sources",
    "parse_company",
]
