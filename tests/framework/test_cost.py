"""What one request may cost is counted, and starts anew with the next."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.framework.cost import CRUMB_BYTES, CRUMBS, HEAD_BYTES, HEAD_LINES, Cost


def test_a_head_has_a_size() -> None:
    """Target and lines together; the next request has all of it again."""
    cost = Cost()
    for _ in range(3):
        cost.begin()
        cost.target(HEAD_BYTES // 2)
        cost.line(b"a", bytes(HEAD_BYTES // 2 - 5))
    with pytest.raises(FramedError) as refused:
        cost.line(b"", b"")
    assert refused.value.code is Code.TOO_LARGE


def test_a_head_has_so_many_lines() -> None:
    """However short they are."""
    cost = Cost()
    for _ in range(HEAD_LINES):
        cost.line(b"a", b"")
    with pytest.raises(FramedError, match="100 header lines"):
        cost.line(b"a", b"")


def test_what_leads_to_nothing_is_bounded() -> None:
    """Bytes count as long as neither a head nor a piece of a body follows."""
    cost = Cost()
    for _ in range(10):
        cost.came(HEAD_BYTES)
        cost.check_loose()
        cost.piece(1)
    cost.came(HEAD_BYTES)
    cost.came(1)
    with pytest.raises(FramedError, match="larger than"):
        cost.check_loose()


def test_crumbs() -> None:
    """Many small pieces are refused; as many that are large enough are not."""
    cost = Cost()
    for _ in range(CRUMBS + 10):
        cost.piece(CRUMB_BYTES)
    cost.begin()
    for _ in range(CRUMBS):
        cost.piece(1)
    with pytest.raises(FramedError, match="crumbs"):
        cost.piece(1)
