"""Pages for people: server-rendered, usable without JavaScript, on a phone, by keyboard and by screen reader."""

from __future__ import annotations

from flask import Flask

from strongbox.services import services
from strongbox.web import account, generator, records, transfer
from strongbox.web.identity import current_user

__all__ = ["install"]


def install(app: Flask) -> None:
    """Add the pages."""
    for part in (generator, account, records, transfer):
        app.register_blueprint(part.blueprint)
    # The generator keeps no session, so there is nothing that a forged form could use.
    app.extensions["csrf"].exempt("strongbox.web.generator.generate")

    @app.context_processor
    def common() -> dict[str, object]:
        return {"current_user": current_user, "settings": services().settings}
