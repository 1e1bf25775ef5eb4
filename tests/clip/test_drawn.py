"""`mini` knows what is no photo: screenshots, documents, receipts, memes, charts, maps, and frames
in which there is nothing; and takes no photo for one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from framed.photo import Pixels
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.source import read_bank
from runners.clip.learner import Learner
from runners.clip.ranking import cosines, shares_of
from scripts.mini.views import VIEWS
from tests.clip.drawn import paper, plots, screens
from tests.fakes import chosen

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config"
PHOTOS = sorted((CONFIG / "reference" / "photos").glob("*.jpg"))
OTHERS = sorted((REPO.parent / "shared" / "data" / "photos").glob("*.jpg"))
EACH = 25  # pictures of a kind: 200 together
BANKS = ("default", "everyday")
AT_ONCE = 16

Draw = Callable[[Random], Image.Image]


@pytest.fixture(scope="module")
def mini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    """The embedded model."""
    opened = Learner(
        chosen(
            config_dir=CONFIG,
            cache_dir=tmp_path_factory.mktemp("drawn"),
            engine_cache=Path(os.environ["FRAMED_ENGINE_CACHE"]),
            threads=1,
            device="cpu",
        )
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def banks(mini: Learner) -> Mapping[str, LabelBank]:
    """Those that ship."""
    return {name: mini.bank(read_bank(name, CONFIG)) for name in BANKS}


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """What memes are made of."""
    return [opened(file) for file in PHOTOS]


def opened(file: Path) -> Image.Image:
    picture = Image.open(file)
    picture.draft("RGB", (400, 400))
    return picture.convert("RGB")


def kinds(photos: list[Image.Image]) -> Mapping[str, Draw]:
    return {
        "screenshot": screens.screenshot,
        "document": paper.document,
        "receipt": paper.receipt,
        "meme": partial(screens.meme, photos=photos),
        "chart": plots.chart,
        "map": plots.street_map,
        "black frame": plots.black_frame,
        "white frame": plots.white_frame,
    }


def square(picture: Image.Image) -> Pixels:
    """As the model wants them cut."""
    return np.asarray(ImageOps.fit(picture, (224, 224), Image.Resampling.BICUBIC))


def seen(mini: Learner, squares: list[Pixels]) -> np.ndarray:
    """Unit rows [P, D]."""
    parts = [squares[at : at + AT_ONCE] for at in range(0, len(squares), AT_ONCE)]
    return np.concatenate([mini.see(np.stack(part)) for part in parts])


def first(rows: np.ndarray, bank: LabelBank) -> list[str]:
    """Each picture's label of the highest score."""
    return [bank.labels[at] for at in (rows @ bank.embeddings.T).argmax(axis=1)]


def test_two_hundred_kept_out_pictures(
    mini: Learner, banks: Mapping[str, LabelBank], photos: list[Image.Image]
) -> None:
    """Letters, layouts and colours are others than in training: the first label is right for 90 %,
    in either bank, and for two thirds of each kind."""
    rows = {
        kind: seen(mini, [square(draw(Random(f"{kind} {at}"))) for at in range(EACH)])
        for kind, draw in kinds(photos).items()
    }
    for name, bank in banks.items():
        right = {kind: first(each, bank).count(kind) / EACH for kind, each in rows.items()}
        assert np.mean(list(right.values())) >= 0.9, (name, right)
        assert min(right.values()) >= 0.66, (name, right)


def foggy(plain: Pixels, _: np.random.Generator) -> Pixels:
    return (plain * 0.4 + 150).astype(np.uint8)


def blurred(plain: Pixels, _: np.random.Generator) -> Pixels:
    return np.asarray(Image.fromarray(plain).filter(ImageFilter.GaussianBlur(4)))


def changed(squares: list[Pixels]) -> Iterator[Pixels]:
    """Each in two of six ways: without colour, aged, in strong colours, dark, bright as in fog, out
    of focus."""
    dice, ways = np.random.default_rng(4), [*VIEWS.values(), foggy, blurred]
    for at, plain in enumerate(squares):
        for way in (ways[at % 6], ways[(at + 3) % 6]):
            yield way(plain, dice)


def test_no_photo_is_taken_for_one(
    mini: Learner, banks: Mapping[str, LabelBank], photos: list[Image.Image]
) -> None:
    """No plain one, and of plain and altered ones together at most 1 in 100."""
    squares = [square(photo) for photo in (*photos, *map(opened, OTHERS))]
    plain = seen(mini, squares)
    altered = seen(mini, list(changed(squares)))
    for name, bank in banks.items():
        apart = set(np.array(bank.labels)[bank.apart])
        assert not [each for each in first(plain, bank) if each in apart], name
        called = [each for each in first(altered, bank) if each in apart]
        assert len(called) <= 0.01 * (len(plain) + len(altered)), (name, called)


def test_todays_labels_are_as_without_them(
    mini: Learner, banks: Mapping[str, LabelBank], photos: list[Image.Image]
) -> None:
    """A photo's shares of the default bank's other labels, and these alone, are the softmax of
    their own scores: they sum to 1."""
    bank = banks["default"]
    others = ~np.asarray(bank.apart)
    assert others.sum() == 50
    for row in seen(mini, [square(photo) for photo in photos[:5]]):
        shares = shares_of(cosines(row, bank.embeddings), 0.01, bank.apart)
        assert shares[others].sum() == pytest.approx(1)
