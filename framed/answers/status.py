"""How the service is: from the runners' own state, without giving them work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from framed.answers.ports import ClipPort, TechnicalPort
from framed.errors import FramedError
from framed.results import ClipFacts, TechnicalFacts

PATIENCE = 2.0  # seconds a probe waits for a runner


@dataclass(frozen=True)
class Condition:
    """Both runners' facts, None where a runner does not answer; and what keeps this process from
    decoding photos, None where nothing does."""

    clip: ClipFacts | None
    technical: TechnicalFacts | None
    decoding: str | None = None

    @property
    def model_ready(self) -> bool:
        """The model is loaded, a picture was encoded, and the default bank is there."""
        return self.clip is not None and self.clip.state == "ready" and self.clip.warmed

    @property
    def ready(self) -> bool:
        """Both runners have really worked on a picture since they started, and photos can be
        decoded."""
        worked = self.technical is not None and self.technical.warmed
        return self.model_ready and worked and self.decoding is None


class Status:
    """Answers the probes, `/health` and `/info`; `fault` says what keeps photos from decoding."""

    def __init__(
        self,
        clip: ClipPort,
        technical: TechnicalPort,
        fault: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._clip = clip
        self._technical = technical
        self._fault = fault

    async def condition(self) -> Condition:
        """The runners' facts now; a runner that is slow or gone is None, never an error."""
        clip, technical = await asyncio.gather(self._clip_facts(), self._technical_facts())
        return Condition(clip, technical, self._fault())

    async def _clip_facts(self) -> ClipFacts | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._clip.describe()
        except (FramedError, TimeoutError):
            return None

    async def _technical_facts(self) -> TechnicalFacts | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._technical.describe()
        except (FramedError, TimeoutError):
            return None
