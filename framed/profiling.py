"""Continuous profiling by Pyroscope, where it is asked for and the extra `profiling` is there.

It never stops the service: whatever is amiss is one warning.
"""

from __future__ import annotations

import importlib
import logging

from framed import __version__
from framed.settings import Settings

logger = logging.getLogger("framed.profiling")

PACKAGE = "pyroscope"
APPLICATION = "framed"


def start_profiling(chosen: Settings, process: str) -> bool:
    """Profile this process, called `process` among the tags; whether it does.

    Profiles are sent by a thread of the package's own, which drops what it cannot send.
    """
    if not chosen.profiling:
        return False
    try:
        pyroscope = importlib.import_module(PACKAGE)
        pyroscope.configure(
            application_name=APPLICATION,
            server_address=chosen.profiling_url,
            tags={
                "process": process,
                "environment": chosen.environment,
                "version": __version__,
            },
        )
    except ModuleNotFoundError as absent:
        logger.warning("no profiling: there is no package %r (the extra `profiling`)", absent.name)
        return False
    except Exception as bad:  # a door: a profiler must not take the service down
        logger.warning("no profiling: %s: %s", type(bad).__name__, bad)
        return False
    logger.info("profiles of %r go to %s", process, chosen.profiling_url)
    return True
