"""Sets the wall clock of every Python that is started with this folder on its path.

The file that CHAOS_CLOCK names holds one double: so many seconds are added to time.time from then
on, whenever they are written. The monotonic clock stays what it is, as on a machine that is set.
"""

import mmap
import os
import struct
import time

if "CHAOS_CLOCK" in os.environ:
    with open(os.environ["CHAOS_CLOCK"], "rb") as file:  # noqa: PTH123 -- pathlib would be slow to load here
        _page = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
    _real = time.time
    _read = struct.Struct("<d").unpack_from
    time.time = lambda: _real() + _read(_page)[0]
