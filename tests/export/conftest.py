"""What the export tests share."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_torch_thread() -> None:
    """Flows this small lose by threads, most of all on a busy machine."""
    torch.set_num_threads(1)
