"""Words that are one but for number or a capital, and mean two things: they stay two labels."""

from __future__ import annotations

_PLURALS = {  # why the plural is another word: the singular of each
    "what is worn": "boxer brace brief drawer flat glass heel jean legging overall pant pump short "
    "slack spectacle sweat tight trainer trunk",
    "what is eaten or played": "bowl chip crisp dart draught fry gum marble sweet",
    "a place or what stands there": "fall force ground rapid sand shade spring "
    "step water wood work",
    "a stuff and what is made of it": "ash cloth corn iron leather linen oil paper rubber tin",
    "a trade, a right, an art": "arm art content custom good mean saving stock",
    "a person or a group": "blue elder green new people plain spirit",
    "something else again": "bang binocular compass letter light look manner minute quarter remain "
    "scale tail time",
}
_CAPITALS = {  # what the word with a capital is: the word
    "a country, a place, its people": "bologna chile china cologne danish dane guinea hamburg "
    "japan jersey jordan lima morocco panama polish scotch swede turkey wale",
    "a month": "april august may march",
    "a planet": "earth mercury",
}

PLURALS_APART = frozenset(" ".join(_PLURALS.values()).split())
CAPITALS_APART = frozenset(" ".join(_CAPITALS.values()).split())
