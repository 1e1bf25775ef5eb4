"""Each server gets a photo in the form that it asks for, and its answer is read where it is."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from scripts.benchmarks.row import NotMeasurableError
from scripts.peers.peer import Checkpoint, Peer
from scripts.peers.roster import OURS, PEERS

JPEG = b"\xff\xd8 a photo \xff\xd9"
MADE = Checkpoint(Path("models/clip"), Path("models/clip-transformers"))
BY_NAME = {peer.name: peer for peer in PEERS}
PARTS = {"framed": "image", "litserve": "content", "litserve-bf16": "content", "bento": "items"}
ANSWERS = {
    "framed": [0.6, 0.8],
    "infinity": {"object": "list", "data": [{"object": "embedding", "embedding": [0.6, 0.8]}]},
    "litserve": [0.6, 0.8],
    "litserve-bf16": [0.6, 0.8],
    "bento": [[0.6, 0.8]],
}


def test_ours_is_among_them() -> None:
    """Names are unique; every one has its answer here."""
    assert OURS in BY_NAME
    assert len(BY_NAME) == len(PEERS)
    assert ANSWERS.keys() == BY_NAME.keys()


@pytest.mark.parametrize(("name", "part"), PARTS.items())
def test_a_form_holds_the_photo_in_its_part(name: str, part: str) -> None:
    """Its bytes as they are, between marks that the content type names."""
    request = BY_NAME[name].request
    mark = request.content_type.partition("boundary=")[2].encode()
    _, content, end = request.body(JPEG).split(b"--" + mark)
    assert f'name="{part}"'.encode() in content
    assert content.endswith(JPEG + b"\r\n")
    assert end == b"--\r\n"


def test_infinity_gets_a_data_uri() -> None:
    """In OpenAI's shape, with its own `modality`."""
    request = BY_NAME["infinity"].request
    body = json.loads(request.body(JPEG))
    head, _, photo = body["input"][0].partition(",")
    assert (head, base64.b64decode(photo)) == ("data:image/jpeg;base64", JPEG)
    assert body["modality"] == "image"
    assert body["model"] in BY_NAME["infinity"].command(Path("env"), MADE, 1)


@pytest.mark.parametrize("peer", PEERS, ids=lambda it: it.name)
def test_the_embedding_is_found(peer: Peer) -> None:
    """And what is none is said, not measured."""
    answer = json.dumps(ANSWERS[peer.name]).encode()
    assert peer.request.embedding(answer) == [0.6, 0.8]
    for other in (b'{"error": "busy"}', b"[]", b"", b'{"data": []}'):
        with pytest.raises(NotMeasurableError):
            peer.request.embedding(other)


@pytest.mark.parametrize("peer", PEERS, ids=lambda it: it.name)
def test_it_runs_in_its_own_environment(peer: Peer) -> None:
    """On the port that it is given; its packages are pinned, or in a file that pins them."""
    command = peer.command(Path("env"), MADE, 4711)
    assert Path(command[0]).parent == Path("env/bin")
    assert "4711" in command
    pinned = re.compile(r"[\w\-]+(\[[\w,]+\])?==[\d.]+")
    assert peer.packages[0] == "-r" or all(map(pinned.fullmatch, peer.packages))


def test_all_read_the_same_weights() -> None:
    """In one form or the other."""
    forms = {str(MADE.open_clip), str(MADE.transformers)}
    for peer in PEERS:
        words = [*peer.command(Path("env"), MADE, 1), *peer.variables(MADE).values()]
        assert any(form in word for word in words for form in forms), peer.name
