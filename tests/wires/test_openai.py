"""`/v1/embeddings` on the wire."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from framed.errors import Code, FramedError
from framed.wires.long_texts import MAX_READ
from framed.wires.openai import (
    MAX_INPUTS,
    check_dimensions,
    embeddings_body,
    embeddings_question,
    shortened,
)
from framed.wires.parameters import MAX_IMAGES
from framed.wires.preprocessing import preprocessing_hash
from tests.fakes import FACTS

URI = "data:image/png;base64,iVBORw0KGgo="
ROW = np.array([0.6, 0.0, -0.8], np.float32)


def test_one_text_and_a_list_of_one_are_the_same() -> None:
    """`input` may be either."""
    assert embeddings_question({"input": "a"}) == embeddings_question({"input": ["a"]})


def test_photos_are_told_by_their_look() -> None:
    """Without `modality` a data URI of an image is a photo, all else is text, each in its place."""
    question = embeddings_question({"input": ["a cat", URI, "https://x.example/a.jpg", f"\n{URI}"]})
    assert question.texts == {0: "a cat", 2: "https://x.example/a.jpg"}
    assert question.images == {1: URI, 3: f"\n{URI}"}


def test_modality_decides() -> None:
    """`image`: every input is one; `text`: none is, whatever it looks like."""
    images = embeddings_question({"input": ["https://x.example/a.jpg", URI], "modality": "image"})
    assert (images.texts, list(images.images)) == ({}, [0, 1])
    assert embeddings_question({"input": URI, "modality": "text"}).texts == {0: URI}


def test_objects_as_jina_and_xinference_write_them() -> None:
    """What a member is called decides; an address is a photo's, and is guarded as one."""
    address = "https://x.example/a.jpg"
    given = [{"text": "a cat"}, {"image": URI}, {"image": address}, {"text": "dog", "x": 1}, "sea"]
    question = embeddings_question({"input": given, "task": "text-matching", "normalized": True})
    assert question.texts == {0: "a cat", 3: "dog", 4: "sea"}
    assert question.images == {1: URI, 2: address}
    assert embeddings_question({"input": {"text": "a"}}) == embeddings_question({"input": "a"})


def test_a_chat_as_vllm_takes_it() -> None:
    """One embedding of the one photo or text in it; empty texts beside a photo are nothing."""
    photo = {"type": "image_url", "image_url": {"url": URI}}
    chats = (
        [{"role": "user", "content": [photo]}],
        [{"role": "system", "content": ""}, {"content": [photo, {"type": "text", "text": " "}]}],
    )
    for chat in chats:
        question = embeddings_question({"messages": chat})
        assert (question.images, question.texts) == ({0: URI}, {})
    assert embeddings_question({"messages": [{"content": "a cat"}]}).texts == {0: "a cat"}


def test_jinas_name_of_the_encoding() -> None:
    """Alone, or in agreement with the other."""
    for more in ({}, {"encoding_format": "base64"}):
        asked = {"input": "a", "embedding_type": ["base64"], **more}
        assert embeddings_question(asked).encoding == "base64"


def test_a_long_text_is_read_in_part_and_said_so() -> None:
    """Its place and why, beside the vectors; a text of 2,000 characters is not long."""
    question = embeddings_question({"input": ["x" * 2000, "a caption " * 100_000]})
    assert question.texts[0] == "x" * 2000
    assert len(question.texts[1]) == MAX_READ
    (remark,) = embeddings_body([ROW, ROW], question, FACTS)["remarks"]
    assert remark["index"] == 1
    assert "2000 characters" in remark["message"]


@pytest.mark.parametrize("asked", ["null", None, '"null"'])
def test_the_good_ones_are_kept_where_that_is_asked_for(asked: str | None) -> None:
    """Each bad one has its reason in its place: blank, no input at all, or refused later."""
    given = ["a", " ", {"image": URI}, {"imgae": URI}, "sea"]
    question = embeddings_question({"input": given, "on_error": asked})
    assert (list(question.texts), list(question.images)) == ([0, 4], [2])
    assert [*question.faults] == [1, 3]
    assert question.count == 5
    rows = [ROW, question.faults[1], FramedError(Code.TRUNCATED, "It breaks off."), ROW]
    data = embeddings_body(rows, question, FACTS)["data"]
    assert [each["embedding"] is None for each in data] == [False, True, True, False]
    assert data[2]["error"] == {"code": "truncated", "message": "It breaks off."}
    assert "error" not in data[0]


