"""Lines that come by the hundred are said now and then, and the first not at once."""

from __future__ import annotations

import pytest

from orchestration import progress


def test_lines_are_said_at_most_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.4, 1.2, 1.2, 1.9, 2.3, 2.3])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said: list[str] = []
    say = progress.sparingly(said.append)
    for line in ("at 0.4", "at 1.2", "at 1.9", "at 2.3"):
        say(line)
    assert said == ["at 1.2", "at 2.3"]
