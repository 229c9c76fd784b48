.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "this Python cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

setup: $(STAMP) ## Install into .venv, compile the catalogs, the vocabulary and the gazetteer
	@$(BIN)/python -m config.catalogs
	@$(BIN)/python -m core.places >/dev/null

demo: setup ## Start everything with sample people, phones and officers; Ctrl-C stops it
	@exec $(BIN)/python manage.py up --demo

test: setup ## The whole test suite
	$(BIN)/python -m pytest -n auto --dist worksteal

check: setup ## Lint, format, types, import layers, migrations, catalogs, docs, house rules
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target types lint shape

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos

types:
	$(BIN)/mypy .

shape:
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m config.catalogs --check
	$(BIN)/python -m cogapp --check README.md docs/*.md
	$(BIN)/python -m pytest -q tests/house

bench: setup ## The benchmarks, one line a figure
	$(BIN)/python -m bench

docs: setup ## Write the tables in docs/ anew
	$(BIN)/python -m cogapp -r README.md docs/*.md

texts: setup ## Extract the texts of code and templates into every language's catalog
	$(BIN)/python -m config.catalogs --update

lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev pyproject.toml -o requirements.lock

.PHONY: help setup demo test check lint types shape bench docs texts lock
