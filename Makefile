# Beatcheck from a fresh machine: `make run`, `make test`, `make check`. Plain `make` lists everything.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Stamps say what is installed, so that nothing is installed twice: what the service needs, then what developers need.
SERVICE := $(VENV)/.installed-service
TOOLS   := $(VENV)/.installed-tools
# What pytest and Python compile is kept from run to run, also where the environment would have it thrown away.
PYTEST  := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder
CODE    := $(wildcard app demo docs tests benchmarks migrations)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run months exchange serve test test-sqlite test-postgres check style types imports house format bench assure lock \
        migration openapi clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(SERVICE)  ## play the demo force on port 8000
	$(BIN)/python -m demo

months: $(SERVICE)  ## play three months of the demo force: plan, weeks, hours, reality check
	$(BIN)/python -m demo.months

exchange: $(SERVICE)  ## play four weeks between WMNow's tracker and the demo force; neighbourhoods of data.police.uk
	$(BIN)/python -m demo.exchange

serve: $(SERVICE)  ## migrate, then serve what BEATCHECK_* says
	$(BIN)/beatcheck migrate
	$(BIN)/beatcheck serve

test: test-sqlite test-postgres  ## the whole suite on SQLite, then all that touches a database on PostgreSQL

test-sqlite: $(TOOLS)
	$(PYTEST) --database sqlite

test-postgres: $(TOOLS)
	$(PYTEST) --database postgres

check: style types imports house  ## style, types, import order, house rules, migrations, OpenAPI, lock files

style: $(TOOLS)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(TOOLS)
	$(BIN)/mypy $(CODE)

imports: $(TOOLS)
	$(BIN)/lint-imports --no-logo

house: $(TOOLS)
	$(BIN)/python -m tests.house.lint
	$(BIN)/pytest tests/house --database sqlite
	$(BIN)/pytest tests/house --database postgres

format: $(TOOLS)  ## put the code into the house style
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: $(TOOLS)  ## measure against the figures in the documentation
	$(BIN)/python -m benchmarks

assure: $(TOOLS)  ## the long tests, ten times as many cases, on both databases
	rm -f var/assurance-report.json
	CI=true $(BIN)/pytest --assurance full --database sqlite
	CI=true $(BIN)/pytest --assurance full --database postgres
	@cat var/assurance-report.json

lock:  ## choose versions again (needs uv) and write both lock files
	@PATH="$(BIN):$$PATH" command -v uv > /dev/null || { echo 'make lock needs uv: https://docs.astral.sh/uv/'; exit 2; }
	PATH="$(BIN):$$PATH" uv pip compile -q pyproject.toml --universal --generate-hashes --no-header \
	    --no-emit-index-url -o requirements.lock
	PATH="$(BIN):$$PATH" uv pip compile -q pyproject.toml --universal --generate-hashes --no-header \
	    --no-emit-index-url --extra dev -c requirements.lock -o requirements-dev.lock

migration: $(TOOLS)  ## write a migration from the models: make migration name="what changes"
	@test -n "$(name)" || { echo 'usage: make migration name="what changes"'; exit 2; }
	rm -rf var/migration && mkdir -p var/migration
	BEATCHECK_DATABASE_URL=sqlite:///var/migration/empty.db $(BIN)/alembic upgrade head
	BEATCHECK_DATABASE_URL=sqlite:///var/migration/empty.db $(BIN)/alembic revision --autogenerate -m "$(name)"

openapi: $(SERVICE)  ## write openapi/openapi.json from the code
	$(BIN)/beatcheck export-openapi openapi/openapi.json

clean:  ## remove what was built or installed here, but no data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo 'Beatcheck needs Python 3.11 or newer; name one: make PYTHON=python3.12 …'; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null \
	    || { echo 'Python cannot make virtual environments here. On Debian: apt-get install python3-venv'; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(SERVICE): requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(TOOLS): requirements-dev.lock $(SERVICE)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
