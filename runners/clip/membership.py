"""One model's part in a group of replicas: which of the group's reloads it has made its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from runners.clip.banks.group import Entry, GroupFile, GroupState

logger = logging.getLogger("framed.clip.banks")


@dataclass(frozen=True)
class News:
    """What the group did that is not done here yet: banks to take or, without a checksum, to drop.

    `reread` is the stamp of a reload that wants the files to be read here, else None.
    """

    generation: int
    banks: Mapping[str, Entry] = field(default_factory=dict)
    reread: str | None = None

    def __bool__(self) -> bool:
        return bool(self.banks) or self.reread is not None


class Membership:
    """The group of `file`, as one model of this replica has followed it; without a file there is
    no group, and never any news."""

    def __init__(self, file: GroupFile | None) -> None:
        self._file = file
        self._stamps: dict[str, str] = {}
        self._reread = ""

    @property
    def name(self) -> str | None:
        """The group's name; None: this replica follows nobody."""
        return self._file.name if self._file else None

    def join(self) -> Mapping[str, Entry]:
        """What the group serves at the start of this replica, which reads its files anyway."""
        try:
            state = self._read()
        except (OSError, ValueError) as error:
            logger.warning("the group %s cannot be joined yet: %s", self.name, error)
            return {}
        self._reread = state.reread
        return state.banks

    def news(self) -> News:
        """What is to be done now; raises `OSError` or `ValueError` as `GroupFile.read`."""
        state = self._read()
        banks = {
            name: each for name, each in state.banks.items() if self._stamps.get(name) != each.stamp
        }
        reread = state.reread if state.reread != self._reread else None
        return News(state.generation, banks, reread)

    def done(self, banks: Mapping[str, Entry], reread: str | None = None) -> None:
        """These banks serve here now, or never will."""
        self._stamps.update({name: each.stamp for name, each in banks.items()})
        self._reread = self._reread if reread is None else reread

    def tell(self, changed: Mapping[str, str | None]) -> None:
        """Have the group follow: banks -> checksum, None for one taken away.

        Raises `unavailable` where it cannot be told.
        """
        if self._file is None or not changed:
            return
        state = self._file.commit(changed)
        self.done({name: state.banks[name] for name in changed})
        words = "told the group %s of generation %d: %s"
        logger.info(words, self.name, state.generation, _said(changed))

    def _read(self) -> GroupState:
        return self._file.read() if self._file else GroupState()


def _said(changed: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} {checksum or 'removed'}" for name, checksum in changed.items())
