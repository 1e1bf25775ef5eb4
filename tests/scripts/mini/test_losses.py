"""Losses: each is least where its promise is kept."""

from __future__ import annotations

import torch
from torch.nn import functional

from scripts.mini import losses

EYE = torch.eye(4)


def test_pairs_that_match_cost_nothing() -> None:
    """Each picture at its own text, and all others away."""
    apart = losses.contrast(EYE, EYE, EYE.clone(), 40.0)
    crossed = losses.contrast(EYE, EYE.roll(1, 0), EYE.clone(), 40.0)
    assert float(apart) < 1e-3
    assert float(crossed) > 10


def test_texts_of_near_meaning_are_not_pushed_apart() -> None:
    """A rival that the sentence model finds near is left out; one of the same meaning is right."""
    images, texts = EYE[[0, 0]], EYE[[0, 0]]
    for likeness in (0.8, 0.99):
        like = torch.tensor([[1.0, likeness], [likeness, 1.0]])
        assert float(losses.contrast(images, texts, like, 40.0)) < 1e-3
    far = torch.tensor([[1.0, 0.1], [0.1, 1.0]])
    assert float(losses.contrast(images, texts, far, 40.0)) > 0.5


def test_unknown_labels_cost_nothing() -> None:
    """Whatever is said of a label of weight 0, the loss stays."""
    target, weight = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    one = losses.known_labels(torch.tensor([[3.0, -9.0]]), target, weight)
    other = losses.known_labels(torch.tensor([[3.0, 9.0]]), target, weight)
    assert torch.equal(one, other)


def test_photos_without_a_true_label_do_not_count() -> None:
    """They are in the batch, but not in the mean."""
    logits = torch.tensor([[2.0, 0.0], [2.0, 0.0]])
    weight, rarity = torch.ones(2, 2), torch.ones(2)
    both = losses.label_shares(logits, torch.tensor([[1.0, 0.0], [0.0, 0.0]]), weight, rarity)
    alone = losses.label_shares(logits[:1], torch.tensor([[1.0, 0.0]]), weight[:1], rarity)
    assert torch.allclose(both, alone)


def test_agreement_with_the_other_classifier_is_free() -> None:
    """The same shares cost nothing, and a photo that is not chosen costs nothing either."""
    logits = torch.tensor([[1.0, 2.0, 3.0], [9.0, 0.0, 0.0]])
    shares = functional.softmax(logits, dim=1)
    shares[1] = torch.tensor([0.0, 0.0, 1.0])
    chosen = torch.tensor([1.0, 0.0])
    assert float(losses.class_agreement(logits, shares, chosen)) < 1e-6


def test_an_attribute_that_a_photo_lacks_costs_only_among_the_first() -> None:
    """Below the best other labels it is free; above them it costs, less where it may be true."""
    attributes, absent = torch.tensor([2, 3]), torch.tensor([[1.0, 1.0]])
    low = torch.tensor([[0.5, 0.4, 0.1, 0.0]])
    high = torch.tensor([[0.5, 0.4, 0.45, 0.0]])
    assert float(losses.stays_back(low, attributes, absent, top=2, margin=0.01)) == 0.0
    cost = losses.stays_back(high, attributes, absent, top=2, margin=0.01)
    assert abs(float(cost) - (0.45 + 0.01 - 0.4) / 2) < 1e-6
    unsure = losses.stays_back(high, attributes, torch.tensor([[0.2, 1.0]]), top=2, margin=0.01)
    assert 0 < float(unsure) < float(cost)
    assert float(losses.stays_back(high, attributes, absent * 0, top=2)) == 0.0


def test_an_attribute_that_stands_out_is_free() -> None:
    """Among its two best with room to spare: no loss; behind them: the distance."""
    cosines = torch.tensor([[0.5, 0.4, 0.1, 0.45]])
    assert float(losses.stands_out(cosines, torch.tensor([0]), top=2, margin=0.03)) == 0.0
    behind = losses.stands_out(cosines, torch.tensor([2]), top=2, margin=0.03)
    assert abs(float(behind) - 0.38) < 1e-6


def test_photos_that_are_no_views_have_no_attribute() -> None:
    """-1 is nobody's column, and an empty batch has no loss rather than none at all."""
    assert float(losses.stands_out(torch.rand(3, 5), torch.full((3,), -1))) == 0.0
    assert float(losses.concept(torch.rand(3, 5), torch.full((3,), -1))) == 0.0


def test_a_photo_shows_words_near_the_classes_it_resembles() -> None:
    """Half lion, half tiger: a leopard, not a spoon, whatever all texts have in common."""
    common = torch.tensor([5.0, 0.0, 0.0])
    cats = functional.normalize(common + torch.tensor([[0.0, 1.0, 0.2], [0.0, 1.0, -0.2]]), dim=1)
    tools = functional.normalize(common + torch.tensor([[0.0, -1.0, 0.1], [0.0, -1.0, 0.0]]), dim=1)
    nouns = functional.normalize(common + torch.tensor([[0.0, 0.9, 0.0], [0.0, -0.9, 0.0]]), dim=1)
    shares = torch.tensor([[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1]])
    found = losses.kin_shares(shares, torch.cat([cats, tools]), nouns)
    torch.testing.assert_close(found.sum(dim=1), torch.ones(2))
    assert found[0, 0] > 0.9
    assert found[1, 1] > 0.9


def test_a_turned_space_has_the_same_gram() -> None:
    """Only angles among texts count, not where they point."""
    rows = functional.normalize(torch.randn(6, 4, generator=torch.manual_seed(1)), dim=1)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.manual_seed(2))).Q
    assert float(losses.gram(rows @ turn, rows)) < 1e-10


def test_confidence_is_pulled_from_both_sides() -> None:
    """Nothing to pay at the wanted mean; the gradient spreads or gathers cosines towards it."""
    at = torch.tensor([[0.01, 0.0]])
    share = float(functional.softmax(at / 0.01, dim=1).max())
    assert float(losses.confidence_gap(at, 0.01, share)) < 1e-10
    for wanted, sign in ((0.5, 1.0), (0.99, -1.0)):
        cosines = at.clone().requires_grad_()
        losses.confidence_gap(cosines, 0.01, wanted).backward()
        assert cosines.grad is not None
        assert float(cosines.grad[0, 0]) * sign > 0
