# The one menu: people and CI call the same targets. Needs python3, git and make.
PYTHON ?= python3
TOOLS := .tools
UV := $(TOOLS)/bin/uv
RUN := $(UV) run --frozen --no-sync
STAMP := .venv/.synced

.PHONY: help demo test e2e lint fmt type docs bench check clean
help: ## what can be asked for
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(UV):
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip --quiet install 'uv>=0.9'

$(STAMP): $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

test: $(STAMP) ## the fast tests
	$(RUN) pytest -m "not e2e" -n auto

e2e: $(STAMP) ## the slow tests: installed wheel, real tools
	$(RUN) pytest -m e2e -n auto

lint: $(STAMP) ## style, mistakes and the import contract
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) lint-imports

fmt: $(STAMP) ## format and mend what can be mended safely
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

type: $(STAMP) ## types, strictly
	$(RUN) mypy

check: lint type test ## what CI asks for first

clean: ## remove what the other targets made
	rm -rf .venv $(TOOLS) dist build .mypy_cache .ruff_cache
