"""The labels of one question: the rows they are ranked by, and what their match is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framed.bank_structure import BankStructure
from framed.errors import FramedError
from framed.questions import RankQuestion
from framed.results import Embedding
from framed.score_facts import ScoreFacts
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.choosing import Table
from runners.clip.ranking import Doubles, Floats, cosines, softmax
from runners.clip.reference.build import ReferenceSet
from runners.clip.reference.scorer import Scored, Scorer, scorer_of
from runners.clip.reference.scorers import Scorers
from runners.clip.texts import TextEncoder

RAW_TEMPLATE = "{}"
SPARE = 0.5  # of the time left may be spent on words that only `match` needs
TOO_MANY_LABELS = "too_many_labels"


@dataclass(frozen=True, eq=False)
class WordsAsked:
    """`bank` holds the labels; `scorer` works out their match from the unit rows `held` [N, D].

    Without one there is no match, and `reason` says why.
    """

    bank: LabelBank
    held: Floats
    scorer: Scorer | None = None
    reason: str | None = None

    @property
    def scores(self) -> ScoreFacts:
        """How the match is worked out, or why it is not."""
        return self.scorer.facts if self.scorer else ScoreFacts(self.reason)

    def table(self, seen: Embedding, by_rows: Doubles, question: RankQuestion) -> Table:
        """All labels in a photo `seen` as [D], whose cosines with the bank's rows are `by_rows`."""
        scored, thresholds = self._scored(seen, by_rows, question)
        return Table(
            labels=self.bank.labels,
            structure=self.bank.structure,
            cosines=by_rows,
            shares=softmax(by_rows, question.temperature),
            z=scored.z,
            match=scored.match,
            thresholds=thresholds,
            none_match=scored.none_match,
        )

    def _scored(
        self, seen: Embedding, by_rows: Doubles, question: RankQuestion
    ) -> tuple[Scored, Doubles]:
        if self.scorer is None:
            nothing = np.full(len(self.bank.labels), np.nan)
            return Scored(nothing, nothing, None), nothing
        same = self.held is self.bank.rows
        by_held = by_rows if same else cosines(seen, self.held)
        scored = self.scorer.score(seen, by_held, question.share, question.tones)
        return scored, self.scorer.thresholds


class WordFinder:
    """Finds what a question ranks: a bank as it serves, or own labels, encoded now."""

    def __init__(self, texts: TextEncoder, scorers: Scorers, revision: str) -> None:
        self._texts = texts
        self._scorers = scorers
        self._revision = revision

    def of_bank(self, bank: LabelBank, question: RankQuestion) -> WordsAsked:
        """The bank's labels."""
        return self._asked(bank, self._scorers.of(bank) if question.match else None)

    async def of_own_labels(
        self, labels: tuple[str, ...], like: LabelBank | None, question: RankQuestion
    ) -> WordsAsked:
        """Labels of the question's own, raw or through the templates of the bank `like`.

        Their match is made of the latter in any case: so are the words that they are held against.
        What holds for all labels of that bank holds for them.
        """
        through = like.templates if like and question.templates == "bank" else (RAW_TEMPLATE,)
        own = await self._own_labels(labels, through)
        reference = self._scorers.of_templates(like.templates) if like and question.match else None
        if like is None or reference is None:
            return self._asked(own, None)
        usual = BankStructure(
            share=like.structure.share, match_threshold=like.structure.match_threshold
        )
        return await self._held(own, reference, usual)

    def _asked(self, bank: LabelBank, scorer: Scorer | None) -> WordsAsked:
        return WordsAsked(bank, bank.embeddings, scorer, None if scorer else self._scorers.reason)

    async def _held(
        self, own: LabelBank, reference: ReferenceSet, usual: BankStructure
    ) -> WordsAsked:
        try:
            held = await self._own_labels(own.labels, reference.templates, SPARE)
        except FramedError:  # too many for the time there is: they are ranked all the same
            return WordsAsked(own, own.embeddings, reason=TOO_MANY_LABELS)
        scorer = scorer_of(own.labels, held.embeddings, reference, usual)
        return WordsAsked(own, held.embeddings, scorer)

    async def _own_labels(
        self, labels: tuple[str, ...], templates: tuple[str, ...], share: float = 1.0
    ) -> LabelBank:
        text = BankText("own", labels, templates)
        vectors = await self._texts.encode(prompts_of(text), share)
        return assemble_bank(text, vectors, self._revision)
