"""One sender who means harm costs the others nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

AS_JSON = {"content-type": "application/json"}
MANY = 300  # more than the requests that may be worked on at once


@pytest.fixture
def stalled(server) -> Iterator[int]:
    """Connections that announce a body and never send the rest of it."""
    head = b"POST /features HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with ExitStack() as open_ones:
        for _ in range(MANY):
            sender = open_ones.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sender.sendall(head + b"Content-Length: 1000\r\n\r\n{")
        yield MANY


def test_senders_in_mid_body_take_nobody_s_place(client, sample, stalled):
    """However many wait with half a body, a photo is answered."""
    answer = client.post("/classify", files={"file": sample.read_bytes()})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("route", ["/features", "/classify", "/encode_text", "/reload"])
def test_a_body_of_endless_values_is_refused(client, route):
    """Millions of numbers within the size limit are not read one by one."""
    body = b'{"texts": [1' + b",1" * 1_000_000 + b"]}"
    answer = client.post(route, content=body, headers=AS_JSON)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"invalid_json", "too_large"}


def test_form_texts_under_unknown_names_are_not_read(client):
    """A field that no route knows is refused by its name, whatever it holds."""
    answer = client.post("/features", data={"x": "[" + "1," * 200_000 + "1]"})
    assert answer.json()["error"]["code"] == "invalid_parameter"


def test_paths_that_do_not_exist_leave_no_trace_in_the_metrics(client):
    """A scanner cannot fill `/metrics`, and known routes are still counted."""
    client.get("/labels")
    for number in range(20):
        assert client.get(f"/scan/{number}").status_code == 404
    counted = client.get("/metrics").text
    assert "/scan/" not in counted
    assert 'route="/labels"' in counted
    assert 'route="other",status="404"' in counted
