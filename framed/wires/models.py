"""`/v1/models`: the served models as OpenAI lists its own."""

from __future__ import annotations

from typing import Any

from framed.errors import Code, FramedError
from framed.results import ClipFacts, ModelState
from framed.shown import shown


def models_body(clip: ClipFacts, created: int) -> dict[str, Any]:
    """All models, the default one first; `created` (seconds since 1970) is when this server was
    started: a model's own age is not known."""
    return {"object": "list", "data": [_model(each, created) for each in _served(clip)]}


def model_body(clip: ClipFacts, word: str, created: int) -> dict[str, Any]:
    """The model that `word` names; raises `unknown_model`."""
    wanted = word.casefold()
    for each in _served(clip):
        if wanted in map(str.casefold, each.words):
            return _model(each, created)
    names = ", ".join(each.words[0] for each in _served(clip))
    raise FramedError(
        Code.UNKNOWN_MODEL, f"There is no model {shown(word)!r} here; there is {names}."
    )


def _served(clip: ClipFacts) -> tuple[ModelState, ...]:
    alone = ModelState(
        (clip.model, clip.model_id, *clip.aliases), clip.model_id, "ready", clip.embedding_dim
    )
    return clip.models or (alone,)


def _model(model: ModelState, created: int) -> dict[str, Any]:
    owner, _, _ = model.model_id.partition("/")
    return {
        "id": model.words[0],
        "object": "model",
        "created": created,
        "owned_by": owner or "framed",
        "root": model.model_id,
        "dimensions": model.embedding_dim,
    }
