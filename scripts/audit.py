"""Whether what is served may be: known vulnerabilities, licences, libraries inside of packages."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.supply_chain.bundled import copyleft
from scripts.supply_chain.licences import exception, stated, strange
from scripts.supply_chain.served import PINS, served
from scripts.supply_chain.vulnerabilities import Asked, ask

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = Path(__file__).with_name("supply_chain") / "allowed.toml"
EXIT_OK, EXIT_FOUND, EXIT_UNASKED = 0, 1, 3


@dataclass(frozen=True)
class Terms:
    """How many packages were looked at, what is let pass and why, and lines on what is not."""

    count: int
    permitted: Mapping[str, str]
    faults: tuple[str, ...]


def judge(allowed: Mapping[str, Any]) -> Terms:
    """Licences of the packages that are served, and of the libraries inside of them."""
    packages, reasons = served(PINS), allowed["bundled"]
    strangers = strange(stated(packages), allowed["licences"])
    inside = copyleft(packages, allowed["libraries"], allowed["inside"]["terms"])
    exceptions = {each.package: exception(each.package, allowed["packages"]) for each in strangers}
    judged = [
        *((each.package, str(each), exceptions[each.package]) for each in strangers),
        *((each.place, str(each), reasons.get(each.place)) for each in inside),
    ]
    return Terms(
        len(packages),
        {name: why for name, _, why in judged if why is not None},
        tuple(what for _, what, why in judged if why is None),
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="audit",
        description="Look through the packages that are served: known vulnerabilities (by "
        "pip-audit), licences (by pip-licenses) and libraries inside of wheels, against "
        "scripts/supply_chain/allowed.toml.",
        epilog="Exit status: 0 all is well; 1 something was found; 3 nothing was found, but the "
        "service for vulnerabilities could not be asked about every package.",
    )
    command.add_argument(
        "--offline", action="store_true", help="leave the vulnerabilities out; nobody is asked"
    )
    return command


def main(words: Sequence[str] | None = None) -> int:
    """Print what was found; the exit status."""
    asked = parser().parse_args(words)
    allowed = tomllib.loads(ALLOWED.read_text(encoding="utf-8"))
    terms = judge(allowed)
    known = Asked((), ()) if asked.offline else ask(PINS, allowed["vulnerabilities"])
    _print("Let pass, with its reason", _by_reason(terms.permitted))
    _print("Not allowed", terms.faults)
    _print("Vulnerable", known.found)
    print(f"\n{terms.count} packages: {len(terms.faults)} against the terms that are allowed.")
    print(_about(known, asked.offline))
    if terms.faults or known.found:
        return EXIT_FOUND
    return EXIT_UNASKED if known.unasked else EXIT_OK


def _by_reason(permitted: Mapping[str, str]) -> list[str]:
    named: dict[str, list[str]] = {}
    for name, why in permitted.items():
        named.setdefault(why, []).append(name)
    return [f"{', '.join(names)}: {why}" for why, names in named.items()]


def _about(known: Asked, offline: bool) -> str:
    if offline:
        return "Vulnerabilities: not asked for (--offline)."
    if not known.unasked:
        return f"Vulnerabilities: {len(known.found)} known."
    some = ", ".join(known.unasked[:3]) + (" …" if len(known.unasked) > 3 else "")
    return (
        f"Vulnerabilities: {len(known.found)} known, BUT the service could not be asked about "
        f"{len(known.unasked)} packages ({some}): {known.why}\n"
        "Nothing is known of these. Call it again where the service can be reached."
    )


def _print(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"\n{title}:")
        print("\n".join(f"  {line}" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
