"""A batch of `/features` as it comes in and goes out, around its items."""

from __future__ import annotations

from typing import Any

import pytest

from framed.errors import Code, FramedError
from framed.questions import FeaturesQuestion
from framed.wires.batch import batch_body, batch_from, batch_of_files, stream_end, stream_line
from framed.wires.body import read_json_verbatim, write_json
from framed.wires.features import item_body
from tests.wires.results import features

REFUSAL = FramedError(Code.CORRUPT, "broken")


@pytest.mark.parametrize(
    ("artifact", "source"),
    [
        ({"std_uri": "s", "ranking_uri": "r", "original_uri": "o"}, "s"),
        ({"original_uri": "o", "ranking_uri": "r"}, "r"),
        ({"original_uri": "o"}, "o"),
        ({"std_uri": "", "ranking_uri": None, "original_uri": "o"}, "o"),
        ({"std_uri": 5, "original_uri": "o"}, "o"),
        ({"photo_id": "p"}, None),
        ({}, None),
        ("just text", None),
        (None, None),
    ],
)
def test_the_first_source_that_is_set_is_read(artifact: Any, source: str | None) -> None:
    """Standard before ranking before original; empty ones, and what is no text, are not set."""
    (item,) = batch_from({"artifacts": [artifact]}, 10).items
    assert item.source == source


def test_a_bare_artifact_answers_bare() -> None:
    """One artifact without a list around it comes back without one."""
    batch = batch_from({"photo_id": "p", "std_uri": "s"}, 1)
    item = item_body(batch.items[0], features(), FeaturesQuestion())
    assert batch_body(batch, [item]) is item


def test_what_stands_around_the_artifacts_is_kept() -> None:
    """Other members of the body come back in their places."""
    batch = batch_from({"run": 7, "artifacts": [{}, {}], "note": {"a": [1]}}, 2)
    body = batch_body(batch, [{"x": 1}, {"x": 2}])
    assert list(body.items()) == [
        ("run", 7),
        ("artifacts", [{"x": 1}, {"x": 2}]),
        ("note", {"a": [1]}),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], Code.INVALID_BODY),
        ("text", Code.INVALID_BODY),
        (None, Code.INVALID_BODY),
        ({"artifacts": {}}, Code.INVALID_BODY),
        ({"artifacts": None}, Code.INVALID_BODY),
        ({"artifacts": [{}] * 11}, Code.TOO_LARGE),
    ],
)
def test_what_is_no_batch_is_refused(body: Any, code: Code) -> None:
    """A body of another shape, or with too many items, is refused as a whole."""
    with pytest.raises(FramedError) as refused:
        batch_from(body, 10)
    assert refused.value.code is code


def test_an_empty_batch_is_a_batch() -> None:
    """No artifacts in, no artifacts out."""
    batch = batch_from({"artifacts": []}, 10)
    assert batch_body(batch, []) == {"artifacts": []}


def test_files_are_known_by_their_names() -> None:
    """Uploaded files become artifacts with a filename; it may be missing."""
    batch = batch_of_files(["a.jpg", None])
    assert [item.fields for item in batch.items] == [{"filename": "a.jpg"}, {"filename": None}]
    assert batch_body(batch, []) == {"artifacts": []}


def test_each_field_is_kept_as_it_was_written() -> None:
    """Fields, their order and their numbers; `features` comes last."""
    sent = b'{"photo_id":"p","score":1.50,"big":12345678901234567890,"deep":{"x":[1e3]}}'
    batch = batch_from(read_json_verbatim(sent), 1)
    answer = write_json(item_body(batch.items[0], features(), FeaturesQuestion()))
    assert answer.startswith(sent[:-1] + b',"features":{')


def test_the_lines_of_a_stream() -> None:
    """Each line names its item; the last one repeats what stood around and counts."""
    batch = batch_from({"run": 7, "artifacts": [{}, {}]}, 2)
    assert stream_line(1, {"x": 1}) == {"index": 1, "artifact": {"x": 1}}
    assert stream_end(batch, 1) == {"run": 7, "done": True, "count": 2, "failed": 1}
