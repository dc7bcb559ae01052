# Needs git, make and CPython 3.11. `make` alone lists the targets.

SHELL := /bin/bash
PYTHON_IN_VENV := .venv/bin/python
CODE := acme_vlm launch experiments benchmarks scripts tests setup.py
# Extra arguments: make quickstart ARGS='--seed 1', make test ARGS=tests/ops
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup quickstart test check format format-check lint types wheel \
	lock clean

help: ## This list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
	  awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: ## Make .venv from requirements/requirements.lock.
	@scripts/setup.sh

quickstart: setup ## Train the open-app agent with only the CLIP reward.
	@$(PYTHON_IN_VENV) -m launch.local experiments/open_common_apps.py $(ARGS)

test: setup ## Run the tests.
	@$(PYTHON_IN_VENV) -m pytest $(ARGS)

check: setup format-check lint types test wheel ## Everything a change must pass.

format: setup ## Format the code.
	@.venv/bin/ruff format $(CODE)
	@.venv/bin/ruff check --fix $(CODE)

format-check: setup
	@.venv/bin/ruff format --check $(CODE)

lint: setup
	@.venv/bin/ruff check $(CODE)

types: setup
	@.venv/bin/mypy

wheel: setup ## Build the wheel and test what it installs.
	@scripts/check_wheel.sh

lock: ## Resolve the requirements into the lock file again (needs uv).
	@scripts/lock.sh

clean: ## Remove caches and build products; .venv and runs stay.
	@rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache \
	  .jax_cache .hypothesis
	@find $(filter-out setup.py,$(CODE)) -name __pycache__ \
	  -type d -prune -exec rm -rf {} +
