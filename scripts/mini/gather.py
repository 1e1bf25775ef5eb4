"""The photos that were gathered by hand, brought again from public repositories, by commit.

    python -m scripts.mini.gather left_out|training --out FOLDER

FOLDER/photos gets the photos, FOLDER/list.jsonl what is true of those that are there: for
`scripts.evaluate --list` (left_out), or for `scripts.mini.harvest` (training, with captions.jsonl).
A photo that is there already is not brought again. The tables lie in scripts/mini/gathered.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageOps
from tqdm import tqdm

from scripts.mini.repositories import GoneError, Open, blobs_of, fetched, file_of, mirrored

TABLES = Path(__file__).parent / "gathered"
BASE = "https://github.com"
SIDE = 512
QUALITY = 90

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A set: an entry's file below photos/, its line of the list, and whether a large JPEG is
    decoded at a reduced size where the tables do not say (faster; the last bits of some differ)."""

    file: Callable[[Entry], str]
    line: Callable[[Entry], Entry]
    reduced: bool


def left_out_line(entry: Entry) -> Entry:
    """A line of an evaluation list (scripts/evaluation/listing.py)."""
    return {key: entry.get(key) for key in ("photo", "labels", "core", "group", "unknown")}


def training_path(entry: Entry) -> str:
    """The file name of a training photo: its source and its path, as plain characters."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "_", entry["path"]).strip("_").rsplit(".", 1)[0]
    return f"{entry['source']}_{plain[-90:]}.jpg"


def training_line(entry: Entry) -> Entry:
    """A line for `scripts.mini.harvest`."""
    return {
        "path": training_path(entry),
        **{key: entry[key] for key in ("source", "pos", "unknown", "terms")},
        "cls": entry.get("cls", ""),
        "neg_weight": entry.get("neg_weight", 1.0),
        "split": "train",
        "concept": entry.get("concept", "-"),
        "origin": entry["repository"],
        "rev": entry["commit"],
        "origin_path": entry["path"],
    }


KINDS: Mapping[str, Kind] = {
    "left_out": Kind(lambda entry: str(entry["photo"]), left_out_line, reduced=True),
    "training": Kind(
        lambda entry: f"{entry['source']}/{training_path(entry)}", training_line, reduced=False
    ),
}


def read_entries(name: str, tables: Path = TABLES) -> list[Entry]:
    """The photos of a set, by repository and commit.

    A photo has what sources.jsonl says of its repository, and of the folder it lies in; what its
    own line says counts before that: `also` and `doubt` add to `pos` and to `unknown`, `sure`
    takes from `unknown`, and what is true is never unknown.
    """
    known: dict[tuple[str, str | None], Entry] = {
        (row["repository"], row.get("folder")): row for row in _lines(tables / "sources.jsonl")
    }
    entries: list[Entry] = []
    for line in _lines(tables / f"{name}.jsonl"):
        repository, folder = line["repository"], line["path"].rpartition("/")[0]
        said = {**known[repository, None], **known.get((repository, folder), {}), **line}
        entries.append({**said, **_labels(said)})
    return sorted(entries, key=_origin)


def _labels(said: Entry) -> Entry:
    true = {**_weights(said.get("pos", ())), **_weights(said.get("also", ()))}
    unknown = {*said["unknown"], *said.get("doubt", ())} - {*said.get("sure", ()), *true}
    return {"pos": dict(sorted(true.items())), "unknown": sorted(unknown)}


def _weights(labels: Mapping[str, float] | Sequence[str]) -> Mapping[str, float]:
    """Labels by name alone have the full weight."""
    return labels if isinstance(labels, Mapping) else dict.fromkeys(labels, 1.0)


def scaled(data: bytes, *, reduced: bool = False, quality: int = QUALITY) -> bytes:
    """A photo as JPEG: upright, RGB, its long side at most 512 px.

    Raises `GoneError` for what is no photo.
    """
    try:
        photo = Image.open(io.BytesIO(data))
        if reduced:
            photo.draft("RGB", (2 * SIDE, 2 * SIDE))
        upright = ImageOps.exif_transpose(photo).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as reason:
        raise GoneError(f"not a photo that can be read: {reason}") from reason
    upright.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=quality)
    return written.getvalue()


def gather(
    name: str,
    out: Path,
    open_: Open,
    tables: Path = TABLES,
    warn: Callable[[str], None] = lambda text: tqdm.write(text, file=sys.stderr),
) -> tuple[int, int]:
    """Brings the photos of a set that `out` lacks, and lists those that are there.

    `warn` hears of each repository that does not give all. Answers how many photos are there, and
    of how many.
    """
    kind, entries = KINDS[name], read_entries(name, tables)
    out.mkdir(parents=True, exist_ok=True)
    missing = [entry for entry in entries if not _place(out, kind, entry).exists()]
    with tqdm(total=len(entries), initial=len(entries) - len(missing), unit=" photos") as bar:
        for (repository, commit), group in groupby(missing, _origin):
            bar.set_postfix_str(repository)
            some = list(group)
            reasons = list(_watched(_brought(some, open_, out, kind), bar))
            if reasons:
                lost = f"{len(reasons)} of {len(some)} photos are not to be had"
                warn(f"{repository} at {commit[:10]}: {lost}. {reasons[0]}")
    there = [entry for entry in entries if _place(out, kind, entry).exists()]
    _write_lists(there, kind, out)
    return len(there), len(entries)


def _brought(entries: Sequence[Entry], open_: Open, out: Path, kind: Kind) -> Iterator[str | None]:
    """Brings the photos of one commit: for each nothing, or why it is not to be had."""
    repository, commit = _origin(entries[0])
    with TemporaryDirectory(prefix=".fetched-", dir=out) as folder:
        try:
            store = open_(repository, commit, {entry["path"] for entry in entries}, Path(folder))
            blobs = blobs_of(store, commit)
        except GoneError as reason:
            yield from [str(reason)] * len(entries)
            return
        for entry in entries:
            try:
                data = file_of(store, blobs, entry["path"])
                photo = scaled(
                    data,
                    reduced=entry.get("reduced", kind.reduced),
                    quality=entry.get("quality", QUALITY),
                )
            except GoneError as reason:
                yield f"{entry['path']}: {reason}"
            else:
                _write(_place(out, kind, entry), photo)
                yield None


def _watched(reasons: Iterable[str | None], bar: tqdm[Any]) -> Iterator[str]:
    for reason in reasons:
        if reason is None:
            bar.update()
        else:
            yield reason


def _place(out: Path, kind: Kind, entry: Entry) -> Path:
    return out / "photos" / kind.file(entry)


def _write(file: Path, data: bytes) -> None:
    """All of it or nothing: what stands there counts as brought."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(file)


