"""Among copies the original is best, within a burst the crisp shot; each photo says why."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageFilter, ImageOps

from framed.culling.gathering import gather
from framed.culling.ranking import Ranked, ranked
from framed.culling.shot import Shot
from tests.culling.pictures import encoded, framed, sample, shot, spoilt


def order(shots: list[Shot]) -> list[Ranked]:
    """Of one group that all must be in."""
    (group,) = gather(shots, 0.9)
    return ranked(group)


def of_files(*files: bytes) -> list[Ranked]:
    return order([shot(index, data) for index, data in enumerate(files)])


def test_the_original_is_best_and_the_thumbnail_last() -> None:
    """Not the sharpened copy, as by `sharpness_local`."""
    sharp = sample("pier_sunset", 600).filter(ImageFilter.UnsharpMask(1, 60, 0))
    found = of_files(
        encoded(sample("pier_sunset", 320), 80),
        encoded(sharp, 75),
        encoded(sample("pier_sunset", 1000), 92),
        encoded(sample("pier_sunset", 600), 80),
    )
    assert [each.shot.index for each in found] == [2, 3, 1, 0]
    assert [each.kind for each in found] == [None, "copy", "copy", "copy"]
    assert found[0].why == "the original: 1000 x 667 pixels, of 4 that are one picture"
    assert found[3].why == "a copy of 320 x 213 pixels; the original has 1000 x 667"


def test_then_compression_then_metadata() -> None:
    """At one size the finer quantisation, and then the file that the camera wrote."""
    exif = Image.Exif()
    exif[271] = "Maker"
    image = sample("coffee", 900)
    found = of_files(encoded(image, 60), encoded(image, 90), encoded(image, 90, exif=exif))
    assert [each.shot.index for each in found] == [2, 1, 0]
    assert "without what the camera wrote" in found[1].why
    assert "at a mean step of" in found[2].why


def test_an_enlarged_copy_is_no_original() -> None:
    """More pixels with no more detail come after the picture that they were made from."""
    small = sample("coffee", 320)
    found = of_files(encoded(small.resize((2000, 1333)), 95), encoded(sample("coffee", 1100), 85))
    assert found[0].shot.index == 1
    assert "enlarged" in found[1].why


def enlarged(times: float, filter: Image.Resampling, amount: int = 0) -> bytes:
    small = sample("pier_sunset", 600)
    size = (round(small.width * times), round(small.height * times))
    return encoded(small.resize(size, filter).filter(ImageFilter.UnsharpMask(2, amount, 0)))


@pytest.mark.parametrize("filter", [Image.Resampling.NEAREST, Image.Resampling.BICUBIC])
@pytest.mark.parametrize("times", [1.2, 1.5, 2, 3])
def test_nor_is_one_enlarged_from_the_other(times: float, filter: Image.Resampling) -> None:
    """By little or much, whatever filter made the new pixels."""
    found = of_files(enlarged(times, filter), encoded(sample("pier_sunset", 600)))
    assert [each.shot.index for each in found] == [1, 0]
    assert "show no more than a smaller copy's" in found[1].why


def test_nor_one_enlarged_and_sharpened() -> None:
    """Sharpening lifts what is there, and nothing is."""
    sharpened = enlarged(2, Image.Resampling.LANCZOS, amount=100)
    assert of_files(sharpened, encoded(sample("pier_sunset", 600)))[0].shot.index == 1


def camera() -> Image.Exif:
    exif = Image.Exif()
    exif[271] = "Maker"
    return exif


def spoilt_copies(original: bytes) -> dict[str, bytes]:
    """Of one size with the original, saved more finely than it was."""
    image = Image.open(io.BytesIO(original))
    image.load()
    small = image.resize((image.width // 2, image.height // 2))
    coarse = Image.open(io.BytesIO(encoded(image, 30)))
    return {
        "coarse before": encoded(coarse, 96),
        "enlarged back": encoded(small.resize(image.size, Image.Resampling.BICUBIC), 96),
        "noised": encoded(spoilt(image, 0, 10), 95),
        "grey": encoded(image.convert("L"), 95),
        "coarse before, as PNG": encoded(coarse, format="PNG"),
    }


@pytest.mark.parametrize("kind", spoilt_copies(encoded(sample("coffee", 320))))
def test_a_finer_table_makes_no_original(kind: str) -> None:
    """What the content tells counts first, also where no file is a camera's."""
    original = encoded(sample("coffee", 900), 90)
    found = of_files(spoilt_copies(original)[kind], original)
    assert found[0].shot.index == 1, found[0].why


