#!/usr/bin/env bash
# Builds the image and serves with it on a machine that has neither Docker nor a registry.
set -euo pipefail

usage() {
  cat <<'EOT'
usage: try_image.sh [--base ARCHIVE]

Builds the container image by `make image`, with buildah, over a base that debootstrap makes; then
starts it as the image's own user with a read-only root, classifies a photo, asks every route, and
starts it once more. Prints start times, memory, and the size of every layer.
Exit status: 0 if all is as promised, 1 if not, 2 if this machine lacks something.

  --base ARCHIVE  keep the base there, or take the one that is there (a minute less)

Needs root, `make setup`, and from Debian: buildah, debootstrap, curl, util-linux.
DEBIAN_MIRROR names another mirror. pip's index and this machine's certificates reach the build and
stay out of the image. What it makes lies below TMPDIR (3 GB) and goes when it ends.
EOT
}

refuse() {
  printf 'try_image.sh: %s\n' "$1" >&2
  exit 2
}

fail() {
  printf 'FAIL  %s\n' "$1" >&2
  exit 1
}

base=
case "${1:-}" in
  -h | --help) usage && exit ;;
  --base) base=$(realpath -m "${2:?--base needs a file}") && shift 2 ;;
esac
[ $# -eq 0 ] || refuse "unknown argument $1; try --help"
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
venv=${VENV:-.venv}
[ "$(id -u)" = 0 ] || refuse "only root can make a base and mount an image"
for tool in buildah debootstrap unshare setpriv curl python3 make; do
  command -v "$tool" >/dev/null || refuse "$tool is missing: apt-get install buildah debootstrap curl make"
done
[ -x "$venv/bin/python" ] || refuse "there is no $venv: call \`make setup\` first"

work=$(mktemp -d)
export CONTAINERS_STORAGE_CONF=$work/storage.conf CONTAINERS_CONF=$work/containers.conf
export BENTOML_HOME=$work/bentoml BENTOML_DO_NOT_TRACK=True
export BUILDAH_FORMAT=docker # the one that has health checks
server=
tidy() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  [ ! -f "$CONTAINERS_STORAGE_CONF" ] || buildah umount --all >/dev/null 2>&1 || true
  umount "$work/storage/overlay" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap tidy EXIT
trap 'exit 1' HUP INT PIPE TERM

# buildah's store, BentoML's, and what the build borrows, apart from this machine's own.
mkdir -p "$work"/{home/.config/uv,home/.config/pip,data,pushed}
chmod 755 "$work"
cat >"$work/storage.conf" <<EOT
[storage]
driver = "${STORAGE_DRIVER:-overlay}"
graphroot = "$work/storage"
runroot = "$work/run"
EOT
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
cat >"$work/containers.conf" <<EOT
[containers]
volumes = ["$work/home:/root", "$bundle:/etc/ssl/certs/ca-certificates.crt:ro"]
EOT
index=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}}
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n%s' \
  "${index:+index-url = $index}" >"$work/home/.config/pip/pip.conf"
printf 'system-certs = true\n%s' "${index:+index-url = \"$index\"}" >"$work/home/.config/uv/uv.toml"

made=${base:-$work/base.tar}
[ -f "$made" ] || scripts/container/base.sh "$made" >"$work/log" 2>&1 || {
  tail -n 20 "$work/log" >&2 && refuse "debootstrap could not make the base"
}
container=$(buildah from scratch)
buildah add --quiet "$container" "$made" / >/dev/null
buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet --rm "$container" docker.io/library/python:3.11-slim >/dev/null
[ -n "$base" ] || rm "$made"

# The packages of this checkout are taken as they are: no set-up in passing.
make --silent -o "$venv/.runtime" image \
  ARGS="-t framed:tried --backend buildah --opt isolation=chroot --opt layers" >"$work/log" 2>&1 || true
buildah inspect --type image framed:tried >"$work/image.json" 2>/dev/null || {
  tail -n 40 "$work/log" >&2 && fail "the image was not built"
}
root=$(buildah mount "$(buildah from framed:tried)")
chown "$(stat -c %u:%g "$root/data")" "$work/data"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port
sealed=(scripts/container/sealed.sh "$root" "$work/image.json" "$work/data"
  HOME=/tmp BENTOML_HOME=/tmp/bentoml PORT="$port" FRAMED_HOST=127.0.0.1 --)

