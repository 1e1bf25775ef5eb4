"""Training loops: an interrupted one goes on as if it had not been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from scripts.mini.loop import Log, Loop, one_cycle
from scripts.mini.workplace import Workplace

STEPS = 12


class StopError(Exception):
    """Somebody pulled the plug."""


def trained(folder: Path, stop_at: int | None = None) -> torch.Tensor:
    """A layer's weights after a training that may be stopped, and is then run again."""
    torch.manual_seed(3)
    layer = nn.Linear(4, 2)

    def step(at: int, dice: np.random.Generator) -> Mapping[str, torch.Tensor]:
        if at == stop_at:
            raise StopError
        given = torch.from_numpy(dice.normal(size=(8, 4)).astype(np.float32))
        return {"square": layer(given).square().mean()}

    loop = Loop("test", STEPS, 5, 4, folder / "unfinished")
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.05)
    loop.run(layer, optimizer, step, Log(folder / "log.jsonl"))
    return layer.weight.detach()


def test_an_interrupted_training_ends_where_a_whole_one_does(tmp_path: Path) -> None:
    """Stopped in step 10, taken up from the checkpoint of step 8: the same weights."""
    whole = trained(tmp_path / "whole")
    with pytest.raises(StopError):
        trained(tmp_path / "cut", stop_at=9)
    assert (tmp_path / "cut" / "unfinished").exists()
    assert torch.allclose(trained(tmp_path / "cut"), whole, atol=1e-6)
    assert not (tmp_path / "cut" / "unfinished").exists()


def test_losses_are_logged(tmp_path: Path) -> None:
    """The last step is in the log, with every loss by name."""
    trained(tmp_path)
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["step"] == STEPS
    assert set(last["losses"]) == {"square"}


def test_a_loss_that_is_not_finite_stops_the_training(tmp_path: Path) -> None:
    """Rather than hours of nothing."""
    layer = nn.Linear(1, 1)

    def step(at: int, dice: np.random.Generator) -> Mapping[str, torch.Tensor]:
        return {"broken": layer(torch.full((1, 1), float("nan"))).mean()}

    loop = Loop("test", 1, 5, 4, tmp_path / "unfinished")
    with pytest.raises(ArithmeticError, match="broken"):
        loop.run(layer, torch.optim.SGD(layer.parameters(), 0.1), step, Log(tmp_path / "log"))


def test_the_rate_goes_up_and_then_down() -> None:
    """From little to all of it, and back to almost nothing."""
    rates = [one_cycle(at / 100) for at in range(100)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates.index(max(rates)) < 15
    assert rates[-1] < 0.02


def test_a_finished_stage_is_not_done_again(tmp_path: Path) -> None:
    """It is found by what it depends on; another digest is another stage."""
    place, calls = Workplace(tmp_path), []

    def make() -> dict[str, object]:
        calls.append(1)
        return {"kept": torch.ones(2), "words": ["a", "b"]}

    place.once("stage", "one", make)
    again = Workplace(tmp_path).once("stage", "one", make)
    assert len(calls) == 1
    assert again["words"] == ["a", "b"]
    place.once("stage", "two", make)
    assert len(calls) == 2
