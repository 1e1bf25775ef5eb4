"""The stages in order: material, texts, views, joint space, text tower, head, files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from scripts.mini.aligning import Material, learn_head, learn_space
from scripts.mini.collection import collect
from scripts.mini.distilling import learn_texts, mean_rows
from scripts.mini.finish import finish
from scripts.mini.labels import read_words
from scripts.mini.packages import trunk_weights
from scripts.mini.plan import Plan
from scripts.mini.sources import Sources
from scripts.mini.texts import read_texts
from scripts.mini.trunk import class_shares, read_weights, trunk_state
from scripts.mini.viewing import with_views
from scripts.mini.workplace import Workplace


def train(sources: Sources, plan: Plan, place: Workplace) -> Path:
    """Runs all stages that are not done yet; answers the folder of the finished checkpoint."""
    torch.manual_seed(plan.seed)
    words = read_words(sources.labels)
    saved = read_weights(trunk_weights(sources.trunk))
    trunk = trunk_state(saved)
    collection = collect(sources.data, words, plan, trunk)
    place.log.write("material", train=len(collection.train), jury=len(collection.jury),
                    nouns=list(collection.kept_out.nouns))  # fmt: skip
    texts, captions = read_texts(sources, plan, place, words, collection)
    collection, jury = with_views(sources, plan, place, words, collection, trunk)
    shares = class_shares(trunk, collection.train.features)
    material = Material(words, collection.train, shares, captions, texts)
    head, targets = learn_space(plan, place, material, jury)
    tower, rows = learn_texts(plan, place, material, targets)
    jury = replace(
        jury,
        noun_rows=mean_rows(tower, words, jury.nouns),
        group_rows=mean_rows(tower, words, jury.group_names),
    )
    head = learn_head(plan, place, material, jury, head, rows)
    return finish(plan, place, material, jury, head, tower, collection, rows, trunk)
