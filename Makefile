# Framed: the few verbs of this repository. Only python3 and make are needed; `make help` lists all.

VENV ?= .venv
PY := $(VENV)/bin/python
SETUP := VENV=$(VENV) sh scripts/setup.sh

# What the last set-up was asked for holds until something else is asked for.
-include $(VENV)/choices.mk
PYTHON ?= python3
TORCH_BACKEND ?=
export TORCH_BACKEND
SLIM ?=
PINS := $(if $(SLIM),requirements-slim.txt,requirements.txt)
BENTOFILE := $(if $(GPU),bentofile.gpu.yaml,bentofile.yaml)
CHOICES := $(strip $(PYTHON) $(TORCH_BACKEND) $(if $(SLIM),slim))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check bench peers soak audit sbom bento image lock

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.runtime ## make .venv, once (PYTHON=python3.12, SLIM=1: no torch, TORCH_BACKEND=cpu: no CUDA)

run: $(VENV)/.runtime ## set up and serve on 127.0.0.1 (PORT=3000), with a curl to try it
	@exec $(PY) -m scripts.serve $(call given,HOST,--host) $(call given,PORT,--port)

# A worker a core; a file's tests stay together, as they share what it took long to make.
WORKERS := -n auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

# Tests start some hundred processes: none compiles again what another has, also where the
# environment has bytecode written nowhere.
KEPT := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(abspath $(VENV))/bytecode

test: $(VENV)/.dev ## run the tests (ARGS="-k decode" picks some, SLIM=1 VENV=.venv-slim: without torch)
	$(KEPT) $(if $(SLIM),FRAMED_TESTS_SLIM=1) $(PY) -m pytest $(WORKERS) $(ARGS)

check: $(VENV)/.dev ## lint, format, types and import rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.runtime ## measure how fast the parts are (ARGS="--only metrics" picks rows)
	$(PY) -m scripts.bench $(ARGS)

peers: $(VENV)/.runtime ## measure Framed beside other servers (ARGS=--quick: a first look)
	$(PY) -m scripts.peers $(ARGS)

soak: $(VENV)/.dev ## minutes of load on a real server, drawn; then the long tests (not with ARGS=--minutes=30)
	$(PY) -m scripts.soak $(ARGS)
	$(if $(ARGS),,$(PY) -m pytest -m soak -o faulthandler_timeout=1800)

audit: $(VENV)/.dev ## look through the packages: vulnerabilities, licences (ARGS=--offline: licences)
	$(PY) -m scripts.audit $(ARGS)

sbom: $(VENV)/.dev ## write the bill of materials of what is served, build/sbom.json
	$(PY) -m scripts.sbom $(ARGS)

bento: $(VENV)/.runtime ## build the Bento into BentoML's store (GPU=1: with torch and CUDA)
	BENTOML_DO_NOT_TRACK=True $(PY) -m bentoml build -f $(BENTOFILE)

# From /, as BentoML 1.4 refuses to read a Dockerfile template outside the current folder,
# and it unpacks the Bento into the system's folder for temporary files.
image: bento ## make a container image of it, without torch (GPU=1: with torch and CUDA)
	cd / && BENTOML_DO_NOT_TRACK=True $(abspath $(PY)) -m bentoml containerize framed:latest $(ARGS)

# torch's own CUDA packages stay unlisted, so that another backend can leave them out.
lock: $(VENV)/.made ## pin the packages of pyproject.toml again (ARGS=--upgrade: to the newest)
	$(LOCK) pyproject.toml --extra cpu --extra torch --output-file requirements.txt $(ARGS)
	$(call without_cuda,requirements.txt)
	$(LOCK) pyproject.toml --extra cpu --constraint requirements.txt \
		--output-file requirements-slim.txt $(ARGS)
	$(call without_cuda,requirements-slim.txt)
	$(LOCK) --group dev --constraint requirements.txt --output-file requirements-dev.txt $(ARGS)

without_cuda = awk '/^[^ ]/ {cuda = /^(nvidia-|cuda-|triton==)/} !cuda' $1 > $(VENV)/lock && \
	cp $(VENV)/lock $1

LOCK = $(SETUP) uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make lock'

# A variable of the command line as a flag; from the environment, framed.settings reads it itself.
given = $(if $(findstring command,$(origin $1)),$2 $($1))

# Set-up in three stamps; each is touched last, so an interrupted step is done again.
ifneq ($(CHOICES),$(MADE_FOR))
.PHONY: $(VENV)/.made
endif

$(VENV)/.made:
	$(SETUP) venv $(PYTHON)
	@printf 'PYTHON ?= %s\nTORCH_BACKEND ?= %s\nSLIM ?= %s\nMADE_FOR := %s\n' \
		'$(PYTHON)' '$(TORCH_BACKEND)' '$(SLIM)' '$(CHOICES)' > $(VENV)/choices.mk
	@touch $@

$(VENV)/.runtime: $(PINS) $(VENV)/.made
	$(SETUP) install $(PINS)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(SETUP) install requirements-dev.txt
	@touch $@
