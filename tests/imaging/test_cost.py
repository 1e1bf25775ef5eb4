"""`framed.imaging.cost`: a bound on what decoding really takes, and what is set apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from framed.imaging.child import _ROOT
from framed.imaging.cost import judge, may_last, peak_bytes
from framed.imaging.header import Header
from framed.imaging.pool import MOST_ABOVE
from framed.imaging.shrink import divisor_for
from framed.photo import DecodeSpec
from framed.settings import MIB, Settings
from tests.imaging.pictures import encoded, many_scans, scene

MEASURE = """
import json, re, sys
from pathlib import Path
from framed.imaging.cost import judge
from framed.imaging.prepare import prepare
from framed.imaging.warmth import warm_up
from framed.memory import trim
from framed.photo import DecodeSpec, SquareSpec, ViewSpec

def kept(name):
    return 1024 * int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

warm_up()
spec = DecodeSpec(exact=True)
views = ViewSpec((SquareSpec(224),), ("grey_preview", "luma"))
for file in sys.argv[1:]:
    data = Path(file).read_bytes()
    trim()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = kept("VmRSS")
    prepare(data, spec, views)
    print(json.dumps([Path(file).name, kept("VmHWM") - before, judge(data, spec).memory]))
"""
_TURNED = Image.Exif()
_TURNED[274] = 6
README = Path(__file__).parents[2] / "README.md"
KINDS = {
    "png-rgba": ("PNG", "RGBA", {"compress_level": 1}),
    "png-grey": ("PNG", "L", {"compress_level": 1}),
    "jpeg": ("JPEG", "RGB", {}),
    "jpeg-progressive": ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
    "webp": ("WEBP", "RGB", {"method": 0}),
    "tiff": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "tiff-bilevel": ("TIFF", "1", {"compression": "group4"}),
    "tiff-grey-turned": ("TIFF", "L", {"compression": "tiff_lzw", "exif": _TURNED}),
    "gif": ("GIF", "P", {}),
    "avif": ("AVIF", "RGB", {"speed": 10}),
    "heic": ("HEIC", "RGB", {"quality": 20}),
}


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no Linux")
def test_no_decode_takes_more_than_its_header_says(tmp_path: Path):
    """Of 2 megapixels in every format: the memory really held at the peak is within the bound."""
    base = scene(160, 120).resize((1600, 1200))
    for name, (format, mode, options) in KINDS.items():
        (tmp_path / name).write_bytes(encoded(base.convert(mode), format, **options))
    files = [str(tmp_path / name) for name in KINDS]
    run = [sys.executable, "-c", MEASURE, *files]
    said = subprocess.run(run, cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in said.splitlines()]
    assert [name for name, *_ in rows] == list(KINDS)
    beyond = {name: (held, bound) for name, held, bound in rows if held > bound + 4 * 2**20}
    assert beyond == {}


def _header(format, megapixels, mode="RGB", **more):
    return Header(format, round(megapixels * 1000), 1000, mode, 1, **more)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (Header("PNG", 9000, 9000, "L", 8), Header("PNG", 9000, 9000, "I;16", 8)),
        (Header("PNG", 9000, 9000, "I;16", 8), Header("PNG", 9000, 9000, "RGBA", 8)),
        (_header("JPEG", 50), _header("JPEG", 50, scans=10, samples=3.0)),
        (_header("PNG", 5), _header("WEBP", 5)),
        (_header("PNG", 5), _header("PNG", 6)),
    ],
)
def test_mode_depth_and_scans_count(less, more):
    """More bytes a pixel, more pixels or coefficients kept: more memory."""
    assert peak_bytes(less) < peak_bytes(more)


def test_a_large_png_costs_its_decoders_picture():
    """100 megapixels with alpha are held once, whole; in grey of 16 bits half of it."""
    for mode, bytes_ in (("RGBA", 4), ("I;16", 2)):
        header = Header("PNG", 10_000, 10_000, mode, 8)
        assert bytes_ * 100e6 <= peak_bytes(header) <= (bytes_ + 0.5) * 100e6


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "RGB", "RGBA"])
def test_a_tiff_costs_what_its_colours_take(mode):
    """Of one bit, grey or 16 bits, 100 megapixels fit where those in colour do not."""
    header = Header("TIFF", 10_000, 10_000, mode, 8)
    assert (peak_bytes(header) <= _most_memory()) is (mode not in {"RGB", "RGBA"})


@pytest.mark.parametrize(
    ("column", "formats"),
    [
        (0, [("JPEG", "RGB"), ("PNG", "RGBA"), ("GIF", "P"), ("BMP", "RGB"), ("TIFF", "I;16")]),
        (1, [("TIFF", "RGB"), ("TIFF", "RGBA")]),
        (2, [("HEIC", "RGB"), ("AVIF", "RGB")]),
        (3, [("WEBP", "RGB")]),
    ],
)
def test_the_readme_says_how_many_megapixels_fit(column, formats):
    """As many as it says, and no more, of a file of the largest length that is taken."""
    rows = README.read_text().split("FRAMED_DECODE_MEMORY_MB`):", 1)[1].strip().splitlines()
    says = int(rows[2].strip("|").split("|")[column])
    for format, mode in formats:
        fit = [_fits(format, mode, megapixels) for megapixels in (says, says + 1)]
        assert fit == [True, says == 100]


def _fits(format, mode, megapixels):
    side = int((megapixels * 1e6) ** 0.5)
    divisor = divisor_for(format, side, side, DecodeSpec())
    header = Header(format, side, side, mode, divisor, file_bytes=8 * MIB)
    return peak_bytes(header) <= _most_memory()


def _most_memory():
    return Settings.model_fields["decode_memory_mb"].default * MIB * MOST_ABOVE


@pytest.mark.parametrize(
    ("header", "lasts"),
    [
        (_header("JPEG", 8), False),
        (_header("JPEG", 24), True),
        (Header("JPEG", 6000, 4000, "RGB", 4), False),  # shrunk on load
        (_header("JPEG", 2, scans=10), False),
        (_header("JPEG", 2, scans=150), True),
        (_header("PNG", 8), False),
        (_header("PNG", 9), True),
        (_header("WEBP", 9), True),
        (_header("HEIC", 4), False),
        (_header("HEIC", 12), True),
        (_header("AVIF", 5), True),
        (_header("TIFF", 2), True),
    ],
)
def test_ordinary_photos_stay_in_threads(header, lasts):
    """What is large once decoded, has many scans or a slow decoder is decoded by a child."""
    assert may_last(header, b"") is lasts


def test_what_comes_in_many_pieces_may_last():
    """A PNG of thousands of chunks of pixels, a GIF of megabytes."""
    assert may_last(_header("PNG", 1), b"IDAT" * 3000)
    assert may_last(_header("GIF", 1), bytes(3 * 2**20))


def test_a_file_is_judged_by_its_bytes():
    """The same from the file itself."""
    small = judge(encoded(scene(), "PNG"), DecodeSpec())
    assert not small.may_last
    assert small.memory < 2**20
    assert not judge(many_scans(150), DecodeSpec()).may_last  # of 256 pixels
