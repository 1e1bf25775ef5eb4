"""What HTTP lets a sender ask for and Framed does not do."""

from __future__ import annotations

import gzip
import zlib

import pytest

from tests.photos import jpeg
from tests.routes.conftest import Send

PHOTO = jpeg()
KIND = {"content-type": "image/jpeg"}
ROUTES = ("/classify", "/features", "/analyze", "/embed", "/encode_text", "/v1/embeddings")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "gzip, gzip", "nope"])
def test_a_packed_body_is_refused_as_what_it_is(route: str, coding: str, send: Send) -> None:
    """On every route, with what to do about it: not as a broken photo or as bad JSON."""
    body = gzip.compress(PHOTO) if "gzip" in coding.lower() else zlib.compress(PHOTO)
    answer = send("POST", route, content=body, headers={**KIND, "content-encoding": coding})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_body")
    assert f"Content-Encoding: {coding}" in error["message"]


@pytest.mark.parametrize("headers", [{"content-encoding": "identity"}, {"content-encoding": ""}])
def test_a_body_said_to_be_plain_is_read(headers: dict[str, str], send: Send) -> None:
    """`identity` is no packing."""
    assert send("POST", "/classify", content=PHOTO, headers=KIND | headers).status_code == 200


def test_an_unknown_expectation_is_refused(send: Send) -> None:
    """It is not passed over: its sender waits for something that does not come."""
    answer = send("POST", "/classify", content=PHOTO, headers={**KIND, "expect": "a-miracle"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_http")
    assert "a-miracle" in error["message"]


@pytest.mark.parametrize(
    "headers", [{"expect": "100-continue"}, {"expect": "100-Continue"}, {"range": "bytes=0-9"}]
)
def test_what_is_known_or_means_nothing_here_is_answered(
    headers: dict[str, str], send: Send
) -> None:
    """A part of an answer is never sent, whatever range is asked for."""
    answer = send("POST", "/classify", content=PHOTO, headers=KIND | headers)
    assert answer.status_code == 200
    assert answer.json()["results"]
