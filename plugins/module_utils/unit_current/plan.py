"""From facts to commands. Pure."""

from __future__ import annotations

from .facts import Facts


def plan(name: str, service: Facts, socket_name: str | None, socket: Facts | None, *, start: bool) -> list[list[str]]:
    """Return the systemctl commands that make `name` run what is installed; nothing to do is an empty list.

    Args:
        name: the service.
        service: its facts.
        socket_name: the socket unit that activates it, if any.
        socket: the facts of that.
        start: enable and start it, too; otherwise only what runs already is restarted.
    """
    commands: list[list[str]] = []
    units = [name] if socket_name is None else [socket_name, name]
    facts = [service] if socket is None else [socket, service]
    if any(fact.needs_reload or (start and not fact.known) for fact in facts):
        commands.append(["systemctl", "daemon-reload"])
    disabled = [unit for unit, fact in zip(units, facts, strict=True) if not fact.enabled]
    if start and disabled:
        commands.append(["systemctl", "enable", *disabled])
    if socket is not None and socket.stale and service.active:
        # A socket can't be opened again under a running service: both, in one transaction.
        commands.append(["systemctl", "restart", *units])
    elif service.stale:
        commands.append(["systemctl", "restart", name])
    elif start and not all(fact.active for fact in facts):
        commands.append(["systemctl", "start", *units])
    return commands
