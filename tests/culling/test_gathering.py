"""What shows the same meets, and nothing else, even where the model sees no difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from framed.culling.gathering import Group, gather
from tests.culling.pictures import (
    NAMES,
    chat,
    encoded,
    form,
    framed,
    page,
    plain,
    sample,
    shot,
    shots,
    table,
)

DIFFERENT: dict[str, Callable[[int], Image.Image]] = {
    "pages": page,
    "light chats": lambda seed: chat(seed, dark=False),
    "dark chats": lambda seed: chat(seed, dark=True),
    "forms": form,
    "tables": table,
    "plain frames": plain,
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_different_pictures_of_one_kind_stay_apart(kind: str) -> None:
    """Five of a kind are five groups, though their embeddings are equal."""
    assert len(gather(shots([DIFFERENT[kind](seed) for seed in range(5)]), 0.9)) == 5


@pytest.mark.soak
@pytest.mark.parametrize("kind", DIFFERENT)
def test_two_hundred_of_a_kind_stay_apart(kind: str) -> None:
    """None of 200 is merged."""
    assert len(gather(shots([DIFFERENT[kind](seed) for seed in range(200)]), 0.9)) == 200


def test_different_photos_stay_apart() -> None:
    """Cat, cup and pier are three, whatever the model says."""
    assert len(gather(shots([sample(name) for name in NAMES], "JPEG"), 0.9)) == 3


@pytest.mark.parametrize("name", ["cat", "pier_sunset"])
def test_copies_meet_as_one_picture(name: str) -> None:
    """Smaller, compressed, sharpened, cropped, brighter, grey, in another format: one picture."""
    image = sample(name, 1400)
    width, height = image.size
    copies = [
        encoded(image, 93),
        encoded(image, 30),
        encoded(sample(name, 320), 80),
        encoded(image.filter(ImageFilter.UnsharpMask(1.5, 120, 0)), 80),
        encoded(image.crop((width // 40, 0, width, height - height // 50)), 85),
        encoded(image.point([min(255, round(level * 1.15)) for level in range(256)] * 3), 85),
        encoded(image.convert("L"), 85),
        encoded(sample(name, 800), 70, "WEBP"),
    ]
    (group,) = gather([shot(index, data) for index, data in enumerate(copies)], 0.9)
    assert [len(picture.copies) for picture in group.pictures] == [8]


def test_bursts_meet_as_several_pictures() -> None:
    """Shifted by up to 8 %, turned, nearer, noisy, out of focus: of 14 shots 13 are found."""
    groups = [_largest(_burst(sample(name))) for name in ("coffee", "pier_sunset")]
    assert sum(len(picture.copies) for group in groups for picture in group.pictures) >= 13
    assert sum(len(group.pictures) for group in groups) >= 13


def _largest(burst: list[Image.Image]) -> Group:
    return max(gather(shots(burst, "JPEG"), 0.9), key=lambda group: len(group.pictures))


def _burst(scene: Image.Image) -> list[Image.Image]:
    return [
        framed(scene),
        framed(scene, shift=(0.02, 0.03), noise=3),
        framed(scene, shift=(-0.05, 0.06), noise=3),
        framed(scene, turned=-3, shift=(0.02, 0)),
        framed(scene, nearer=1.05, shift=(0.02, -0.02)),
        framed(scene, shift=(0.01, 0.02), noise=15),
        framed(scene, shift=(0.02, 0.01), blurred=3),
    ]


def test_a_sweep_does_not_end_in_one_group() -> None:
    """Where the first and the last frame share nothing, they are not in one group."""
    wide = sample("pier_sunset", 1600)
    sweep = [wide.crop((left, 0, left + 500, wide.height)) for left in range(0, 1100, 100)]
    groups = gather(shots(sweep, "JPEG"), 0.9)
    for group in groups:
        places = [each.index * 100 for picture in group.pictures for each in picture.copies]
        assert max(places) - min(places) < 500 * 0.55


def test_the_model_is_asked_too() -> None:
    """The same pixels differently saved are no near duplicates where the embeddings differ."""
    one, other = shot(0, encoded(sample("cat"), 90)), shot(1, encoded(sample("cat"), 50))
    assert len(gather([one, replace(other, embedding=np.array([0, 1], np.float32))], 0.9)) == 2


def test_of_a_copy_the_model_need_be_less_sure() -> None:
    """A grey copy meets its original; another shot of the scene does not."""
    one, grey, moved = shots(
        [
            framed(sample("cat")),
            framed(sample("cat")).convert("L").convert("RGB"),
            framed(sample("cat"), (0.04, 0.03)),
        ]
    )
    turned = np.array([0.8, 0.6], np.float32)
    assert len(gather([one, replace(grey, embedding=turned)], 0.9)) == 1
    assert len(gather([one, replace(moved, embedding=turned)], 0.9)) == 2


def test_the_same_file_meets_itself() -> None:
    """Also one without any content that could agree."""
    data = encoded(plain(0), format="PNG")
    assert len(gather([shot(0, data), shot(1, data)], 0.9)) == 1


def test_hours_apart_no_burst() -> None:
    """One camera's clock parts what looks like one burst; another camera's says nothing."""
    one, other = shots([framed(sample("coffee")), framed(sample("coffee"), (0.03, 0.04))], "JPEG")

    def at(each: object, seconds: float, camera: str = "A B") -> object:
        file = replace(each.likeness.file, taken=seconds, camera=camera)  # type: ignore[attr-defined]
        return replace(each, likeness=replace(each.likeness, file=file))  # type: ignore

    def count(*both: object) -> int:
        return len(gather(list(both), 0.9))  # type: ignore[arg-type]

    assert count(at(one, 0), at(other, 2)) == 1
    assert count(at(one, 0), at(other, 7200)) == 2
    assert count(at(one, 0), at(other, 7200, "C D")) == 1


def test_the_order_of_arrival_changes_nothing() -> None:
    """The same photos finished in another order stand in the same groups."""
    all_of_them = shots(
        [framed(sample(name), (at, 0)) for name in NAMES for at in (0, 0.04)], "JPEG"
    )

    def seen(order: list[int]) -> list[list[list[int]]]:
        groups = gather([all_of_them[at] for at in order], 0.9)
        return [[[s.index for s in p.copies] for p in group.pictures] for group in groups]

    assert seen([0, 1, 2, 3, 4, 5]) == seen([5, 2, 0, 4, 1, 3])
