#!/usr/bin/env bash
# The wheel of pillow-heif 1.1.1 (Linux, x86_64): the terms it states, and the libraries it carries.
# Guess before the run: it states BSD, and carries decoders under the LGPL, libheif and libde265.
# Seen: it states BSD-3-Clause and nothing else, and carries x265 beside them, an encoder under the
# GPL 2, loaded with the rest when a picture is only read. A list of licences made from package
# metadata does not know. pi-heif of the same author and version is built without x265.
# Exits 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for package in pillow-heif pi-heif; do
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --python-version 3.11 \
        --dest "$folder/$package" "$package==1.1.1"
done
python3 - "$folder" <<'PY'
import pathlib
import re
import sys
import zipfile

carried = {}
for package in ("pillow-heif", "pi-heif"):
    (wheel,) = pathlib.Path(sys.argv[1], package).glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        metadata = opened.read(next(n for n in names if n.endswith("/METADATA"))).decode()
    stated = re.findall(r"^(?:License|License-Expression): (.*)$", metadata, re.MULTILINE)
    libraries = sorted({re.split(r"[-.]", pathlib.PurePath(n).name)[0] for n in names if ".libs/" in n})
    carried[package] = libraries
    print(wheel.name, "states", stated, "and carries", ", ".join(filter(None, libraries)))
sys.exit("libx265" not in carried["pillow-heif"] or "libx265" in carried["pi-heif"])
PY
