"""What is to be embedded, as clients of other servers write it: one text or one photo an input.

Texts and `data:image/` URIs (OpenAI, infinity), objects with `text` or `image` (Jina, Xinference),
parts with `type` and a chat's messages (vLLM). Which of them it is decides what it says, never what
it names: a web address in a plain text is a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from framed.wires.parameters import SHOWN

_IMAGE_URI = "data:image/"
_TEXT, _CONTENT = "text", "content"
_IMAGES = ("image", "image_url", "image_base64", "url", "bytes")
_KNOWN = (_TEXT, *_IMAGES, _CONTENT)
_BOTH = (
    "A text and a photo have no embedding together: the model reads one or sees the other; "
    "send them as two inputs"
)
_SEVERAL = "It holds several texts or photos, and one embedding is of one; send each as an input"
_INSTRUCTION = "The model reads no system message; send the user's message alone"


@dataclass(frozen=True)
class Input:
    """A text, or a photo as data URI, base64 or web address."""

    content: Any  # of a text: not looked at yet
    is_image: bool = False


def input_of(value: Any, modality: str | None = None) -> Input:
    """One input; `modality` says what plain texts are, None: each as it looks.

    Raises ValueError, with a sentence, for what has no embedding.
    """
    if isinstance(value, Mapping):
        return _one_of(_parts_in(value))
    return Input(value, _looks_like_image(value) if modality is None else modality == "image")


def input_of_messages(messages: Iterable[Any]) -> Input:
    """The one text or photo of a chat, whoever says it; raises ValueError as `input_of`."""
    messages = list(messages)
    parts = [part for message in messages for part in _parts_of_message(message)]
    if any(map(_is_instruction, messages)) and len(parts) > 1:
        raise ValueError(_INSTRUCTION)
    return _one_of(parts)


def _is_instruction(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("system", "developer") and bool(message.get(_CONTENT))


def _parts_of_message(message: Any) -> list[Input]:
    if not isinstance(message, Mapping):
        raise ValueError("A message is an object with 'role' and 'content'")
    return _parts_of(message.get(_CONTENT))


def _parts_of(content: Any) -> list[Input]:
    if content is None or isinstance(content, str):
        return [Input(content or "")]
    if not isinstance(content, list) or not all(isinstance(part, Mapping) for part in content):
        raise ValueError("'content' is a text, or a list of objects with 'text' or 'image_url'")
    return [found for part in content for found in _parts_in(part)]


def _parts_in(given: Mapping[str, Any]) -> list[Input]:
    """The text and the photos of one object; other members are passed over."""
    found = [Input(given[_TEXT])] if given.get(_TEXT) is not None else []
    found += [Input(_photo(given[name]), True) for name in _IMAGES if given.get(name) is not None]
    if given.get(_CONTENT) is not None:
        found += _parts_of(given[_CONTENT])
    if not found:
        raise ValueError(_nothing_in(given))
    return found


def _photo(given: Any) -> str:
    photo = given.get("url") if isinstance(given, Mapping) else given
    if not isinstance(photo, str) or not photo.strip():
        raise ValueError("A photo is a text: a data URI, base64 or a web address")
    return photo


def _one_of(parts: list[Input]) -> Input:
    photos = [part for part in parts if part.is_image]
    texts = [part for part in parts if not part.is_image and not _is_blank(part.content)]
    if photos and texts:
        raise ValueError(_BOTH)
    if len(photos) + len(texts) > 1:
        raise ValueError(_SEVERAL)
    return (photos or texts or parts or [Input("")])[0]


def _is_blank(content: Any) -> bool:
    return isinstance(content, str) and not content.strip()


def _nothing_in(given: Mapping[str, Any]) -> str:
    kind = given.get("type")
    names = [str(name)[:SHOWN] for name in given if name != "type"]
    near = next((hit for name in names for hit in get_close_matches(name, _KNOWN, n=1)), None)
    if near is not None:
        return f"It holds no text and no photo; did you mean {near!r}?"
    of_type = f" of type {str(kind)[:SHOWN]!r}" if kind is not None else ""
    return f"An object{of_type} holds no text and no photo; send it as 'text' or 'image'"


def _looks_like_image(value: Any) -> bool:
    return isinstance(value, str) and value[:64].lstrip().lower().startswith(_IMAGE_URI)
