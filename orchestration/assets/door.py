"""The door through which an exception of a step leaves: what Dagster and people are told of it.

Belongs here: putting an error that may be told in the place of the one that was raised. Does not:
what may be told (safe_errors.py), or ending the night (common.py).

Dagster writes an exception's text, its causes and what it was raised during into its event log and
into the files of a step's output, where they stay. So each step's function is wrapped in
:func:`told_safely`. The exception as it was is kept in memory alone, for ``--debug``.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from dagster._core.errors import DagsterExecutionInterruptedError

from orchestration.night import INTERRUPTED, NightStopped, found_night
from orchestration.safe_errors import is_ours, place_of, safe_message

Compute = TypeVar("Compute", bound=Callable[..., Any])


def told_safely(compute: Compute) -> Compute:
    """Let the function of an asset or a check fail with :class:`NightStopped` alone.

    Args:
        compute: The function or generator; its first argument is Dagster's context.

    Returns:
        The same, with the attribute ``is_told_safely``.
    """
    if inspect.isgeneratorfunction(compute):

        @functools.wraps(compute)
        def step(context: Any, *given: Any, **named: Any) -> Iterator[Any]:
            try:
                yield from compute(context, *given, **named)
                return
            except Exception as error:
                stopped = _stopped(error, context.run.run_id)
            raise stopped  # outside, so that the error is not its context either

    else:

        @functools.wraps(compute)
        def step(context: Any, *given: Any, **named: Any) -> Any:
            try:
                return compute(context, *given, **named)
            except Exception as error:
                stopped = _stopped(error, context.run.run_id)
            raise stopped

    step.is_told_safely = True  # type: ignore[attr-defined]
    return cast("Compute", step)


def _stopped(error: Exception, run_id: str) -> NightStopped:
    """Make the error that may be told, with the stack of the one that was raised."""
    if _was_interrupted(error):
        return NightStopped(INTERRUPTED).with_traceback(error.__traceback__)
    night = found_night(run_id)
    text = safe_message(error)
    if not is_ours(error):
        step = f"{night.under_way}: " if night and night.under_way else ""
        place = place_of(error)
        text = f"{step}{text}{f', at {place}' if place else ''}"
    if night is not None:
        night.error = error
        if _has_more(error):
            text += f"; 'wholeview run --as-of {night.night_on} --debug' shows all of it"
    # a stack is made of our lines of code: it holds no value
    return NightStopped(text).with_traceback(error.__traceback__)


def _was_interrupted(error: BaseException | None) -> bool:
    """Say whether an engine gave up because of a signal: DuckDB makes an error of its own of it."""
    while error is not None:
        if isinstance(error, DagsterExecutionInterruptedError):
            return True
        error = error.__cause__
    return False


def _has_more(error: BaseException | None) -> bool:
    """Say whether an error or what caused it is not ours, so that more is known than is told."""
    while error is not None:
        if not is_ours(error):
            return True
        error = error.__cause__
    return False
