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
.PHONY: help demo test test-all test-min test-core test-machines test-machines-fast test-nobody
.PHONY: test-gpu wheels test-integrations fuzz lint format types contracts docs docs-check linkcheck wheel changelog benchmarks clean

BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN := $(VENV)/$(BIN)/python
# Tests and lints run in parallel processes; one thread in each keeps two cores at two threads.
# Each process gets a part of the tests that is in one piece, and then steals from others: fixtures
# of a module, the imports of a command and the server of the page are made once, not in each.
# Compiled tests are kept, whatever the environment says: each worker would compile all of them again.
ONE_THREAD := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(RUN):
	@.ci/make-venv "$(VENV)" "$(PYTHON)"

# One stamp for each set of extras; pip does nothing twice.
$(VENV)/.installed-%: pyproject.toml constraints.txt | $(RUN)
	@echo "Installing skgenre[$*] into $(VENV) ..."
	@$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@

# musicnn's weights are in its package, whose requirements, TensorFlow among them, are not needed.
$(VENV)/.installed-musicnn: constraints.txt | $(RUN)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt musicnn
	@touch $@

demo: $(VENV)/.installed-plot,xgboost-cpu  ## compare four pipelines on synthetic music, keep the best, predict with it
	@mkdir -p "$(DEMO_DIR)"
	@.ci/demo "$(VENV)/$(BIN)" "$(DEMO_DIR)"

test: $(VENV)/.installed-test,onnx $(VENV)/.installed-musicnn  ## the tests that CI runs
	$(ONE_THREAD) $(RUN) -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(PYTEST_ARGS)

test-all: $(VENV)/.installed-test,onnx $(VENV)/.installed-musicnn  ## the slow tests too
	$(ONE_THREAD) $(RUN) -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

test-min:  ## the tests with every dependency at its floor
	@.ci/make-venv .venv-min "$(PYTHON)"
	.venv-min/$(BIN)/python .ci/floors.py test > .venv-min/floors.txt
	.venv-min/$(BIN)/python -m pip install --quiet --disable-pip-version-check -c .venv-min/floors.txt -e ".[test]"
	$(ONE_THREAD) .venv-min/$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(PYTEST_ARGS)

test-core:  ## every module imports without any extra
	@.ci/make-venv .venv-core "$(PYTHON)"
	.venv-core/$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	.venv-core/$(BIN)/python .ci/import_all.py

# Where the last bits of floats differ most: listings, rankings and figures in tests and documents.
MACHINE_TESTS := tests/model_selection/test_leakage_report.py tests/datasets/test_genre_music.py \
	docs/user_guide/common_pitfalls.md skgenre/model_selection skgenre/metrics

test-machines: $(VENV)/.installed-test,onnx $(VENV)/.installed-musicnn  ## the tests as an old processor, and as one with AVX2
	for machine in old haswell; do \
		.ci/machine $$machine $(RUN) .ci/machine_in_force.py; \
		.ci/machine $$machine $(RUN) -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(PYTEST_ARGS); \
	done

test-machines-fast: $(VENV)/.installed-test,onnx $(VENV)/.installed-musicnn  ## the part of them that CI runs
	.ci/machine old $(RUN) .ci/machine_in_force.py
	.ci/machine haswell $(RUN) .ci/machine_in_force.py
	.ci/machine old $(RUN) -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(MACHINE_TESTS)

test-nobody:  ## make test and make demo without rights, a home or a writable tree (as root)
	.ci/as-nobody test
	.ci/as-nobody demo

# On a machine with the internet, then on one with a GPU and PyTorch: make wheels; make test-gpu.
# For another Python: make wheels WHEELS_ARGS="--python-version 3.12 --only-binary :all:"
WHEELS ?= wheels
WHEELS_ARGS ?=

wheels: $(VENV)/.installed-test,onnx  ## what make test-gpu installs, without PyTorch
	@mkdir -p $(WHEELS)
	$(RUN) .ci/pins_without_torch.py > $(WHEELS)/requirements.txt
	$(RUN) -m pip download --quiet --no-deps -d $(WHEELS) $(WHEELS_ARGS) -r $(WHEELS)/requirements.txt

test-gpu:  ## the tests that need CUDA, and benchmarks, with the PyTorch of this machine
	$(or $(PYTHON),python3) -m venv --clear --system-site-packages .venv-gpu
	.venv-gpu/bin/python -m pip install --quiet --no-index --no-deps -f $(WHEELS) -r $(WHEELS)/requirements.txt
	.venv-gpu/bin/python -c "import torch; assert torch.cuda.is_available(), 'PyTorch finds no GPU'"
	PYTHONPATH=. .venv-gpu/bin/python -m pytest -n 0 -m cuda tests $(PYTEST_ARGS)
	PYTHONPATH=. .venv-gpu/bin/python -m benchmarks training features --device cuda

