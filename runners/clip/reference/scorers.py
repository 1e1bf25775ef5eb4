"""The scorers of one model's banks, made behind the questions: nothing ever waits for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from queue import Queue
from threading import Thread
from weakref import WeakKeyDictionary

from runners.clip.banks.bank import LabelBank
from runners.clip.reference.build import Encode, ReferenceSet, build_reference
from runners.clip.reference.learnt import served_calibration
from runners.clip.reference.material import Material
from runners.clip.reference.photos import ReferencePhotos, Rows
from runners.clip.reference.scorer import Scorer, scorer_of

PENDING, FAILED, OFF = "reference_pending", "reference_failed", "match_off"

_ENDING = "cannot schedule new futures"  # as an executor says when its process ends
_PAUSE = 0.02  # seconds between two looks of who waits
_LAST_MOMENT = 2.0  # seconds for what is being encoded now

_log = logging.getLogger("framed.clip.reference")


@dataclass(frozen=True)
class ReferenceMaker:
    """What makes the reference sets of one model, of that name: its photos, its words to vectors,
    and its `revision`."""

    name: str
    photos: ReferencePhotos
    encode: Encode
    revision: str

    @property
    def material(self) -> Material:
        """The photos, words and labels that ship with Framed."""
        return self.photos.material


class Scorers:
    """A scorer for each bank that serves; never any where `make` is None.

    `make` looks for the material. Photos are looked at once, in a thread of their own, and words
    once for each set of templates. Until that is done, and where it fails, there is no scorer, and
    `reason` says which.
    """

    def __init__(self, make: Callable[[], ReferenceMaker] | None) -> None:
        self._make = make
        self._made: tuple[ReferenceMaker, Rows] | None = None
        self._sets: dict[tuple[str, ...], ReferenceSet] = {}
        self._scorers: WeakKeyDictionary[LabelBank, Scorer] = WeakKeyDictionary()
        self._coming: Queue[LabelBank | None] = Queue()
        self._failed: frozenset[tuple[str, ...]] | None = frozenset()  # templates; None: all
        self._closed = False
        self._thread = Thread(target=self._work, name="reference", daemon=True)

    def reason(self, templates: Sequence[str]) -> str:
        """Why there is no scorer of banks of these templates, where there is none."""
        if self._make is None:
            return OFF
        return FAILED if self._has_failed(templates) else PENDING

    @property
    def busy(self) -> bool:
        """Whether some are still being made."""
        return self._thread.is_alive() and self._coming.unfinished_tasks > 0

    def of(self, bank: LabelBank) -> Scorer | None:
        """The scorer of `bank`, once it is there."""
        return self._scorers.get(bank)

    def of_templates(self, templates: Sequence[str]) -> ReferenceSet | None:
        """What labels through these templates are held against, once it is there."""
        return self._sets.get(tuple(templates))

    def expect(self, bank: LabelBank) -> None:
        """Have a scorer for `bank`: at once where its reference set is there, else later."""
        if self._make is None or bank in self._scorers:
            return
        if (reference := self.of_templates(bank.templates)) is not None:
            self._add(bank, reference)
        elif not self._has_failed(bank.templates):
            self._coming.put(bank)

    def start(self) -> None:
        """Begin to make what is expected."""
        if self._make is not None:
            self._thread.start()

    def wait(self) -> None:
        """Block until all that is expected is there, or has failed."""
        while self.busy:
            time.sleep(_PAUSE)

    def close(self) -> None:
        """Make no more, and let go of the engine."""
        self._closed = True
        self._coming.put(None)
        if self._thread.is_alive():
            self._thread.join(_LAST_MOMENT)

    def _has_failed(self, templates: Sequence[str]) -> bool:
        return self._failed is None or tuple(templates) in self._failed

    def _work(self) -> None:
        try:
            self._made = self._looked_at()
        except (Exception, CancelledError) as error:  # whatever it is, only `match` is lost by it
            self._fail(None, error)
            return
        while (bank := self._coming.get()) is not None and not self._closed:
            try:
                self._add(bank, self._set_of(bank.templates))
            except (Exception, CancelledError) as error:
                self._fail(bank, error)
            self._coming.task_done()

    def _looked_at(self) -> tuple[ReferenceMaker, Rows]:
        assert self._make is not None  # else nothing was started
        maker = self._make()
        return maker, maker.photos.rows()

    def _fail(self, bank: LabelBank | None, error: BaseException) -> None:
        if self._closed or _ENDING in str(error):
            return
        if bank is None or self._failed is None:
            self._failed = None
        else:
            self._failed |= {bank.templates}
        whose = "no label" if bank is None else f"no label of the templates of bank {bank.name}"
        _log.error("%s has a match: the reference set could not be made: %r", whose, error)

    def _set_of(self, templates: tuple[str, ...]) -> ReferenceSet:
        if (known := self._sets.get(templates)) is not None:
            return known
        assert self._made is not None  # the photos come first
        maker, rows = self._made
        start = time.perf_counter()
        made = build_reference(maker.material, rows, templates, maker.encode, maker.revision)
        self._sets = {**self._sets, templates: made}
        words = "reference set %s of %s: %d photos, %d words, match = sigmoid(%.3f z %+.3f), %.1f s"
        facts = len(rows), len(maker.material.words), made.slope, made.offset
        _log.info(words, made.version, maker.name, *facts, time.perf_counter() - start)
        return made

    def _add(self, bank: LabelBank, reference: ReferenceSet) -> None:
        assert self._made is not None  # the reference set comes of it
        calibration, ignored = served_calibration(bank, reference, self._made[0].material)
        if ignored:
            _log.warning("bank %s: not all of its calibration is used: %s", bank.name, ignored)
        self._scorers[bank] = scorer_of(
            bank.labels,
            bank.embeddings,
            reference,
            bank.structure,
            calibration,
            ignored=ignored,
        )
