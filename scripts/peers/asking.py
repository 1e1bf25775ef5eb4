"""One request at a time, of a server that may not be there yet, or no longer."""

from __future__ import annotations

import http.client

from scripts.peers.peer import Request

ADDRESS = "127.0.0.1"


def ask(port: int, request: Request, photo: bytes, seconds: float) -> tuple[int | None, bytes]:
    """Status and body of the answer to this photo; None and why not, where none came in time."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=seconds)
    try:
        headers = {"Content-Type": request.content_type}
        connection.request("POST", request.path, request.body(photo), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        return None, str(error).encode()
    finally:
        connection.close()
