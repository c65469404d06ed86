# Everything runs from a virtual environment in this checkout, made on first use:
#   make check    prove or refute every built-in claim and the example notes, as a table
#   make test     lint, types, import rules, tests and doctests; pytest's summary is the last line
# `make PYTHON=python3.12 test` picks another interpreter, `make WORKERS=0 test` runs the tests in one process.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Constraints reach the isolated build environment of the package too, under the name that each age of pip knows.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: check test lint types coverage bench clean setup
.DELETE_ON_ERROR:

check: $(READY)
	$(BIN)/proofs check
	$(BIN)/proofs check docs/examples/notes.md

test: lint types $(READY)
	$(BIN)/pytest -n $(WORKERS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(READY)
	$(BIN)/mypy

coverage: $(READY)
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

bench: $(READY)
	for script in benchmarks/*.py; do $(BIN)/python -m benchmarks.$$(basename $$script .py) || exit 1; done

setup: $(READY)

# torch is asked for by its exact version, before anything that only bounds it, so that the build named in the
# constraints is the one that is picked.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "CPython 3.11 or later is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt "$$(grep '^torch==' constraints.txt)" -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist htmlcov .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
