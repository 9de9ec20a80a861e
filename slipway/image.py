"""Build the image of an app as `make deploy` would, without any host: `python -m slipway.image build`.

Prints the image id, which `app_images` takes: what was tested is then what is deployed. `pack` also packs it for hosts
that have nothing of it, which the first deploy to a host then need not wait for.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from ansible_collections.slipway.kit.plugins.plugin_utils.appspec import AppSpecError, complete
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.errors import ShippingError
from ansible_collections.slipway.kit.plugins.plugin_utils.shipping.order import Order, pack_for, wanted_image
from slipway import ROOT


def main() -> int:
    """Read the app from the inventory, build its image if anything changed, print its id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["build", "pack"])
    parser.add_argument("-i", dest="inventory", required=True, help="inventory folder")
    parser.add_argument("--app", required=True, help="name in slipway_apps")
    parser.add_argument("--source", default=str(ROOT), help="folder that `build` and `dockerfile` are relative to")
    parser.add_argument("--base-image", default="", help="takes the place of debian:13-slim")
    parser.add_argument("--revision", default="", help="Git revision to note; default: that of the source")
    given = parser.parse_args()
    try:
        app = find(Path(given.inventory), given.app)
        ready = wanted_image(Order(app, Path(given.source), given.base_image, revision=given.revision))
        if given.verb == "pack":
            pack_for(ready, layers_present=0, target=Path())
        image = ready.described()
    except (ShippingError, AppSpecError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(image["reference"] or image["id"])
    return 0


def find(inventory: Path, name: str) -> dict[str, object]:
    """Return an app from group_vars/all/main.yml of an inventory; the vault is not needed.

    Raises:
        ShippingError: it is not declared there.
    """
    file = inventory / "group_vars" / "all" / "main.yml"
    apps = complete(yaml.safe_load(file.read_text(encoding="utf-8"))["slipway_apps"])
    for app in apps:
        if app["name"] == name:
            return dict(app)
    listed = ", ".join(str(app["name"]) for app in apps)
    raise ShippingError(f"There is no app {name!r} in {file}.\nNext: say --app with one of {listed}.")


if __name__ == "__main__":
    sys.exit(main())
