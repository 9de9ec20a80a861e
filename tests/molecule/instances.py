"""What Molecule's create and destroy do: start and remove the rig of the scenario that the environment names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import yaml

from slipway.rig import Rig, RigError


def rig_name() -> str:
    """Return the name of the scenario's rig: molecule-ROLE-SCENARIO."""
    role = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"]).name
    return f"molecule-{role}-{os.environ['MOLECULE_SCENARIO_NAME']}".replace("_", "-")


def hosts(scenario: str) -> dict[str, list[str]]:
    """Return the platforms of a scenario, each with its `aliases`, from the text of its configuration."""
    return {platform["name"]: platform.get("aliases", []) for platform in yaml.safe_load(scenario)["platforms"]}


def up() -> None:
    """Start the rig and leave a link to its folder where the scenario's configuration expects it."""
    rig = Rig.up(rig_name(), hosts(Path(os.environ["MOLECULE_FILE"]).read_text()), kept=True)
    link = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "rig")
    link.unlink(missing_ok=True)
    link.symlink_to(rig.folder)


def down() -> None:
    """Remove the rig."""
    Rig.remove(rig_name())


if __name__ == "__main__":
    try:
        {"up": up, "down": down}[sys.argv[1]]()
    except RigError as error:
        sys.exit(str(error))
