"""What each process of a server does first: see that it can start, and prepare its ways.

Every process imports this module, runners included, and the supervisor before all others.
"""

from __future__ import annotations

import logging
import os
import uuid
from typing import TYPE_CHECKING, Any

from framed.errors import FramedError, StartupError
from framed.settings import RUN_ID, Settings, settings
from framed.settings.access import IN_MEMORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framed.framework.connections import Bounds
    from runners.clip.model_files import ModelFiles

logger = logging.getLogger("framed")

WORKERS_IMPORT = (  # all of them; what one alone needs it imports itself, beside the others
    "_bentoml_impl.client",
    "_bentoml_impl.server.app",
    "_bentoml_impl.worker.service",
    "uvicorn",
    "uvloop",
    "framed.hops",
)
NEVER = 86_400  # seconds; BentoML's own timeout answers in another shape, ours come first


def start() -> Settings:
    """The settings, once it is sure that the service can start: they are right, the model is there,
    and the default bank can be read.

    A process of a server that runs already is not held to the bank's files: they may have been
    broken since, and the bank that served before serves again.

    Ends the process with the reason otherwise.
    """
    from framed.framework.around import believe_no_proxies, is_worker, leave_out_layers
    from framed.framework.client_files import share_folder
    from framed.framework.protocol import speak
    from framed.framework.run_folder import keep_to
    from runners.clip.models import served_files

    leave_out_layers()
    share_folder()
    if believed := believe_no_proxies():
        logger.warning("FORWARDED_ALLOW_IPS=%s: FRAMED_TRUSTED_PROXIES counts instead", believed)
    fresh = RUN_ID not in os.environ
    os.environ.setdefault(RUN_ID, uuid.uuid4().hex)
    try:
        chosen = settings()
        found = served_files(chosen)
        if fresh:
            _check_packages(chosen, found)
            _check_access(chosen)
            _check_default_bank(chosen)
            _check_analyze_bank(chosen)
    except StartupError as reason:
        raise SystemExit(f"\n{reason}\n") from None
    speak(_bounds(chosen))
    if is_worker():
        keep_to(os.environ.get("TMPDIR"))
    else:
        from framed.framework.supervisor import supervise

        supervise(chosen.hang_seconds, WORKERS_IMPORT)
    return chosen


def _check_packages(chosen: Settings, found: Mapping[str, ModelFiles]) -> None:
    """A slim set-up is told what it cannot serve before it begins."""
    from framed.extras import LIBRARIES, is_there, require

    if chosen.metric_backends == "library":
        require(LIBRARIES, "FRAMED_METRIC_BACKENDS=library")
    if not is_there():
        from runners.clip.opening import check_openable

        for files in found.values():
            check_openable(files, chosen)


def _check_access(chosen: Settings) -> None:
    from framed.access.keyring import check_keys

    check_keys(chosen)
    if chosen.rate_store != IN_MEMORY:
        from framed.access.rate_store import storage_of

        storage_of(chosen.rate_store)


def _bounds(chosen: Settings) -> Bounds:
    from framed.addresses import networks_of
    from framed.framework.connections import Bounds
    from framed.framework.descriptors import raise_limit, room_for_connections

    return Bounds(
        total=room_for_connections(raise_limit(), chosen.max_connections),
        per_client=chosen.max_connections_per_client,
        head_seconds=chosen.head_timeout,
        write_seconds=chosen.write_timeout,
        exempt=networks_of(chosen.trusted_proxies),
    )


def _check_default_bank(chosen: Settings) -> None:
    if fault := _fault_of_bank(chosen.default_bank, "FRAMED_DEFAULT_BANK", chosen):
        raise StartupError(f"The default label bank cannot serve: {fault}")


def _check_analyze_bank(chosen: Settings) -> None:
    """A bank that was asked for has to be there; the one by default may be left out."""
    fault = _fault_of_bank(chosen.analyze_bank, "FRAMED_ANALYZE_BANK", chosen)
    if fault and "analyze_bank" in chosen.model_fields_set:
        raise StartupError(f"The label bank of /analyze cannot serve: {fault}")
    if fault:
        logger.warning("/analyze has no labels: %s", fault)


def _fault_of_bank(name: str, setting: str, chosen: Settings) -> str | None:
    """What is wrong with the files of a bank, and which setting named it; None: nothing."""
    from runners.clip.banks.source import read_bank

    try:
        read_bank(name, chosen.config_dir)
    except FramedError as bad:
        return f"{bad.message}\n({setting}={name} in {chosen.config_dir})"
    return None


def service_options(chosen: Settings) -> dict[str, Any]:
    """What BentoML is told of the front service; limits and deadlines are the edge's."""
    return {
        "workers": 1,
        "traffic": {"timeout": NEVER},
        "http": {"host": chosen.bind_host, "port": chosen.port},
        "logging": {"access": {"enabled": False}},
    }
