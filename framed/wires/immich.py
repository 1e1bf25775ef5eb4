"""`/ping` and `/predict` as Immich asks its machine learning service, and OpenCloud does, too.

Source: `MachineLearningRepository` of immich-app/immich, and `immich_ml/main.py`, which answers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from framed.results import Embedding
from framed.wires.body import read_json, write_json
from framed.wires.long_texts import LongText
from framed.wires.parameters import SHOWN, Parameters, check, missing, refused

PONG = "pong"
ENTRIES, TEXT = "entries", "text"
_TASK, _VISUAL, _TEXTUAL = "clip", "visual", "textual"
_EXAMPLE = '{"clip": {"visual": {"modelName": "ViT-B-32__openai"}}}'
_OTHERS = {"facial-recognition": "faces", "ocr": "text in pictures"}
_MAX_NAME = 200


class PredictParameters(Parameters):
    """What `/predict` takes beside the photo."""

    entries: str = Field(
        description=f"What is asked, as JSON: `{_EXAMPLE}`, or `textual` for a text. A model that "
        "is not served here means `FRAMED_EMBED_MODEL`, else the default one; a header names it."
    )
    text: LongText | None = Field(
        None, description="The text, instead of a photo; only its beginning is read."
    )


@dataclass(frozen=True)
class PredictQuestion:
    """A photo is asked about where `text` is None; `model` is Immich's name of a model."""

    text: str | None
    model: str

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names that it may have here: Immich writes `__` between architecture and weights."""
        return tuple(dict.fromkeys((self.model, self.model.replace("__", "/"))))


def predict_question(given: Mapping[str, Any]) -> PredictQuestion:
    """The question of a form's fields; what else stands there is passed over.

    Raises `invalid_parameter`, also for tasks that no model here is made for.
    """
    known = {name: given[name] for name in PredictParameters.model_fields if name in given}
    asked = check(PredictParameters, known)
    kind, name = _asked(asked.entries)
    if kind == _VISUAL:
        return PredictQuestion(None, name)
    if asked.text is None:
        raise missing(TEXT)
    return PredictQuestion(asked.text, name)


def _asked(entries: str) -> tuple[str, str]:
    """Of what an embedding is asked, and of which model."""
    name, kinds = _only(_object(read_json(entries.encode())), "task")
    if name != _TASK:
        raise refused(ENTRIES, name, _not_here(name))
    kind, entry = _only(_object(kinds), "type")
    if kind not in (_VISUAL, _TEXTUAL):
        raise refused(ENTRIES, kind, f"{_TASK!r} is {_VISUAL!r} or {_TEXTUAL!r}")
    model = _object(entry).get("modelName")
    if not isinstance(model, str) or not 0 < len(model) <= _MAX_NAME:
        raise refused(ENTRIES, "", "'modelName' must be the name of a model")
    return kind, model


def _only(entries: Mapping[str, Any], what: str) -> tuple[str, Any]:
    if len(entries) != 1:
        problem = f"it names {len(entries)} of a {what}; send one a request, as in {_EXAMPLE}"
        raise refused(ENTRIES, "", problem)
    ((name, value),) = entries.items()
    return name, value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise refused(ENTRIES, "", f"it must be a JSON object, as in {_EXAMPLE}")
    return value


def _not_here(task: str) -> str:
    what = _OTHERS.get(task, f"the task {task[:SHOWN]!r}")
    return f"no model here is made for {what}; ask another machine learning service for that"


def predict_body(embedding: Embedding, photo_size: tuple[int, int] | None = None) -> dict[str, Any]:
    """The vector as text, which is how Immich hands it to its database; a photo's size in pixels
    where `photo_size` (width, height) gives it."""
    body = {_TASK: write_json(embedding.tolist()).decode()}
    if photo_size is None:
        return body
    width, height = photo_size
    return {**body, "imageHeight": height, "imageWidth": width}


def remark_on_model(asked: str, answers: str) -> str:
    """What is said where another model answers than the one asked for."""
    return f"The model {asked!r} is not served here; {answers!r} answers."
