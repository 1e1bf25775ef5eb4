"""Random English-looking text, prices, dates and names."""

from __future__ import annotations

import numpy as np

Dice = np.random.Generator


def _listed(text: str) -> list[str]:
    return text.split()


_WORDS = _listed(
    "the of and to in a is that for it as was with be by on not he his but at are this have from "
    "which one had all were their there been if more when will would who so no about out up time "
    "please account number order delivery meeting report total project office street customer "
    "service contract section article payment address question answer result system network value "
    "hello thanks tomorrow dinner weekend ticket train house school family music water morning "
    "update settings profile message download version error button history market growth quarter "
    "research method figure table analysis model data sample population region country between"
)
_ITEMS = _listed(
    "Milk Bread Butter Cheese Apples Coffee Tea Rice Pasta Tomatoes Onions Yogurt Eggs Juice Water "
    "Chicken Salad Soap Shampoo Batteries Candy Cookies Sugar Flour Bananas Ham Beer Wine Pizza "
    "Espresso Cappuccino Burger Fries Soup Sandwich Muffin Cola Parking Fuel Stamp"
)
_PLACES = _listed(
    "Oakfield Riverton Ashby Marlow Kings Mill Station Park Bridge Church Elm Lake North South "
    "Harbour Castle Green Victoria Union Market Chapel Forest Hill Valley Spring Queens Abbey"
)


def word(dice: Dice) -> str:
    """One word."""
    return _WORDS[int(dice.integers(len(_WORDS)))]


def words(dice: Dice, least: int, most: int) -> str:
    """So many words, the first in upper case now and then."""
    text = " ".join(word(dice) for _ in range(int(dice.integers(least, most + 1))))
    return text.capitalize() if dice.random() < 0.6 else text


def item(dice: Dice) -> str:
    """Something that is sold."""
    return _ITEMS[int(dice.integers(len(_ITEMS)))]


def place(dice: Dice) -> str:
    """The name of a street or a town."""
    return _PLACES[int(dice.integers(len(_PLACES)))]


def price(dice: Dice) -> str:
    """With two decimals, and a point or a comma."""
    text = f"{dice.gamma(1.5, 6) + 0.3:.2f}"
    return text if dice.random() < 0.6 else text.replace(".", ",")


def date(dice: Dice) -> str:
    """In one of a few forms."""
    day, month, year = (int(dice.integers(*it)) for it in ((1, 29), (1, 13), (1998, 2030)))
    forms = (f"{day:02d}.{month:02d}.{year}", f"{year}-{month:02d}-{day:02d}",
             f"{month}/{day}/{year}")  # fmt: skip
    return forms[int(dice.integers(3))]


def clock(dice: Dice) -> str:
    """The time of a day."""
    return f"{int(dice.integers(24))}:{int(dice.integers(60)):02d}"
