"""The servers that are measured, in the order of the table: a line each."""

from __future__ import annotations

from scripts.peers.known.bento import BENTO
from scripts.peers.known.framed import FRAMED
from scripts.peers.known.infinity import INFINITY
from scripts.peers.known.litserve import IN_BF16, LITSERVE

PEERS = (FRAMED, INFINITY, LITSERVE, IN_BF16, BENTO)
OURS = FRAMED.name
