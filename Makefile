# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
STAMP := $(VENV)/.setup-stamp

# What `check` judges against: where this branch left the main one, on the main one itself the commit before.
MAIN ?= origin/main origin/HEAD main

.PHONY: setup demo test check generate format benchmarks editors clean

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

# Prints every finding; an error fails it. That autonav.toml itself changed is for a person to accept: it is said, and
# the change is judged by what the file was.
check: setup
	@base="$(BASE)"; head=$$(git rev-parse HEAD); \
	for main in $(MAIN); do \
	  test -n "$$base" || base=$$(git merge-base HEAD "$$main" 2>/dev/null | grep -v "$$head"); \
	done; \
	test -n "$$base" || base=$$(git rev-parse -q --verify HEAD~1) || \
	  { echo "check: no commit before this one is known here (a shallow clone?), so no change is judged"; exit 0; }; \
	echo "check: what changed since $$(git log -1 --format='%h %s' "$$base")"; \
	said=$$($(BIN)/autonav check --base "$$base") && found=0 || found=$$?; \
	printf '%s\n' "$$said"; \
	$(BIN)/autonav complexity --diff "$$base" --top 10 || exit; \
	test $$found -le 1 || exit $$found; \
	! printf '%s\n' "$$said" | grep -v '^autonav.toml:[0-9]*: error AN109 ' | grep -q ': error AN[0-9]'

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
