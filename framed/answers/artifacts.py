"""A batch of artifacts: the photos they name, and the same artifacts with what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from framed.answers.batch import ItemOutcome, Wanted
from framed.answers.groups import near_duplicates
from framed.group_place import GroupPlace
from framed.holding import Hold
from framed.intake.guard import UrlGuard
from framed.intake.source import from_source
from framed.photo import PhotoBytes
from framed.questions import BatchItem, FeaturesQuestion
from framed.size_limit import PhotoLimits
from framed.wires.batch import FeaturesBatch, add_group, batch_body, no_source, photo_id
from framed.wires.features import item_body


def photos_of(
    batch: FeaturesBatch, roots: Sequence[Path], guard: UrlGuard, limits: PhotoLimits
) -> list[Wanted]:
    """The photos that the items name, still to be fetched: from below `roots` or from where `guard`
    admits, each within its one of `limits`.
    """
    return [
        Wanted(
            partial(_fetch, item, roots=roots, guard=guard, limits=limits),
            photo_id(item),
        )
        for item in batch.items
    ]


async def _fetch(
    item: BatchItem, hold: Hold, *, roots: Sequence[Path], guard: UrlGuard, limits: PhotoLimits
) -> PhotoBytes:
    if item.source is None:
        raise no_source()
    return await from_source(item.source, roots, guard, limits, hold)


def places_of(
    outcomes: Sequence[ItemOutcome], question: FeaturesQuestion
) -> Mapping[int, GroupPlace] | None:
    """Each photo's place among its near duplicates; None where nobody asked."""
    return near_duplicates(outcomes, question.similarity) if question.groups else None


def enriched(
    batch: FeaturesBatch, outcomes: Sequence[ItemOutcome], question: FeaturesQuestion
) -> dict[str, Any]:
    """The body that came in, each item with its features or its error, in the order they came."""
    in_order = sorted(outcomes, key=lambda done: done.index)
    places = places_of(in_order, question) or {}
    bodies = [item_body(batch.items[done.index], done.outcome, question) for done in in_order]
    for done, body in zip(in_order, bodies, strict=True):
        add_group(body, places.get(done.index))
    return batch_body(batch, bodies)
