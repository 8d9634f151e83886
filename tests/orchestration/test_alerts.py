"""People are told of a failed night: by webhook and e-mail, and a failing way hides no other."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.alerts import failure_sensor, notify, post_json, send_mail
from orchestration.company import Company, load_company
from orchestration.home import Home
from orchestration.ledger import Ledger, Run


class Webhook(http.server.HTTPServer):
    """A server that keeps what is posted to it, and answers with a status of choice."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), _Hook)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/alert"


class _Hook(http.server.BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Mail(socketserver.TCPServer):
    """A mail server that takes one message after the other and keeps what was said to it."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.said: list[str] = []
        self.messages: list[str] = []
        super().__init__(("127.0.0.1", 0), _Smtp)


class _Smtp(socketserver.StreamRequestHandler):
    server: Mail

    def handle(self) -> None:
        self._answer("220 ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.said.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                self._answer("354 go on")
                body = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    body.append(text)
                self.server.messages.append("\n".join(body))
            if verb == "QUIT":
                self._answer("221 bye")
                return
            answers = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 come in"}
            self._answer(answers.get(verb, "250 ok"))

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def serving(server: socketserver.TCPServer) -> Iterator[socketserver.TCPServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    yield from serving(Webhook())  # type: ignore[misc]


@pytest.fixture
def mail() -> Iterator[Mail]:
    yield from serving(Mail())  # type: ignore[misc]


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "company.yml").write_text(
        "company: {name: Corner Shop, timezone: Europe/Berlin, currency: EUR, country: DE}\n"
        "sources: {till: {files: till.csv}}\n"
        "feeds: {products: [{from: till, columns: {product_id: id}}]}\n"
    )
    return load_company(tmp_path / "company.yml", {})


def mail_settings(mail: Mail, **more: str) -> dict[str, str]:
    given = {"TO": "ops@shop.example, cx@shop.example", "FROM": "nights@shop.example", **more}
    given["HOST"] = f"127.0.0.1:{mail.server_address[1]}"
    return {f"WHOLEVIEW_ALERT_EMAIL_{name}": value for name, value in given.items()}


def failed_run(home: Home, message: str) -> dg.RunFailureSensorContext:
    """A failed run in Dagster and in the ledger, as the daemon hands it to the sensor."""

    @dg.op
    def step() -> None:
        raise ValueError("no")

    @dg.job(tags={"dagster/partition": "2026-03-09"})
    def nightly() -> None:
        step()

    with dg.DagsterInstance.ephemeral() as instance:
        result = nightly.execute_in_process(instance=instance, raise_on_error=False)
        home.prepare()
        with Ledger(home.ledger) as ledger:
            ledger.put_run(
                Run(result.run_id, None, dt.datetime.now(dt.UTC), status="failed", message=message)
            )
        return dg.build_run_status_sensor_context(
            sensor_name="tell_of_a_failed_night",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()


def test_the_sensor_says_which_night_failed_and_why(company, webhook, mail, tmp_path):
    home = Home(tmp_path / "home")
    environ = {"WHOLEVIEW_ALERT_WEBHOOK": webhook.url, **mail_settings(mail)}
    sensor = failure_sensor(company, home, environ)
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    context = failed_run(home, "gate core.fct_order.row_count: 3 against at least 1,000")
    sensor(context)
    said = (
        "Corner Shop: the night 2026-03-09 failed:"
        " gate core.fct_order.row_count: 3 against at least 1,000"
    )
    assert webhook.got == [{"text": said}]
    (message,) = mail.messages
    assert "Subject: Corner Shop: a night failed" in message
    assert "core.fct_order.row_count" in message
    assert "rcpt TO:<cx@shop.example>" in mail.said


def test_nothing_is_sent_where_nothing_is_configured(company, webhook, mail, tmp_path):
    home = Home(tmp_path / "home")
    failure_sensor(company, home, {})(failed_run(home, "no file"))
    assert not webhook.got
    assert not mail.said


def test_a_webhook_that_fails_keeps_back_no_mail_and_is_told(company, webhook, mail, tmp_path):
    webhook.status = 500
    home = Home(tmp_path / "home")
    environ = {"WHOLEVIEW_ALERT_WEBHOOK": webhook.url, **mail_settings(mail)}
    context = failed_run(home, "no file")
    with pytest.raises(dg.Failure, match="the webhook was not reached: HTTP Error 500"):
        failure_sensor(company, home, environ)(context)
    assert len(mail.messages) == 1


def test_a_user_logs_in(mail):
    send_mail("s", "t", mail_settings(mail, USER="nights", PASSWORD="secret"))
    assert any(line.startswith("AUTH PLAIN") for line in mail.said)
    assert len(mail.messages) == 1


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"WHOLEVIEW_ALERT_WEBHOOK": "http://elsewhere.example/x"}, "must be an https address"),
        ({"WHOLEVIEW_ALERT_WEBHOOK": "https://hooks.example/secret here"}, "InvalidURL"),
        ({"WHOLEVIEW_ALERT_EMAIL_TO": "a@b.example", "WHOLEVIEW_ALERT_EMAIL_SECURITY": "tsl"},
         "ValueError"),
        ({"WHOLEVIEW_ALERT_EMAIL_TO": "a@b.example", "WHOLEVIEW_ALERT_EMAIL_HOST": "127.0.0.1:1"},
         "the e-mail was not sent: ConnectionRefusedError"),
    ],
)  # fmt: skip
def test_what_could_not_be_sent_is_said_without_secrets(environ, problem):
    (said,) = notify("text", "subject", {**environ, "WHOLEVIEW_ALERT_EMAIL_PASSWORD": "secret"})
    assert problem in said
    assert "secret" not in said


def test_a_webhook_takes_json(webhook):
    post_json(webhook.url, {"text": "hello"})
    assert webhook.got == [{"text": "hello"}]
