"""`/features` over fake runners: embeddings, and the names of its files."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.routes.answer_room import ITEM_BYTES
from framed.routes.place import Place
from framed.wires.vectors import written_bytes
from tests.fakes import FACTS, FakeClip
from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send, Serve

FILE = ("a.jpg", jpeg(RED), "image/jpeg")


def items(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["artifacts"]
    return found


def inline(colour: tuple[int, int, int]) -> dict[str, str]:
    return {"std_uri": f"data:image/jpeg;base64,{base64.b64encode(jpeg(colour)).decode()}"}


def test_an_embedding_comes_along(send: Send) -> None:
    """That of `/encode_image`, as numbers or packed; none where nobody asks."""
    expected = send("POST", "/encode_image", files={"image": FILE}).json()
    (plain,) = items(send("POST", "/features?embedding=true", files={"files": FILE}))
    assert plain["features"]["embedding"] == expected
    (packed,) = items(
        send("POST", "/features", files={"files": FILE}, data={"embedding": "base64"})
    )
    read = np.frombuffer(base64.b64decode(packed["features"]["embedding"]), "<f4")
    np.testing.assert_array_equal(read, np.array(expected, np.float32))
    (none,) = items(send("POST", "/features", files={"files": FILE}))
    assert "embedding" not in none["features"]


def test_embeddings_of_a_batch(send: Send) -> None:
    """Each item's own, beside one that failed, in one answer or line by line."""
    batch = {"artifacts": [inline(RED), {"std_uri": "data:;base64,AAAA"}, inline(GREEN)]}
    path = "/features?embedding=float"
    red, bad, green = items(send("POST", path, json=batch))
    assert np.argmax(red["features"]["embedding"]) == 0
    assert np.argmax(green["features"]["embedding"]) == 1
    assert bad["features"] is None
    lines = send("POST", path, json=batch, headers={"accept": "application/x-ndjson"}).text
    streamed = [json.loads(line) for line in lines.splitlines()][:-1]
    of_index = {line["index"]: line["artifact"]["features"] for line in streamed}
    assert of_index[2]["embedding"] == green["features"]["embedding"]


def test_an_answer_from_the_cache_has_it_too(serve: Serve, tmp_path: Any) -> None:
    """Without looking again, whether or not it was asked for before."""
    clip = FakeClip()
    send = serve(clip, feature_cache=True, cache_dir=tmp_path, feature_cache_dir=tmp_path)
    items(send("POST", "/features", files={"files": FILE}))
    (again,) = items(send("POST", "/features?embedding=true", files={"files": FILE}))
    assert again["features"]["detail"]["cached"] is True
    assert len(again["features"]["embedding"]) == 3
    assert len(clip.asked) == 1


def test_without_a_model_there_is_none(serve: Serve) -> None:
    """Null beside fallback labels; a model that is not there is said at each item as ever."""
    broken = FakeClip(refusal=lambda image: FramedError(Code.UNAVAILABLE, "down"))
    send = serve(broken, fallback_labels=True)
    (fallen,) = items(send("POST", "/features?embedding=true", files={"files": FILE}))
    assert (fallen["features"]["fallback"], fallen["features"]["embedding"]) == (True, None)
    (unknown,) = items(
        send("POST", "/features?embedding=true&model=nowhere", files={"files": FILE})
    )
    assert unknown["error"]["code"] == "unknown_model"


def test_room_for_embeddings_is_held(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each item, before any is worked on: as many bytes as its numbers take in an answer."""
    held: list[int] = []
    hold = Place.hold

    async def noted(place: Place, total: int) -> None:
        held.append(total)
        await hold(place, total)

    monkeypatch.setattr(Place, "hold", noted)
    send = serve(FakeClip(facts=replace(FACTS, embedding_dim=4096)))
    batch = {"artifacts": [inline(RED)] * 3}
    for path in ("/features", "/features?embedding=base64", "/features?embedding=float"):
        items(send("POST", path, json=batch))
    plain, packed, numbers = (total for total in held if total > 3 * ITEM_BYTES)
    assert packed - plain == 3 * written_bytes(4096, "base64")
    assert numbers - plain == 3 * written_bytes(4096, "float")


@pytest.mark.parametrize("names", [("file",), ("files",), ("file", "files", "file")])
def test_a_file_by_either_name(names: tuple[str, ...], send: Send) -> None:
    """One or many, mixed as they may be, in the order they came."""
    sent = [(name, (f"{n}.jpg", jpeg(RED), "image/jpeg")) for n, name in enumerate(names)]
    found = items(send("POST", "/features", files=sent))
    assert [each["filename"] for each in found] == [f"{n}.jpg" for n in range(len(names))]


@pytest.mark.parametrize("name", ["file", "files"])
def test_a_text_is_no_file(name: str, send: Send) -> None:
    """By neither name."""
    answer = send("POST", "/features", files={name: (None, "/etc/passwd")})
    assert answer.json()["error"]["code"] == "no_photo"


def test_a_whole_list_of_scores(serve: Serve) -> None:
    """`top_k=all` asks the runner for it, on every route that ranks."""
    clip = FakeClip()
    send = serve(clip)
    items(send("POST", "/features?top_k=all", files={"files": FILE}))
    send("POST", "/classify", files={"file": FILE}, data={"top_k": '"all"'})
    send("POST", "/classify", json={"image": base64.b64encode(FILE[1]).decode(), "top_k": "all"})
    assert [rank.top_k for _, rank in clip.asked] == ["all"] * 3
