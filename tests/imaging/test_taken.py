"""`framed.imaging.taken`: the camera's hour where it is said, and never a reason to reject."""

from __future__ import annotations

import pytest
from PIL import ExifTags, Image

from framed.imaging.decode import decode
from framed.photo import DecodeSpec
from tests.imaging.pictures import encoded, scene

DATE = "2003:01:20 12:30:00"


def _exif(date, tag=ExifTags.Base.DateTimeOriginal):
    block = Image.Exif()
    block[ExifTags.Base.Orientation] = 1
    block.get_ifd(ExifTags.IFD.Exif).update({ExifTags.Base.FNumber: 2.8, tag: date})
    return block.tobytes()


def _hour(format="JPEG", **options):
    return decode(encoded(scene(), format, **options), DecodeSpec()).hour


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_the_hour_is_read(format):
    """From every format that cameras and phones write EXIF into."""
    assert _hour(format, exif=_exif(DATE)) == 12.5


@pytest.mark.parametrize(
    "date",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "2003:01:20 24:00:00",
        "yesterday",
        "",
        "9" * 99,
    ],
)
def test_an_unset_clock_says_nothing(date):
    """Nor does what is no date."""
    assert _hour(exif=_exif(date)) is None


def test_another_date_is_not_taken_for_it():
    """When it was scanned or changed is not when it was taken."""
    assert _hour(exif=_exif(DATE, ExifTags.Base.DateTimeDigitized)) is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_without_exif_there_is_none(format):
    """Most photos on the web have lost it."""
    assert _hour(format) is None


@pytest.mark.parametrize("place", [0, 3, 7, 20, 200, 2**31, 2**32 - 1])
def test_a_directory_anywhere_is_survived(place):
    """Its offset is the file's own word."""
    block = bytearray(_exif(DATE))
    entry = block.index(ExifTags.IFD.Exif.to_bytes(2, "big"))
    block[entry + 8 : entry + 12] = place.to_bytes(4, "big")
    assert _hour(exif=bytes(block)) is None


@pytest.mark.parametrize("length", [8, 20, 40, 60, 80])
def test_cut_exif_is_survived(length):
    """The photo is decoded all the same."""
    assert _hour(exif=_exif(DATE)[:length]) is None


def test_the_moment_is_read_to_the_fraction():
    """Two shots of one second are told apart; a month that is none leaves the hour alone."""

    def taken(date, fraction=None):
        block = Image.Exif()
        directory = block.get_ifd(ExifTags.IFD.Exif)
        directory[ExifTags.Base.DateTimeOriginal] = date
        if fraction:
            directory[ExifTags.Base.SubsecTimeOriginal] = fraction
        return decode(encoded(scene(), "JPEG", exif=block.tobytes()), DecodeSpec()).file.taken

    whole = taken(DATE)
    assert taken(DATE, "25") == whole + 0.25
    assert taken("2003:01:21 12:30:01") == whole + 86401
    assert taken("2003:13:20 12:30:00") is None
    assert _hour(exif=_exif("2003:13:20 12:30:00")) == 12.5
