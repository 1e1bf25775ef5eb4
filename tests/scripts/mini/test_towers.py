"""The trained parts, and the files they become: what stock open_clip makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from scripts.mini import export, student
from scripts.mini.phrases import Phrases
from scripts.mini.plan import Plan
from scripts.mini.towers import VOCABULARY, Head, TextMap, TextTower
from scripts.mini.trunk import NAME, trunk_state
from scripts.mini.vocabulary import tokenize, whole_words

PLAN = Plan(text_width=32, text_layers=1, text_heads=2)
TEXTS = ("a photo of the sea", "sea", "two dogs run over the wet sand of a long beach", "dog")


@pytest.fixture
def tower() -> TextTower:
    torch.manual_seed(2)
    static = np.random.default_rng(1).normal(size=(VOCABULARY, 16)).astype(np.float32) / 4
    made = TextTower(PLAN, static)
    torch.nn.init.normal_(made.correction.weight, std=0.05)
    return made.eval()


def test_texts_of_different_length_are_encoded_as_alone(tower: TextTower) -> None:
    """Sorting and cutting batches changes no vector, and the order is the caller's."""
    together = student.encode(tower, tokenize(TEXTS), batch=2)
    alone = np.concatenate([student.encode(tower, tokenize([text])) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-5)


def test_without_its_correction_a_token_is_its_static_row(tower: TextTower) -> None:
    """What a word has that no training text held: moving corrections does not move it."""
    ids, off = tokenize(TEXTS).ids, torch.zeros(len(TEXTS), 1, 1)
    before = tower(ids, off)
    with torch.no_grad():
        tower.correction.weight.add_(1.0)
    assert torch.allclose(before, tower(ids, off))
    assert not torch.allclose(before, tower(ids))


def test_distillation_brings_the_tower_nearer(tower: TextTower) -> None:
    """Some steps on four phrases: the losses fall."""
    targets = np.eye(PLAN.embed_dim, dtype=np.float32)[: len(TEXTS)]
    phrases = Phrases(TEXTS, ("label",) * len(TEXTS), {text: at for at, text in enumerate(TEXTS)})
    lessons = student.Distillation(tokenize(TEXTS), targets, phrases, 4, 1)
    optimizer = student.optimizer_of(tower)
    totals = []
    for at in range(40):
        losses = lessons.step(tower, at, np.random.default_rng(at))
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        totals.append(float(total.detach()))
    assert np.mean(totals[-5:]) < 0.7 * np.mean(totals[:5])


def test_the_text_map_begins_as_a_projection() -> None:
    """At first angles among sentences are kept as far as the dimensions allow."""
    sample = np.random.default_rng(3).normal(size=(300, 48)).astype(np.float32)
    sample[:, 8:] *= 0.01
    mapped = TextMap(Plan(embed_dim=16), sample)(torch.from_numpy(sample)).detach().numpy()
    units = sample / np.linalg.norm(sample, axis=1, keepdims=True)
    assert np.allclose(mapped @ mapped.T, units @ units.T, atol=0.02)


def test_whole_words_are_words() -> None:
    """Letters only, longer than two, each once, everyday ones among them."""
    words = whole_words()
    assert len(set(words)) == len(words) > 20_000
    assert all(word.isalpha() and len(word) > 2 for word in words)
    assert {"dog", "pizza", "street"} <= set(words)


def test_the_exported_folder_is_what_was_trained(tower: TextTower, tmp_path: Path) -> None:
    """Stock open_clip loads it without a network and encodes photos and texts as here."""
    import open_clip

    torch.manual_seed(4)
    trunk = timm.create_model(NAME, pretrained=False).eval()
    head = Head(PLAN).eval()
    weights = export.assemble(PLAN, trunk.state_dict(), head, tower)
    size = export.write(PLAN, weights, tmp_path)
    assert 0 < size <= export.MOST_BYTES
    rows = student.encode(tower, tokenize(TEXTS))
    assert export.check(tmp_path, TEXTS, rows) >= 0.999
    model = open_clip.create_model(f"local-dir:{tmp_path}").eval()
    with torch.inference_mode():
        pixels = torch.randn(1, 3, 224, 224)
        features = trunk.forward_head(trunk.forward_features(pixels), pre_logits=True)
        stock = model.encode_image(pixels, normalize=True)
        seen = head(features)
    assert float((stock * seen).sum()) > 0.999


def test_texts_that_differ_are_refused(tower: TextTower, tmp_path: Path) -> None:
    """An export that says other things than the training did does not pass."""
    trunk = timm.create_model(NAME, pretrained=False)
    export.write(PLAN, export.assemble(PLAN, trunk.state_dict(), Head(PLAN), tower), tmp_path)
    rows = student.encode(tower, tokenize(TEXTS))
    with pytest.raises(export.ExportError, match="otherwise"):
        export.check(tmp_path, TEXTS, rows[::-1].copy())


def test_trunk_weights_are_paired_by_order() -> None:
    """Other names in the same order fit; a missing or a misshapen tensor is refused."""
    state = timm.create_model(NAME, pretrained=False).state_dict()
    renamed = {f"m{at}.{name.split('.')[-1]}": it for at, (name, it) in enumerate(state.items())}
    assert list(trunk_state(renamed)) == list(state)
    del renamed[next(iter(renamed))]
    with pytest.raises(ValueError, match="tensors"):
        trunk_state(renamed)
