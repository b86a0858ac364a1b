"""Whether an installed package works, outside the checkout: run it with the Python that has it.

It imports the package, writes a sound, and asks the command line for a report and a limit, and
pytest for the plugin's fixture. Nothing but the package, pytest and the standard library is used.
"""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import tempfile
import wave
from importlib.metadata import version
from pathlib import Path

RATE = 8000
TEST = """
import invarsig as iv


def test_it_gets_no_worse(equivariance_regression):
    x = iv.read_audio("tone.wav")
    op = iv.BlurPool(taps=5, stride={"time": 2}, boundary="reflect")
    equivariance_regression(op, x, "time")
"""


def run(folder: Path, *command: str, fails: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    if (done.returncode != 0) != fails:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def write_tones(path: Path) -> None:
    """Half a second of a few tones under a window, 16 bits."""
    count = RATE // 2
    samples = [
        0.2 * math.sin(math.pi * k / count) ** 2 * sum(
            math.sin(2 * math.pi * hertz * k / RATE) for hertz in (220.0, 1330.0, 3100.0)
        )
        for k in range(count)
    ]  # fmt: skip
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(b"".join(struct.pack("<h", round(32767 * each)) for each in samples))


def main() -> None:
    import invarsig as iv

    home = Path(iv.__file__).resolve().parent
    checkout = Path(__file__).resolve().parent.parent
    if checkout in home.parents and "site-packages" not in home.parts:
        sys.exit(f"This is the checkout, {home}, and not what was installed.")
    if iv.__version__ != version("invarsig"):
        sys.exit(f"The package says {iv.__version__}, its metadata {version('invarsig')}.")
    for name in ("py.typed", "__init__.pyi", "report/page.html.jinja", "report/page.css"):
        if not (home / name).is_file():
            sys.exit(f"{name} was left out of the package.")
    for name in iv.__all__:
        getattr(iv, name)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tones(folder / "tone.wav")
        run(folder, "-m", "invarsig", "report", "tone.wav", "--out", "page.html")
        page = (folder / "page.html").read_text(encoding="utf-8")
        if "</html>" not in page or len(page) < 20_000:
            sys.exit("The report is no page.")
        limit = ("-m", "invarsig", "check", "tone.wav", "--along", "time", "--max-error")
        run(folder, *limit, "-1")
        run(folder, *limit, "-150", fails=True)
        (folder / "test_smoke.py").write_text(TEST, encoding="utf-8")
        known = ("--invarsig-update", "--update-baselines")
        help_text = run(folder, "-m", "pytest", "--help")
        update = next((option for option in known if option in help_text), "")
        if not update:
            sys.exit("pytest does not know the plugin's option to write baselines.")
        run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", update)
        said = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        if "1 passed" not in said:
            sys.exit(f"The plugin's fixture did not run:\n{said}")
    shown = ("numpy", "scipy", "xarray", "numba", "librosa", "matplotlib")
    print(f"invarsig {iv.__version__} works on Python {sys.version.split()[0]} with", end=" ")
    print(", ".join(f"{name} {version(name)}" for name in shown))


if __name__ == "__main__":
    main()
