#!/usr/bin/env bash
# Asks a running server one question on every route and says OK or FAIL, a line each.
set -u

usage() {
  cat <<'EOF'
usage: smoke_test.sh [URL] [PHOTO]

Asks a running server one question on every route; prints a line each, OK or FAIL.
Exit status: 0 if every line is OK, 1 at any FAIL, 2 if the test itself cannot run.

  URL    where the server is (default http://127.0.0.1:3000)
  PHOTO  a photo to send (default docs/samples/pier_sunset.jpg of this repository)

Where the server asks for keys, FRAMED_KEY in the environment is one that may do all (scope admin).

Needs bash, curl and python3 (standard library only).
EOF
}

refuse() {
  printf 'smoke_test.sh: %s\n' "$1" >&2
  exit 2
}

case "${1:-}" in
  -h | --help) usage && exit ;;
  -*) refuse "unknown option $1; try --help" ;;
esac
[ $# -le 2 ] || refuse "at most a URL and a photo; try --help"

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
url=${1:-http://127.0.0.1:3000}
url=${url%/}
photo=${2:-$root/docs/samples/pier_sunset.jpg}
for tool in curl python3; do
  command -v "$tool" >/dev/null || refuse "$tool is not installed"
done
[ -f "$photo" ] && [ -r "$photo" ] || refuse "cannot read the photo $photo"
case "$photo" in
  *.png | *.PNG) type=image/png ;;
  *.webp | *.WEBP) type=image/webp ;;
  *.heic | *.HEIC) type=image/heic ;;
  *.avif | *.AVIF) type=image/avif ;;
  *) type=image/jpeg ;;
esac

dir=$(mktemp -d) || refuse "cannot make a temporary folder"
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
cp "$photo" "$dir/photo" || refuse "cannot copy the photo" # curl -F cannot send every file name
printf 'These are words, not a picture.\n' >"$dir/notes.txt"
cat >"$dir/inline.py" <<'EOF'
import base64, json, sys

with open(sys.argv[1], "rb") as photo:
    print(json.dumps({"image": base64.b64encode(photo.read()).decode()}))
EOF
python3 "$dir/inline.py" "$dir/photo" >"$dir/inline.json" || refuse "python3 does not run"

# Says nothing where the answer is as wanted, else what came instead.
cat >"$dir/judge.py" <<'EOF'
import json
import math
import sys

folder, wanted, status, condition = sys.argv[1:]
with open(folder + "/body", encoding="utf-8", errors="replace") as body:
    text = body.read()


def refuse(constant):
    raise ValueError(constant + " is not JSON")


def parsed(text):
    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return None


def is_unit(vector):
    return len(vector) > 1 and abs(math.sqrt(sum(x * x for x in vector)) - 1) < 0.01


def is_measured(item):
    numbers = [value for value in item["features"]["tech"].values() if value is not None]
    return len(numbers) > 0 and all(map(math.isfinite, numbers))


def is_labelled(item):
    labels = item["features"]["clip_labels"]
    return len(labels) > 0 and all(0 <= label["confidence"] <= 1 for label in labels)


def are_features(items):
    return len(items) == 2 and all(is_measured(item) and is_labelled(item) for item in items)


def is_ranked(answer):
    probs = [result["prob"] for result in answer["results"]]
    return len(probs) == answer["top_k"] and probs == sorted(probs, reverse=True)


def is_as_uploaded(answer):
    """The scores of the upload, within what two looks at one photo may differ by."""
    with open(folder + "/uploaded", encoding="utf-8") as body:
        uploaded = {each["label"]: each["score"] for each in json.load(body)["results"]}
    best = answer["results"][0]
    return is_ranked(answer) and abs(uploaded[best["label"]] - best["score"]) <= 2e-3


j = parsed(text)
lines = [parsed(line) for line in text.splitlines() if line.strip()]
try:
    fault = "" if eval(condition) else "does not hold: " + condition
