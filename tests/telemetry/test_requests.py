"""Requests as they are counted: by known routes only, whatever is asked for."""

from __future__ import annotations

from framed.telemetry.requests import WatchedRequest, in_flight
from framed.telemetry.traceparent import current_trace
from tests.telemetry.counting import counter

PARENT = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_request_is_counted_when_it_ends() -> None:
    """By route, status and the code of its refusal."""
    good = counter("framed_requests_total", route="/labels", status="200", code="")
    bad = counter("framed_requests_total", route="/labels", status="400", code="invalid_parameter")
    seconds = counter("framed_request_seconds_sum", route="/labels", status="400")
    WatchedRequest({}, "GET", "/labels", is_probe=False).end(200, 0.1, {})
    refused = WatchedRequest({}, "GET", "/labels", is_probe=False)
    refused.end(400, 0.25, {"code": "invalid_parameter", "reason": "of the log"})
    assert (good(), bad(), seconds()) == (1, 1, 0.25)


def test_paths_that_there_are_not_are_one() -> None:
    """A scanner cannot fill the memory."""
    other = counter("framed_requests_total", route="other", status="404", code="not_found")
    WatchedRequest({}, "BREW", None, is_probe=False).end(404, 0.01, {"code": "not_found"})
    assert other() == 1


def test_no_answer_has_a_status_of_its_own() -> None:
    """The client left before there was one."""
    left = counter("framed_requests_total", route="/classify", status="499", code="client_left")
    request = WatchedRequest({}, "POST", "/classify", is_probe=False)
    request.end(None, 0.01, {"code": "client_left"})
    assert left() == 1


def test_those_being_answered_are_known() -> None:
    """Probes come and go and are nobody's load."""
    before = in_flight()
    request = WatchedRequest({}, "POST", "/classify", is_probe=False)
    probe = WatchedRequest({}, "GET", "/livez", is_probe=True)
    assert in_flight() == before + 1
    probe.end(200, 0.01, {})
    request.end(200, 0.01, {})
    assert in_flight() == before


def test_a_request_is_in_the_trace_of_its_sender_only() -> None:
    """One on the same connection after it is not."""
    WatchedRequest({b"traceparent": PARENT}, "GET", "/labels", is_probe=False).end(200, 0.1, {})
    place = current_trace()
    assert place is not None
    assert place.header().encode() == PARENT
    WatchedRequest({}, "GET", "/labels", is_probe=False).end(200, 0.1, {})
    assert current_trace() is None
