"""`framed.imaging.likeness`: made on request, upright, with what the file tells."""

from __future__ import annotations

import numpy as np
from PIL import ExifTags, Image

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, ViewSpec
from tests.imaging.pictures import encoded, scene


def likeness(data, spec=None):
    return prepare(data, spec or DecodeSpec(), ViewSpec(likeness=True)).views.likeness


def test_it_is_made_only_on_request():
    """Nobody else pays for it."""
    assert prepare(encoded(scene(), "PNG"), DecodeSpec(), ViewSpec()).views.likeness is None


def test_a_turned_photo_is_like_the_upright_one():
    """The thumbnail is of the picture as it is seen."""
    upright, exif = scene(200, 150), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = encoded(upright.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif.tobytes())
    one, other = likeness(encoded(upright, "PNG")), likeness(turned)
    assert one.digest == other.digest
    assert np.array_equal(one.thumbnail, other.thumbnail)


def test_the_digest_is_of_the_pixels():
    """Two formats of the same pixels share it, others do not."""
    same = {likeness(encoded(scene(), format)).digest for format in ("PNG", "BMP")}
    assert len(same) == 1
    assert likeness(encoded(scene(99, 77), "PNG")).digest not in same


def test_the_file_tells_of_camera_and_compression():
    """Coarser tables have larger steps; what is no JPEG has none."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Maker ", "M-1\0"
    fine = likeness(encoded(scene(), "JPEG", quality=95, exif=exif.tobytes())).file
    coarse = likeness(encoded(scene(), "JPEG", quality=30)).file
    assert fine.quantisation < coarse.quantisation
    assert (fine.camera, coarse.camera) == ("Maker M-1", None)
    assert likeness(encoded(scene(), "PNG")).file.quantisation is None
    assert coarse.bytes == len(encoded(scene(), "JPEG", quality=30))


def test_a_photo_that_is_compared_is_otherwise_the_same():
    """It is looked at in its own pixels besides: planes and facts are those of any other."""
    data = encoded(scene(2400, 1600), "JPEG", quality=95)
    spec = DecodeSpec(min_long_side=1024, compared_side=2048)
    plain = prepare(data, spec, ViewSpec(planes=("grey_preview", "luma")))
    compared = prepare(data, spec, ViewSpec(planes=("grey_preview", "luma"), likeness=True))
    assert compared.facts == plain.facts
    assert plain.facts.decoded_size == (1200, 800)
    for name, plane in plain.views.planes.items():
        assert np.array_equal(compared.views.planes[name], plane)
    assert compared.views.likeness is not None
    assert compared.views.likeness.grain.side == 2400
