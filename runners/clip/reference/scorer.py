"""One list of labels held against a reference set: its z, its match, and whether none applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure
from framed.photo import Tones
from framed.score_facts import ScoreFacts
from framed.scores.calibration import Calibration
from framed.scores.match import SHARE, THRESHOLD, share_logit, sigmoid
from framed.scores.nothing import none_match
from framed.scores.products import products
from framed.scores.standing import Background
from framed.scores.witness import Witnesses
from runners.clip.ranking import softmax
from runners.clip.reference.build import ReferenceSet

_TEMPERATURE = 0.01  # of `prob`, unless a request asks for another
_WINS = 0.5  # share among all labels

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Scored:
    """Of N labels in a photo: z and match, [N], NaN where there is none, and whether none of them
    seems to apply (None where that cannot be told)."""

    z: Doubles
    match: Doubles
    none_match: bool | None


@dataclass(frozen=True, eq=False)
class Scorer:
    """`rows_at_mean` [N] are the labels' cosines with the reference photos' mean, `logits` [N] what
    is added to `slopes` [N] z, and `logits_unshared` the same without the bank's own shares.
    `shifts` [S, D] lead to the prototypes of the labels `shifted`, and `thresholds` [N] are the
    bank's own. Labels that are `apart` [N] say what a picture is that is no photo: each has at most
    its share among all labels as its match, and none of them counts in a picture that another label
    describes better.
    """

    background: Background
    slopes: Doubles
    rows_at_mean: Doubles
    logits: Doubles
    logits_unshared: Doubles
    shifted: npt.NDArray[np.intp]
    shifts: Doubles
    thresholds: Doubles
    apart: npt.NDArray[np.bool_]
    witnesses: Witnesses
    facts: ScoreFacts

    def score(
        self, photo: Floats, cosines: Doubles, share: float | None, tones: Tones | None
    ) -> Scored:
        """`photo` [D] and its `cosines` [N] with the labels; `share` counts in place of the bank's.

        None of these is told by z without prototypes and without the pixels' word.
        """
        level, deviation = self.background.spread_of_one(photo)
        plain = (cosines - self.rows_at_mean - level) / deviation
        z = self._with_prototypes(plain, photo, deviation)
        match = sigmoid(self.slopes * z + self._logits(share, tones))
        shares = softmax(cosines, _TEMPERATURE)[self.apart]
        match[self.apart] = np.minimum(match[self.apart], shares)
        told = bool(np.isfinite(plain).all())
        return Scored(z, match, self._none_of(plain, shares) if told else None)

    def _none_of(self, z: Doubles, shares: Doubles) -> bool:
        wins = bool((shares >= _WINS).any())
        lists = [z[~self.apart], z[self.apart]] if wins else [z[~self.apart]]
        return all(none_match(each) for each in lists if len(each))

    def _with_prototypes(self, plain: Doubles, photo: Floats, deviation: float) -> Doubles:
        if not len(self.shifted):
            return plain
        z = plain.copy()
        apart = photo.astype(np.float64) - self.background.mean
        z[self.shifted] += products(apart, self.shifts) / deviation
        return z

    def _logits(self, share: float | None, tones: Tones | None) -> Doubles:
        logits = self.logits if share is None else self.logits_unshared + share_logit(share)
        said = self.witnesses.corrections(tones)
        if not said:
            return logits
        logits = logits.copy()
        for place, correction in said.items():
            logits[place] += correction
        return logits


def scorer_of(
    labels: Sequence[str],
    rows: Floats,
    reference: ReferenceSet,
    structure: BankStructure | None = None,
    calibration: Calibration | None = None,
    *,
    ignored: str | None = None,
) -> Scorer:
    """The scorer of `labels` with unit `rows` [N, D]; `ignored` says why a calibration that the
    bank has is not the one given."""
    structure = structure or BankStructure()
    slopes, unshared, shared = _lines(labels, reference, structure, calibration)
    shifts = calibration.shifts if calibration else {}
    shifted = [index for index, label in enumerate(labels) if label in shifts]
    mean = reference.background.mean
    threshold = _threshold(structure, calibration)
    return Scorer(
        background=reference.background,
        slopes=slopes,
        rows_at_mean=products(mean, rows),
        logits=shared,
        logits_unshared=unshared,
        shifted=np.array(shifted, np.intp),
        shifts=np.array([shifts[labels[at]] for at in shifted], np.float64).reshape(-1, len(mean)),
        thresholds=_thresholds(labels, structure, threshold),
        apart=np.array([label in structure.apart for label in labels], bool),
        witnesses=Witnesses.of(labels),
        facts=_facts(reference, structure, calibration, threshold, ignored),
    )


def _lines(
    labels: Sequence[str],
    reference: ReferenceSet,
    structure: BankStructure,
    calibration: Calibration | None,
) -> tuple[Doubles, Doubles, Doubles]:
    """Each label's slope, and what is added to slope z, without and with the bank's shares.

    What a calibration knows of a label has its share inside; of others it knows nothing.
    """
    slopes = np.full(len(labels), reference.slope)
    plain = np.full(len(labels), reference.offset)
    shares = _share_logits(labels, structure)
    offsets = calibration.offsets if calibration else {}
    for index, label in enumerate(labels):
        if calibration and label in offsets:
            slopes[index] = calibration.slope
            plain[index] = calibration.offset + offsets[label]
            shares[index] = 0.0
    return slopes, plain, plain + shares


def _share_logits(labels: Sequence[str], structure: BankStructure) -> Doubles:
    usual = SHARE if structure.share is None else structure.share
    logits = np.full(len(labels), share_logit(usual))
    for index, label in enumerate(labels):
        facts = structure.facts.get(label)
        if facts is not None and facts.share is not None:
            logits[index] = share_logit(facts.share)
    return logits


def _threshold(structure: BankStructure, calibration: Calibration | None) -> float:
    """The bank's default: what its author wrote, else what was learnt, else Framed's own."""
    if structure.match_threshold is not None:
        return structure.match_threshold
    learnt = calibration.match_threshold if calibration else None
    return THRESHOLD if learnt is None else learnt


def _thresholds(labels: Sequence[str], structure: BankStructure, usual: float) -> Doubles:
    thresholds = np.full(len(labels), usual)
    for index, label in enumerate(labels):
        facts = structure.facts.get(label)
        if facts is not None and facts.threshold is not None:
            thresholds[index] = facts.threshold
    return thresholds


def _facts(
    reference: ReferenceSet,
    structure: BankStructure,
    calibration: Calibration | None,
    threshold: float,
    ignored: str | None,
) -> ScoreFacts:
    return ScoreFacts(
        reference=reference.version,
        slope=calibration.slope if calibration else reference.slope,
        offset=calibration.offset if calibration else reference.offset,
        calibrated=calibration.source if calibration else "no",
        photos=calibration.photos if calibration else 0,
        date=calibration.date if calibration else None,
        ignored=ignored,
        prototypes=len(calibration.shifts) if calibration else 0,
        match_threshold=threshold,
        share=SHARE if structure.share is None else structure.share,
    )
