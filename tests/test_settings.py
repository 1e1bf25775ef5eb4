"""Settings: where each comes from, which source wins, and what is said of a wrong one."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from framed.errors import StartupError
from framed.older_names import OLDER_NAMES
from framed.settings import PREFIX, Settings, settings, unknown_names
from framed.size_limit import SizeLimit

README = Path(__file__).parents[1] / "README.md"
OUTSIDE = {*OLDER_NAMES, "BENTOML_CONTAINERIZED"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting comes from whoever runs the tests, and none stays behind."""
    for name in os.environ:
        if name.startswith(PREFIX) or name in OUTSIDE:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()


def read_now() -> Settings:
    """The settings as environment and file state them at this moment."""
    return Settings()  # type: ignore[call-arg]  # every field has a default


def test_nothing_is_needed() -> None:
    """Without any setting there is a default for each, and it listens on loopback only."""
    read = settings()
    assert (read.model, read.bind_host, read.port) == ("mini", "127.0.0.1", 3000)
    assert read.path_roots == ()


def test_a_container_listens_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a container loopback would be out of reach, unless the host is named."""
    monkeypatch.setenv("BENTOML_CONTAINERIZED", "true")
    assert read_now().bind_host == "0.0.0.0"
    monkeypatch.setenv("FRAMED_HOST", "192.0.2.7")
    assert read_now().bind_host == "192.0.2.7"


@pytest.mark.parametrize(
    ("name", "field", "older", "newer"),
    [
        ("PORT", "port", "4001", "4002"),
        ("HOST", "host", "192.0.2.1", "192.0.2.2"),
        ("CLIP_MODEL", "model", "ViT-B/32", "mini"),
        ("CLIP_MODEL_PATH", "model", "/models/one", "mini"),
        ("CLIP_CONFIDENCE_THRESHOLD", "analyze_threshold", "0.25", "0.5"),
        ("CLIP_MAX_PREDICTIONS", "analyze_predictions", "20", "7"),
        ("CLIP_USE_TENSORRT", "tensorrt", "False", "True"),
        ("API_HOST", "emoji_host", "one", "two"),
        ("API_PORT", "emoji_port", "8081", "8082"),
        ("API_TIMEOUT", "emoji_timeout", "1.5", "2.5"),
        ("PRIVATE", "private", "True", "False"),
        ("PYROSCOPE_ENABLED", "profiling", "True", "False"),
        ("PYROSCOPE_URL", "profiling_url", "http://one:4040", "http://two:4040"),
        ("ENVIRONMENT", "environment", "staging", "test"),
    ],
)
def test_older_names_hold_until_ours_is_set(
    name: str, field: str, older: str, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name of an older service is heard, and FRAMED_* wins over it."""
    monkeypatch.setenv(name, older)
    assert str(getattr(read_now(), field)) == older
    monkeypatch.setenv(PREFIX + field.upper(), newer)
    assert str(getattr(read_now(), field)) == newer


def test_ours_in_the_file_wins_over_an_older_name_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What counts is the name, not where it stands."""
    Path(".env").write_text("FRAMED_PORT=4002\n")
    monkeypatch.setenv("PORT", "4001")
    assert read_now().port == 4002


def test_a_model_path_wins_over_a_model_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """CLIP_MODEL_PATH is the stronger of the two older names of the model."""
    monkeypatch.setenv("CLIP_MODEL", "ViT-B/32")
    monkeypatch.setenv("CLIP_MODEL_PATH", "/models/one")
    assert read_now().model == "/models/one"


@pytest.mark.parametrize("value", ["x86_64-conda-linux-gnu", "workstation", "localhost "])
def test_a_host_that_is_no_address_is_not_meant_for_us(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shells export HOST as a machine's name or a build triplet; only an address is heard."""
    monkeypatch.setenv("HOST", value)
    assert read_now().host == "127.0.0.1"


