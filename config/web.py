"""A web process: `python -m config.web FD` serves on a socket of its own that its parent listens on.

The parent keeps the socket open, so while this process is started again requests wait instead of failing.
"""

import socket
import sys
from typing import Final

import uvicorn

_DRAIN_SECONDS: Final = 3
_FRAME_BYTES: Final = 65_536


def main(fd: int) -> None:
    """Serve until SIGTERM; open requests get a moment to finish."""
    server = uvicorn.Server(
        uvicorn.Config(
            "config.asgi:application",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing is decided by a forwarded address
            timeout_graceful_shutdown=_DRAIN_SECONDS,
            ws_max_size=_FRAME_BYTES,
        )
    )
    server.run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
