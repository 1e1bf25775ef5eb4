"""The batch of `/features` around its items: what comes in, and what goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framed.errors import Code, FramedError
from framed.group_place import GroupPlace
from framed.questions import BatchItem

ARTIFACTS = "artifacts"
SOURCES = ("std_uri", "ranking_uri", "original_uri")  # the first one set is read


@dataclass(frozen=True)
class FeaturesBatch:
    """What came in: the body around the items, or None for one bare artifact or for files.

    `alone`: the body itself is the photo, so that what is wrong with it refuses the request.
    """

    items: tuple[BatchItem, ...]
    around: Mapping[str, Any] | None = None
    bare: bool = False
    alone: bool = False


def batch_from(body: Any, most: int) -> FeaturesBatch:
    """A JSON body as a batch: `{artifacts: [...]}` and anything around it, or a bare artifact."""
    if not isinstance(body, Mapping):
        raise FramedError(
            Code.INVALID_BODY, 'Send an object: {"artifacts": [...]} or one artifact.'
        )
    if ARTIFACTS not in body:
        return FeaturesBatch((_item(body),), bare=True)
    artifacts = body[ARTIFACTS]
    if not isinstance(artifacts, list):
        raise FramedError(Code.INVALID_BODY, "`artifacts` must be a list of objects.")
    if len(artifacts) > most:
        raise FramedError(
            Code.TOO_LARGE, f"A batch holds at most {most} items; this one has {len(artifacts)}."
        )
    return FeaturesBatch(tuple(_item(artifact) for artifact in artifacts), around=body)


def batch_of_files(names: Sequence[str | None]) -> FeaturesBatch:
    """Uploaded files as a batch; each item is known by its file's name."""
    return FeaturesBatch(tuple(BatchItem({"filename": name}) for name in names), around={})


def batch_of_one() -> FeaturesBatch:
    """A photo that came as the whole body: one artifact without fields, answered bare."""
    return FeaturesBatch((BatchItem({}),), bare=True, alone=True)


def _item(artifact: Any) -> BatchItem:
    if not isinstance(artifact, Mapping):
        return BatchItem({"artifact": artifact})
    given = (artifact.get(name) for name in SOURCES)
    found = (str(uri) if isinstance(uri, Path) else uri for uri in given)  # of our own process
    return BatchItem(artifact, next((uri for uri in found if isinstance(uri, str) and uri), None))


def photo_id(item: BatchItem) -> str | None:
    """The caller's name of the photo, if it has one."""
    given = item.fields.get("photo_id")
    return given if isinstance(given, str) and given else None


def no_source() -> FramedError:
    """The refusal of an item that names no photo."""
    return FramedError(Code.NO_PHOTO, f"The item names no photo; set one of {', '.join(SOURCES)}.")


def add_group(item: dict[str, Any], place: GroupPlace | None) -> None:
    """Where the item stands among its near duplicates, said beside its labels."""
    if place is not None:
        item["features"]["group"] = _place(place)
        item["features"]["best_of_group"] = place.rank == 1


def _place(place: GroupPlace) -> dict[str, Any]:
    return {
        "id": place.group,
        "size": place.size,
        "rank": place.rank,
        "kind": place.kind,
        "why": place.why,
    }


def batch_body(batch: FeaturesBatch, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The body that came in with its artifacts replaced; a bare artifact answers bare."""
    if batch.bare:
        return items[0]
    return {**(batch.around or {}), ARTIFACTS: list(items)}


def stream_line(index: int, item: dict[str, Any]) -> dict[str, Any]:
    """One line of a streamed answer: which item it is, and the item."""
    return {"index": index, "artifact": item}


def stream_end(
    batch: FeaturesBatch, failed: int, places: Mapping[int, GroupPlace] | None = None
) -> dict[str, Any]:
    """The last line: without it the stream was cut. Groups are known only here."""
    around = {k: v for k, v in (batch.around or {}).items() if k != ARTIFACTS}
    end = {**around, "done": True, "count": len(batch.items), "failed": failed}
    if places is not None:
        end["groups"] = [
            {"index": index, **_place(place), "best_of_group": place.rank == 1}
            for index, place in sorted(places.items())
        ]
    return end
