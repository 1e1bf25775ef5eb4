"""Features that were answered before, found again while all that they depend on is the same."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from framed.answers.cache import FeatureCache, entry_name
from framed.answers.terms import Terms
from framed.errors import Code
from framed.results import Features
from framed.wires.kept import features_from, kept_body

logger = logging.getLogger("framed.answers")

MOST_LABELS = 1_000  # of an answer that is kept: a few of all labels of a large bank would fill it

_PASSING = frozenset(code.value for code in Code)  # a metric's own reasons are not among them
_PENDING = "reference_pending"  # the match will be there soon; other reasons last


@dataclass(frozen=True)
class Place:
    """Where a photo's features are kept, under which version, and what lies there already."""

    name: str
    content: str
    found: Features | None


class KeptFeatures:
    """The feature cache as the answers use it."""

    def __init__(self, cache: FeatureCache, limits: Mapping[str, Any]) -> None:
        """`limits` are the settings by which a photo may be refused."""
        self._cache = cache
        self._limits = limits

    def place(self, data: bytes, photo_id: str | None, terms: Terms) -> Place:
        """The place of the photo of these bytes; without a `photo_id` its content names it."""
        assert terms.clip is not None  # without a model nothing is looked up
        content = hashlib.sha256(data).hexdigest()
        name = entry_name(photo_id or content, terms.asked(terms.clip))
        version = terms.version(content, self._limits)
        body = self._cache.get(name, version) if version else None
        found = None if body is None else _read(body, name, terms.clip.embedding_dim)
        return Place(name, content, found)

    def keep(self, place: Place, features: Features, terms: Terms) -> None:
        """Write features that will be the same next time; anything else is not kept."""
        version = terms.version(place.content, self._limits)
        about = features.classification
        if version is None or about is None or not _lasting(features):
            return
        # the bank may have been reloaded meanwhile
        version["bank_checksum"] = about.ranking.bank_checksum
        version["bank_edition"] = about.ranking.edition
        self._cache.put(place.name, version, kept_body(features))


def _read(body: Mapping[str, Any], name: str, dim: int) -> Features | None:
    try:
        return features_from(body, dim)
    except ValueError as fault:
        logger.warning("the entry %s is made anew: %s", name, fault)
        return None


def _lasting(features: Features) -> bool:
    about = features.classification
    if about is None or about.oom_fallback or about.ranking.no_match == _PENDING:
        return False
    if len(about.ranking.results) > MOST_LABELS:
        return False
    return _PASSING.isdisjoint(features.measurements.warnings.values())
