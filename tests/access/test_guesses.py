"""Wrong keys, counted by where they come from."""

from __future__ import annotations

import asyncio

import pytest

from framed.access import guesses
from framed.access.guesses import Guesses


def test_an_address_has_so_many_wrong_keys() -> None:
    """Others have theirs."""

    async def scenario() -> list[bool]:
        counted = Guesses(most=3)
        seen = []
        for _ in range(4):
            seen.append(await counted.too_many("192.0.2.1"))
            await counted.count("192.0.2.1")
        return [*seen, await counted.too_many("192.0.2.2")]

    assert asyncio.run(scenario()) == [False, False, False, True, False]


def test_who_was_good_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pair of address and key, and no more of them than there is room for."""
    monkeypatch.setattr(guesses, "REMEMBERED", 2)
    counted = Guesses()
    for address in ("a", "b", "a", "c"):
        counted.remember(address, "key")
    known = [counted.is_known(address, "key") for address in ("a", "b", "c")]
    assert known == [True, False, True]
    assert not counted.is_known("a", "other")
    monkeypatch.setattr(guesses, "REMEMBERED_SECONDS", -1.0)
    counted.remember("a", "key")
    assert not counted.is_known("a", "key")
