"""Other libraries' metrics in place of ours: piq's BRISQUE and CLIP-IQA, scikit-image's noise.

They are the references that ours are held to, several times slower, and for those who want the
libraries' own numbers. Nothing here is imported unless asked for: PyTorch takes seconds.
"""

from __future__ import annotations

import importlib
import logging
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from framed.extras import LIBRARIES, require
from runners.technical.metrics import brisque as our_brisque
from runners.technical.metrics import noise as our_noise
from runners.technical.metrics.metric import RGB, Metric
from runners.technical.metrics.picture import Picture
from runners.technical.metrics.reading import Reading, no_reading
from runners.technical.metrics.support_vectors import LIVE

_CLIP_IQA_FILES = ("RN50.pt", "clipiqa_tokens.pt")  # as piq names them, in ~/.cache/clip
_CLIP_IQA_SIDE = 336  # px; the short side, without a crop
_CLIP_IQA_LONGEST = 6 * _CLIP_IQA_SIDE  # the attention over a longer strip takes gigabytes

Function = Callable[[Picture], Reading]
_log = logging.getLogger("framed.technical")


def library_metrics(metrics: Sequence[Metric]) -> tuple[Metric, ...]:
    """The table `metrics` with the libraries' `brisque` and `noise` where it has ours.

    What is said about a metric stays; function, view and backend ("piq <version>",
    "scikit-image <version>") are the library's. piq's `clip_iqa` comes before `brisque` if its
    weights are on this machine; nothing is downloaded, and a log line names a file that is
    missing. Raises `AbsentError` where a library is not installed.
    """
    require(LIBRARIES, "FRAMED_METRIC_BACKENDS=library")
    table = {"brisque": _brisque_of_piq, "noise": _noise_of_scikit_image}
    return tuple(
        entry
        for metric in metrics
        for entry in (
            *(_clip_iqa_of_piq() if metric.name == "brisque" else ()),
            table[metric.name](metric) if metric.name in table else metric,
        )
    )


def _noise_of_scikit_image(ours: Metric) -> Metric:
    import pywt  # scikit-image needs it at the first call, and does not install it
    from skimage import restoration

    estimate_sigma: Any = restoration.estimate_sigma  # not annotated

    def noise(picture: Picture) -> Reading:
        """`noise` by `skimage.restoration.estimate_sigma`; see there."""
        if picture.smallest_side < our_noise.SMALLEST_SIDE:
            return no_reading("too_small")
        plane = picture.pixels / 255.0
        # of coefficients that are all zero it would give NaN and a warning
        textured = pywt.dwtn(plane, "db2")["dd"].any()
        sigma = float(estimate_sigma(plane)) if textured else 0.0
        return Reading(min(1.0, sigma / our_noise.NOISIEST), {"sigma": sigma})

    return replace(ours, function=noise, backend=f"scikit-image {version('scikit-image')}")


def _brisque_of_piq(ours: Metric) -> Metric:
    score = piq_brisque()

    def brisque(picture: Picture) -> Reading:
        """`brisque` by piq, of uint8 [h, w, 3]; see there."""
        if picture.smallest_side < our_brisque.SMALLEST_SIDE:
            return no_reading("too_small")
        raw = score(picture.pixels)
        if raw is None:
            return no_reading("flat")
        return our_brisque.scaled(raw)

    return replace(ours, function=brisque, view=RGB, backend=f"piq {version('piq')}")


def piq_brisque() -> Callable[[Any], float | None]:
    """piq's BRISQUE as a function of RGB uint8 [h, w, 3]: the raw score, None of a flat picture."""
    module: Any = importlib.import_module("piq.brisque")  # the name in piq itself is the function
    # piq downloads its weights and reads them again at every call; these are the same numbers
    module.load_url = _live_parameters()

    def score(pixels: Any) -> float | None:
        if (pixels == pixels[0, 0]).all():  # piq would measure the border that it pads with black
            return None
        try:
            raw = float(module.brisque(_tensor(pixels), data_range=255))
        except AssertionError:  # how piq refuses pictures without variance
            return None
        return raw if math.isfinite(raw) else None  # NaN where `python -O` drops the assertions

    return score


def _live_parameters() -> Callable[..., tuple[Any, Any]]:
    """What piq loads: (coefficients [774], support vectors [774, 36]), float32."""
    import torch

    with np.load(LIVE, allow_pickle=False) as live:
        coefficients, vectors = (
            torch.from_numpy(live[name].astype(np.float32)) for name in ("sv_coef", "sv")
        )
    return lambda *_, **__: (coefficients, vectors.detach())  # piq transposes its copy in place


def _tensor(pixels: Any) -> Any:
    """uint8 [h, w, 3] to float32 [1, 3, h, w], 0..255."""
    import torch

    # for the thread that asks: the pool is the parallelism (threads already busy keep theirs)
    torch.set_num_threads(1)
    return torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float()


def _clip_iqa_of_piq() -> tuple[Metric, ...]:
    """The entry of `clip_iqa`, or none where piq would have to download."""
    folder = Path("~/.cache/clip").expanduser()  # fixed in piq, whatever TORCH_HOME says
    missing = [str(folder / name) for name in _CLIP_IQA_FILES if not (folder / name).is_file()]
    if missing:
        _log.warning("clip_iqa of piq is left out; missing: %s", ", ".join(missing))
        return ()
    return (
        Metric(
            name="clip_iqa",
            function=_clip_iqa(),
            range=(0.0, 1.0),
            direction="higher is better",
            high="Looks like what people call a good photo.",
            low="Looks like what people call a bad photo.",
            version=3,
            view=RGB,
            backend="piq-rn50",
            of_drawn="nothing",
        ),
    )


def _clip_iqa() -> Function:
    from piq import CLIPIQA

    with warnings.catch_warnings():  # piq's file is TorchScript, of which torch now warns
        warnings.simplefilter("ignore", FutureWarning)
        model = CLIPIQA(data_range=1.0)

    def clip_iqa(picture: Picture) -> Reading:
        """How much a photo looks like "Good photo." rather than "Bad photo.", 0 to 1.

        Parameters
        ----------
        picture : uint8 [h, w, 3]
            RGB, long side at most 1024; resized to a short side of 336 px, bicubic.

        Returns
        -------
        Reading
            value in [0, 1], high means good; None, "too_small", where a side is under 32 px.

        References
        ----------
        J. Wang, K. C. K. Chan, C. C. Loy, Exploring CLIP for assessing the look and feel of
        images, AAAI 2023, arXiv:2207.12396. OpenAI's RN50 as in piq.
        """
        if picture.smallest_side < our_brisque.SMALLEST_SIDE:
            return no_reading("too_small")
        return Reading(float(model(_resized(picture.pixels))))

    return clip_iqa


def _resized(pixels: Any) -> Any:
    """uint8 [h, w, 3] to float32 [1, 3, H, W], 0..1, the short side 336 px (less for strips)."""
    from torch.nn.functional import interpolate

    sides = pixels.shape[:2]
    scale = min(_CLIP_IQA_SIDE / min(sides), _CLIP_IQA_LONGEST / max(sides))
    size = [round(side * scale) for side in sides]
    larger = interpolate(_tensor(pixels) / 255.0, size=size, mode="bicubic", antialias=True)
    return larger.clamp(0.0, 1.0)  # bicubic swings past the ends
