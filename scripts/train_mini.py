"""Train the embedded checkpoint `mini` from stored features: stages, resumable, logged, checked."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scripts.arguments import count
from scripts.mini.plan import Plan, smoke
from scripts.mini.sources import Sources

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "mini"
EXIT_OK, EXIT_CANNOT_RUN = 0, 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    command = argparse.ArgumentParser(
        prog="train_mini",
        description="Train the embedded checkpoint. A run that was interrupted goes on where it "
        "was. Exit status: 0, or 2 if it cannot run.",
    )
    command.add_argument(
        "--data", type=Path, action="append", required=True, metavar="FOLDER",
        help="labels.jsonl and features_u8.npz of photos; may be given again",
    )  # fmt: skip
    command.add_argument(
        "--labels", type=Path, required=True, metavar="FOLDER", help="label tables and word lists"
    )
    command.add_argument(
        "--captions", type=Path, action="append", default=[], metavar="FILE",
        help='JSON lines {"path", "captions", "terms"}; may be given again',
    )  # fmt: skip
    command.add_argument(
        "--photos", type=Path, action="append", default=[], metavar="FOLDER",
        help="photos as SOURCE/PATH, for views; may be given again",
    )  # fmt: skip
    command.add_argument(
        "--judge", type=Path, metavar="FOLDER",
        help="list.jsonl and photos/ of sources never trained on, as gather left_out leaves them: "
        "the snapshot and its confidence are chosen by them, in place of the left-out sources",
    )  # fmt: skip
    command.add_argument("--trunk", type=Path, metavar="FILE", help="weights (from their package)")
    command.add_argument(
        "--teacher", type=Path, metavar="FOLDER", help="sentence model (from its package)"
    )
    command.add_argument(
        "--variant", choices=("all", "permissive"), default="all",
        help="train on everything, or only on what allows any use (all)",
    )  # fmt: skip
    command.add_argument(
        "--left-out", metavar="SOURCES", help="sources never trained on, to choose by; commas"
    )
    command.add_argument("--seed", type=int, default=15)
    command.add_argument("--student-steps", type=int, metavar="N", help="of the text tower")
    command.add_argument("--head-steps", type=int, metavar="N", help="of the head's last stage")
    command.add_argument("--threads", type=count, metavar="N", help="of torch (the free CPUs)")
    command.add_argument("--smoke", action="store_true", help="every stage for a few steps only")
    command.add_argument(
        "--out", type=Path, default=OUT, metavar="FOLDER",
        help="stages, log and checkpoint (build/mini)",
    )  # fmt: skip
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    asked = parser().parse_args(arguments)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # pretrained parts come out of packages
    from framed.calibrating.listing import ListError
    from framed.errors import StartupError
    from framed.extras import absence, is_there

    if not is_there():
        print(f"{absence('Training mini')}.", file=sys.stderr)
        return EXIT_CANNOT_RUN
    from scripts.mini.export import ExportError
    from scripts.mini.packages import MissingPartError
    from scripts.mini.training import train
    from scripts.mini.workplace import Workplace

    _use_threads(asked.threads)
    try:
        folder = train(_sources(asked), _plan(asked), Workplace(asked.out))
    except (
        *(MissingPartError, ExportError, ListError, StartupError),
        *(OSError, ValueError, ArithmeticError),
    ) as reason:
        print(f"train_mini: {reason}", file=sys.stderr)
        return EXIT_CANNOT_RUN
    print(f"The checkpoint is in {folder}, figures and log beside it.")
    return EXIT_OK


def _plan(asked: argparse.Namespace) -> Plan:
    plan = Plan(seed=asked.seed, variant=asked.variant)
    if asked.left_out is not None:
        plan = replace(plan, left_out=tuple(filter(None, asked.left_out.split(","))))
    if asked.smoke:
        plan = smoke(plan)
    chosen = {
        name: value
        for name in ("student_steps", "head_steps")
        if (value := getattr(asked, name)) is not None
    }
    return replace(plan, **chosen)


def _sources(asked: argparse.Namespace) -> Sources:
    return Sources(
        data=tuple(asked.data),
        labels=asked.labels,
        captions=tuple(asked.captions),
        photos=tuple(asked.photos),
        judge=asked.judge,
        trunk=asked.trunk,
        teacher=asked.teacher,
    )


def _use_threads(count: int | None) -> None:
    """Threads that wait by spinning cost more than they bring where a CPU is not free."""
    import torch

    from framed.cpus import granted_cpus

    torch.set_num_threads(count or granted_cpus())


if __name__ == "__main__":
    sys.exit(main())
