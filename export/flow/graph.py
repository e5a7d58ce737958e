"""Adjacency matrices of the skeleton graph (STG-NF, section 4.2)."""

import numpy as np
from numpy.typing import NDArray

from export.flow.options import FlowOptions
from inference.flow_skeleton import FLOW_BONES, FLOW_CENTRE


def hop_distances(options: FlowOptions) -> NDArray[np.float64]:
    """Return the number of bones between any two joints, (V, V); infinite beyond max_hop."""
    place = {joint: at for at, joint in enumerate(options.joints)}
    bones = [(place[a], place[b]) for a, b in FLOW_BONES if a in place and b in place]
    reach = np.eye(len(place), dtype=bool)
    neighbours = reach.copy()
    for a, b in bones:
        neighbours[a, b] = neighbours[b, a] = True
    hops = np.where(reach, 0.0, np.inf)
    for hop in range(1, options.max_hop + 1):
        reach = reach @ neighbours
        hops[reach & np.isinf(hops)] = hop
    return hops


def adjacency(options: FlowOptions) -> NDArray[np.float64]:
    """Return the matrices of the graph product, (P, V, V): out[w] = sum over v of in[v] A[v, w].

    The columns of all matrices together sum to one.
    """
    hops = hop_distances(options)
    reached = np.isfinite(hops)
    shares = reached / reached.sum(axis=0)
    if options.strategy == "uniform":
        masks = [reached]
    elif options.strategy == "distance":
        masks = [hops == hop for hop in range(options.max_hop + 1)]
    else:
        masks = _spatial(hops, options)
    return np.stack([shares * mask for mask in masks])


def _spatial(hops: NDArray[np.float64], options: FlowOptions) -> list[NDArray[np.bool_]]:
    """Split each hop by whether the source is at least as far from the neck as the target."""
    depth = hop_distances_to_centre(options)
    source, target = depth[:, None], depth[None, :]
    masks = [hops == 0]
    for hop in range(1, options.max_hop + 1):
        at_hop = hops == hop
        masks += [at_hop & (source >= target), at_hop & (source < target)]
    return masks


def hop_distances_to_centre(options: FlowOptions) -> NDArray[np.float64]:
    """Return each joint's distance to the neck in bones, (V,)."""
    whole_body = FlowOptions(headless=options.headless)
    depth: NDArray[np.float64] = hop_distances(whole_body)[options.joints.index(FLOW_CENTRE)]
    return depth


def is_mean(options: FlowOptions) -> bool:
    """Return whether the graph product is the plain mean over all joints."""
    matrices = adjacency(options)
    equal = matrices.shape[0] == 1 and bool(np.allclose(matrices, 1 / matrices.shape[1]))
    return equal and not options.edge_importance


def foldable(options: FlowOptions) -> bool:
    """Return whether `onnx_export.fold` applies: each coupling network reads one mean per frame."""
    plain = options.channels == 2 and options.levels <= 2 and options.hidden_channels == 0
    affine = options.coupling == "affine" and options.permutation != "invconv"
    return plain and affine and is_mean(options)
