"""What a calibration comes to, in lines of text: figures, each label's part, and warnings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from framed.bank_structure import BankStructure
from framed.scores import judging
from framed.scores.calibration import Calibration
from framed.scores.judging import Pairs
from framed.scores.thresholds import least_true

FEW_PHOTOS = 10
FEW_EXAMPLES = 3

_NAMED = 20  # labels or words, in one warning
_NO_FIGURE = "-"
_BEFORE, _AFTER = "before", "after, photo left out"
_SHOWN_DIGITS = 3  # of micro AP, which is compared as it is shown


def compared(
    before: Pairs, after: Pairs, served: tuple[Calibration, Pairs] | None
) -> dict[str, Pairs]:
    """The match of the same photos, by the names that are shown: of a bank that learnt nothing, by
    the calibration that it serves with now, if any, and of each photo as learnt from the others."""
    now = {} if served is None else {_served_name(served[0]): served[1]}
    return {_BEFORE: before, **now, _AFTER: after}


def figure_lines(rows: Mapping[str, Pairs]) -> Iterator[str]:
    """A table of what was `compared`."""
    width = max(map(len, rows)) + 1
    yield f"{'':<{width}}{'micro AP':>9}{'ECE':>7}{'F1 at .5':>10}{'F1 at .3':>10}"
    for name, pairs in rows.items():
        yield f"{name:<{width}}{_figures(pairs)}"


def losses(rows: Mapping[str, Pairs]) -> Iterator[str]:
    """What of the `compared` is better than what was learnt."""
    after = _shown_precision(rows[_AFTER])
    for name, pairs in rows.items():
        better = _shown_precision(pairs)
        if after is not None and better is not None and better > after:
            unless = "" if name == _BEFORE else ", unless that learnt from these very photos"
            yield (
                f"match gets worse by this: micro AP {better:.3f} {name}, {after:.3f} after"
                f"{unless}; label more photos, or leave the bank as it is"
            )


def label_lines(calibration: Calibration) -> Iterator[str]:
    """The line, and each label with examples: how many, and its offset; the others together."""
    line = f"{calibration.slope:.2f} z {calibration.offset:+.2f}"
    yield f"match = sigmoid({line} + the label's offset), from {calibration.photos} photos"
    known = [label for label, count in calibration.counts.items() if count]
    width = max([len(label) for label in known] + [len("label")])
    yield f"{'label':<{width}}  examples  offset"
    for label in known:
        count, offset = calibration.counts[label], calibration.offsets[label]
        yield f"{label:<{width}}  {count:>8}  {offset:>+6.2f}"
    others = [
        offset for label, offset in calibration.offsets.items() if not calibration.counts[label]
    ]
    if others:
        yield f"and {len(others)} without an example: {min(others):+.2f} to {max(others):+.2f}"


def too_few(after: Pairs, wanted: float) -> str:
    """Why no threshold can be promised to keep the `wanted` share of true labels."""
    promised = f"too few to promise {_percent(wanted)} of others"
    return f"{after.true.sum()} true labels are {promised}, it takes {least_true(wanted)}"


def promise(after: Pairs, threshold: float, wanted: float | None) -> str:
    """What a threshold keeps of the labels of photos left out; `wanted`: the share of the true ones
    that it was sought for (None: it was sought for a precision)."""
    recall = judging.recall(after, threshold) if wanted is None else wanted
    kept = f"{_percent(recall)} of true labels at match >= {threshold}"
    return f"keeps about {kept}, precision {_figure(judging.precision(after, threshold), 0, 2)}"


def warnings(
    calibration: Calibration,
    strange: Mapping[str, str | None],
    structure: BankStructure,
    faults: Collection[str],
    always: Sequence[str],
) -> Iterator[str]:
    """What makes the calibration worth less than it could be; `strange` words are no labels (the
    nearest of each), `faults` are photos that could not be read, and `always` are labels that are
    true of every photo that was judged on them."""
    for word, near in list(strange.items())[:_NAMED]:
        hint = f"; did you mean {near!r}?" if near else ""
        yield f"the bank has no label {word!r:.80}, it is ignored{hint}"
    if len(strange) > _NAMED:
        yield f"nor has it {len(strange) - _NAMED} other words of the list"
    if faults:
        yield f"photos that could not be read, and taught nothing: {len(faults)}"
    if calibration.match_threshold is not None and structure.match_threshold is not None:
        yield f"the match_threshold in the bank's own file, {structure.match_threshold}, stays"
    if calibration.photos < FEW_PHOTOS:
        yield f"{calibration.photos} photos teach little; label {FEW_PHOTOS} or more"
    counts = calibration.counts
    few = [f"{label} ({counts[label]})" for label in counts if 0 < counts[label] < FEW_EXAMPLES]
    if few:
        yield f"fewer than {FEW_EXAMPLES} examples: {_listed(few)}"
    if none := [label for label in counts if not counts[label]]:
        yield f"no example (`unknown`, if nobody looked for them): {_listed(none)}"
    if always:
        told = "true of all photos, so that match can tell nothing about it"
        yield f"{told}, without photos of which it is not true: {_listed(always)}"


def _served_name(calibration: Calibration) -> str:
    photos = calibration.photos
    shipped = calibration.source == "shipped"
    taught = f"{photos} reference photos" if shipped else f"calibration.json, {photos} photos"
    return f"served now ({taught})"


def _shown_precision(pairs: Pairs) -> float | None:
    found = judging.average_precision(pairs)
    return None if found is None else round(found, _SHOWN_DIGITS)


def _figures(pairs: Pairs) -> str:
    figures = (
        (judging.average_precision(pairs), 9, _SHOWN_DIGITS),
        (judging.expected_error(pairs), 7, 3),
        (judging.f1(pairs, 0.5), 10, 2),
        (judging.f1(pairs, 0.3), 10, 2),
    )
    return "".join(_figure(*each) for each in figures)


def _figure(value: float | None, width: int, digits: int) -> str:
    return f"{_NO_FIGURE:>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _percent(share: float | None) -> str:
    return _NO_FIGURE if share is None else f"{100 * share:.3g} %"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
