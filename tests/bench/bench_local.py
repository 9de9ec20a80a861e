"""How long a developer waits: from saving a file to the page that shows it, over HTTPS, with nothing done by hand."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.bench.figure import Figure
from tests.e2e.developer import HEADLINE, Developer, with_strongbox

TITLE = "A change of the source under `make local`"
CHANGES = 10
PLACE = "[changed]"
FRONT = "return _page({})"  # the front page's view ends so
FIGURES = (
    Figure("template_s", "a template, median of ten", "s", at_most=2),
    Figure("template_worst_s", "a template, the slowest", "s", at_most=2),
    Figure("code_s", "Python code, median of ten", "s", at_most=2),
    Figure("code_worst_s", "Python code, the slowest", "s", at_most=2),
)


def measure() -> Mapping[str, float]:
    """Change both kinds of file ten times."""
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as home:
        developer = with_strongbox(Path(home))
        developer.up()
        try:
            template = waits(developer, "templates/generator.html", HEADLINE, PLACE)
            code = waits(developer, "generator.py", FRONT, f'{FRONT}.replace("Truly random", "{PLACE}")')
        finally:
            developer.run("reset", "--yes")
    return {
        "template_s": statistics.median(template),
        "template_worst_s": max(template),
        "code_s": statistics.median(code),
        "code_worst_s": max(code),
    }


def waits(developer: Developer, file: str, old: str, new: str) -> list[float]:
    """Change one place of a file again and again; return the seconds until each change was on the page."""
    path = developer.folder / "src" / "strongbox" / "web" / file
    before = path.read_text()
    found = []
    for number in range(CHANGES):
        text = f"Changed {number} times"
        path.write_text(before.replace(old, new.replace(PLACE, text), 1))
        found.append(developer.seconds_until(text))
    path.write_text(before)
    developer.seconds_until(HEADLINE)
    return found
