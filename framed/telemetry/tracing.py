"""Traces by OpenTelemetry, where they are asked for and the extra `tracing` is there.

They never stop the service, nor slow it down: whatever is amiss is one warning, and what a
collector does not take is dropped. BentoML's own way of sending traces is not used: with OTLP it
has the front crash again and again.
"""

from __future__ import annotations

import atexit
import logging
import os
from urllib.parse import urlsplit

from framed import __version__
from framed.settings import Settings
from framed.telemetry import spans
from framed.telemetry.hop import CallHeaders

logger = logging.getLogger("framed.telemetry")

APPLICATION = "framed"
TRACES_PATH = "/v1/traces"
SEND_SECONDS = 3.0  # for one batch; nobody waits for it but the end of the process
_LIBRARIES = "opentelemetry"  # its own lines say for each batch what ours says once a minute


def start_tracing(chosen: Settings, process: str) -> bool:
    """Send traces of this process, called `process` in them; whether it does."""
    from opentelemetry import propagate

    propagate.set_global_textmap(CallHeaders())  # what BentoML's handles send to the runners
    if not chosen.traces:
        return False
    try:
        _turn_on(chosen, process)
    except ModuleNotFoundError as absent:
        logger.warning("no traces: there is no package %r (the extra `tracing`)", absent.name)
        return False
    except Exception as bad:  # a door: tracing must not take the service down
        logger.warning("no traces: %s: %s", type(bad).__name__, bad)
        return False
    logger.info("traces of %r go to %s", process, traces_url(chosen.traces))
    return True


def traces_url(address: str) -> str:
    """Where spans are posted to: `address`, and OTLP's own path where it names none."""
    return address if urlsplit(address).path.strip("/") else address.rstrip("/") + TRACES_PATH


def _turn_on(chosen: Settings, process: str) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    from framed.telemetry.sender import PatientSender  # the kit is half a second to import

    logging.getLogger(_LIBRARIES).setLevel(logging.CRITICAL)
    sender = PatientSender(OTLPSpanExporter(traces_url(chosen.traces), timeout=SEND_SECONDS))
    about = {
        SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", APPLICATION),
        SERVICE_VERSION: __version__,
        "deployment.environment.name": chosen.environment,
        "framed.process": process,
    }
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(chosen.trace_share)),
        resource=Resource.create(about),
        shutdown_on_exit=False,  # ours below is the one that waits only so long
    )
    provider.add_span_processor(BatchSpanProcessor(sender))
    spans.turn_on(provider.get_tracer(APPLICATION, __version__))

    def leave() -> None:
        sender.leave(SEND_SECONDS)
        provider.shutdown()

    atexit.register(leave)
