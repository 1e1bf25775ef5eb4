"""The door in its place: before every route, in its words, its headers and its log lines."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from framed.access.key import entry_of, new_key
from framed.access.scopes import Scope
from framed.routes.table import BENTOML_PAGES, ROUTES
from tests.logs import Written
from tests.photos import jpeg
from tests.routes.conftest import Serve

KEY, SECRET = new_key("ann", frozenset({Scope.CLASSIFY}))
KEYS = SecretStr(entry_of(KEY))
BEARER = {"authorization": f"Bearer {SECRET}"}
PHOTO = jpeg()
FILE = {"file": PHOTO}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "CONNECT")
SPELLINGS = ("{}", "{}/", "/{}", "//{}", "{}//", "/.{}", "/x/..{}", "{};a", "{}%20", "{}?a=b")


def spellings(path: str) -> list[str]:
    """Ways to write a path; in the last one a letter is written as odd characters are."""
    hidden = f"{path[:1]}%{ord(path[1]):02x}{path[2:]}" if len(path) > 1 else path
    return [*(spelling.format(path) for spelling in SPELLINGS), hidden]


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal, wherever the route's own shape has it."""
    body: dict[str, Any] = answer.json()
    code: str = body["error_code"] if isinstance(body["error"], str) else body["error"]["code"]
    return code


@pytest.mark.parametrize("path", [*ROUTES, *BENTOML_PAGES, "/docs", "/openapi.json", "/nope", "/*"])
def test_nothing_but_probes_answers_without_a_key(path: str, serve: Serve) -> None:
    """Every route, spelling and method: 401 in the route's own error shape; a probe, when read,
    answers in the spellings that it has always had."""
    send, limits = serve(api_keys=KEYS), ROUTES.get(path)
    is_open = limits is not None and limits.is_open
    for method, spelling in itertools.product(METHODS, spellings(path)):
        answer = send(method, spelling)
        if is_open and method in ("GET", "HEAD") and answer.status_code != 401:
            continue
        assert answer.status_code == 401, (method, spelling)
        assert answer.headers["www-authenticate"] == "Bearer"
        if method != "HEAD":
            assert code_of(answer) == "unauthorized"


@pytest.mark.parametrize("path", [path for path, limits in ROUTES.items() if limits.is_open])
def test_probes_answer_without_a_key(path: str, serve: Serve) -> None:
    """To whoever reads them; whether it is ready is another matter."""
    assert path in ("/ping", "/livez", "/readyz", "/healthz", "/health")
    for method in ("GET", "HEAD"):
        assert serve(api_keys=KEYS)(method, path).status_code in (200, 503)
    assert len([each for each in ROUTES.values() if each.is_open]) == 5


def test_a_key_opens_what_it_is_for(serve: Serve, written: Written) -> None:
    """In either header; the log line names the key and nothing of its secret."""
    send = serve(api_keys=KEYS)
    assert send("POST", "/classify", files=FILE, headers=BEARER).status_code == 200
    assert send("POST", "/classify", files=FILE, headers={"x-api-key": SECRET}).status_code == 200
    assert send("GET", "/labels", headers=BEARER).status_code == 200
    assert send("GET", "/nope", headers=BEARER).status_code == 404
    for method, path in (("POST", "/reload"), ("GET", "/info"), ("GET", "/metrics")):
        refused = send(method, path, headers=BEARER)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert {line["key"] for line in written.lines() if "key" in line} == {"ann"}
    assert SECRET not in written.getvalue()
    assert {line["client"] for line in written.lines() if "client" in line} == {"127.0.0.1"}


def test_the_analyze_service_refuses_in_its_own_shape(serve: Serve) -> None:
    """Its envelope around the same code."""
    answer = serve(api_keys=KEYS)("GET", "/analyze?file=a.jpg")
    assert answer.status_code == 401
    assert answer.json()["status"] == "error"
    assert answer.json()["error"]["code"] == "unauthorized"


