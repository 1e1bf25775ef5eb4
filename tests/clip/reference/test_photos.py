"""The reference photos through an engine: once, in small batches, and from the disk ever after."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framed.photo import SquareSpec
from runners.clip.reference.material import read_material
from runners.clip.reference.photos import TOGETHER, ReferencePhotos, _packed
from tests.fakes import FakeEngine

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def photos(tmp_path: Path) -> Iterator[ReferencePhotos]:
    """Six of them, for a model that sees mean colours."""
    material = read_material(CONFIG)
    few = replace(material, true_of=dict(list(material.true_of.items())[:6]))
    with ThreadPoolExecutor(1) as executor:
        files = tmp_path / "first" / "kept.npy", tmp_path / "second" / "kept.npy"
        yield ReferencePhotos(few, FakeEngine(), executor, SquareSpec(224), 3, files)


def batches(photos: ReferencePhotos) -> list[int]:
    engine = photos.engine
    assert isinstance(engine, FakeEngine)
    return [shape[0] for shape in engine.batches]


def test_each_photo_has_its_row_in_order(photos: ReferencePhotos) -> None:
    """Unit rows; no batch is so large that a caller's photo waits long behind it."""
    rows = photos.rows()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert batches(photos) == [TOGETHER, 2]
    material = replace(photos.material, true_of={"beagles.jpg": frozenset()})
    (row,) = replace(photos, material=material, files=()).rows()
    index = list(photos.material.true_of).index("beagles.jpg")
    np.testing.assert_array_equal(row, rows[index])


def test_what_was_seen_once_is_read_from_the_disk(photos: ReferencePhotos) -> None:
    """The engine is not asked again, and the rows are the same bits."""
    first = photos.rows()
    again = photos.rows()
    assert batches(photos) == [TOGETHER, 2]
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    "rows",
    [
        b"no array",
        np.ones((6, 3), np.float32),
        np.eye(3, dtype=np.float32),
        np.eye(6, 3, dtype=np.float64),
    ],
)
def test_a_damaged_file_is_made_anew(photos: ReferencePhotos, rows: bytes | np.ndarray) -> None:
    """Neither garbage nor rows of another model, number or length are taken for ours."""
    first = photos.rows()
    if isinstance(rows, bytes):
        photos.files[0].write_bytes(rows)
    else:
        photos.files[0].write_bytes(_packed(rows))
    np.testing.assert_array_equal(photos.rows(), first)
    assert len(batches(photos)) == 4


def test_the_next_folder_is_taken_where_the_first_cannot_be_written(
    photos: ReferencePhotos, caplog: pytest.LogCaptureFixture
) -> None:
    """Prepared engines may lie in a folder that nobody writes to; where none can be, that is said,
    and the rows are there all the same."""
    first, second = (file.parent for file in photos.files)
    first.write_text("a file where the folder should be")
    photos.rows()
    assert photos.rows().shape == (6, 3)
    assert batches(photos) == [TOGETHER, 2]
    assert caplog.text == ""
    photos.files[1].unlink()
    second.rmdir()
    second.write_text("here as well")
    assert photos.rows().shape == (6, 3)
    assert "no reference set could be kept" in caplog.text


def test_a_flipped_bit_is_noticed(
    photos: ReferencePhotos, caplog: pytest.LogCaptureFixture
) -> None:
    """Vectors of the right kind are believed only as they were written."""
    first = photos.rows()
    data = bytearray(photos.files[0].read_bytes())
    data[-2] ^= 1
    photos.files[0].write_bytes(data)
    np.testing.assert_array_equal(photos.rows(), first)
    assert "digest" in caplog.text


def test_a_photo_that_cannot_be_read_is_named(photos: ReferencePhotos, tmp_path: Path) -> None:
    """Whoever put it there can mend it."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"no picture")
    material = replace(photos.material, folder=tmp_path, true_of={"cat.jpg": frozenset()})
    with pytest.raises(ValueError, match=r"^cat\.jpg: "):
        replace(photos, material=material).rows()
