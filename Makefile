# One command for each thing that is done in this repository; `make help` lists them.
#
# Everything is set up in this checkout and nowhere else: `.venv/`, `node_modules/` and `target/`. A step that fetches
# or generates leaves a stamp in `target/stamps/` and runs again only when what it reads has changed; what cargo
# builds, cargo decides. `git clean -dX` undoes all of it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

export CARGO_TARGET_DIR := $(CURDIR)/target
# The programs run in folders of their own.
export ARVO_ORDERS  := $(abspath $(or $(ARVO_ORDERS),examples/orders))
ifdef ARVO_VECTORS
export ARVO_VECTORS := $(abspath $(ARVO_VECTORS))
endif

stamps := target/stamps
python := .venv/bin/python
npm    := npm --prefix bindings-node --silent
c      := $(MAKE) --silent -C bindings-ffi/c
core   := --locked -p arvo --features schemars,cli,opentelemetry,testing

languages := rust python node c
suites    := rust-unit rust-docs rust-vectors \
             python-unit python-docs python-vectors python-wheel \
             node-unit node-docs node-types node-vectors \
             c-unit c-vectors \
             all-documents all-cross all-kills all-trace

# Runs the suite that a target `suite-<name>` is named after; what it reports and its command follow (tests/report.py).
suite  = python3 tests/report.py run $(VERBOSE) $(@:suite-%=%)
# Workers of the durable demo: what stands behind them is told in tests/durable.
workers = "Rust=target/release/orders-demo --worker" "Python=$(python) examples/orders/python/worker.py" \
          "Node=node bindings-node/dist/examples/orders/node/worker.js" "C=target/c/orders-shared --worker"
# The same, each with the tracer of its language's own set-up.
traced  = "Rust=target/release/orders-demo --worker" \
          "Python=.venv/bin/opentelemetry-instrument $(python) examples/orders/python/worker.py" \
          "Node=node --import $(CURDIR)/bindings-node/tests/otlp.mjs bindings-node/dist/examples/orders/node/worker.js" \
          "C=target/c/orders-shared --worker"
pytest = $(python) -m pytest -q -c bindings-python/pyproject.toml --rootdir . -p no:cacheprovider --junitxml={junit}

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# ── What people type ─────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: demo demo-local test vectors lint docs bench leaks soak
demo: tools release python-addon node-addon durable-workers ## the recorded orders on a durable store, by workers of every language, one killed
	@python3 tests/durable/demo.py target/release/arvo $(workers)
	@$(MAKE) demo-local

# The same orders within one process, in each language by itself: handlers, workflows, the broker.
demo-local: tools release python-addon node-addon
	@$(npm) run build:demo
	@$(c) $(CURDIR)/target/c/orders
	@python3 tests/demo.py "Workflows as functions" \
	    "Rust=target/release/orders-demo" \
	    "Python=$(python) examples/orders/python/main.py" \
	    "Node=node bindings-node/dist/examples/orders/node/orders.js" \
	    "C=target/c/orders" "Workflows as machines" \
	    "Rust=target/release/orders-demo --machines" \
	    "Python=$(python) examples/orders/python/main.py --machines" \
	    "Node=node bindings-node/dist/examples/orders/node/orders.js --machines" \
	    "Node, inline=node bindings-node/dist/examples/orders/node/orders.js --machines=inline" \
	    "C=target/c/orders --machines"

test: tools ## every test of every language, one table at the end
	@rm -rf target/reports
	@$(MAKE) -k $(suites:%=suite-%) || true
	@python3 tests/report.py table $(suites)

vectors: tools ## the recorded cases alone; ARVO_VECTORS names another folder of cases
	@rm -rf target/reports
	@$(MAKE) -k VERBOSE=--verbose $(languages:%=suite-%-vectors) || true
	@python3 tests/report.py vectors $(languages)

lint: $(stamps)/python-tools $(stamps)/node-tools python-addon ## formatters, linters and type checkers
	@tests/tools.sh lint
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --features arvo/schemars,arvo/cli,arvo/opentelemetry,arvo/testing -- -D warnings
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/basedpyright
	.venv/bin/stubtest arvo._arvo --mypy-config-file bindings-python/pyproject.toml
	.venv/bin/clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h' ':!examples/first') # first.c is squeezed
	bindings-node/node_modules/.bin/biome ci .
	$(npm) run typecheck

docs: tools ## the API documentation of the core, without warnings, in target/doc; links and examples in the documents
	RUSTDOCFLAGS='-D warnings' cargo doc $(core) --no-deps
	tests/documents.py

