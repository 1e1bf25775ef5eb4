"""Heads between heads."""

from __future__ import annotations

import torch

from scripts.mini.averaging import Average, between
from scripts.mini.plan import Plan
from scripts.mini.towers import Head

PLAN = Plan(hidden=4, embed_dim=3)


def test_a_share_of_the_way_is_between_start_and_end() -> None:
    """All of the way is the end, none of it the start, and a half the middle."""
    start, end = Head(PLAN).state_dict(), Head(PLAN).state_dict()
    for share in (0.0, 0.5, 1.0):
        found = between(start, end, share)
        assert found.keys() == end.keys()
        for name, it in found.items():
            torch.testing.assert_close(it, (1 - share) * start[name] + share * end[name])


def test_the_mean_follows_and_is_a_head_of_its_own() -> None:
    """It begins where the head is, comes nearer to where it goes, and leaves it as it is."""
    head = Head(PLAN)
    mean = Average(head, PLAN, keep=0.5)
    with torch.no_grad():
        head.fc1.bias.add_(1.0)
    before = head.fc1.bias.detach().clone()
    mean.follow(head)
    torch.testing.assert_close(mean.head.fc1.bias, before - 0.5)
    assert torch.equal(head.fc1.bias, before)
