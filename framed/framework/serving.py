"""BentoML's server started from within: as `bentoml serve` does it, without its command line.

The modules of the command line, and what BentoML imports that a server never uses, are half of
the time until a server listens.
"""

from __future__ import annotations

import gc
import importlib
import sys

from framed.framework.put_off import put_off


def serve(target: str, *, host: str, port: int, keep_alive: int) -> None:
    """Serve `target` (`module:service` of the current folder) on `host` and `port` until it is told
    to stop; idle connections are kept for `keep_alive` seconds.

    `SystemExit` where the service cannot start.
    """
    gc.disable()  # importing makes next to no garbage; the supervisor looks for it once, at the end
    sys.path.insert(0, ".")
    with put_off():
        from _bentoml_impl.loader import load
        from _bentoml_impl.server.serving import serve_http
        from bentoml._internal.log import configure_server_logging

        importlib.import_module("bentoml._internal.utils.analytics.usage_stats")  # else by BentoML
        configure_server_logging()  # type: ignore[no-untyped-call]
        service = load(target, ".")
        service.inject_config()
    serve_http(target, working_dir=".", host=host, port=port, timeout_keep_alive=keep_alive)
