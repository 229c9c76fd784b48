.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

$(STAMP): requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

setup: $(STAMP) ## Install into .venv and compile the catalogs
	@$(BIN)/python -m config.catalogs

demo: setup ## Start everything with sample people, phones and officers; Ctrl-C stops it
	@exec $(BIN)/python manage.py up --demo

test: setup ## The whole test suite
	$(BIN)/python -m pytest

check: setup ## Lint, format, types, import layers, migrations, catalogs, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos
	$(BIN)/mypy .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m config.catalogs --check
	$(BIN)/cog --check -r README.md docs/*.md
	$(BIN)/python -m pytest -q tests/house

bench: setup ## The benchmarks, one line a figure
	$(BIN)/python -m bench

lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev pyproject.toml -o requirements.lock

.PHONY: help setup demo test check bench lock