def _write_lists(entries: Sequence[Entry], kind: Kind, out: Path) -> None:
    lists = {"list.jsonl": [kind.line(entry) for entry in entries]}
    if captioned := [entry for entry in entries if _captions(entry)]:
        lists["captions.jsonl"] = [
            {"path": training_path(it), "captions": _captions(it), "terms": it["terms"]}
            for it in captioned
        ]
    for name, lines in lists.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        _write(out / name, text.encode())


def _captions(entry: Entry) -> list[str]:
    return [entry["caption"]] if "caption" in entry else list(entry.get("captions", ()))


def _lines(file: Path) -> list[Entry]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _origin(entry: Entry) -> tuple[str, str]:
    return entry["repository"], entry["commit"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="gather",
        description="Bring the gathered photos again. Exit status: 0, or 2 if none is there.",
    )
    command.add_argument("name", choices=sorted(KINDS), help="which photos")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    command.add_argument(
        "--base", default=BASE, metavar="ADDRESS", help=f"owner/name lies below it ({BASE})"
    )
    command.add_argument(
        "--mirror", metavar="COMMAND",
        help="instead: a command that, given owner/name, prints the git directory of a copy",
    )  # fmt: skip
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    asked = parser().parse_args(arguments)
    open_ = mirrored(asked.mirror) if asked.mirror else fetched(asked.base.rstrip("/"))
    try:
        there, wanted = gather(asked.name, asked.out, open_)
    except OSError as reason:
        print(f"gather: {reason}", file=sys.stderr)
        return 2
    print(f"{there} of {wanted} photos are in {asked.out}.")
    return 0 if there else 2


if __name__ == "__main__":
    sys.exit(main())
