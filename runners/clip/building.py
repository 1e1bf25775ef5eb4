"""Where a bank comes from: kept on disk, built from label files, or from what a group serves."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from framed.errors import FramedError
from runners.clip.banks.bank import LabelBank, identity_of
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

    def kept(self, name: str, identity: str | None) -> LabelBank | None:
        """The bank that was built before, if it is there and this very model made it."""
        bank = self.store.load(name, identity, self.maker.dim) if identity else None
        return bank if bank is not None and self._made_here(bank) else None

    def _made_here(self, bank: LabelBank) -> bool:
        return checksum_of(bank, self.maker.revision) == bank.checksum

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

    def of_group(self, name: str, identity: str) -> LabelBank:
        """The bank that a group serves under `identity`: its very vectors, else built from its
        words as another engine kept them, else from this replica's own files.

        Raises `FramedError` where none of them can be had.
        """
        if (kept := self.kept(name, identity)) is not None:
            return kept
        text = self.store.text(name, identity)
        bank = self.build(text or self.files.read(name))
        if identity not in (bank.identity, bank.checksum):
            source = "this replica's files differ" if text is None else "another model made it"
            words = "bank %s: the group serves %s, this replica %s, as %s; see that all have the "
            words += "same model and label files, and reload once more"
            logger.warning(words, name, identity, bank.identity, source)
        return bank

    def build(self, text: BankText) -> LabelBank:
        """The bank of `text`, encoded only if its vectors were not kept before."""
        if (kept := self.kept(text.name, self.identity(text))) is not None:
            return kept
        bank = self._of_kept_vectors(text)
        if bank is None:
            vectors = self.maker.texts.encode_and_wait(prompts_of(text))
            bank = assemble_bank(text, vectors, self.maker.revision)
        self.store.save(bank)
        return bank

    def identity(self, bank: BankText | LabelBank) -> str:
        """What the bank's identity would be, if this model made it."""
        checksum = checksum_of(bank, self.maker.revision)
        return identity_of(checksum, bank.names, bank.structure)

    def _of_kept_vectors(self, text: BankText) -> LabelBank | None:
        """The bank of other names, groups and parents with these ones: its vectors are the same."""
        checksum = checksum_of(text, self.maker.revision)
        kept = self.store.with_vectors(text.name, checksum, self.maker.dim)
        if kept is None or not self._made_here(kept):
            return None
        return replace(kept, names=text.names, structure=text.structure)
