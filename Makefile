# Needs python3 (3.11 or newer) and make; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
SOURCES := config.py wsgi.py $(shell find grants -name "*.py")
CATALOGUES := $(wildcard grants/translations/*/LC_MESSAGES/*.po)

.DEFAULT_GOAL := help
.PHONY: help ready run test lint bench faults lock

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

ready: .venv/.ready .venv/.messages .venv/.compiled ## Set up .venv for running and testing; starts nothing
	@:

run: .venv/.runtime .venv/.messages .venv/.compiled ## Run the site and the scheduler; PORT=8080 make run for another port
	@$(BIN)/python -m grants.run

test: ready ## Run every test, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal

lint: ready ## Check style, types, layers and dependencies
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

bench: ready ## Measure the matching against the baselines
	@$(BIN)/python -m tests.bench

faults: ready ## Break what can break, and count the letters lost and repeated
	@$(BIN)/python -m tests.faults

lock: .venv/.python ## Choose the newest allowed versions and write both locks
	@$(BIN)/uv pip compile -q --upgrade $(LOCK) pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --upgrade $(LOCK) -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock
LOCK := --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url

# uv is quick; where it cannot be had, pip does the same from the same locks.
.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check 'uv>=0.9' || echo "uv is not to be had; going on with pip."
	@touch $@

.venv/.runtime: requirements.lock | .venv/.python
	@echo "Installing what the program needs ..."
	@if test -x $(BIN)/uv; then $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r $<; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@

.venv/.ready: requirements-dev.lock pyproject.toml .venv/.runtime
	@echo "Installing what the tests need ..."
	@if test -x $(BIN)/uv; then $(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes $<; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<; fi
	@touch $@

.venv/.messages: $(CATALOGUES) | .venv/.runtime
	@if test -n "$(CATALOGUES)"; then $(BIN)/pybabel -q compile -d grants/translations; fi
	@touch $@

# A command starts a second sooner from compiled code, also where Python is told not to keep it by itself.
.venv/.compiled: $(SOURCES) | .venv/.runtime
	@$(BIN)/python -m compileall -q $(SOURCES)
	@touch $@
