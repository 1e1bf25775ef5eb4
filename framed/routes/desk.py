"""What every route can ask: the answers, and the settings they work under."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from framed.answers.analyze import Analyze
from framed.answers.banks import Banks
from framed.answers.batch import Batch
from framed.answers.classify import Classify
from framed.answers.compare import Compare
from framed.answers.encode import Encode
from framed.answers.looking import Looker
from framed.answers.model import ServedModel
from framed.answers.status import Status
from framed.settings import Settings
from framed.turns.turns import Turns


@dataclass(frozen=True)
class Desk:
    """The answers of this process, put together by `assemble`."""

    settings: Settings
    model: ServedModel
    classify: Classify
    analyze: Analyze
    encode: Encode
    compare: Compare
    batch: Batch
    banks: Banks
    status: Status
    turns: Turns
    looker: Looker


def desk_of(request: Request) -> Desk:
    """The desk of the application that serves this request."""
    desk: Desk = request.app.state.desk
    return desk
