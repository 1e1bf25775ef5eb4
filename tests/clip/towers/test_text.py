"""A text behind a shared prefix gives the row of the full 77-token path."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from runners.clip.towers.text import PrefixTower, TextTower, supports_text
from tests.clip.towers.random_models import ragged_ids, random_clip
from tests.clip.towers.suffix_tower import SuffixTower

LENGTHS = (12, 7, 77, 9)
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "quick gelu": {"quick_gelu": True},
    "text tower of its own": {"custom": True},
    "projection with bias": {"custom": True, "text": {"proj_bias": True}},
    "no projection": {"custom": True, "text": {"proj_type": "none"}},
    "pooled at a named token": {"text": {"pool_type": "eos", "eos_id": 99}},
    "one block": {"text": {"layers": 1}},
}
NOT_PLAIN: dict[str, dict[str, Any]] = {
    "looks ahead": {"custom": True, "text": {"no_causal_mask": True}},
    "class token": {"custom": True, "text": {"embed_cls": True}},
    "pooled at the last": {"custom": True, "text": {"pool_type": "last"}},
    "layer scale": {"text": {"ls_init_value": 0.1}},
    "another block": {"text": {"qk_norm": True}},
}


@torch.no_grad()
def full_rows(model: Any, ids: torch.Tensor) -> torch.Tensor:
    rows: torch.Tensor = model.encode_text(ids, normalize=True)
    return rows


@pytest.mark.parametrize("shared", [1, 2, 5])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@torch.no_grad()
def test_equals_the_full_path(kind, shared):
    """Texts of all lengths in one batch, behind any prefix, give open_clip's rows."""
    model = random_clip(**kind)
    assert supports_text(model)
    ids = ragged_ids(LENGTHS, shared=shared)
    prefix = PrefixTower(model)(ids[:1, :shared])
    rows = SuffixTower(model)(ids[:, shared:], prefix)
    torch.testing.assert_close(rows, full_rows(model, ids), atol=1e-5, rtol=0)


@torch.no_grad()
def test_padding_does_not_matter():
    """Cut at its longest text, a batch gives the rows that it gives at full context."""
    model = random_clip()
    ids = ragged_ids((12, 7, 9), shared=3)
    prefix = PrefixTower(model)(ids[:1, :3])
    rows = SuffixTower(model)(ids[:, 3:12], prefix)
    torch.testing.assert_close(rows, full_rows(model, ids), atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_prefix_grows():
    """The prefix grown from the first token by the rest of it is the prefix in one piece."""
    model = random_clip()
    ids = ragged_ids((9,), shared=9)
    whole = PrefixTower(model)(ids[:, :5])
    _, grown = TextTower(model)(ids[:, 1:5], PrefixTower(model)(ids[:, :1]))
    assert whole.shape == (3, 2, 2, 5, 16)
    torch.testing.assert_close(grown, whole, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_first_of_two_end_tokens_counts():
    """A text that spells the end token out is pooled where open_clip pools it."""
    model = random_clip()
    ids = ragged_ids((9, 12), shared=2)
    ids[:, 4] = 99
    rows = SuffixTower(model)(ids[:, 2:], PrefixTower(model)(ids[:1, :2]))
    torch.testing.assert_close(rows, full_rows(model, ids), atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_prefix_is_seen():
    """Another prefix gives other rows."""
    model = random_clip()
    ids = ragged_ids((9, 12), shared=3)
    one, other = (PrefixTower(model)(ids[:1, :3] + more) for more in (0, 1))
    tower = SuffixTower(model)
    assert not torch.allclose(tower(ids[:, 3:], one), tower(ids[:, 3:], other), atol=1e-3)


def test_weights_are_shared():
    """The towers hold no second copy of any weight."""
    model = random_clip()
    theirs = {tensor.data_ptr() for tensor in model.parameters()}
    for tower in (PrefixTower(model), SuffixTower(model)):
        assert {tensor.data_ptr() for tensor in tower.parameters()} <= theirs


@pytest.mark.parametrize("kind", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_other_towers_are_not_supported(kind):
    """A tower that looks ahead or pools elsewhere must take the full path."""
    assert not supports_text(random_clip(**kind))
