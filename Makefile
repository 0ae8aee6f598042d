# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
STAMP := $(VENV)/.setup-stamp

.PHONY: setup demo test generate format benchmarks editors clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@if command -v uv >/dev/null 2>&1; then \
	  echo "setup: uv"; test -x $(BIN)/python || uv venv --quiet --python "$(PYTHON)" $(VENV); \
	  uv pip install --quiet --python $(BIN)/python --editable ".[all]" --group dev; \
	else \
	  echo "setup: venv and pip"; test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check "pip>=25.1" && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[all]" --group dev; \
	fi
	@touch $(STAMP)

demo: setup
	@$(BIN)/autonav demo

test: setup
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m pytest -m "not alone" -n $(JOBS) --dist worksteal
	@$(BIN)/python -m pytest -m alone

generate: setup
	@$(BIN)/python -m autonav_server.generate

format: setup
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

benchmarks: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group benchmarks
	@$(BIN)/python tests/benchmarks/run.py

editors:
	@tests/e2e/setup_editors .editors

clean:
	rm -rf $(VENV) .editors .pytest_cache .ruff_cache .hypothesis build dist
