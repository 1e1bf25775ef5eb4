"""Terms of packages, as their metadata words them."""

from __future__ import annotations

import pytest

from scripts.supply_chain.licences import Terms, exception, is_allowed, strange

ALLOWED = ("MIT", "Apache-2.0", "BSD License", "MIT License")


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "BSD License",
        "BSD License; MIT License",
        "MIT AND Apache-2.0",
        "MIT OR GPL-3.0-only",
        "Apache-2.0 WITH LLVM-exception",
        "(MIT OR GPL-2.0-only) AND Apache-2.0",
    ],
)
def test_allowed(licence):
    """What they demand is all allowed, or a choice among them is."""
    assert is_allowed(licence, ALLOWED)


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "BSD License; GNU General Public License v3 (GPLv3)",
        "(MIT AND GPL-2.0-only) OR GPL-3.0-only",
        "UNKNOWN",
        "",
        "MIT OR",
    ],
)
def test_not_allowed(licence):
    """One part that is not, or nothing that can be read."""
    assert not is_allowed(licence, ALLOWED)


def test_exceptions_have_reasons():
    """By name or pattern; who is strange and has none is told."""
    terms = [Terms("nvidia-x", "1", "Proprietary"), Terms("fine", "1", "MIT")]
    (stranger,) = strange(terms, ALLOWED)
    assert str(stranger) == "nvidia-x 1 is under 'Proprietary'"
    assert exception("nvidia-x", {"nvidia-*": "passed on with a program"})
    assert exception("xnvidia", {"nvidia-*": "passed on with a program"}) is None
