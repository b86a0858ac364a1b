"""Which modules are not searched for examples: those that need an extra that is not installed."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = (
    [] if importlib.util.find_spec("torch") else ["invarsig/adapters/modules/*.py"]
)
