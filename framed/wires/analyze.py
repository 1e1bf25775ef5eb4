"""`/analyze` as the analyze service answered it: one envelope for answers and for refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from framed.errors import Code, FramedError
from framed.results import Classification, RankedLabel
from framed.shown import shown
from framed.wires.errors import error_member
from framed.wires.labelling import display
from framed.wires.match_on_request import MatchOnRequest
from framed.wires.matches import reason_member
from framed.wires.parameters import Name, Parameters, check

SERVICE = "clip"
DECIMALS = 3  # of confidences and seconds
LEAST_SECONDS = 0.001  # nothing takes no time
SHOWN = 4096  # characters of an asked path that are repeated: no system opens a longer one

_WORDS = {  # what the analyze service said; our own sentence stands beside it as `reason`
    Code.TOO_LARGE: "File too large",
    Code.FORBIDDEN_URL: "Invalid URL",
    Code.NOT_READY: "Model not loaded",
    Code.OUT_OF_MEMORY: "CUDA out of memory",
}
_NO_LABELS = "No labels loaded"
_PATH, _BANK = "path", "bank"  # members of `details` that change the words


class UploadParameters(MatchOnRequest):
    """What `/analyze` takes beside an uploaded file."""

    model: Name | None = Field(None, description="Name of the model; none: the served one.")
    language: Name | None = Field(
        None, description="Also each label's `display` name in this language, such as `de`."
    )


class AnalyzeParameters(UploadParameters):
    """What `GET /analyze` takes: exactly one of `url` and `file`, and how it is to be answered."""

    url: str | None = Field(
        None, description="Web address of the photo; needs `FRAMED_URL_INPUT=on`."
    )
    file: str | None = Field(
        None, description="Path of the photo on the server, below `FRAMED_PATH_ROOTS`."
    )


def analyze_parameters(given: Mapping[str, Any]) -> AnalyzeParameters:
    """The parameters of a `GET /analyze` that names its one photo.

    An empty one is none, unknown ones are ignored. Raises `no_photo` or `invalid_parameter`.
    """
    asked = check(AnalyzeParameters, _set(given, AnalyzeParameters))
    if asked.url is None and asked.file is None:
        raise FramedError(
            Code.NO_PHOTO,
            "There is no photo; give exactly one of 'url' and 'file', or POST a file.",
        )
    if asked.url is not None and asked.file is not None:
        raise FramedError(
            Code.INVALID_PARAMETER, "Give exactly one of 'url' and 'file', not both of them."
        )
    return asked


def upload_parameters(given: Mapping[str, Any]) -> UploadParameters:
    """The parameters of a `POST /analyze`, whose photo is an uploaded file and nothing else."""
    if given.get("url"):
        raise FramedError(
            Code.INVALID_PARAMETER, "POST takes one uploaded file; give 'url' to GET instead."
        )
    return check(UploadParameters, _set(given, UploadParameters))


def _set(given: Mapping[str, Any], kind: type[Parameters]) -> dict[str, Any]:
    """What `kind` knows of what was given; an empty value is none."""
    return {name: given[name] for name in kind.model_fields if given.get(name)}


def analyze_body(
    found: Classification,
    emoji: Mapping[str, str | None],
    seconds: float,
    names: Mapping[str, str] | None = None,
    *,
    with_match: bool = False,
) -> dict[str, Any]:
    """The answer: labels with their softmax share, an emoji each that has one, with `names` each
    one's `display`, and its match where that was asked for."""
    reason = reason_member(found.ranking) if with_match else {}
    return {
        "service": SERVICE,
        "status": "success",
        "predictions": [
            _prediction(each, emoji) | display(each, names) | (_match(each) if with_match else {})
            for each in found.ranking.results
        ],
        "metadata": {
            "processing_time": _rounded(seconds),
            "model_info": {"framework": _framework(found.model)},
            **reason,
        },
    }


def _match(label: RankedLabel) -> dict[str, float | None]:
    return {"match": None if label.match is None else round(label.match, DECIMALS)}


def _prediction(label: RankedLabel, emoji: Mapping[str, str | None]) -> dict[str, Any]:
    """Without an emoji the member is absent: clients print what `.get("emoji", "")` gives."""
    member = {"label": label.label, "confidence": round(label.prob, DECIMALS)}
    symbol = emoji.get(label.label)
    return member | {"emoji": symbol} if symbol else member


def _framework(model_id: str) -> str:
    """Who made the weights where that is OpenAI, else the framework that runs them."""
    return "OpenAI" if "openai" in model_id.lower() else "OpenCLIP"


def _rounded(seconds: float) -> float:
    return max(round(seconds, DECIMALS), LEAST_SECONDS)


def not_found(refusal: FramedError, asked: str) -> FramedError:
    """A path that was refused, with the path as it was asked: whether or not it exists."""
    is_photo = asked.lstrip()[:5].lower() == "data:"
    path = shown(asked.lstrip()) if is_photo else asked[:SHOWN]
    return FramedError(refusal.code, refusal.message, details={_PATH: path})


def analyze_error(error: FramedError, request_id: str, seconds: float) -> dict[str, Any]:
    """A refusal: `message` in the words of old, then our code, reason, details and request id."""
    words = _words(error)
    member = {"message": words, **error_member(error), "request_id": request_id}
    if words != error.message:
        member |= {"message": words, "reason": error.message}
    return {
        "service": SERVICE,
        "status": "error",
        "predictions": [],
        "error": member,
        "metadata": {"processing_time": _rounded(seconds)},
    }


def _words(error: FramedError) -> str:
    details = error.details or {}
    if _PATH in details:
        return f"File not found: {details[_PATH]}"
    if error.code is Code.NOT_READY and _BANK in details:
        return _NO_LABELS
    return _WORDS.get(error.code, error.message)
