"""What a reload of label banks did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReloadReport:
    """What a reload did, for which model (its name).

    `checksum_before` is None where the bank was not there before. `changed` is also true where only
    names, groups or parents are others, which have no part in the checksum. `warnings` name lines
    of the bank's files that somebody should look at.
    """

    bank: str
    labels: int
    templates: int
    checksum_before: str | None
    checksum: str
    encoded_prompts: int
    seconds: float
    model: str = ""
    changed: bool = False
    warnings: tuple[str, ...] = ()
