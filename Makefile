# Each target does its own set-up in .venv; a stamp keyed on the pins makes the second run install nothing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

# Without compiled byte code every process compiles everything again: twice the start-up time.
unexport PYTHONDONTWRITEBYTECODE
ifneq ($(wildcard ../shared/data),)
export MISCONDUCT_REAL_DATA ?= $(abspath ../shared/data)
endif

PINS := $(shell cat constraints.txt pyproject.toml | cksum | cut -d' ' -f1)
RUN_STAMP := $(VENV)/.run-$(PINS)
DEV_STAMP := $(VENV)/.dev-$(PINS)

.PHONY: help run test quick dev serve check bench chromium clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Python 3.11, 3.12 or 3.13 is needed; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing the pinned packages (once; about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e .
	@rm -f $(VENV)/.run-* && touch $@

$(DEV_STAMP): | $(BIN)/python
	@echo "Installing the pinned packages and the test tools (once; about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.[dev,deploy]'
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $(RUN_STAMP) $@

run: $(RUN_STAMP) ## Refresh from the embedded sample and say where to open the release
	@$(BIN)/misconduct refresh

test: $(DEV_STAMP) chromium ## Run all tests
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests

quick: $(DEV_STAMP) ## Unit, docs and contract tests, under a minute
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow" tests/unit tests/docs

dev: $(RUN_STAMP) ## Dagster UI on loopback
	@$(BIN)/misconduct ui

serve: $(RUN_STAMP) ## Serve the current release on loopback
	@$(BIN)/misconduct serve

check: $(DEV_STAMP) ## Lint, types, SQL style, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt/models dbt/tests

bench: $(DEV_STAMP) ## The benchmarks, as a table
	@$(BIN)/python -m bench

chromium:
	@command -v chromium >/dev/null || { \
	  line="apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Chromium for the browser tests"; bash -c "$$line" >/dev/null; \
	  else echo "The browser tests need Chromium and will skip; to install it: sudo sh -c '$$line'"; fi; }

clean: ## Remove the environment and what was built
	@rm -rf $(VENV) build *.egg-info
