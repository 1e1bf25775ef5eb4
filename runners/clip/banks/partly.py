"""The refusal of a reload of all banks of which some are bad."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from framed.errors import Code, FramedError
from runners.clip.banks.bank_text import BankText


def not_all(
    reloaded: Sequence[BankText], bad: Mapping[str, str], served: Container[str]
) -> FramedError:
    """What was `reloaded`, and what is wrong with each of the others; of those it says whether an
    older bank of that name is among the `served`."""
    names = [text.name for text in reloaded]
    kept = [f"{name}: {reason}" for name, reason in bad.items() if name in served]
    lost = [f"{name}: {reason}" for name, reason in bad.items() if name not in served]
    told = [f"Reloaded: {', '.join(names)}." if names else "No bank was reloaded."]
    told += [f"Refused, and serving as before: {' '.join(kept)}"] if kept else []
    told += [f"Refused, and not served: {' '.join(lost)}"] if lost else []
    warnings = {text.name: list(text.warnings) for text in reloaded if text.warnings}
    details = {"reloaded": names, "refused": list(bad)}
    more = {"warnings": warnings} if warnings else {}
    return FramedError(Code.INVALID_BANK, " ".join(told), details={**details, **more})
