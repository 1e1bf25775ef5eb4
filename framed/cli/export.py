"""`python -m framed export onnx|tensorrt|pipeline`: prepare a model for ONNX Runtime ahead of its
first start, and hold what was made against the model itself.

A server that is told the same folder takes what lies there: FRAMED_ENGINE_CACHE=FOLDER.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from framed.cli.progress import progress_shown
from framed.errors import StartupError
from framed.settings import Settings, settings

if TYPE_CHECKING:
    from runners.clip.engines.onnx_engine import OnnxEngine
    from runners.clip.engines.onnx_providers import Place
    from runners.clip.prepared.folder import Prepared

LEAST_COSINE = 0.99  # between a photo's vector and the model's own; serving asks for more


def run(arguments: Sequence[str]) -> int:
    """Runs one of the three; returns 0, or 1 where what was made is not near enough to the model.

    Raises `StartupError` for wrong settings, an absent model, and what must be installed first.
    """
    parsed = _parser().parse_args(arguments)
    chosen = _with(settings(), parsed)
    with progress_shown():
        return int(parsed.action(chosen))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m framed export", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="onnx | tensorrt | pipeline")
    onnx = actions.add_parser("onnx", help="write the towers as ONNX files and check them")
    onnx.set_defaults(action=_onnx)
    tensorrt = actions.add_parser("tensorrt", help="build TensorRT's engines and check them")
    tensorrt.set_defaults(action=_tensorrt)
    both = actions.add_parser("pipeline", help="both, one after the other")
    both.set_defaults(action=_pipeline)
    for action in (onnx, tensorrt, both):
        action.add_argument("--model", metavar="NAME", help="default: the model of the settings")
        action.add_argument(
            "--into", type=Path, metavar="FOLDER", help="default: the engine cache of the settings"
        )
    for action in (tensorrt, both):
        action.add_argument(
            "--precision", choices=("fp16", "fp32"), help="default: that of the settings, else fp16"
        )
        action.add_argument(
            "--max-batch",
            type=_photos_at_once,
            metavar="N",
            help="photos in one call, 1 to 256; default: that of the settings, else 32",
        )
    return parser


def _photos_at_once(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 256")
    return int(text)


def _with(chosen: Settings, parsed: argparse.Namespace) -> Settings:
    """The settings, where the command line does not say otherwise."""
    given = {
        "model": parsed.model or None,
        "models": () if parsed.model else None,
        "engine_cache": parsed.into and parsed.into.expanduser().absolute(),
        "precision": getattr(parsed, "precision", None),
        "max_batch": getattr(parsed, "max_batch", None),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return chosen.model_copy(update=changes)


def _onnx(chosen: Settings) -> int:
    from runners.clip.engines.onnx_providers import CPU, Place, onnx_runtime

    onnx_runtime()  # to miss it now, and not after the export
    return _check(chosen, Place(CPU, "fp32"), "ONNX files")


def _tensorrt(chosen: Settings) -> int:
    return _check(chosen, _tensorrt_place(chosen), "TensorRT engines")


def _pipeline(chosen: Settings) -> int:
    _tensorrt_place(chosen)  # to miss it now, and not after the export
    return _onnx(chosen) or _tensorrt(chosen)


def _tensorrt_place(chosen: Settings) -> Place:
    """Where TensorRT would run. Raises `StartupError` that says what to install."""
    from runners.clip.engines.onnx_providers import (
        INSTALL_TENSORRT,
        TENSORRT,
        onnx_runtime,
        places,
    )

    there = onnx_runtime().get_available_providers()
    found = places(chosen.device, chosen.precision, there, tensorrt=True)
    if place := next((each for each in found if each.provider == TENSORRT), None):
        return place
    if TENSORRT in there:
        raise StartupError(
            "TensorRT runs on an NVIDIA card in fp16 or fp32: "
            f"not on the device {chosen.device} in {chosen.precision}."
        )
    raise StartupError(f"This ONNX Runtime knows no TensorRT; {INSTALL_TENSORRT}.")


def _check(chosen: Settings, place: Place, what: str) -> int:
    """Makes what `place` needs, and tells how near it comes to the model."""
    from runners.clip.engines.onnx_choice import engine_at, prepare_for_onnx
    from runners.clip.models import default_model
    from runners.clip.prepared.build import NotPrepared

    files = default_model(chosen)
    made = prepare_for_onnx(files, chosen, [place])
    if isinstance(made, NotPrepared):
        raise StartupError(f"{files.name} cannot be exported: {made.reason}.")
    prepared, parts = made
    started = time.perf_counter()
    engine = engine_at(prepared, parts, place, chosen)
    for number, size in enumerate(engine.sizes, start=1):
        _warm(engine, size)
        seconds = time.perf_counter() - started
        print(f"size {number}/{len(engine.sizes)} ({seconds:.0f} s): {size} px on {place.said()}")
    near_enough = _parity(prepared, engine)
    folder = _folder(prepared, place, parts)
    if not any(folder.rglob("*.onnx")) and not any(folder.rglob("*.engine")):
        raise StartupError(f"{place.said()} built nothing for {files.name} and left it to others.")
    print(f"{what} of {files.name} are in {folder}")
    print(f"serve them with FRAMED_ENGINE=onnx and FRAMED_ENGINE_CACHE={chosen.engine_folder}")
    return 0 if near_enough else 1


def _warm(engine: OnnxEngine, size: int) -> None:
    import numpy as np

    engine.encode_images(np.zeros((1, size, size, 3), np.uint8))


def _parity(prepared: Prepared, engine: OnnxEngine) -> bool:
    """Whether photos and prompts come out as from the model itself; says so with the figures."""
    from runners.clip.prepared.parity import compare, is_admitted

    kept = prepared.reference
    photos = compare(engine.encode_images(kept.photos), kept.photo_rows, kept.prompt_rows)
    texts = compare(engine.encode_texts(kept.prompts), kept.prompt_rows, kept.photo_rows)
    least = min(photos.cosine, texts.cosine)
    print(f"parity of photos: {photos.said()}")
    print(f"parity of texts:  {texts.said()}")
    if least <= LEAST_COSINE:
        print(f"refused: a cosine above {LEAST_COSINE} is wanted", file=sys.stderr)
        return False
    if not (is_admitted(photos, engine.precision) and is_admitted(texts, engine.text_precision)):
        print(f"refused: a server asks for more of {engine.precision}", file=sys.stderr)
        return False
    return True


def _folder(prepared: Prepared, place: Place, parts: Path) -> Path:
    from runners.clip.engines.onnx_providers import TENSORRT

    own = prepared.machines_own
    tensorrt = own.with_name(f"{own.name}.tensorrt")
    return tensorrt if place.provider == TENSORRT else parts
