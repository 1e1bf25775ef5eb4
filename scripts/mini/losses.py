"""What is asked of image and text vectors, a function a loss; each is a mean over its photos."""

from __future__ import annotations

import torch
from torch.nn import functional

_SAME, _NEAR = 0.95, 0.62  # cosines of the sentence model: one meaning; too near to be apart


def contrast(
    images: torch.Tensor, texts: torch.Tensor, likeness: torch.Tensor, scale: float
) -> torch.Tensor:
    """InfoNCE both ways of unit rows [B, D], row by row a pair.

    `likeness` [B, B] is the sentence model's cosine of the texts: those of one meaning are
    positive for each other's photos, those that are merely near are left out.
    """
    same = likeness > _SAME
    same.fill_diagonal_(True)
    logits = (scale * images @ texts.T).masked_fill((likeness > _NEAR) & ~same, -1e4)
    return (_one_way(logits, same) + _one_way(logits.T, same.T)) / 2


def known_labels(logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy [B, N], each label weighted by how well it is known."""
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (each * weight).sum() / weight.sum().clamp_min(1e-6)


def label_shares(
    logits: torch.Tensor, target: torch.Tensor, weight: torch.Tensor, rarity: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of the softmax over the known labels [B, N] to the true ones, the rare more.

    Photos without a true label count nothing.
    """
    wanted = target * weight * rarity
    total = wanted.sum(dim=1, keepdim=True)
    shares = wanted / total.clamp_min(1e-6)
    logs = functional.log_softmax(logits.masked_fill(weight <= 0, -1e4), dim=1)
    each = -(shares * logs).sum(dim=1)
    has_any = (total[:, 0] > 0).float()
    return (each * has_any).sum() / has_any.sum().clamp_min(1.0)


def class_agreement(
    logits: torch.Tensor, shares: torch.Tensor, chosen: torch.Tensor
) -> torch.Tensor:
    """KL to another classifier's `shares` [B, C], over the photos that are `chosen` [B]."""
    each = functional.kl_div(
        functional.log_softmax(logits, dim=1), shares, reduction="none", log_target=False
    ).sum(dim=1)
    return (each * chosen).sum() / chosen.sum().clamp_min(1.0)


def kin_shares(
    shares: torch.Tensor,
    classes: torch.Tensor,
    nouns: torch.Tensor,
    softness: float = 1.5,
    temperature: float = 0.1,
) -> torch.Tensor:
    """Which of `nouns` [n, D] photos may show, of which only `shares` [B, C] of `classes` [C, D]
    are known: rows that sum to 1.

    A photo is where the classes that it resembles lie, in proportion (ConSE: Norouzi et al., Zero-
    shot learning by convex combination of semantic embeddings, ICLR 2014); here of vectors less
    their mean, since what all texts share says nothing about a photo.
    """
    softened = shares.clamp_min(1e-9) ** (1 / softness)
    places = softened / softened.sum(dim=1, keepdim=True) @ (classes - classes.mean(dim=0))
    centred = functional.normalize(nouns - nouns.mean(dim=0), dim=1)
    cosines = functional.normalize(places, dim=1) @ centred.T
    return functional.softmax(cosines / temperature, dim=1)


def concept(logits: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
    """Cross-entropy over concepts [B, K] of the photos that have one (`own` >= 0)."""
    have = own >= 0
    if not bool(have.any()):
        return logits.sum() * 0.0
    return functional.cross_entropy(logits[have], own[have])


def stands_out(
    cosines: torch.Tensor, own: torch.Tensor, top: int = 3, margin: float = 0.015
) -> torch.Tensor:
    """How far the attribute `own` of a view stays below a place among its `top` best labels.

    Of cosines [B, N]: zero once it lies `margin` above the `top`-th best of the others.
    """
    have = own >= 0
    if not bool(have.any()):
        return cosines.sum() * 0.0
    rows, column = cosines[have], own[have][:, None]
    mine = rows.gather(1, column)[:, 0]
    rival = rows.scatter(1, column, -2.0).topk(top, dim=1).values[:, -1]
    return functional.relu(rival + margin - mine).mean()


def stays_back(
    cosines: torch.Tensor,
    attributes: torch.Tensor,
    absent: torch.Tensor,
    top: int = 5,
    margin: float = 0.01,
) -> torch.Tensor:
    """How far `attributes` [A] that a photo does not have reach into its `top` best other labels.

    Of cosines [B, N] and how sure the absence is, [B, A]: zero once they lie `margin` below.
    """
    rival = cosines.index_fill(1, attributes, -2.0).topk(top, dim=1).values[:, -1:]
    over = functional.relu(cosines[:, attributes] + margin - rival)
    return (over * absent).sum() / absent.sum().clamp_min(1.0)


def gram(vectors: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of all cosines among unit rows [n, D] and their references [n, E]."""
    return (vectors @ vectors.T - reference @ reference.T).square().mean()


def confidence_gap(cosines: torch.Tensor, temperature: float, wanted: float) -> torch.Tensor:
    """Squared distance of the mean share of the first label from `wanted`."""
    first = functional.softmax(cosines / temperature, dim=1).max(dim=1).values
    return (first.mean() - wanted).square()


def _one_way(logits: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    positive = logits.masked_fill(~same, -1e4).logsumexp(dim=1)
    return (logits.logsumexp(dim=1) - positive).mean()
