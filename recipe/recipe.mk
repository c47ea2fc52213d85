# Included by the Makefile of each function and layer. SAM runs those in a copy of their folder, but names them by their
# real path, from which the recipe is found.
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))..)
RECIPE_PYTHON := $(ROOT)/.venv/bin/python

# SAM tells a Makefile no parameter, only where to build: samconfig.toml has a folder for each architecture.
ARCHITECTURE := $(if $(findstring /.aws-sam/arm64/,$(ARTIFACTS_DIR)),arm64,x86_64)

ifeq ($(wildcard $(RECIPE_PYTHON)),)
$(error The stack is built by the Python of .venv, which does not exist: run 'make setup' first, or 'make build' instead of 'sam build')
endif

RECIPE = cd $(ROOT) && $(RECIPE_PYTHON) -m recipe --arch $(ARCHITECTURE) --into $(ARTIFACTS_DIR)
