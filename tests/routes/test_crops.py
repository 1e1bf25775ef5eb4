"""`crops` over HTTP, in every way that a parameter can come."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.answers.test_crops import spotted
from tests.logs import Written
from tests.photos import RED, jpeg
from tests.routes.conftest import Send

PHOTO = spotted().data
TEXT = base64.b64encode(PHOTO).decode()
FILE = {"file": ("a.jpg", PHOTO, "image/jpeg")}
BOXES = [
    [0, 0, 600, 400],
    [0, 0, 240, 240],
    [360, 0, 240, 240],
    [0, 160, 240, 240],
    [360, 160, 240, 240],
    [180, 80, 240, 240],
]

WAYS: dict[str, dict[str, Any]] = {
    "query": {"files": FILE, "params": {"crops": "grid"}},
    "form": {"files": FILE, "data": {"crops": "grid"}},
    "the SDK's form": {"files": FILE, "data": {"crops": '"grid"'}},
    "json": {"json": {"image": TEXT, "crops": "grid"}},
    "raw": {
        "content": PHOTO,
        "headers": {"content-type": "image/jpeg"},
        "params": {"crops": "grid"},
    },
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_classify_tells_where_it_looked(send: Send, way: dict[str, Any]) -> None:
    """Boxes in pixels of the photo, each with its own best label."""
    body = send("POST", "/classify", **way).json()
    assert body["crops"]["mode"] == "grid"
    assert body["crops"]["merge"]
    assert [region["box"] for region in body["crops"]["regions"]] == BOXES
    labels = [region["label"] for region in body["crops"]["regions"]]
    assert labels == ["red", "red", "red", "red", "green", "red"]
    assert body["size"] == 336


def test_features_tell_it_in_the_detail(send: Send) -> None:
    """Of every item, from the query beside a body that is all the caller's."""
    given = {"artifacts": [{"std_uri": f"data:image/jpeg;base64,{TEXT}", "crops": "mine"}]}
    (item,) = send("POST", "/features", json=given, params={"crops": "grid"}).json()["artifacts"]
    assert item["crops"] == "mine"
    assert [region["box"] for region in item["features"]["detail"]["crops"]["regions"]] == BOXES


def test_by_default_nothing_is_cut(send: Send) -> None:
    """Nor where it is asked for by name."""
    for params in ({}, {"crops": "none"}):
        assert "crops" not in send("POST", "/classify", files=FILE, params=params).json()


@pytest.mark.parametrize("bad", ["five", "GRID", "", "true"])
@pytest.mark.parametrize("route", ["/classify", "/features"])
def test_other_words_are_refused(send: Send, route: str, bad: str) -> None:
    """With the words that there are."""
    name = "file" if route == "/classify" else "files"
    answer = send("POST", route, files={name: FILE["file"]}, params={"crops": bad})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_parameter"
    assert "'none', 'grid' or 'saliency'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (900, 60), (60, 900)])
@pytest.mark.parametrize("crops", ["grid", "saliency"])
def test_any_size_is_answered(send: Send, size: tuple[int, int], crops: str) -> None:
    """Tiny photos and panoramas too; the first box is the whole."""
    files = {"file": ("a.jpg", jpeg(RED, size), "image/jpeg")}
    body = send("POST", "/classify", files=files, params={"crops": crops}).json()
    assert body["crops"]["regions"][0]["box"] == [0, 0, *size]
    assert body["results"][0]["label"] == "red"


def test_the_log_says_that_it_looked_closer(send: Send, written: Written) -> None:
    """A request that costs six photos can be told from one that costs one."""
    send("POST", "/classify", files=FILE, params={"crops": "grid"})
    send("POST", "/classify", files=FILE)
    closer, plain = (line for line in written.lines() if line.get("path") == "/classify")
    assert closer["crops"] == "grid"
    assert "crops" not in plain


def test_the_documentation_names_it(send: Send) -> None:
    """With its three values, on both routes."""
    paths = send("GET", "/openapi.json").json()["paths"]
    for route in ("/classify", "/features"):
        parameters = {each["name"]: each for each in paths[route]["post"]["parameters"]}
        assert parameters["crops"]["schema"]["enum"] == ["none", "grid", "saliency"]
