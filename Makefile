# The two commands of the README, and what they are made of.

VENV := .venv
PYTHON := $(VENV)/bin/python
BASE_PYTHON ?= python3
# Four tests at a time on two cores: many of them wait more than they work.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) * 2 )))

.DEFAULT_GOAL := help
.PHONY: help run sandbox test coverage check audit format lock clean

help: ## Show this list.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## Start Minstrel: the real bot with both keys set, the sandbox with none.
	@$(VENV)/bin/minstrel run

sandbox: $(VENV)/.run ## Start the sandbox, whatever keys are set.
	@$(VENV)/bin/minstrel sandbox

# The checks take one core for a minute, which the tests need not wait for.
test: $(VENV)/.dev ## Run everything: formatting, lints, types, and all tests.
	@$(MAKE) --no-print-directory check >$(VENV)/check.log 2>&1 & checking=$$!; \
	$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal; tested=$$?; \
	wait $$checking || { cat $(VENV)/check.log; exit 1; }; exit $$tested

coverage: $(VENV)/.dev ## Run all tests and show which lines none of them reached.
	@$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered

check: $(VENV)/.dev ## Run formatting, lints and types only.
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy

audit: ## Look the dependencies up in the public list of known weaknesses (needs the network).
	@test -x .venv-audit/bin/pip-audit || { $(BASE_PYTHON) -m venv .venv-audit \
		&& .venv-audit/bin/python -m pip install -q --disable-pip-version-check pip-audit; }
	@.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/run.lock

format: $(VENV)/.dev ## Format the code.
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

lock: ## Pin the newest versions that pyproject.toml allows, with hashes and without addresses.
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		-p 3.11 pyproject.toml --group dev -o requirements/dev.lock $(UPGRADE)
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		-p 3.11 pyproject.toml --group build -c requirements/dev.lock -o requirements/run.lock

clean: ## Remove the environment and all caches; data/ stays.
	rm -rf $(VENV) .venv-audit .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: requirements/run.lock pyproject.toml
	@echo "Building the environment in $(VENV) (once, about a minute) ..."
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Minstrel needs Python 3.11 or newer; set BASE_PYTHON to it."; exit 1; }
	@test -x $(PYTHON) || $(BASE_PYTHON) -m venv $(VENV)
	@$(PYTHON) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(PYTHON) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.run
	@echo "Adding the development tools ..."
	@$(PYTHON) -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@
