# Everything a person or CI types. Each target sets up what it needs and nothing more: `run` the main lock,
# `test` and `check` the test lock too. Stamps in .venv make a second call instant.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3.11 python3.12 python3.13 python3 python
# Tools must not phone home, nor wait for a network that is not there.
export DAGSTER_DISABLE_TELEMETRY := yes
export DO_NOT_TRACK := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install run test test-long fuzz ui check bench identity-bench framing-bench gates-bench truth lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## ?/  make \1\t/' | expand -t 16

install: $(VENV)/.main-installed ## Only set up .venv, from hashed locks

run: $(VENV)/.main-installed ## One night on the sample company (ARGS="--company FILE ..." for another)
	@$(BIN)/wholeview run $(ARGS)

# A file's tests stay in one process: they share what is dear to make (a dbt build, a night).
test: $(VENV)/.test-installed ## The whole test suite (ARGS="tests/quality -k nps" for a part)
	@$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=loadfile $(ARGS)

test-long: $(VENV)/.test-installed ## The laws over thousands of random files and whole nights (EXAMPLES=5000 SCENARIOS=50)
	@WHOLEVIEW_EXAMPLES=$(or $(EXAMPLES),5000) WHOLEVIEW_SCENARIOS=$(or $(SCENARIOS),50) $(BIN)/python -m pytest \
	  tests/nights/test_laws_of_nights.py tests/nights/test_seven_whole_nights.py tests/nights/test_look_back.py \
	  tests/orchestration/test_laws_of_files.py tests/orchestration/feeds/test_laws.py \
	  tests/models/identity/test_in_part.py $(ARGS)

fuzz: $(VENV)/.test-installed ## Random bytes against the readers and the company file (MINUTES=30)
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),30) $(ARGS)

ui: $(VENV)/.main-installed ## Dagster on http://127.0.0.1:3000, its daemon and the nightly schedule
	@exec $(BIN)/wholeview ui $(ARGS)

check: $(VENV)/.test-installed ## Lint, types, SQL lint, SQL that travels
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -W ignore -m sqlfluff lint --processes 2 --disable-progress-bar $(wildcard transforms/models transforms/tests)
	$(BIN)/python -m tests.lint.travels

bench: $(VENV)/.main-installed ## CPU and time of a first night, a night with one new day and an idle night
	@$(BIN)/python -m bench.nights $(ARGS)

truth: $(VENV)/.main-installed ## Scorecard: three worlds of their own, held against their planted truth
	@$(BIN)/python -m bench.truth $(ARGS)

framing-bench: $(VENV)/.main-installed ## 5 M rows of CSV, 1 % of them broken, against DuckDB reading them clean
	@$(BIN)/python -m bench.framing $(ARGS)

identity-bench: $(VENV)/.main-installed ## How well people are found: Febrl's records and worlds of the sample (ARGS="--sets febrl4")
	@$(BIN)/python -m bench.identity $(ARGS)

gates-bench: $(VENV)/.main-installed ## False alarms and planted faults of the learnt gates, over years of nights (into docs/gates.md)
	@$(BIN)/python -m bench.gates --per-fault 2 --write $(ARGS)

lock: ## Work the locks out anew from locks/*.in (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 2; }
	cd locks && uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links main.in -o main.lock
	cd locks && uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links -c main.lock test.in -o test.lock

clean: ## Remove the environment and caches; data homes stay
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	  transforms/target transforms/logs logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. uv installs in seconds where it is there; plain venv and pip need nothing else.
$(VENV)/bin/python:
	@for candidate in $(PYTHON); do \
	  if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$candidate" --version)"; \
	    "$$candidate" -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); echo "$$candidate has no venv module: install it (python3-venv)" >&2; exit 2; \
	  fi; \
	done; \
	echo "Wholeview needs Python 3.11, 3.12 or 3.13; found none of them." \
	  "Install one, or name it: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=/path/to/python3.12" >&2; exit 2

define install
	@echo "Installing $(1) (hashes checked)"
	@if command -v uv >/dev/null; then \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r $(1); \
	else \
	  $(BIN)/python -m pip install --quiet --require-hashes --no-deps -r $(1); \
	fi
endef

$(VENV)/.main-locked: locks/main.lock | $(VENV)/bin/python
	$(call install,locks/main.lock)
	@touch $@

$(VENV)/.main-installed: $(VENV)/.main-locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test-installed: locks/test.lock $(VENV)/.main-installed
	$(call install,locks/test.lock)
	@touch $@
