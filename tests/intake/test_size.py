"""How large a photo's bytes may be."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.intake.size import check_size
from tests.limits import within


@pytest.mark.parametrize("size", [1, 99, 100])
def test_up_to_the_limit_passes(size: int) -> None:
    """The limit itself is allowed."""
    check_size(size, within(100))


@pytest.mark.parametrize(("size", "code"), [(0, Code.EMPTY), (101, Code.TOO_LARGE)])
def test_nothing_and_too_much_are_refused(size: int, code: Code) -> None:
    """No bytes and one byte too many each have their code."""
    with pytest.raises(FramedError) as refused:
        check_size(size, within(100))
    assert refused.value.code is code


def test_the_limit_is_told() -> None:
    """A caller learns how much is allowed, in words and as a number, and what to have raised."""
    with pytest.raises(FramedError, match=r"8 MiB .FRAMED_MAX_PHOTO_BYTES") as refused:
        check_size(9 * 2**20, within(8 * 2**20))
    assert refused.value.details == {
        "limit_bytes": 8 * 2**20,
        "setting": "FRAMED_MAX_PHOTO_BYTES",
    }
