import numpy as np
import pytest

from export.flow.graph import adjacency, hop_distances, is_mean
from export.flow.options import FlowOptions, Strategy


def test_the_default_matrix_is_the_mean_over_all_joints() -> None:
    """With 8 hops every joint reaches every other, so all entries are 1/18."""
    np.testing.assert_allclose(adjacency(FlowOptions()), np.full((1, 18, 18), 1 / 18))
    assert is_mean(FlowOptions())


def test_the_graph_product_is_no_mean_when_entries_are_learned_or_few() -> None:
    """Edge importance, a short reach and other strategies keep the matrix product."""
    for other in (
        FlowOptions(edge_importance=True),
        FlowOptions(max_hop=2),
        FlowOptions(strategy="spatial"),
    ):
        assert not is_mean(other)


@pytest.mark.parametrize("headless", [False, True])
@pytest.mark.parametrize(
    ("strategy", "matrices"), [("uniform", 1), ("distance", 4), ("spatial", 7)]
)
def test_columns_sum_to_one_over_all_matrices(
    strategy: Strategy, matrices: int, headless: bool
) -> None:
    """However the entries are parted, each target's shares add up to one."""
    options = FlowOptions(strategy=strategy, max_hop=3, headless=headless)

    result = adjacency(options)

    assert len(result) == matrices
    np.testing.assert_allclose(result.sum(axis=(0, 1)), 1)


def test_hops_count_bones() -> None:
    """Wrist to elbow is one bone, wrist to shoulder two; beyond the reach is infinity."""
    hops = hop_distances(FlowOptions(max_hop=2))

    assert (hops[4, 3], hops[4, 2], hops[4, 1]) == (1, 2, np.inf)


def test_spatial_parts_entries_by_their_distance_to_the_neck() -> None:
    """From a joint nearer the neck: farther; from one as near or more distant: root and closer."""
    shares = adjacency(FlowOptions(strategy="spatial", max_hop=1))

    self_loops, to_neck, from_neck = (matrix > 0 for matrix in shares)
    assert np.array_equal(self_loops, np.eye(18, dtype=bool))
    assert to_neck[2, 1]
    assert from_neck[1, 2]
    assert not (to_neck & from_neck).any()
