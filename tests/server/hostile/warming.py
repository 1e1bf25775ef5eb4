"""Good work of every size, so that pools, caches and the models' buffers are as they will be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

AT_ONCE = 4
PHOTOS = 16
SHORT = [f"a thing of the number {number}" for number in range(1000)]
LONG = [f"{number} {'word ' * 80}" for number in range(60)]


def warm_up(url: str, photo: bytes) -> None:
    """Many texts, long texts, and batches of photos beside each other."""
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as client:
        for texts in (SHORT, LONG):
            client.post("/encode_text", json={"texts": texts}).raise_for_status()
        files = [("files", ("a.jpg", photo))] * PHOTOS
        with ThreadPoolExecutor(AT_ONCE) as senders:
            sent = [senders.submit(client.post, "/features", files=files) for _ in range(AT_ONCE)]
            for each in sent:
                each.result().raise_for_status()
