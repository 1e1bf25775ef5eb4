"""The label banks that serve now: built, kept on disk, swapped by one assignment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress

from framed.errors import Code, FramedError
from framed.reload_report import ReloadReport
from runners.clip.banks.bank import LabelBank, refused_bank, unknown_bank
from runners.clip.banks.group import Entry
from runners.clip.banks.partly import not_all
from runners.clip.banks.source import DEFAULT_BANK, BankText
from runners.clip.building import BankBuilder
from runners.clip.membership import Membership, News
from runners.clip.timed_lock import TimedLock

logger = logging.getLogger("framed.clip.banks")


class BankShelf:
    """Named banks of one model; readers take a frozen bank once and keep it for their request.

    `default` is the bank without which nothing else is swapped either. In a group of replicas what
    one of them reloads serves on all. `limit` is in seconds a change may keep others waiting. What
    serves is what `before_serving` makes of each bank.
    """

    def __init__(
        self,
        builder: BankBuilder,
        *,
        default: str = DEFAULT_BANK,
        membership: Membership | None = None,
        limit: float = 600.0,
        before_serving: Callable[[LabelBank], LabelBank] = lambda bank: bank,
    ) -> None:
        self._builder = builder
        self._default = default
        self._membership = membership or Membership(None)
        self._of_group: Mapping[str, Entry] = {}  # as it was at the start
        self._banks: Mapping[str, LabelBank] = {}
        self._refused: Mapping[str, str] = {}
        self._coming: Set[str] = frozenset()
        self._changing = TimedLock(limit)
        self._before_serving = before_serving

    @property
    def banks(self) -> Mapping[str, LabelBank]:
        """The banks that serve now, by name; the mapping is never changed in place."""
        return self._banks

    @property
    def refused(self) -> Mapping[str, str]:
        """The banks that were tried and never served, by name, and what was wrong with each."""
        return self._refused

    @property
    def group(self) -> str | None:
        """The group whose reloads are followed; None: none is."""
        return self._membership.name

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
        """Note the banks that there are, so that none is called unknown before its turn."""
        self._of_group = self._membership.join()
        self._coming = frozenset(self._names())

    def open_all(self) -> None:
        """Put every bank there is on the shelf that is not there yet; bad ones are logged."""
        try:
            self._warn_of_names()
            for name in self._names():
                if name not in self._banks and name not in self._refused:
                    self.try_open(name)
        except FramedError as hanging:
            logger.error("banks are not served: %s", hanging.message)
        finally:
            self._coming = frozenset()

    def try_open(self, name: str) -> None:
        """As `open`, but a bank that cannot be is logged, and stands in `refused`."""
        try:
            self.open(name)
        except FramedError as bad:
            logger.error("bank %s is not served: %s", name, bad.message)

    def open(self, name: str) -> LabelBank:
        """Put a bank on the shelf at start-up: the one that the group serves, else the one that
        this server run served last, else the files.

        Files that are bad now fall back to the bank that served before, with a warning.
        """
        with self._changing.held():
            try:
                bank = self._taken(name) or self._resumed(name) or self._builder.from_files(name)
            except FramedError as bad:
                self._refuse({name: bad.message})
                raise
            self._put([bank])
        return self._banks[name]

    def _taken(self, name: str) -> LabelBank | None:
        """The group's bank, where it has one and this replica can make it."""
        entry = self._of_group.get(name)
        if entry is None or entry.checksum is None:
            return None
        try:
            bank = self._builder.of_group(name, entry.checksum)
        except FramedError as bad:
            logger.error("bank %s of the group %s: %s", name, self.group, bad.message)
            return None
        self._membership.done({name: entry})
        self._compare_with_files(bank)
        return bank

    def _resumed(self, name: str) -> LabelBank | None:
        return self._builder.kept(name, self._builder.store.pointed(name))

    def reload(self, name: str | None) -> tuple[ReloadReport, ...]:
        """Read the files again (one bank, or all) and swap; a bad file leaves its bank as it is.

        Raises `invalid_bank` with file, line and reason, or `unknown_bank`. Where some of all the
        banks are bad, the good ones serve, unless the default bank is among the bad.
        """
        with self._changing.held():
            return self._reload_all() if name is None else self._reload_one(name)

    def follow(self) -> None:
        """Do as the group did since the last time; the banks serve as before where that fails.

        Raises `FramedError`, and `OSError` or `ValueError` for what the group is read from.
        """
        served, news = self._banks, self._membership.news()
        if news.reread is not None:
            logger.info("the group %s has this model's label files read again", self.group)
            self._membership.done({}, news.reread)  # once: what is bad in them stays so
            self.reload(None)
        elif news:
            taken, failed = self._built(news)  # may take its time, while others may reload
            with self._changing.held():
                if self._banks is served:  # else the next look finds what is left of the news
                    self._follow(news, taken)
            if failed:
                raise failed[0]

    def _built(self, news: News) -> tuple[Mapping[str, LabelBank | None], list[FramedError]]:
        """The banks of the news, None for one that is to go; and what kept others from being."""
        built: dict[str, LabelBank | None] = {}
        failed: list[FramedError] = []
        for name, entry in news.banks.items():
            try:
                built[name] = self._of(name, entry)
            except FramedError as bad:
                failed.append(bad)
        return built, failed

    def _of(self, name: str, entry: Entry) -> LabelBank | None:
        return self._builder.of_group(name, entry.checksum) if entry.checksum else None

    def _follow(self, news: News, taken: Mapping[str, LabelBank | None]) -> None:
        before = self._banks
        gone = {name for name, bank in taken.items() if bank is None} - {self._default}
        self._put([bank for bank in taken.values() if bank], without=gone)
        self._membership.done({name: news.banks[name] for name in taken})
        for name in taken:
            words = "bank %s: follows the group %s, generation %d: %s -> %s"
            was, now = before.get(name), self._banks.get(name)
            logger.info(words, name, self.group, news.generation, _named(was), _named(now))

    def _reload_one(self, name: str) -> tuple[ReloadReport, ...]:
        try:
            text = self._builder.files.read(name)
        except FramedError as bad:
            if bad.code is not Code.INVALID_BANK:
                raise
            self._refuse({name: bad.message})
            serves = "It serves as before." if name in self._banks else "It is not served."
            words = f"{bad.message} {serves}"
            raise FramedError(bad.code, words, details=bad.details) from None
        return self._swap([text])

    def _reload_all(self) -> tuple[ReloadReport, ...]:
        self._warn_of_names()
        misnamed = self._misnamed()
        names = dict.fromkeys((self._default, *self._builder.files.names()))
        texts, bad = self._read(names)
        if self._default in bad:
            raise not_all([], bad | misnamed, self._banks)
        reports = self._swap(texts, gone=set(self._banks) - set(names))
        self._refused = {name: bad[name] for name in bad if name not in self._banks}
        if bad or misnamed:
            raise not_all(texts, bad | misnamed, self._banks)
        return reports

    def _read(self, names: Iterable[str]) -> tuple[list[BankText], dict[str, str]]:
        """The banks that are good, and what is wrong with the others."""
        texts: list[BankText] = []
        bad: dict[str, str] = {}
        for name in names:
            try:
                texts.append(self._builder.files.read(name))
            except FramedError as error:
                if error.code is Code.UNAVAILABLE:  # the file system, not the bank
                    raise
                bad[name] = error.message
        return texts, bad

    def _swap(
        self, texts: Sequence[BankText], gone: Set[str] = frozenset()
    ) -> tuple[ReloadReport, ...]:
        """All of `texts` in and all of `gone` out at once; nothing where one cannot be built."""
        before, built = self._banks, [self._timed(text) for text in texts]
        identities = {bank.name: bank.identity for bank, _, _ in built}
        self._membership.tell({**identities, **dict.fromkeys(gone)})
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
                changed=bank.name not in before or before[bank.name].identity != bank.identity,
                warnings=text.warnings,
            )
            for text, (bank, encoded, seconds) in zip(texts, built, strict=True)
        )

    def _timed(self, text: BankText) -> tuple[LabelBank, int, float]:
        start, encoded = time.perf_counter(), self._builder.maker.texts.encoded
        bank = self._builder.build(text)
        return bank, self._builder.maker.texts.encoded - encoded, time.perf_counter() - start

    def _put(self, banks: Sequence[LabelBank], without: Set[str] = frozenset()) -> None:
        banks = [self._before_serving(bank) for bank in banks]
        kept = {name: bank for name, bank in self._banks.items() if name not in without}
        self._banks = kept | {bank.name: bank for bank in banks}
        self._refuse({})
        for bank in banks:
            self._builder.store.point(bank.name, bank.identity)

    def _refuse(self, bad: Mapping[str, str]) -> None:
        every = {**self._refused, **bad}
        self._refused = {name: every[name] for name in every if name not in self._banks}

    def _names(self) -> tuple[str, ...]:
        """The banks of the files and of the group, without those that the group took away."""
        known = {name: each.checksum for name, each in self._of_group.items()}
        of_files = (name for name in self._builder.files.names() if known.get(name, "") is not None)
        return tuple(dict.fromkeys((*of_files, *(name for name in known if known[name]))))

    def _compare_with_files(self, bank: LabelBank) -> None:
        with suppress(FramedError):
            if self._builder.identity(self._builder.files.read(bank.name)) != bank.identity:
                words = "bank %s: the group %s serves %s, the label files here say something else; "
                words += "a /reload takes them"
                logger.warning(words, bank.name, self.group, bank.identity)

    def _warn_of_names(self) -> None:
        for name, fault in self._builder.files.unusable().items():
            logger.warning("the folder banks/%s is no label bank: %s", name, fault)

    def _misnamed(self) -> dict[str, str]:
        """The banks that no request could name, and why."""
        misnamed = self._builder.files.misnamed()
        return {f"banks/{name}": f"{fault}." for name, fault in misnamed.items()}


def _named(bank: LabelBank | None) -> str:
    return bank.identity if bank else "none"
