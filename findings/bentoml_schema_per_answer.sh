#!/usr/bin/env bash
# BentoML 1.4.39: what a service does for each answer of an API method that returns plain JSON.
# Guess before the run: the media type of an answer follows from the method's annotation, so it is
# worked out once, when the service is made.
# Seen: for every answer pydantic makes a TypeAdapter of the annotation and its whole JSON schema
# anew, to look at the schema's "type"; with a dataclass of a few fields that alone costs several
# times what writing the answer costs. Calls between services (bentoml.depends) pay it too.
# Exits 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export BENTOML_HOME="$folder/home" BENTOML_DO_NOT_TRACK=True
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check bentoml==1.4.39 httpx==0.28.1
cat > "$folder/answering.py" <<'PY'
import asyncio
import json
import sys
import time

import bentoml
import httpx
from pydantic import TypeAdapter

CALLS = 20


@bentoml.service(logging={"access": {"enabled": False}})
class Labels:
    @bentoml.api
    async def rank(self, top_k: int) -> dict[str, list[float]]:
        return {"probs": [0.5] * top_k}


made = []
spent = []
original = TypeAdapter.json_schema


def counted(self, *args, **kwargs):
    begun = time.perf_counter()
    schema = original(self, *args, **kwargs)
    spent.append(time.perf_counter() - begun)
    made.append(schema.get("type"))
    return schema


TypeAdapter.json_schema = counted


async def main():
    app = Labels.to_asgi()
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bento") as client:
            await client.post("/rank", json={"top_k": 5})
            made.clear()
            spent.clear()
            for _ in range(CALLS):
                answer = await client.post("/rank", json={"top_k": 5})
                assert answer.status_code == 200, answer.text
    begun = time.perf_counter()
    for _ in range(CALLS):
        json.dumps(answer.json())
    writing = time.perf_counter() - begun
    print(f"bentoml {bentoml.__version__}: {len(made) / CALLS:g} JSON schemas an answer,", end=" ")
    print(f"{sum(spent) / CALLS * 1e6:.0f} us each answer; to write it takes {writing / CALLS * 1e6:.0f} us")
    sys.exit(len(made) < CALLS)


asyncio.run(main())
PY
cd "$folder" && "$folder/venv/bin/python" answering.py
