"""How many bytes one photo may have, and the setting by which the operator says so."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class SizeLimit:
    """At most `bytes`; `setting` is what a refusal names: its reader knows then what to raise."""

    bytes: int
    setting: str

    @property
    def said(self) -> str:
        """The limit and its setting, as they stand in a sentence."""
        return f"{self.bytes / MIB:g} MiB ({self.setting})"


@dataclass(frozen=True)
class PhotoLimits:
    """`single`: a photo that is sent alone, or fetched. `batch`: one of a batch, or on this
    machine's own disk."""

    single: SizeLimit
    batch: SizeLimit
