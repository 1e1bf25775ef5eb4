"""Near duplicates in a set of photos, and the sharpest of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from framed.answers.batch import ItemOutcome
from framed.results import Embedding, Features, GroupPlace

_SHARPNESS = "sharpness_local"
_ROUNDING = 1e-5  # the same photo in another batch; a unit vector times itself


def near_duplicates(outcomes: Sequence[ItemOutcome], similarity: float) -> Mapping[int, GroupPlace]:
    """The place of each photo that has features, by its index in the batch.

    The photos are taken from the sharpest on: each joins the group whose sharpest photo is nearest
    to it, if the cosine of the two embeddings is at least `similarity`, else it starts its own. So
    a group is one scene around its best shot, and a chain of small changes does not run away.
    Photos without a number rank last; equal ones in the order they came. Groups are numbered in
    the order in which their first photo came.
    """
    seen = {done.index: done.outcome for done in outcomes if isinstance(done.outcome, Features)}
    embeddings = {
        index: found.classification.ranking.embedding
        for index, found in sorted(seen.items())
        if found.classification is not None
    }
    groups = _gather(sorted(embeddings, key=lambda i: _dullness(seen[i])), embeddings, similarity)
    return {
        index: GroupPlace(group=number, size=len(members), rank=rank)
        for number, members in enumerate(sorted(groups, key=min))
        for rank, index in enumerate(members, start=1)
    }


def _dullness(found: Features) -> float:
    value = found.measurements.values.get(_SHARPNESS)
    return float("inf") if value is None else -value


def _gather(
    order: Sequence[int], embeddings: Mapping[int, Embedding], similarity: float
) -> list[list[int]]:
    groups: list[list[int]] = []
    if not order:
        return groups
    best = np.empty((len(order), len(embeddings[order[0]])), np.float32)  # a row a group
    for index in order:
        cosines = best[: len(groups)] @ embeddings[index]
        if groups and cosines.max() >= similarity - _ROUNDING:
            groups[int(cosines.argmax())].append(index)
        else:
            best[len(groups)] = embeddings[index]
            groups.append([index])
    return groups
