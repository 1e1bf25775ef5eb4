"""What the finished checkpoint is worth, by the same tool that measures any other model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from scripts.evaluation.figures import Report, merged, on_labels, on_words
from scripts.evaluation.listing import read_photos, read_words
from scripts.evaluation.model import Evaluated, settings_of
from scripts.mini.labels import Words
from scripts.mini.photos import Album
from scripts.mini.sources import Sources
from scripts.mini.workplace import watched

Entry = Mapping[str, Any]


def measured(
    checkpoint: Path,
    lists: tuple[Path, Path],
    entries: Iterable[Entry],
    sources: Sources,
    words: Words,
) -> Report:
    """The report on those photos of `lists` (labels, nouns) that are at hand.

    `entries` are the photos' own lines; a list names a photo by `file_name`. Without any photo the
    report is empty.
    """
    album = Album(sources.data, sources.folders)
    known = {file_name(entry): entry for entry in entries}
    labelled = [it for it in read_photos(lists[0], words.labels) if album.find(known[it.photo])]
    named = [it for it in read_words(lists[1]) if album.find(known[it.photo])]
    if not (labelled or named):
        return Report()
    model = Evaluated(settings_of(str(checkpoint), None, torch.get_num_threads()))
    read = _reader(album, known)
    report = Report()
    if labelled:
        bank = (words.labels, words.templates)
        report = on_labels(model, labelled, read, bank, watched)
    if named:
        report = merged(report, on_words(model, named, read, words.templates, watched))
    return report


def file_name(entry: Entry) -> str:
    """How the lists name an entry's photo."""
    return f"{entry['source']}/{entry['path']}"


def _reader(album: Album, known: Mapping[str, Entry]) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        return album.find(known[name]) or b""

    return read
