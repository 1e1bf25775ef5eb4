"""`match` in the shapes of other services: only where it is asked for."""

from __future__ import annotations

from pydantic import Field

from framed.wires.parameters import Parameters
from framed.wires.ranking import MatchThreshold


class MatchOnRequest(Parameters):
    """What such a shape takes besides."""

    match: bool = Field(False, description="Also each label's `match`: how surely it applies.")
    match_threshold: MatchThreshold = Field(
        None,
        description="Of these labels only those with at least this `match`, 0 to 1, perhaps none; "
        "`bank`: what the bank says of each label.",
    )

    @property
    def with_match(self) -> bool:
        """Whether `match` is asked for; a threshold asks for it where nothing is said of it."""
        by_threshold = self.match_threshold is not None and "match" not in self.model_fields_set
        return self.match or by_threshold
