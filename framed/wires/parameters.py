"""Parameters as they come (query, form, JSON) to checked values; the faults in one answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)
from simplejson import RawJSON

from framed.errors import Code, FramedError
from framed.shown import shown, shown_value

MAX_LABELS = 1000
MAX_LABEL_LENGTH = 500
MAX_TEXT = 2000  # characters; CLIP models read some 75 tokens of them
MAX_IMAGES = 16  # in one JSON body: held in memory together, and fetched where they are addresses
SHOWN = 80  # characters of a caller's value repeated in a message
MOST_FAULTS = 20  # a list of a thousand blank texts has a thousand

_PLAIN = {  # what is said of a fault, by pydantic's name of it
    "missing": "it is required",
    "too_short": "it holds {actual_length}; send {min_length} or more",
    "too_long": "it holds {actual_length}; send {max_length} at most",
    "string_too_short": "it is empty",  # no text here need be longer than 1
    "string_too_long": "it is longer than {max_length} characters",
    "string_unicode": "it is no Unicode text: half of a surrogate pair stands in it",
}


def no_bool(value: Any) -> Any:
    """The value again; ValueError for true and false, which are numbers to Python."""
    if isinstance(value, bool):
        raise ValueError("Input should be a number, not true or false")
    return value


def whole_number(value: Any) -> Any:
    """The value again; ValueError for true, false, and numbers without end."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("Input should be a whole number")
    return no_bool(value)


def distinct(labels: list[str] | None) -> list[str] | None:
    """The labels again; ValueError where one is blank or there twice."""
    seen: set[str] = set()
    for label in labels or ():
        if not label.strip():
            raise ValueError("A label is blank")
        if label.strip() in seen:
            raise ValueError(f"The label {shown(label)!r} is there twice")
        seen.add(label.strip())
    return labels


def not_blank(text: str) -> str:
    """The text again; ValueError where nothing stands in it."""
    if not text.strip():
        raise ValueError("A text is blank")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_LENGTH)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(not_blank)]


class Parameters(BaseModel):
    """A set of parameters; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoParameters(Parameters):
    """What a route takes that takes nothing."""


Kind = TypeVar("Kind", bound=Parameters)


def check(kind: type[Kind], given: Mapping[str, Any]) -> Kind:
    """`given` as a `kind`; raises one `invalid_parameter` that names the faults, 20 at most."""
    faults = [_unknown(name, kind) for name in given if name not in kind.model_fields]
    known = {name: value for name, value in given.items() if name in kind.model_fields}
    try:
        checked = kind(**known)
    except ValidationError as bad:
        faults += [_fault(str(error["loc"][0]), error) for error in bad.errors()]
        raise _refusal(faults) from None
    if faults:
        raise _refusal(faults)
    return checked


def check_known(kind: type[Kind], given: Mapping[str, Any]) -> Kind:
    """As `check`, but names that `kind` does not know are passed over.

    For the shapes of others: they, and clients written for them, may send more than is read here.
    """
    return check(kind, {name: given[name] for name in kind.model_fields if name in given})


def refused(name: str, value: str, problem: str) -> FramedError:
    """The refusal of one parameter, for what only shows beside others or later."""
    return _refusal([{"name": name, "value": shown_value(value, SHOWN), "problem": problem}])


def missing(name: str) -> FramedError:
    """The refusal of a request without the parameter `name`."""
    return _refusal([{"name": name, "problem": _PLAIN["missing"]}])


def renamed(refusal: FramedError, name: str) -> FramedError:
    """What `check` says of one parameter, said of `name`."""
    return _refusal([{**fault, "name": name} for fault in (refusal.details or {})["parameters"]])


def refused_together(refusals: Iterable[FramedError]) -> FramedError:
    """One refusal that names the faults of several, 20 at most, each one's of `refused`."""
    return _refusal([fault for each in refusals for fault in (each.details or {})["parameters"]])


def _unknown(name: str, kind: type[Parameters]) -> dict[str, Any]:
    return {"name": shown(name), "problem": f"unknown parameter; {_known(name, kind)}"}


def _known(name: str, kind: type[Parameters]) -> str:
    if not kind.model_fields:
        return "this route takes none"
    near = get_close_matches(name[:SHOWN], kind.model_fields, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(kind.model_fields)}"


def _fault(name: str, error: Any) -> dict[str, Any]:
    where = shown(".".join(str(part) for part in error["loc"]) or name)
    problem = _problem(error)
    if error["type"] == "missing":
        return {"name": where, "problem": problem}
    value = error["input"]
    value = value.encoded_json if isinstance(value, RawJSON) else value
    return {"name": where, "value": shown_value(value, SHOWN), "problem": problem}


def _problem(error: Any) -> str:
    plain = _PLAIN.get(error["type"])
    said: str = error["msg"].removeprefix("Value error, ")
    return plain.format(**error.get("ctx", {})) if plain else said


def _refusal(faults: list[dict[str, Any]]) -> FramedError:
    shown, more = faults[:MOST_FAULTS], len(faults) - MOST_FAULTS
    sentences = [*map(_sentence, shown), *([f"and {more} more"] if more > 0 else [])]
    return FramedError(
        Code.INVALID_PARAMETER,
        "; ".join(sentences).rstrip("?.") + ("?" if sentences[-1].endswith("?") else "."),
        details={"parameters": shown},
    )


def _sentence(fault: Mapping[str, Any]) -> str:
    value = f"={fault['value']}" if fault.get("value") else ""
    return f"{fault['name']}{value}: {fault['problem']}"
