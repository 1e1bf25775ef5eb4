"""What `make audit` says of packages, and how it ends."""

from __future__ import annotations

import pytest

from scripts import audit
from scripts.audit import EXIT_FOUND, EXIT_OK, EXIT_UNASKED, Terms
from scripts.supply_chain.vulnerabilities import Asked

CLEAN = Terms(3, {"nvidia-x": "a reason"}, ())


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What judging and asking give, for the test to choose."""
    results: dict[str, object] = {"terms": CLEAN, "known": Asked((), ())}
    monkeypatch.setattr(audit, "judge", lambda allowed: results["terms"])
    monkeypatch.setattr(audit, "ask", lambda requirements, ignored: results["known"])
    return results


def test_all_is_well(found, capsys):
    """Status 0, and the reason of everything that was let pass."""
    assert audit.main([]) == EXIT_OK
    said = capsys.readouterr().out
    assert "nvidia-x: a reason" in said
    assert "0 known." in said


def test_a_vulnerability_ends_it(found, capsys):
    """Status 1, with its line."""
    found["known"] = Asked(("pillow 1.0: CVE-1, mended in 1.1",), ())
    assert audit.main([]) == EXIT_FOUND
    assert "CVE-1, mended in 1.1" in capsys.readouterr().out


def test_a_licence_ends_it_even_where_nobody_could_be_asked(found, capsys):
    """Status 1 goes before 3."""
    found["terms"] = Terms(3, {}, ("x 1 is under 'Proprietary'",))
    found["known"] = Asked((), ("all",), "no network")
    assert audit.main([]) == EXIT_FOUND
    assert "x 1 is under 'Proprietary'" in capsys.readouterr().out


def test_silence_is_not_taken_for_an_answer(found, capsys):
    """Status 3, and how many packages nothing is known of, and why."""
    found["known"] = Asked((), ("pillow", "torch"), "it does not know them")
    assert audit.main([]) == EXIT_UNASKED
    said = capsys.readouterr().out
    assert "could not be asked about 2 packages (pillow, torch): it does not know them" in said


def test_offline_asks_nobody(found, capsys):
    """Status 0 where the terms are right, and it says what it left out."""
    found["known"] = Asked(("never looked at",), ())
    assert audit.main(["--offline"]) == EXIT_OK
    assert "not asked for" in capsys.readouterr().out


def test_help_tells_the_statuses(capsys):
    """All of them."""
    with pytest.raises(SystemExit):
        audit.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(f"{status} " in said for status in (EXIT_OK, EXIT_FOUND, EXIT_UNASKED))


def test_what_is_served_now_is_allowed(capsys):
    """The real packages of this environment, without asking anybody."""
    assert audit.main(["--offline"]) == EXIT_OK, capsys.readouterr().out
