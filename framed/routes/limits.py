"""What a route may take: seconds, and bytes of body by how it is written; and how it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from framed.access.scopes import Scope
from framed.settings import MIB, Settings
from framed.size_limit import SizeLimit
from framed.wires.errors import ErrorBody, error_body

ENVELOPE = 64 * 1024  # form fields and boundaries around a photo
BASE64 = 1.4  # base64 is 4/3, line breaks and JSON come on top
MANY_FILES = 64
MANY_BYTES = 256 * MIB
TEXT_BYTES = 4 * MIB
AS_A_PHOTO = (
    "as --data-binary @photo.jpg with --header 'Content-Type: image/jpeg', or as -F file=@photo.jpg"
)
AS_A_FILE, AS_AN_IMAGE = "as -F file=@photo.jpg", "as -F image=@photo.jpg"
IN_JSON = "as base64 in JSON, with --header 'Content-Type: application/json'"
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
    """A photo and its envelope, in JSON as base64."""
    if kind == "urlencoded":
        return URLENCODED_BYTES + ENVELOPE
    return _with_envelope(settings.photo_limits.single, kind)


def _many_photos(settings: Settings, kind: str) -> int:
    if kind != "multipart":
        return one_photo(settings, kind)
    return max(MANY_BYTES, settings.max_batch_photo_bytes + ENVELOPE)


def _batch(settings: Settings, kind: str) -> int:
    """As many photos, but in JSON each may be one of a batch."""
    if kind == "json":
        return _with_envelope(settings.photo_limits.batch, kind)
    return _many_photos(settings, kind)


def _with_envelope(limit: SizeLimit, kind: str) -> int:
    return int(limit.bytes * (BASE64 if kind == "json" else 1)) + ENVELOPE


def _less(settings: Settings, kind: str) -> str:
    return "send less"


def _smaller(settings: Settings, kind: str) -> str:
    if kind == "json":
        return _json_within(settings.photo_limits.single, "send less, or fewer photos at once")
    return _photo_within(settings.photo_limits.single)


def _fewer(settings: Settings, kind: str) -> str:
    if kind == "multipart":
        return "send fewer photos at once"
    if kind == "json":
        fewer = "send fewer photos at once, or send them by path or as files"
        return _json_within(settings.photo_limits.batch, fewer)
    return _photo_within(settings.photo_limits.single)


def _photo_within(limit: SizeLimit) -> str:
    return f"a photo may have {limit.said}; send less, or have the operator raise that setting"


def _json_within(limit: SizeLimit, less: str) -> str:
    return (
        f"all of its photos together may be as large, as base64, as one of {limit.said}; {less}, "
        "or have the operator raise that setting"
    )


def _no_setting(settings: Settings, kind: str) -> str | None:
    return None


def _by_single(settings: Settings, kind: str) -> str | None:
    return None if kind == "urlencoded" else settings.photo_limits.single.setting


def _by_many(settings: Settings, kind: str) -> str | None:
    return None if kind == "multipart" else _by_single(settings, kind)


def _by_batch(settings: Settings, kind: str) -> str | None:
    return settings.photo_limits.batch.setting if kind == "json" else _by_many(settings, kind)


def _one_deadline(settings: Settings) -> float | None:
    return settings.deadline


def _reload_deadline(settings: Settings) -> float | None:
    return settings.reload_deadline


def _own_deadlines(settings: Settings) -> float | None:
    return None


@dataclass(frozen=True)
class Limits:
    """`body` gives bytes for a body kind, `advice` what to do about more, `setting` the name
    of the one that decides, if one does, `deadline` seconds or None; probes are never queued.

    A photo of a `one_photo` route waits for its turn. What `finishes` goes on when its caller has
    left; everything else ends then. `needs` is the scope that a key must have, where keys are set;
    None: any key will do. What `is_open` is answered to those who have none.
    `photo_as` says how a photo is sent to it, empty: it takes none, or no body of its own kind.
    `errors` writes every refusal of the route, those of the edge and the framework included.
    """

    body: Callable[[Settings, str], int] = _small
    advice: Callable[[Settings, str], str] = _less
    setting: Callable[[Settings, str], str | None] = _no_setting
    deadline: Callable[[Settings], float | None] = _one_deadline
    is_probe: bool = False
    one_photo: bool = False
    finishes: bool = False
    needs: Scope | None = None
    is_open: bool = False
    photo_as: str = ""
    errors: ErrorBody = error_body

    @property
    def takes_bodies(self) -> bool:
        """Whether more is sent to it than a few words."""
        return self.body is not _small

    def how(self, settings: Settings, kind: str) -> str:
        """What to do about a body of `kind` that is too large, in words."""
        if kind == "urlencoded" and self.photo_as:
            return f"send a photo {self.photo_as}"
        return self.advice(settings, kind)


SMALL = Limits()
PROBE = Limits(deadline=_own_deadlines, is_probe=True, is_open=True)
STATE = Limits(deadline=_own_deadlines, is_probe=True, needs=Scope.METRICS)
TEXTS = Limits(body=_texts, needs=Scope.CLASSIFY)
ONE_PHOTO = Limits(
    body=one_photo,
    advice=_smaller,
    setting=_by_single,
    one_photo=True,
    needs=Scope.CLASSIFY,
    photo_as=AS_A_PHOTO,
)
MANY_PHOTOS = Limits(
    body=_many_photos,
    advice=_fewer,
    setting=_by_many,
    needs=Scope.CLASSIFY,
    photo_as=AS_AN_IMAGE,
)
BATCH = Limits(
    body=_batch,
    advice=_fewer,
    setting=_by_batch,
    deadline=_own_deadlines,
    needs=Scope.CLASSIFY,
    photo_as=AS_A_PHOTO,
)
RELOAD = Limits(deadline=_reload_deadline, finishes=True, needs=Scope.RELOAD)
