"""The label banks that serve now: built, kept on disk, swapped by one assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from framed.errors import Code, FramedError
from framed.results import ReloadReport
from runners.clip.banks.bank import LabelBank, bank_checksum, refused_bank, unknown_bank
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.source import (
    DEFAULT_BANK,
    BankText,
    find_banks,
    read_bank,
    unusable_folders,
)
from runners.clip.banks.store import BankStore
from runners.clip.texts import TextEncoder

logger = logging.getLogger("framed.clip.banks")


@dataclass(frozen=True)
class BankMaker:
    """What makes banks of one model: its words to vectors, `dim` long, and its `revision`."""

    texts: TextEncoder
    revision: str
    dim: int


class BankShelf:
    """Named banks of one model; readers take a frozen bank once and keep it for their request.

    `default` is the bank without which nothing else is swapped either.
    """

    def __init__(
        self, config_dir: Path, store: BankStore, maker: BankMaker, default: str = DEFAULT_BANK
    ) -> None:
        self._config_dir = config_dir
        self._store = store
        self._maker = maker
        self._default = default
        self._banks: Mapping[str, LabelBank] = {}
        self._refused: Mapping[str, str] = {}
        self._coming: Set[str] = frozenset()
        self._changing = Lock()

    @property
    def banks(self) -> Mapping[str, LabelBank]:
        """The banks that serve now, by name; the mapping is never changed in place."""
        return self._banks

    @property
    def refused(self) -> Mapping[str, str]:
        """The banks that were tried and never served, by name, and what was wrong with each."""
        return self._refused

    def get(self, name: str) -> LabelBank:
        """The bank called `name`.

        Raises `not_ready` until its turn at start-up, else `unknown_bank` with the nearest name.
        """
        if (bank := self._banks.get(name)) is not None:
            return bank
        if name in self._refused:
            raise refused_bank(name)
        if name in self._coming:
            words = f"The label bank {name!r} is still loading; try again shortly."
            raise FramedError(Code.NOT_READY, words, retry_after=2)
        raise unknown_bank(name, tuple(self._banks))

    def expect_all(self) -> None:
        """Note the banks of the folder, so that none of them is called unknown before its turn."""
        self._coming = frozenset(find_banks(self._config_dir))

    def open_all(self) -> None:
        """Put every bank of the folder on the shelf that is not there yet; bad ones are logged."""
        self._warn_of_names()
        try:
            for name in find_banks(self._config_dir):
                if name not in self._banks and name not in self._refused:
                    self.try_open(name)
        finally:
            self._coming = frozenset()

    def try_open(self, name: str) -> None:
        """As `open`, but a bank that cannot be is logged, and stands in `refused`."""
        try:
            self.open(name)
        except FramedError as bad:
            logger.error("bank %s is not served: %s", name, bad.message)

    def open(self, name: str) -> LabelBank:
        """Put a bank on the shelf at start-up: the one this server run served last, else the files.

        Files that are bad now fall back to the bank that served before, with a warning.
        """
        with self._changing:
            try:
                bank = self._kept(name, self._store.pointed(name)) or self._from_files(name)
            except FramedError as bad:
                self._refuse({name: bad.message})
                raise
            self._put([bank])
        return bank

    def reload(self, name: str | None) -> tuple[ReloadReport, ...]:
        """Read the files again (one bank, or all) and swap; a bad file leaves its bank as it is.

        Raises `invalid_bank` with file, line and reason, or `unknown_bank`. Where some of all the
        banks are bad, the good ones serve, unless the default bank is among the bad.
        """
        with self._changing:
            return self._reload_all() if name is None else self._reload_one(name)

    def _reload_one(self, name: str) -> tuple[ReloadReport, ...]:
        try:
            text = read_bank(name, self._config_dir)
        except FramedError as bad:
            if bad.code is Code.INVALID_BANK:
                self._refuse({name: bad.message})
            raise
        return self._swap([text])

    def _reload_all(self) -> tuple[ReloadReport, ...]:
        self._warn_of_names()
        names = dict.fromkeys((self._default, *find_banks(self._config_dir)))
        texts, bad = self._read(names)
        if self._default in bad:
            raise _not_all([], bad)
        reports = self._swap(texts, gone=set(self._banks) - set(names))
        self._refused = {name: bad[name] for name in bad if name not in self._banks}
        if bad:
            raise _not_all([text.name for text in texts], bad)
        return reports

    def _read(self, names: Iterable[str]) -> tuple[list[BankText], dict[str, str]]:
        """The banks that are good, and what is wrong with the others."""
        texts: list[BankText] = []
        bad: dict[str, str] = {}
        for name in names:
            try:
                texts.append(read_bank(name, self._config_dir))
            except FramedError as error:
                bad[name] = error.message
        return texts, bad

    def _swap(
        self, texts: Sequence[BankText], gone: Set[str] = frozenset()
    ) -> tuple[ReloadReport, ...]:
        """All of `texts` in and all of `gone` out at once; nothing where one cannot be built."""
        before, built = self._banks, [self._timed(text) for text in texts]
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
        start, encoded = time.perf_counter(), self._maker.texts.encoded
        bank = self._build(text)
        return bank, self._maker.texts.encoded - encoded, time.perf_counter() - start

    def _put(self, banks: Sequence[LabelBank], without: Set[str] = frozenset()) -> None:
        kept = {name: bank for name, bank in self._banks.items() if name not in without}
        self._banks = kept | {bank.name: bank for bank in banks}
        self._refuse({})
        for bank in banks:
            self._store.point(bank.name, bank.checksum)

    def _refuse(self, bad: Mapping[str, str]) -> None:
        every = {**self._refused, **bad}
        self._refused = {name: every[name] for name in every if name not in self._banks}

    def _kept(self, name: str, checksum: str | None) -> LabelBank | None:
        """The bank that was built before, if it is there and this very model made it."""
        bank = self._store.load(name, checksum, self._maker.dim) if checksum else None
        if bank is None or self._checksum(bank) != bank.checksum:
            return None
        return bank

    def _from_files(self, name: str) -> LabelBank:
        try:
            return self._build(read_bank(name, self._config_dir))
        except FramedError as bad:
            if (previous := self._kept(name, self._store.last(name))) is None:
                raise
            logger.warning("bank %s: %s Serving the bank of the last run.", name, bad.message)
            return previous

    def _build(self, text: BankText) -> LabelBank:
        if (kept := self._kept(text.name, self._checksum(text))) is not None:
            return self._named(kept, text)
        vectors = self._maker.texts.encode_and_wait(prompts_of(text))
        bank = assemble_bank(text, vectors, self._maker.revision)
        self._store.save(bank)
        return bank

    def _named(self, kept: LabelBank, text: BankText) -> LabelBank:
        """The bank with the names of the files as they are now, kept so for the next process."""
        if kept.names == text.names:
            return kept
        named = replace(kept, names=text.names)
        self._store.save(named)
        return named

    def _checksum(self, bank: BankText | LabelBank) -> str:
        return bank_checksum(bank.labels, bank.templates, self._maker.revision)

    def _warn_of_names(self) -> None:
        for name, fault in unusable_folders(self._config_dir).items():
            logger.warning("the folder banks/%s is no label bank: %s", name, fault)


def _not_all(reloaded: Sequence[str], bad: Mapping[str, str]) -> FramedError:
    good = f"Reloaded: {', '.join(reloaded)}." if reloaded else "No bank was reloaded."
    faults = " ".join(f"{name}: {reason}" for name, reason in bad.items())
    return FramedError(
        Code.INVALID_BANK,
        f"{good} Refused, and serving as before: {faults}",
        details={"reloaded": list(reloaded), "refused": list(bad)},
    )
