"""`/analyze` answered: a bank's sure labels, with emoji."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from framed.answers.analyze import Analyze
from framed.answers.classify import Classify
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.questions import MAX_TOP_K
from framed.results import BankFacts, Classification, ClipFacts
from framed.turns.turns import Turns
from tests.fakes import FACTS, FakeClip
from tests.photos import RED, photo

LOADING = FramedError(Code.NOT_READY, "The label bank 'b' is still loading.", retry_after=2)
UNKNOWN = FramedError(Code.UNKNOWN_BANK, "There is no label bank 'b'.")


@dataclass
class Symbols:
    """One emoji for one label; notes what it was asked."""

    asked: list[Sequence[str]] = field(default_factory=list)

    async def of(self, labels: Sequence[str]) -> Mapping[str, str | None]:
        self.asked.append(labels)
        return {"red": "🟥"}


def analyze(
    looker: Looker,
    clip: FakeClip,
    emoji: Symbols | None = None,
    *,
    bank: str = "b",
    threshold: float = 0.0,
    most: int = 10,
    model: str | None = None,
) -> tuple[Classification, Mapping[str, str | None]]:
    served = ServedModel(clip)
    answers = Analyze(
        Classify(clip, served, looker, Turns(8, 60.0)),
        served,
        emoji or Symbols(),
        bank=bank,
        threshold=threshold,
        most=most,
    )
    return asyncio.run(answers.answer(photo(RED), model))


def refusing(refusal: FramedError, facts: ClipFacts = FACTS) -> FakeClip:
    return FakeClip(facts, refusal=lambda image: refusal)


@pytest.mark.parametrize("most", [1, MAX_TOP_K, 500])
def test_the_bank_and_the_number_are_the_settings(looker: Looker, most: int) -> None:
    """More than `/classify` would give, where the operator says so; nothing turns unsure."""
    clip = FakeClip()
    analyze(looker, clip, bank="everyday", threshold=0.9, most=most)
    ((_, rank),) = clip.asked
    assert (rank.bank, rank.top_k, rank.most, rank.threshold) == ("everyday", most, most, 0.0)


def test_labels_that_are_not_sure_are_left_out(looker: Looker) -> None:
    """Those at the least confidence or above stay, best first; perhaps none does."""
    shares = [each.prob for each in analyze(looker, FakeClip())[0].ranking.results]
    assert shares == sorted(shares, reverse=True)
    for threshold, left in ((0.0, 2), (shares[1], 2), (shares[0], 1), (1.0, 0)):
        found, _ = analyze(looker, FakeClip(), threshold=threshold)
        assert len(found.ranking.results) == left


def test_only_answered_labels_get_an_emoji(looker: Looker) -> None:
    """The others are not asked about."""
    emoji = Symbols()
    found, symbols = analyze(looker, FakeClip(), emoji, threshold=0.5)
    assert [each.label for each in found.ranking.results] == ["red"]
    assert emoji.asked == [["red"]]
    assert symbols["red"] == "🟥"


@pytest.mark.parametrize(("refusal", "wait"), [(LOADING, 2), (UNKNOWN, 60)])
def test_a_bank_that_is_not_there(looker: Looker, refusal: FramedError, wait: int) -> None:
    """No caller named it: it is the service that is not ready, whichever it is."""
    with pytest.raises(FramedError) as refused:
        analyze(looker, refusing(refusal))
    assert (refused.value.code, refused.value.status) == (Code.NOT_READY, 503)
    assert refused.value.details == {"bank": "b"}
    assert refused.value.retry_after == wait


def test_a_model_that_is_not_there_is_no_missing_bank(looker: Looker) -> None:
    """Its own refusal stays."""
    with pytest.raises(FramedError) as refused:
        analyze(looker, FakeClip().loading())
    assert (refused.value.code, refused.value.details) == (Code.NOT_READY, None)


def test_another_reason_to_wait_stays(looker: Looker) -> None:
    """Where the bank is there, the model's word stands."""
    there = replace(FACTS, banks=(BankFacts("b", ("red",), ("{}",), "c0ffee"),))
    with pytest.raises(FramedError) as refused:
        analyze(looker, refusing(LOADING, there))
    assert refused.value is LOADING


def test_the_model_asked_answers(looker: Looker) -> None:
    """And one that is not served is refused."""
    assert analyze(looker, FakeClip(), model="alias")[0].model == "framed/fake"
    with pytest.raises(FramedError) as refused:
        analyze(looker, FakeClip(), model="other")
    assert refused.value.code is Code.UNKNOWN_MODEL
