"""Measurements of speed and quality; nothing in the package imports them.

Here is what they share: results of long ones, one line of json each, so that a killed
run goes on.
"""

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import time
from pathlib import Path

PUBLISHED = Path(__file__).parent / "published" / "past_the_paper"
PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "sklearn-symbreak")


class Records:
    """A file of finished results, by the parameters that decide them.

    Parameters
    ----------
    path : path-like
        A file of JSON lines, made if there is none.
    """

    def __init__(self, path):
        self.path = Path(path)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        records = [json.loads(line) for line in lines]
        self._found = {_key(record["parameters"]): record for record in records}

    def result(self, parameters, evaluate=None):
        """What is stored for these parameters, or else what `evaluate` finds.

        Without `evaluate`, None stands for what was not run.
        """
        key = _key(parameters)
        if key not in self._found:
            if evaluate is None:
                return None
            start = time.perf_counter()
            result = evaluate()
            self._found[key] = {
                "parameters": parameters,
                "result": result,
                "seconds": round(time.perf_counter() - start, 2),
                "date": time.strftime("%Y-%m-%d"),
                "versions": versions(),
            }
            self._write()
        return self._found[key]["result"]

    def _write(self):
        lines = [json.dumps(self._found[key]) + "\n" for key in sorted(self._found)]
        part = self.path.with_suffix(".part")
        part.write_text("".join(lines))
        part.replace(self.path)


@functools.cache
def versions():
    """Of the packages that decide a result, those that are installed."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _key(parameters):
    return json.dumps(parameters, sort_keys=True)


def mean_and_range(values, digits=2):
    """Mean, smallest and largest, in a few digits."""
    numbers = sum(values) / len(values), min(values), max(values)
    mean, *ends = (in_digits(number, digits) for number in numbers)
    return mean if ends[0] == ends[1] else f"{mean} ({ends[0]}–{ends[1]})"


def in_digits(value, digits=2):
    """A number in a few digits, and not as a power where it has more before the dot."""
    short = f"{value:.{digits}g}"
    return f"{float(short):.0f}" if abs(value) >= 10**digits / 2 else short


def torch_device():
    """Where nets are trained: on a GPU, if torch finds one."""
    if importlib.util.find_spec("torch") is None:
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
