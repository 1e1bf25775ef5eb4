"""TechnicalRunner: the BentoML service around `TechnicalCore`, on the CPU."""

from __future__ import annotations

import logging

import bentoml

from framed import log
from framed.awaited import WhileAwaited
from framed.cpus import granted_cpus
from framed.heartbeat import start_beating
from framed.ipc.responder import Responder
from framed.leaving import Calls, CountCalls, leave_last
from framed.memory import keep_freed
from framed.parcels import KEEP_SESSION, answer_packed, unpack
from framed.profiling import start_profiling
from framed.settings import settings
from framed.telemetry.hop import TakeHeaders
from framed.telemetry.start import start_telemetry

logger = logging.getLogger("framed.technical")
calls = Calls()

METHODS = ("measure", "describe")


@bentoml.service(
    workers=1,
    runner_connection=KEEP_SESSION,
    traffic={"timeout": 86400},
    logging={"access": {"enabled": False}},
)
class TechnicalRunner:
    """How good a picture is; errors are answers, never exceptions."""

    def __init__(self) -> None:
        # the front imports only this module
        from runners.technical.core import TechnicalCore, metrics_of

        log.configure(settings().log_level, settings().log_format)
        if bentoml.server_context.service_type == "service":  # a process of its own
            keep_freed()
            leave_last(calls)
            start_beating()
            start_profiling(settings(), "technical")
            start_telemetry(settings(), "technical")
        chosen = settings()
        metrics = metrics_of(chosen.metric_backends)
        self.core = TechnicalCore(chosen.technical_threads or granted_cpus(), metrics=metrics)
        self.core.warm_up()

    @bentoml.on_startup
    async def hear_calls(self) -> None:
        """Answer the front at this runner's own socket, where it has one."""
        methods = {name: getattr(self.core, name) for name in METHODS}
        self.responder = Responder(methods, calls, logger)
        await self.responder.listen("TechnicalRunner")

    @bentoml.on_shutdown
    def hear_no_more(self) -> None:
        """Let no new caller in."""
        self.responder.close()

    @bentoml.api
    async def measure(self, ask: bytes) -> dict[str, bytes]:
        """A packed (planes,) of one photo to its measurements, see `TechnicalCore.measure`."""
        return await answer_packed(self.core.measure(*unpack(ask)), logger)

    @bentoml.api
    async def describe(self, ask: bytes) -> dict[str, bytes]:
        """The runner's facts by a packed (), see `TechnicalCore.describe`."""
        return await answer_packed(self.core.describe(*unpack(ask)), logger)


TechnicalRunner.add_asgi_middleware(TakeHeaders)  # type: ignore[attr-defined]
TechnicalRunner.add_asgi_middleware(  # type: ignore[attr-defined]  # typed as if it did nothing
    CountCalls, calls=calls
)
TechnicalRunner.add_asgi_middleware(  # type: ignore[attr-defined]
    WhileAwaited
)
