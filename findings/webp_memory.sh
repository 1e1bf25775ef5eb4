#!/usr/bin/env bash
# Pillow 11.3.0 reading WebP: how much memory decoding takes a pixel, beside a PNG of the same picture.
# Guess before the run: 4 bytes a pixel for both, Pillow's own storage of RGB, and little beside it.
# Seen: a PNG takes 4, a WebP 16. Pillow reads still pictures by libwebp's animation decoder, which
# has two canvases; a copy as bytes and Pillow's own picture stand beside them. Whoever bounds memory
# by width x height x 4 lets four times as much in through WebP.
# Exits 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==11.3.0
cat > "$folder/measure.py" <<'PY'
import subprocess
import sys

from PIL import Image, __version__

SIDE = 4500  # 20 megapixels
READ = """
import pathlib, re, sys
from PIL import Image

def peak():  # of this program alone, which ru_maxrss is not
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])

Image.init()
before = peak()
Image.open(sys.argv[1]).load()
print(peak() - before)
"""


def bytes_a_pixel(path):
    said = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, check=True)
    return int(said.stdout) * 1024 / SIDE**2


folder = sys.argv[1]
picture = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
picture.save(f"{folder}/p.png", compress_level=1)
picture.save(f"{folder}/p.webp", quality=50, method=0)
png, webp = bytes_a_pixel(f"{folder}/p.png"), bytes_a_pixel(f"{folder}/p.webp")
print(f"Pillow {__version__}: PNG {png:.1f} bytes a pixel, WebP {webp:.1f}")
sys.exit(not (png < 6 and webp > 2 * png))
PY
"$folder/venv/bin/python" "$folder/measure.py" "$folder"
