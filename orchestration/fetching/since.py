"""Where a list of a service is read on from: the newest landed value less the overlap.

Here: arithmetic on a cursor that is text. Not here: asking the service (rest).
"""

from __future__ import annotations

import datetime as dt
import re

OVERLAP_SECONDS = 3600
_EPOCH_FROM = 100_000_000  # numbers above are taken for seconds since 1970


def since_of(newest: str | None, overlap: int | None) -> str | None:
    """Where to begin: the newest landed value less the overlap, as the service writes it."""
    if newest is None:
        return None
    back = OVERLAP_SECONDS if overlap is None else overlap
    if re.fullmatch(r"\d+", newest):
        is_epoch = int(newest) > _EPOCH_FROM
        return str(int(newest) - (back if is_epoch or overlap is not None else 0))
    try:
        moment = dt.datetime.fromisoformat(newest)
    except ValueError:
        return newest
    earlier = (moment - dt.timedelta(seconds=back)).isoformat(
        timespec="milliseconds" if moment.microsecond else "seconds"
    )
    if len(newest) == len("2025-01-01"):
        return earlier[:10]
    earlier = earlier.replace("T", newest[10])
    return earlier.removesuffix("+00:00") + "Z" if newest.endswith("Z") else earlier
