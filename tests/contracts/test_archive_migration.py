"""Processes that start at the same moment bring the archive's schema up to date together."""

from concurrent.futures import ThreadPoolExecutor

from support.archives import Archive

from service.adapters.database.connection import Database

PROCESSES = 4


def test_processes_that_start_at_once_all_find_the_schema(archive: Archive) -> None:
    """One migrates, the others wait for it and go on."""
    # As long as a process waits, not as short as tests of locks do.
    databases = [Database(archive.database.url, lock_wait_s=60.0) for _ in range(PROCESSES)]
    try:
        with ThreadPoolExecutor(PROCESSES) as at_once:
            done = [at_once.submit(each.migrate) for each in databases]
            for each in done:
                each.result()
        for each in databases:
            each.check()
    finally:
        for each in databases:
            each.close()
