# make demo: from nothing to two graded submissions and a report. make test: everything checked.
# make test-machines: the sensitive tests again, computed as other processors would.
# Needs Python >= 3.11 and make.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
HARNESS = $(BIN)/harness
DEMO = data/demo

.PHONY: demo test test-machines lint check benchmark lock clean

demo: $(VENV)/.installed
	@$(HARNESS) demo $(DEMO)
	@$(HARNESS) fit --model dense --data $(DEMO)
	@$(HARNESS) report --data $(DEMO)
	@$(HARNESS) submit --metric logloss --data $(DEMO)
	@$(HARNESS) submit --metric accuracy --data $(DEMO)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist loadfile

# The tests whose outcome could depend on the processor, as several others would compute.
test-machines: $(VENV)/.installed-dev
	$(BIN)/python tests/machines.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test

# pip compiles bytecode as it installs: without it every start would compile TensorFlow anew.
$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "Installing the pinned packages into $(VENV) (about 2.2 GB; some minutes the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "harness needs Python 3.11 or newer: make PYTHON=python3.12 demo" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --compile -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --compile -r requirements-dev.lock
	@touch $@

# The lock files name versions and hashes, for every platform, and no package host.
UV_COMPILE = uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --generate-hashes --upgrade pyproject.toml
lock:
	$(UV_COMPILE) -o requirements.lock
	$(UV_COMPILE) --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis
