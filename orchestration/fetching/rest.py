"""One list of a service into a file of JSON lines: all of its pages, or nothing.

Here: pages, rows, and whether they add up. Not here: hosts, time-outs and tries (rest_session).

How pages follow each other is the work of dlt's paginators; that they end, do not repeat and are as
many as the service says is judged here, since a paginator believes whatever it is told.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import requests

from orchestration.fetching.incoming import Incoming
from orchestration.fetching.known import Known
from orchestration.fetching.patience import Patience
from orchestration.fetching.rest_session import Session
from orchestration.fetching.since import since_of
from orchestration.landing.discovery import Found
from orchestration.landing.problems import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.company import Endpoint, Source

Say = Callable[[str], None]
MAX_PAGES = 100_000
MAX_BYTES = 8 << 30


def fetch_list(
    source: Source, known: Known, incoming: Incoming, say: Say, patience: Patience
) -> tuple[list[Found], Refused | None]:
    """Fetch what is new of a list.

    Returns:
        A file for landing, or none where nothing is new, and why there is none, if so.
    """
    since = since_of(known.newest_text(), source.overlap) if source.cursor else None
    landed = known.lines(since) if source.cursor else set()
    try:
        # Once more where it did not add up: a list that changes while it is read is mended so.
        for last in (False, True):
            try:
                n = _write(source, since, landed, incoming, say, patience)
                break
            except _DoesNotAddUp as problem:
                if last:
                    raise Refused("source.incomplete", problem.message(source.name)) from None
                say(f"  {source.name}: {problem.why}; reading it once more")
    except Refused as refused:
        return [], refused
    if source.cursor and not n:
        return [], None
    name = incoming.next_name(".jsonl") if source.cursor else f"{source.name}.jsonl"
    return [incoming.put(name)], None


def sample_list(source: Source, target: Path, say: Say) -> None:
    """Write the first page of a list as JSON lines, for `check`.

    Raises:
        Refused: It cannot be read.
    """
    pages = _pages(source, None, Session(source, say, Patience(say)))
    try:
        _, rows = next(pages)
    except _DoesNotAddUp as problem:
        raise Refused("source.incomplete", problem.message(source.name)) from None
    target.write_bytes(b"".join(_line(row) for row in rows) or b"\n")


class _DoesNotAddUp(Exception):  # noqa: N818 - reads as the state it reports
    """Pages that are not one whole list."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    def message(self, name: str) -> str:
        return f"{name}: {self.why}; nothing of it is taken; mend `pages` of the endpoint, or ask"\
            " the service"  # fmt: skip


def _write(
    source: Source,
    since: str | None,
    landed: set[bytes],
    incoming: Incoming,
    say: Say,
    patience: Patience,
) -> int:
    """Write the rows of all pages that are not landed just so; return how many."""
    n_rows = n_new = size = 0
    pages = _pages(source, since, Session(source, say, patience))
    with incoming.temporary().open("wb") as out:
        for number, rows in pages:
            for row in rows:
                line = _line(row)
                n_rows += 1
                if _digest(line) in landed:
                    continue
                n_new += 1
                size += out.write(line)
            if size > MAX_BYTES:
                raise Refused("source.unsafe", f"{source.name}: over {MAX_BYTES >> 30} GiB")
            say(f"  {source.name}: page {number}, {n_rows:,} rows")
        if not n_new:
            out.write(b"\n")  # a list without rows is a list; a file without bytes is none
    return n_new


