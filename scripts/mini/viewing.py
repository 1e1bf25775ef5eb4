"""The views stage: features of photos whose attribute is certain, to train on and to judge by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from framed.photo import Pixels
from scripts.evaluation.versions import VERSIONS
from scripts.mini.collection import Collection
from scripts.mini.judge import Jury, jury_of
from scripts.mini.labels import Words
from scripts.mini.material import VIEW_LABELS, Rows, joined, view_rows
from scripts.mini.photos import Album
from scripts.mini.plan import MATERIAL, Plan
from scripts.mini.sources import Sources
from scripts.mini.terms import terms_of
from scripts.mini.trunk import Trunk
from scripts.mini.views import VIEWS
from scripts.mini.workplace import Workplace, content, watched

_JUDGED = 200  # photos of which views are made to judge by


def with_views(
    sources: Sources,
    plan: Plan,
    place: Workplace,
    words: Words,
    collection: Collection,
    trunk: Mapping[str, torch.Tensor],
) -> tuple[Collection, Jury]:
    """Views of photos that are at hand: varied ones to train on, fixed ones to judge by."""
    album = Album(sources.data, sources.folders)

    def make() -> dict[str, Any]:
        seer = Trunk(trunk)
        return {
            "train": _train_views(plan, album, collection.train, seer),
            "jury": _jury_views(plan, album, collection.jury, seer),
        }

    photos = content(
        [*map(str, sources.photos)], collection.train.features, collection.jury.features
    )
    digest = plan.digest(*MATERIAL, "viewed", "views_a_photo")
    made = place.once("views", f"{digest}-{photos}", make)
    labels = words.labels
    parts = {
        name: view_rows(it["features"].float().numpy(), it["kinds"], it["terms"], labels)
        for name, it in made.items()
    }
    jury = jury_of(
        collection.jury, labels, collection.kept_out.nouns, collection.noun_photos, parts["jury"]
    )
    train = joined([collection.train, parts["train"]])
    place.log.write("views", train=len(parts["train"]), jury=len(parts["jury"]))
    return replace(collection, train=train), jury


def _train_views(plan: Plan, album: Album, rows: Rows, seer: Trunk) -> dict[str, Any]:
    dice = np.random.default_rng(plan.seed)
    entries = [entry for entry in rows.entries if "view" not in entry]
    chosen = [entries[int(at)] for at in dice.permutation(len(entries))]
    names = list(VIEWS)
    squares: list[Pixels] = []
    kinds: list[str] = []
    terms: list[str] = []
    for entry, square in album.squares(chosen):
        if len(kinds) >= plan.viewed * plan.views_a_photo:
            break
        for kind in dice.choice(len(names), plan.views_a_photo, replace=False):
            squares.append(VIEWS[names[int(kind)]](square, dice))
            kinds.append(names[int(kind)])
            terms.append(terms_of(entry))
    return _view_features(seer, squares, kinds, terms)


def _jury_views(plan: Plan, album: Album, rows: Rows, seer: Trunk) -> dict[str, Any]:
    kind_of = {labels[0]: kind for kind, labels in VIEW_LABELS.items()}
    squares: list[Pixels] = []
    kinds: list[str] = []
    terms: list[str] = []
    most = _JUDGED if plan.views_a_photo else 4
    for seen, (entry, square) in enumerate(album.squares(rows.entries)):
        if seen >= most:
            break
        for label, change in VERSIONS.values():
            squares.append(change(square))
            kinds.append(kind_of[label])
            terms.append(terms_of(entry))
    return _view_features(seer, squares, kinds, terms)


def _view_features(
    seer: Trunk, squares: Sequence[Any], kinds: list[str], terms: list[str]
) -> dict[str, Any]:
    features = seer.features(watched(squares, "views"))
    return {"features": torch.from_numpy(features).half(), "kinds": kinds, "terms": terms}