def test_a_page_that_was_let_in_may_bring_a_key(serve: Serve) -> None:
    """The browser asks first, without a key, whether it may send one; then it does."""
    send = serve(api_keys=KEYS, cors_origins=("https://a.example",))
    asks = {
        "origin": "https://a.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, x-api-key",
    }
    may = send("OPTIONS", "/classify", headers=asks)
    assert may.status_code == 200
    assert {"authorization", "x-api-key"} <= {
        name.strip().lower() for name in may.headers["access-control-allow-headers"].split(",")
    }
    sent = {"origin": "https://a.example", "sec-fetch-site": "cross-site", **BEARER}
    assert send("POST", "/classify", files=FILE, headers=sent).status_code == 200
    without = {name: value for name, value in sent.items() if name != "authorization"}
    refused = send("POST", "/classify", files=FILE, headers=without)
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://a.example"
    other = send("POST", "/classify", files=FILE, headers={**sent, "origin": "https://b.example"})
    assert other.status_code == 403


def test_each_photo_counts(serve: Serve) -> None:
    """Of one request and of many in one; what is too many carries its own error in a batch, whose
    other items stand."""
    files = [("files", (f"{n}.jpg", PHOTO)) for n in range(5)]
    send = serve(rate_photos=4)
    assert send("POST", "/classify", files=FILE).status_code == 200
    batch = send("POST", "/features", files=files)
    assert batch.status_code == 200
    codes = [item.get("error", {}).get("code") for item in batch.json()["artifacts"]]
    assert sorted(codes, key=str) == [None] * 3 + ["rate_limited"] * 2
    refused = send("POST", "/classify", files=FILE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert refused.headers["ratelimit"].startswith('"photos";r=0;t=')
    assert send("POST", "/encode_text", json={"texts": ["a"]}).status_code == 200


def test_each_image_to_encode_counts(serve: Serve) -> None:
    """The first one too many refuses the request, and is named."""
    send = serve(rate_photos=2)
    images = [("image", PHOTO)] * 3
    refused = send("POST", "/encode_image", files=images)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert refused.json()["error"]["details"]["index"] == 2


def test_a_photo_that_is_found_again_counts(serve: Serve, tmp_path: object) -> None:
    """As a photo, though no longer by its megapixels: nothing of it is decoded."""
    send = serve(rate_photos=3, rate_megapixels=1000, feature_cache=True, cache_dir=tmp_path)
    left = []
    for _ in range(2):
        answer = send("POST", "/features", files=[("files", ("a.jpg", jpeg(size=(1000, 1000))))])
        assert "error" not in answer.json()["artifacts"][0]
        seen = send("GET", "/labels").headers["ratelimit"]
        left.append([part.split(";")[1] for part in seen.split(", ")])
    assert left == [["r=2", "r=999"], ["r=1", "r=999"]]


def test_megapixels_are_counted_before_decoding(serve: Serve) -> None:
    """By the header: a photo above what is left is refused, a small one still fits."""
    send = serve(rate_megapixels=2)
    large, small = {"file": jpeg(size=(1200, 1000))}, {"file": jpeg(size=(400, 400))}
    assert send("POST", "/classify", files=large).status_code == 200
    assert send("POST", "/classify", files=large).status_code == 429
    assert send("POST", "/classify", files=small).status_code == 200


def test_every_answer_says_what_is_left(serve: Serve) -> None:
    """Refusals too, those for too many requests included; probes neither count nor tell, nor does
    what the server says of itself, so that Prometheus sees it under load."""
    send = serve(rate_requests=3)
    paths = ("/labels", "/nope", "/readyz", "/classify", "/info", "/metrics", "/labels")
    answers = [send("GET", path) for path in paths]
    assert [answer.status_code for answer in answers] == [200, 404, 200, 405, 200, 200, 429]
    shares = [answer.headers.get("ratelimit", ";none").split(";")[1] for answer in answers]
    assert shares == ["r=2", "r=1", "none", "r=0", "none", "none", "r=0"]
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert json.loads(answers[-1].content)["error"]["details"]["per_minute"] == 3
