"""The figures beside each other, as the section of docs/performance.md that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from scripts.peers.figures import Figures
from scripts.peers.peer import Peer

START, END = "<!-- peers: begin -->", "<!-- peers: end -->"


@dataclass(frozen=True)
class Measure:
    """A line of the table: its words, its figure, and whether more of it is better."""

    words: str
    figure: Callable[[Figures], float]
    digits: int = 0
    more_is_better: bool = False

    def ratio(self, ours: Figures, theirs: Figures) -> float:
        """How many times as good as theirs ours is."""
        one, other = self.figure(ours), self.figure(theirs)
        return one / other if self.more_is_better else other / one

    def cell(self, ours: Figures, theirs: Figures) -> str:
        """Their figure, and the ratio where they are not us."""
        figure = f"{self.figure(theirs):,.{self.digits}f}"
        return figure if theirs is ours else f"{figure} ({self.ratio(ours, theirs):.2f})"


PHOTOS = Measure("photos/s, 16 clients", lambda it: it.speed.photos_s, 1, more_is_better=True)
P50 = Measure("p50 of one client, ms", lambda it: it.speed.p50_ms)
CPU = Measure("CPU ms a photo, 16 clients", lambda it: it.speed.cpu_ms)
MEMORY = Measure("memory, MB", lambda it: it.once.memory_mb)
STARTED = Measure("start to the first right answer, s", lambda it: it.speed.start_s, 1)
DISK = Measure("environment on disk, MB", lambda it: it.disk_mb)
MEASURES = (PHOTOS, P50, CPU, MEMORY, STARTED, DISK)


def least_ratio(measure: Measure, figures: Mapping[str, Figures], ours: str) -> float:
    """Of ours with the best of the others; there is one."""
    return min(
        measure.ratio(figures[ours], theirs) for name, theirs in figures.items() if name != ours
    )


def table(peers: Sequence[Peer], figures: Mapping[str, Figures], ours: str) -> str:
    """A column a server, a line a measure; in brackets how many times as good ours is, where ours
    was measured."""
    shown = [peer for peer in peers if peer.name in figures]
    theirs = [figures[peer.name] for peer in shown]
    lines = [_line("", [peer.title for peer in shown]), _line("---", ["---:"] * len(shown))]
    for measure in MEASURES:
        cells = [measure.cell(figures.get(ours, it), it) for it in theirs]
        lines.append(_line(measure.words, cells))
    lines += [_line(words, [cell(it) for it in theirs]) for words, cell in _PLAIN]
    return "\n".join(lines)


def section(peers: Sequence[Peer], figures: Mapping[str, Figures], ours: str, machine: str) -> str:
    """The whole of what stands between the two marks in docs/performance.md."""
    notes = [f"- **{peer.title}**: {peer.settings}." for peer in peers if peer.name in figures]
    parts = [START, f"Machine: {machine}.", table(peers, figures, ours), "\n".join(notes), END]
    return "\n\n".join(parts)


def replaced(document: str, section: str) -> str:
    """The document with this section in place of the one between the marks.

    `ValueError` where the marks are not there once each, in order.
    """
    before, start, rest = document.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end or START in after or END in after:
        raise ValueError(f"the document has no one place between {START} and {END}")
    return f"{before}{section}{after}"


def _others(it: Figures) -> str:
    return f"{it.once.beside.failed} of {it.once.beside.others}"


def _status(it: Figures) -> str:
    status = it.once.beside.status
    return "no answer" if status is None else f"{status} {HTTPStatus(status).phrase}"


def _cosines(it: Figures) -> str:
    return f"{it.once.agreement.cosine:.4f}, {it.once.agreement.centred:.3f}"


_PLAIN: Sequence[tuple[str, Callable[[Figures], str]]] = (
    ("... after so many requests", lambda it: f"{it.once.requests:,}"),
    ("others' requests that fail beside a truncated photo", _others),
    ("how the truncated photo is answered", _status),
    ("least cosine to open_clip, and centred", _cosines),
)


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {' | '.join([head, *cells])} |"
