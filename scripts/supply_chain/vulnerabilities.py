"""Known vulnerabilities of the pinned packages, by pip-audit; and which it could not ask about.

pip-audit takes a package that the service does not know for one without vulnerabilities, and ends
well: a mirror that answers for files but not for these questions makes all of them look clean.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 600
_QUIET = ("--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off")


@dataclass(frozen=True)
class Asked:
    """`found` has a line a vulnerability, `unasked` the packages of which nothing is known, `why` a
    sentence for that."""

    found: tuple[str, ...]
    unasked: tuple[str, ...]
    why: str = ""


def ask(requirements: Path, ignored: Iterable[str]) -> Asked:
    """What the service knows of the pins; `ignored`: ids of vulnerabilities that are accepted."""
    ids = [word for each in ignored for word in ("--ignore-vuln", each)]
    command = [sys.executable, "-m", "pip_audit", "-r", str(requirements), *_QUIET, *ids]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Asked((), ("all",), f"the service did not answer within {SECONDS} s")
    try:
        return read(json.loads(done.stdout))
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return Asked((), ("all",), last)


def read(said: dict[str, Any]) -> Asked:
    """The JSON of pip-audit."""
    packages = said["dependencies"]
    found = (
        f"{each['name']} {each['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version yet'}"
        for each in packages
        for flaw in each.get("vulns", ())
    )
    skipped = tuple(each["name"] for each in packages if "skip_reason" in each)
    why = next((each["skip_reason"] for each in packages if "skip_reason" in each), "")
    return Asked(tuple(found), skipped, why)
