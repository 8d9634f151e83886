"""Trying again what may go better the next time: bounded, with growing pauses, said while it waits.

Here: when to stop. Not here: what is tried, or which errors are worth another try.
"""

from __future__ import annotations

import time
from collections.abc import Callable

Sleep = Callable[[float], None]
TRIES = 4  # without any progress in between
TRIES_IN_ALL = 25
LONGEST_PAUSE = 300.0


class Patience:
    """Counts tries of one piece of work; progress gives new ones, up to a limit in all."""

    def __init__(self, say: Callable[[str], None], sleep: Sleep = time.sleep) -> None:
        """Begin; `say` is told of every pause."""
        self._say, self._sleep = say, sleep
        self._in_vain = self._in_all = 0

    def progress(self) -> None:
        """Note that something came of the last try."""
        self._in_vain = 0

    def wait(self, what: str, seconds: float | None = None) -> bool:
        """Pause before another try; False where there is none left.

        Args:
            what: Said while waiting; holds no value of the data.
            seconds: How long the other side asked to wait, or None.
        """
        self._in_vain += 1
        self._in_all += 1
        if self._in_vain >= TRIES or self._in_all >= TRIES_IN_ALL:
            return False
        pause = float(2 ** (self._in_vain - 1)) if seconds is None else seconds
        if pause > LONGEST_PAUSE:
            return False
        self._say(f"{what}; trying again in {pause:.0f} s (try {self._in_vain + 1} of {TRIES})")
        # in parts, so that nobody waits long without a word
        while pause > 0:
            part = min(pause, 4.0)
            self._sleep(part)
            pause -= part
            if pause > 0:
                self._say(f"{what}; {pause:.0f} s to wait")
        return True
