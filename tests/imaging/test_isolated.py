"""`framed.imaging.isolated`: a child lives and dies with the process that started it."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from framed.imaging.child import _ROOT

PARENT = """
import sys
from framed.imaging.child import Child
from framed.imaging.isolated import Order
from framed.photo import DecodeSpec, ViewSpec
from tests.imaging import orders
child = Child()
print(child._process.pid, flush=True)
child.do(Order(orders.sleep, b"", DecodeSpec(), ViewSpec(), 50))
"""


def _is_gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_child_dies_with_its_parent():
    """In the middle of its work, when the parent is killed and can say nothing more."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=_ROOT, stdout=-1, text=True
    ) as parent:
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        assert not _is_gone(child)
        parent.kill()
    end = time.monotonic() + 20
    while not _is_gone(child):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_child_loads_what_it_needs():
    """No model library, no server and no settings: it is there in a fraction of a second."""
    code = "import framed.imaging.isolated, sys; print(*{n.split('.')[0] for n in sys.modules})"
    run = [sys.executable, "-c", code]
    loaded = set(subprocess.run(run, cwd=_ROOT, stdout=-1, text=True).stdout.split())
    assert {"PIL", "numpy"} <= loaded
    assert not loaded & {"bentoml", "torch", "fastapi", "pydantic", "openvino", "asyncio"}
