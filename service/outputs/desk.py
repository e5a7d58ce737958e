"""What the API needs of outputs: their state, their deliveries, tests by hand, and links."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from service.config.outputs.any_output import AnyOutputSettings
from service.outputs.composer import Composer
from service.outputs.delivery_ports import DeliveryArchive, OutboxStore
from service.outputs.links import LinkSigner, LinkStore
from service.outputs.ports import NotDelivered, Output


@dataclass(frozen=True, slots=True)
class TestResult:
    """What became of a test message.

    Attributes:
        answer: what the receiver said, or why it does not have it.
    """

    __test__ = False  # pytest would take it for a test

    delivered: bool
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputDesk:
    """What the API works with.

    Attributes:
        states: read only; the outbox writes.
        build: makes an output of its own, for a test.
        clock: UTC seconds.
    """

    states: OutboxStore
    deliveries: DeliveryArchive
    build: Callable[[AnyOutputSettings], Output]
    compose: Callable[[AnyOutputSettings], Composer]
    signer: LinkSigner
    links: LinkStore
    clock: Callable[[], float]

    def send_test(self, settings: AnyOutputSettings) -> TestResult:
        """Send a message that says that it is a test; return what the receiver answered."""
        return send_test(self.build(settings), self.compose(settings), self.clock())


def send_test(output: Output, composer: Composer, at: float) -> TestResult:
    """Send a message that says that it is a test, and close the output.

    Args:
        at: UTC seconds.
    """
    try:
        answer = output.send(composer.test(f"test-{secrets.token_hex(8)}", at))
    except NotDelivered as err:
        return TestResult(delivered=False, answer=str(err))
    finally:
        output.close()
    return TestResult(delivered=True, answer=answer.text)
