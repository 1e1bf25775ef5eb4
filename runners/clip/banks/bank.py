"""A label bank: labels and the unit vector of each, frozen once built."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure, LabelFacts
from framed.errors import Code, FramedError
from framed.score_facts import ScoreFacts
from framed.scores.calibration import Calibration
from runners.clip.banks.kept_structure import structure_body

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_RECIPE = 1  # how prompts become a row; another way of building must not find the old rows


@dataclass(frozen=True, eq=False)
class LabelBank:
    """Labels and templates in file order; `embeddings` [N, D] float32 holds a unit row a label
    and is read-only. `checksum` says which labels, templates and model they come from; the `names`
    that people are shown (language -> label -> name) have no part in it, nor has the `structure`
    where it changes no vector. `calibration` is what the bank learnt from examples; where these are
    to rank it, too, `prototypes` are its unit rows by them."""

    name: str
    labels: tuple[str, ...]
    templates: tuple[str, ...]
    checksum: str
    embeddings: npt.NDArray[np.float32]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    structure: BankStructure = field(default_factory=BankStructure)
    calibration: Calibration | None = None
    prototypes: npt.NDArray[np.float32] | None = None

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """The unit rows [N, D] that rank its labels."""
        return self.embeddings if self.prototypes is None else self.prototypes

    @cached_property
    def apart(self) -> npt.NDArray[np.bool_]:
        """Which of its labels are ranked beside the others, [N]."""
        apart = self.structure.apart
        return np.array([label in apart for label in self.labels], bool)

    @cached_property
    def identity(self) -> str:
        """See `identity_of`."""
        return identity_of(self.checksum, self.names, self.structure)


def edition(bank: LabelBank, scores: ScoreFacts) -> str:
    """16 hex digits that change with anything an answer of the bank depends on."""
    return hashlib.sha256(f"{bank.identity} {scores}".encode()).hexdigest()[:16]


def identity_of(
    checksum: str, names: Mapping[str, Mapping[str, str]], structure: BankStructure
) -> str:
    """What a bank is kept and known by among servers: its checksum, with 16 hex digits more that
    change with names, groups, parents and all else that it says of its labels, if it does."""
    if not names and structure == BankStructure():
        return checksum
    said = json.dumps(names, sort_keys=True) + json.dumps(structure_body(structure))
    return checksum + hashlib.sha256(said.encode()).hexdigest()[:16]


_SAYS_NOTHING = BankStructure()


def bank_checksum(
    labels: Sequence[str],
    templates: Sequence[str],
    model_revision: str,
    structure: BankStructure = _SAYS_NOTHING,
    learnt: str = "",
) -> str:
    """16 hex digits that change with any label, any template, their order, or the model; also with
    what the bank says of how sure its labels must be, in which words, and which are apart, and with
    `learnt`, the digest of its calibration. Other groups and parents have no part in it."""
    facts: list[object] = [_RECIPE, list(labels), list(templates), model_revision]
    if said := _said(structure) | ({"learnt": learnt} if learnt else {}):
        facts.append(said)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _said(structure: BankStructure) -> dict[str, object]:
    """The part of a structure that the checksum covers, empty where none of it is said."""
    by_label = {
        label: [said.share, said.threshold, said.templates, said.synonyms]
        for label, said in sorted(structure.facts.items())
        if replace(said, parent=None) != LabelFacts()
    }
    said = {
        "share": structure.share,
        "match_threshold": structure.match_threshold,
        "labels": by_label or None,
        "apart": sorted(structure.apart) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def check_bank_name(name: str, known: Sequence[str] = ()) -> None:
    """Raises `FramedError` (unknown bank) unless `name` is 1 to 64 of a-z, 0-9, `_` and `-`.

    A name becomes part of a path, and comes from callers.
    """
    if not _NAME.fullmatch(name):
        raise unknown_bank(name, known)


def unknown_bank(name: str, known: Sequence[str]) -> FramedError:
    """The refusal of a bank that is not there; it names the nearest of those that are."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    there = f" Known: {', '.join(known)}." if known else ""
    return FramedError(Code.UNKNOWN_BANK, f"There is no label bank {name[:80]!r}{hint}{there}")


def refused_bank(name: str) -> FramedError:
    """The refusal of a bank that lies in its folder, but has never been good enough to serve."""
    return FramedError(
        Code.UNKNOWN_BANK,
        f"There is a label bank {name!r}, but its files were refused; `/reload` it to hear why, or "
        "see the log.",
    )
