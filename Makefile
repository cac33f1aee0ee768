# Everything runs from .venv, which the first target makes. Only python3 (3.11 or newer) is needed.
PYTHON ?= python3
BIN := .venv/bin
# uv from the PATH if there is one; else it is installed into .venv.
UV := $(or $(shell command -v uv 2>/dev/null),$(BIN)/uv)
UV_VERSION := 0.11
# Compiled at set-up: the first start would take that much longer, and every start where nothing may be written.
SYNC := UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never $(UV) sync --frozen --inexact --compile-bytecode --quiet

# The checks run beside the tests, and each is shown whole when it is done. A make older than 4.0 would mix their lines.
BESIDE := $(if $(filter output-sync,$(.FEATURES)),--jobs=2 --output-sync=target)

.PHONY: run chat doctor test e2e check lint format types layers bench clean
.DEFAULT_GOAL := run

run: .venv/.installed ## connect to Slack, or without tokens open the playground in a browser
	@$(BIN)/python -m bot

chat: .venv/.installed ## talk to the bot in this terminal, without Slack
	@$(BIN)/python -m bot chat

doctor: .venv/.installed ## look whether settings, model and database are well; writes nothing
	@$(BIN)/python -m bot doctor

test: .venv/.installed-dev ## all tests but the browser's, on as many cores as PostgreSQL's hundred connections allow
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

e2e: .venv/.installed-e2e ## the playground in a real browser: needs Chromium (CHROMIUM names another place)
	$(BIN)/python -m pytest tests/e2e

check: .venv/.installed-e2e ## all but the browser
	@$(MAKE) --no-print-directory --keep-going $(BESIDE) test lint types layers

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.installed-e2e
	$(BIN)/mypy

layers: .venv/.installed-dev
	$(BIN)/lint-imports

bench: .venv/.installed ## the figures of docs/performance.md
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: sudo apt install python3-venv"; rm -rf .venv; exit 1; }

$(BIN)/uv: | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=$(UV_VERSION)'

.venv/.installed: pyproject.toml uv.lock | .venv/bin/python $(UV)
	@echo "Setting up .venv (once) …"
	@$(SYNC) --no-dev
	@$(BIN)/python -m compileall -q bot memory
	@touch $@

.venv/.installed-dev: pyproject.toml uv.lock | .venv/bin/python $(UV)
	@echo "Setting up .venv for development (once) …"
	@$(SYNC)
	@$(BIN)/python -m compileall -q bot memory
	@touch $@ .venv/.installed

.venv/.installed-e2e: .venv/.installed-dev
	@$(SYNC) --group e2e
	@touch $@