# An environment of its own: MLflow wants an older importlib_metadata than constraints.txt has.
test-integrations:  ## other people's tools, each by a script (ONNX in JavaScript where npm is)
	@.ci/make-venv .venv-integrations "$(PYTHON)"
	grep -v '^importlib-metadata==' constraints.txt > .venv-integrations/constraints.txt
	.venv-integrations/$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c .venv-integrations/constraints.txt -e ".[integrations,onnx,xgboost-cpu,parquet]"
	if command -v npm >/dev/null; then \
		npm install --silent --no-audit --no-fund --prefix .venv-integrations/js onnxruntime-web@1.30.0; \
	fi
	for script in examples/integrations/*.py; do \
		(cd "$$(mktemp -d)" && $(ONE_THREAD) \
			SKGENRE_NODE_MODULES="$$(ls -d "$(CURDIR)/.venv-integrations/js/node_modules" 2>/dev/null || true)" \
			"$(CURDIR)/.venv-integrations/$(BIN)/python" "$(CURDIR)/$$script"); \
	done
	$(ONE_THREAD) .venv-integrations/$(BIN)/python -m pytest -q tests/docs/test_coming_from.py

CASES ?= 100000

fuzz: $(VENV)/.installed-test,onnx  ## damaged sound files and hostile model files (CASES=)
	$(ONE_THREAD) $(RUN) tests/fuzz/fuzz_sound_files.py --random --predict --cases $(CASES) --keep fuzz-found
	$(ONE_THREAD) $(RUN) tests/fuzz/fuzz_model_files.py --random --cases $(CASES) --keep fuzz-found

lint: $(VENV)/.installed-dev  ## ruff: rules and format; codespell and proselint
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/$(BIN)/codespell .
	$(RUN) .ci/check_prose.py

format: $(VENV)/.installed-dev  ## rewrite the files as ruff would have them
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

types: $(VENV)/.installed-dev  ## mypy over the package, pyright over the examples
	$(RUN) -m mypy
	$(RUN) -m pyright --pythonpath $(RUN) $(wildcard examples/*/plot_*.py) examples/deploy

contracts: $(VENV)/.installed-dev  ## import-linter: the layers of the design
	$(VENV)/$(BIN)/lint-imports

docs: $(VENV)/.installed-dev $(VENV)/.installed-musicnn  ## the documentation of this version, in docs/_build/html
	@rm -rf docs/api/generated  # pages of names that are gone would be warnings
	$(ONE_THREAD) $(RUN) -m sphinx -W --keep-going -q -b html -d docs/_build/doctrees docs \
		"docs/_build/html/$$($(RUN) -c 'import skgenre; print(skgenre.__version__)')"
	$(RUN) docs/_site.py docs/_build/html

# All, or so many of each kind: make docs-check PAGES=5
PAGES ?=

docs-check: $(VENV)/.installed-dev $(VENV)/.installed-musicnn  ## notebooks and pages that make docs wrote (PAGES=)
	$(ONE_THREAD) $(RUN) .ci/run_notebooks.py $(if $(PAGES),--count $(PAGES))
	$(RUN) .ci/check_pages.py docs/_build/html $(if $(PAGES),--pages $(PAGES))

linkcheck: $(VENV)/.installed-dev  ## the links to other sites, which needs the network
	$(ONE_THREAD) $(RUN) -m sphinx -q -b linkcheck -D plot_gallery=0 -d docs/_build/doctrees-links \
		docs docs/_build/linkcheck

wheel: $(VENV)/.installed-dev  ## the sdist and the wheel in dist, and the README's example with the wheel
	rm -rf dist .venv-wheel
	PIP_CONSTRAINT="$(CURDIR)/constraints.txt" $(RUN) -m build --outdir dist > /dev/null
	@.ci/make-venv .venv-wheel "$(PYTHON)"
	.venv-wheel/$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt "$$(ls dist/*.whl)[xgboost-cpu]"
	folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cd "$$folder" && \
		"$(CURDIR)/.venv-wheel/$(BIN)/python" "$(CURDIR)/.ci/try_readme.py" "$(CURDIR)/README.md" "$(CURDIR)/skgenre"

# Without a version it is only shown.
VERSION ?=

changelog: $(VENV)/.installed-dev  ## collect changelog.d in CHANGELOG.md (VERSION=0.2.0)
	$(RUN) -m towncrier build $(if $(VERSION),--yes --version "$(VERSION)",--draft --version unreleased)

benchmarks: $(VENV)/.installed-bench  ## list the benchmarks
	$(RUN) -m benchmarks --help

clean:  ## remove what the targets above made
	rm -rf .venv .venv-min .venv-core .venv-gpu .venv-integrations .venv-wheel .venv-axe wheels fuzz-found docs/_build docs/api/generated docs/gallery build dist demo-output
