# Everything that a user or a developer does, as one command each. A venv of its own, no other state.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CONFIG ?= config/otelrum.yaml
NPM_INSTALL := npm install --no-package-lock --no-audit --no-fund --legacy-peer-deps --loglevel=error

.PHONY: install demo run test check parity torture fuzz bench shop test-browser proto lock clean

install: $(VENV)/installed

# Sources of the hot path are compiled where there is a C compiler: after a change they are again.
$(VENV)/installed: requirements.lock pyproject.toml setup.py $(wildcard otelrum/actions/*.py otelrum/otlp/*.py) \
		$(wildcard otelrum/processors/rum_action/*.py otelrum/receivers/otlp/*.py) otelrum/collector/observed.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

# A recorded session of a real browser through the default configuration, and what came of it.
demo: install
	$(BIN)/python examples/demo.py

run: install
	$(BIN)/otelrum --config $(CONFIG)

test: check tests/peers/js/node_modules/installed
	$(BIN)/python -m pytest

# The JavaScript SDK, a peer in tests.
tests/peers/js/node_modules/installed: tests/peers/js/package.json
	cd tests/peers/js && $(NPM_INSTALL)
	touch $@

check: $(VENV)/installed-dev
	$(BIN)/ruff check otelrum tests examples
	$(BIN)/mypy

# The actions of recorded sessions beside what Datadog's SDK said of the same clicks.
CAPTURES ?= $(firstword $(wildcard ../shared/captures) tests/golden/captures)
parity: $(VENV)/installed-dev
	$(BIN)/python -m tests.parity $(CAPTURES)

# Minutes of kill -9 under load, with an account of every span that was acknowledged.
KILLS ?= 200
torture: $(VENV)/installed-dev
	$(BIN)/python -m tests.torture.run --kills $(KILLS)

# Hostile input at every way in, found by coverage. What it finds belongs into tests/fuzz/corpus. atheris is not pinned
# with the tests, because few platforms have it.
MINUTES ?= 60
fuzz: $(VENV)/installed-dev
	$(PIP) atheris==3.0.0
	$(BIN)/python -m tests.fuzz.run --minutes $(MINUTES)

# The demo shop, sending to an otelrum on this machine (`make run`).
shop:
	cd examples/shop && $(NPM_INSTALL) && npm start

# Real clicks in Chromium, Firefox and WebKit, beside Datadog's SDK. Installs the browsers where there are none; what
# cannot be had is said by the run.
BROWSERS := chromium:chromium firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb
test-browser: install
	for pair in $(BROWSERS); do \
		command -v $${pair%%:*} >/dev/null || (apt-get update && apt-get install --yes $${pair##*:}) || true; \
	done
	cd examples/shop && $(NPM_INSTALL)
	cd tests/browser && $(NPM_INSTALL) && npm test

# CPU, memory and latency beside other collectors.
bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.bench.run --json bench.json

# Writes otelrum/otlp/pb from proto/.
proto: $(VENV)/installed-dev
	$(BIN)/python proto/generate.py

# Pins what pyproject.toml asks for, with hashes and without the name of any host. What is pinned stays.
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--all-build-deps --strip-extras --no-annotate --no-emit-find-links --no-emit-index-url \
	--no-emit-trusted-host --no-emit-options
lock: $(VENV)/installed-dev
	$(PIP) pip-tools
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean:
	find otelrum -name '*.so' -delete
	rm -rf build $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
