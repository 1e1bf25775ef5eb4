"""What is wanted of Framed beside the others is said with how far it is."""

from __future__ import annotations

from scripts.peers.goals import goals
from tests.scripts.peers.made import figures

SLOWER = figures(photos_s=15.0, memory_mb=1000.0, start_s=9.0, failed=50)


def said(ours: object, *, bf16: bool) -> list[str]:
    return [
        line.partition(":")[0] for line in goals({"ours": ours, "other": SLOWER}, "ours", bf16=bf16)
    ]  # type: ignore[dict-item]


def test_more_is_wanted_where_the_cpu_has_bf16() -> None:
    """1.6 times as many photos are enough without those instructions only."""
    ours = figures(photos_s=24.0)
    assert said(ours, bf16=False) == ["met"] * 4
    assert said(ours, bf16=True) == ["missed", "met", "met", "met"]


def test_each_goal_can_be_missed() -> None:
    """Too slow, too large, too late, and other people's requests failing."""
    ours = figures(photos_s=16.0, memory_mb=700.0, start_s=10.0, failed=1)
    assert said(ours, bf16=False) == ["missed"] * 4


def test_there_is_nothing_to_say_of_one_alone() -> None:
    """Or without Framed."""
    assert not list(goals({"ours": SLOWER}, "ours", bf16=True))
    assert not list(goals({"one": SLOWER, "other": SLOWER}, "ours", bf16=True))
