"""A limit says itself what to raise."""

from __future__ import annotations

import pytest

from framed.size_limit import MIB, SizeLimit


@pytest.mark.parametrize(
    ("size", "said"), [(32 * MIB, "32 MiB (SO)"), (MIB * 3 // 2, "1.5 MiB (SO)")]
)
def test_said(size: int, said: str) -> None:
    """In MiB, with the setting's name."""
    assert SizeLimit(size, "SO").said == said
