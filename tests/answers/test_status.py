"""How the service is: from the runners' facts, and never an error."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from framed.answers import status
from framed.answers.status import Condition, Status
from framed.errors import Code, FramedError
from framed.results import ClipFacts, TechnicalFacts
from tests.fakes import FACTS, MEASURES, FakeClip, FakeTechnical


class Silent(FakeClip):
    """A ClipRunner that never answers."""

    async def describe(self, model: str | None = None) -> ClipFacts:
        await asyncio.Event().wait()
        raise AssertionError("it hangs")


class SilentTechnical(FakeTechnical):
    """A TechnicalRunner that never answers."""

    async def describe(self) -> TechnicalFacts:
        await asyncio.Event().wait()
        raise AssertionError("it hangs")


class Gone(FakeClip):
    """A ClipRunner whose process is restarting."""

    async def describe(self, model: str | None = None) -> ClipFacts:
        raise FramedError(Code.UNAVAILABLE, "restarting")


def condition(clip: FakeClip, technical: FakeTechnical) -> Condition:
    return asyncio.run(Status(clip, technical).condition())


def test_both_runners_are_told() -> None:
    """Their own facts, as they state them now."""
    assert condition(FakeClip(), FakeTechnical()) == Condition(FACTS, MEASURES)


def test_a_slow_runner_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe waits a little, together for both, and then answers without."""
    monkeypatch.setattr(status, "PATIENCE", 0.05)
    assert condition(Silent(), FakeTechnical()) == Condition(None, MEASURES)
    assert condition(FakeClip(), SilentTechnical()) == Condition(FACTS, None)
    assert condition(Silent(), SilentTechnical()) == Condition(None, None)


def test_a_runner_that_is_gone_is_none() -> None:
    """Its refusal is not the probe's."""
    assert condition(Gone(), FakeTechnical()).clip is None


@pytest.mark.parametrize(
    ("clip", "technical", "model_ready", "ready"),
    [
        (FACTS, MEASURES, True, True),
        (replace(FACTS, warmed=False), MEASURES, False, False),
        (replace(FACTS, state="loading"), MEASURES, False, False),
        (replace(FACTS, state="failed"), MEASURES, False, False),
        (None, MEASURES, False, False),
        (FACTS, replace(MEASURES, warmed=False), True, False),
        (FACTS, None, True, False),
    ],
)
def test_ready_means_that_both_have_worked(
    clip: ClipFacts | None, technical: TechnicalFacts | None, model_ready: bool, ready: bool
) -> None:
    """A picture was really encoded and really measured since the start; nothing less counts."""
    seen = Condition(clip, technical)
    assert (seen.model_ready, seen.ready) == (model_ready, ready)


def test_what_keeps_photos_from_decoding_is_told() -> None:
    """Runners that work are not enough where this process can decode nothing."""
    status = Status(FakeClip(), FakeTechnical(), lambda: "loading")
    seen = asyncio.run(status.condition())
    assert (seen.decoding, seen.model_ready, seen.ready) == ("loading", True, False)
