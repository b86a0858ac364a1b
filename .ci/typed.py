"""How much of the public surface has known types: `pyright --verifytypes`, at least 99 %."""

from __future__ import annotations

import json
import subprocess
import sys

LEAST = 0.99


def main() -> None:
    command = ("pyright", "--verifytypes", "invarsig", "--ignoreexternal", "--outputjson")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        score = json.loads(done.stdout)["typeCompleteness"]["completenessScore"]
    except (ValueError, KeyError):
        sys.exit(f"pyright gave no score:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    print(f"{score:.2%} of the public symbols have known types; {LEAST:.0%} are asked for.")
    if score < LEAST:
        sys.exit(1)


if __name__ == "__main__":
    main()
