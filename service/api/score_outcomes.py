"""Counts how requests of `POST /score` end."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from service.api.problems import Problem
from service.ports.telemetry import SiteTelemetry


class ScoreOutcomes:
    """Counts requests by their outcome."""

    def __init__(self, telemetry: SiteTelemetry) -> None:
        self._telemetry = telemetry

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count how a request ends."""
        failure: BaseException | None = None
        try:
            yield
        except BaseException as err:
            failure = err
            raise
        finally:
            self.count(failure)

    def count(self, failure: BaseException | None) -> None:
        """Count how a request ended: by what failed, or well."""
        outcome = "ok" if failure is None else "error"
        if isinstance(failure, Problem):
            told = failure.status == HTTPStatus.SERVICE_UNAVAILABLE or failure.kind == "gone"
            outcome = failure.kind.replace("-", "_") if told else "refused"
        self._telemetry.count("score_requests_total", outcome=outcome)
