# Two commands to begin with: `make demo` and `make test`. They need Python 3.11 or
# newer and make; all else goes into .venv, once.

MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo test quick soak latest lock lint types fresh peers receiver unit peer-tests \
	goldens fmt \
	bench bench-peers docs pictures dist vscode clean

# What is installed is what the lock files say, so that a release of another project
# never turns a test red. `make lock` renews them; `make latest` tests without them.
LOCKS := requirements.lock requirements-dev.lock
PEER_LOCKS := $(addprefix tests/peers/,requirements.lock llama_cpp.lock)

# The name of a stamp has the checksum of what is installed, so that touching a file,
# checking out a branch or configuring a tool installs nothing anew.
VENV := .venv
DEPENDENCIES := $(shell (sed '/^\[tool\.black\]/,$$d' pyproject.toml; cat $(LOCKS)) \
	| cksum | cut -d ' ' -f 1)
INSTALLED := $(VENV)/.installed-$(DEPENDENCIES)
INSTALLED_DEV := $(VENV)/.installed-dev-$(DEPENDENCIES)
INSTALLED_PEERS := benchmarks/.venv-peers/.installed-$(DEPENDENCIES)

# What the tests call: servers and SDKs of others. N3GEN_PEERS may name an environment
# that has them already; those from npm are installed here all the same.
CALLED := $(if $(N3GEN_PEERS),tests/peers/node_modules,tests/peers/.venv)
CALLED_FILES := $(PEER_LOCKS) $(addprefix tests/peers/,install.py package-lock.json)
INSTALLED_CALLED := $(CALLED)/.installed-$(shell cat $(CALLED_FILES) | cksum | cut -d ' ' -f 1)

PYTHON := $(VENV)/bin/python
PIP_INSTALL := -m pip install --quiet --quiet --disable-pip-version-check --no-input
# -v takes back the -q of pyproject.toml: the last line is pytest's own summary.
PYTEST := $(PYTHON) -m pytest -v --tb=short -n auto --dist worksteal
UV_COMPILE := .venv-lock/bin/uv pip compile --quiet --upgrade --universal \
	--python-version 3.11 --no-header --no-annotate
export PIP_ROOT_USER_ACTION := ignore
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_GLOBAL_NODE := off

# What builds the site of the documentation and the packages.
SITE := docs/site/requirements.lock
INSTALLED_SITE = .venv-site/.installed-$(shell cksum < $(SITE) | cut -d ' ' -f 1)

# What receives spans in a test that is skipped without it: it takes 850 MB.
RECEIVER := tests/peers/phoenix.lock
INSTALLED_RECEIVER = .venv-phoenix/.installed-$(shell cksum < $(RECEIVER) | cut -d ' ' -f 1)

PEERS := apache-burr haystack-ai langgraph llama-index-workflows pydantic-graph \
	sf-hamilton

help:
	@echo 'make demo         build the examples and run them on the data in specs/data'
	@echo 'make test         lint, types, freshness of generated/, all tests'
	@echo 'make quick        what needs no server of others, in under a minute'
	@echo 'make soak         fuzz the compiler and strain limits and builds for minutes'
	@echo 'make latest       test against the newest releases, not those of the lock files'
	@echo 'make lock         renew the lock files from the ranges of versions'
	@echo 'make peer-tests   only the tests against servers and SDKs of others'
	@echo 'make peers        install the servers and SDKs that the tests call; test does so'
	@echo 'make receiver     install Phoenix, to which a test sends spans; only on demand'
	@echo 'make goldens      rewrite the expected outputs of the tests'
	@echo 'make pictures     draw the pictures of the documentation anew; docs does so'
	@echo 'make fmt          format the code and the examples'
	@echo 'make bench        measure, and write docs/benchmarks.md'
	@echo 'make bench-peers  the same beside other libraries, in a venv of their own'
	@echo 'make docs         build the site of the documentation into .site/'
	@echo 'make dist         build the packages into dist/, and check them'
	@echo 'make vscode       build the extension for VS Code into dist/, by npm'
	@echo 'make clean        remove what make and the tools made'

demo: $(INSTALLED)
	@$(VENV)/bin/n3gen build
	@$(PYTHON) -m specs.demo
	@$(PYTHON) -m specs.flows_demo
	@$(PYTHON) -m specs.durable_demo

test: lint types fresh unit

quick: lint
	$(PYTHON) -m mypy codegen
	$(VENV)/bin/n3gen check
	$(PYTEST) -m "not large" $(QUICK_TESTS)

QUICK_TESTS := tests/unit tests/test_golden_build.py tests/test_golden_diagnostics.py \
	$(addprefix tests/behaviour/,test_flow.py test_steps.py test_seed_chains.py)

soak: $(INSTALLED_DEV)
	$(PYTHON) -m tests.soak.fuzz_compiler
	$(PYTHON) -m tests.soak.fuzz_specs
	$(PYTHON) -m tests.soak.fuzz_runs
	$(PYTHON) -m tests.soak.strain_limits
	$(PYTHON) -m tests.soak.strain_builds
	EXAMPLES=200 $(PYTEST) tests/properties
	SEEDS='0 1 2 3 4 5 6 7' $(PYTEST) tests/durable
	COUNTED_THOUSANDS=40 $(PYTEST) tests/behaviour/test_states_in_postgres.py

