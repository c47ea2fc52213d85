"""`python -m modelet.local STORE PORT FD`: the child process behind `modelet.local.running`, which waits for the URL on
the file descriptor FD. It ends with its parent, however that ends: standard input is a pipe that nobody else holds.
"""

import os
import signal
import sys
import threading

from modelet.errors import ModeletError
from modelet.local.serving import serve


def main(store_url: str, port: int, descriptor: int) -> None:
    """Serve the store on 127.0.0.1 until a signal ends it."""

    def ready(url: str) -> None:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        with os.fdopen(descriptor, "w") as parent:
            parent.write(f"{url}\n")

    try:
        serve(store_url, "127.0.0.1", port, ready)
    except ModeletError as error:
        sys.exit(error.message)


def _end_with_the_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    signal.raise_signal(signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
