"""The systemd unit: it starts the script, keeps to itself, and systemd itself can read it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "framed.service"
PLACE = "/opt/framed"

Unit = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def unit() -> Unit:
    """Section -> name -> values: a name may stand more than once."""
    sections: Unit = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            here = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            here.setdefault(name, []).append(value)
    return sections


def test_it_starts_the_script(unit: Unit) -> None:
    """In the checkout's folder, where `.env` lies; the script is there and may be run."""
    service = unit["Service"]
    assert service["ExecStart"] == [f"{PLACE}/deploy/start.sh"]
    assert service["WorkingDirectory"] == [PLACE]
    assert (ROOT / "deploy" / "start.sh").stat().st_mode & 0o111


def test_it_comes_back(unit: Unit) -> None:
    """After a failure and after a boot, but not for ever in a circle."""
    assert unit["Service"]["Restart"] == ["on-failure"]
    assert unit["Install"]["WantedBy"] == ["multi-user.target"]
    assert int(unit["Unit"]["StartLimitBurst"][0]) > 1


def test_one_dead_worker_does_not_end_it(unit: Unit) -> None:
    """Where memory is short the kernel kills one process; systemd would then end all of them."""
    assert unit["Service"]["OOMPolicy"] == ["continue"]
    assert int(unit["Service"]["LimitNOFILE"][0]) > 4096 * 3  # connections, and what each may open


def test_its_settings_may_be_absent(unit: Unit) -> None:
    """The file of settings is optional, and what it writes lies in a folder of its own."""
    service = unit["Service"]
    assert service["EnvironmentFile"] == ["-/etc/framed.env"]
    assert service["CacheDirectory"] == ["framed"]
    written = [value.split("=", 1) for value in service["Environment"]]
    assert all(path.startswith("%C/framed") for _, path in written)


def test_it_keeps_to_itself(unit: Unit) -> None:
    """No root, no new rights, nothing to write but its own folder."""
    service = unit["Service"]
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "RestrictSUIDSGID"):
        assert service[name] == ["yes"], name
    assert service["ProtectSystem"] == ["strict"]
    assert service["CapabilityBoundingSet"] == [""]


def test_systemd_reads_it(tmp_path: Path) -> None:
    """Every name and value is one it knows."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    here = tmp_path / UNIT.name
    here.write_text(UNIT.read_text(encoding="utf-8").replace(PLACE, str(ROOT)))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True
    )
    said = verified.stdout + verified.stderr
    assert verified.returncode == 0, said
    assert UNIT.name not in said
