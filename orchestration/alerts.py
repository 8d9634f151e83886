"""Telling people of a failed night: always in the log, and where the environment names, further.

Belongs here: the failure sensor, its webhook and its e-mail. Does not: deciding that a night has
failed (assets/), or when one runs (schedules.py).

=====================================  ==========================================================
``WHOLEVIEW_ALERT_WEBHOOK``            https address that takes a JSON object with ``text``
``WHOLEVIEW_ALERT_EMAIL_TO``           addresses with commas between; without it no e-mail is sent
``WHOLEVIEW_ALERT_EMAIL_FROM``         sender; default: the first of the addresses
``WHOLEVIEW_ALERT_EMAIL_HOST``         mail server, ``host`` or ``host:port``; default localhost
``WHOLEVIEW_ALERT_EMAIL_SECURITY``     ``ssl``, ``starttls`` or ``none``; default starttls, and
                                       none on this machine; default ports 465, 587 and 25
``WHOLEVIEW_ALERT_EMAIL_USER``         user name; without it the server is used without one
``WHOLEVIEW_ALERT_EMAIL_PASSWORD``     password
=====================================  ==========================================================
"""

import http.client
import json
import smtplib
import ssl
import urllib.request
from collections.abc import Mapping
from email.message import EmailMessage

import dagster as dg

from orchestration.company import Company
from orchestration.home import Home
from orchestration.ledger import Ledger

_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_PORTS = {"ssl": 465, "starttls": 587, "none": 25}
_EMAIL = "WHOLEVIEW_ALERT_EMAIL_"


def failure_sensor(company: Company, home: Home, environ: Mapping[str, str]) -> dg.SensorDefinition:
    """Make the sensor that tells of a failed night, of every run that did not end well."""

    @dg.run_failure_sensor(
        name="tell_of_a_failed_night",
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description="Tells of a failed night: in the log, by webhook and e-mail where configured.",
    )
    def tell(context: dg.RunFailureSensorContext) -> None:
        text = failure_text(company, home, context.dagster_run)
        context.log.error(text)
        problems = notify(text, f"{company.name}: a night failed", environ)
        if problems:  # the tick fails, so that an alert nobody got is itself to be seen
            raise dg.Failure("; ".join(problems))

    return tell


def failure_text(company: Company, home: Home, run: dg.DagsterRun) -> str:
    """Say which night failed and why, in one line, as the ledger has it."""
    message = None
    if home.ledger.exists():
        with Ledger(home.ledger) as ledger:
            message = next((r.message for r in ledger.runs() if r.run_id == run.run_id), None)
    day = run.tags.get("dagster/partition", "without a date")
    return f"{company.name}: the night {day} failed: {message or 'see the run in the UI'}"


def notify(text: str, subject: str, environ: Mapping[str, str]) -> list[str]:
    """Send a text wherever the environment names; a failing way does not keep back the others.

    Returns:
        What could not be sent, a line each, without addresses or passwords.
    """
    problems = []
    if webhook := environ.get("WHOLEVIEW_ALERT_WEBHOOK"):
        try:
            post_json(webhook, {"text": text})
        except (OSError, ValueError) as error:
            problems.append(f"the webhook was not reached: {error}")
        except http.client.HTTPException as error:  # its text quotes the address
            problems.append(f"the webhook was not reached: {type(error).__name__}")
    if environ.get(f"{_EMAIL}TO"):
        try:
            send_mail(subject, text, environ)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            problems.append(f"the e-mail was not sent: {type(error).__name__}")
    return problems


def post_json(url: str, body: dict[str, str], timeout: float = 10.0) -> None:
    """Post a JSON object over https (or http on loopback).

    Raises:
        ValueError: Where the address is neither.
        OSError: Where it cannot be reached or refuses.
    """
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise ValueError("WHOLEVIEW_ALERT_WEBHOOK must be an https address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=timeout):  # noqa: S310
        pass


def send_mail(subject: str, text: str, environ: Mapping[str, str], timeout: float = 10.0) -> None:
    """Send a plain text by the mail server that the environment names.

    Raises:
        ValueError: Where a variable cannot be read.
        OSError: Where the server is not reached or refuses (``smtplib.SMTPException`` is one).
    """
    given = {n.removeprefix(_EMAIL): v for n, v in environ.items() if n.startswith(_EMAIL) and v}
    to = [address.strip() for address in given["TO"].split(",") if address.strip()]
    host, _, port = given.get("HOST", "localhost").partition(":")
    default = "none" if host in _ON_THIS_MACHINE else "starttls"
    security = given.get("SECURITY", default).lower()
    if security not in _PORTS:
        raise ValueError(f"{_EMAIL}SECURITY must be ssl, starttls or none")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        subject, given.get("FROM", to[0]), ", ".join(to),
    )  # fmt: skip
    message.set_content(text)
    where = (host, int(port or _PORTS[security]))
    safe = ssl.create_default_context()
    server: smtplib.SMTP
    if security == "ssl":
        server = smtplib.SMTP_SSL(*where, timeout=timeout, context=safe)
    else:
        server = smtplib.SMTP(*where, timeout=timeout)
    with server:
        if security == "starttls":
            server.starttls(context=safe)
        if "USER" in given:
            server.login(given["USER"], given.get("PASSWORD", ""))
        server.send_message(message)
