# Every target installs what it needs. Python 3.11 or newer must be on the PATH.
.ONESHELL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo check test up

.venv/.done: pyproject.toml constraints.txt docker/setup.sh
	PYTHON=$(PYTHON) docker/setup.sh

setup: .venv/.done

up: setup
	$(BIN)/posewarden up

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_layout.py tests/test_docs.py

test: setup
	docker/test-tools.sh
	$(BIN)/pytest -q

demo: setup
	docker/demo.sh
