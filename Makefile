# Each target sets up what it needs. ARGS go to the command:  make test ARGS="-k orders"   make run ARGS="--port 8080"
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

help: ## Say what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' Makefile | while IFS='|' read -r name words; do printf '  make %-10s %s\n' "$$name" "$$words"; done

run: install ## Start the Order Center: the gateway, its three services, Redis and GraphiQL
	@.venv/bin/order-center dev $(ARGS)

install: ## Set up .venv and GraphiQL (PYTHON=python3.13 chooses the interpreter)
	@scripts/install

test: ## Run the tests
	@scripts/test $(ARGS)

fuzz: ## Compare the engine with graphql-core on 210,000 generated operations, others each time
	@scripts/fuzz $(ARGS)

peers: ## Run graphql-core's own tests against the engine and write their table (ARGS=--help)
	@scripts/peers $(ARGS)

check: ## Lint, types, layers, formatting and the schema file
	@scripts/check

bench: ## Measure against Apollo, Yoga, Mercurius, stock Strawberry and the ceiling in 5 minutes (ARGS=--help)
	@scripts/bench quick $(ARGS)

bench-full: ## The same in every mode, with micro-benchmarks, growth and profile, and docs/performance.md from all
	@scripts/bench full $(ARGS)

format: ## Format the code
	@scripts/format

schema: ## Write schema.graphql and subgraph.graphql from the code
	@scripts/schema $(ARGS)

lock: ## Write requirements/*.txt from pyproject.toml (ARGS=--upgrade for newer versions)
	@scripts/lock $(ARGS)

clean: ## Remove everything that was made here: .venv, .data, caches, the built GraphiQL
	@rm -rf .venv .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .schemathesis .import_linter_cache web/node_modules web/dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help run install test fuzz peers check bench bench-full format schema lock clean
