"""The plain page: what serves, a command to copy, and nothing that a caller can plant in it."""

from __future__ import annotations

from dataclasses import replace

from framed import __version__
from framed.results import ClipFacts
from tests.fakes import FACTS, FakeClip
from tests.routes.conftest import Send, Serve


def test_it_says_what_serves_and_how_to_ask(send: Send) -> None:
    """Version, model, device, and a curl to this very address."""
    answer = send("GET", "/")
    assert answer.headers["content-type"].startswith("text/html")
    for word in (
        __version__,
        "framed/fake",
        "cpu",
        "curl -F file=@photo.jpg http://127.0.0.1/classify",
    ):
        assert word in answer.text


def test_it_answers_before_the_model_is_there(serve: Serve) -> None:
    """And says that it loads."""
    answer = serve(FakeClip(ClipFacts(state="loading")))("GET", "/")
    assert answer.status_code == 200
    assert "still loading" in answer.text


def test_notes_and_hosts_are_text(serve: Serve) -> None:
    """Markup in a model's note or in the Host header is shown, not run."""
    markup = '"><script>alert(1)</script>'
    send = serve(FakeClip(replace(FACTS, note=markup)))
    answer = send("GET", "/", headers={"host": f"framed{markup}"})
    assert "<script>" not in answer.text


def test_nothing_is_fetched_from_elsewhere(send: Send) -> None:
    """It works without a network."""
    text = send("GET", "/").text
    assert "src=" not in text
    assert "https://" not in text
