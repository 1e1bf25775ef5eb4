"""`framed.imaging.warmth`: all that decoding loads, loaded; and a failure that does not stay."""

from __future__ import annotations

import subprocess
import sys

from framed.imaging.child import _ROOT

LOADED = """
import builtins, io, os, sys
from framed.imaging.warmth import warm_up
from framed.imaging.prepare import prepare
from framed.imaging.pool import DecodePool
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
warm_up()
from tests.imaging.pictures import encoded, scene
files = [encoded(scene(), f) for f in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "HEIC", "AVIF")]
def no_more(*_, **__):
    raise OSError(24, "Too many open files")
before = set(sys.modules)
builtins.open = io.open = os.open = no_more
for data in files:
    prepare(data, DecodeSpec(), ViewSpec((SquareSpec(8),), ("grey_preview", "luma"), "saliency"))
print(*sorted(set(sys.modules) - before))
"""

FAILS_ONCE = """
import sys
from importlib import abc, util
from framed.imaging.warmth import warm_up

class Full(abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name.startswith("cv2.") or name == "cv2.cv2":
            raise OSError(24, "Too many open files")

full = Full()
sys.meta_path.insert(0, full)
try:
    warm_up()
except OSError as fault:
    print(fault.errno)
sys.meta_path.remove(full)
warm_up()
print("warm")
"""


def _said(code):
    run = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


def test_decoding_opens_no_file_once_it_is_warm():
    """Every format is decoded and viewed though no descriptor is left, and nothing is imported."""
    assert _said(LOADED) == []


def test_a_failure_does_not_stay():
    """Descriptors that ran out while OpenCV was loaded: it is loaded when there are some again."""
    assert _said(FAILS_ONCE) == ["24", "warm"]
