"""Write the bill of materials of what is served, as CycloneDX JSON; the same at every call."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from framed import __version__
from scripts.supply_chain.bill import bill
from scripts.supply_chain.served import PINS, served

ROOT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="sbom",
        description="Write the bill of materials (CycloneDX 1.6) of the pins as they are "
        "installed, with what its packages bring along.",
    )
    command.add_argument(
        "--into",
        type=Path,
        default=ROOT / "build" / "sbom.json",
        help="the file to write (default build/sbom.json)",
    )
    return command


def main(words: Sequence[str] | None = None) -> int:
    """Write the file, and say where it is."""
    into: Path = parser().parse_args(words).into
    materials = bill(served(PINS), ROOT / "pyproject.toml", __version__)
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(json.dumps(materials, indent=1) + "\n", encoding="utf-8")
    print(f"{into}: {len(materials['components'])} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
