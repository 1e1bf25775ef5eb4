"""`/api/v1/vision/labels` over fake runners."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.questions import RankQuestion
from framed.results import BankFacts
from tests.fakes import FakeClip
from tests.logs import Written
from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send, Serve
from tests.web import photo_server
from tests.wires.test_photoprism import REQUEST

PATH = "/api/v1/vision/labels"


def uri(colour: tuple[int, int, int]) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(colour)).decode()}"


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [label["name"] for label in answer.json()["result"]["labels"]]


def test_a_request_as_photoprism_writes_it(send: Send) -> None:
    """Its id comes back; its own model's name means the default model, which is named."""
    answer = send("POST", PATH, json={**REQUEST, "model": "nasnet:latest", "images": [uri(RED)]})
    assert names(answer)[0] == "red"
    body = answer.json()
    assert (body["id"], body["code"]) == (REQUEST["id"], 200)
    assert body["model"]["name"] == "framed/fake" == answer.headers["x-model"]


def test_an_id_is_made_where_none_came(send: Send) -> None:
    """That of the request."""
    answer = send("POST", PATH, json={"images": [uri(RED)]})
    assert answer.json()["id"] == answer.headers["x-request-id"]


def test_several_pictures_are_labelled_together(send: Send) -> None:
    """A label of either is a label of the photo."""
    assert set(names(send("POST", PATH, json={"images": [uri(RED), uri(GREEN)]}))) == {
        "red",
        "green",
    }


def test_bank_and_number_stand_in_the_address(serve: Serve) -> None:
    """PhotoPrism is given one address, and adds nothing to it."""
    clip = FakeClip()
    serve(clip)("POST", f"{PATH}?bank=b&top_k=3", json={"images": [uri(RED)]})
    asked = RankQuestion(top_k=3, bank="b", match=False)
    assert clip.asked_by_callers() == [(336, asked)]


def test_a_known_model_is_asked(serve: Serve) -> None:
    """With or without its version."""
    asked: list[str | None] = []

    class Choosing(FakeClip):
        async def describe(self, model: str | None = None) -> Any:
            asked.append(model)
            return await super().describe(model)

    send = serve(Choosing())
    names(send("POST", PATH, json={"images": [uri(RED)], "model": "alias:latest"}))
    assert asked[-1] == "alias"


def test_match_is_shown_where_it_is_asked_for(serve: Serve) -> None:
    """In the body or the address; no label that has enough of it is an answer, and is logged."""
    clip = FakeClip()
    send, asked = serve(clip), {"images": [uri(RED)]}
    plain = send("POST", PATH, json=asked).json()["result"]["labels"]
    labels = send("POST", f"{PATH}?match_threshold=0.5", json=asked).json()["result"]["labels"]
    assert labels == [{**plain[0], "match": labels[0]["match"]}]
    assert labels[0]["match"] > 0.5
    assert names(send("POST", PATH, json={**asked, "match_threshold": 1})) == []
    assert [rank.match for _, rank in clip.asked] == [False, True, True]


class NoBank(FakeClip):
    """A runner that has not the bank it is asked for."""

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
        raise FramedError(Code.UNKNOWN_BANK, f"There is no bank {name!r}.")


@pytest.mark.parametrize(
    ("clip", "status", "code"),
    [(NoBank(), 404, "unknown_bank"), (FakeClip().loading(), 503, "not_ready")],
    ids=["bank", "model"],
)
def test_nothing_is_fetched_for_a_bank_or_model_that_is_not_there(
    clip: FakeClip, status: int, code: str, serve: Serve
) -> None:
    """The refusal comes first."""
    send = serve(clip, url_input="on", url_private_hosts=("localhost",))
    with photo_server() as web:
        answer = send("POST", f"{PATH}?bank=other", json={"url": f"{web.url}/photo.jpg"})
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert web.asked == []


def test_pictures_are_fetched(serve: Serve) -> None:
    """Addresses and data URIs, all of one photo."""
    send = serve(url_input="on", url_private_hosts=("localhost",))
    with photo_server() as web:
        given = {"images": [f"{web.url}/photo.jpg", uri(GREEN)], "url": f"{web.url}/untyped"}
        assert set(names(send("POST", PATH, json=given))) == {"red", "green"}
    assert {each.path for each in web.asked} == {"/photo.jpg", "/untyped"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "no_photo"),
        ({"images": ["/etc/passwd"]}, "invalid_base64"),
        ({"url": "http://127.0.0.1:1/a.jpg"}, "forbidden_url"),
        ({"images": ["https://127.0.0.1:1/a.jpg"]}, "forbidden_url"),
        ({"images": [base64.b64encode(b"x" * 99).decode()]}, "not_an_image"),
    ],
)
def test_refusals(given: dict[str, Any], code: str, send: Send) -> None:
    """400, and nothing is opened or fetched; in the shape that PhotoPrism reads."""
    answer = send("POST", PATH, json={**given, "id": "an id"})
    body = answer.json()
    assert (answer.status_code, body["code"], body["error_code"]) == (400, 400, code)
    assert (body["id"], body["result"]) == ("an id", {})
    assert body["error"].endswith(".")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 400),
        ({"content": b"", "headers": {"content-length": "99999999999"}}, 400),
        ({"content": b"{}", "headers": {"content-encoding": "gzip"}}, 400),
    ],
    ids=["no JSON", "no JSON declared", "too large", "packed"],
)
def test_refusals_of_the_edge_have_the_same_shape(
    request_: dict[str, Any], status: int, send: Send
) -> None:
    """What was not read has the request's own id."""
    answer = send("POST", PATH, **request_)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, status)
    assert isinstance(body["error"], str)
    assert body["id"] == answer.headers["x-request-id"]


def test_another_method_is_refused_in_the_same_shape(send: Send) -> None:
    """The framework's own refusals, too."""
    assert send("GET", PATH).json()["code"] == 405


def test_what_the_address_does_not_know_is_refused(send: Send) -> None:
    """By name; a model in the address is one of ours or none."""
    answer = send("POST", f"{PATH}?topk=2", json={"images": [uri(RED)]})
    assert "did you mean 'top_k'?" in answer.json()["error"]
    answer = send("POST", f"{PATH}?model=nasnet", json={"images": [uri(RED)]})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "unknown_model")


def test_a_threshold_stands_in_the_address(send: Send) -> None:
    """Labels that are less sure are left out."""
    asked = {"images": [uri(RED)]}
    assert names(send("POST", f"{PATH}?threshold=0.5", json=asked)) == ["red"]
    assert names(send("POST", f"{PATH}?threshold=1", json=asked)) == []
    assert send("POST", f"{PATH}?language=de", json=asked).json()["code"] == 400


def test_the_log_line(send: Send, written: Written) -> None:
    """Labels and model as of `/classify`."""
    send("POST", PATH, json={"images": [uri(RED)]})
    line = written.lines()[-1]
    assert (line["top1_label"], line["photos"], line["model"]) == ("red", 1, "framed/fake")


@pytest.mark.parametrize("path", ["caption", "label", "labels/"])
def test_its_neighbours_refuse_in_its_shape(path: str, send: Send) -> None:
    """A client that asks for what is not here reads why."""
    answer = send("POST", f"/api/v1/vision/{path}", json={"images": []})
    assert isinstance(answer.json()["error"], str)
    assert answer.json()["code"] == answer.status_code


def test_an_id_comes_back_as_plain_text(send: Send) -> None:
    """Nothing in it reaches a terminal or a log as it came."""
    answer = send("POST", "/api/v1/vision/labels", json={"id": "a\r\nb\x1b"})
    assert answer.json()["id"].isprintable()
