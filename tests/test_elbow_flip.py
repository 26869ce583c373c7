"""What `ElbowFlip` takes, which has methods of its own."""

import numpy as np
import pytest

from sklearn_symbreak.forward import ElbowFlip

ARM = [[[1.0, 0.0], [0.0, 1.0]]]


def test_identity_takes_lists():
    group = ElbowFlip()
    np.testing.assert_array_equal(group.act(group.identity(ARM), ARM), ARM)


def test_identity_refuses_other_shapes():
    with pytest.raises(ValueError, match="directions of two links"):
        ElbowFlip().identity(np.ones((1, 3, 2)))
