"""False alarms and misses of `measure_ambiguity` over random data sets.

Run ``python -m benchmarks.ambiguity``. Of each kind, 25 data sets of 2,000 samples with
other measurements and signals; the candidates are the same four, or what is left
without the planted one. A miss is a planted symmetry that is not the best found, a
false alarm a symmetry found in data that do not have it.
"""

import argparse

import numpy as np

from sklearn_symbreak.datasets import make_gaussian_phase_retrieval
from sklearn_symbreak.groups import CyclicShift, FiniteGroup, Permutation, SignFlip
from sklearn_symbreak.inspection import measure_ambiguity

SIZE, N_SAMPLES = 4, 2000
FLIP = FiniteGroup.from_permutations([[0, 1, 2, 3], [3, 2, 1, 0]])
CANDIDATES = {
    "sign": SignFlip(),
    "shift": CyclicShift(),
    "flip": FLIP,
    "permutation": Permutation(),
}


def invariants(name, y):
    """What a symmetry leaves of signals of length 4."""
    if name == "sign":
        return (y[:, :, None] * y[:, None])[:, *np.triu_indices(SIZE)]
    if name == "shift":
        spectrum = np.fft.fft(y)
        phase = spectrum[:, 1] / np.abs(spectrum[:, 1])
        twist = phase**2 * spectrum[:, 2]
        size = np.abs(spectrum[:, 1])
        return np.c_[spectrum[:, 0].real, size, twist.real, twist.imag]
    if name == "flip":
        even = y + y[:, ::-1]
        odd = y[:, :2] - y[:, :1:-1]
        return np.c_[even[:, :2], odd**2, odd[:, :1] * odd[:, 1:]]
    return np.sort(y, axis=1) if name == "permutation" else y


def data(name, seed):
    """Smooth measurements of the invariants, with 1 % of noise."""
    rng = np.random.default_rng(seed)
    if name == "phase retrieval":
        n = int(rng.integers(2, 7))
        return make_gaussian_phase_retrieval(N_SAMPLES, n, random_state=seed)
    y = rng.normal(size=(N_SAMPLES, SIZE))
    if name == "sign, sizes from 0.05 to 20":
        y *= np.exp(1.5 * rng.normal(size=(N_SAMPLES, 1)))
        return np.log((y @ rng.normal(size=(SIZE, 16))) ** 2), y
    if name == "noise":
        return rng.normal(size=(N_SAMPLES, 5)), y
    z = invariants(name, y)
    hidden = np.tanh(z @ rng.normal(size=(z.shape[1], 20)) + rng.normal(size=20))
    X = hidden @ rng.normal(size=(20, int(rng.integers(6, 20))))
    return X + 0.01 * X.std() * rng.normal(size=X.shape), y


def main():
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-sets", type=int, default=25)
    n_sets = parser.parse_args().n_sets
    print("| data | right | found instead |")
    print("|---|---|---|")
    others = ("phase retrieval", "sign, sizes from 0.05 to 20")
    for name in (*CANDIDATES, *others, "nothing", "noise"):
        planted = "sign" if name in others else name
        for left_out in (None, planted) if planted in CANDIDATES else (None,):
            expected = {planted} & set(CANDIDATES) or {None}
            if left_out is not None:
                # A permutation is hidden with all that it contains.
                expected = {"shift", "flip"} if planted == "permutation" else {None}
            right, instead = 0, []
            for seed in range(n_sets):
                X, y = data(name, seed)
                usable = {
                    key: group
                    for key, group in CANDIDATES.items()
                    if key != left_out and (key != "flip" or y.shape[1] == SIZE)
                }
                groups = list(usable.values())
                found = measure_ambiguity(X, y, groups, random_state=seed)
                names = [key for key, group in usable.items() if group is found.best]
                best = names[0] if names else None
                right += best in expected
                if best not in expected:
                    instead.append(str(best))
            shown = ", ".join(f"{x} {instead.count(x)}" for x in sorted(set(instead)))
            what = name if left_out is None else f"{name}, not a candidate"
            print(f"| {what} | {right} of {n_sets} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
