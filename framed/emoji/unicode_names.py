"""Emoji by their Unicode (CLDR) names: those that show a thing, and that fonts have had for years.

Left out are variants (skin tones, men and women of what there is for persons), flags, and signs:
buttons, arrows, hearts, clock faces, zodiac. A label that means one of those needs a hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from framed.emoji.words import plain

NEWEST = 15.1  # emoji version of 2023; newer ones are empty boxes on many a screen

# first characters: below U+1F300 (🌀) most are signs, so that the pictures are named; above, signs
_PICTURE = re.compile(
    "[⌚⌨⏰⏱⏲☀☁☂☃☄☎☔☕☘⚒⚓⚔⚖⚗⚙⚡⚰⚱⚽⚾⛄⛈⛏⛑⛓⛩⛪⛰⛱⛲⛳⛴⛵⛷⛸⛺⛽✂✈✉✍✏❄⭐🃏🌀-\U0010ffff]"
)
_SIGN = re.compile(
    "[🎌🎦🏧🏳🏴💓-💠💢💤💮💯💱💲🔀-🔆🔕🔘-🔤🔯-🔽🕉🕐-🕧🖕🖤🚫🚭-🚱🚳🚷-🚼🚾🛂-🛅🛐🛜🟠-🟰🤍🤎🧡🩵-🩷🪯]"
)
_VARIANT = re.compile("[♀♂👨👩\U0001f3fb-\U0001f3ff\u20e3]")
_GENDERED = frozenset({"man", "men", "woman", "women", "boy", "girl", "man's", "woman's"})


def emoji_by_name() -> Mapping[str, str]:
    """Plain name -> emoji; read afresh from the `emoji` package, some 30 ms."""
    return dict(_named())


def _named() -> Iterator[tuple[str, str]]:
    import emoji  # its data is megabytes, and many a process never needs it

    whole = emoji.STATUS["fully_qualified"]
    for picture, facts in emoji.EMOJI_DATA.items():
        name = plain(facts["en"].strip(":"))
        if facts["status"] == whole and facts["E"] <= NEWEST and _shows_a_thing(picture, name):
            yield name, picture


def _shows_a_thing(picture: str, name: str) -> bool:
    if not _PICTURE.match(picture) or _SIGN.match(picture) or _VARIANT.search(picture):
        return False
    return _GENDERED.isdisjoint(name.split())
