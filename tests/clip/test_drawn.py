"""`mini` knows what is no photo: screenshots, documents, receipts, memes, charts, maps, and frames
in which there is nothing; and takes no photo for one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageFilter

from framed.photo import Pixels
from framed.questions import RankQuestion
from framed.results import Ranking
from runners.clip.core import ClipCore
from scripts.mini.photos import square_of
from scripts.mini.views import VIEWS
from tests.clip.drawn import paper, plots, screens
from tests.clip.test_core import ask
from tests.fakes import chosen

REPO = Path(__file__).parents[2]
CONFIG = REPO / "config"
PHOTOS = sorted((CONFIG / "reference" / "photos").glob("*.jpg"))
OTHERS = sorted((REPO.parent / "shared" / "data" / "photos").glob("*.jpg"))
EACH = 25  # pictures of a kind: 200 together
BANKS = ("default", "everyday")

Draw = Callable[[Random], Image.Image]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> ClipCore:
    """The embedded model with the banks that ship."""
    ready = ClipCore(
        chosen(
            config_dir=CONFIG,
            cache_dir=tmp_path_factory.mktemp("drawn"),
            engine_cache=Path(os.environ["FRAMED_ENGINE_CACHE"]),
            threads=1,
            device="cpu",
            match=False,
        )
    )
    ready.wait()
    return ready


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    """What memes are made of."""
    return [Image.open(file).convert("RGB") for file in PHOTOS]


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
    file = BytesIO()
    picture.save(file, "PNG", compress_level=0)
    return square_of(file.getvalue())


def first(core: ClipCore, picture: Pixels, bank: str) -> str:
    found: Ranking = ask(core.rank(picture, RankQuestion(bank=bank, top_k=1)))
    return found.results[0].label


def test_two_hundred_kept_out_pictures(core: ClipCore, photos: list[Image.Image]) -> None:
    """Letters, layouts and colours are others than in training: the first label is right for 90 %,
    in either bank, and for two thirds of each kind."""
    seen = {
        kind: [square(draw(Random(f"{kind} {at}"))) for at in range(EACH)]
        for kind, draw in kinds(photos).items()
    }
    for bank in BANKS:
        right = {
            kind: sum(first(core, each, bank) == kind for each in pictures) / EACH
            for kind, pictures in seen.items()
        }
        assert np.mean(list(right.values())) >= 0.9, (bank, right)
        assert min(right.values()) >= 0.66, (bank, right)


def changed(photos: list[Image.Image]) -> Iterator[Pixels]:
    """Photos as they are, without colour, aged, dark, bright as in fog, and out of focus."""
    dice = np.random.default_rng(4)
    for photo in photos:
        plain = square(photo)
        yield plain
        for view in VIEWS.values():
            yield view(plain, dice)
        yield (plain * 0.4 + 150).astype(np.uint8)
        yield square(photo.filter(ImageFilter.GaussianBlur(photo.width / 60)))


def test_no_photo_is_taken_for_one(core: ClipCore, photos: list[Image.Image]) -> None:
    """At most 1 in 100 photos, plain or altered."""
    seen = list(changed(photos + [Image.open(file).convert("RGB") for file in OTHERS]))
    apart = frozenset().union(*(ask(core.bank(name)).structure.apart for name in BANKS))
    for bank in BANKS:
        called = [label for each in seen if (label := first(core, each, bank)) in apart]
        assert len(called) <= 0.01 * len(seen), (bank, called)


def test_todays_labels_are_as_without_them(core: ClipCore, photos: list[Image.Image]) -> None:
    """A photo's shares of the default bank's other labels, and these alone, are the softmax of
    their own scores: they sum to 1."""
    bank = ask(core.bank("default"))
    for photo in photos[:5]:
        question = RankQuestion(top_k=len(bank.labels), most=len(bank.labels))
        found = ask(core.rank(square(photo), question)).results
        others = [each for each in found if each.label not in bank.structure.apart]
        assert len(others) == 50
        assert sum(each.prob for each in others) == pytest.approx(1)
        assert [each.prob for each in found] == sorted((it.prob for it in found), reverse=True)
