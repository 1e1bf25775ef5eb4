"""How surely labels apply, as answers say it."""

from __future__ import annotations

from framed.questions import ClassifyQuestion, FeaturesQuestion, RankQuestion
from framed.results import RankedLabel
from framed.wires.matches import group_members, match_members, reason_member
from tests.wires.results import DOG, SURE_DOG, matched, ranking


def test_a_label_says_what_was_asked() -> None:
    """Its match always, also where there is none; the rest on request, in that order."""
    assert match_members(DOG, ClassifyQuestion()) == {"match": None}
    everything = FeaturesQuestion(RankQuestion(parents=True), detail=True)
    members = match_members(SURE_DOG, everything)
    assert list(members.items()) == [("match", 0.9), ("z", 4.0), ("parents", ["animal"])]


def test_groups_are_shown_where_they_are_asked_for() -> None:
    """A bank without groups has none to show; that is an answer."""

    def named(label: RankedLabel) -> dict[str, str]:
        return {"name": label.label}

    asked = ClassifyQuestion(RankQuestion(top_k_per_group=3))
    assert group_members(matched(), ClassifyQuestion(), "g", named) == {}
    assert group_members(ranking(), asked, "g", named) == {"g": {}}
    assert group_members(matched(), asked, "g", named) == {
        "g": {"subject": [{"name": "dog", "group_prob": 1.0}]}
    }


def test_the_first_reason_is_told() -> None:
    """Of several photos; where each has its matches there is none."""
    failed = ranking(no_match="reference_failed")
    assert reason_member(matched(), failed) == {"match_reason": "reference_failed"}
    assert reason_member(matched(), ranking()) == {}
