"""ClipRunner: the BentoML service around `ClipCore`; one process, so that banks are one truth."""

from __future__ import annotations

import logging

import bentoml
import numpy as np

from framed import log
from framed.awaited import WhileAwaited
from framed.heartbeat import start_beating
from framed.ipc.responder import Responder
from framed.leaving import Calls, CountCalls, leave_last
from framed.memory import keep_freed
from framed.parcels import KEEP_SESSION, answer_packed, unpack
from framed.profiling import start_profiling
from framed.settings import settings
from framed.telemetry.hop import TakeHeaders
from framed.telemetry.start import start_telemetry

logger = logging.getLogger("framed.clip")
calls = Calls()

METHODS = (
    "rank",
    "rank_regions",
    "encode_image",
    "encode_texts",
    "reload",
    "bank",
    "describe",
)


@bentoml.service(
    workers=1,
    runner_connection=KEEP_SESSION,
    traffic={"timeout": 86400},
    logging={"access": {"enabled": False}},
)
class ClipRunner:
    """Pictures and words to vectors, vectors to labels; errors are answers, never exceptions."""

    def __init__(self) -> None:
        from runners.clip.core import ClipCore  # the front imports this module, but not the core

        log.configure(settings().log_level, settings().log_format)
        self.core = ClipCore(settings())
        if bentoml.server_context.service_type == "service":  # a process of its own
            keep_freed()
            leave_last(calls)
            start_profiling(settings(), "clip")
            start_telemetry(settings(), "clip")
            start_beating(broken=self.core.fault, loading=lambda: self.core.is_loading)

    @bentoml.on_startup
    async def hear_calls(self) -> None:
        """Answer the front at this runner's own socket, where it has one."""
        methods = {name: getattr(self.core, name) for name in METHODS}
        self.responder = Responder(methods, calls, logger, finishes=("reload",))
        await self.responder.listen("ClipRunner")

    @bentoml.on_shutdown
    def hear_no_more(self) -> None:
        """Let no new caller in."""
        self.responder.close()

    @bentoml.api
    async def rank(self, image: np.ndarray, ask: bytes) -> dict[str, bytes]:
        """A packed (question, model) about one square, see `ClipCore.rank`."""
        return await answer_packed(self.core.rank(image, *unpack(ask)), logger)

    @bentoml.api
    async def rank_regions(self, images: np.ndarray, ask: bytes) -> dict[str, bytes]:
        """A packed (question, model) about a photo's regions, see `ClipCore.rank_regions`."""
        return await answer_packed(self.core.rank_regions(images, *unpack(ask)), logger)

    @bentoml.api
    async def encode_image(self, image: np.ndarray, ask: bytes) -> dict[str, bytes]:
        """One square to its embedding by a packed (model,), see `ClipCore.encode_image`."""
        return await answer_packed(self.core.encode_image(image, *unpack(ask)), logger)

    @bentoml.api
    async def encode_texts(self, ask: bytes) -> dict[str, bytes]:
        """Packed (texts, model) to embeddings, see `ClipCore.encode_texts`."""
        return await answer_packed(self.core.encode_texts(*unpack(ask)), logger)

    @bentoml.api
    async def reload(self, ask: bytes) -> dict[str, bytes]:
        """A packed (bank, model), read again, see `ClipCore.reload`."""
        return await answer_packed(self.core.reload(*unpack(ask)), logger)

    @bentoml.api
    async def bank(self, ask: bytes) -> dict[str, bytes]:
        """Labels and templates of a packed (bank, model), see `ClipCore.bank`."""
        return await answer_packed(self.core.bank(*unpack(ask)), logger)

    @bentoml.api
    async def describe(self, ask: bytes) -> dict[str, bytes]:
        """The facts of a packed (model,), see `ClipCore.describe`."""
        return await answer_packed(self.core.describe(*unpack(ask)), logger)


ClipRunner.add_asgi_middleware(TakeHeaders)  # type: ignore[attr-defined]
ClipRunner.add_asgi_middleware(  # type: ignore[attr-defined]  # typed as if it did nothing
    CountCalls, calls=calls
)
ClipRunner.add_asgi_middleware(  # type: ignore[attr-defined]
    WhileAwaited, unless=("/reload",)
)
