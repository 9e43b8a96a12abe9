# deserts: who can refill this patient's pump, how far away are they, and what happens if they stop?
# Works with GNU Make 3.81.

.DEFAULT_GOAL := first
SHELL := /bin/sh

REGION  ?= example
SERVICE ?= itb
GRADE   ?=
PYTHON  ?= python3
DATA    ?= data
MIRROR  ?=
ROADS   ?=
CLAIMS  ?=
DIRECTORY ?=
COUNTIES ?=
DEMAND  ?=
ZIPS    ?=
OWN_FILES ?=
ALSO    ?=
LIMIT   ?= 480
SCHEDULER ?=
FROZEN  ?=
LOCK    ?= locks/$(NAME).json
NAME    ?= $(REGION)
AS_OF   ?=
SOURCES ?=
OLDER_THAN ?=
NO_NETWORK ?= $(if $(filter example,$(REGION)),1,)

VENV    := .venv
BIN     := $(VENV)/bin
DESERTS := "$(BIN)/deserts"
PYTEST  := "$(BIN)/python" -m pytest --numprocesses=auto --dist=loadgroup --quiet
PIP     := "$(BIN)/python" -m pip install --quiet --disable-pip-version-check

# One word for the shell, whatever is in it. The program parts lists of files itself, so that paths may hold spaces:
# CLAIMS="2023.csv 2024.csv", CLAIMS="my claims.csv", CLAIMS="'my claims.csv' 2024.csv".
quoted = '$(subst ','\'',$(1))'
option = $(if $(2),$(1) $(call quoted,$(2)))

INPUTS = --region $(call quoted,$(REGION)) --service $(call quoted,$(SERVICE)) --data $(call quoted,$(DATA)) \
  $(call option,--roads,$(ROADS)) $(call option,--claims,$(CLAIMS)) $(call option,--directory,$(DIRECTORY)) \
  $(call option,--counties,$(COUNTIES)) $(call option,--demand,$(DEMAND)) $(call option,--zips,$(ZIPS)) \
  $(call option,--own,$(OWN_FILES)) $(foreach name,$(ALSO),--also $(name))
RUN = $(DESERTS) run $(INPUTS) $(call option,--grade,$(GRADE)) --time-limit $(call quoted,$(LIMIT)) \
  $(call option,--mirror,$(MIRROR)) $(if $(NO_NETWORK),--no-network) $(call option,--scheduler,$(SCHEDULER)) \
  $(call option,--as-of,$(AS_OF)) $(if $(FROZEN),$(call option,--frozen,$(LOCK)))

.PHONY: first all help setup data places supply specialists roads times scores map findings test test-all check format \
  bench bench-nation docs lock refresh fuzz live-check doctor mutants duplicates coverage wheel clean

first: all ## Set up, run every stage on the embedded example, say where the map is (the default)

all: setup ## Run every stage for REGION, SERVICE and GRADE that has something new to do
	@$(RUN)

help: ## Show this help
	@echo "deserts: make [target] [REGION=ME] [SERVICE=itb] [GRADE=manages_pumps] [DATA=data]"
	@echo "  own files: ROADS= CLAIMS= DIRECTORY= COUNTIES= DEMAND= ZIPS=   any other: OWN_FILES=psps=FILE   large ones: ALSO=medicaid   offline: MIRROR=dir NO_NETWORK=1"
	@echo "  frozen inputs: FROZEN=1 [LOCK=locks/NAME.json]   time limit in minutes: LIMIT=480   ages as of: AS_OF=2026-11-21"
	@grep -E '^[a-z-]+:.*## ' Makefile | sort | awk 'BEGIN {FS = ":.*## "} {printf "  %-12s %s\n", $$1, $$2}'

# ---- setting up -------------------------------------------------------------------------------------------------

setup: $(VENV)/.installed ## Make .venv and install the locked dependencies

$(VENV)/.installed: requirements-installer.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) (a minute or a few the first time)"
	@$(PIP) --no-compile --require-hashes -r requirements-installer.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
	  || { echo "uv could not; pip tries"; $(PIP) --no-compile --require-hashes -r requirements.lock; }
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(DESERTS) publish assets --data $(call quoted,$(DATA)) || true
	@touch $@

# ---- the pipeline -----------------------------------------------------------------------------------------------

