"""`python -m strongbox`: the same as the `strongbox` command."""

from __future__ import annotations

from strongbox.native.command import main

if __name__ == "__main__":
    main()