except Exception as error:
    fault = "%s in %s" % (type(error).__name__, condition)
if status not in wanted.split("|"):
    fault = "status %s instead of %s" % (status, wanted)
if fault:
    print("%s; the answer: %.200s" % (fault, " ".join(text.split()) or "(empty)"))
EOF

failures=0
: >"$dir/key"
[ -z "${FRAMED_KEY:-}" ] || printf 'header = "X-API-Key: %s"\n' "$FRAMED_KEY" >"$dir/key" # not in ps

# check NAME STATUS CONDITION CURL-ARGUMENT...
check() {
  local name=$1 wanted=$2 condition=$3 status fault
  shift 3
  : >"$dir/body"
  if status=$(curl -sS --noproxy localhost,127.0.0.1,::1 --max-time 60 -K "$dir/key" \
    -o "$dir/body" -w '%{http_code}' "$@" 2>"$dir/curl"); then
    fault=$(python3 "$dir/judge.py" "$dir" "$wanted" "$status" "$condition" 2>&1)
  else
    fault=$(tr '\n' ' ' <"$dir/curl")
  fi
  if [ -z "$fault" ]; then
    printf 'OK    %s\n' "$name"
  else
    printf 'FAIL  %s: %s\n' "$name" "$fault"
    failures=$((failures + 1))
  fi
}

json='Content-Type: application/json'
ndjson='Accept: application/x-ndjson'
upload="@$dir/photo;filename=photo;type=$type"

check 'GET /livez' 200 'True' "$url/livez"
check 'GET /readyz' 200 'True' "$url/readyz"
check 'GET /healthz' 200 'j["status"] == "ok" and j["device"] and j["fp16"] in (True, False)' \
  "$url/healthz"
check 'GET /health' 200 'j["status"] == "healthy" and j["model_loaded"] is True' "$url/health"
check 'GET /info' 200 'j["model"] and j["device"] and j["version"]' "$url/info"
check 'GET /labels' 200 'len(j["labels"]) > 0 and len(j["templates"]) > 0' "$url/labels"

check 'POST /classify, multipart' 200 \
  'j["top_k"] == 3 and j["model"] and j["bank_checksum"] and is_ranked(j)' \
  -F "file=$upload" "$url/classify?top_k=3"
cp "$dir/body" "$dir/uploaded"
check 'POST /classify, raw body' 200 'is_as_uploaded(j)' \
  -H "Content-Type: $type" --data-binary "@$dir/photo" "$url/classify?top_k=3"
check 'POST /classify, JSON with base64' 200 'is_as_uploaded(j)' \
  -H "$json" --data-binary "@$dir/inline.json" "$url/classify?top_k=3"
check 'POST /classify, a text file' 400 'j["error"]["code"] == "not_an_image"' \
  -F "file=@$dir/notes.txt;type=text/plain" "$url/classify"

check 'POST /features, multipart' 200 \
  'are_features(j["artifacts"])' -F "files=$upload" -F "files=$upload" "$url/features"
check 'POST /features, NDJSON' 200 \
  'lines[-1]["done"] is True and are_features([line["artifact"] for line in lines[:-1]])' \
  -H "$ndjson" -F "files=$upload" -F "files=$upload" "$url/features"

check 'POST /encode_image' 200 'is_unit(j)' -F "image=$upload" "$url/encode_image"
check 'POST /encode_text' 200 'len(j) == 2 and all(is_unit(vector) for vector in j)' \
  -H "$json" -d '{"texts": ["a photo of a cat", "a photo of a pier"]}' "$url/encode_text"

# Reloading may be closed to callers from elsewhere; then a clear refusal is the right answer.
check 'POST /reload-labels' '200|403' \
  'j["checksum"] and j["labels"] > 0 if status == "200" else j["error"]["code"] == "forbidden"' \
  -X POST "$url/reload-labels"
check 'GET /readyz, after all that' 200 'True' "$url/readyz"

[ "$failures" -eq 0 ]
