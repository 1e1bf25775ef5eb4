"""Rows of label banks of 200 labels in 5 templates: built, reloaded, read back from the disk."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import numpy as np

from framed.cpus import granted_cpus
from framed.results import Embedding
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.reading import LabelFiles
from runners.clip.banks.source import BankText
from runners.clip.banks.store import BankStore
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from scripts.benchmarks.bank_side import BANK, BankSide
from scripts.benchmarks.child import Child
from scripts.benchmarks.models import MINI, VIT_L, Model, checkpoint, settings_for
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row
from scripts.benchmarks.stock import Stock
from scripts.benchmarks.words import LABELS, TEMPLATES, write_bank

_SAMPLE = LABELS[:: len(LABELS) // 5]  # of the usual loop, whose labels all cost the same
_MOST_RUNS = 3
_CPU, _WALL = 0, 1
_DIM = 768  # as ViT-L/14


def _build(model: Model, threads: int, clock: int, unit: str, conditions: Conditions) -> Measured:
    """Ours against label by label in torch fp32, 77 tokens a prompt, scaled up from a sample."""
    settings = settings_for(checkpoint(model), threads=threads)
    scale = len(LABELS) / len(_SAMPLE)
    stock = (model.folder, None, model.quick_gelu, threads)
    with (
        Child(BankSide, settings, threads=threads) as ours,
        Child(Stock, *stock, threads=threads) as usual,
    ):
        engine = ours.ask("engine")
        usual.ask("labels_seconds", LABELS[:1], TEMPLATES)
        built, looped = [], []
        for _ in conditions.progress(range(min(conditions.repeat, _MOST_RUNS))):
            built.append(ours.ask("build")[clock])
            looped.append(usual.ask("labels_seconds", _SAMPLE, TEMPLATES)[clock] * scale)
    note = (
        f"{engine}; the usual loop ran on {len(_SAMPLE)} of {len(LABELS)} labels, times {scale:g}"
    )
    return Measured(min(built), unit, min(looped), notes=(note,))


def _large(conditions: Conditions) -> Measured:
    return _build(VIT_L, 1, _CPU, "CPU s", conditions)


def _mini(conditions: Conditions) -> Measured:
    return _build(MINI, granted_cpus(), _WALL, "s", conditions)


def _reload(conditions: Conditions) -> Measured:
    """Wall time of a reload that finds one of 200 labels changed, on all cores."""
    threads = granted_cpus()
    settings = settings_for(checkpoint(VIT_L))
    with Child(BankSide, settings, threads=threads) as ours:
        engine = ours.ask("engine")
        seconds = ours.ask("reload", conditions.repeat)
    return Measured(statistics.median(seconds), "s", notes=(engine,))


def _disk(conditions: Conditions) -> Measured:
    """Wall time until a bank that was built before serves again: no model has a part in it."""
    rows = np.random.default_rng(1).normal(size=(len(LABELS) * len(TEMPLATES), _DIM))
    with tempfile.TemporaryDirectory(prefix="framed-bench-") as folder:
        config, store = Path(folder), BankStore(Path(folder) / "kept", "bench")
        write_bank(config, BANK)
        text = BankText(BANK, LABELS, TEMPLATES)
        vectors = dict(zip(prompts_of(text), rows.astype(np.float32), strict=True))
        store.save(assemble_bank(text, vectors, "random"))
        runs = [_opened(config, store) for _ in conditions.progress(range(conditions.repeat))]
    return Measured(statistics.median(runs), "s", notes=(f"{_DIM} dimensions",))


def _opened(config: Path, store: BankStore) -> float:
    maker = BankMaker(cast(TextEncoder, _NoModel()), "random", _DIM)
    shelf = BankShelf(BankBuilder(LabelFiles(config), store, maker))
    start = time.perf_counter()
    shelf.open(BANK)
    return time.perf_counter() - start


class _NoModel:
    """Stands where texts are encoded; who comes here did not find the bank on the disk."""

    encoded = 0

    def encode_and_wait(self, prompts: Iterable[str]) -> dict[str, Embedding]:
        raise NotMeasurableError("the bank was not found on the disk")


ROWS = (
    Row("bank/vit-l-14/200x5", _large, large=True),
    Row("bank/mini/200x5", _mini),
    Row("bank/reload-one-label", _reload, large=True),
    Row("bank/disk", _disk),
)
