#!/bin/sh
# Set up .venv, or the folder that VENV names, on a machine that has no more than a Python;
# `make setup` calls it.
#   scripts/setup.sh venv PYTHON     a fresh one, with uv in it where none is on PATH
#   scripts/setup.sh install FILE    the pinned packages of FILE; TORCH_BACKEND=cpu: a small torch
#   scripts/setup.sh uv ARGUMENTS    uv itself
set -eu

VENV=${VENV:-.venv}

stop() {
    printf '\nSet-up stopped: %s\n' "$1" >&2
    exit 1
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

fitting_names() {
    for name in python3.13 python3.12 python3.11; do
        if fits "$name"; then printf ' %s' "$name"; fi
    done
}

check_python() {
    fits "$1" && return
    found=$("$1" --version 2>&1) || found="it does not run"
    others=$(fitting_names)
    others=${others:-" none; install one first (Debian, Ubuntu: apt-get install python3 python3-venv)"}
    stop "Framed needs Python 3.11, 3.12 or 3.13, and '$1' is not one of them ($found).
Name one that is: PYTHON=python3.12 make setup
Found on this machine:$others"
}

check_venv_module() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    stop "'$1' cannot make virtual environments: its venv and ensurepip modules are missing.
Debian and Ubuntu keep them apart: apt-get install python$version-venv
Or put uv on PATH, which does without them, and call make again."
}

run_uv() {
    if command -v uv >/dev/null; then uv "$@"; else "$VENV/bin/uv" "$@"; fi
}

make_venv() {
    check_python "$1"
    rm -rf "$VENV"
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$("$1" -c 'import sys; print(sys.executable)')" "$VENV"
    else
        check_venv_module "$1"
        "$1" -m venv "$VENV"
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.8'
    fi
}

# uv reads no pip configuration; where pip was pointed at a mirror, uv goes there as well.
follow_pip() {
    [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] || return 0
    mirror=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="$mirror"; fi
}

install() {
    follow_pip
    run_uv pip install --python "$VENV/bin/python" \
        ${TORCH_BACKEND:+--torch-backend "$TORCH_BACKEND"} -r "$1" ||
        stop "the packages of $1 could not be installed; uv says why above. Call make again."
}

verb=$1
shift
case $verb in
    venv) make_venv "$1" ;;
    install) install "$1" ;;
    uv) follow_pip; run_uv "$@" ;;
    *) stop "unknown verb '$verb'" ;;
esac
