"""HTTP and WebSocket: the only asynchronous folder."""
