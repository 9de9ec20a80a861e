"""`make status`: the releases of every host, as a table or as JSON. Exit code 1 when a host could not be asked."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).resolve().parents[1]
ansible.module_utils.__path__.append(str(ROOT / "plugins" / "module_utils"))

from ansible.module_utils.release.plain import plain  # noqa: E402 - found through the line above
from ansible.module_utils.release.table import table  # noqa: E402 - found through the line above


def main() -> int:
    """Ask all hosts of an inventory and print what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-i", dest="inventories", action="append", required=True, help="inventory folder")
    parser.add_argument("--app", default="", help="only this one")
    parser.add_argument("--json", action="store_true", help="for machines")
    given = parser.parse_args()
    answers, problems = ask(given.inventories, given.app)
    if given.json:
        print(json.dumps({"hosts": answers, "problems": problems}, indent=1))
    else:
        for host, apps in answers.items():
            print("\n".join([host, *table(apps), ""]))
    for host, problem in problems.items():
        print(plain(f"{host}: {problem}"), file=sys.stderr)
    return 1 if problems else 0


def ask(inventories: list[str], app: str) -> tuple[dict[str, list[Mapping[str, object]]], dict[str, str]]:
    """Return the status of the apps by host, and what went wrong by host."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "playbooks/status.yml"]
    command += [part for inventory in inventories for part in ("-i", inventory)]
    command += ["-e", json.dumps({"app_only": app})]
    environment = {**os.environ, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    try:
        tasks = json.loads(done.stdout[done.stdout.index("{") :])["plays"][0]["tasks"]
    except (ValueError, LookupError):
        sys.exit(f"{done.stdout}\nansible-playbook could not run; see above.")
    return read(tasks)


def read(
    tasks: list[Mapping[str, dict[str, dict[str, object]]]],
) -> tuple[dict[str, list[Mapping[str, object]]], dict[str, str]]:
    """Sort what the JSON callback reports of the tasks into statuses and problems, both by host."""
    answers: dict[str, list[Mapping[str, object]]] = {}
    problems: dict[str, str] = {}
    for task in tasks:
        for host, result in task["hosts"].items():
            items = result.get("results")
            for item in items if isinstance(items, list) else []:
                if "status" in item:
                    answers.setdefault(host, []).append(item["status"])
                elif item.get("failed"):
                    problems[host] = str(item.get("msg"))
            if result.get("unreachable") or (result.get("failed") and host not in problems):
                problems[host] = str(result.get("msg"))
    return answers, problems


if __name__ == "__main__":
    sys.exit(main())
