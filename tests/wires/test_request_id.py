"""A request's name is the caller's where that is fit to be written everywhere."""

from __future__ import annotations

import pytest

from framed.wires.request_id import HEADER, request_id_of


@pytest.mark.parametrize("sent", [b"abc", b"A-1_2.3:4/5+6=", b"x" * 128])
def test_taken(sent: bytes) -> None:
    """As it came."""
    assert request_id_of([(b"host", b"a"), (HEADER, sent)]) == sent.decode()


@pytest.mark.parametrize("sent", [b"", b"a b", b"x" * 129, b'a"b', b"\xff"])
def test_made(sent: bytes) -> None:
    """Each one new."""
    made = {request_id_of([(HEADER, sent)]), request_id_of([]), request_id_of([])}
    assert len(made) == 3
    assert all(len(name) == 32 for name in made)
