"""Where a bank comes from: kept on disk, built from label files, or from what a group serves."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from framed.errors import FramedError
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import assemble_bank, checksum_of, prompts_of
from runners.clip.banks.reading import LabelFiles
from runners.clip.banks.source import BankText
from runners.clip.banks.store import BankStore
from runners.clip.texts import TextEncoder

logger = logging.getLogger("framed.clip.banks")


@dataclass(frozen=True)
class BankMaker:
    """What makes banks of one model: its words to vectors, `dim` long, and its `revision`."""

    texts: TextEncoder
    revision: str
    dim: int


@dataclass(frozen=True)
class BankBuilder:
    """Finds banks again or builds them, and keeps what it built in `store`."""

    files: LabelFiles
    store: BankStore
    maker: BankMaker

    def kept(self, name: str, checksum: str | None) -> LabelBank | None:
        """The bank that was built before, if it is there and this very model made it."""
        bank = self.store.load(name, checksum, self.maker.dim) if checksum else None
        if bank is None or self.checksum(bank) != bank.checksum:
            return None
        return bank

    def from_files(self, name: str) -> LabelBank:
        """The bank as its files say; where they are bad now the one that served before, with a
        warning. Raises `FramedError` where there is neither."""
        try:
            return self.build(self.files.read(name))
        except FramedError as bad:
            if (previous := self.kept(name, self.store.last(name))) is None:
                raise
            logger.warning("bank %s: %s Serving the bank of the last run.", name, bad.message)
            return previous

    def of_group(self, name: str, checksum: str) -> LabelBank:
        """The bank that a group serves under `checksum`: its very vectors, else built from its
        words as another engine kept them, else from this replica's own files.

        Raises `FramedError` where none of them can be had.
        """
        if (kept := self.kept(name, checksum)) is not None:
            return kept
        text = self.store.text(name, checksum)
        bank = self.build(text or self.files.read(name))
        if bank.checksum != checksum:
            source = "this replica's files differ" if text is None else "another model made it"
            words = "bank %s: the group serves %s, this replica %s, as %s; see that all have the "
            words += "same model and label files, and reload once more"
            logger.warning(words, name, checksum, bank.checksum, source)
        return bank

    def build(self, text: BankText) -> LabelBank:
        """The bank of `text`, built only if it was not kept before."""
        if (kept := self.kept(text.name, self.checksum(text))) is not None:
            return self._as_told(kept, text)
        vectors = self.maker.texts.encode_and_wait(prompts_of(text))
        bank = assemble_bank(text, vectors, self.maker.revision)
        self.store.save(bank)
        return bank

    def checksum(self, bank: BankText | LabelBank) -> str:
        """What the bank's checksum would be, if this model made it."""
        return checksum_of(bank, self.maker.revision)

    def _as_told(self, kept: LabelBank, text: BankText) -> LabelBank:
        """The bank with names, groups and parents as the files have them now, kept so for the next
        process; all else that they say is the same, or the checksum would differ."""
        told = replace(kept, names=text.names, structure=text.structure)
        if (kept.names, kept.structure) != (text.names, text.structure):
            self.store.save(told)
        return told
