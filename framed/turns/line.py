"""Those who wait, sender by sender: each sender gets one turn a round, whoever sent more."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Ticket = TypeVar("Ticket")


class Line(Generic[Ticket]):
    """A queue that goes round the senders; what one sender sent keeps its order."""

    def __init__(self) -> None:
        self._senders: OrderedDict[str, deque[Ticket]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, sender: str, ticket: Ticket) -> None:
        """`ticket` waits behind those of its sender."""
        self._senders.setdefault(sender, deque()).append(ticket)
        self._count += 1

    def leave(self, sender: str, ticket: Ticket) -> None:
        """`ticket` waits no longer; it may have been served already."""
        waiting = self._senders.get(sender)
        if waiting is None or ticket not in waiting:
            return
        waiting.remove(ticket)
        self._count -= 1
        if not waiting:
            del self._senders[sender]

    def serve(self) -> Ticket:
        """The first ticket of the sender whose turn it is; raises `KeyError` if nobody waits."""
        sender, waiting = self._senders.popitem(last=False)
        ticket = waiting.popleft()
        self._count -= 1
        if waiting:
            self._senders[sender] = waiting  # at the end of the round
        return ticket

    def ahead_of(self, sender: str) -> int:
        """How many tickets would be served before another one of `sender`."""
        own = len(self._senders.get(sender, ()))
        others = (len(each) for name, each in self._senders.items() if name != sender)
        return own + sum(min(waiting, own + 1) for waiting in others)
