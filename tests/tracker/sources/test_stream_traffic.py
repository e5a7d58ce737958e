"""What a stream's connections receive, in a process that has others."""

import socket

from tracker.sources.stream_traffic import SILENT_BYTES, StreamTraffic


def test_only_connections_to_the_port_count() -> None:
    """Not those that were open before, nor sockets that have no port, as Redis' may have none."""
    one, other = socket.socketpair()
    with one, other, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as before:
            earlier, _ = server.accept()
            traffic = StreamTraffic(port)
            with earlier, socket.create_connection(("127.0.0.1", port)) as ours:
                camera, _ = server.accept()
                with camera:
                    earlier.sendall(bytes(4 * SILENT_BYTES))
                    one.sendall(bytes(4 * SILENT_BYTES))
                    assert (
                        len(before.recv(4 * SILENT_BYTES, socket.MSG_WAITALL)) == 4 * SILENT_BYTES
                    )
                    assert not traffic.has_grown()
                    camera.sendall(bytes(2 * SILENT_BYTES))
                    assert len(ours.recv(2 * SILENT_BYTES, socket.MSG_WAITALL)) == 2 * SILENT_BYTES
                    assert traffic.has_grown()
