"""Requests that Schemathesis makes from the OpenAPI document: as it says, and as it does not."""

import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisDeprecationWarning, Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

# Whether good requests are taken is for tests that know what is good.
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
LEAST = 2  # of one operation in one mode
Send: TypeAlias = Callable[[Case[Any]], None]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return every operation of a document."""
    schema = schemathesis.openapi.from_dict(dict(document))
    return [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]


def send_generated(
    document: Mapping[str, Any], send: Send, *, inputs: int, first_seed: int
) -> None:
    """Send about so many requests, equally many of each operation, the same at every run.

    Args:
        send: sends one and fails where the answer is not as it must be.
    """
    every = operations(document)
    examples = max(LEAST, inputs // (len(every) * len(MODES)))
    for operation in every:
        for mode in MODES:
            _run(operation, mode, send, examples, first_seed)


def _run(
    operation: Operation, mode: GenerationMode, send: Send, examples: int, first_seed: int
) -> None:
    @seed(first_seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Case[Any]) -> None:
        send(case)

    with warnings.catch_warnings():
        # The service's threads may use `random` meanwhile, which Hypothesis takes for a strategy's.
        warnings.simplefilter("ignore", HypothesisDeprecationWarning)
        # An operation without parameters and body has nothing to make wrong.
        with suppress(Unsatisfiable):
            one()
