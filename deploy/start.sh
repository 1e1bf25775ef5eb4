#!/bin/sh
# Starts Framed from its checkout and becomes it: for systemd, or in a terminal.
#   deploy/start.sh [--host ADDRESS] [--port PORT]
# Framed reads its settings itself, from the environment and from `.env` in the checkout.
# VENV names another virtual environment than the checkout's .venv.
set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."
python=${VENV:-.venv}/bin/python

if [ ! -x "$python" ]; then
    printf 'There is no %s/%s: call "make setup" first, or name another one: VENV=...\n' \
        "$PWD" "$python" >&2
    exit 1
fi

exec "$python" -m scripts.serve "$@"
