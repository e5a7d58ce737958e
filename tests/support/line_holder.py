"""A server that does not let its client go."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def line_holder(answer: bytes, more: bytes = b"") -> Iterator[str]:
    """A server that answers its one client, goes on with some more, if any, and holds the line."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65_536)
                try:
                    client.sendall(answer)
                    while more and not done.is_set():
                        client.sendall(more)
                except OSError:
                    return
                done.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            done.set()
            thread.join()
