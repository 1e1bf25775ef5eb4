"""`python -m framed models list|pull|prepare|check`: which models there are, fetch one, prepare one
for machines without torch, try one."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from framed.errors import StartupError
from framed.settings import Settings, settings


def run(arguments: Sequence[str]) -> int:
    """Runs one of the four; returns 0, or 1 where a model is not there or does not work.

    Raises `StartupError` for wrong settings, and for what keeps a model from loading.
    """
    parsed = _parser().parse_args(arguments)
    return int(parsed.action(parsed, settings()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m framed models", description=__doc__)
    actions = parser.add_subparsers(required=True, metavar="list | pull | prepare | check")
    listing = actions.add_parser("list", help="known models, and which are on this machine")
    listing.set_defaults(action=_list)
    pulling = actions.add_parser("pull", help="fetch a model from the Hugging Face hub")
    pulling.add_argument("name", help="a preset, an alias, or hf-hub:owner/name")
    pulling.add_argument("--into", type=Path, metavar="FOLDER", help="default: the cache folder")
    pulling.set_defaults(action=_pull)
    preparing = actions.add_parser(
        "prepare", help="make a folder that is served on another machine, without torch"
    )
    preparing.add_argument("name", nargs="?", help="default: the model of the settings")
    preparing.add_argument("--into", type=Path, metavar="FOLDER", required=True)
    preparing.add_argument("--onnx", action="store_true", help="with files for ONNX Runtime, too")
    preparing.set_defaults(action=_prepare)
    checking = actions.add_parser("check", help="load a model and encode a picture and a word")
    checking.add_argument("name", nargs="?", help="default: the model of the settings")
    checking.set_defaults(action=_check)
    return parser


def _list(_: argparse.Namespace, chosen: Settings) -> int:
    from runners.clip.models import load_presets

    rows = [("NAME", "HERE", "SIZES", "NOTE")]
    faults = []
    for preset in load_presets(chosen.config_dir):
        here, fault = _whether_here(preset.name, chosen)
        rows.append((preset.name, here, ",".join(map(str, preset.sizes)), preset.note))
        faults += [fault] if fault else []
    for folder in _prepared_folders(chosen):
        here, fault = _whether_here(str(folder), chosen)
        rows.append((str(folder), here, *_of_prepared(folder, here)))
        faults += [fault] if fault else []
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[3]]))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 0


def _whether_here(name: str, chosen: Settings) -> tuple[str, str | None]:
    """ "yes", "prepared", "no" or "broken", and what is wrong with a broken one."""
    from runners.clip.locate import ModelAbsentError, locate
    from runners.clip.model_files import PREPARED

    try:
        found = locate(name, chosen.config_dir, chosen.cache_dir)
    except ModelAbsentError:
        return "no", None
    except StartupError as error:
        return "broken", f"{name}: {error}"
    return "prepared" if found.form == PREPARED else "yes", None


def _prepared_folders(chosen: Settings) -> list[Path]:
    """The prepared folders that the settings name, which no preset's row tells of."""
    from runners.clip.prepared.portable import is_portable

    words = [Path(word).expanduser() for word in chosen.served_models]
    return [folder for folder in words if is_portable(folder)]


def _of_prepared(folder: Path, here: str) -> tuple[str, str]:
    """Sizes and note of a prepared folder's row."""
    from runners.clip.prepared.portable import model_in_portable

    if here == "broken":
        return "", ""
    model = model_in_portable(folder)
    return ",".join(map(str, model.sizes or ())), f"{model.name}, prepared: {model.note}"


def _pull(parsed: argparse.Namespace, chosen: Settings) -> int:
    from runners.clip.model_files import is_complete
    from runners.clip.pull import PullError, hub_model, pull

    try:
        model = hub_model(parsed.name, chosen.config_dir)
        target = parsed.into or chosen.cache_dir / "models" / model.folder_name
        if is_complete(target):
            print(f"{model.hub_id} is already in {target}")
            return 0
        pull(model, target)
    except PullError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{model.hub_id} is in {target}")
    return 0


def _prepare(parsed: argparse.Namespace, chosen: Settings) -> int:
    from framed.cli.progress import progress_shown
    from runners.clip.models import locate
    from runners.clip.prepared.carrying import carry

    word = parsed.name or chosen.served_models[0]
    files = locate(word, chosen.config_dir, chosen.cache_dir)
    into = parsed.into.expanduser().absolute()
    with progress_shown():
        carry(files, chosen, into, onnx=parsed.onnx)
    print(f"{files.name} is prepared in {into}: copy that folder to another machine, and serve it")
    print("there with FRAMED_MODEL=FOLDER")
    return 0


def _check(parsed: argparse.Namespace, chosen: Settings) -> int:
    from runners.clip.models import locate
    from runners.clip.opening import open_model

    started = time.perf_counter()
    word = parsed.name or chosen.served_models[0]
    model = open_model(locate(word, chosen.config_dir, chosen.cache_dir), chosen)
    files, facts, engine = model.files, model.facts, model.engine
    ready = time.perf_counter()
    engine.warm_up()
    print(f"{files.name}: {files.model_id}, revision {facts.revision}, in {files.folder}")
    if files.note:
        print(f"  note        {files.note}")
    print(f"  sizes       {', '.join(map(str, engine.sizes))} (default {engine.default_size})")
    print(f"  dimensions  {facts.embedding_dim}")
    print(f"  engine      {engine.name}, {engine.precision} on {engine.device}")
    print(f"  loading     {ready - started:.1f} s")
    print(f"  encoding    {time.perf_counter() - ready:.2f} s for a picture a size and a word")
    return 0
