"""``python -m invarsig`` is the command ``invarsig``."""

from invarsig.cli import main

if __name__ == "__main__":
    main()
