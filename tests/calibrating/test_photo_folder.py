"""Photos by name, from a folder or a zip file."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from pathlib import Path

import pytest

from framed.calibrating.listing import ListError
from framed.calibrating.photo_folder import PhotoFolder
from tests.limits import within

MIB = 2**20


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """The same photo in a folder and in a zip file, and one beside that is larger."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"bytes")
    (tmp_path / "large.jpg").write_bytes(bytes(MIB + 1))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("in/a.jpg", "large.jpg"):
            archive.write(tmp_path / name, name)
    return tmp_path, tmp_path / "photos.zip"


def test_photos_come_from_folders_and_zips_alike(places: tuple[Path, Path]) -> None:
    """The same name gives the same bytes."""
    assert [PhotoFolder(each).read("in/a.jpg") for each in places] == [b"bytes", b"bytes"]


@pytest.mark.parametrize("name", ["b.jpg", "in", "", "a\0b.jpg", "large.jpg"])
def test_what_is_no_photo_is_named(name: str, places: tuple[Path, Path]) -> None:
    """One that is absent, that cannot be a file's name, or that is larger than allowed."""
    for place in places:
        with pytest.raises(ListError, match="There is no photo"):
            PhotoFolder(place, within(MIB)).read(name)


def test_a_fifo_does_not_hold_its_reader(tmp_path: Path) -> None:
    """It is no photo."""
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(ListError, match="regular file"):
        PhotoFolder(tmp_path).read("a.jpg")


@pytest.mark.parametrize("kind", ["absent", "text"])
def test_only_folders_and_zips_hold_photos(kind: str, tmp_path: Path) -> None:
    """Anything else is refused by name."""
    place = tmp_path / "photos"
    if kind == "text":
        place.write_text("no photos")
    with pytest.raises(ListError, match="neither a folder nor a zip"):
        PhotoFolder(place)


def test_a_damaged_member_is_named(places: tuple[Path, Path]) -> None:
    """The rest of the zip file is as good as before."""
    archive = places[1]
    data = archive.read_bytes()
    at = data.index(b"in/a.jpg") + len("in/a.jpg")
    archive.write_bytes(data[:at] + b"\xff" * 4 + data[at + 4 :])
    with pytest.raises(ListError, match=r"in/a\.jpg"):
        PhotoFolder(archive).read("in/a.jpg")
    assert len(PhotoFolder(archive).read("large.jpg")) == MIB + 1


@pytest.mark.parametrize(("stored", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_either_form_of_a_name_finds_the_photo(stored: str, asked: str, tmp_path: Path) -> None:
    """A list written on one system names the photos of another."""
    there, named = (f"{unicodedata.normalize(form, 'Grün/Tür')}.jpg" for form in (stored, asked))
    (tmp_path / there).parent.mkdir()
    (tmp_path / there).write_bytes(b"bytes")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr(there, b"bytes")
    for place in (tmp_path, tmp_path / "photos.zip"):
        assert PhotoFolder(place).read(named) == b"bytes"


def test_the_limit_names_its_setting(tmp_path: Path) -> None:
    """Who teaches a bank by large photos learns what to raise."""
    (tmp_path / "a.jpg").write_bytes(bytes(101))
    with pytest.raises(ListError, match="FRAMED_MAX_PHOTO_BYTES"):
        PhotoFolder(tmp_path, within(100)).read("a.jpg")