# promise SENTENCE COMMAND...: what has to hold inside the image.
promise() {
  "${sealed[@]}" sh -c "$2" >"$work/log" 2>&1 || { cat "$work/log" >&2 && fail "$1"; }
  printf 'OK    %s\n' "$1"
}
promise 'the user is unprivileged' '[ "$(id -u)" -ge 1000 ] && [ "$(id -G)" = "$(id -g)" ] &&
  grep -q "^CapEff:[[:space:]]*0*$" /proc/self/status'
promise 'the root is read-only' '! touch /probe && ! touch /etc/probe && ! touch probe &&
  touch /tmp/probe /data/probe && rm /data/probe'
promise 'packages and code belong to root' '[ -z "$(find /app "$BENTO_PATH/src" ! -user root)" ]'
promise 'torch is not there' '! python -c "import torch" && python -c "import bentoml, openvino, cv2"'
promise 'all code is compiled' '! python -v -c "import sys; sys.path[:0] = [\"src\"]; import service" 2>&1 |
  grep "^# code object from .*py.$"'
promise 'no compiler is left' 'for each in gcc cc g++ c++ clang as ld make; do
  ! command -v "$each" || exit 1; done'
promise 'no caches, no lists, no installer' '[ -z "$(ls -A /var/lib/apt/lists /var/cache/apt | grep -v :)" ] &&
  ! command -v uv && [ ! -e /etc/pip.conf ] && [ ! -e /etc/uv ]'
[ -z "$(ls -A "$root/root" | grep -vx -e .bashrc -e .profile)" ] || fail 'something is left in /root'

# started WORD: serves, waits for readiness, and says how long that took and what it holds.
started() {
  local from=$EPOCHREALTIME
  "${sealed[@]}" >"$work/server.log" 2>&1 &
  server=$!
  until curl -sf --noproxy '*' --max-time 5 -o /dev/null "$url/readyz"; do
    kill -0 "$server" 2>/dev/null && [ "${EPOCHREALTIME%.*}" -lt $((${from%.*} + 180)) ] || {
      tail -n 40 "$work/server.log" >&2 && fail "the server does not become ready"
    }
    sleep 0.05
  done
  awk -v word="$1" -v from="$from" -v to="$EPOCHREALTIME" \
    'BEGIN {printf "OK    ready %.1f s after its start, %s\n", to - from, word}'
  first=$(cat "/proc/$server/task/$server/children")
  first=${first%% *}
}

# Proportional set size of all processes in the container, in MB.
held() {
  local space each
  space=$(readlink "/proc/$first/ns/pid")
  for each in /proc/[0-9]*; do
    [ "$(readlink "$each/ns/pid" 2>/dev/null)" != "$space" ] || cat "$each/smaps_rollup"
  done | awk '/^Pss:/ {sum += $2} END {printf "%.0f MB", sum * 1024 / 1e6}'
}

stopped() {
  kill -TERM "$first"
  wait "$server" || fail "the server did not end well on SIGTERM"
  server=
}

started 'with an empty /data'
printf 'OK    memory of all processes, ready: %s\n' "$(held)"
answer=$(curl -sS --noproxy '*' --max-time 60 -F file=@docs/samples/cat.jpg "$url/classify?top_k=3")
python3 -c '
import json, sys
results = json.loads(sys.argv[1])["results"]
print("OK    a cat is", ", ".join("%(label)s %(prob).2f" % each for each in results))' "$answer" ||
  fail "the photo was not classified: $answer"
health=$(python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["Docker"]["config"]["Healthcheck"]["Test"][1])' "$work/image.json")
promise 'its own health check says that it is well' "$health"
scripts/smoke_test.sh "$url" >"$work/log" 2>&1 || { cat "$work/log" >&2 && fail "not every route answers"; }
printf 'OK    every route answers (%s)\n' scripts/smoke_test.sh
printf 'OK    memory of all processes, after that: %s\n' "$(held)"
stopped
started 'with what the first left in /data'
stopped

buildah push --quiet --disable-compression framed:tried "dir:$work/pushed" >/dev/null
python3 scripts/container/layers.py "$work/image.json" "$work/pushed"