def test_private_listens_on_loopback_whatever_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """PRIVATE=True has the last word on where the service listens."""
    monkeypatch.setenv("FRAMED_HOST", "0.0.0.0")
    monkeypatch.setenv("PRIVATE", "True")
    assert read_now().bind_host == "127.0.0.1"
    monkeypatch.setenv("PRIVATE", "False")
    assert read_now().bind_host == "0.0.0.0"


def test_not_private_in_the_older_name_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PRIVATE=False` says that others may call, unless a host says otherwise; ours says less."""
    monkeypatch.setenv("PRIVATE", "False")
    assert read_now().bind_host == "0.0.0.0"
    monkeypatch.setenv("HOST", "192.0.2.7")
    assert read_now().bind_host == "192.0.2.7"
    monkeypatch.delenv("PRIVATE")
    monkeypatch.delenv("HOST")
    monkeypatch.setenv("FRAMED_PRIVATE", "False")
    assert read_now().bind_host == "127.0.0.1"


@pytest.mark.parametrize("entry", ["nas", "photos.lan", "10.0.0.0/8", "fd00::7", "[::1]"])
def test_hosts_that_photos_may_come_from(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, addresses and ranges of them."""
    monkeypatch.setenv("FRAMED_URL_PRIVATE_HOSTS", f"{entry}, other")
    assert read_now().url_private_hosts == (entry, "other")


@pytest.mark.parametrize("entry", ["nas:80", "*.lan", "http://nas", "10.0.0.0/99", "a b"])
def test_hosts_that_would_never_match_are_refused(
    entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong entry is an error at the start, not a photo that is refused for ever."""
    monkeypatch.setenv("FRAMED_URL_PRIVATE_HOSTS", entry)
    with pytest.raises(StartupError, match="neither a host name"):
        settings()


def test_the_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` of the working directory counts for both kinds of names; the environment is later."""
    Path(".env").write_text("FRAMED_QUEUE=7\nPORT=4001\nPRIVATE=True\nFRAMED_DEADLINE=3\n")
    monkeypatch.setenv("FRAMED_DEADLINE", "4")
    read = read_now()
    assert (read.queue, read.port, read.private, read.deadline) == (7, 4001, True, 4.0)


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set to nothing leaves the default."""
    monkeypatch.setenv("FRAMED_PORT", "")
    monkeypatch.setenv("PORT", "")
    assert read_now().port == 3000


def test_folders_are_split_and_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Roots are joined by the system's separator and keep their names, those of links, too."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    monkeypatch.setenv("FRAMED_PATH_ROOTS", os.pathsep.join(["a", str(tmp_path / "b")]))
    assert read_now().path_roots == (Path.cwd() / "a", tmp_path / "b")


def test_a_stray_separator_opens_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty part between separators is not the working directory."""
    (tmp_path / "a").mkdir()
    monkeypatch.setenv("FRAMED_PATH_ROOTS", f"{os.pathsep}a{os.pathsep}{os.pathsep}")
    assert read_now().path_roots == (Path.cwd() / "a",)


def test_origins_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks around an origin say nothing."""
    monkeypatch.setenv("FRAMED_CORS_ORIGINS", "https://a.example, https://b.example,")
    assert read_now().cors_origins == ("https://a.example", "https://b.example")


def test_all_faults_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One error at the start names each wrong setting and the value it was given."""
    wrong = {
        "FRAMED_PORT": "70000",
        "FRAMED_DEVICE": "tpu",
        "FRAMED_PATH_ROOTS": "/no/such/folder",
        "FRAMED_HOST": "somewhere",
        "FRAMED_RELOAD": "maybe",
        "FRAMED_DEADLINE": "soon",
        "PRIVATE": "perhaps",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StartupError) as refused:
        settings()
    lines = str(refused.value).splitlines()
    for name, value in wrong.items():
        assert [line for line in lines if name in line and value in line], name
    assert len(lines) == 1 + len(wrong)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("FRAMED_APIKEYS", "FRAMED_API_KEYS"),
        ("FRAMED_API_KEY_FILE", "FRAMED_API_KEYS_FILE"),
        ("FRAMED_KEYS", "FRAMED_API_KEYS"),
        ("framed_allow_hosts", "FRAMED_ALLOWED_HOSTS"),
        ("FRAMED_RATE_PHOTO", "FRAMED_RATE_PHOTOS"),
    ],
)
@pytest.mark.parametrize("by_file", [False, True])
def test_a_misspelt_guard_ends_the_start(
    name: str, meant: str, by_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever set it believes the door to be shut: the server does not open it."""
    if by_file:
        Path(".env").write_text(f"{name}=3\n")
    else:
        monkeypatch.setenv(name, "3")
    with pytest.raises(StartupError, match=f"{name.upper()} .*{meant}\\?"):
        settings()


