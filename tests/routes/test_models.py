"""`/v1/models` over fake runners."""

from __future__ import annotations

import pytest

from tests.fakes import FakeClip
from tests.routes.conftest import Send, Serve


@pytest.mark.parametrize("path", ["/v1/models", "/models", "/v1/models/"])
def test_the_list(path: str, send: Send) -> None:
    """With `/v1` and without."""
    body = send("GET", path).json()
    (model,) = body["data"]
    assert (body["object"], model["object"], model["id"]) == ("list", "model", "fake")
    assert model["created"] > 1_600_000_000


@pytest.mark.parametrize("name", ["fake", "framed/fake", "framed%2Ffake", "alias"])
def test_one_of_them(name: str, send: Send) -> None:
    """Its names may have slashes; the id is the one to ask for."""
    for path in ("/v1/models", "/models"):
        assert send("GET", f"{path}/{name}").json()["id"] == "fake"


def test_one_that_is_not_there(send: Send) -> None:
    """404, as of any unknown model."""
    answer = send("GET", "/v1/models/gpt-4")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_model")


def test_while_the_model_loads(serve: Serve) -> None:
    """It is said when to come back."""
    answer = serve(FakeClip().loading())("GET", "/v1/models")
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_other_methods(send: Send) -> None:
    """None but those that read."""
    answer = send("POST", "/v1/models/fake")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert send("GET", "/models?x=1").status_code == 400
