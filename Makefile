PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One process for each core, and not each with threads for all cores; processes share what
# they compile.
PYTEST_SETTINGS := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=
# Whoever has nothing left takes tests from the other: long ones stand near the end.
PYTEST := -m pytest --numprocesses auto --dist worksteal

.PHONY: demo test test-oldest test-newest coverage lint docs bench clean

# One environment for all targets; it is made again when the project file changes.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all,test,bench]"
	touch $@

demo: $(VENV)/.installed
	$(BIN)/python -m benchmarks.demo

test: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST_SETTINGS) $(BIN)/python $(PYTEST)

# The oldest releases that pyproject.toml allows.
.venv-oldest/.installed: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv --clear .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --upgrade pip
	.venv-oldest/bin/python -m pip install --quiet \
	  --constraint constraints-oldest.txt --editable ".[all,test,bench]"
	touch $@

test-oldest: .venv-oldest/.installed
	$(PYTEST_SETTINGS) .venv-oldest/bin/python $(PYTEST)

# What is newest changes from day to day: it is looked up each time.
test-newest:
	test -d .venv-newest || $(PYTHON) -m venv .venv-newest
	.venv-newest/bin/python -m pip install --quiet --upgrade pip
	.venv-newest/bin/python -m pip install --quiet --constraint constraints.txt \
	  --upgrade --upgrade-strategy eager --editable ".[all,test,bench]"
	$(PYTEST_SETTINGS) .venv-newest/bin/python $(PYTEST)

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Fails below the floor in pyproject.toml.
coverage: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[coverage]"
	$(PYTEST_SETTINGS) $(BIN)/python $(PYTEST) --cov --cov-report term

docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[speed]"
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m pytest --quiet benchmarks/test_speed.py --benchmark-autosave
	$(BIN)/python -m benchmarks.quality

clean:
	rm -rf $(VENV) .venv-oldest .venv-newest demo_output
