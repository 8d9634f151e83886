"""One service over HTTPS: the hosts that may be asked, caps on time and bytes, what is retried.

Here: a request to its answer's bytes, or to a refusal that names no value. Not here: pages and rows
(rest). The token goes to the hosts that the company file names and to no other, and no redirect is
followed off them.
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests

from orchestration.fetching.patience import Patience
from orchestration.landing.problems import Refused

if TYPE_CHECKING:
    from orchestration.company import Endpoint, Source

CONNECT_SECONDS = 15
READ_SECONDS = 60
MAX_PAGE_BYTES = 64 << 20
MAX_REDIRECTS = 5
_BLOCK = 256 << 10
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Session:
    """Asks one service, page by page."""

    def __init__(self, source: Source, say: Callable[[str], None], patience: Patience) -> None:
        """Ask the service of a source; `patience` is shared by all of its pages."""
        endpoint = source.endpoint
        assert endpoint is not None
        self._source, self._endpoint, self._patience = source, endpoint, patience
        self._hosts = {_host(endpoint.base_url), *endpoint.hosts}
        self._is_local = urlsplit(endpoint.base_url).hostname in _LOOPBACK
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc: the company file says it all
        self._session.headers.update(_headers(source, endpoint))

    def get(self, request: requests.Request) -> requests.Response:
        """The answer to a request, its body read whole and under the caps.

        Raises:
            Refused: source.unsafe, source.denied, source.missing, source.failed, or
                source.unreachable after the last try.
        """
        while True:
            answer, why, pause = self._try(request)
            if answer is not None:
                self._patience.progress()
                return answer
            if not self._patience.wait(f"  {self._source.name}: {why}", pause):
                raise Refused(
                    "source.unreachable",
                    f"{self._source.name}: {why}, and trying again did not help; run again later",
                )

    def broken(self, why: str) -> None:
        """Note an answer that came and was no good; returns where it may be asked again.

        Raises:
            Refused: source.incomplete, after the last try.
        """
        if not self._patience.wait(f"  {self._source.name}: {why}"):
            raise Refused(
                "source.incomplete",
                f"{self._source.name}: {why}, and trying again did not help; nothing of it is"
                " taken; run again later",
            )

    def _try(self, request: requests.Request) -> tuple[requests.Response | None, str, float | None]:
        """One try: an answer, or why there is none that may come, and how long to wait."""
        prepared = self._session.prepare_request(request)
        started = time.monotonic()
        try:
            answer = self._follow(prepared)
            body = self._body(answer, started)
        except requests.Timeout:
            return None, "no answer in time", None
        except requests.RequestException as problem:
            return None, f"the connection broke ({type(problem).__name__})", None
        if answer.status_code in _AGAIN:
            return None, f"it answers {answer.status_code}", _retry_after(answer)
        self._judge(answer, body)
        answer._content = body  # what `answer.json()` reads
        return answer, "", None

    def _follow(self, prepared: requests.PreparedRequest) -> requests.Response:
        for _ in range(MAX_REDIRECTS):
            self._check(str(prepared.url))
            answer = self._session.send(
                prepared, allow_redirects=False, stream=True, timeout=(CONNECT_SECONDS,
                min(READ_SECONDS, self._source.timeout_seconds)),
            )  # fmt: skip
            if not answer.is_redirect:
                return answer
            answer.close()
            prepared = prepared.copy()
            prepared.url = urljoin(str(answer.url), answer.headers["location"])
        raise Refused("source.failed", f"{self._source.name}: it redirects without end")

    def _check(self, url: str) -> None:
        """Refuse a host that the company file does not name, and anything in the clear."""
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (self._is_local and parts.hostname in _LOOPBACK)
        if not safe or _host(url) not in self._hosts:
            raise Refused(
                "source.unsafe",
                f"{self._source.name}: leads to another host, or away from https; add it to"
                " `hosts` of the source if it is one of theirs",
            )

    def _body(self, answer: requests.Response, started: float) -> bytes:
        """The body under the caps on bytes and on time; a slow drip ends too."""
        blocks: list[bytes] = []
        size = 0
        with answer:
            for block in answer.iter_content(_BLOCK):
                blocks.append(block)
                size += len(block)
                if size > MAX_PAGE_BYTES:
                    raise Refused(
                        "source.unsafe",
                        f"{self._source.name}: a page of over {MAX_PAGE_BYTES >> 20} MiB; ask for"
                        " smaller pages",
                    )
                if time.monotonic() - started > self._source.timeout_seconds:
                    raise requests.Timeout
        said = answer.headers.get("content-length", "")
        if said.isdigit() and not answer.headers.get("content-encoding") and size < int(said):
            raise requests.ConnectionError
        return b"".join(blocks)

    def _judge(self, answer: requests.Response, body: bytes) -> None:
        name, code = self._source.name, answer.status_code
        if code in (401, 403, 407):
            raise Refused(
                "source.denied",
                f"{name}: answers {code}: the token is not taken (any more); nothing of this list"
                " is taken; renew the token and run again",
            )
        if code in (404, 410):
            raise Refused("source.missing", f"{name}: answers {code}; mend `path` of the endpoint")
        if code != 200:
            raise Refused("source.failed", f"{name}: answers {code}; mend `params`")
        if body.lstrip()[:1] == b"<":
            raise Refused(
                "source.denied",
                f"{name}: answers with a web page (of a login?) where JSON is expected; see the"
                " token and base_url",
            )


def _headers(source: Source, endpoint: Endpoint) -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": "wholeview"}
    if endpoint.auth == "bearer":
        headers["Authorization"] = f"Bearer {source.token}"
    elif endpoint.auth == "basic":
        coded = base64.b64encode(source.token.encode()).decode()
        headers["Authorization"] = f"Basic {coded}"
    elif endpoint.auth == "header" and endpoint.header:
        headers[endpoint.header] = source.token
    return headers


def _host(url: str) -> str:
    """Host, and port where it is not the usual one."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{(parts.hostname or '').lower()}{port}"


def _retry_after(answer: requests.Response) -> float | None:
    """How long the service asks to wait, in seconds; its date is read by its own clock."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    then, now = (_moment(text) for text in (said, answer.headers.get("date", "")))
    return max(0.0, (then - now).total_seconds()) if then and now else None


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
