# make run    the app, on a machine with nothing but Python 3.11-3.13
# make test   every check that CI runs, browser tests included
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The first of these that is new enough; `make run PYTHON=/path/to/python` chooses another.
PYTHON ?= $(or $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo "$$p" && break; \
	done),python3)
PORT ?=
PYTEST ?=
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: help run test lint types layers translations bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 22

run: $(VENV)/.run ## start the app and print its address
	@exec $(PY) -m streamlit run app.py $(if $(PORT),--server.port $(PORT))

# pytest comes last, so that its closing line is the last line.
test: lint types layers ## lint, types, layers, translations, then all tests
	@$(PY) -m scripts.translations check
	@scripts/need_chromium.sh
	@$(PY) -m pytest $(PYTEST)

lint: $(VENV)/.dev ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(VENV)/.dev ## mypy over ganlab/
	@$(PY) -m mypy

layers: $(VENV)/.dev ## import-linter: who may import whom
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

translations: $(VENV)/.dev ## bring the .po files up to date with the sources
	@$(PY) -m scripts.translations extract

bench: $(VENV)/.dev ## the measured figures in the README
	@$(PY) -m benchmarks

clean: ## remove the environment and all caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis out test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A dangling .venv/bin/python (its Python was removed) counts as missing, hence --clear.
$(PY):
	@$(PYTHON) -c 'import sys; v = sys.version_info; (3, 11) <= v < (3, 14) or sys.exit("ganlab needs Python 3.11, \
	3.12 or 3.13; $(PYTHON) is %d.%d. Try: make run PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' || \
		{ echo "This Python cannot make environments: install the package python3-venv." >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)

# The stamps are older than the requirements exactly when these changed since the last install.
$(VENV)/.run: requirements.txt | $(PY)
	@echo "Installing the requirements; the first time takes a few minutes ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing the requirements for the tests ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/.run $@
