# The one menu: people and CI call the same targets. Needs python3 (3.11 or newer), git and make.
PYTHON ?= python3
TOOLS := .tools
UV := $(TOOLS)/bin/uv
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.synced
# How many processes share the tests.
WORKERS ?= auto

.PHONY: help fmt lint own type test e2e docs docs-check bench demo check clean
help: ## what can be asked for
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(UV):
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip --quiet --disable-pip-version-check install 'uv>=0.9'

$(STAMP): $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

fmt: $(STAMP) ## format, and mend what can be mended safely
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

lint: $(STAMP) ## style, mistakes, format and the import contract
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) lint-imports

own: $(STAMP) ## what oneroof says of its own repository
	$(RUN) oneroof check

type: $(STAMP) ## types, strictly
	$(RUN) mypy

test: $(STAMP) ## the fast tests
	$(RUN) pytest -m "not e2e" -n $(WORKERS)

e2e: $(STAMP) ## the slow tests: real repositories in small, real tools
	$(RUN) pytest -m e2e -n $(WORKERS)

docs: $(STAMP) ## write the reference anew from parsers and settings
	$(RUN) python docs/generate_reference.py

docs-check: $(STAMP) ## fail where the reference is not fresh
	$(RUN) python docs/generate_reference.py --check

bench: $(STAMP) ## the figures; takes minutes
	$(RUN) python bench/run.py --oneroof .venv/bin/oneroof
	$(RUN) python bench/environments.py

demo: $(STAMP) ## a small monorepo is tested, changed, tested again
	@$(RUN) python demo/run.py

check: lint type docs-check test ## what CI asks for first

clean: ## remove what the other targets made
	rm -rf .venv $(TOOLS) dist build .mypy_cache .ruff_cache .import_linter_cache .hypothesis
