"""`/`: a plain page that says what serves here and gives a command to try it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from fastapi import APIRouter, Request, Response
from starlette.responses import HTMLResponse

from framed import __version__
from framed.answers.status import Condition
from framed.routes.desk import desk_of

router = APIRouter()

_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


@router.get("/", summary="A page to try it", response_class=HTMLResponse, tags=["health"])
async def page(request: Request) -> Response:
    """What serves, a curl to copy, a link to the routes."""
    condition = await desk_of(request).status.condition()
    base = str(request.base_url).rstrip("/")
    words = {
        "version": __version__,
        "base": base,
        "root": request.scope["root_path"],
        "state": _state(condition),
        "note": _note(condition),
    }
    return HTMLResponse(_PAGE.substitute({name: escape(word) for name, word in words.items()}))


def _state(condition: Condition) -> str:
    if condition.clip is None or condition.clip.state != "ready":
        return "The model is still loading."
    return f"{condition.clip.model_id} on {condition.clip.device}, {condition.clip.engine}."


def _note(condition: Condition) -> str:
    note = condition.clip.note if condition.clip else ""
    return f"{note[:1].upper()}{note[1:]}." if note else ""
