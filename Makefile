# make figures: every figure of the paper at a scale that a laptop manages; make fig07 SCALE=smoke: one of them, at
# another. make report: the page of all results. make test: lint and all tests. make quick: lint and the fast ones.
# make bench: how fast training is. make bench-precision: what rounding products to bfloat16 does to the results. make
# bench-plain: whole runs beside plain ones. make bench-page: how fast the report opens in a browser.

SHELL := /bin/bash
PYTHON ?= python3
SCALE ?= preview
INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
# For every job that has ended, snakemake looks for the next ones once in the timespan; its own is a second.
SNAKEMAKE := snakemake --cores all --max-jobs-per-timespan 1000/10s
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: figures report test quick bench bench-precision bench-plain bench-page lint environment environment-dev

figures: environment
	$(SNAKEMAKE) --config 'scale=$(SCALE)'

# Figures are targets too: make fig07 SCALE=smoke
fig%: environment
	$(SNAKEMAKE) $@ --config 'scale=$(SCALE)'

# The page of claims, figures, runs and models; opened by a double click.
report: environment
	$(SNAKEMAKE) report --config 'scale=$(SCALE)'
	@echo "open results/$(SCALE)/report.html in a browser"

# Some tests wait for a cluster, so that there is work for one process more than there are cores.
test: lint
	pytest --numprocesses $$(( $$(nproc) + 1 )) --dist worksteal --durations 25

quick: lint
	pytest --numprocesses auto -m 'not slow'

bench: environment
	PYTHONPATH=tests python benchmarks/bench.py $(ROWS)

bench-precision: environment
	$(SNAKEMAKE) --configfile benchmarks/precision.yaml -- ZERO-BIAS NEGATIVE-BIAS
	python benchmarks/precision.py

bench-plain: environment
	PYTHONPATH=tests python benchmarks/plain.py

bench-page: environment-dev
	python benchmarks/page.py 'results/$(SCALE)/report.html'

lint: environment-dev
	ruff check .
	ruff format --check .
	lint-imports
	snakefmt --check Snakefile workflow

environment: $(INSTALLED)
environment-dev: $(INSTALLED_DEV)

# Installed once; again when a lock or the package's own description changes.
$(INSTALLED): envs/requirements.lock envs/requirements-torch.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: apt-get install python3, or make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv is missing: apt-get install $(notdir $(PYTHON))-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --requirement envs/requirements.lock
	$(PIP) --requirement envs/requirements-torch.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(INSTALLED_DEV): $(INSTALLED) envs/requirements-dev.lock
	$(PIP) --require-hashes --requirement envs/requirements-dev.lock
	touch $@
