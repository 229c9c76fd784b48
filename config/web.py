"""A web process: `python -m config.web FD READY` serves on a socket of its own that its parent listens on.

The parent keeps the socket open, so while this process is started again requests wait instead of failing. It
learns through the pipe READY when the process is warm.
"""

import os
import socket
import sys
from contextlib import suppress
from typing import Final

import uvicorn

from config.databases import POOL_SIZE, open_some

_DRAIN_SECONDS: Final = 3
_FRAME_BYTES: Final = 65_536


def main(fd: int, ready: int) -> None:
    """Serve until SIGTERM; open requests get a moment to finish."""
    how = uvicorn.Config(
        "config.asgi:application",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nothing is decided by a forwarded address
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        ws_max_size=_FRAME_BYTES,
    )
    how.load()
    open_some(POOL_SIZE // 2)
    with (
        os.fdopen(ready, "wb", buffering=0) as pipe,
        suppress(BrokenPipeError),
    ):  # started again: nobody reads
        pipe.write(b".")
    uvicorn.Server(how).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