@pytest.mark.parametrize("sharpened", [0, 120])
def test_the_cameras_file_is_before_one_saved_more_finely(sharpened: int) -> None:
    """Without what the camera wrote a file was made of one that has it."""
    image = sample("coffee", 900)
    again = image.filter(ImageFilter.UnsharpMask(2, sharpened, 0))
    found = of_files(encoded(again, 97), encoded(image, 90, exif=camera()))
    assert [each.shot.index for each in found] == [1, 0]
    assert found[1].kind == "copy"


def test_a_png_of_a_jpeg_is_no_better() -> None:
    """The same pixels without loss are those of the first file."""
    original = encoded(sample("coffee", 900), 90)
    found = of_files(encoded(Image.open(io.BytesIO(original)), format="PNG"), original)
    assert [each.shot.index for each in found] == [1, 0]
    assert "very pixels" in found[1].why


def test_a_frame_around_it_makes_no_original() -> None:
    """However many pixels it adds."""
    image = sample("coffee", 900)
    wide = ImageOps.expand(image, 12, "white")
    found = order([shot(0, encoded(wide, 95), bordered=True), shot(1, encoded(image, 85))])
    assert [each.shot.index for each in found] == [1, 0]


@pytest.mark.parametrize("name", ["cat", "coffee", "pier_sunset"])
def test_the_noisier_shot_of_a_burst_is_not_best(name: str) -> None:
    """A hand's breadth apart, saved more finely, and still another shot."""
    scene = sample(name)
    noisy = framed(scene, (0.004, 0.006), turned=0.4, noise=15)
    found = of_files(encoded(noisy, 95), encoded(framed(scene), 90))
    assert [(each.shot.index, each.kind) for each in found] == [(1, None), (0, "burst")]


@pytest.mark.parametrize("name", ["cat", "coffee"])
@pytest.mark.parametrize(("blurred", "noise"), [(1.5, 0), (3, 20), (0, 20)])
def test_the_blurred_or_noisy_shot_loses(name: str, blurred: float, noise: float) -> None:
    """Whether the camera moved between the two or not; noise is no detail."""
    scene = sample(name)
    for crisp, other in (
        (scene, spoilt(scene, blurred, noise)),
        (framed(scene), framed(scene, (0.02, 0.03), blurred=blurred, noise=noise)),
    ):
        found = of_files(encoded(other, 92), encoded(crisp, 92))
        assert [each.shot.index for each in found] == [1, 0]
        assert found[1].kind == "burst"
        assert "less sharp" in found[1].why or "noisier" in found[1].why


def test_equal_shots_go_by_exposure_then_brisque_then_order() -> None:
    """Every one of equal sharpness says which figure put it behind."""
    scene = sample("cat")
    first, second, third, last = (
        shot(index, encoded(framed(scene, (0.02 * index, 0.02 * index)))) for index in range(4)
    )
    found = order(
        [
            replace(first, exposure=0.5),
            replace(second, brisque=0.4),
            replace(third, brisque=0.6),
            replace(last, brisque=0.4),
        ]
    )
    assert [each.shot.index for each in found] == [2, 1, 3, 0]
    assert found[1].why.endswith("BRISQUE 0.40 to 0.60")
    assert found[3].why == "as sharp, but exposure 0.50 to 0.70"


def test_a_shot_without_figures_is_last() -> None:
    """And best only where it is alone."""
    scene = sample("cat")
    one, other = (shot(index, encoded(framed(scene, (0.03 * index, 0)))) for index in range(2))
    found = order([replace(one, sharpness_local=None), other])
    assert [each.shot.index for each in found] == [1, 0]
    assert found[1].why == "there are no figures to judge it by"
    (alone,) = order([replace(one, sharpness_local=None)])
    assert (alone.kind, alone.why) == (None, "nothing in this batch shows the same")


def test_the_shots_come_before_their_copies() -> None:
    """The first of a group are those to choose from."""
    scene = sample("coffee", 600)
    crisp, soft = framed(scene), framed(scene, (0.04, 0.03), blurred=2)
    half = (crisp.width // 2, crisp.height // 2)
    found = of_files(
        encoded(crisp.resize(half), 80),
        encoded(soft),
        encoded(crisp),
        encoded(soft.resize(half), 80),
    )
    assert [each.shot.index for each in found] == [2, 1, 0, 3]
    assert [each.kind for each in found] == [None, "burst", "copy", "copy"]
    assert found[2].why.startswith("a copy of 240 x ")
    assert found[3].why.startswith("a copy of the shot at rank 2, of 240 x ")
