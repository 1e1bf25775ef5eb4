"""The labels of one question: the rows they are ranked by, and what their match is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framed.questions import RankQuestion
from framed.results import Embedding
from framed.score_facts import ScoreFacts
from runners.clip.banks.bank import LabelBank
from runners.clip.choosing import Table
from runners.clip.ranking import Doubles, Floats, cosines, shares_of
from runners.clip.reference.scorer import Scored, Scorer


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
            shares=shares_of(by_rows, question.temperature, self.bank.apart),
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
