"""CLIP-IQA: how good a photo looks to the model, between two words for it."""

from __future__ import annotations

import math

import numpy as np

from framed.results import Embedding

ANCHORS = ("Good photo.", "Bad photo.")  # as they stand, without a template


def clip_iqa(photo: Embedding, good: Embedding, bad: Embedding, logit_scale: float) -> float:
    """The photo's share of "good" against "bad", 0..1, 1 = better.

    softmax(S [v.t0, v.t1])[0] = 1 / (1 + exp(S (v.t1 - v.t0))) for unit vectors float32 [D] and
    S = exp(logit_scale) of the model itself; no temperature of the label softmax. Values of
    different models cannot be compared: S makes much of little (cosines .01 apart give .73).

    Source: J. Wang, K. C. K. Chan, C. C. Loy, Exploring CLIP for assessing the look and feel of
    images, AAAI 2023, arXiv:2207.12396; there with a ResNet-50 without positional embedding, here
    with the served model as it is.
    """
    lead = float(np.dot(photo, good)) - float(np.dot(photo, bad))
    return 0.5 + 0.5 * math.tanh(0.5 * logit_scale * lead)  # the same, and never overflows


def backend(model_id: str) -> str:
    """How the value was made, for the answer."""
    return f"anchor:{model_id}"