def test_by_default_all_that_is_wrong_is_named() -> None:
    """By place, in one refusal."""
    with pytest.raises(FramedError, match=r"input\.1= : A text is blank; input\.2: ") as refused:
        embeddings_question({"input": ["a", " ", {"pdf": "x"}], "on_error": "refuse"})
    assert refused.value.details is not None
    assert [each["name"] for each in refused.value.details["parameters"]] == ["input.1", "input.2"]


def test_what_openai_has_more_is_passed_over() -> None:
    """`user`, and whatever comes next."""
    question = embeddings_question({"input": "a", "user": "me", "x": 1, "model": "m"})
    assert question.model == "m"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "input: it is required"),
        ({"input": []}, "input"),
        ({"input": ""}, r"input\.0: it is empty"),
        ({"input": ["a", ""]}, r"input\.1: it is empty"),
        ({"input": [URI, " "]}, r"input\.1= : A text is blank"),
        ({"input": ["a", "\ud800"]}, "input\\.1=\N{REPLACEMENT CHARACTER}: it is no Unicode"),
        ({"input": [1, 2, 3]}, "Token numbers"),
        ({"input": [[1, 2], [3]]}, "Token numbers"),
        ({"input": 7}, "a text or a list of texts"),
        ({"input": ["a", None]}, "input.1"),
        ({"input": [{"text": ""}]}, r"input\.0: it is empty"),
        ({"input": ["a", {"imgae": URI}]}, r"input\.1: .* did you mean 'image'\?"),
        ({"input": [{"text": "a", "image": URI}]}, r"input\.0: .* no embedding together"),
        ({"input": "a", "messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages: it is empty"),
        ({"input": "a", "messages": [{"content": "a"}]}, "'input' or 'messages', not both"),
        ({"input": "a", "embedding_type": "binary"}, "embedding_type"),
        ({"input": "a", "embedding_type": ["float", "base64"]}, "embedding_type"),
        (
            {"input": "a", "embedding_type": "base64", "encoding_format": "float"},
            "'encoding_format' says otherwise",
        ),
        ({"input": "a", "on_error": "ignore"}, "on_error"),
        ({"input": ["a"] * (MAX_INPUTS + 1)}, "input"),
        ({"input": [URI] * (MAX_IMAGES + 1)}, "17 photos"),
        ({"input": "a", "modality": "audio"}, "modality"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"input": "a", "dimensions": 0}, "dimensions"),
        ({"input": "a", "dimensions": True}, "dimensions"),
        ({"input": "a", "dimensions": 1.5}, "dimensions"),
        ({"input": "a", "model": ""}, "model"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_cannot_be_embedded(given: dict[str, Any], reason: str) -> None:
    """It is refused, by name and with the reason, never in a message of megabytes."""
    with pytest.raises(FramedError, match=reason) as refused:
        embeddings_question(given)
    assert refused.value.code is Code.INVALID_PARAMETER
    assert len(refused.value.message) < 500


def test_the_answer() -> None:
    """OpenAI's members, and what made the numbers."""
    question = embeddings_question({"input": ["a cat, asleep", URI]})
    assert embeddings_body([ROW, ROW], question, FACTS) == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": ROW.tolist()},
            {"object": "embedding", "index": 1, "embedding": ROW.tolist()},
        ],
        "model": "framed/fake",
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
        "revision": FACTS.revision,
        "preprocessing": preprocessing_hash(FACTS),
    }


def test_base64_is_little_endian_float32() -> None:
    """As the clients read it."""
    question = embeddings_question({"input": "a", "encoding_format": "base64"})
    (one,) = embeddings_body([ROW], question, FACTS)["data"]
    read = np.frombuffer(base64.b64decode(one["embedding"]), "<f4")
    np.testing.assert_array_equal(read, ROW)


def test_fewer_dimensions_are_the_first_ones_at_unit_length() -> None:
    """None, or all of them, changes nothing."""
    assert shortened(ROW, None) is ROW
    assert shortened(ROW, 3) is ROW
    np.testing.assert_allclose(shortened(ROW, 2), [1.0, 0.0])
    assert shortened(ROW, 2).dtype == np.float32


def test_nothing_is_left_of_nothing() -> None:
    """A vector whose first numbers are zero stays zero, never NaN."""
    np.testing.assert_array_equal(shortened(ROW[::-1][1:], 1), [0.0])


def test_more_dimensions_than_there_are() -> None:
    """They are refused with the number there is; that number is not."""
    check_dimensions(embeddings_question({"input": "a", "dimensions": 3}), FACTS)
    with pytest.raises(FramedError, match=r"dimensions=4: .* have 3"):
        check_dimensions(embeddings_question({"input": "a", "dimensions": 4}), FACTS)
