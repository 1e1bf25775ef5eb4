"""What a bank says of its labels beside their words: how often they apply, how they relate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SHARES = 0.001, 0.9  # within which it may be said how often a label applies
THRESHOLDS = 0.0, 1.0  # within which lies the match from which a label is said to apply


@dataclass(frozen=True)
class LabelFacts:
    """What a bank says of one label.

    `share` is how often it is expected to apply (0.001..0.9) and `threshold` the match from which
    it is said to (0..1), None: as the bank says. `templates` are its own, none: the bank's.
    `synonyms` are further words for it, and `parent` what stands above it, a label or not.
    """

    share: float | None = None
    threshold: float | None = None
    templates: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True)
class LabelGroup:
    """Labels that answer one question about a photo; at most one of them applies if `exclusive`.

    If `apart`, they are ranked beside the bank's other labels, whose figures are the same without
    them: what a picture is that is no photo, say.
    """

    labels: tuple[str, ...]
    exclusive: bool = False
    apart: bool = False


@dataclass(frozen=True)
class BankStructure:
    """All that a bank says of its labels: `facts` by label (those of which it says something),
    `groups` by name in file order, and what holds for labels of which nothing is said."""

    facts: Mapping[str, LabelFacts] = field(default_factory=dict)
    groups: Mapping[str, LabelGroup] = field(default_factory=dict)
    share: float | None = None
    match_threshold: float | None = None

    @property
    def apart(self) -> frozenset[str]:
        """The labels of all groups that are apart."""
        apart = (group.labels for group in self.groups.values() if group.apart)
        return frozenset().union(*apart)

    def parents(self, label: str) -> tuple[str, ...]:
        """What stands above `label`, the nearest first."""
        found: list[str] = []
        facts = self.facts.get(label)
        while facts and facts.parent is not None and facts.parent not in found:
            found.append(facts.parent)
            facts = self.facts.get(facts.parent)
        return tuple(found)
