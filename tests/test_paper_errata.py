"""The programs that show what does not hold in the paper as printed."""

import contextlib
import io

import numpy as np
import pytest

from benchmarks.paper._errata import ERRATA
from sklearn_symbreak.datasets import fetch_fashion_mnist


@pytest.mark.parametrize("erratum", ERRATA, ids=lambda erratum: erratum.title)
def test_errata_programs_print_the_numbers_of_the_report(erratum):
    if erratum.needs_fashion_mnist:
        try:
            fetch_fashion_mnist(subset="test", download_if_missing=False)
        except OSError:
            pytest.skip("Fashion-MNIST is not in scikit-learn's data folder")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(erratum.program, {})
    words = output.getvalue().replace("predicting zero:", "").split()
    printed = np.array(words, dtype=float)
    # One per cent, so that a zero has to be one; more only where the erratum says so.
    within = np.array(erratum.tolerances or 0.01 * np.abs(erratum.prints))
    assert len(printed) == len(erratum.prints) == len(within)
    assert np.all(np.abs(printed - erratum.prints) <= within + 1e-12), printed
