"""Keys: random secrets, kept as digests, written and read in one line."""

from __future__ import annotations

import pytest

from framed.access.key import Key, digest_of, entry_of, key_of, new_key
from framed.access.scopes import Scope, scopes_of

SECRET = "a-secret-of-somebodys-own-making"


def test_a_new_key_is_known_by_its_secret_only() -> None:
    """Nothing of it but the end is kept; no two secrets are alike."""
    key, secret = new_key("ann", frozenset({Scope.CLASSIFY}))
    assert key.digest == digest_of(secret)
    assert (secret[:7], len(secret), secret[-4:]) == ("framed_", 50, key.ends)
    assert secret not in repr(key)
    assert new_key("ann", frozenset({Scope.CLASSIFY}))[1] != secret


def test_a_line_holds_a_key() -> None:
    """Written hashed; read hashed or with the secret itself, whatever characters that has."""
    key, secret = new_key("ann", frozenset({Scope.RELOAD, Scope.CLASSIFY}))
    assert entry_of(key) == f"ann:classify+reload:sha256={key.digest}"
    assert (key_of(entry_of(key)).digest, key_of(entry_of(key)).scopes) == (key.digest, key.scopes)
    assert key_of(f"ann:admin:{secret}").digest == key.digest
    assert key_of(f"ann:admin:{SECRET}:x").digest == digest_of(f"{SECRET}:x")


@pytest.mark.parametrize(
    "entry",
    [
        *("", "ann", SECRET, f"ann:{SECRET}", f":classify:{SECRET}", f"a b:classify:{SECRET}"),
        *(f"ann::{SECRET}", f"ann:{SECRET}:classify", f"ann:classify+{SECRET}:{SECRET}"),
        *("ann:classify:short", "ann:classify:sha256=abc", "ann:classify:sha256="),
    ],
)
def test_a_line_that_is_none_is_refused(entry: str) -> None:
    """And what is said of it holds nothing of a secret, wherever that stands."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        key_of(entry)
    assert SECRET not in str(refused.value)


def test_admin_is_good_for_everything() -> None:
    """Others for what they name; every key for what asks for any."""
    one = Key("one", frozenset({Scope.CLASSIFY}), digest_of("1"))
    admin = Key("admin", frozenset({Scope.ADMIN}), digest_of("2"))
    assert [one.is_for(scope) for scope in (None, *Scope)] == [True, True, False, False, False]
    assert all(admin.is_for(scope) for scope in (None, *Scope))


@pytest.mark.parametrize("words", [[], ["classify", "everything"], [""], ["Classify"]])
def test_scopes_are_known_words(words: list[str]) -> None:
    """At least one."""
    with pytest.raises(ValueError, match="classify, reload, metrics, admin"):
        scopes_of(words)
