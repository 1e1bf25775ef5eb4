"""What is not installed is named, with what to do."""

from __future__ import annotations

import pytest

from framed.extras import AbsentError, absence, is_there, require

ABSENT = ("no_such_package_of_framed",)


def test_nothing_is_imported_to_know_it() -> None:
    """A package that is there, and one that is not."""
    assert is_there(("numpy", "json"))
    assert not is_there(("numpy", *ABSENT))


def test_the_sentence_names_the_extra_and_the_ways_to_it() -> None:
    """By the Makefile, and by pip."""
    said = absence("Serving x on torch")
    assert said.startswith("Serving x on torch needs the packages of the extra `torch`")
    assert "make setup SLIM=," in said
    assert "pip install -e '.[torch]'" in said
    assert "-e '.[text]'" in absence("It", "text")


def test_what_is_required_is_there_or_refused() -> None:
    """By a start-up error, which the command line and the server print as it is."""
    require(("json",), "It")
    with pytest.raises(AbsentError, match=r"^It needs the packages of the extra `torch`"):
        require(ABSENT, "It")
