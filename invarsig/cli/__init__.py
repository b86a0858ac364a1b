"""The command line: ``report``, ``render``, ``check``, ``baseline`` and ``experiments``."""

from invarsig.cli.commands import app, main

__all__ = ["app", "main"]
