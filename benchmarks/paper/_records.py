"""Records: finished cells as single files, and published ones as sorted lines.

A finished cell is one json file, put in place by an atomic rename, so that a
half-written file never counts; git ignores it. `publish` merges finished cells into one
file of json lines for each experiment, which git tracks and the report is written from.
Arrays are lists within the file of a cell. Those of published cells are in an npz file
beside the lines, under a digest of their content: what cells share is there once.
"""

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np


class RecordError(Exception):
    """Stored records cannot be used; the message says which and why."""


def key_of(parameters):
    """Name of a cell within its experiment, from its parameters."""
    return "_".join(
        f"{name}={_format(value)}"
        for name, value in parameters.items()
        if value is not None
    )


def _format(value):
    if isinstance(value, list):
        return "-".join(map(str, value))
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


# -- finished cells


def store(path, record):
    """Write the record of a cell; the file is complete as soon as it is there."""
    text = json.dumps(record, indent=1, default=_pack) + "\n"
    _replace(path, text.encode())


def _replace(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem[:40]}.", suffix=".tmp"
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # Temporary files are private to their owner; records are not.
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_records(results, experiment):
    """All finished cells of an experiment, sorted by the names of their files."""
    paths = sorted((Path(results) / experiment).glob("*.json"))
    return [_read_record(path) for path in paths]


def is_stored(path):
    """Whether there is a record; a damaged one counts as missing."""
    try:
        return path.is_file() and bool(_read_record(path))
    except RecordError:
        return False


def _read_record(path):
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} is not a readable record: {error}") from error
    return _parse(text, path, _unpack)


def _parse(text, where, object_hook):
    try:
        record = json.loads(text, object_hook=object_hook)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{where} is not a readable record: {error!r}") from error
    if not isinstance(record, dict) or not {"parameters", "errors"} <= record.keys():
        raise RecordError(f"{where} is not a record: parameters or errors are missing.")
    return record


def _pack(array):
    return {"dtype": _as_array(array).dtype.str, "values": array.tolist()}


def _as_array(value):
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is not JSON serializable")
    return value


def _unpack(value):
    is_array = value.keys() == {"dtype", "values"}
    return np.array(value["values"], value["dtype"]) if is_array else value


# -- published cells


def publish(results, published, experiment):
    """Merge the finished cells of an experiment into its published file.

    A finished cell takes the place of a published one with the same parameters. Nothing
    is written if a record is damaged. Returned is the number of finished cells.
    """
    finished = load_records(results, experiment)
    if not finished:
        return 0
    records = load_published(published, experiment) + finished
    by_key = {key_of(record["parameters"]): record for record in records}
    arrays = {}

    def refer(value):
        head = f"{_as_array(value).dtype.str}{value.shape}".encode()
        digest = hashlib.sha256(head + value.tobytes()).hexdigest()[:16]
        arrays[digest] = value
        return {"array": digest}

    lines = [json.dumps(by_key[key], default=refer) for key in sorted(by_key)]
    path = Path(published) / f"{experiment}.jsonl"
    if arrays:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **{name: arrays[name] for name in sorted(arrays)})
        _replace(path.with_suffix(".npz"), buffer.getvalue())
    _replace(path, "".join(f"{line}\n" for line in lines).encode())
    return len(finished)


def load_published(published, experiment):
    """All published cells of an experiment, sorted by their names."""
    path = Path(published) / f"{experiment}.jsonl"
    if not path.exists():
        return []
    try:
        arrays, packed = {}, path.with_suffix(".npz")
        if packed.exists():
            # numpy does not close a file that it opened and could not read.
            with packed.open("rb") as file, np.load(file) as content:
                arrays = dict(content)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise RecordError(f"{path} or its arrays are not readable: {error}") from error

    def resolve(value):
        return arrays[value["array"]] if value.keys() == {"array"} else value

    by_key = {}
    for number, line in enumerate(lines, start=1):
        where = f"line {number} of {path}"
        record = _parse(line, where, resolve)
        if by_key.setdefault(key_of(record["parameters"]), record) is not record:
            raise RecordError(f"{where} is not a record: its cell is there twice.")
    return list(by_key.values())


class Records:
    """The published cells of all experiments in a folder."""

    def __init__(self, published):
        names = sorted(path.stem for path in Path(published).glob("*.jsonl"))
        self._records = {name: load_published(published, name) for name in names}

    def all(self):
        """Every record."""
        return [record for records in self._records.values() for record in records]

    def names(self):
        """Pairs of the experiment and the name of every cell."""
        return {
            (name, key_of(record["parameters"]))
            for name, records in self._records.items()
            for record in records
        }

    def find(self, experiment, **wanted):
        """Records of an experiment with these parameters, one per seed.

        Parameters that a cell does not have count as None.
        """
        return [
            record
            for record in self._records.get(experiment, [])
            if all(record["parameters"].get(name) == wanted[name] for name in wanted)
        ]

    def values(self, experiment, *names):
        """The distinct combinations of these parameters, sorted."""
        found = {
            tuple(record["parameters"].get(name) for name in names)
            for record in self._records.get(experiment, [])
        }
        return sorted(found, key=lambda values: [(v is None, v or 0) for v in values])
