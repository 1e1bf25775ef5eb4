#!/usr/bin/env bash
# NumPy 2.4.6 (wheel, with its OpenBLAS) on x86-64 and at least two cores: what ranking one photo
# against a bank of 5,000 labels costs, `rows @ photo` of [5000, 256] float64, one product every
# 30 ms, as a server does it.
# Guess before the run: under a millisecond of CPU, the product being bound by memory, and the same
# by any other call that adds up the same numbers.
# Seen: 8 to 37 ms of CPU a product on two cores, the more the busier they are, most of it after the
# product is done: the library's other thread goes on spinning, waiting for more work. Through one
# thread, or by einsum, which calls no BLAS, 0.6 to 1 ms, and no longer by the clock. A clock around
# the call shows nothing of it.
# Exits 1 where the product no longer costs three times as much as einsum; does nothing on one core.
set -euo pipefail
[ "$(nproc)" -ge 2 ] || { echo "one core: no thread to spin"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6
cat > "$folder/product.py" <<'PY'
import statistics
import time

import numpy as np

rows = np.random.default_rng(1).normal(size=(5000, 256))
photo = np.random.default_rng(2).normal(size=256)
ways = {
    "matmul": lambda: rows @ photo,
    "einsum": lambda: np.einsum("nd,d->n", rows, photo),
}
cost = {}
for name, way in ways.items():
    way()
    cpu, wall = [], []
    for _ in range(40):
        begun, started = time.process_time(), time.perf_counter()
        way()
        wall.append(time.perf_counter() - started)
        time.sleep(0.03)
        cpu.append(time.process_time() - begun)
    cost[name] = statistics.median(cpu)
    print(f"{name}: {1e3 * cost[name]:.2f} ms of CPU, {1e3 * statistics.median(wall):.2f} ms by the clock")
raise SystemExit(cost["matmul"] < 3 * cost["einsum"])
PY
"$folder/venv/bin/python" "$folder/product.py"
