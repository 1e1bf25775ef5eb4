"""Words and detectors, taught together: kinds come to their labels, photos stay where they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from tqdm import tqdm

from scripts.mini.drawn.detectors import Detectors, opened
from scripts.mini.drawn.trunk_end import TrunkEnd
from scripts.mini.drawn.words import Words, mean_rows

WORDS_FIRST, STEPS = 100, 300
BATCH, PHOTOS, FEATURES = 48, 512, 2048  # of each step
ROW_RATE, RATE = 0.015, 4e-3
_FURTHER = 0.6  # of those rates, for what was taught before
_LEAD, _BELOW, _BELOW_MANY = 0.12, 0.12, 0.10  # cosines
_SHARPNESS = 0.03
_SHUT_BY, _SHUT, _SHUT_FROM = 0.9, 4.0, 160  # steps: at once it would shut them for all
_HARD, _LOOK = -0.5, 40  # from which a photo is asked for more often; steps between looks
_FIRST = 6  # templates, those of the default bank


@dataclass(frozen=True)
class Lesson:
    """What is taught.

    `drawn` [P, 192, 7, 7] goes before the blocks, `plain` [P, D] are embeddings without detectors,
    and `kind` [P] is the label of each. `photos` are like `drawn`, and `seen` [Q, D] embeddings of
    photos as they are. `few` and `many` are the rows [N, D] of labels that the kinds must pass,
    those of photos as well as they can.
    """

    drawn: torch.Tensor
    plain: torch.Tensor
    kind: torch.Tensor
    photos: torch.Tensor
    seen: torch.Tensor
    few: torch.Tensor
    many: torch.Tensor


def teach(
    lesson: Lesson,
    end: TrunkEnd,
    detectors: Sequence[Detectors],
    words: Words,
    seed: int,
    *,
    further: bool = False,
) -> None:
    """Trains `detectors` and `words` in place, those that were taught before `further`."""
    dice, slower = torch.Generator().manual_seed(seed), (_FURTHER if further else 1.0)
    if not further:
        _words_first(lesson, words, dice)
    chain = end.chain(lesson.photos)
    after = torch.cat([end.block(0, part) for part in torch.split(lesson.drawn, 64)]).detach()
    every = [it for each in detectors for it in each.parameters()]
    optimizer = torch.optim.Adam(
        [
            {"params": [words.rows], "lr": slower * ROW_RATE},
            {"params": every, "lr": slower * RATE},
        ]
    )
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate)
    hard = torch.ones(len(lesson.photos))
    for at in tqdm(range(STEPS), desc="drawn", disable=None):
        if at % _LOOK == 0:
            hard = _hardness(detectors, chain)
        chosen = torch.randint(len(lesson.kind), (BATCH,), generator=dice)
        rows = mean_rows(words()[:, _templates(at, dice)])
        seen = embedded(end, detectors, lesson.drawn[chosen], after[chosen])
        loss = _apart(seen, rows, lesson, chosen)
        loss = loss + _no_photo(_some(lesson.seen, dice), rows, lesson)
        asked = torch.multinomial(hard, min(PHOTOS, len(hard)), generator=dice)
        shut = _shut(detectors, [states[asked] for states in chain])
        loss = loss + min(1.0, (at + 5) / _SHUT_FROM) * shut
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(every, 2.0)
        optimizer.step()
        rates.step()


def _words_first(lesson: Lesson, words: Words, dice: torch.Generator) -> None:
    """As far as words alone go, for detectors to begin with what they are good for."""
    optimizer = torch.optim.Adam([words.rows], lr=ROW_RATE)
    for at in tqdm(range(WORDS_FIRST), desc="words", disable=None):
        chosen = torch.randint(len(lesson.kind), (8 * BATCH,), generator=dice)
        rows = mean_rows(words()[:, _templates(at, dice)])
        loss = _apart(lesson.plain[chosen], rows, lesson, chosen)
        loss = loss + _no_photo(_some(lesson.seen, dice), rows, lesson)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _some(seen: torch.Tensor, dice: torch.Generator) -> torch.Tensor:
    return seen[torch.randint(len(seen), (FEATURES,), generator=dice)]


def embedded(
    end: TrunkEnd,
    detectors: Sequence[Detectors],
    states: torch.Tensor,
    first: torch.Tensor | None = None,
) -> torch.Tensor:
    """Unit rows [P, D] with the detectors; `first` is the first block's output without them."""
    for at, detector in enumerate(detectors):
        plain = first if at == 0 and first is not None else end.block(at, states)
        states = plain + detector(states)
    return end.embedding(states)


def _apart(
    seen: torch.Tensor, rows: torch.Tensor, lesson: Lesson, chosen: torch.Tensor
) -> torch.Tensor:
    """Each picture's own label leads all others, of its bank and of the larger one."""
    kind, count = lesson.kind[chosen], int(lesson.kind.max()) + 1
    cosines = seen @ rows.T
    own = functional.one_hot(kind, len(rows)).float() * _LEAD
    others = torch.cat([seen @ lesson.few.T, seen @ lesson.many.T], dim=1)
    logits = torch.cat([cosines - own, others], dim=1) / _SHARPNESS
    assert len(rows) >= count
    return functional.cross_entropy(logits, kind)


def _no_photo(seen: torch.Tensor, rows: torch.Tensor, lesson: Lesson) -> torch.Tensor:
    """No label of theirs comes near the best of a photo's own."""
    cosines = seen @ rows.T
    best = (seen @ lesson.few.T).max(dim=1, keepdim=True).values
    many = (seen @ lesson.many.T).max(dim=1, keepdim=True).values
    over = functional.relu(cosines - best + _BELOW)
    over = over + functional.relu(cosines - many + _BELOW_MANY)
    return 200 * (over**2).sum(dim=1).mean() + 8 * over.max(dim=1).values.mean()


def _shut(detectors: Sequence[Detectors], chain: Sequence[torch.Tensor]) -> torch.Tensor:
    """No detector comes near to opening for a photo."""
    tops = [it.before(states).amax((2, 3)) for it, states in zip(detectors, chain, strict=True)]
    return _SHUT * sum(
        ((functional.relu(top + _SHUT_BY) ** 2).sum(dim=1).mean() for top in tops),
        start=torch.zeros(()),
    )


@torch.no_grad()
def _hardness(detectors: Sequence[Detectors], chain: Sequence[torch.Tensor]) -> torch.Tensor:
    top = opened(detectors, chain)
    return 1 + 30 * (top > _HARD).float() + 60 * (top > 0).float()


def _templates(at: int, dice: torch.Generator, count: int = 9) -> torch.Tensor:
    """The default bank's every third step, else any."""
    if at % 3 == 0:
        return torch.arange(count) < _FIRST
    drawn = torch.rand(count, generator=dice) < 0.5
    return drawn if bool(drawn.any()) else torch.arange(count) == 0


def _rate(at: int) -> float:
    return min(1.0, (at + 1) / 20) * (0.5 * (1 + math.cos(math.pi * at / STEPS)) + 0.02)


def right(
    seen: torch.Tensor, rows: torch.Tensor, others: torch.Tensor, kind: torch.Tensor
) -> Mapping[int, float]:
    """The share of each kind's pictures whose first label is its own."""
    first = torch.cat([seen @ rows.T, seen @ others.T], dim=1).argmax(dim=1)
    return {at: float((first[kind == at] == at).float().mean()) for at in _each(kind)}


def _each(kind: torch.Tensor) -> Iterator[int]:
    yield from sorted({int(it) for it in kind})
