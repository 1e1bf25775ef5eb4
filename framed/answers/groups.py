"""Near duplicates in a set of photos, and the best of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from framed.answers.batch import ItemOutcome
from framed.culling.shot import Shot
from framed.group_place import GroupPlace
from framed.results import Features


def near_duplicates(outcomes: Sequence[ItemOutcome], similarity: float) -> Mapping[int, GroupPlace]:
    """The place of each photo that has features, by its index in the batch.

    Photos are near duplicates if the cosine of their embeddings is at least `similarity` and
    their pixels agree (`framed.culling`). Groups are numbered in the order in which their first
    photo came.
    """
    from framed.culling.gathering import gather  # OpenCV: 0.2 s, for those who ask
    from framed.culling.ranking import ranked

    groups = [ranked(group) for group in gather(list(_shots(outcomes)), similarity)]
    groups.sort(key=lambda places: min(each.shot.index for each in places))
    return {
        each.shot.index: GroupPlace(number, len(places), rank, each.kind, each.why)
        for number, places in enumerate(groups)
        for rank, each in enumerate(places, start=1)
    }


def _shots(outcomes: Sequence[ItemOutcome]) -> Iterator[Shot]:
    """The photos to compare: those that the model saw."""
    for done in outcomes:
        found = done.outcome
        if not isinstance(found, Features) or found.classification is None:
            continue
        if found.likeness is None:
            continue
        values = found.measurements.values
        yield Shot(
            index=done.index,
            embedding=found.classification.ranking.embedding,
            likeness=found.likeness,
            size=found.photo.original_size,
            format=found.photo.format,
            sha256=found.photo.sha256,
            sharpness_local=values.get("sharpness_local"),
            exposure=values.get("exposure"),
            brisque=values.get("brisque"),
            bordered="borders" in found.measurements.detail,
        )
