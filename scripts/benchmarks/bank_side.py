"""Label banks as the server builds and reloads them, without the server."""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from framed.settings import Settings
from runners.clip.banks.reading import LabelFiles
from runners.clip.banks.store import BankStore
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.models import default_model
from runners.clip.opening import open_model
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from runners.clip.words.prompt_cache import PromptCache
from scripts.benchmarks.row import NotMeasurableError
from scripts.benchmarks.words import LABELS, TEMPLATES, write_bank

BANK = "bench"


class BankSide:
    """The engine that `settings` choose, its text tower loaded, and folders that go at the end."""

    def __init__(self, settings: Settings) -> None:
        self._opened = open_model(default_model(settings), settings)
        self._opened.engine.encode_texts(["a word", "another word"])
        self._folder = tempfile.TemporaryDirectory(prefix="framed-bench-")
        self._count = 0

    def engine(self) -> str:
        """What encodes the texts."""
        engine = self._opened.engine
        return f"{engine.name} {engine.device} {engine.text_precision}"

    def build(self) -> tuple[float, float]:
        """(CPU, wall) seconds from files to a bank that serves, nothing of it known before.

        That is reading, encoding, averaging and writing to both caches.
        """
        config = self._config()
        shelf, texts = self._shelf(config)
        start, cpu = time.perf_counter(), time.process_time()
        shelf.open(BANK)
        seconds = time.process_time() - cpu, time.perf_counter() - start
        _expect(texts.encoded, len(LABELS) * len(TEMPLATES))
        return seconds

    def reload(self, changes: int) -> list[float]:
        """Wall seconds of each of so many reloads, of one label changed in the file each."""
        config = self._config()
        shelf, texts = self._shelf(config)
        shelf.open(BANK)
        return [self._reload(config, shelf, texts, number) for number in range(changes)]

    def _reload(self, config: Path, shelf: BankShelf, texts: TextEncoder, number: int) -> float:
        write_bank(config, BANK, (*LABELS[:-1], f"silver ship {number}"))
        start, known = time.perf_counter(), texts.encoded
        shelf.reload(BANK)
        seconds = time.perf_counter() - start
        _expect(texts.encoded - known, len(TEMPLATES))
        return seconds

    def _config(self) -> Path:
        self._count += 1
        config = Path(self._folder.name) / str(self._count)
        write_bank(config, BANK)
        return config

    def _shelf(self, config: Path) -> tuple[BankShelf, TextEncoder]:
        facts = self._opened.facts
        cache = PromptCache(config / "prompts.sqlite", facts.embedding_dim)
        texts = TextEncoder(self._opened.engine, ThreadPoolExecutor(1), cache=cache)
        maker = BankMaker(texts, facts.revision, facts.embedding_dim)
        builder = BankBuilder(LabelFiles(config), BankStore(config / "kept", "bench"), maker)
        return BankShelf(builder), texts


def _expect(encoded: int, prompts: int) -> None:
    if encoded != prompts:
        raise NotMeasurableError(f"{encoded} prompts were encoded, not {prompts}")
