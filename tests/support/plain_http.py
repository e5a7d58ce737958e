"""TLS settings of clients that talk to servers of a test's own over plain HTTP."""

import ssl

# Knows no authority, so that no https address can be opened with it. Reading those of the machine
# takes each client 30 ms of processor time, and tests make thousands.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
