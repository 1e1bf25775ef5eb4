#!/usr/bin/env bash
# Runs a command in the root of an image as `docker run --read-only --cap-drop ALL --tmpfs /tmp`
# would: the image's own user, environment and folder, its process 1, nothing writable but /tmp and
# /data. The network is the machine's own.
#   scripts/container/sealed.sh ROOT CONFIG DATA [NAME=VALUE...] -- [COMMAND...]
# CONFIG is what `buildah inspect --type image` says. Without a COMMAND, what the image starts.
set -euo pipefail

root=$1 config=$2 data=$3
shift 3

# member EXPRESSION: strings of the image's configuration `c`, each ended by a NUL.
member() {
  python3 -c '
import json, sys
c = json.load(open(sys.argv[1]))["Docker"]["config"]
for each in eval(sys.argv[2]):
    sys.stdout.write(each + "\0")' "$config" "$1"
}

mapfile -d '' environment < <(member 'c["Env"]')
mapfile -d '' started < <(member 'c["Entrypoint"] + c["Cmd"]')
mapfile -d '' place < <(member '[c["User"], c["WorkingDir"]]')
while [ "$1" != -- ]; do environment+=("$1") && shift; done
shift
[ $# -gt 0 ] || set -- "${started[@]}"

identity=$(awk -F: -v user="${place[0]}" '$1 == user {print $3 ":" $4}' "$root/etc/passwd")
[ -n "$identity" ] || { echo "the image has no user '${place[0]}'" >&2 && exit 2; }

printf '127.0.0.1 localhost\n' >"$root/etc/hosts" # as every runtime gives one

sealing='
root=$1 data=$2 identity=$3; shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$data" "$root/data"
mount -o remount,ro,bind "$root"
exec setpriv --no-new-privs chroot --userspec="$identity" --groups= "$root" "$@"'
inside='cd "$1" && shift && exec "$@"'
exec unshare --mount --pid --ipc --uts --fork --kill-child sh -ec "$sealing" sealed \
  "$root" "$data" "$identity" \
  env -i "${environment[@]}" sh -c "$inside" inside "${place[1]}" "$@"
