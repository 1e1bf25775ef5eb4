"""One name, two ways to write it."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from framed.normal_forms import as_on_disk, below, forms_of

COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))


def test_the_name_itself_is_first() -> None:
    """Then the other way; plain letters have one."""
    assert forms_of(DECOMPOSED) == (DECOMPOSED, COMPOSED)
    assert forms_of(COMPOSED) == (COMPOSED, DECOMPOSED)
    assert forms_of("a.jpg") == ("a.jpg",)


def test_what_is_not_there_stays(tmp_path: Path) -> None:
    """From the first part on that is not there."""
    (tmp_path / COMPOSED).mkdir()
    asked = Path(DECOMPOSED, DECOMPOSED, "a.jpg")
    assert as_on_disk(tmp_path, asked) == Path(COMPOSED, DECOMPOSED, "a.jpg")


@pytest.mark.parametrize(
    ("path", "folder", "way"),
    [
        (f"/{COMPOSED}/a", f"/{DECOMPOSED}", "a"),
        ("/a/b/c", "/a", "b/c"),
        ("/a", "/a", "."),
        ("/a", "/a/b", None),
        ("/ab/c", "/a", None),
        ("/b/c", "/", "b/c"),
    ],
)
def test_below(path: str, folder: str, way: str | None) -> None:
    """By whole names, in either form."""
    assert below(Path(path), Path(folder)) == (None if way is None else Path(way))


def test_an_empty_folder_of_the_other_form_hides_nothing(tmp_path: Path) -> None:
    """Both are tried, however deep the file lies."""
    (tmp_path / COMPOSED).mkdir()
    (tmp_path / DECOMPOSED / "a" / COMPOSED).mkdir(parents=True)
    (tmp_path / DECOMPOSED / "a" / DECOMPOSED).mkdir()
    (tmp_path / DECOMPOSED / "a" / DECOMPOSED / "b.jpg").touch()
    asked = Path(COMPOSED, "a", COMPOSED, "b.jpg")
    assert as_on_disk(tmp_path, asked) == Path(DECOMPOSED, "a", DECOMPOSED, "b.jpg")


def test_a_name_of_mixed_forms_is_found(tmp_path: Path) -> None:
    """By a look at its folder."""
    mixed = f"{COMPOSED}-{DECOMPOSED}.jpg"
    (tmp_path / mixed).touch()
    for form in ("NFC", "NFD"):
        asked = Path(unicodedata.normalize(form, mixed))
        assert as_on_disk(tmp_path, asked) == Path(mixed)


def test_a_search_has_an_end(tmp_path: Path) -> None:
    """A path that is not there costs a few looks, whatever the disk holds."""
    folder = tmp_path
    for _ in range(8):
        for name in (COMPOSED, DECOMPOSED):
            (folder / name).mkdir()
        folder /= COMPOSED
    asked = Path(*[COMPOSED] * 200, "a.jpg")
    assert as_on_disk(tmp_path, asked) == asked
