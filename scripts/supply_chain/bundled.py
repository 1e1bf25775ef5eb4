"""Libraries that wheels carry inside, whose terms the package's own licence does not tell.

Wheels for Linux hold them in `NAME.libs/`. Which of them are under the GPL or the LGPL is a table
of their names in allowed.toml: nothing in a wheel says so in a form that a program can read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution


@dataclass(frozen=True)
class Bundled:
    """A library in a package, and what it is under."""

    package: str
    library: str
    licence: str

    @property
    def place(self) -> str:
        """`package/library`, as allowed.toml names it."""
        return f"{self.package}/{self.library}"

    def __str__(self) -> str:
        return f"{self.package} carries lib{self.library}, which is under {self.licence}"


_LIBRARY = re.compile(r"(?:^|/)lib([a-z0-9]+)[-.][^/]*(?:so|dylib|dll)[^/]*$", re.IGNORECASE)


def carried(distribution: Distribution) -> set[str]:
    """Names of the shared libraries in a package, without `lib` and version."""
    files = (str(file) for file in distribution.files or ())
    return {found[1].lower() for file in files if (found := _LIBRARY.search(file))}


def copyleft(
    packages: Mapping[str, Distribution], libraries: Mapping[str, str], terms: Collection[str]
) -> Iterator[Bundled]:
    """Each library that `libraries` knows and whose licence is not among `terms`."""
    for package, distribution in sorted(packages.items()):
        for library in sorted(carried(distribution) & set(libraries)):
            if libraries[library] not in terms:
                yield Bundled(package, library, libraries[library])
