"""A service on this machine that answers as it is told to, and notes what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Reply = tuple[int, dict[str, str], bytes]


def ok(document: Any, **headers: str) -> Reply:
    """An answer of JSON."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, given, json.dumps(document).encode()


class Service:
    """Runs `answer(path, parameters, headers)` for each request; faults go before it, in order."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[str | None] = []
        self.faults: dict[int, list[Reply]] = {}  # by the number of the request, from 1
        self.answer: Callable[[str, dict[str, str]], Reply] = lambda path, given: ok([])
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                given = {k: v[0] for k, v in parse_qs(parts.query).items()}
                number = len(service.asked) + 1
                service.asked.append((parts.path, given))
                service.tokens.append(self.headers.get("authorization"))
                waiting = service.faults.get(number)
                status, headers, body = (
                    waiting.pop(0) if waiting else service.answer(parts.path, given)
                )
                self.send_response_only(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        """Let go of the port."""
        self.server.shutdown()
        self.server.server_close()