# Each target is one process, and each process asks the manifests what is fresh: make itself knows nothing of that.
data: setup ## Fetch or find the raw files
	@$(RUN) --until data

places: setup ## Build ZIPs, counties, demand points, hospitals
	@$(RUN) --until places

supply: setup ## Hold what is seen against totals; find supply without a named clinician
	@$(RUN) --until supply

specialists: setup ## Grade clinicians and place their sites
	@$(RUN) --until specialists

roads: setup ## Read the road network
	@$(RUN) --until roads

times: setup ## Compute drive times and isochrones
	@$(RUN) --until times

scores: setup ## Score every county
	@$(RUN) --until scores

map: setup ## Draw the map
	@$(RUN) --until map

findings: setup ## Print where the map is and one sentence of findings
	@$(DESERTS) findings --region $(call quoted,$(REGION)) --service $(call quoted,$(SERVICE)) --data $(call quoted,$(DATA)) \
	  $(call option,--grade,$(GRADE))

# ---- quality ----------------------------------------------------------------------------------------------------

test: setup ## Set up and pass the tests, but for the slow ones
	$(PYTEST)

test-all: setup ## Pass every test, the slow ones too
	$(PYTEST) -m ''

COVERED := .coverage-of-all-tests

check: setup ## Style, types, layers, licences, known weaknesses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy deserts
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/python tests/licences.py
	$(BIN)/python tests/advisories.py
	@if [ -f $(COVERED) ]; then COVERAGE_FILE=$(COVERED) $(BIN)/coverage report --skip-covered > .coverage-report; told=$$?; tail -n 1 .coverage-report; exit $$told; \
	  else echo "coverage: not measured here yet (make coverage)"; fi

duplicates: setup ## Find rules that are written in two places (a minute)
	$(BIN)/pylint deserts

coverage: export COVERAGE_FILE = $(COVERED)
coverage: setup ## Pass the tests and measure which lines they run; too few is a failure, also of make check
	$(PYTEST) --cov --cov-report=term:skip-covered

wheel: setup ## Build the wheel into dist and ask it in an environment of its own (a minute)
	"$(BIN)/python" tests/wheel.py

MUTATED := deserts.rules.flow deserts.rules.reading deserts.rules.plausible deserts.rules.timeline deserts.rules.plan \
  deserts.patients.refill.timeline
NOTICE  := tests/patients/refill/test_timeline.py tests/patients/refill/test_plan.py tests/patients/refill/test_red.py

mutants: setup ## Change timeline, standing and order a little, place by place: do the tests notice? (a quarter of an hour)
	$(BIN)/python -m tests.mutation $(MUTATED) --tests $(NOTICE)
	$(BIN)/python -m tests.mutation deserts.rules.ranking --tests tests/rules/test_ranking.py
	$(BIN)/python -m tests.mutation deserts.specialists.standing deserts.specialists.said --tests tests/specialists/test_standing.py
	$(BIN)/python -m tests.mutation --drawn 60 --seed 2026

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: setup ## Feed 50,000 mutated files to every reader (a quarter of an hour on two cores)
	"$(BIN)/python" -m tests.fuzz --mutations 50000

bench: setup ## Measure every figure that the project claims, into benchmarks/results
	$(PIP) --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks

bench-nation: setup ## Measure a made-up country's streets, a thirtieth to a third of it (hours, 40 GB of disk)
	$(BIN)/python -m benchmarks.nation

docs: setup ## Build the documentation into docs/_build
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html

refresh: setup ## Fetch anew the raw files of REGION that have grown old (SOURCES="directory hospitals" OLDER_THAN=90d)
	$(DESERTS) source refresh $(SOURCES) $(INPUTS) $(call option,--mirror,$(MIRROR)) $(call option,--older-than,$(OLDER_THAN))

lock: setup ## Record the raw files of REGION in locks/NAME.json
	$(DESERTS) source lock $(call quoted,$(NAME)) $(INPUTS)

live-check: setup ## Ask each publisher for a few rows and compare with what the clients expect
	$(DESERTS) source live-check

doctor: setup ## Say which sources are reachable, cached, stale or missing
	$(DESERTS) doctor --region $(call quoted,$(REGION)) --service $(call quoted,$(SERVICE)) --data $(call quoted,$(DATA))

clean: ## Remove processed tables; raw files and your own tables stay
	rm -rf $(call quoted,$(DATA))/processed/*
