"""The typed functions' way in: the same application, the same answers, the same refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from framed import assemble
from framed.errors import Code, FramedError
from tests.fakes import FakeClip, FakeTechnical, chosen
from tests.photos import GREEN, RED, jpeg
from tests.routes.conftest import Send


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A red and a green file."""
    for name, colour in (("red.jpg", RED), ("green.jpg", GREEN)):
        (tmp_path / name).write_bytes(jpeg(colour))
    return [tmp_path / "red.jpg", tmp_path / "green.jpg"]


def call(route: str, asked: dict[str, Any], field: str | None = None) -> Any:
    app = assemble.web(FakeClip(), FakeTechnical(), chosen())

    async def once() -> Any:
        return await assemble.typed_call(app)(route, asked, field)

    return asyncio.run(once())


def test_it_answers_as_http_does(photos: list[Path], send: Send) -> None:
    """With values as a client SDK sends them, those not given included."""
    asked = {"file": photos[0], "top_k": 3, "bank": None, "image": None, "temperature": 0.5}
    here = call("/classify", asked, "file")
    files = {"file": photos[0].read_bytes()}
    there = send("POST", "/classify", files=files, data={"top_k": "3", "temperature": "0.5"}).json()
    assert {**here, "request_id": ""} == {**there, "request_id": ""}


def test_many_files_and_one_in_their_place(photos: list[Path]) -> None:
    """A list of paths, or a single one."""
    many = call("/encode_image", {"image": photos}, "image")
    assert [row.index(max(row)) for row in many] == [0, 1]
    assert call("/encode_image", {"image": str(photos[1])}, "image") == many[1]


def test_lists_and_texts_survive_the_form(photos: list[Path]) -> None:
    """Texts that look like JSON or numbers stay texts."""
    assert len(call("/encode_text", {"texts": ["7", "null", '"a"', "été"]})) == 4
    asked = {"artifacts": [{"photo_id": 1.5, "std_uri": "x.jpg"}], "files": None}
    (item,) = call("/features", asked, "files")["artifacts"]
    assert (item["photo_id"], item["error"]["code"]) == (1.5, "forbidden_path")


def test_a_refusal_is_raised(photos: list[Path]) -> None:
    """With the code, the words and the details that HTTP answers."""
    with pytest.raises(FramedError, match="top_k") as refused:
        call("/classify", {"file": photos[0], "top_k": "many"}, "file")
    assert refused.value.code is Code.INVALID_PARAMETER
    assert refused.value.details is not None
