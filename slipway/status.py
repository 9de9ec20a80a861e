"""`make status`: the releases of every host, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import cast

from ansible_collections.slipway.kit.plugins.module_utils.release.plain import plain
from ansible_collections.slipway.kit.plugins.plugin_utils import forms
from ansible_collections.slipway.kit.plugins.plugin_utils.release_table import table
from slipway.asked import UNKNOWN, Asked, NotAskedError, ask
from slipway.pipeline.given import refuse_strange
from slipway.pipeline.refusal import EXIT_REFUSED, RefusalError

EXIT_CODES = "exit codes: 0 every host answered; 3 no host was asked, or one did not answer."


def main() -> int:
    """Ask all hosts of an inventory and print what they say."""
    parser = argparse.ArgumentParser(prog="python -m slipway.status", description=__doc__, epilog=EXIT_CODES)
    parser.add_argument("-i", dest="inventories", action="append", required=True, help="inventory folder")
    parser.add_argument("--app", default="", help="only this one")
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args()
    try:
        refuse_strange(vars(given), {"app": forms.APP}, "--app, or APP behind `make status`")
        asked = ask("playbooks/status.yml", given.inventories, {"app_only": given.app})
    except RefusalError as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    except NotAskedError as error:
        print(plain(str(error)), file=sys.stderr)
        return UNKNOWN
    answers, problems = read(asked)
    if given.json:
        print(json.dumps({"hosts": answers, "problems": problems}, indent=1))
    else:
        for host, apps in answers.items():
            print("\n".join([host, *table(apps), ""]))
    for host, problem in problems.items():
        print(plain(f"{host}: {problem}"), file=sys.stderr)
    return UNKNOWN if problems else 0


def read(asked: Asked) -> tuple[dict[str, list[Mapping[str, object]]], dict[str, str]]:
    """Sort what the hosts said into statuses and problems, both by host."""
    answers: dict[str, list[Mapping[str, object]]] = {host: [] for host in asked.hosts if host not in asked.problems}
    problems = dict(asked.problems)
    for host, item in ((host, item) for task in asked.tasks for host, item in _items(task)):
        if "status" in item:
            answers.setdefault(host, []).append(cast("Mapping[str, object]", item["status"]))
        elif item.get("failed") or item.get("unreachable"):
            problems[host] = str(item.get("msg"))
    return answers, problems


def _items(task: Mapping[str, object]) -> Iterable[tuple[str, Mapping[str, object]]]:
    """Yield each host with what one of the loop's turns told."""
    for host, result in cast("Mapping[str, Mapping[str, object]]", task["hosts"]).items():
        items = result.get("results")
        yield from ((host, item) for item in (items if isinstance(items, list) else ()))


if __name__ == "__main__":
    sys.exit(main())
