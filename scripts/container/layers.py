"""Prints an image's layers and their uncompressed sizes, as a table, and their sum.

    python3 layers.py CONFIG FOLDER

CONFIG is what `buildah inspect --type image` says, FOLDER the image as `buildah push -D` wrote it
to a `dir:`. Needs Python's standard library only.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

SHOWN = 84  # characters of an instruction


def main() -> None:
    config, folder = sys.argv[1:]
    image = json.loads(Path(config).read_text(encoding="utf-8"))["Docker"]
    manifest = json.loads(Path(folder, "manifest.json").read_text(encoding="utf-8"))
    sizes = [layer["size"] for layer in manifest["layers"]]
    for size, instruction in zip(sizes, instructions(image), strict=True):
        print(f"{size / 1e6:8.1f} MB  {instruction[:SHOWN]}")
    print(f"{sum(sizes) / 1e6:8.1f} MB  uncompressed, all layers")


def instructions(image: dict[str, Any]) -> list[str]:
    """The instruction that made each layer, the base's first."""
    made = [step["created_by"] for step in image["history"] if not step.get("empty_layer")]
    return ["the base image", *(shortened(each) for each in made[1:])]


def shortened(created_by: str) -> str:
    """An instruction as the Dockerfile has it, without the shell and the arguments around it."""
    words = re.sub(r"^(\|\d+ .*?)?/bin/sh -c (#\(nop\) )?", "", created_by)
    words = re.sub(r"(dir|file|multi):[0-9a-f]{64} in ", "", words)
    return " ".join(words.split())


if __name__ == "__main__":
    main()
