"""Results of long benchmarks, one line of json each: a killed run goes on."""

import importlib.metadata
import json
import time
from pathlib import Path

PUBLISHED = Path(__file__).parent / "published"
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
                "versions": {
                    name: importlib.metadata.version(name) for name in PACKAGES
                },
            }
            self._write()
        return self._found[key]["result"]

    def _write(self):
        lines = [json.dumps(self._found[key]) + "\n" for key in sorted(self._found)]
        part = self.path.with_suffix(".part")
        part.write_text("".join(lines))
        part.replace(self.path)


def _key(parameters):
    return json.dumps(parameters, sort_keys=True)


def mean_and_range(values):
    """Mean, smallest and largest, in two digits."""
    mean, *ends = map(two_digits, (sum(values) / len(values), min(values), max(values)))
    return mean if ends[0] == ends[1] else f"{mean} ({ends[0]}–{ends[1]})"


def two_digits(value):
    """A number in two digits, and not as a power where it has three or four."""
    return f"{value:.2g}" if value < 99.5 else f"{float(f'{value:.2g}'):.0f}"
