"""Traces of a real server at a real collector: one trace through the front and both runners."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.server.running import RunningServer, running_server

trace_service = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2",
    reason="the extra `tracing` is not here",
)

SENDER = "00f067aa0ba902b7"  # the span of whoever calls
SENT_SECONDS = 30.0  # on a busy machine
FRONT, CLIP, TECHNICAL = "front", "clip", "technical"


@dataclass(frozen=True)
class Seen:
    """A span as the collector got it."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    process: str
    seconds: float
    attributes: dict[str, object]


@contextmanager
def collector() -> Iterator[tuple[str, list[Seen]]]:
    """The address of a server that speaks OTLP over HTTP, and every span that came."""
    came: list[Seen] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["content-length"]))
            zipped = self.headers.get("content-encoding") == "gzip"
            assert self.path == "/v1/traces"
            came.extend(_spans(gzip.decompress(body) if zipped else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", came
        server.shutdown()


@dataclass(frozen=True)
class Traced:
    """A server that sends its traces, and what came of them."""

    server: RunningServer
    client: httpx.Client
    came: list[Seen]

    def post(self, path: str, field: str, photo: bytes, flags: str = "01") -> tuple[str, str]:
        """Ask about a photo within a trace; its id, and the request's."""
        trace_id = os.urandom(16).hex()
        headers = {"traceparent": f"00-{trace_id}-{SENDER}-{flags}"}
        answer = self.client.post(path, files={field: photo}, headers=headers)
        assert answer.status_code == 200, answer.text
        return trace_id, answer.headers["x-request-id"]

    def trace(self, trace_id: str, *names: str) -> list[Seen]:
        """The spans of one trace, once all of `names` have come."""

        def found() -> list[Seen]:
            spans = [each for each in self.came if each.trace_id == trace_id]
            return spans if {*names} <= {each.name for each in spans} else []

        spans = self.server.wait_for(found, SENT_SECONDS)
        assert spans, sorted({(each.process, each.name) for each in self.came})
        return spans


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    with collector() as (address, came):
        env = {
            "FRAMED_TRACES": address,
            "FRAMED_FEATURE_CACHE": "False",
            "OTEL_BSP_SCHEDULE_DELAY": "300",  # milliseconds between two batches, not 5 seconds
        }
        with (
            running_server(tmp_path_factory.mktemp("traces"), env=env) as server,
            httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
        ):
            yield Traced(server, client, came)


def test_one_trace_goes_through_front_and_runners(traced: Traced, sample: Path) -> None:
    """Each span stands under the one that caused it, in the process where it ran."""
    trace_id, _ = traced.post("/features", "files", sample.read_bytes())
    wanted = ("POST /features", "decode", "hop", "queue", "encode", "score", "technical")
    spans = traced.trace(trace_id, *wanted)
    by_id = {each.span_id: each for each in spans}
    (root,) = [each for each in spans if each.parent_id == SENDER]
    assert (root.name, root.process) == ("POST /features", FRONT)
    assert root.attributes["http.route"] == "/features"
    assert root.attributes["http.response.status_code"] == 200
    for each in spans:
        if each is not root:
            parent = by_id[each.parent_id]
            assert (each.name, parent.name) in {
                ("intake", root.name),
                ("decode", root.name),
                ("turn", root.name),
                ("hop", root.name),
                ("serialise", root.name),
                ("queue", "hop"),
                ("encode", "hop"),
                ("score", "hop"),
                ("technical", "hop"),
            }
            assert each.seconds <= root.seconds + 0.05
    assert {each.process for each in spans if each.name == "encode"} == {CLIP}
    assert {each.process for each in spans if each.name == "technical"} == {TECHNICAL}
    assert {each.process for each in spans if each.name == "decode"} == {FRONT}


def test_log_lines_name_the_trace(traced: Traced, sample: Path) -> None:
    """Those of the request, and those of a request that began a trace here."""
    trace_id, rid = traced.post("/classify", "file", sample.read_bytes())
    assert {line["trace_id"] for line in traced.server.requests(rid)} == {trace_id}
    answer = traced.client.post("/classify", files={"file": sample.read_bytes()})
    (line,) = traced.server.requests(answer.headers["x-request-id"])
    (root,) = [
        each
        for each in traced.trace(line["trace_id"], "POST /classify", "encode")
        if each.name == "POST /classify"
    ]
    assert root.parent_id == ""


def test_the_sender_decides_whether_it_is_traced(traced: Traced, sample: Path) -> None:
    """Without its flag no span is made; the log still names the trace."""
    silent, rid = traced.post("/classify", "file", sample.read_bytes(), flags="00")
    loud, _ = traced.post("/classify", "file", sample.read_bytes())
    traced.trace(loud, "POST /classify", "encode")
    assert silent not in {each.trace_id for each in traced.came}
    assert {line["trace_id"] for line in traced.server.requests(rid)} == {silent}


def test_probes_and_scrapes_are_not_traced(traced: Traced) -> None:
    """They come every few seconds, for ever."""
    for path in ("/readyz", "/livez", "/metrics"):
        assert traced.client.get(path).status_code == 200
    traced.client.get("/labels")
    assert traced.server.wait_for(
        lambda: [each for each in traced.came if each.name == "GET /labels"], SENT_SECONDS
    )
    assert not {"GET /readyz", "GET /livez", "GET /metrics"} & {each.name for each in traced.came}


def _spans(body: bytes) -> Iterator[Seen]:
    sent = trace_service.ExportTraceServiceRequest.FromString(body)
    for resource in sent.resource_spans:
        about = {each.key: each.value.string_value for each in resource.resource.attributes}
        assert about["service.name"] == "framed"
        for scope in resource.scope_spans:
            for each in scope.spans:
                yield Seen(
                    each.trace_id.hex(),
                    each.span_id.hex(),
                    each.parent_span_id.hex(),
                    each.name,
                    about["framed.process"],
                    (each.end_time_unix_nano - each.start_time_unix_nano) / 1e9,
                    {one.key: _value(one.value) for one in each.attributes},
                )


def _value(value: object) -> object:
    return getattr(value, value.WhichOneof("value"))  # type: ignore[attr-defined]
