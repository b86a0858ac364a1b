#!/usr/bin/env python3
"""Print the code block of README.md that stands below ``<!-- NAME -->``.

    python3 .ci/readme_block.py "command: report"

So a machine runs what a reader copies, letter by letter.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def main() -> int:
    """Print one block; exit 2 with the names that there are if it is not found."""
    text = README.read_text(encoding="utf-8")
    blocks = dict(
        re.findall(r"^<!-- (.+?) -->\n+```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    )
    if len(sys.argv) != 2 or sys.argv[1] not in blocks:
        names = ", ".join(repr(name) for name in blocks)
        print(f"usage: {Path(sys.argv[0]).name} NAME, NAME one of {names}", file=sys.stderr)
        return 2
    print(blocks[sys.argv[1]], end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
