"""What a question ranks: a bank as it serves, or own labels, encoded when they are new."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from framed.bank_structure import BankStructure
from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.scorer import scorer_of
from runners.clip.reference.scorers import Scorers
from runners.clip.texts import TextEncoder
from runners.clip.words_asked import WordsAsked

RAW_TEMPLATE = "{}"
TOO_MANY_LABELS = "too_many_labels"  # at any time
BUSY = "match_busy"  # now
MOST_CHARACTERS = 300_000  # of new prompts that nothing but a match needs
RETRY_SECONDS, TRIED = 30.0, 64  # before a list that there was no time for is tried again; lists
REMEMBERED = 4_000  # own labels, with their vectors: 10 MB at 256 dimensions, 30 at 768


@dataclass(frozen=True)
class _Asked:
    """What own labels depend on: themselves, the templates they are ranked through, the reference
    set that they are held against, and what holds for all labels of the bank they name."""

    labels: tuple[str, ...]
    through: tuple[str, ...]
    reference: str | None
    usual: BankStructure

    def __hash__(self) -> int:
        return hash((self.labels, self.through, self.reference))


class WordFinder:
    """Finds the labels of questions to one model; on the event loop only.

    The lists that were asked last are remembered whole, `REMEMBERED` labels of them: who asks about
    many photos mostly asks for the same ones.
    """

    def __init__(self, texts: TextEncoder, scorers: Scorers, revision: str) -> None:
        self._texts = texts
        self._scorers = scorers
        self._revision = revision
        self._known: OrderedDict[_Asked, WordsAsked] = OrderedDict()
        self._at_work: dict[_Asked, tuple[asyncio.Lock, int]] = {}
        self._tried: OrderedDict[tuple[str, ...], float] = OrderedDict()  # labels -> when again

    def of_bank(self, bank: LabelBank, question: RankQuestion) -> WordsAsked:
        """The bank's labels."""
        scorer = self._scorers.of(bank) if question.match else None
        reason = None if scorer else self._scorers.reason(bank.templates)
        return WordsAsked(bank, bank.embeddings, scorer, reason)

    async def of_own_labels(
        self, labels: tuple[str, ...], like: LabelBank | None, question: RankQuestion
    ) -> WordsAsked:
        """Labels of the question's own, raw or through the templates of the bank `like`.

        Their match is made of the latter in any case: so are the words that they are held against.
        What holds for all labels of that bank holds for them.
        """
        through = like.templates if like and question.templates == "bank" else (RAW_TEMPLATE,)
        reference = self._scorers.of_templates(like.templates) if like and question.match else None
        usual = like.structure if like and reference else BankStructure()
        usual = BankStructure(share=usual.share, match_threshold=usual.match_threshold)
        asked = _Asked(labels, through, reference.version if reference else None, usual)
        async with self._alone(asked):  # who asks for the same waits for the first
            words = self._recalled(asked) or await self._worked_out(asked, reference)
        if reference is not None:
            return words
        return replace(words, reason=self._scorers.reason(like.templates if like else through))

    @asynccontextmanager
    async def _alone(self, asked: _Asked) -> AsyncIterator[None]:
        lock, waiting = self._at_work.get(asked, (asyncio.Lock(), 0))
        self._at_work[asked] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._at_work.pop(asked)
            if waiting > 1:
                self._at_work[asked] = lock, waiting - 1

    def _recalled(self, asked: _Asked) -> WordsAsked | None:
        if (known := self._known.get(asked)) is not None:
            self._known.move_to_end(asked)
        return known

    async def _worked_out(self, asked: _Asked, reference: ReferenceSet | None) -> WordsAsked:
        own = await self._own_labels(asked.labels, asked.through)
        if reference is None or own.templates == reference.templates:
            return self._scored(asked, own, own, reference)
        held = await self._through(reference.templates, asked.labels)
        if isinstance(held, str):
            return WordsAsked(own, own.embeddings, reason=held)
        return self._scored(asked, own, held, reference)

    def _scored(
        self, asked: _Asked, own: LabelBank, held: LabelBank, reference: ReferenceSet | None
    ) -> WordsAsked:
        rows = held.embeddings
        scorer = scorer_of(asked.labels, rows, reference, asked.usual) if reference else None
        return self._remembered(asked, WordsAsked(own, rows, scorer))

    async def _through(
        self, templates: tuple[str, ...], labels: tuple[str, ...]
    ) -> LabelBank | str:
        """The labels through templates that nothing but their match needs, or why they are not to
        be had: they are ranked all the same."""
        characters = sum(map(len, labels)) * len(templates)
        if characters > MOST_CHARACTERS or self._tried.get(labels, 0.0) > time.monotonic():
            return TOO_MANY_LABELS
        try:
            return await self._own_labels(labels, templates, spare=True)
        except FramedError as refusal:
            if refusal.code is not Code.INVALID_PARAMETER:
                return BUSY
            self._tried[labels] = time.monotonic() + RETRY_SECONDS
            while len(self._tried) > TRIED:
                self._tried.popitem(last=False)
            return TOO_MANY_LABELS

    def _remembered(self, asked: _Asked, words: WordsAsked) -> WordsAsked:
        self._known[asked] = words
        while len(self._known) > 1 and sum(len(it.labels) for it in self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return words

    async def _own_labels(
        self, labels: tuple[str, ...], templates: tuple[str, ...], *, spare: bool = False
    ) -> LabelBank:
        text = BankText("own", labels, templates)
        vectors = await self._texts.encode(prompts_of(text), spare=spare)
        return assemble_bank(text, vectors, self._revision)
