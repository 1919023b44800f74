# Two commands to begin with: `make demo` and `make test`. They need Python 3.11 or
# newer and make; all else goes into .venv, once.

MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test lint types fresh peers unit goldens fmt bench bench-peers clean

# The name of a stamp has the checksum of what is installed, so that touching a file,
# checking out a branch or configuring a tool installs nothing anew.
VENV := .venv
DEPENDENCIES := $(shell sed '/^\[tool\.black\]/,$$d' pyproject.toml | cksum | cut -d ' ' -f 1)
INSTALLED := $(VENV)/.installed-$(DEPENDENCIES)
INSTALLED_DEV := $(VENV)/.installed-dev-$(DEPENDENCIES)
INSTALLED_PEERS := benchmarks/.venv-peers/.installed-$(DEPENDENCIES)

# What the tests call: servers and SDKs of others. N3GEN_PEERS may name an environment
# that has them already; those from npm are installed here all the same.
CALLED := $(if $(N3GEN_PEERS),tests/peers/node_modules,tests/peers/.venv)
CALLED_FILES := $(addprefix tests/peers/,install.py requirements.txt package-lock.json)
INSTALLED_CALLED := $(CALLED)/.installed-$(shell cat $(CALLED_FILES) | cksum | cut -d ' ' -f 1)

PYTHON := $(VENV)/bin/python
PIP_INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-input
export PIP_ROOT_USER_ACTION := ignore
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_GLOBAL_NODE := off

PEERS := apache-burr haystack-ai langgraph llama-index-workflows pydantic-graph \
	sf-hamilton

help:
	@echo 'make demo         build the examples and run them on the data in specs/data'
	@echo 'make test         lint, types, freshness of generated/, all tests'
	@echo 'make peers        install the servers and SDKs that the tests call; test does so'
	@echo 'make goldens      rewrite the expected outputs of the tests'
	@echo 'make fmt          format the code and the examples'
	@echo 'make bench        measure, and write docs/benchmarks.md'
	@echo 'make bench-peers  the same beside other libraries, in a venv of their own'
	@echo 'make clean        remove what make and the tools made'

demo: $(INSTALLED)
	@$(VENV)/bin/n3gen build
	@$(PYTHON) -m specs.demo

test: lint types fresh unit

lint: $(INSTALLED_DEV)
	$(PYTHON) -m black --check .
	$(PYTHON) -m ruff check --quiet .

types: $(INSTALLED_DEV)
	$(PYTHON) -m mypy codegen templates generated specs benchmarks tests/clock.py
	$(PYTHON) -m pyright

fresh: $(INSTALLED_DEV)
	$(VENV)/bin/n3gen check --recompile
	$(VENV)/bin/n3gen test

peers: $(INSTALLED_CALLED)

# -v takes back the -q of pyproject.toml: the last line is pytest's own summary.
unit: $(INSTALLED_DEV) $(INSTALLED_CALLED)
	$(PYTHON) -m pytest -v --tb=short -n auto --dist worksteal

goldens: $(INSTALLED_DEV)
	$(PYTHON) -m pytest --update-goldens --ignore tests/peers
	$(VENV)/bin/n3gen build --recompile

# The other examples are kept letter for letter as the guide has them.
OWN_SPECS := specs/shared specs/document_digest.yaml specs/draft_until_good.ai \
	specs/support_triage.ai specs/support_triage_tests.ai

fmt: $(INSTALLED_DEV)
	$(PYTHON) -m ruff check --fix --quiet .
	$(PYTHON) -m black --quiet .
	$(VENV)/bin/n3gen fmt $(OWN_SPECS)

bench: $(INSTALLED_DEV)
	$(PYTHON) benchmarks/report.py

bench-peers: $(INSTALLED_DEV) $(INSTALLED_PEERS)
	$(PYTHON) benchmarks/report.py

clean:
	rm -rf $(VENV) benchmarks/.venv-peers build dist *.egg-info .n3gen-cache
	rm -rf tests/peers/.venv tests/peers/node_modules
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@for python in python3.11 python3 python3.12 python3.13 python3.14 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1 || continue; \
		echo "making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV) && $(PYTHON) -m pip --version \
			>/dev/null && exit 0; \
		rm -rf $(VENV); \
	done; \
	echo 'n3gen needs Python 3.11 or newer, with venv and pip (on Debian: python3-venv)' >&2; \
	exit 1

$(INSTALLED): | $(PYTHON)
	@echo 'installing n3gen into $(VENV)'
	@$(PYTHON) $(PIP_INSTALL) --editable .
	@touch $@

$(INSTALLED_DEV): | $(PYTHON)
	@echo 'installing n3gen and what its tests need into $(VENV)'
	@$(PYTHON) $(PIP_INSTALL) --editable '.[dev]'
	@touch $(INSTALLED) $@

$(INSTALLED_CALLED): | $(INSTALLED_DEV)
	@echo 'installing what the tests call into tests/peers; llama.cpp takes minutes'
	@$(PYTHON) tests/peers/install.py
	@touch $@

# A peer that does not install is left out, and the report says so.
$(INSTALLED_PEERS): | $(INSTALLED)
	@test -x benchmarks/.venv-peers/bin/python || \
		$(PYTHON) -m venv benchmarks/.venv-peers
	@benchmarks/.venv-peers/bin/python $(PIP_INSTALL) --editable .
	@for peer in $(PEERS); do \
		echo "installing $$peer into benchmarks/.venv-peers"; \
		benchmarks/.venv-peers/bin/python $(PIP_INSTALL) "$$peer" || \
			echo "$$peer does not install here"; \
	done
	@touch $@