def _pages(
    source: Source, since: str | None, session: Session
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The pages of a list, from 1, each judged beside those before it.

    Raises:
        Refused: The service refused, or gave something else than pages of rows.
        _DoesNotAddUp: The pages are not one whole list.
    """
    endpoint = source.endpoint
    assert endpoint is not None
    request = _first_request(endpoint, since)
    paginator = _paginator(endpoint)
    paginator.init_request(request)
    judge = _Judge(endpoint)
    for number in range(1, MAX_PAGES + 1):
        judge.asks(session_url(request))
        answer, document = _document(session, request)
        rows = _rows(document, endpoint.data, source.name)
        judge.takes(document, rows)
        try:
            paginator.update_state(answer, rows)
            paginator.update_request(request)
        except ValueError:  # its text holds the answer
            raise _DoesNotAddUp("the answer has not the fields that `pages` names") from None
        yield number, rows
        if not paginator.has_next_page:
            judge.ends()
            return
    raise _DoesNotAddUp(f"over {MAX_PAGES:,} pages")


def session_url(request: requests.Request) -> str:
    """What is asked: the address and its parameters, to see that nothing is asked twice."""
    return str(requests.Request("GET", request.url, params=request.params).prepare().url)


def _first_request(endpoint: Endpoint, since: str | None) -> requests.Request:
    params: dict[str, Any] = dict(endpoint.params)
    if endpoint.since and since is not None:
        params[endpoint.since] = since
    if endpoint.page_size and endpoint.page_size_param:
        params[endpoint.page_size_param] = endpoint.page_size
    url = f"{endpoint.base_url.rstrip('/')}/{endpoint.path.lstrip('/')}"
    return requests.Request("GET", url, params=params)


def _paginator(endpoint: Endpoint) -> Any:
    """The paginator of dlt for the way that pages follow each other."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    from dlt.sources.helpers.rest_client import paginators as of

    more: dict[str, Any] = {"has_more_path": endpoint.page_more}
    by = endpoint.pages_by
    if by == "page":
        start = 1 if endpoint.page_start is None else endpoint.page_start
        return of.PageNumberPaginator(
            base_page=start, page_param=endpoint.page_param or "page", total_path=None, **more
        )
    if by == "offset":
        return of.OffsetPaginator(
            limit=endpoint.page_size or 0, offset=endpoint.page_start or 0,
            offset_param=endpoint.page_param or "offset",
            limit_param=endpoint.page_size_param or "limit", total_path=None, **more,
        )  # fmt: skip
    if by == "cursor":
        return of.JSONResponseCursorPaginator(
            cursor_path=str(endpoint.page_at), cursor_param=endpoint.page_param, **more
        )
    if by == "link":
        return of.HeaderLinkPaginator()
    if by == "next_url":
        return of.JSONLinkPaginator(next_url_path=str(endpoint.page_at))
    return of.SinglePagePaginator()


class _Judge:
    """What is known of the pages so far, and what must not be."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._asked: set[str] = set()
        self._contents: set[bytes] = set()
        self._n_rows = 0
        self._total: int | None = None
        self._short: int | None = None

    def asks(self, url: str) -> None:
        """Refuse what was asked before: a cursor or a link that leads back."""
        if url in self._asked:
            raise _DoesNotAddUp("the pages lead back to one that was read (a loop)")
        self._asked.add(url)

    def takes(self, document: Any, rows: list[dict[str, Any]]) -> None:
        """Refuse a page that came before, and one after a page that was too short."""
        size = self._endpoint.page_size
        if rows and self._short is not None and self._endpoint.pages_by in ("page", "offset"):
            raise _DoesNotAddUp(
                f"a page of {self._short} rows where {size} were asked for, and more after it: set"
                " `size` to what the service gives"
            )
        content = hashlib.sha256(b"".join(_line(row) for row in rows)).digest()
        if rows and content in self._contents:
            raise _DoesNotAddUp("the same page came twice")
        self._contents.add(content)
        self._n_rows += len(rows)
        self._short = len(rows) if size and len(rows) < size else None
        if self._endpoint.total:
            told = _at(document, self._endpoint.total)
            if str(told).isdigit():
                self._total = int(str(told))

    def ends(self) -> None:
        """Refuse a list that is not as long as the service said."""
        if self._total is not None and self._total != self._n_rows:
            raise _DoesNotAddUp(f"{self._n_rows:,} rows came where it says {self._total:,}")


def _document(session: Session, request: requests.Request) -> tuple[requests.Response, Any]:
    """An answer and its JSON; one that is cut off is asked for again."""
    simplejson = _simplejson()
    while True:
        answer = session.get(request)
        try:
            return answer, simplejson.loads(answer.content, use_decimal=True)
        except (ValueError, RecursionError):
            session.broken("an answer is cut off, or is no JSON")


def _rows(document: Any, data: str | None, name: str) -> list[dict[str, Any]]:
    found = _at(document, data) if data else document
    if data is None and isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else [document] if not lists else None
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        where = f"at {data!r} of the answer" if data else "in the answer, or several lists"
        raise Refused("source.failed", f"{name}: no list of rows {where}; mend `data`")
    return found


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _line(row: dict[str, Any]) -> bytes:
    """A row as one line of JSON, its numbers digit for digit."""
    simplejson = _simplejson()
    text: str = simplejson.dumps(row, use_decimal=True, separators=(",", ":"))
    return text.encode() + b"\n"


def _simplejson() -> Any:
    """The library by its name: it has no types, and is needed only where a service is asked."""
    return importlib.import_module("simplejson")


def _digest(line: bytes) -> bytes:
    return hashlib.md5(line.rstrip(b"\n"), usedforsecurity=False).digest()
