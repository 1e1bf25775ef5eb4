"""How surely labels apply, as answers say it: beside each label, and of the list as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framed.questions import ClassifyQuestion, FeaturesQuestion
from framed.results import RankedLabel, Ranking

Question = ClassifyQuestion | FeaturesQuestion


def match_members(label: RankedLabel, question: Question) -> dict[str, Any]:
    """`match`, 0 to 1 or null; `z` and `parents` where they are asked for."""
    body: dict[str, Any] = {"match": label.match}
    if question.detail:
        body["z"] = label.z
    if question.rank.parents:
        body["parents"] = list(label.parents)
    return body


def group_members(
    ranking: Ranking, question: Question, name: str, body: Callable[[RankedLabel], Any]
) -> dict[str, Any]:
    """The best labels of each group, each as its `body`, under `name`; nothing where nobody asked.

    A body that is an object also says the label's share inside its group.
    """
    if question.rank.top_k_per_group is None:
        return {}
    return {
        name: {
            group: [_in_group(label, body(label)) for label in labels]
            for group, labels in ranking.groups.items()
        }
    }


def _in_group(label: RankedLabel, body: Any) -> Any:
    return {**body, "group_prob": label.group_prob} if isinstance(body, dict) else body


def reason_member(*rankings: Ranking) -> dict[str, str]:
    """Why there is no match, by its code; nothing where there is one."""
    reasons = (ranking.no_match for ranking in rankings)
    return next(({"match_reason": reason} for reason in reasons if reason), {})
