"""The bill of materials: what is served, of an environment that holds tools for developers too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

SPECIFICATION = "1.6"


def bill(packages: Collection[str], pyproject: Path, version: str) -> dict[str, Any]:
    """CycloneDX JSON of the packages with these canonical names; the same at every call."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"),
        *("--no-validate", "--sv", SPECIFICATION, "--pyproject", str(pyproject), sys.executable),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return kept(json.loads(done.stdout), packages, version)


def kept(whole: dict[str, Any], packages: Collection[str], version: str) -> dict[str, Any]:
    """`whole` without the components that are not among `packages`, and without their relations."""
    components = [
        each for each in whole["components"] if canonicalize_name(each["name"]) in packages
    ]
    root = {**whole["metadata"]["component"], "version": version}
    refs = {root["bom-ref"], *(each["bom-ref"] for each in components)}
    relations = [_within(each, refs) for each in whole["dependencies"] if each["ref"] in refs]
    return {
        **whole,
        "metadata": {**whole["metadata"], "component": root},
        "components": components,
        "dependencies": relations,
    }


def _within(relation: dict[str, Any], refs: Collection[str]) -> dict[str, Any]:
    needed = [ref for ref in relation.get("dependsOn", ()) if ref in refs]
    return {"ref": relation["ref"], **({"dependsOn": needed} if needed else {})}
