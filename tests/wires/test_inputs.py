"""One text or one photo an input, in whatever dress it comes."""

from __future__ import annotations

from typing import Any

import pytest

from framed.wires.inputs import Input, input_of, input_of_messages

URI = "data:image/png;base64,iVBORw0KGgo="
ADDRESS = "https://x.example/a.jpg"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a cat", Input("a cat")),
        (URI, Input(URI, is_image=True)),
        (ADDRESS, Input(ADDRESS)),
        ({"text": "a cat"}, Input("a cat")),
        ({"text": URI}, Input(URI)),
        ({"image": URI}, Input(URI, is_image=True)),
        ({"image": ADDRESS}, Input(ADDRESS, is_image=True)),
        ({"image": "iVBORw0KGgo="}, Input("iVBORw0KGgo=", is_image=True)),
        ({"url": ADDRESS}, Input(ADDRESS, is_image=True)),
        ({"bytes": "iVBORw0KGgo="}, Input("iVBORw0KGgo=", is_image=True)),
        ({"image": {"url": ADDRESS, "detail": "low"}}, Input(ADDRESS, is_image=True)),
        ({"type": "text", "text": "a cat"}, Input("a cat")),
        ({"type": "image_url", "image_url": {"url": URI}}, Input(URI, is_image=True)),
        ({"type": "input_image", "image_url": URI}, Input(URI, is_image=True)),
        ({"text": "", "image": URI}, Input(URI, is_image=True)),
        ({"text": None, "image": URI}, Input(URI, is_image=True)),
        ({"content": [{"type": "image_base64", "image_base64": URI}]}, Input(URI, is_image=True)),
        ({"text": 5}, Input(5)),
        (None, Input(None)),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_an_input_is(value: Any, found: Input) -> None:
    """What a member is called decides; of plain texts only a photo's data URI is a photo."""
    assert input_of(value) == found


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "holds no text and no photo"),
        ({"type": "video_url", "video_url": {"url": ADDRESS}}, "no text and no photo"),
        ({"type": "input_audio", "data": "x"}, "type 'input_audio'"),
        ({"imag": URI}, "did you mean 'image'"),
        ({"txt": "a"}, "did you mean 'text'"),
        ({"text": "a", "image": URI}, "no embedding together"),
        ({"image": URI, "url": ADDRESS}, "several"),
        ({"image": [URI]}, "A photo is a text"),
        ({"image": " "}, "A photo is a text"),
        ({"image": {}}, "A photo is a text"),
        ({"content": 5}, "'content' is a text, or a list"),
        ({"content": ["a"]}, "'content' is a text, or a list"),
        ({"content": [{"text": "a"}, {"text": "b"}]}, "several"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_what_has_no_embedding(value: Any, says: str) -> None:
    """It is said what is wrong, in a sentence that is short whatever came."""
    with pytest.raises(ValueError, match=says) as refused:
        input_of(value)
    assert len(str(refused.value)) < 300


def test_a_modality_is_of_plain_texts() -> None:
    """An object says itself what it is."""
    assert input_of(ADDRESS, "image") == Input(ADDRESS, is_image=True)
    assert input_of(URI, "text") == Input(URI)
    assert input_of({"text": "a"}, "image") == Input("a")


def test_an_instruction_beside_a_photo_is_not_left_out_silently() -> None:
    """A model of another kind would have read it; nor are two photos made one."""
    photo, text = {"image_url": {"url": URI}}, {"type": "text", "text": "Represent the image."}
    for chat in (
        [{"role": "user", "content": [photo, text]}],
        [{"role": "system", "content": "Be short."}, {"role": "user", "content": [photo]}],
    ):
        with pytest.raises(ValueError, match=r"no embedding together|system message"):
            input_of_messages(chat)
    with pytest.raises(ValueError, match="several"):
        input_of_messages([{"content": [photo, photo]}])
    with pytest.raises(ValueError, match="A message is an object"):
        input_of_messages(["hello"])


def test_a_system_message_is_named_where_it_is_too_much() -> None:
    """It instructs language models; alone it is a text like any other."""
    system = {"role": "system", "content": "Represent the user's input."}
    with pytest.raises(ValueError, match="system message"):
        input_of_messages([system, {"role": "user", "content": "a cat"}])
    assert input_of_messages([system]) == Input("Represent the user's input.")
