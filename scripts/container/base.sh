#!/usr/bin/env bash
# What the official image python:3.11-slim is made of, from Debian's own packages: for machines that
# reach no registry of images. Debian 12 is the release whose Python is 3.11.
#   scripts/container/base.sh ARCHIVE    writes a tar of the root; DEBIAN_MIRROR names another mirror
set -euo pipefail

archive=$1
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates,python3,python3-pip,python3-venv \
  bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}

cd "$root"
# As the official image: no lists, no manuals, no bytecode, and pip may install into the system.
rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* usr/share/{man,locale,info}/*
find usr/share/doc -type f ! -name copyright -delete
find usr/lib/python3* -name __pycache__ -prune -exec rm -r {} +
rm -f usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 usr/local/bin/python3
ln -s python3 usr/local/bin/python
tar -cf "$archive.part" .
mv "$archive.part" "$archive"
