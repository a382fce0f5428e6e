# `make demo` and `make test` need Python 3.11 or newer and make, and set up everything else in .venv.
#
# An interpreter of your choice: make test PYTHON=python3.12

VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=
DEMO_DIR ?= demo-output
JOBS ?= 2

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-min test-core lint format types contracts docs doctest-docs benchmarks clean

RUN := $(VENV)/bin/python
# Tests and lints run in parallel processes; one thread in each keeps two cores at two threads.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(VENV)/bin/python:
	@.ci/make-venv "$(VENV)" "$(PYTHON)"

# One stamp for each set of extras; pip does nothing twice.
$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing skgenre[$*] into $(VENV) ..."
	@$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@

demo: $(VENV)/.installed-plot,xgboost-cpu  ## compare four pipelines on embedded music, keep the best, predict with it
	@mkdir -p "$(DEMO_DIR)"
	@.ci/demo "$(VENV)/bin" "$(DEMO_DIR)"

test: $(VENV)/.installed-test,onnx  ## the tests that CI runs
	$(ONE_THREAD) $(RUN) -m pytest -n $(JOBS) -m "not slow" $(PYTEST_ARGS)

test-all: $(VENV)/.installed-test,onnx  ## the slow tests too
	$(ONE_THREAD) $(RUN) -m pytest -n $(JOBS) $(PYTEST_ARGS)

test-min:  ## the tests with every dependency at its floor
	@.ci/make-venv .venv-min "$(PYTHON)"
	.venv-min/bin/python .ci/floors.py test > .venv-min/floors.txt
	.venv-min/bin/python -m pip install --quiet --disable-pip-version-check -c .venv-min/floors.txt -e ".[test]"
	$(ONE_THREAD) .venv-min/bin/python -m pytest -n $(JOBS) -m "not slow" $(PYTEST_ARGS)

test-core:  ## every module imports without any extra
	@.ci/make-venv .venv-core "$(PYTHON)"
	.venv-core/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	.venv-core/bin/python .ci/import_all.py

lint: $(VENV)/.installed-dev  ## ruff: rules and format
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

format: $(VENV)/.installed-dev  ## rewrite the files as ruff would have them
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

types: $(VENV)/.installed-dev  ## mypy
	$(RUN) -m mypy

contracts: $(VENV)/.installed-dev  ## import-linter: the layers of the design
	$(VENV)/bin/lint-imports

docs: $(VENV)/.installed-dev  ## the documentation, without warnings, in docs/_build/html
	$(ONE_THREAD) $(RUN) -m sphinx -W --keep-going -q -b html docs docs/_build/html

benchmarks: $(VENV)/.installed-bench  ## what can be measured here
	$(RUN) -m benchmarks --help

clean:  ## remove what the targets above made
	rm -rf .venv .venv-min .venv-core docs/_build docs/api/generated docs/gallery build dist demo-output
