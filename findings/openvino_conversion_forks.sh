#!/usr/bin/env bash
# OpenVINO 2026.4.1: what else happens while a small ONNX model is converted, on a fresh home folder.
# Guess before the run: the model is read in this process, and nothing is started.
# Seen: usage events are reported, one for each kind of operation and some more, though nobody was
# asked (a file that says so is written to the home folder); each event forks the calling process by
# multiprocessing, with all that it has loaded. One conversion of four operations forks it a dozen
# times, so that in a program that holds torch it takes seconds of CPU more than the conversion
# itself. Without the package openvino_telemetry it converts the same model and forks never.
# Exits 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openvino==2026.4.1 onnx==1.19.1
cat > "$folder/convert.py" <<'PY'
import json
import multiprocessing.process
import sys
import time
from pathlib import Path

started = []
start = multiprocessing.process.BaseProcess.start


def counted(self):
    started.append(self.name)
    self._target = time.time  # nothing is sent from here
    self._args = ()
    start(self)


multiprocessing.process.BaseProcess.start = counted
if sys.argv[2] == "without":
    sys.modules["openvino_telemetry"] = None

import openvino as ov

model = ov.convert_model(sys.argv[1])
time.sleep(2)  # the events go by threads
asked = any((Path.home() / "intel").glob("*")) if (Path.home() / "intel").is_dir() else False
print(json.dumps({"forks": len(started), "operations": len(model.get_ops()), "consent written": asked}))
PY
cat > "$folder/make.py" <<'PY'
import sys

from onnx import TensorProto, helper, save

value = helper.make_tensor_value_info
nodes = [
    helper.make_node("MatMul", ["x", "w"], ["a"]),
    helper.make_node("Relu", ["a"], ["b"]),
    helper.make_node("Sigmoid", ["b"], ["c"]),
    helper.make_node("Softmax", ["c"], ["y"], axis=-1),
]
weights = helper.make_tensor("w", TensorProto.FLOAT, [4, 4], [1.0] * 16)
ends = [value("x", TensorProto.FLOAT, [1, 4])], [value("y", TensorProto.FLOAT, [1, 4])]
graph = helper.make_graph(nodes, "small", *ends, [weights])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), sys.argv[1])
PY
mkdir "$folder/home"
export HOME=$folder/home
python="$folder/venv/bin/python"
"$python" "$folder/make.py" "$folder/small.onnx"
with=$("$python" "$folder/convert.py" "$folder/small.onnx" with)
without=$("$python" "$folder/convert.py" "$folder/small.onnx" without)
echo "with openvino_telemetry: $with"
echo "without: $without"
"$python" - "$with" "$without" <<'PY'
import json
import sys

told, silent = map(json.loads, sys.argv[1:])
sys.exit(not (told["forks"] >= 5 and silent["forks"] == 0 and told["operations"] == silent["operations"]))
PY
