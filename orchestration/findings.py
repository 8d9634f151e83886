"""What `wholeview check` has to say: one finding a line.

Belongs here: the shape of a finding. Does not: finding any (`check`, `trial`).
"""

from __future__ import annotations

from dataclasses import dataclass

PROBLEM, WARNING, HINT, INFO = "problem", "warning", "hint", "info"


@dataclass(frozen=True)
class Finding:
    """One thing that `check` has to say.

    Attributes:
        severity: "problem" (a run would stop), "warning" (a run would go on without something),
            "hint" (something to gain) or "info".
        where: What it is about, such as "source orders" or "feed orders[0]".
        line: Line in the company file, 0 for none.
        message: What was found.
        fix: What to do; empty for info.
    """

    severity: str
    where: str
    line: int
    message: str
    fix: str = ""

    def __str__(self) -> str:
        at = f" (line {self.line})" if self.line else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{self.where}{at}: {self.message}{fix}"
