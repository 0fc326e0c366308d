# Two commands matter: `make demo` and `make test`. `make check` is the quick loop.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
UV     := $(shell command -v uv 2>/dev/null)

.PHONY: demo test check format lint types unit docs lock clean

demo: $(VENV)/.base  ## play real agent work into a throwaway home and show what the next session gets
	@$(RUN) -m demo

test: $(VENV)/.dev lint types  ## everything that CI runs
	$(RUN) -m pytest -n 2 --dist loadgroup $(PYTEST)

check: $(VENV)/.dev format lint types unit  ## the quick loop

format: $(VENV)/.dev
	$(RUN) -m ruff format src tests benchmarks demo
	$(RUN) -m ruff check --fix --quiet src tests benchmarks demo

lint: $(VENV)/.dev
	$(RUN) -m ruff format --check --quiet src tests benchmarks demo
	$(RUN) -m ruff check --quiet src tests benchmarks demo
	$(VENV)/bin/lint-imports

types: $(VENV)/.dev
	$(RUN) -m mypy

unit: $(VENV)/.dev
	$(RUN) -m pytest -q tests/unit

docs: $(VENV)/.dev  ## write the generated reference pages, and the manifest of tools, anew
	$(RUN) -m holdfast.tools.manifest
	$(RUN) -m tests.docs.generate

lock:  ## resolve the pinned sets anew (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url \
	  --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url \
	  --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt

# A virtual environment with the pinned packages, by uv where it exists, else by venv and pip.
$(VENV)/bin/python:
ifneq ($(UV),)
	@uv venv --quiet --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif

define install
	@echo "setting up $(VENV) from $(1)"
	@if [ -n "$(UV)" ]; then \
	  uv pip install --quiet --python $(RUN) --require-hashes -r $(1) && \
	  uv pip install --quiet --python $(RUN) --no-deps -e . ; \
	else \
	  $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
	  $(RUN) -m pip install --quiet --disable-pip-version-check --no-deps -e . ; \
	fi
	@touch $@
endef

$(VENV)/.base: requirements/base.txt pyproject.toml | $(VENV)/bin/python
	$(call install,requirements/base.txt)

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(call install,requirements/dev.txt)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis node_modules
