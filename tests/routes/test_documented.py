"""What `/docs` says of every route: how it refuses, and the headers of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from framed.errors import STATUS
from framed.routes.table import ROUTES
from tests.routes.conftest import Send, Serve

OPERATIONS = [
    ("/classify", "post"),
    ("/labels", "get"),
    ("/features", "post"),
    ("/encode_text", "post"),
    ("/embed", "post"),
    ("/v1/embeddings", "post"),
    ("/api/v1/vision/labels", "post"),
    ("/predict", "post"),
    ("/embeddings", "post"),
    ("/v1/models/{name}", "get"),
    ("/reload", "post"),
    ("/analyze", "get"),
    ("/analyze", "post"),
]


def responses_of(send: Send, path: str, method: str) -> dict[str, Any]:
    operation = send("GET", "/openapi.json").json()["paths"][path][method]
    responses: dict[str, Any] = operation["responses"]
    return responses


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_status_of_an_error_code_is_documented(path: str, method: str, send: Send) -> None:
    """All but 405, which is the answer to methods that are not documented."""
    expected = {"200", *(str(status) for status in STATUS.values() if status != 405)}
    assert responses_of(send, path, method).keys() == expected


@pytest.mark.parametrize("path", [path for path, each in ROUTES.items() if each.is_probe])
def test_probes_are_open_and_name_nothing(path: str, send: Send) -> None:
    """No 404 among what they may say, nor 401 and 429 where nobody needs a key."""
    said = responses_of(send, path, "get").keys()
    assert said >= {"200", "400", "403", "500", "503"}
    assert said & {"401", "404", "429"} == (set() if ROUTES[path].is_open else {"401", "429"})


def test_what_names_no_bank_finds_every_one(send: Send) -> None:
    """The page takes nothing, so it has no 404."""
    assert "404" not in responses_of(send, "/", "get")


def test_the_codes_of_a_status_are_named(send: Send) -> None:
    """In the words of `error.code`."""
    said = responses_of(send, "/classify", "post")["404"]["description"]
    assert "`unknown_bank`" in said
    assert "`unknown_model`" in said


def test_two_services_have_shapes_of_their_own(send: Send) -> None:
    """The analyze service and PhotoPrism; all others refuse in the one shape."""
    names = {
        path: {
            answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            for status, answer in operation["responses"].items()
            if status != "200"
        }
        for path, operations in send("GET", "/openapi.json").json()["paths"].items()
        for operation in operations.values()
    }
    assert names.pop("/analyze") == {"AnalyzeRefusal"}
    assert names.pop("/api/v1/vision/labels") == {"VisionRefusal"}
    assert set().union(*names.values()) == {"Refusal"}


def test_headers_are_documented(send: Send) -> None:
    """The request's id always, and when to come back where that helps."""
    for status, answer in responses_of(send, "/classify", "post").items():
        assert answer["headers"]["X-Request-ID"]["required"]
        assert ("Retry-After" in answer["headers"]) == (status in ("429", "503"))


def test_answers_are_documented_by_what_they_hold(send: Send) -> None:
    """No operation leaves its good answer open."""
    for operations in send("GET", "/openapi.json").json()["paths"].values():
        for operation in operations.values():
            for content in operation["responses"]["200"]["content"].values():
                assert content["schema"]


def test_keys_are_offered_where_one_may_be_needed(send: Send) -> None:
    """`/docs` has a place to put a key; probes want none."""
    documented = send("GET", "/openapi.json").json()
    assert set(documented["components"]["securitySchemes"]) == {"bearer", "key"}
    assert {"bearer": []} in documented["paths"]["/classify"]["post"]["security"]
    assert "security" not in documented["paths"]["/livez"]["get"]


PROXY = {"x-forwarded-prefix": "/framed"}
STRIPPED = {"trusted_proxies": ("127.0.0.1",)}


@pytest.mark.parametrize(
    ("settings", "headers", "front"),
    [
        ({"root_path": "/framed"}, {}, ""),
        ({"root_path": "/framed"}, {}, "/framed"),
        (STRIPPED, PROXY, ""),
        ({"root_path": "/other", **STRIPPED}, PROXY, ""),
    ],
)
def test_everything_links_below_the_path_of_a_proxy(
    settings: dict[str, Any], headers: dict[str, str], front: str, serve: Serve
) -> None:
    """By setting, whether the proxy takes the path away or not, or by the word of one that does."""
    send = serve(**settings)
    page = send("GET", f"{front}/docs", headers=headers).text
    assert "'/framed/openapi.json'" in page
    assert '"/framed/static-offline-docs/swagger-ui-bundle.js"' in page
    for path in ("/static-offline-docs/swagger-ui.css", "/labels", "/livez"):
        assert send("GET", f"{front}{path}", headers=headers).status_code == 200
    documented = send("GET", f"{front}/openapi.json", headers=headers).json()
    assert documented["servers"] == [{"url": "/framed"}]
    assert 'href="/framed/docs"' in send("GET", f"{front}/", headers=headers).text


@pytest.mark.parametrize("prefix", ["/framed", "/<script>", "//evil.example"])
def test_nobody_else_says_where_links_lead(prefix: str, serve: Serve) -> None:
    """Nor does a trusted proxy that passes on what is no path."""
    send = serve(**(STRIPPED if prefix != "/framed" else {}))
    for path in ("/docs", "/"):
        assert prefix not in send("GET", path, headers={"x-forwarded-prefix": prefix}).text
    assert "servers" not in send("GET", "/openapi.json").json()


def test_other_methods_are_known_below_a_path(serve: Serve) -> None:
    """What a path takes does not depend on what stands before it."""
    answer = serve(root_path="/framed")("PUT", "/framed/classify")
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")


def test_a_header_opens_no_other_way_to_a_route(serve: Serve) -> None:
    """A proxy that keeps `/metrics` to itself by its path may pass a caller's header on."""
    send = serve(**STRIPPED)
    assert send("GET", "/framed/labels", headers=PROXY).status_code == 404
    assert send("GET", "/labels", headers=PROXY).status_code == 200


@pytest.mark.parametrize("front", ["", "/api"])
def test_a_route_that_begins_as_the_path_does_is_found(front: str, serve: Serve) -> None:
    """`/api` is the path of many a proxy, and of PhotoPrism's route."""
    answer = serve(root_path="/api")("POST", f"{front}/api/v1/vision/labels", json={})
    assert answer.json()["error_code"] == "no_photo"


@pytest.mark.parametrize("path", ["/framedx/docs", "/framed/nope", "/nope", "/classify"])
def test_a_refusal_names_the_path_as_it_was_asked(path: str, serve: Serve) -> None:
    """Not as it is known inside, nor with the sub-path twice."""
    said = serve(root_path="/framed")("PUT", path).json()["error"]["message"]
    assert f"{path!r}" in said
