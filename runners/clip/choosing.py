"""Which labels of a photo are answered, and in which order: pure, on arrays of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt

from framed.bank_structure import BankStructure
from framed.errors import Code, FramedError
from framed.questions import BY_MATCH, BY_PROB, BY_Z, ORDERS, RankQuestion
from framed.results import UNSURE, Adjustment, RankedLabel
from runners.clip.ranking import Doubles, clamp_top_k, softmax

Indices = npt.NDArray[np.intp]

_EVEN = 0.5  # of the logarithm of a share, beside that of the odds of a match
_SHARPEST = 1e-6  # temperature; below it nothing but shares would count


@dataclass(frozen=True, eq=False)
class Table:
    """All N labels of a list in one photo: cosine, share of the whole list, and z and match (NaN
    where a label has none), [N]; `thresholds` [N] are the bank's own, of match. `none_match` says
    whether none of them seems to apply, where that can be told."""

    labels: Sequence[str]
    structure: BankStructure
    cosines: Doubles
    shares: Doubles
    z: Doubles
    match: Doubles
    thresholds: Doubles
    none_match: bool | None = None

    @property
    def has_match(self) -> bool:
        """Whether any label has one."""
        return not bool(np.isnan(self.match).all())

    def rows(self, indices: Indices | Sequence[int], *, parents: bool) -> tuple[RankedLabel, ...]:
        """These labels, as they are answered."""
        return tuple(self._row(int(index), parents=parents) for index in indices)

    def _row(self, index: int, *, parents: bool) -> RankedLabel:
        label = self.labels[index]
        return RankedLabel(
            label,
            float(self.shares[index]),
            float(self.cosines[index]),
            match=_number(self.match[index]),
            z=_number(self.z[index]),
            parents=self.structure.parents(label) if parents else (),
        )


def how_many(table: Table, question: RankQuestion) -> tuple[int, tuple[Adjustment, ...]]:
    """The most labels that are answered, and the adjustment where another number was asked for."""
    available = len(table.labels)
    if question.top_k is None and question.match_threshold is not None and table.has_match:
        return available, ()
    return clamp_top_k(question.top_k, available, question.most)


def best(table: Table, question: RankQuestion, top_k: int) -> tuple[RankedLabel, ...]:
    """The `top_k` first of those that pass the threshold of match, where there is one; of each
    exclusive group only the best of these.

    A best share below the question's `threshold` gives the one result "unsure" with the best's
    figures. Raises `invalid_parameter` for an order that there is not.
    """
    order = _ordered(table, question)
    first = int(np.argmax(table.cosines))
    if table.shares[first] < question.threshold:
        (row,) = table.rows([first], parents=False)
        return (replace(row, label=UNSURE),)
    passing = _passing(table, question)
    return table.rows(order[passing[order]][:top_k], parents=question.parents)


def best_of_groups(table: Table, question: RankQuestion) -> Mapping[str, tuple[RankedLabel, ...]]:
    """The best of each group, by share and match together, with the share that each has within its
    group; none where nobody asked."""
    if question.top_k_per_group is None:
        return {}
    where = {label: index for index, label in enumerate(table.labels)}
    passing, together = _passing(table, question), _together(table, question.temperature)
    groups = {
        name: np.array([where[label] for label in group.labels], np.intp)
        for name, group in table.structure.groups.items()
    }
    return {
        name: _of_group(table, indices, passing[indices], together[indices], question)
        for name, indices in groups.items()
    }


def _of_group(
    table: Table,
    indices: Indices,
    passing: npt.NDArray[np.bool_],
    together: Doubles,
    question: RankQuestion,
) -> tuple[RankedLabel, ...]:
    shares = softmax(table.cosines[indices], question.temperature)
    order = _falling(together)
    chosen = order[passing[order]][: question.top_k_per_group]
    rows = table.rows(indices[chosen], parents=question.parents)
    pairs = zip(rows, shares[chosen], strict=True)
    return tuple(replace(row, group_prob=float(share)) for row, share in pairs)


def _ordered(table: Table, question: RankQuestion) -> Indices:
    """All labels, the first one first, by share where there is no match; ties stay as they are."""
    if question.order == BY_PROB or (question.order in ORDERS and not table.has_match):
        return _falling(table.cosines)
    if question.order in (BY_MATCH, BY_Z):
        return _falling(_known(table.match if question.order == BY_MATCH else table.z))
    if question.order not in table.structure.groups:
        raise _no_order(question.order, table.structure)
    members = frozenset(table.structure.groups[question.order].labels)
    order = _falling(_together(table, question.temperature))
    inside = np.array([label in members for label in table.labels])[order]
    return np.concatenate([order[inside], order[~inside]])


def _together(table: Table, temperature: float) -> Doubles:
    """What share and match say together, where there is a match: sqrt(share) x odds of match.

    Of 338 photos from elsewhere .914 had a right subject first by this, .891 by share alone and
    .876 by match alone (the embedded model, the default bank).
    """
    if np.isnan(table.match).any():
        return table.cosines
    with np.errstate(divide="ignore", over="ignore"):
        odds = np.log(table.match) - np.log1p(-table.match)
        both: Doubles = _EVEN * table.cosines / max(temperature, _SHARPEST) + odds
    return both


def _falling(values: Doubles) -> Indices:
    return np.argsort(-values, kind="stable")


def _passing(table: Table, question: RankQuestion) -> npt.NDArray[np.bool_]:
    """Which labels pass: all, where no threshold is asked for, or no match is to be had."""
    least = table.thresholds if question.match_threshold == "bank" else question.match_threshold
    if least is None or not table.has_match:
        return np.ones(len(table.labels), bool)
    passing: npt.NDArray[np.bool_] = table.match >= least
    exclusive = [frozenset(g.labels) for g in table.structure.groups.values() if g.exclusive]
    return _one_of_each(table, passing, exclusive) if exclusive else passing


def _one_of_each(
    table: Table, passing: npt.NDArray[np.bool_], exclusive: Sequence[frozenset[str]]
) -> npt.NDArray[np.bool_]:
    """Of those that pass, without any that a better match of one of its groups excludes."""
    kept, taken = passing.copy(), set[int]()
    for index in _falling(_known(table.match)):
        mine = {at for at, group in enumerate(exclusive) if table.labels[index] in group}
        if passing[index] and mine & taken:
            kept[index] = False
        elif passing[index]:
            taken |= mine
    return kept


def _known(values: Doubles) -> Doubles:
    return np.where(np.isnan(values), -np.inf, values)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _no_order(order: str, structure: BankStructure) -> FramedError:
    known = (*ORDERS, *structure.groups)
    near = get_close_matches(order, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}."
    problem = "there is no such order, and the bank has no group of that name"
    shown = order[:80]
    return FramedError(
        Code.INVALID_PARAMETER,
        f"order={shown}: {problem}; {hint}",
        details={"parameters": [{"name": "order", "value": shown, "problem": problem}]},
    )
