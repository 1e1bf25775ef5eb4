"""What the banks hold, and reading them again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from framed.answers.banks import Banks
from framed.answers.model import ServedModel
from framed.errors import Code, FramedError
from framed.questions import ClassifyQuestion, FeaturesQuestion
from framed.results import BankFacts, ClipFacts
from tests.fakes import FACTS, FakeClip

SECOND = BankFacts("landmarks", ("tower",), ("a {}",), "beef")


def banks(clip: FakeClip) -> Banks:
    return Banks(clip, ServedModel(clip))


def test_a_bank_and_the_names_of_all() -> None:
    """Names are those that serve now, not those of the first request."""

    class Growing(FakeClip):
        async def describe(self, model: str | None = None) -> ClipFacts:
            facts = self.facts
            self.facts = replace(FACTS, banks=(*FACTS.banks, SECOND))
            return facts

    async def scenario() -> tuple[str, ...]:
        answers = banks(Growing())
        await answers.labels(None)
        bank, names = await answers.labels(None)
        assert bank == FACTS.banks[0]
        return names

    assert asyncio.run(scenario()) == ("default", "landmarks")


def test_one_bank_alone() -> None:
    """Without asking for the names of the others."""
    assert asyncio.run(banks(FakeClip()).bank("default")) == FACTS.banks[0]


def test_reload_passes_the_name_on() -> None:
    """One bank, or all where none is named."""
    assert asyncio.run(banks(FakeClip()).reload("b"))[0].bank == "b"
    assert asyncio.run(banks(FakeClip()).reload(None))[0].bank == "default"


def test_labels_wait_for_the_model() -> None:
    """While it loads there are no banks yet: `not_ready`, not an empty list."""
    with pytest.raises(FramedError) as refused:
        asyncio.run(banks(FakeClip().loading()).labels(None))
    assert refused.value.code is Code.NOT_READY


NAMED = BankFacts("default", ("red",), ("{}",), "c0ffee", {"de": {"red": "rot"}})


def test_a_question_is_given_the_names_of_its_language() -> None:
    """Those of its bank; without a language nothing is asked."""
    answers = banks(FakeClip(replace(FACTS, banks=(NAMED,))))
    named = asyncio.run(answers.named(ClassifyQuestion(language="de")))
    assert named == ClassifyQuestion(language="de", names={"red": "rot"})
    assert asyncio.run(answers.named(FeaturesQuestion())) == FeaturesQuestion()
    with pytest.raises(FramedError, match="has names in de"):
        asyncio.run(answers.named(FeaturesQuestion(language="xx")))


def test_a_bank_that_cannot_be_had_is_left_to_the_answer() -> None:
    """So that fallback labels are answered in any language."""

    class Gone(FakeClip):
        async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
            raise FramedError(Code.NOT_READY, "The model is still loading.")

    question = FeaturesQuestion(language="de")
    assert asyncio.run(banks(Gone()).named(question)) == question
