"""What a model's card says of how good it is: the paragraph that begins with "Accuracy:"."""

from __future__ import annotations

from pathlib import Path

from framed.regular_file import open_regular

CARD_FILE = "README.md"
MARK = "Accuracy:"
_MOST = 65_536  # bytes that are read: a card is a page, whatever lies there under its name


def accuracy_line(folder: Path) -> str:
    """That paragraph of the card in `folder` as one line, without its mark; "" where there is none
    or the card cannot be read."""
    try:
        with open_regular(folder / CARD_FILE) as card:
            text = card.read(_MOST).decode("utf-8", errors="replace")
    except OSError:
        return ""
    paragraphs = (" ".join(each.split()) for each in text.replace("\r\n", "\n").split("\n\n"))
    found = next((each for each in paragraphs if each.startswith(MARK)), "")
    return found.removeprefix(MARK).strip()
