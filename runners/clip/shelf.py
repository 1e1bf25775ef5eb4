"""The label banks that serve now: built, kept on disk, swapped by one assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from threading import Lock

from framed.errors import Code, FramedError
from framed.results import ReloadReport
from runners.clip.banks.bank import LabelBank, bank_checksum
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.source import BankText, find_banks, read_bank
from runners.clip.banks.store import BankStore
from runners.clip.texts import TextEncoder

logger = logging.getLogger("framed.clip.banks")


class BankShelf:
    """Named banks of one model; readers take a frozen bank once and keep it for their request."""

    def __init__(
        self, config_dir: Path, store: BankStore, texts: TextEncoder, revision: str, dim: int
    ) -> None:
        self._config_dir = config_dir
        self._store = store
        self._texts = texts
        self._revision = revision
        self._dim = dim
        self._banks: Mapping[str, LabelBank] = {}
        self._changing = Lock()

    @property
    def banks(self) -> Mapping[str, LabelBank]:
        """The banks that serve now, by name; the mapping is never changed in place."""
        return self._banks

    def get(self, name: str) -> LabelBank:
        """The bank called `name`; `unknown_bank` names the nearest one."""
        if (bank := self._banks.get(name)) is not None:
            return bank
        near = get_close_matches(name, self._banks, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self._banks)}."
        raise FramedError(Code.UNKNOWN_BANK, f"There is no label bank {name!r}; {hint}")

    def open(self, name: str) -> LabelBank:
        """Put a bank on the shelf at start-up: the one this server run served last, else the files.

        Files that are bad now fall back to the bank that served before, with a warning.
        """
        with self._changing:
            bank = self._served_before(name, self._store.pointed(name)) or self._from_files(name)
            self._put([bank])
        return bank

    def reload(self, name: str | None) -> tuple[ReloadReport, ...]:
        """Read the files again (one bank, or all) and swap; a bad file leaves everything as it is.

        Raises `invalid_bank` with file, line and reason, or `unknown_bank`.
        """
        with self._changing:
            names = find_banks(self._config_dir) if name is None else (name,)
            texts = [read_bank(each, self._config_dir) for each in names]
            before, built = self._banks, [self._timed(text) for text in texts]
            gone = set(before) - set(names) if name is None else set()
            self._put([bank for bank, _, _ in built], without=gone)
        return tuple(
            ReloadReport(
                bank=bank.name,
                labels=len(bank.labels),
                templates=len(bank.templates),
                checksum_before=before[bank.name].checksum if bank.name in before else None,
                checksum=bank.checksum,
                encoded_prompts=encoded,
                seconds=seconds,
            )
            for bank, encoded, seconds in built
        )

    def _timed(self, text: BankText) -> tuple[LabelBank, int, float]:
        start, encoded = time.perf_counter(), self._texts.encoded
        bank = self._build(text)
        return bank, self._texts.encoded - encoded, time.perf_counter() - start

    def _put(self, banks: Sequence[LabelBank], without: set[str] | None = None) -> None:
        kept = {k: bank for k, bank in self._banks.items() if k not in (without or ())}
        self._banks = kept | {bank.name: bank for bank in banks}
        for bank in banks:
            self._store.point(bank.name, bank.checksum)

    def _served_before(self, name: str, checksum: str | None) -> LabelBank | None:
        return self._store.load(name, checksum, self._dim) if checksum else None

    def _from_files(self, name: str) -> LabelBank:
        try:
            return self._build(read_bank(name, self._config_dir))
        except FramedError as bad:
            last = self._store.last(name)
            previous = self._served_before(name, last)
            if previous is None or not self._is_ours(previous):
                raise
            logger.warning("bank %s: %s Serving the bank of the last run.", name, bad.message)
            return previous

    def _is_ours(self, bank: LabelBank) -> bool:
        return bank_checksum(bank.labels, bank.templates, self._revision) == bank.checksum

    def _build(self, text: BankText) -> LabelBank:
        checksum = bank_checksum(text.labels, text.templates, self._revision)
        if (kept := self._store.load(text.name, checksum, self._dim)) is not None:
            return kept
        bank = assemble_bank(text, self._texts.encode(prompts_of(text)), self._revision)
        self._store.save(bank)
        return bank
