"""Which model answers, and at which size."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from framed.answers.model import ServedModel, choose_size
from framed.errors import Code, FramedError
from framed.results import Adjustment, ClipFacts, State
from tests.fakes import FACTS, FakeClip


def facts(asked: str | None = None, clip: FakeClip | None = None) -> ClipFacts:
    return asyncio.run(ServedModel(clip or FakeClip()).facts(asked))


@pytest.mark.parametrize("asked", [None, "fake", "framed/fake", "alias"])
def test_the_served_model_goes_by_all_its_names(asked: str | None) -> None:
    """Preset, id and aliases are the same model, and so is none."""
    assert facts(asked) == FACTS


def test_another_model_is_refused() -> None:
    """The runner knows what it serves, and its refusal is the answer."""
    with pytest.raises(FramedError) as refused:
        facts("framed/fakes")
    assert refused.value.code is Code.UNKNOWN_MODEL


def test_the_facts_of_two_models_are_kept_apart() -> None:
    """Each name has the facts of its own model, however often they are asked for."""
    other = replace(FACTS, model="other", embedding_dim=7)

    class Two(FakeClip):
        async def describe(self, model: str | None = None) -> ClipFacts:
            return other if model == "other" else FACTS

    async def scenario() -> list[int]:
        model = ServedModel(Two())
        names = (None, "other", "fake", "other", None)
        return [(await model.facts(name)).embedding_dim for name in names]

    assert asyncio.run(scenario()) == [3, 7, 3, 7, 3]


def test_spellings_of_one_name_are_one() -> None:
    """A caller who varies upper and lower case costs no memory."""

    class Any(FakeClip):
        async def describe(self, model: str | None = None) -> ClipFacts:
            return FACTS

    async def scenario() -> int:
        model = ServedModel(Any())
        for name in ("alias", "ALIAS", "Alias", "aLIAS"):
            await model.facts(name)
        return len(model._facts)

    assert asyncio.run(scenario()) == 1


@pytest.mark.parametrize("state", ["loading", "failed"])
def test_a_model_that_is_not_there_is_not_ready(state: State) -> None:
    """Loading or failed: 503 with the seconds to wait, and no reason from inside."""
    clip = FakeClip(ClipFacts(state=state, reason="/secret/weights are damaged"))
    with pytest.raises(FramedError) as refused:
        facts(clip=clip)
    assert refused.value.code is Code.NOT_READY
    assert refused.value.retry_after
    assert "secret" not in refused.value.message


def test_a_model_without_its_default_bank_is_there() -> None:
    """What needs no bank, or names another one, is not refused for it."""
    lame = replace(FACTS, state="failed", reason="labels.json, line 3")
    assert facts(clip=FakeClip(lame)) == lame


def test_the_model_is_asked_until_it_is_ready_and_then_no_more() -> None:
    """Loading is not remembered, the facts of a ready model are."""

    class Loading(FakeClip):
        calls = 0

        async def describe(self, model: str | None = None) -> ClipFacts:
            self.calls += 1
            return FACTS if self.calls > 1 else ClipFacts(state="loading")

    async def scenario() -> int:
        clip = Loading()
        model = ServedModel(clip)
        with pytest.raises(FramedError):
            await model.facts()
        for _ in range(3):
            await model.facts()
        return clip.calls

    assert asyncio.run(scenario()) == 2


@pytest.mark.parametrize(("asked", "used"), [(None, 336), (336, 336), (224, 224)])
def test_a_size_the_model_can_is_used(asked: int | None, used: int) -> None:
    """None is the model's best; nothing is adjusted."""
    assert choose_size(FACTS, asked) == (used, ())


def test_a_size_the_model_cannot_is_replaced_and_said() -> None:
    """The model's own size is used, and both stand in the adjustment."""
    small = replace(FACTS, sizes=(224,), default_size=224)
    assert choose_size(small, 336) == (224, (Adjustment("size", 336, 224),))
