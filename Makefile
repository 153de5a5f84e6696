# Everything a person types. `make demo` and `make test` need only python3-venv and make.
PYTHON ?= python3
BIN := .venv/bin
BIND ?= 127.0.0.1:8080
WORKERS ?= 2

.PHONY: demo test lint schemas bench serve lock clean

# pip takes each distribution only if its hash is in the lock; the package itself is linked, not copied.
.venv/.base: requirements/base.txt setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: .venv/.base requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

demo: .venv/.base
	$(BIN)/commerceml-bridge demo

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# All of schemas/*.xsd from one description; a test compares them.
schemas: .venv/.base
	$(BIN)/python -m commerceml_bridge.commerceml.schema_source

bench: .venv/.dev
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.pages

serve: .venv/.base
	$(BIN)/commerceml-bridge up --bind $(BIND) --workers $(WORKERS)

# Needs uv; the locks hold hashes and no index address.
lock:
	for f in base postgres dev; do uv pip compile -q --no-config --python-version 3.11 --universal --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header requirements/$$f.in -o requirements/$$f.txt; done

clean:
	rm -rf .venv build dist *.egg-info
