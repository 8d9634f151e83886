"""Reason codes are an API: this list is changed with care, never by accident."""

from __future__ import annotations

import pytest

from quality.reasons import REASONS, Handling, reason


def test_codes_are_unique_and_described() -> None:
    assert len(REASONS) >= 60
    assert all(code == found.code and found.description for code, found in REASONS.items())


@pytest.mark.parametrize(
    ("code", "handling"),
    [
        ("file.gzip_corrupt", Handling.REFUSE_FILE),
        ("file.duplicate", Handling.DUPLICATE),
        ("csv.unterminated_quote", Handling.QUARANTINE),
        ("ts.assumed_tz", Handling.COERCE),
        ("ref.unmatched", Handling.ACCEPT),
        ("file.not_settled", Handling.DEFER),
    ],
)
def test_handling(code: str, handling: Handling) -> None:
    assert reason(code).handling is handling


def test_unknown_code() -> None:
    with pytest.raises(KeyError):
        reason("csv.nonsense")
