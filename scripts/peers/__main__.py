"""Framed beside other servers, on the same weights and photos: each in an environment of its own.

Prints the section of docs/performance.md that shows them; says on standard error how far Framed is
from what it wants to be. Environments are made once and kept.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from framed.cpus import granted_cpus
from scripts.arguments import count
from scripts.bench import SAMPLES
from scripts.benchmarks.machine import described
from scripts.benchmarks.models import BUILD
from scripts.benchmarks.row import NotMeasurableError
from scripts.peers.checkpoints import random_checkpoint, reference
from scripts.peers.environments import environment, size_mb
from scripts.peers.figures import Figures, Once, Speed, best
from scripts.peers.goals import goals
from scripts.peers.instructions import has_bf16, instructions
from scripts.peers.life import Conditions, living
from scripts.peers.peer import Peer
from scripts.peers.roster import OURS, PEERS
from scripts.peers.table import replaced, section
from scripts.peers.views import views

ENVIRONMENTS = BUILD / "peers"
_ROUNDS, _QUICK = 2, 1
_COMPARED = 12  # photos whose embeddings are held against open_clip's
EXIT_OK, EXIT_FAILURES = 0, 1


def chosen(only: Sequence[str], *, bf16: bool) -> list[Peer]:
    """The servers of these names (all, if none are given) that have a place on this CPU."""
    peers = [peer for peer in PEERS if peer.name in only or not only]
    return [peer for peer in peers if bf16 or not peer.needs_bf16]


def conditions(folder: Path, *, quick: bool) -> Conditions:
    """Weights, photos, and how long each server is asked."""
    photos = views([file.read_bytes() for file in sorted(folder.glob("*.jpg"))])
    made = random_checkpoint()
    rows = reference(made, photos[:_COMPARED], granted_cpus())
    many, one, weigh = (5.0, 3.0, 5.0) if quick else (10.0, 4.0, 25.0)
    return Conditions(made, photos, rows, many_s=many, one_s=one, weigh_s=weigh)


class Run:
    """Servers in turn, one at a time; whoever cannot be measured is said, and left out after."""

    def __init__(self, peers: Sequence[Peer], folder: Path, shared: Conditions) -> None:
        self._shared = shared
        self._homes: dict[str, Path] = {}
        self._speeds: dict[str, list[Speed]] = defaultdict(list)
        self._once: dict[str, Once] = {}
        self._peers = [peer for peer in peers if self._prepared(peer, folder)]

    def rounds(self, number: int) -> dict[str, Figures]:
        """Figures by name, of so many lives of each; the first also fills its caches."""
        for each in range(number):
            for peer in list(self._peers):
                self._live(peer, last=each == number - 1)
        return {peer.name: self._figures(peer) for peer in self._peers}

    def _prepared(self, peer: Peer, folder: Path) -> bool:
        try:
            self._homes[peer.name] = environment(peer, folder)
            peer.prepare(self._shared.checkpoint)
        except NotMeasurableError as reason:
            return self._left_out(peer, reason)
        return True

    def _live(self, peer: Peer, *, last: bool) -> None:
        try:
            with living(peer, self._homes[peer.name], self._shared) as life:
                print(f"peers: {peer.name}: {life.server.seconds:.1f} s", file=sys.stderr)
                self._speeds[peer.name].append(life.speed())
                if last:
                    self._once[peer.name] = life.once()
        except NotMeasurableError as reason:
            self._peers.remove(peer)
            self._left_out(peer, reason)

    def _left_out(self, peer: Peer, reason: NotMeasurableError) -> bool:
        print(f"peers: {peer.name} left out: {reason}", file=sys.stderr)
        return False

    def _figures(self, peer: Peer) -> Figures:
        disk = size_mb(self._homes[peer.name])
        return Figures(best(self._speeds[peer.name]), self._once[peer.name], disk)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(prog="python -m scripts.peers", description=__doc__)
    names = [peer.name for peer in PEERS]
    command.add_argument(
        "--only", nargs="+", default=[], choices=names, metavar="NAME", help=", ".join(names)
    )
    command.add_argument(
        "--photos", type=Path, default=SAMPLES, metavar="FOLDER", help="of *.jpg (docs/samples)"
    )
    command.add_argument(
        "--environments",
        type=Path,
        default=ENVIRONMENTS,
        metavar="FOLDER",
        help="where they are, or are made (build/peers)",
    )
    command.add_argument(
        "--rounds", type=count, metavar="N", help=f"lives of each ({_ROUNDS}; --quick: {_QUICK})"
    )
    command.add_argument("--quick", action="store_true", help="seconds a server, for a first look")
    command.add_argument(
        "--document", type=Path, metavar="FILE", help="put the section into it, between its marks"
    )
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers 0, or 1 where a server could not be measured."""
    asked = parser().parse_args(arguments)
    if not any(asked.photos.glob("*.jpg")):
        sys.exit(f"peers: there is no *.jpg in {asked.photos}.")
    peers = chosen(asked.only, bf16=has_bf16())
    run = Run(peers, asked.environments, conditions(asked.photos, quick=asked.quick))
    figures = run.rounds(asked.rounds or (_QUICK if asked.quick else _ROUNDS))
    text = section(PEERS, figures, OURS, _machine())
    print(text)
    if asked.document:
        asked.document.write_text(replaced(asked.document.read_text(), text))
    _say_goals(figures)
    return EXIT_OK if len(figures) == len(peers) else EXIT_FAILURES


def _machine() -> str:
    return f"{described()}; {', '.join(instructions()) or 'instructions unknown'}"


def _say_goals(figures: Mapping[str, Figures]) -> None:
    for line in goals(figures, OURS, bf16=has_bf16()):
        print(f"peers: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
