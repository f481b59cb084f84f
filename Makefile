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

stamps := target/stamps
python := .venv/bin/python
npm    := npm --prefix bindings-node
pytest := $(python) -m pytest -c bindings-python/pyproject.toml --rootdir . -p no:cacheprovider --junitxml={junit}
# The suite that a target `suite-<name>` runs; its form (see tests/report.py) and its command follow.
suite   = python3 tests/report.py run $(VERBOSE) $(@:suite-%=%)

languages := rust python node c
suites    := rust-unit rust-docs rust-vectors \
             python-unit python-docs python-types python-vectors \
             node-unit node-types node-vectors \
             c-unit c-vectors \
             all-documents

.PHONY: help
help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# ── What people type ─────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: demo test vectors bench lint docs leaks soak
demo: tools rust-release python-addon node-demo c-demo ## the recorded orders through handlers of every language
	@python3 tests/demo.py \
	    "Rust=target/release/orders-demo" \
	    "Python=$(python) examples/orders/python/main.py" \
	    "Node=$(npm) run --silent demo" \
	    "C=target/c/orders"

test: tools ## every test of every language, one table at the end
	@rm -rf target/reports
	@$(MAKE) -k $(suites:%=suite-%) || true
	@python3 tests/report.py table $(suites)

vectors: tools ## the recorded cases alone; ARVO_VECTORS names another folder of cases
	@rm -rf target/reports
	@$(MAKE) -k VERBOSE=--verbose $(languages:%=suite-%-vectors) || true
	@python3 tests/report.py vectors $(languages)

# ── Set-up ───────────────────────────────────────────────────────────────────────────────────────────────────────────

.PHONY: tools rust-release python-addon node-addon node-demo c-library c-demo
tools:
	@tests/tools.sh

$(stamps):
	@mkdir -p $@

rust-release:
	cargo build --release --locked -p arvo-vectors -p orders-demo

.venv/bin/python:
	python3 -m venv .venv

$(stamps)/python-tools: bindings-python/requirements-dev.txt .venv/bin/python | $(stamps)
	$(python) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

python-addon: $(stamps)/python-addon
rust_sources = Cargo.toml Cargo.lock core/Cargo.toml $(shell find core/src $(1)/src -name '*.rs')
$(stamps)/python-addon: $(stamps)/python-tools $(call rust_sources,bindings-python) \
                        bindings-python/Cargo.toml bindings-python/pyproject.toml
	.venv/bin/maturin develop --quiet --release --locked --manifest-path bindings-python/Cargo.toml
	@touch $@

$(stamps)/node-tools: bindings-node/package.json bindings-node/package-lock.json | $(stamps)
	$(npm) ci --no-audit --no-fund
	@touch $@

node-addon: $(stamps)/node-tools
	$(npm) run --silent build

node-demo: node-addon

c-library:
	cargo build --release --locked -p arvo-ffi

c-demo: c-library

# ── Suites: each writes target/reports and target/logs; see tests/report.py ──────────────────────────────────────────

.PHONY: $(suites:%=suite-%)
suite-rust-unit:
	cargo test --locked -p arvo --features schemars --lib --tests --no-run
	@$(suite) cargo -- cargo test --locked -p arvo --features schemars --lib --tests

suite-rust-docs:
	@$(suite) cargo -- cargo test --locked -p arvo --features schemars --doc

suite-rust-vectors: rust-release
	@$(suite) rows -- target/release/arvo-vectors

suite-python-unit: python-addon
	@$(suite) junit -- $(pytest) bindings-python/tests

suite-python-docs: python-addon
	@$(suite) junit -- $(pytest) --doctest-modules bindings-python/python/arvo

suite-python-types: python-addon
	@$(suite) exit -- $(python) -m mypy.stubtest arvo._arvo --mypy-config-file bindings-python/pyproject.toml

suite-python-vectors: python-addon
	@$(suite) rows -- $(python) tests/python/run.py

suite-node-unit: node-addon
	@$(suite) rows -- $(npm) run --silent test

suite-node-types: node-addon
	@$(suite) exit -- $(npm) run --silent typecheck

suite-node-vectors: node-addon
	@$(suite) rows -- $(npm) run --silent vectors

suite-c-unit: c-library
	@$(suite) rows -- bindings-ffi/c/tests/run.sh

suite-c-vectors: c-library
	@$(suite) rows -- tests/c/run.sh

suite-all-documents:
	@$(suite) rows -- python3 tests/documents.py

# ── Linters and documentation ────────────────────────────────────────────────────────────────────────────────────────

lint: $(stamps)/python-tools $(stamps)/node-tools ## formatters, linters and type checkers of every language
	@tests/tools.sh lint
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	bindings-node/node_modules/.bin/biome ci .

docs: tools ## the API documentation, without warnings, in target/doc
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps -p arvo --features schemars
	python3 tests/documents.py
