"""Words and photos to the set that fits the templates of a bank."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from framed.results import Embedding
from framed.scores.fit import fit_line
from framed.scores.standing import Background, standing
from runners.clip.banks.bank_text import BankText
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.reference.material import Material

Rows = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Mapping[str, Embedding]]

_RECIPE = 1  # how the set is made; what was learnt from another does not hold for it


@dataclass(frozen=True, eq=False)
class ReferenceSet:
    """What a model's labels of one set of templates are held against, and `photos` [P, D], which
    were judged on the labels of `rows` [N, D]. `version` (16 hex digits) is that of the checkpoint,
    the templates and the material together."""

    version: str
    templates: tuple[str, ...]
    background: Background
    slope: float
    offset: float
    photos: Rows
    rows: Rows


def reference_version(revision: str, templates: Sequence[str], material: str) -> str:
    """What names the set, known before it is built."""
    facts = [_RECIPE, revision, list(templates), material]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def build_reference(
    material: Material, photos: Rows, templates: Sequence[str], encode: Encode, revision: str
) -> ReferenceSet:
    """The set for banks of these templates; slope and offset are fitted on the judged labels."""
    words = _rows(material.words, templates, encode, revision)
    rows = _rows(material.labels, templates, encode, revision)
    background = Background(photos.astype(np.float64).mean(axis=0), words.astype(np.float64))
    truth = material.truth
    slope, offset = fit_line(standing(photos, rows, background), truth, np.ones_like(truth))
    version = reference_version(revision, templates, material.version)
    return ReferenceSet(version, tuple(templates), background, slope, offset, photos, rows)


def _rows(labels: Sequence[str], templates: Sequence[str], encode: Encode, revision: str) -> Rows:
    text = BankText("reference", tuple(labels), tuple(templates))
    return assemble_bank(text, encode(prompts_of(text)), revision).embeddings