bench: tools release python-addon node-addon ## what it costs: docs/performance.md
	cargo bench $(core)
	$(python) bindings-python/bench/run.py
	$(python) bindings-python/bench/workers.py
	$(npm) run bench
	$(c) bench

leaks: release ## the C tests and demo under valgrind (AddressSanitizer and LeakSanitizer are part of `make test`)
	@tests/tools.sh leaks
	$(c) leaks

soak: tools release python-addon node-addon durable-workers ## a thousand kills of workers, a hundred thousand seeds of the simulation, memory over long runs
	python3 tests/durable/kills.py --kills $(or $(KILLS),1000) target/release/arvo $(workers)
	ARVO_SEEDS=100000 cargo test --release $(core) --test suite store::simulation
	$(python) bindings-python/tests/soak.py
	$(npm) run soak
	$(c) soak

# ── Set-up ───────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: tools release python-addon node-addon durable-workers
tools:
	@tests/tools.sh

$(stamps):
	@mkdir -p $@

# All members in one call: chosen one by one they would ask for other features of shared crates, and compile them anew.
release: tools
	cargo build --release --locked --workspace

.venv/bin/python:
	python3 -m venv .venv

$(stamps)/python-tools: bindings-python/requirements-dev.txt .venv/bin/python | $(stamps)
	$(python) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The package as `maturin develop` would leave it, from the library that cargo has built already.
python-addon: release $(stamps)/python-tools
	@cp -u --remove-destination target/release/lib_arvo.so bindings-python/python/arvo/_arvo.abi3.so
	@echo $(CURDIR)/bindings-python/python > \
	    $$($(python) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/arvo.pth

$(stamps)/node-tools: bindings-node/package.json bindings-node/package-lock.json | $(stamps)
	$(npm) ci
	@touch $@

node-addon: release $(stamps)/node-tools
	@cd bindings-node && node scripts/native.mjs --copy
	@$(npm) run build:ts

durable-workers: release python-addon node-addon
	@$(npm) run build:demo
	@$(c) $(CURDIR)/target/c/orders-shared

# ── Suites: each writes to target/reports and target/logs (tests/report.py) ──────────────────────────────────────────

.PHONY: $(suites:%=suite-%)
suite-rust-unit:
	cargo test $(core) -p orders-demo --lib --tests --no-run
	@$(suite) cargo -- cargo test $(core) -p orders-demo --lib --tests

suite-rust-docs:
	@$(suite) cargo -- cargo test $(core) --doc

suite-rust-vectors: release
	@$(suite) rows -- target/release/arvo-vectors

suite-python-unit: python-addon
	@$(suite) junit -- $(pytest) bindings-python/tests

suite-python-docs: python-addon
	@$(suite) junit -- $(pytest) --doctest-modules bindings-python/python/arvo

suite-python-vectors: python-addon
	@$(suite) rows -- $(python) tests/python/run.py

# The wheel that users install, in an environment of its own; maturin and cargo would build over each other in one folder.
suite-python-wheel: $(stamps)/python-tools
	.venv/bin/maturin build --quiet --release --locked --manifest-path bindings-python/Cargo.toml \
	    --target-dir target/wheel --out target/wheel
	@$(suite) exit -- tests/wheel.sh target/wheel

suite-node-unit: node-addon
	@$(suite) rows -- $(npm) run test unit

suite-node-docs: node-addon
	@$(suite) rows -- $(npm) run test docs

suite-node-types: node-addon
	@$(suite) exit -- $(npm) run typecheck

suite-node-vectors: node-addon
	@$(suite) rows -- $(npm) run vectors

suite-c-unit: release
	@$(suite) rows -- $(c) unit

suite-c-vectors: release
	@$(suite) rows -- $(c) vectors

suite-all-documents:
	@$(suite) rows -- tests/documents.py

suite-all-trace: durable-workers
	@$(suite) rows -- $(python) tests/durable/trace.py target/release/arvo $(traced)

suite-all-cross: release python-addon node-addon
	$(c) $(CURDIR)/target/c/step
	@$(suite) rows -- $(python) tests/cross/run.py "Rust=target/release/arvo-vectors --step" \
	    "Python=$(python) tests/cross/step.py" "Node=node tests/cross/step.mjs" C=target/c/step

suite-all-kills: durable-workers
	@$(suite) rows -- python3 tests/durable/kills.py --kills $(or $(KILLS),200) target/release/arvo $(workers)
