# Everything starts with `make`. Each target makes what it needs, once: its virtual environment from the pinned and
# hashed requirements, and for the tests a PostgreSQL. Nothing has to be run before it.
#
#   make test PYTHON=python3.12       choose the Python (3.11, 3.12 or 3.13)
#   make test ARGS="tests/domain -x"  hand more words to the program behind the target
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=

# pyright keeps to what its package brings along; a newer one on the registry is no news here.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

# Container images like to forbid bytecode. Without it every process, and every bot that a test starts, compiles anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## say what can be made (this list)
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: .venv-run ## start the bot; without a DISCORD_TOKEN, the demo
	@if [ -n "$$DISCORD_TOKEN$$DISCORD_TOKEN_FILE" ] || grep -Eqs \
		"^[[:space:]]*(export[[:space:]]+)?DISCORD_TOKEN(_FILE)?[[:space:]]*=[[:space:]]*[\"']?[^[:space:]\"'#]" .env; \
	then exec .venv-run/bin/python -m bot run $(ARGS); \
	else echo "No DISCORD_TOKEN: starting the demo"; exec .venv-run/bin/python -m bot demo $(ARGS); fi

.PHONY: test
test: postgres browser ## run the tests, on SQLite and on a real PostgreSQL
	@echo "Running the tests ..."
	@.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: check
check: .venv ## lint, formatting, types, import contracts, sizes
	@echo "ruff check: lint"
	@.venv/bin/ruff check
	@echo "ruff format: formatting"
	@.venv/bin/ruff format --check
	@echo "pyright: types"
	@.venv/bin/python -m pyright --pythonpath .venv/bin/python
	@echo "lint-imports: who may import whom"
	@.venv/bin/lint-imports --no-logo
	@echo "size guard: sizes, things left undone, things of one machine"
	@.venv/bin/python scripts/size_guard.py

.PHONY: bench
bench: postgres ## run the benchmarks
	@echo "Running the benchmarks ..."
	@.venv/bin/python -m bench $(ARGS)

.PHONY: chaos
chaos: postgres ## run the long crash tests
	@echo "Running the crash tests ..."
	@.venv/bin/python -m pytest -m chaos -n $(WORKERS) --dist worksteal $(ARGS)

.PHONY: lock
lock: .venv ## pin the requirements anew (UPGRADE=1: take newer versions)
	@echo "Resolving pyproject.toml into requirements/*.txt ..."
	@UV=.venv/bin/uv UPGRADE="$(UPGRADE)" sh scripts/lock.sh

.PHONY: messages
messages: .venv ## bring the catalogues of translations up to date with the code
	@.venv/bin/python scripts/messages.py

.PHONY: transcripts
transcripts: .venv ## write down anew what the bot says, in every language (docs/transcripts)
	@TRANSCRIPTS=1 .venv/bin/python -m pytest -q tests/cogs/test_transcripts.py

.PHONY: format
format: .venv ## format the code and mend what ruff can mend
	@.venv/bin/ruff format
	@.venv/bin/ruff check --fix

.PHONY: clean
clean: ## remove environments, caches and build results; .env and data/ stay
	@echo "Removing environments, caches and build results ..."
	@rm -rf .venv .venv-run .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environments. scripts/bootstrap.py looks every time whether they are as they should be, and says nothing if so.
.PHONY: .venv .venv-run postgres browser python
.venv: python
	@$(PYTHON) scripts/bootstrap.py .venv requirements/dev.txt

.venv-run: python
	@$(PYTHON) scripts/bootstrap.py .venv-run requirements/run.txt

postgres: .venv
	@.venv/bin/python scripts/ensure_postgres.py

browser: .venv
	@.venv/bin/python scripts/ensure_browser.py

python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
		echo "Folkmoot needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is" \
		"$$($(PYTHON) -V 2>&1 | grep '^Python' || echo missing): choose one with make PYTHON=python3.12" >&2; exit 1; }
