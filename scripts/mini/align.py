"""Pictures and words into one space: the image head against text vectors (stages 1 and 3).

In stage 1 the text vectors come from a map that is trained along; in stage 3 they are the text
tower's own, fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from scripts.mini import losses
from scripts.mini.labels import FLAT, Words
from scripts.mini.material import CERTAIN, VIEW_LABELS, Rows
from scripts.mini.phrases import Phrases, class_texts
from scripts.mini.tags import Tags, concept_of
from scripts.mini.towers import Head
from scripts.mini.weighing import Weights

Floats = npt.NDArray[np.float32]
Dice = np.random.Generator

_SURE = 0.3  # a class share from which the trunk's own classifier is listened to
_EVENNESS = 0.4  # how often a source is drawn: its size to this power
_FEW: Mapping[str, float] = {"flowers": 0.3}  # 128 px and blurred: would teach that macro is blur
_FORGOTTEN = 0.07  # share of known labels hidden in a step, so that no source is a shortcut
_UNSAID = 0.3  # chance that an attribute is absent and matters where nobody said so
_NOISE = 0.02
_NOUNS = 512  # words that a step asks about, besides those of classes
_CONFIDENCE = 0.88  # wanted of the first label on average: about how often it is right elsewhere
_TEMPERATURE = 0.01


class TextSide(Protocol):
    """Unit text vectors by phrase index."""

    def __call__(self, indices: torch.Tensor) -> torch.Tensor: ...


class Scales(nn.Module):
    """One scale and bias for all labels (so that their cosines compare), one for all groups."""

    def __init__(self) -> None:
        super().__init__()
        self.label = nn.Parameter(torch.tensor([22.0, -5.0]))
        self.group = nn.Parameter(torch.tensor([22.0, -5.0]))


class Alignment:
    """The losses of one step over a batch of photos drawn by dice."""

    def __init__(
        self,
        rows: Rows,
        tags: Tags,
        shares: Floats,
        likeness: Floats,
        words: Words,
        phrases: Phrases,
        weights: Weights,
        batch: int,
    ) -> None:
        """`shares` [P, 1000] of the trunk's classifier; `likeness` [n, 384] unit rows of the
        sentence model, a phrase each."""
        self._features = torch.from_numpy(rows.features)
        self._target, self._weight = torch.from_numpy(rows.target), torch.from_numpy(rows.weight)
        self._attribute = torch.from_numpy(rows.attribute)
        certain = [words.labels.index(VIEW_LABELS[kind][0]) for kind in CERTAIN]
        self._attributes = torch.tensor(certain)
        self._shares = torch.from_numpy(shares)
        self._likeness = torch.from_numpy(likeness)
        self._tags, self._weights, self._batch = tags, weights, batch
        self._draw = _how_often(rows)
        self._rarity = _rarity(rows, weights.rarity_power, words)
        self._concept = torch.tensor(
            [concept_of(entry, list(words.concepts)) for entry in rows.entries]
        )
        self._is_photo = torch.tensor([float("view" not in entry) for entry in rows.entries])
        self._texts = _Texts(words, phrases)
        classes = list(words.groups.values())
        self._members = torch.zeros(len(classes), shares.shape[1])
        for at, members in enumerate(classes):
            self._members[at, members] = 1.0

    def step(
        self, head: Head, scales: Scales, side: TextSide, dice: Dice
    ) -> dict[str, torch.Tensor]:
        """The weighted losses by name."""
        drawn = dice.choice(len(self._features), self._batch, p=self._draw)
        rows = torch.from_numpy(drawn)
        features = self._features[rows]
        noise = torch.from_numpy(dice.standard_normal(features.shape, np.float32)) * _NOISE
        seen = head(features * (1 + noise), dropout=0.15)
        return self._label_losses(seen, rows, scales, side, dice) | self._text_losses(
            seen, rows, drawn, scales, side, dice
        )

    def _label_losses(
        self, seen: torch.Tensor, rows: torch.Tensor, scales: Scales, side: TextSide, dice: Dice
    ) -> dict[str, torch.Tensor]:
        use, target = self._weights, self._target[rows]
        forgotten = torch.from_numpy(dice.random(target.shape) < _FORGOTTEN)
        weight = self._weight[rows].masked_fill(forgotten, 0.0)
        cosines = seen @ side(self._texts.labels(dice)).T
        scale, bias = scales.label[0], scales.label[1]
        rarity = self._rarity
        found = {
            "known": use.known * losses.known_labels(cosines * scale + bias, target, weight),
            "shares": use.shares * losses.label_shares(cosines * use.scale, target, weight, rarity),
            "stands out": use.stands_out
            * use.scale
            * losses.stands_out(cosines, self._attribute[rows]),
            "stays back": use.stays_back
            * use.scale
            * losses.stays_back(cosines, self._attributes, self._out_of_place(rows)),
        }
        if use.confident:
            found["confidence"] = use.confident * losses.confidence_gap(
                cosines, _TEMPERATURE, _CONFIDENCE
            )
        if use.concepts:
            concepts = seen @ side(self._texts.concepts(dice)).T
            found["concepts"] = use.concepts * losses.concept(
                concepts * use.scale, self._concept[rows]
            )
        return found

    def _out_of_place(self, rows: torch.Tensor) -> torch.Tensor:
        """How sure it is, in 0..1, that a photo lacks each attribute, [B, A]; 0 for views."""
        target, weight = (it[rows][:, self._attributes] for it in (self._target, self._weight))
        absent = torch.where(weight > 0, 1.0, _UNSAID) * (target <= 0.5)
        return absent * self._is_photo[rows][:, None]

    def _text_losses(
        self,
        seen: torch.Tensor,
        rows: torch.Tensor,
        drawn: npt.NDArray[np.int64],
        scales: Scales,
        side: TextSide,
        dice: Dice,
    ) -> dict[str, torch.Tensor]:
        use = self._weights
        tags = self._tags.draw(drawn, dice)
        have = torch.from_numpy(tags >= 0)
        indices = torch.from_numpy(tags[tags >= 0])
        like = self._likeness[indices]
        shares, is_photo = self._shares[rows], self._is_photo[rows]
        classes, known = self._texts.classes(dice)
        class_rows = side(classes)
        logits = (seen @ class_rows.T) * use.scale
        sure = (shares[:, known].max(dim=1).values > _SURE).float() * is_photo
        kept = shares[:, known]
        kept = kept / kept.sum(dim=1, keepdim=True).clamp_min(1e-6)
        groups = seen @ side(self._texts.groups(dice)).T
        group_logits = groups * scales.group[0] + scales.group[1]
        group_target = (shares @ self._members.T).clamp(0, 1)
        group_weight = is_photo[:, None].expand_as(group_target)
        found = {
            "contrast": use.contrast
            * losses.contrast(seen[have], side(indices), like @ like.T, use.scale),
            "classes": use.classes * losses.class_agreement(logits, kept, sure),
            "groups": use.groups * losses.known_labels(group_logits, group_target, group_weight),
        }
        if use.nouns:
            nouns = side(self._texts.nouns(_NOUNS, dice))
            may_show = losses.kin_shares(kept, class_rows.detach(), nouns.detach())
            logits = (seen @ nouns.T) * use.scale
            found["nouns"] = use.nouns * losses.class_agreement(logits, may_show, is_photo)
        if use.gram:
            found["gram"] = use.gram * losses.gram(side(indices), like)
        return found


class _Texts:
    """Phrase indices of labels, classes, groups and concepts, one of their wordings by dice."""

    def __init__(self, words: Words, phrases: Phrases) -> None:
        def wordings(texts: list[str]) -> list[int]:
            return phrases.indices(texts)

        templates = words.all_templates
        self._labels = [
            wordings([template.replace("{}", label) for template in templates])
            for label in words.labels
        ]
        self._classes = [
            wordings([text for name in names[:2] for text in class_texts(name)])
            for names in words.synonyms
        ]
        self._groups = [wordings(list(class_texts(name))) for name in words.groups]
        self._concepts = [
            wordings([text for name in names for text in class_texts(name)])
            for names in words.concepts.values()
        ]
        self._nouns = np.array(phrases.kinds) == "noun"
        self._known_classes = torch.tensor(
            [at for at, wordings in enumerate(self._classes) if wordings]
        )

    def labels(self, dice: Dice) -> torch.Tensor:
        """One phrase a label."""
        return _one_each(self._labels, dice)

    def classes(self, dice: Dice) -> tuple[torch.Tensor, torch.Tensor]:
        """One phrase a class of those whose names are not kept out, and which classes they are."""
        return _one_each([each for each in self._classes if each], dice), self._known_classes

    def nouns(self, count: int, dice: Dice) -> torch.Tensor:
        """Some of the word list's phrases, or all where there are fewer."""
        all_ = np.flatnonzero(self._nouns)
        return torch.from_numpy(dice.choice(all_, min(count, len(all_)), replace=False))

    def groups(self, dice: Dice) -> torch.Tensor:
        """One phrase a group."""
        return _one_each(self._groups, dice)

    def concepts(self, dice: Dice) -> torch.Tensor:
        """One phrase a concept."""
        return _one_each(self._concepts, dice)


def _one_each(lists: list[list[int]], dice: Dice) -> torch.Tensor:
    chances = dice.random(len(lists))
    return torch.tensor(
        [each[int(chance * len(each))] for each, chance in zip(lists, chances, strict=True)]
    )


def _how_often(rows: Rows) -> npt.NDArray[np.float64]:
    """Chance of each row: sources even out, and a blurred one is drawn less."""
    sources = np.array(rows.sources())
    names, counts = np.unique(sources, return_counts=True)
    share = {
        name: _FEW.get(str(name), 1.0) * count ** (_EVENNESS - 1)
        for name, count in zip(names, counts, strict=True)
    }
    chance = np.array([share[source] for source in sources])
    return np.asarray(chance / chance.sum(), np.float64)


def _rarity(rows: Rows, power: float, words: Words) -> torch.Tensor:
    """Per label, more the rarer it is (1 on average); 0 for the one that is always true."""
    count = (rows.target > 0.5).sum(axis=0).astype(np.float64) + 20.0
    weights = count**-power
    weights[words.labels.index(FLAT)] = 0.0
    return torch.from_numpy((weights / weights.mean()).astype(np.float32))
