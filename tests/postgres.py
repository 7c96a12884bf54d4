"""A PostgreSQL of the tests' own: Debian's, on a unix socket, gone when they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

BINARIES = Path("/usr/lib/postgresql")
CURE = f"needs PostgreSQL's server in {BINARIES}/*/bin: apt-get install postgresql (make test does it)"
FASTER = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=60",
)
START_SECONDS = 60


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server and give its SQLAlchemy address; it refuses root, so root starts it as `postgres`."""
    found = sorted(BINARIES.glob("*/bin/initdb"))
    if not found:
        raise RuntimeError(CURE)
    folder = Path(tempfile.mkdtemp(prefix="firstline-pg-"))
    who: Mapping[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        who = {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": "/"}
    data, log = folder / "data", (folder / "log").open("wb")
    make = [
        found[-1],
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(make, check=True, stdout=log, stderr=log, **who)
    options = [part for option in FASTER for part in ("-c", option)]
    serve = [found[-1].with_name("postgres"), "-D", data, "-k", folder, *options]
    server = subprocess.Popen(serve, stdout=log, stderr=log, **who)
    try:
        _wait_for(folder, server)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGQUIT)  # nothing of it is kept
        server.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text("utf-8", "replace")[-2000:]) from error
            time.sleep(0.05)
