"""Room in memory for the answer of a batch: what each item takes of it, found and written."""

from __future__ import annotations

from framed.errors import Code, FramedError
from framed.questions import ALL, MAX_TOP_K, FeaturesQuestion
from framed.results import Features
from framed.routes.desk import Desk
from framed.routes.place import Place
from framed.wires.vectors import written_bytes

ITEM_BYTES = 8 * 1024  # of an item's features, found and written
LABEL_BYTES = 1400  # of a label beyond those, likewise
LABELS = MAX_TOP_K  # of an item, that are counted with it


async def item_bytes(desk: Desk, question: FeaturesQuestion) -> int:
    """What an item takes but for a long list of labels.

    Without a model that says how long an embedding is there is none: the items will say so.
    """
    if question.embedding is None:
        return ITEM_BYTES
    try:
        facts = await desk.model.facts(question.model)
    except FramedError:
        return ITEM_BYTES
    return ITEM_BYTES + written_bytes(facts.embedding_dim, question.embedding)


def label_bytes(outcome: Features | FramedError) -> int:
    """What the labels of an item take beyond that."""
    if isinstance(outcome, FramedError) or outcome.classification is None:
        return 0
    ranking = outcome.classification.ranking
    labels = len(ranking.results) + sum(map(len, ranking.groups.values()))
    return LABEL_BYTES * max(0, labels - LABELS)


async def check_labels_fit(
    desk: Desk, question: FeaturesQuestion, items: int, place: Place
) -> None:
    """Raises `too_large` where whole lists of labels of all items cannot fit, before any photo is
    looked at. A bank that cannot be had says so at the items."""
    if question.rank.top_k != ALL or question.rank.match_threshold is not None:
        return
    try:
        bank = await desk.banks.bank(question.rank.bank, question.model)
    except FramedError:
        return
    if place.total + LABEL_BYTES * (len(bank.labels) - LABELS) * items > place.most:
        raise too_many_labels()


def too_many_labels() -> FramedError:
    """The refusal of lists that do not fit together."""
    return FramedError(
        Code.TOO_LARGE,
        "The labels of all items do not fit into one answer; ask for fewer by top_k or a higher "
        "match_threshold, send fewer items, or stream the answer (Accept: application/x-ndjson).",
    )
