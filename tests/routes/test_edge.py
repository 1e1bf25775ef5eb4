"""The edge: an id, a limit, a deadline, a count, a log line, and an answer whatever happens."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framed.deadline import seconds_left
from framed.errors import FramedError
from framed.routes.context import context_of
from framed.routes.edge import Edge
from framed.routes.exchange import DRAINED_BYTES
from framed.routes.limits import ENVELOPE, ONE_PHOTO, PROBE, Limits
from framed.turns.turns import Turns
from tests.fakes import chosen
from tests.logs import Written, configure_into
from tests.routes.talking import DISCONNECT, Answer, ask, pieces, scope_of

ROUTES: Mapping[str, Limits] = {
    "/photo": ONE_PHOTO,
    "/livez": PROBE,
    "/endless": Limits(deadline=lambda settings: None),
}
SECRET = "/secret/path"
LONG_ZERO = {"Content-Length": "0" * 5000}  # more digits than Python reads a number of


@pytest.fixture(autouse=True)
def _configured(written: Written) -> None:
    configure_into(written)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it was asked."""
    request = Request(scope, receive)
    seen = {
        "path": scope["path"],
        "method": scope["method"],
        "size": len(await request.body()),
        "rid": context_of(request).request_id,
    }
    await JSONResponse(seen)(scope, receive, send)


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def fail(scope: Scope, receive: Receive, send: Send) -> None:
    """Fails before its answer."""
    raise RuntimeError(SECRET)


async def fail_late(scope: Scope, receive: Receive, send: Send) -> None:
    """Fails in mid-answer."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError(SECRET)


def edge_of(app: ASGIApp, **settings: Any) -> Edge:
    return Edge(app, chosen(**settings), ROUTES, Turns(8, 60.0))


def through(
    app: ASGIApp, scope: Scope | None = None, incoming: list[Message] | None = None, **settings: Any
) -> Answer:
    """One request through an edge around `app`."""
    return asyncio.run(ask(edge_of(app, **settings), scope or scope_of(), incoming or ()))


@pytest.mark.parametrize(
    "sent", ["abc", "A-1_2.3:4/5+6=", "x" * 128, "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"]
)
def test_a_request_id_is_taken(sent: str, written: Written) -> None:
    """The caller's own id is in the answer, in what the route sees, and in the log."""
    answer = through(echo, scope_of(headers={"X-Request-ID": sent}))
    assert answer.headers["x-request-id"] == json.loads(answer.body)["rid"] == sent
    assert written.lines()[-1]["rid"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, 'a"b', "a\nb", "é", "<script>"])
def test_an_id_that_is_none_is_replaced(sent: str) -> None:
    """What could break a header, a log or a page is not repeated."""
    answer = through(echo, scope_of(headers={"X-Request-ID": sent}))
    assert answer.headers["x-request-id"] != sent
    assert len(answer.headers["x-request-id"]) == 32


def test_an_id_is_made() -> None:
    """Each request without one gets its own."""
    made = {through(echo).headers["x-request-id"] for _ in range(20)}
    assert len(made) == 20


def test_a_body_at_the_limit_passes() -> None:
    """The limit itself is allowed, declared or in pieces."""
    body = bytes(ENVELOPE)
    for headers, incoming in (
        ({"Content-Length": str(ENVELOPE)}, pieces(body)),
        ({}, pieces(body[:1000], body[1000:])),
    ):
        answer = through(echo, scope_of(method="POST", headers=headers), incoming)
        assert json.loads(answer.body)["size"] == ENVELOPE


def test_a_declared_body_over_the_limit_never_reaches_the_route() -> None:
    """It is refused by its length alone, and read to its end so that the sender gets to hear it."""
    headers = {"Content-Length": str(ENVELOPE + 1)}
    incoming = pieces(bytes(ENVELOPE), b"x")
    answer = through(fail, scope_of(method="POST", headers=headers), incoming)
    assert (answer.status, answer.error["code"]) == (400, "too_large")
    assert answer.error["details"] == {"limit_bytes": ENVELOPE}
    assert answer.left == 0


