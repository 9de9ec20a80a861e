"""An app's site in Caddy's configuration: it comes with a release, and goes back with it.

What was there before lies in the app's state from the moment before the site is exchanged to the end of the change. So
a run that dies at any moment leaves behind what the next one needs to put it back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ..config_tree import change as config_tree
from ..config_tree.change import Outcome, Tree
from . import files
from .errors import SiteError

CADDY = Path("/etc/caddy")
# All that Caddy reads along with the sites.
BESIDE = ["Caddyfile", "answers.caddy", "acme-root.pem", "sites/*.caddy", "conf.d/*.caddy", "routes/*", "pages/*"]
# As its own user: a validation opens log files and makes local authorities, which root would then own.
VALIDATE = ["runuser", "-u", "caddy", "--", "/usr/local/bin/caddy", "validate", "--config", "Caddyfile"]
ACTIVATE = ["systemctl", "try-reload-or-restart", "caddy.service"]
FORMER = "site.former"
# What of an app its site says, and how to show it; the names are shown apart.
FACTS = ("exposure", "max_body_mib", "overlap", "hold_seconds")
HIDDEN = {"access": "access", "routes": "paths of processes", "slots": "loopback ports"}


class Site:
    """The site of one app on this host."""

    def __init__(self, app: str, state_dir: Path) -> None:
        self._app, self._former = app, state_dir / FORMER
        self._file = f"sites/{app}.caddy"

    def exists(self) -> bool:
        """Whether Caddy has a site of the app."""
        return self._read() is not None

    def differs(self, text: str) -> bool:
        """Whether Caddy does not have this site yet, or an interrupted run left open whether it has."""
        return self._read() != text or (CADDY / config_tree.MARKER).exists()

    def check(self, text: str) -> None:
        """Have Caddy look at the site beside all others; nothing changes.

        Raises:
            SiteError: Caddy refuses it.
        """
        self._bring_about({self._file: text}, check=True)

    def write(self, text: str) -> None:
        """Give Caddy the site, which `check` has been through, and remember the former one.

        Raises:
            SiteError: Caddy refuses it; it goes on with the former one.
        """
        files.write_json(self._former, {"text": self._read()})
        self._bring_about({self._file: text}, validate=False)

    def bring(self, text: str) -> None:
        """Give Caddy a checked site while the release stays what it is; an empty text changes nothing.

        Raises:
            SiteError: Caddy refuses it; it goes on with the former one.
        """
        if text and self.differs(text):
            self._bring_about({self._file: text}, validate=False)

    def put_back(self) -> bool:
        """Give Caddy the former site again, where `write` has exchanged it; tells whether it did.

        Raises:
            SiteError: Caddy does not take it; the next attempt finds what this one found.
        """
        former = files.read_json(self._former)
        if former is None:
            return False
        text = former.get("text")
        if isinstance(text, str):
            self._bring_about({self._file: text}, validate=False)
        else:
            self._bring_about({}, prune=[self._file], validate=False)
        self.keep()
        return True

    def keep(self) -> None:
        """The site stays as it is: there is nothing to go back to any more."""
        files.remove(self._former)

    def _read(self) -> str | None:
        try:
            return (CADDY / self._file).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _bring_about(
        self, texts: dict[str, str], *, prune: Collection[str] = (), check: bool = False, validate: bool = True
    ) -> Outcome:
        return _bring_about(texts, self._app, prune=prune, check=check, validate=validate)


def remove(apps: Collection[str], *, check_mode: bool) -> list[str]:
    """Take the sites of apps away; returns the names of those that had one.

    Raises:
        SiteError: Caddy does not take it; the sites are there as before.
    """
    found = sorted(app for app in apps if (CADDY / f"sites/{app}.caddy").is_file())
    if found:
        prune = [f"sites/{app}.caddy" for app in found]
        _bring_about({}, ", ".join(found), prune=prune, check=check_mode, validate=False)
    return found


def news(before: Mapping[str, object] | None, after: Mapping[str, object], *, known: bool) -> str:
    """Say in a line what is new about an app's site.

    Args:
        before: the app as it was declared for the live release, completed; None where that was not written down.
        after: the app as it is declared now.
        known: whether there is a site already.
    """
    if not known:
        return f"the site is added: {', '.join(_names(after))}"
    if before is None:
        return "the site is changed"
    was, now = _names(before), _names(after)
    parts = [f"+ {name}" for name in now if name not in was] + [f"- {name}" for name in was if name not in now]
    parts += [
        f"{fact} {_shown(before.get(fact))} -> {_shown(after.get(fact))}"
        for fact in FACTS
        if before.get(fact) != after.get(fact)
    ]
    parts += [words for fact, words in HIDDEN.items() if before.get(fact) != after.get(fact)]
    return f"the site is changed: {', '.join(parts)}" if parts else "the site is changed"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(app: Mapping[str, object]) -> list[str]:
    names = app.get("names")
    return [str(name) for name in names] if isinstance(names, list) else []


def _bring_about(texts: dict[str, str], whose: str, *, prune: Collection[str], check: bool, validate: bool) -> Outcome:
    tree = Tree(
        dest=str(CADDY),
        files=texts,
        prune=list(prune),
        beside=BESIDE,
        validate=VALIDATE if validate else [],
        activate=ACTIVATE,
    )
    try:
        return config_tree.bring_about(tree, check=check)
    except (config_tree.RefusedError, FileNotFoundError) as error:
        told = str(error).splitlines()
        raise SiteError(
            f"{whose}: Caddy does not take the site: {told[0]}",
            evidence=told[1:][-3:],
            fix="correct the app in slipway_apps; `slipway site ENV` writes all sites again at once",
        ) from error
