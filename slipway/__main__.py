"""`python -m slipway`: the command, where it is not installed."""

from __future__ import annotations

import sys

from slipway.cli import main

sys.exit(main())