def test_a_body_in_pieces_is_counted_as_it_comes() -> None:
    """Without a declared length, or with a false one, the first byte too many ends it."""
    for headers in ({}, {"Content-Length": "5"}, {"Content-Length": "five"}, LONG_ZERO):
        incoming = pieces(*[bytes(10_000)] * 8)
        answer = through(echo, scope_of(method="POST", headers=headers), incoming)
        assert (answer.status, answer.error["code"]) == (400, "too_large")


def test_a_refused_body_is_not_read_forever() -> None:
    """A sender that never stops is cut off."""
    piece = bytes(2**20)
    endless = pieces(*[piece] * (DRAINED_BYTES // len(piece) + 50))
    answer = through(echo, scope_of(method="POST"), endless)
    assert answer.status == 400
    assert answer.left > 0


def test_the_limit_depends_on_the_route_and_on_how_the_body_is_written() -> None:
    """A photo may be larger as base64 in JSON than raw."""
    size = 33 * 2**20
    for kind, status in (("image/jpeg", 400), ("application/json", 200)):
        headers = {"Content-Length": str(size), "Content-Type": kind}
        answer = through(echo, scope_of("/photo", "POST", headers), pieces(bytes(size)))
        assert answer.status == status


def test_the_limit_is_that_of_the_kind_which_the_route_sees() -> None:
    """A second Content-Type does not make JSON a form, which may be larger."""
    scope = scope_of("/photo", "POST", {"Content-Length": str(33 * 2**20)})
    scope["headers"] += [(b"content-type", b"image/jpeg"), (b"content-type", b"application/json")]
    answer = through(fail, scope, pieces(b""))
    assert (answer.status, answer.error["code"]) == (400, "too_large")


def test_a_request_over_its_deadline_is_504() -> None:
    """The route is cancelled, the caller is told."""
    answer = through(hang, deadline=0.05)
    assert (answer.status, answer.error["code"]) == (504, "deadline")
    assert int(answer.headers["retry-after"]) >= 1


def from_slow(app: ASGIApp, waits: Sequence[float], **settings: Any) -> Answer:
    """One request through an edge, whose pieces come after so many seconds each."""

    async def scenario() -> Answer:
        answer, given = Answer(), pieces(*[b"a"] * len(waits))

        async def receive() -> Message:
            if not given:  # it stays, and waits for its answer
                await asyncio.Event().wait()
            await asyncio.sleep(waits[-len(given)])
            return given.pop(0)

        async def send(message: Message) -> None:
            answer.messages.append(message)

        await edge_of(app, **settings)(scope_of("/photo", "POST"), receive, send)
        return answer

    return asyncio.run(scenario())


def test_a_sender_that_stalls_is_408() -> None:
    """It is the sender who was late, not the service: no alarm is rung."""
    answer = from_slow(echo, [0, 0.5], deadline=0.05)
    assert (answer.status, answer.error["code"]) == (408, "stalled")


def test_a_slow_sender_s_time_is_its_own() -> None:
    """However long a steady body takes, the deadline is for what is done with it."""
    answer = from_slow(echo, [0.2] * 6, deadline=1.0)
    assert (answer.status, json.loads(answer.body)["size"]) == (200, 6)


def test_the_deadline_goes_on_behind_a_slow_sender() -> None:
    """It is not begun anew by each piece, nor forgotten with the last."""

    async def read_and_hang(scope: Scope, receive: Receive, send: Send) -> None:
        async for _ in Request(scope, receive).stream():
            await asyncio.sleep(0.06)
        await hang(scope, receive, send)

    for waits in ([0.1] * 4, [0.01] * 100):
        answer = from_slow(read_and_hang, waits, deadline=0.3)
        assert (answer.status, answer.error["code"]) == (504, "deadline")


def test_what_admits_work_knows_what_is_left() -> None:
    """Within the application the deadline can be asked for; where a route has none it is far."""
    seen: list[float] = []

    async def asks(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(seconds_left())
        await echo(scope, receive, send)

    through(asks, deadline=50.0)
    through(asks, scope_of("/endless"), deadline=50.0)
    assert seen == [pytest.approx(50.0, abs=5), math.inf]


def test_some_routes_have_no_deadline() -> None:
    """A batch keeps its own."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await echo(scope, receive, send)

    assert through(slow, scope_of("/endless"), deadline=0.01).status == 200


def test_a_deadline_in_mid_answer_cuts_it(written: Written) -> None:
    """An answer that has begun is never begun again; the log tells."""

    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    answer = through(half, deadline=0.05)
    assert [start["status"] for start in answer.starts] == [200]
    assert answer.body == b""
    assert written.lines()[-1]["code"] == "deadline"


def test_too_many_at_once_are_sent_away_but_probes_pass() -> None:
    """Over the bound 503 with the seconds to wait; liveness is answered; then there is room."""

    async def scenario() -> tuple[Answer, Answer, Answer]:
        opened = asyncio.Event()

        async def gated(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/slow":
                await opened.wait()
            await echo(scope, receive, send)

        edge = edge_of(gated, max_in_flight=2)
        busy = [asyncio.create_task(ask(edge, scope_of("/slow"))) for _ in range(2)]
        await asyncio.sleep(0)
        refused, probe = await ask(edge, scope_of("/x")), await ask(edge, scope_of("/livez"))
        opened.set()
        assert [answer.status for answer in await asyncio.gather(*busy)] == [200, 200]
        return refused, probe, await ask(edge, scope_of("/x"))

    refused, probe, later = asyncio.run(scenario())
    assert (refused.status, refused.error["code"]) == (503, "overloaded")
    assert int(refused.headers["retry-after"]) > 0
    assert (probe.status, later.status) == (200, 200)


@pytest.mark.parametrize("app", [fail, fail_late, hang], ids=lambda app: app.__name__)
def test_a_failure_gives_its_place_back(app: ASGIApp) -> None:
    """Whatever ends a request, it is no longer counted."""

    async def scenario() -> None:
        edge = edge_of(app, max_in_flight=1, deadline=0.02)
        for _ in range(3):
            assert (await ask(edge, scope_of())).status != 503

    asyncio.run(scenario())


def test_a_failure_is_500_without_its_words(written: Written) -> None:
    """The caller gets an id, the log under that id the trace."""
    answer = through(fail)
    assert (answer.status, answer.error["code"]) == (500, "internal")
    assert SECRET.encode() not in answer.body
    trace = next(line for line in written.lines() if "exception" in line)
    assert trace["rid"] == answer.error["request_id"] == answer.headers["x-request-id"]
    assert SECRET in trace["exception"]


def test_a_failure_in_mid_answer_cuts_it(written: Written) -> None:
    """No second answer is written into the first, and the server gets no exception."""
    answer = through(fail_late)
    assert len(answer.starts) == 1
    assert answer.body == b"half"
    line = written.lines()[-1]
    assert (line["message"], line["status"], line["code"]) == ("request", 200, "internal")


def test_a_client_that_leaves_in_mid_body_is_no_failure(
    written: Written,
) -> None:
    """Nobody is left to answer; the log says so and shows no trace."""
    incoming = [*pieces(b"a", b"b")[:1], DISCONNECT]
    answer = through(echo, scope_of(method="POST"), incoming)
    assert answer.messages == []
    (line,) = written.lines()
    assert (line["code"], line["level"]) == ("client_left", "info")


def test_a_cancelled_request_is_logged_and_stays_cancelled(
    written: Written,
) -> None:
    """The server's own cancellation passes through."""

    async def scenario() -> None:
        task = asyncio.create_task(ask(edge_of(hang), scope_of()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert written.lines()[-1]["code"] == "cancelled"


def test_head_is_asked_as_get(written: Written) -> None:
    """Routes need not know of it; the server leaves the body away, the log tells the truth."""
    answer = through(echo, scope_of(method="HEAD"))
    assert (answer.status, json.loads(answer.body)["method"]) == (200, "GET")
    assert written.lines()[-1]["method"] == "HEAD"


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/", "/"),
        ("/photo/", "/photo"),
        ("/photo//", "/photo"),
        ("//photo", "//photo"),
        ("//", "/"),
    ],
)
def test_a_slash_at_the_end_says_nothing(path: str, seen: str) -> None:
    """Routes see the path without it, so that no redirect is needed."""
    assert json.loads(through(echo, scope_of(path)).body)["path"] == seen


def test_the_log_line(written: Written) -> None:
    """One a request: id, method, path, status, milliseconds, and what the route added."""

    async def adding(scope: Scope, receive: Receive, send: Send) -> None:
        context_of(Request(scope)).log |= {"model": "mini", "items": 3}
        await echo(scope, receive, send)

    through(adding, scope_of("/photo", "POST"))
    (line,) = written.lines()
    assert (line["logger"], line["message"], line["level"]) == ("framed.request", "request", "info")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/photo", 200)
    assert (line["model"], line["items"]) == ("mini", 3)
    assert line["latency_ms"] >= 0


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (200, "info"),
        (400, "info"),
        (404, "info"),
        (500, "error"),
        (503, "warning"),
        (504, "warning"),
    ],
)
def test_the_level_follows_the_status(status: int, level: str, written: Written) -> None:
    """Our faults are errors, load is a warning, callers' faults are neither."""
    through(PlainTextResponse("", status))
    assert written.lines()[-1]["level"] == level


def test_a_hostile_path_stays_in_its_line(written: Written) -> None:
    """Line breaks in a path forge no log line."""
    through(echo, scope_of('/a\n{"level": "error"}\r\n'))
    assert len(written.lines()) == 1


def worded(error: FramedError, request_id: str, seconds: float) -> dict[str, Any]:
    """An error shape of its own."""
    return {"words": error.message, "rid": request_id, "quick": 0 <= seconds < 60}


@pytest.mark.parametrize(
    ("app", "settings"), [(fail, {}), (hang, {"deadline": 0.05}), (echo, {"max_in_flight": 0})]
)
def test_a_route_may_refuse_in_its_own_shape(app: ASGIApp, settings: dict[str, Any]) -> None:
    """Whatever the edge has to say; the other routes keep theirs."""
    edge = Edge(app, chosen(**settings), {"/old": Limits(errors=worded)}, Turns(8, 60.0))
    body = json.loads(asyncio.run(ask(edge, scope_of("/old"))).body)
    assert list(body) == ["words", "rid", "quick"]
    assert body["words"]
    assert body["quick"]
    assert list(json.loads(asyncio.run(ask(edge, scope_of("/new"))).body)) == ["error"]


@pytest.mark.parametrize("path", ["/photo", "/livez", "/nope"])
def test_a_private_server_is_for_its_own_machine(path: str) -> None:
    """Others are refused before anything else, whatever they ask for, probes too."""
    other = scope_of(path, client=("192.0.2.1", 5000))
    answer = through(fail, other, private=True)
    assert (answer.status, answer.error["code"]) == (403, "forbidden")
    assert through(echo, other, private=False).status == 200
    assert through(echo, scope_of(path), private=True).status == 200


def test_other_traffic_passes() -> None:
    """Lifespan and websockets are not the edge's."""
    seen: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def scenario() -> None:
        for kind in ("lifespan", "websocket"):
            await ask(edge_of(note), {"type": kind})

    asyncio.run(scenario())
    assert seen == ["lifespan", "websocket"]


def test_quiet_where_it_is_told_to_be(written: Written) -> None:
    """A level above info leaves only what went wrong."""
    logging.getLogger("framed").setLevel("ERROR")
    through(echo)
    assert written.lines() == []


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at length."""
    await PlainTextResponse("x" * 2**20)(scope, receive, send)


def test_an_answer_without_room_is_a_refusal(written: Written) -> None:
    """A whole one, in the one shape, with when to come again."""
    edge = edge_of(large, longest_wait=0.01)
    while edge._room.take(64 * 1024):
        pass
    answer = asyncio.run(ask(edge, scope_of()))
    assert (answer.status, answer.error["code"]) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    assert written.lines()[-1]["code"] == "overloaded"


def test_readers_do_not_count_as_work() -> None:
    """Nor does their pace count against the deadline: one that reads slowly gets all of it."""

    async def scenario() -> tuple[int, bytes]:
        edge, reads = edge_of(large, max_in_flight=1, deadline=0.05), asyncio.Event()
        taken: list[bytes] = []

        async def slow(message: Message) -> None:
            await reads.wait()
            taken.append(message.get("body", b""))

        async def nothing() -> Message:
            await asyncio.sleep(10)
            return DISCONNECT

        reading = asyncio.create_task(edge(scope_of(), nothing, slow))
        await asyncio.sleep(0.15)
        other = await ask(edge, scope_of())
        reads.set()
        await reading
        return other.status, b"".join(taken)

    status, body = asyncio.run(scenario())
    assert status == 200
    assert body == b"x" * 2**20
