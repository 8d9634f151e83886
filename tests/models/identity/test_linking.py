"""Trees of average linkage are cut as SciPy cuts them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from models.identity.probable.linking import _cut


@pytest.mark.parametrize("n_nodes", [2, 3, 4, 5, 8, 13, 40])
@pytest.mark.parametrize("n_values", [2, 5, 10_000])
def test_a_tree_is_cut_into_the_parts_that_scipy_gives(n_nodes, n_values):
    draw = np.random.default_rng(70003)
    for _ in range(40):
        distances = draw.integers(0, n_values, (n_nodes, n_nodes)) * 20.0 / n_values
        distances = np.triu(distances, 1) + np.triu(distances, 1).T
        distances[draw.random((n_nodes, n_nodes)) < 0.05] = 1e4  # two who are never one
        distances = np.minimum(distances, distances.T)
        np.fill_diagonal(distances, 0.0)
        tree = linkage(squareform(distances, checks=False), method="average")
        for within in (0.0, 5.0, 9.0, 12.5):
            expected = fcluster(tree, within, criterion="distance")
            found = _cut(tree, within)
            same = expected[:, None] == expected
            assert (same == (found[:, None] == found)).all()
