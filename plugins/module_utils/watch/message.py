"""What a person reads: one message per look, in the shape that each kind of receiver takes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..findings.duration import age
from ..release.plain import plain_line
from .config import Way
from .notices import Event

# What people see first of each state; plain letters, for mail subjects and headers.
WORDS = {"new": "new", "still": "still there", "over": "over"}
# More than this nobody reads on a phone; the host knows all of it.
MOST_EVENTS = 20
LINE_LENGTH = 400
# Discord: developer documentation, "Create Message", content. The others take more.
DISCORD_LENGTH = 2000
ENV = re.compile(r"\bENV\b")


@dataclass(frozen=True)
class Message:
    """One message: a line, the text below it, and the same for machines."""

    title: str
    text: str
    urgent: bool
    content: dict[str, Any]


def of_events(host: str, environment: str, events: Sequence[Event], at: float) -> Message:
    """Return the message about what one look has to tell.

    Args:
        host: name in the inventory.
        environment: takes the place of ENV in commands.
        events: at least one.
        at: Unix time in seconds.
    """
    codes = ", ".join(dict.fromkeys(event.code for event in events if event.state != "over"))
    over = ", ".join(dict.fromkeys(event.code for event in events if event.state == "over"))
    heads = [*filter(None, [codes, f"over: {over}" if over else ""])]
    lines = [line for event in events[:MOST_EVENTS] for line in _lines(event, environment)]
    if len(events) > MOST_EVENTS:
        lines.append(f"... and {len(events) - MOST_EVENTS} more: slipway doctor {environment}")
    return Message(
        title=f"[{host}] {'; '.join(heads)}"[:LINE_LENGTH],
        text="\n".join(lines),
        urgent=any(event.state == "new" and event.severity == "error" for event in events),
        content={
            "host": host,
            "environment": environment,
            "at": _clock(at),
            "events": [_plain(event, environment) for event in events],
        },
    )


def of_trial(host: str, environment: str, at: float) -> Message:
    """Return the message that `slipway notify-test` sends."""
    text = f"Sent by `slipway notify-test {environment}` at {_clock(at)}: notices of {host} arrive here."
    content = {"host": host, "environment": environment, "at": _clock(at), "events": [], "test": True}
    return Message(f"[{host}] test", text, urgent=False, content=content)


def body(way: Way, message: Message) -> bytes:
    """Return what is posted to a way's URL, all kinds but e-mail."""
    if way.kind == "ntfy":
        return message.text.encode()
    return json.dumps(_shaped(way.kind, message)).encode()


def _shaped(kind: str, message: Message) -> dict[str, Any]:
    whole = f"{message.title}\n{message.text}"
    if kind == "slack":
        # https://docs.slack.dev/messaging/formatting-message-text: these three, and nothing is a link or a mention.
        return {"text": whole.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
    if kind == "mattermost":
        return {"text": whole.replace("@", "@\u200b")}  # no mention of anybody
    if kind == "discord":
        return {"content": whole[:DISCORD_LENGTH], "allowed_mentions": {"parse": []}}
    if kind == "teams":
        # Adaptive cards are what Teams' workflows take; a text block of one is Markdown, where lines need two ends.
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [
                {"type": "TextBlock", "text": message.title, "weight": "bolder", "wrap": True},
                {"type": "TextBlock", "text": message.text.replace("\n", "\n\n"), "wrap": True},
            ],
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        return {"type": "message", "attachments": [attachment]}
    return {"title": message.title, "text": message.text, **message.content}


def _lines(event: Event, environment: str) -> list[str]:
    head = f"{WORDS[event.state]}: {_cut(event.what)}"
    if event.state == "over":
        return [f"{head} ({event.code}, after {age(max(0, round(event.at - event.since)))})"]
    since = f", for {age(max(0, round(event.at - event.since)))}" if event.state == "still" else ""
    command = [f"   next: {_cut(ENV.sub(environment, event.command))}"] if event.command else []
    return [f"{head} ({event.code}{since})", *command]


def _plain(event: Event, environment: str) -> dict[str, Any]:
    told = {**event.as_dict(), "command": ENV.sub(environment, event.command)}
    return {key: plain_line(value) if isinstance(value, str) else _clock(value) for key, value in told.items()}  # type: ignore[arg-type]  # all else are times


def _cut(text: str) -> str:
    line = plain_line(text)
    return line if len(line) <= LINE_LENGTH else f"{line[: LINE_LENGTH - 3]}..."


def _clock(unix_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_s))
