"""Whether the terms of a package are among those that may be served, by allowed.toml."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from license_expression import AND, OR, ExpressionError, LicenseWithExceptionSymbol, Licensing
from packaging.utils import canonicalize_name

_LICENSING = Licensing()


@dataclass(frozen=True)
class Terms:
    """What a package says of its own terms."""

    package: str
    version: str
    licence: str

    def __str__(self) -> str:
        return f"{self.package} {self.version} is under {self.licence[:200]!r}"


def stated(packages: Collection[str]) -> list[Terms]:
    """The terms of installed packages, by canonical names, as pip-licenses finds them."""
    asked = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"]
    done = subprocess.run(asked, check=True, capture_output=True, text=True)
    found = (
        Terms(canonicalize_name(each["Name"]), each["Version"], each["License"])
        for each in json.loads(done.stdout)
    )
    return [terms for terms in found if terms.package in packages]


def strange(terms: Iterable[Terms], allowed: Collection[str]) -> list[Terms]:
    """Those whose licence is not allowed for any package."""
    return [each for each in terms if not is_allowed(each.licence, allowed)]


def exception(package: str, exceptions: Mapping[str, str]) -> str | None:
    """The reason why a package may be under whatever terms it is; None: there is none."""
    return next((why for name, why in exceptions.items() if fnmatch(package, name)), None)


def is_allowed(licence: str, allowed: Collection[str]) -> bool:
    """Whether all that an SPDX expression, or a list joined by `;`, demands is allowed."""
    return all(_holds(part.strip(), allowed) for part in licence.split(";"))


def _holds(part: str, allowed: Collection[str]) -> bool:
    if part in allowed:
        return True
    try:
        return _may(_LICENSING.parse(part), allowed)
    except ExpressionError:
        return False


def _may(expression: Any, allowed: Collection[str]) -> bool:
    if isinstance(expression, OR):
        return any(_may(each, allowed) for each in expression.args)
    if isinstance(expression, AND):
        return all(_may(each, allowed) for each in expression.args)
    if isinstance(expression, LicenseWithExceptionSymbol):  # an exception only ever permits more
        return expression.license_symbol.key in allowed
    return expression is not None and expression.key in allowed
