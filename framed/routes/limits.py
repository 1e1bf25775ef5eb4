"""What a route may take: seconds, and bytes of body by how it is written; and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from framed.access.scopes import Scope
from framed.settings import MIB, Settings
from framed.wires.errors import ErrorBody, error_body

ENVELOPE = 64 * 1024  # form fields and boundaries around a photo
BASE64 = 1.4  # base64 is 4/3, line breaks and JSON come on top
LARGE_PHOTO = 10 * MIB  # what the embedding service took, and JSON with own labels takes
MANY_FILES = 64
MANY_BYTES = 256 * MIB
TEXT_BYTES = 4 * MIB
URLENCODED_BYTES = 2 * MIB  # three bytes a byte: a form for words, not for photos


def body_kind(content_type: str) -> str:
    """`json`, `urlencoded`, `multipart` or `raw`, from a Content-Type."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return "json"
    if kind == "application/x-www-form-urlencoded":
        return "urlencoded"
    return "multipart" if kind == "multipart/form-data" else "raw"


def _small(settings: Settings, kind: str) -> int:
    return ENVELOPE


def _texts(settings: Settings, kind: str) -> int:
    return TEXT_BYTES


def one_photo(settings: Settings, kind: str) -> int:
    """A photo and its envelope; base64 in JSON may be the larger kind of photo."""
    if kind == "urlencoded":
        return URLENCODED_BYTES + ENVELOPE
    if kind == "json":
        return int(max(settings.max_photo_bytes, LARGE_PHOTO) * BASE64) + ENVELOPE
    return settings.max_photo_bytes + ENVELOPE


def _many_photos(settings: Settings, kind: str) -> int:
    return MANY_BYTES if kind == "multipart" else one_photo(settings, kind)


def _one_deadline(settings: Settings) -> float | None:
    return settings.deadline


def _reload_deadline(settings: Settings) -> float | None:
    return settings.reload_deadline


def _own_deadlines(settings: Settings) -> float | None:
    return None


@dataclass(frozen=True)
class Limits:
    """`body` gives bytes for a body kind, `deadline` seconds or None; probes are never queued.

    A photo of a `one_photo` route waits for its turn. What `finishes` goes on when its caller has
    left; everything else ends then. `needs` is the scope that a key must have, where keys are set;
    None: any key will do. What `is_open` is answered to those who have none.
    `errors` writes every refusal of the route, those of the edge and the framework included.
    """

    body: Callable[[Settings, str], int] = _small
    deadline: Callable[[Settings], float | None] = _one_deadline
    is_probe: bool = False
    one_photo: bool = False
    finishes: bool = False
    needs: Scope | None = None
    is_open: bool = False
    errors: ErrorBody = error_body


SMALL = Limits()
PROBE = Limits(deadline=_own_deadlines, is_probe=True, is_open=True)
STATE = Limits(deadline=_own_deadlines, is_probe=True, needs=Scope.METRICS)
TEXTS = Limits(body=_texts, needs=Scope.CLASSIFY)
ONE_PHOTO = Limits(body=one_photo, one_photo=True, needs=Scope.CLASSIFY)
MANY_PHOTOS = Limits(body=_many_photos, needs=Scope.CLASSIFY)
BATCH = Limits(body=_many_photos, deadline=_own_deadlines, needs=Scope.CLASSIFY)
RELOAD = Limits(deadline=_reload_deadline, finishes=True, needs=Scope.RELOAD)
