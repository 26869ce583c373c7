"""The pairs of `benchmarks.speed` as tests of pytest-benchmark, to compare commits.

Save one commit and compare another with it, on the same quiet machine::

    python -m pytest benchmarks/test_speed.py --benchmark-save=before
    python -m pytest benchmarks/test_speed.py --benchmark-compare --benchmark-sort=name

Each group is our call and the line that a user would write; its ratio is in
parentheses. `python -m benchmarks.speed` alternates the two, which a noisy machine
disturbs less, and prints the goals.
"""

import functools

import pytest

from benchmarks.speed import ROWS, fit, fit_fused, imports, margin_memory

NOT_PAIRS = (margin_memory, fit, fit_fused, imports)
PAIRS = {name: make for name, _, make in ROWS if make not in NOT_PAIRS}


# Both tests of a pair get the same data.
@functools.lru_cache(maxsize=1)
def pair_of(name):
    return PAIRS[name]()


@pytest.mark.parametrize("who", ["bare", "ours"])
@pytest.mark.parametrize("name", PAIRS)
def test_speed(benchmark, name, who):
    benchmark.group = name
    benchmark(getattr(pair_of(name), who))
