"""`framed.imaging.truncation`: a file that breaks off is told from one that is damaged."""

from __future__ import annotations

import pytest

from framed.errors import Code, FramedError
from framed.imaging.decode import decode
from framed.imaging.formats import sniff
from framed.imaging.truncation import is_cut
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, scene
from tests.imaging.test_formats import FORMATS

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, on damaged metadata


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_cut_short_is_truncated(format, share):
    """Whatever the format and the place of the cut, the code is `truncated`."""
    data = encoded(scene(), format)
    with pytest.raises(FramedError) as refused:
        decode(data[: int(len(data) * share)], DecodeSpec())
    assert refused.value.code is Code.TRUNCATED


@pytest.mark.parametrize("format", FORMATS)
def test_a_whole_file_is_not_cut(format):
    """A file as its encoder left it does not count as cut."""
    data = encoded(scene(), format)
    assert not is_cut(data, sniff(data))


def test_damage_is_not_truncation():
    """A PNG whose data is damaged but whose end is there is `corrupt`."""
    data = bytearray(encoded(scene(), "PNG"))
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(8)
    with pytest.raises(FramedError) as refused:
        decode(bytes(data), DecodeSpec())
    assert refused.value.code is Code.CORRUPT
