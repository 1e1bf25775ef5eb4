"""The stages in order: material, texts, views, joint space, text tower, head, files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from scripts.mini.aligning import Material, learn_head, learn_space
from scripts.mini.collection import collect
from scripts.mini.distilling import learn_texts, mean_rows
from scripts.mini.elsewhere import read_elsewhere
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
    if sources.judge:
        jury = read_elsewhere(sources.judge, words.labels, place, trunk)
        collection = replace(collection, jury=jury)
    place.log.write("material", train=len(collection.train), jury=len(collection.jury),
                    nouns=list(collection.kept_out.nouns))  # fmt: skip
    texts, captions = read_texts(sources, plan, place, words, collection)
    collection, judges = with_views(sources, plan, place, words, collection, trunk)
    shares = class_shares(trunk, collection.train.features)
    material = Material(words, collection.train, shares, captions, texts)
    head, targets = learn_space(plan, place, material, judges)
    tower, rows = learn_texts(plan, place, material, targets)
    judges = replace(
        judges,
        noun_rows=mean_rows(tower, words, judges.nouns),
        group_rows=mean_rows(tower, words, judges.group_names),
    )
    head = learn_head(plan, place, material, judges, head, rows)
    return finish(sources, plan, place, material, judges, head, tower, collection, rows, trunk)
