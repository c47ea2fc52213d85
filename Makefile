# Each verb brings what it needs: a fresh machine has python3 (3.11 or newer, with venv), make and git.
PYTHON ?= python3
BIN := .venv/bin
SAM := .venv-sam/bin/sam
COMPILE := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --fork-strategy fewest --no-emit-index-url --no-emit-find-links
LAYER = $(COMPILE) layers/$$layer/requirements.in --constraint requirements/dev.txt \
	--output-file layers/$$layer/requirements.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format build dist lock clean

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: .venv/.done ## make .venv from the locked requirements

.venv/.done: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv-sam/.done: requirements/sam.txt
	test -x .venv-sam/bin/python || $(PYTHON) -m venv .venv-sam
	.venv-sam/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/sam.txt
	touch $@

demo: setup ## train, register, serve and predict handwritten digits; DEMO_ONCE=1 ends by itself
	@$(BIN)/modelet demo

test: setup .venv-sam/.done ## everything that must hold
	$(BIN)/python -m pytest $(ARGS)

check: setup .venv-sam/.done ## format, lint, types, import contracts, template
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(SAM) validate --lint

format: setup ## write the format that check wants
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

build: setup .venv-sam/.done ## every function and layer, ready to deploy
	PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(SAM) build

.venv-lock/bin/uv:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9'

dist: setup ## the wheel
	$(BIN)/python -m build --wheel --no-isolation

lock: .venv-lock/bin/uv ## compile every requirements file again; one version of each package everywhere
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt $(UPGRADE)
	for layer in core web; do $(LAYER) || exit 1; done
	for layer in onnx graph; do $(LAYER) --no-deps || exit 1; done
	$(COMPILE) pyproject.toml --extra train --constraint requirements/dev.txt --output-file requirements/train.txt
	$(COMPILE) requirements/sam.in --output-file requirements/sam.txt $(UPGRADE)

clean: ## remove what the other verbs made
	rm -rf .venv .venv-* .aws-sam .cache .modelet build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