# --upgrade finds the releases that came since the environment was made.
latest:
	@rm -f .venv-latest/.installed-*
	@$(MAKE) VENV=.venv-latest NEWEST=1 lint types fresh
	@$(MAKE) VENV=.venv-latest NEWEST=1 unit-without-peers

unit-without-peers: $(INSTALLED_DEV)
	$(PYTEST) --ignore tests/peers

lock: | $(PYTHON)
	@test -x .venv-lock/bin/python || $(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python $(PIP_INSTALL) --upgrade uv
	$(UV_COMPILE) --generate-hashes --group build --extra durable --extra otel pyproject.toml \
		-o requirements.lock
	$(UV_COMPILE) --generate-hashes --group build --extra dev -c requirements.lock \
		pyproject.toml -o requirements-dev.lock
	$(UV_COMPILE) tests/peers/requirements.txt -o tests/peers/requirements.lock
	$(UV_COMPILE) -c tests/peers/requirements.lock tests/peers/llama_cpp.txt \
		-o tests/peers/llama_cpp.lock
	$(UV_COMPILE) tests/peers/phoenix.txt -o $(RECEIVER)
	$(UV_COMPILE) docs/site/requirements.txt -o $(SITE)

lint: $(INSTALLED_DEV)
	$(PYTHON) -m black --check .
	$(PYTHON) -m ruff check --quiet .

types: $(INSTALLED_DEV)
	$(PYTHON) -m mypy codegen templates generated specs benchmarks tests/clock.py
	$(PYTHON) -m pyright --pythonpath $(PYTHON)

fresh: $(INSTALLED_DEV)
	$(VENV)/bin/n3gen check --recompile
	$(VENV)/bin/n3gen test

peers: $(INSTALLED_CALLED)

receiver: $(INSTALLED_RECEIVER)

unit: $(INSTALLED_DEV) $(INSTALLED_CALLED)
	$(PYTEST)

peer-tests: $(INSTALLED_DEV) $(INSTALLED_CALLED)
	$(PYTEST) tests/peers

goldens: $(INSTALLED_DEV)
	$(PYTHON) -m pytest --update-goldens -n auto --dist loadgroup --ignore tests/peers
	$(VENV)/bin/n3gen build --recompile

pictures: $(INSTALLED_DEV)
	$(PYTHON) -m pytest --update-goldens tests/pictures/test_docs_pictures.py

# The other examples are kept letter for letter as the guide has them.
OWN_SPECS := specs/shared specs/document_digest.yaml specs/draft_until_good.ai \
	specs/support_triage.ai specs/support_triage_tests.ai

fmt: $(INSTALLED_DEV)
	$(PYTHON) -m ruff check --fix --quiet .
	$(PYTHON) -m black --quiet .
	$(VENV)/bin/n3gen fmt $(OWN_SPECS)

docs: pictures $(INSTALLED_SITE)
	NO_MKDOCS_2_WARNING=1 .venv-site/bin/mkdocs build --quiet
	@echo 'the documentation is in .site/index.html'

dist: $(INSTALLED_SITE)
	rm -rf build dist
	.venv-site/bin/python -m build
	.venv-site/bin/twine check --strict dist/*

# Packed in a copy: the folder stays as it is committed.
vscode:
	rm -rf build/vscode && mkdir -p build dist && cp -R docs/editors/vscode build/vscode
	cd build/vscode && npm install --omit=dev --no-audit --no-fund --no-package-lock
	cd build/vscode && npx --yes @vscode/vsce@3.9.2 package \
		--allow-missing-repository --out ../../dist/

bench: $(INSTALLED_DEV)
	$(PYTHON) benchmarks/report.py

bench-peers: $(INSTALLED_DEV) $(INSTALLED_PEERS)
	$(PYTHON) benchmarks/report.py

clean:
	rm -rf $(VENV) .venv-latest .venv-lock .venv-phoenix .venv-site .site benchmarks/.venv-peers build dist *.egg-info .n3gen-cache
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

# The project itself is built with the locked setuptools, not with the newest one.
ifdef NEWEST
INSTALL = $(PYTHON) $(PIP_INSTALL) --upgrade --upgrade-strategy eager --editable '.[dev]'
else
INSTALL = $(PYTHON) $(PIP_INSTALL) --requirement $(1) && \
	$(PYTHON) $(PIP_INSTALL) --no-build-isolation --no-deps --editable .
endif

$(INSTALLED): | $(PYTHON)
	@echo 'installing n3gen into $(VENV)'
	@$(call INSTALL,requirements.lock)
	@touch $@

$(INSTALLED_DEV): | $(PYTHON)
	@echo 'installing n3gen and what its tests need into $(VENV)'
	@$(call INSTALL,requirements-dev.lock)
	@touch $(INSTALLED) $@

$(INSTALLED_CALLED): | $(INSTALLED_DEV)
	@echo 'installing what the tests call into tests/peers; llama.cpp takes minutes'
	@$(PYTHON) tests/peers/install.py
	@touch $@

$(INSTALLED_SITE): | $(PYTHON)
	@test -x .venv-site/bin/python || $(PYTHON) -m venv .venv-site
	@.venv-site/bin/python $(PIP_INSTALL) --requirement $(SITE)
	@touch $@

$(INSTALLED_RECEIVER): | $(PYTHON)
	@test -x .venv-phoenix/bin/python || $(PYTHON) -m venv .venv-phoenix
	@.venv-phoenix/bin/python $(PIP_INSTALL) --requirement $(RECEIVER)
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
