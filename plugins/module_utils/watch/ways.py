"""The ways out: how a message reaches people, by HTTP or SMTP. Python's own library can do both, so that is all.

A library such as Apprise knows more services, and every host would have to keep it and what it needs up to date.
"""

from __future__ import annotations

import smtplib
import ssl
import urllib.error
import urllib.request
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from ..backup.ping import ping
from ..release.plain import plain_line
from . import message as messages
from .config import Way
from .message import Message

TIMEOUT_S = 10
URLS = ("ntfy", "slack", "mattermost", "discord", "teams", "webhook")
SECURITY_PORTS = {"starttls": 587, "tls": 465, "none": 25}
ANSWER_LENGTH = 200


class _Refused(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a message with its secret URL goes to whom it was written for, or to nobody."""

    def redirect_request(self, *_: Any) -> None:
        return None


def send(way: Way, message: Message) -> str:
    """Send a message; return why it did not arrive, empty where it did. Never holds a secret."""
    try:
        if way.kind == "email":
            _mail(way, message)
        elif way.kind in URLS:
            _post(way, message)
        else:
            return f"{way.kind!r} is not a kind that this host knows"
    except urllib.error.HTTPError as error:
        with error:
            said = plain_line(error.read(ANSWER_LENGTH).decode(errors="replace")).strip()
        return f"it answered {error.code} {said}".strip()
    except smtplib.SMTPException as error:
        return _refusal(error)
    except (OSError, ValueError) as error:
        return plain_line(str(getattr(error, "reason", "") or error))[:ANSWER_LENGTH] or type(error).__name__
    return ""


def beat(url: str) -> str:
    """Let the heartbeat's URL hear that this host lives; returns a warning where it did not."""
    warning: str = ping(url, "success")
    return warning


def _post(way: Way, message: Message) -> None:
    headers = {"Content-Type": "text/plain; charset=utf-8" if way.kind == "ntfy" else "application/json"}
    if way.kind == "ntfy":
        # https://docs.ntfy.sh/publish: headers, of which HTTP takes ASCII alone.
        headers |= {"Title": message.title.encode("ascii", "replace").decode()}
        headers |= {"Priority": "high" if message.urgent else "default"}
    if way.get("token"):
        headers["Authorization"] = f"Bearer {way.get('token')}"
    request = urllib.request.Request(way.get("url"), data=messages.body(way, message), headers=headers)  # noqa: S310 - preflight takes http(s) only
    with urllib.request.build_opener(_Refused).open(request, timeout=TIMEOUT_S) as answer:
        answer.read(1)


def _mail(way: Way, message: Message) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.title, way.get("from"), way.get("to")
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=way.get("from").rpartition("@")[2] or None)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers it
    mail.set_content(f"{message.text}\n")
    security = way.get("security") or "starttls"
    port = int(way.get("port") or SECURITY_PORTS[security])
    context = ssl.create_default_context()
    if security == "tls":
        with smtplib.SMTP_SSL(way.get("server"), port, timeout=TIMEOUT_S, context=context) as smtp:
            _handed_over(smtp, way, mail)
        return
    with smtplib.SMTP(way.get("server"), port, timeout=TIMEOUT_S) as smtp:
        if security == "starttls":
            smtp.starttls(context=context)
        _handed_over(smtp, way, mail)


def _handed_over(smtp: smtplib.SMTP, way: Way, mail: EmailMessage) -> None:
    if way.get("user"):
        smtp.login(way.get("user"), way.get("password"))
    smtp.send_message(mail)


def _refusal(error: smtplib.SMTPException) -> str:
    """Return what an SMTP server said; a refused password is not repeated by any of them, and neither here."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [(who, code, text.decode(errors="replace")) for who, (code, text) in error.recipients.items()]
        said = "; ".join(f"{who}: {code} {text}" for who, code, text in answers)
        return plain_line(f"it refused {said}")[:ANSWER_LENGTH]
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return plain_line(f"it answered {error.smtp_code} {text}")[:ANSWER_LENGTH]
    return plain_line(str(error))[:ANSWER_LENGTH]
