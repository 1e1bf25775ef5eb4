#!/usr/bin/env bash
# OpenVINO 2026.4.1 on x86-64: which stack a thread's signals run on after it compiled a model.
# Guess before the run: the thread's own alternate stack (that of Python's faulthandler), untouched.
# Seen: compiling for the CPU gives the calling thread another alternate stack, and the memory of that
# one is unmapped when the last of the model goes, in whichever thread that is. Dropped in the same
# thread, the first stack is put back; dropped in another, the thread that compiled is left with a
# stack that is no memory. Python runs its signal handlers on that stack, so load models in threads
# that get no signals, never in the main one.
# Exits 1 where that is no longer so. It only reads which stack is set, and raises no signal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1 numpy==2.2.6
cat > "$folder/stack.py" <<'PY'
import ctypes
import faulthandler
import gc
import sys
import threading

sys.modules["openvino_telemetry"] = None
import numpy as np
import openvino as ov
from openvino import opset13 as op


class Stack(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]


def stack():
    """Where this thread's alternate signal stack lies, and whether that is memory."""
    found = Stack()
    ctypes.CDLL(None).sigaltstack(None, ctypes.byref(found))
    if not found.at:
        return None, "none"
    for line in open("/proc/self/maps"):
        begin, end = (int(side, 16) for side in line.split()[0].split("-"))
        if begin <= found.at < end:
            return found.at, "memory"
    return found.at, "no memory"


faulthandler.enable()
given = op.parameter([-1, 8], np.float32)
model = ov.Model([op.result(op.relu(given))], [given])
held = [ov.Core()]
before = stack()
held.append(held[0].compile_model(model, "CPU"))
compiled = stack()
del model, given


def drop():
    held.clear()
    gc.collect()


if sys.argv[1] == "elsewhere":
    thread = threading.Thread(target=drop)
    thread.start()
    thread.join()
else:
    drop()
after = stack()
kept = ("the first" if each[0] == before[0] else "another" for each in (compiled, after))
print(*kept, after[1], sep=", ")
PY
python="$folder/venv/bin/python"
elsewhere=$("$python" "$folder/stack.py" elsewhere)
here=$("$python" "$folder/stack.py" here)
echo "dropped in another thread: $elsewhere"
echo "dropped in the same: $here"
[ "$elsewhere" = "another, another, no memory" ] && [ "$here" = "another, the first, memory" ]
