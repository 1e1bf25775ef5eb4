"""Teach `mini` what is no photo: the last stage of its training, onto a finished checkpoint."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from tqdm import tqdm

from framed.errors import FramedError
from framed.photo import Pixels
from runners.clip.banks.source import read_bank
from scripts.mini.drawn.altered import ALTERED, patterns
from scripts.mini.drawn.detectors import Detectors, opened, silent_channels
from scripts.mini.drawn.fonts import Fonts
from scripts.mini.drawn.kinds import AMOUNTS, KINDS, Studio
from scripts.mini.drawn.teaching import Lesson, embedded, right, teach
from scripts.mini.drawn.trunk_end import BLOCKS, TrunkEnd
from scripts.mini.drawn.words import BARE, Words, bank_rows, mean_rows
from scripts.mini.export import WEIGHTS
from scripts.mini.photos import square_of

ROOT = Path(__file__).resolve().parents[3]
CONFIG = ROOT / "config"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
BESIDE = "bar chart"  # of the everyday bank, made of a trained word: never before "chart"
MEME_PHOTOS, PATTERNS = 600, 240
_WEIGHT = 4  # of the photos themselves beside the stored features


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m scripts.mini.drawn", description=__doc__)
    command.add_argument(
        "--checkpoint", type=Path, required=True, metavar="FOLDER",
        help="what is taught: the folder that train_mini left",
    )  # fmt: skip
    command.add_argument(
        "--fonts", type=Path, action="append", required=True, metavar="FOLDER",
        help="fonts to write with; may be given again",
    )  # fmt: skip
    command.add_argument(
        "--photos", type=Path, action="append", required=True, metavar="FOLDER",
        help="photos, for which nothing may change; may be given again",
    )  # fmt: skip
    command.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER",
        help="features_u8.npz of photos, as train_mini takes it",
    )  # fmt: skip
    command.add_argument(
        "--begin", type=Path, metavar="FILE",
        help="weights that were taught before by this command: they are taught further",
    )  # fmt: skip
    command.add_argument("--each", type=int, default=260, metavar="N", help="pictures of a kind")
    command.add_argument("--seed", type=int, default=15)
    command.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the weights, .safetensors"
    )
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    asked = parser().parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(asked.seed)
    weights = load_file(asked.checkpoint / WEIGHTS)
    end, tower = TrunkEnd(weights), _tower(asked.checkpoint)
    files = [file for folder in asked.photos for file in sorted(folder.rglob("*"))]
    pictures = [file for file in files if file.suffix.lower() in SUFFIXES]
    photos = end.before(_views(pictures, asked.seed))
    drawn_by_rule = end.before(patterns(np.random.default_rng(asked.seed), PATTERNS))
    studio = Studio(Fonts(asked.fonts), [*_opened(pictures[:: _step(pictures)])])
    drawn, kind = _drawn(end, studio, asked.each, asked.seed)
    kept, kept_kind = _drawn(end, studio, max(1, asked.each // 6), asked.seed + 1)
    detectors = _detectors(end, photos, drawn, kind)
    few, many = (_others(name) for name in ("default", "everyday"))
    lesson = Lesson(
        drawn=drawn,
        plain=_embeddings(end, drawn),
        kind=kind,
        photos=torch.cat([photos, drawn_by_rule]),
        seen=torch.cat([end.head(_features(asked.data)), *[_embeddings(end, photos)] * _WEIGHT]),
        few=bank_rows(tower, *few),
        many=bank_rows(tower, *many),
    )
    words = Words(tower, [*KINDS, BESIDE], [*few[1], *BARE])
    if asked.begin is not None:
        taught = load_file(asked.begin)
        words.read_from(taught)
        for at, each in enumerate(detectors):
            each.read_from(taught, at)
    teach(lesson, end, detectors, words, asked.seed, further=asked.begin is not None)
    with torch.no_grad():
        rows = mean_rows(words()[:, : len(few[1])])
        seen = torch.cat([embedded(end, detectors, part) for part in torch.split(kept, 64)])
        shares = right(seen, rows, lesson.few, kept_kind)
        told = {name: round(shares[at], 3) for at, name in enumerate(KINDS) if at in shares}
        open_for = int((opened(detectors, end.chain(photos)) > 0).sum())
    print(json.dumps({"right": told, "photos": len(photos), "photos_changed": open_for}))
    for at, each in enumerate(detectors):
        each.write_into(weights, at)
    words.write_into(weights)
    save_file(weights, asked.out)
    asked.out.chmod(0o644)  # the library lets only its owner read it
    return 0


def _tower(folder: Path) -> Any:
    import open_clip

    return open_clip.create_model(f"local-dir:{folder}").eval()


def _others(name: str) -> tuple[list[str], Sequence[str]]:
    """The labels of a bank that are not apart, and its templates."""
    bank = read_bank(name, CONFIG)
    return [it for it in bank.labels if it not in bank.structure.apart], bank.templates


def _views(files: Sequence[Path], seed: int) -> Iterator[Pixels]:
    """Each photo, and every other once more, altered."""
    dice = np.random.default_rng(seed)
    for at, file in enumerate(tqdm(files, desc="photos", disable=None)):
        try:
            square = square_of(file.read_bytes())
        except FramedError:
            continue
        yield square
        if at % 2 == 0:
            yield ALTERED[int(dice.integers(len(ALTERED)))](square, dice)


def _opened(files: Sequence[Path]) -> Iterator[Image.Image]:
    for file in files:
        try:
            picture = Image.open(file)
            picture.draft("RGB", (700, 700))
            yield picture.convert("RGB")
        except OSError:
            continue


def _step(files: Sequence[Path]) -> int:
    return max(1, len(files) // MEME_PHOTOS)


def _drawn(
    end: TrunkEnd, studio: Studio, each: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of all kinds before the blocks, and the kind of each."""
    names = list(KINDS)
    kinds = [at for at, name in enumerate(names) for _ in range(round(each * AMOUNTS[name]))]

    def squares() -> Iterator[Pixels]:
        for number, at in enumerate(tqdm(kinds, desc="drawing", disable=None)):
            file, dice = BytesIO(), np.random.default_rng((seed, number))
            studio.picture(names[at], dice).save(file, "PNG", compress_level=0)
            yield square_of(file.getvalue())

    return end.before(squares()), torch.tensor(kinds)


def _detectors(
    end: TrunkEnd, photos: torch.Tensor, drawn: torch.Tensor, kind: torch.Tensor
) -> list[Detectors]:
    channels = silent_channels(end, photos)
    found = [Detectors(end, at, each) for at, each in enumerate(channels)]
    ground, states = end.chain(photos), end.chain(drawn)
    for at, detector in enumerate(found):
        own = [states[at][kind == each] for each in range(len(KINDS))]
        detector.look_for(ground[at][::7], own, at)
    return found


@torch.no_grad()
def _embeddings(end: TrunkEnd, photos: torch.Tensor) -> torch.Tensor:
    last = len(BLOCKS) - 1
    parts = torch.split(end.chain(photos)[last], 64)
    return torch.cat([end.embedding(end.block(last, part)) for part in parts])


def _features(folder: Path) -> torch.Tensor:
    stored = np.load(folder / "features_u8.npz")
    rows = np.concatenate([stored["F"], stored["aug"]]).astype(np.float32) * stored["scale"]
    return torch.from_numpy(rows)


if __name__ == "__main__":
    sys.exit(main())
