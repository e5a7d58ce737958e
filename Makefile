# Every target sets up what it needs first. Python 3.11 or newer must be on the PATH.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Compose v2 where Docker has it, else docker-compose 1.29.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# How many tests run at once; many of them wait, so that a core carries more than one. Two of them
# are whole sites, for the first half of the time.
JOBS ?= 4
# By group, in tests/conftest.py; the long ones first.
PARALLEL = -n $(JOBS) --no-loadscope-reorder
# OpenCV's wheel links against these; the venv module is a package of its own on Debian and Ubuntu;
# the compiler is for the compiled flow.
RUN_PACKAGES := python3-venv libgl1 libglib2.0-0 gcc libc6-dev
# The RTSP server of the tests: GStreamer's, by its bindings for the system's Python; a street video.
TEST_PACKAGES := redis-server chromium python3-gi gir1.2-gst-rtsp-server-1.0 openssl prometheus opencv-doc \
	postgresql gstreamer1.0-plugins-ugly nginx-light caddy mosquitto firefox-esr fonts-noto-cjk curl nodejs

# $(call apt,PACKAGES): install missing Debian packages as root; otherwise say what to install.
define apt
@missing=""; \
command -v dpkg-query >/dev/null || exit 0; \
for package in $(1); do \
  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
    || missing="$$missing $$package"; \
done; \
if [ -z "$$missing" ]; then exit 0; fi; \
if [ "$$(id -u)" -ne 0 ]; then \
  echo "Missing Debian packages; go on after: sudo apt-get install$$missing"; exit 0; \
fi; \
apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef

.PHONY: setup site demo check check-page pictures page-figures format fix quick reference test test-compose \
	gpu secrets up hostile promotions soak soak-cameras

setup: .venv/.done

.venv/.done: pyproject.toml constraints.txt
	$(call apt,$(RUN_PACKAGES))
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --constraint constraints.txt --editable '.[cpu,otel,notify,lab,dev]'
	@touch $@

# What runs a site, a third of the size: without the workshop (torch), tests and tools. In an
# environment that `setup` made there is nothing to add.
site: .venv/.site

.venv/.site: pyproject.toml constraints.txt
	$(call apt,$(RUN_PACKAGES))
	$(PYTHON) -m venv .venv
	test -e .venv/.done \
	  || $(BIN)/pip install -q --constraint constraints.txt --editable '.[cpu]'
	@touch $@

up: site
	$(BIN)/posewarden up

demo: site
	$(BIN)/posewarden demo

# Formats everything; `make fix` also applies ruff's safe corrections, as far as they go.
format: setup
	$(BIN)/ruff format .

fix: setup
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/test_layout.py tests/test_docs.py
	$(MAKE) --no-print-directory check-page

# The page's scripts: types from JSDoc, and eslint. npm is used in development alone; the page itself
# is served as it lies there.
check-page:
	@if ! command -v npm >/dev/null; then echo "npm is not here: the page's scripts are not checked"; exit 0; fi; \
	cd tests/page_types; \
	npm ci --silent --no-audit --no-fund \
	  || { echo "npm finds no packages: the page's scripts are not checked"; exit 0; }; \
	npm run --silent check && echo "the page's scripts are well typed"

# The fast tests of a folder, in seconds: make quick DIR=tests/tracker
DIR ?= tests
quick: setup
	$(BIN)/pytest -q -m "not slow" $(PARALLEL) -n 2 $(DIR) # more would start longer than it saves

test: setup
	$(call apt,$(TEST_PACKAGES))
	$(BIN)/python -m compileall -q -j 0 tracker inference service export tests/support
	$(BIN)/pytest -q $(PARALLEL)

# Builds the images and breaks a site of containers; needs a Docker engine with compose.
test-compose: setup secrets
	COMPOSE="$(COMPOSE)" $(BIN)/pytest -q -s --timeout 3600 tests/docker/smoke.py

# Checks and measures a machine with a CUDA card; `tests/gpu/run.py --help` lists what it needs.
# Without `setup`: such machines often have no package registry.
gpu:
	PYTHONPATH="$(CURDIR)$${PYTHONPATH:+:$$PYTHONPATH}" $(PYTHON) tests/gpu/run.py

# Writes docs/api-reference.md and the rights in docs/security.md from what the service says of itself.
reference: setup
	WRITE_REFERENCE=1 $(BIN)/pytest -q tests/service/api/test_reference_page.py \
		tests/service/api/test_rights_page.py

# Changes the model of a site again and again, follows every window; PROMOTIONS=--kill kills roles.
promotions: setup
	PYTHONPATH=tests $(BIN)/python -m support.chaos.promotions $(PROMOTIONS)

# Sends a site HOSTILE_INPUTS (10000) hostile inputs and prints the tables; HOSTILE_SEED repeats.
hostile: setup
	$(BIN)/pytest -q -s tests/e2e/hostile.py

# Breaks a site at random for SOAK_MINUTES (30) and prints the table; SOAK_SEED repeats an order.
soak: setup
	$(call apt,$(TEST_PACKAGES))
	$(BIN)/pytest -q -s tests/chaos/soak.py

soak-cameras: setup
	$(call apt,$(TEST_PACKAGES))
	SOAK_RECONNECTS=1000 $(BIN)/pytest -q -s tests/tracker/camera/test_loop_soak.py

# Pictures of every view of the page for the documents, what receivers get, and the page's figures.
pictures: setup
	$(call apt,$(TEST_PACKAGES))
	cd tests && PYTHONPATH="$(CURDIR):$(CURDIR)/tests" ../$(BIN)/python -m support.page_pictures ../docs/page
	cd tests && PYTHONPATH="$(CURDIR):$(CURDIR)/tests" ../$(BIN)/python -m support.outputs_shown ../docs/outputs

page-figures: setup
	$(call apt,$(TEST_PACKAGES))
	cd tests && PYTHONPATH="$(CURDIR):$(CURDIR)/tests" ../$(BIN)/python -m support.page_figures

# The site's passwords, made once. The folder is closed to others on this machine; the files are
# open, because the containers that read them have users of their own.
secrets:
	@install -d -m 700 secrets
	@umask 022; for name in redis_password api_key grafana_password; do \
	  test -s secrets/$$name || tr -dc A-Za-z0-9 </dev/urandom | head -c 32 >secrets/$$name; \
	done