def test_other_names_are_told_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Kubernetes, a client or a typing error sets beside is named, with what may be meant."""
    monkeypatch.setenv("FRAMED_RUN_ID", "x")
    monkeypatch.setenv("FRAMED_LOGLEVEL", "debug")
    monkeypatch.setenv("FRAMED_SERVICE_PORT_HTTP", "3000")
    monkeypatch.setenv("FRAMED_KEY", "a client's own")
    settings()
    assert unknown_names() == {
        "FRAMED_KEY": None,
        "FRAMED_LOGLEVEL": "FRAMED_LOG_LEVEL",
        "FRAMED_SERVICE_PORT_HTTP": None,
    }


def test_a_value_once_read_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are read once, and to change one is an error."""
    read = settings()
    monkeypatch.setenv("FRAMED_PORT", "4001")
    assert settings() is read
    with pytest.raises(ValidationError, match="frozen"):
        read.port = 4001


@pytest.mark.parametrize("field", Settings.model_fields)
def test_each_setting_is_described(field: str) -> None:
    """Every setting says in a sentence what it is for."""
    said = Settings.model_fields[field].description
    assert said
    assert said.endswith(".")


@pytest.mark.parametrize("field", Settings.model_fields)
def test_each_setting_stands_in_the_readme(field: str) -> None:
    """The table of settings in the README names every one of them."""
    assert re.search(rf"\b{PREFIX}{field.upper()}\b", README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OLDER_NAMES)
def test_each_older_name_stands_in_the_readme(name: str) -> None:
    """So it does the names of older services that still hold."""
    assert re.search(rf"\b{name}\b", README.read_text(encoding="utf-8"))


def test_the_one_limit_on_photos_rules_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cameras fit by default; who set 8 MB, when there was no other limit, meant every photo."""
    mib = 2**20
    assert (read_now().max_photo_bytes, read_now().max_batch_photo_bytes) == (32 * mib, 64 * mib)
    monkeypatch.setenv("FRAMED_MAX_PHOTO_BYTES", str(8 * mib))
    assert read_now().photo_limits.batch == SizeLimit(8 * mib, "FRAMED_MAX_PHOTO_BYTES")
    monkeypatch.setenv("FRAMED_MAX_BATCH_PHOTO_BYTES", str(16 * mib))
    limits = read_now().photo_limits
    assert (limits.single.bytes, limits.batch.bytes) == (8 * mib, 16 * mib)
    assert limits.batch.said == "16 MiB (FRAMED_MAX_BATCH_PHOTO_BYTES)"


def test_a_batchs_own_limit_is_named_though_it_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To raise the other would change nothing."""
    monkeypatch.setenv("FRAMED_MAX_BATCH_PHOTO_BYTES", str(32 * 2**20))
    assert read_now().photo_limits.batch.setting == "FRAMED_MAX_BATCH_PHOTO_BYTES"
    monkeypatch.setenv("FRAMED_MAX_PHOTO_BYTES", str(32 * 2**20))
    assert read_now().photo_limits.batch.setting == "FRAMED_MAX_BATCH_PHOTO_BYTES"


def test_roots_are_found_in_either_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed composed, stored decomposed."""
    composed, decomposed = (unicodedata.normalize(form, "Müller") for form in ("NFC", "NFD"))
    (tmp_path / decomposed).mkdir()
    monkeypatch.setenv("FRAMED_PATH_ROOTS", str(tmp_path / composed))
    assert read_now().path_roots == (tmp_path / decomposed,)
