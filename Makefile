# Two commands: `make run` and `make test`. Each sets up what it needs first.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: setup run test lint format servers servers-down bench demo lock clean

setup: $(READY) service/web/static/vendor/ready

$(READY): requirements-dev.lock pyproject.toml
	@echo "Packages are put into .venv/, which takes a few minutes the first time. 首次安装需几分钟。" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

service/web/static/vendor/ready: $(READY) service/web/package-lock.json
	$(BIN)/python -m deploy.vendor
	@touch $@

run: setup
	$(BIN)/anjuan serve

demo: setup
	$(BIN)/anjuan demo

# Whole files go to a process, since what stands for a file is made once; each process keeps recognition's models in memory.
test: setup
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

servers: setup
	@$(BIN)/python -m deploy.local.servers up

servers-down: setup
	@$(BIN)/python -m deploy.local.servers down

bench: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m tests.bench

lock: setup
	$(BIN)/python -m deploy.lock

clean:
	rm -rf .venv service/web/static/vendor service/web/node_modules
