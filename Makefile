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
ALSO    ?=
LIMIT   ?= 480
SCHEDULER ?=
FROZEN  ?=
LOCK    ?=
NAME    ?= $(REGION)
NO_NETWORK ?= $(if $(filter example,$(REGION)),1,)

VENV    := .venv
BIN     := $(VENV)/bin
DESERTS := $(BIN)/deserts
PYTEST  := $(BIN)/python -m pytest --numprocesses=auto --dist=loadgroup --quiet
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Options that every stage takes; a user's own files replace those of the publishers.
OPTIONS = --region $(REGION) --service $(SERVICE) --data $(DATA) --time-limit $(LIMIT) \
  $(if $(GRADE),--grade $(GRADE)) $(if $(MIRROR),--mirror $(MIRROR)) $(if $(NO_NETWORK),--no-network) \
  $(foreach file,$(ROADS),--roads $(file)) $(foreach file,$(CLAIMS),--claims $(file)) \
  $(if $(DIRECTORY),--directory $(DIRECTORY)) $(if $(COUNTIES),--counties $(COUNTIES)) \
  $(if $(DEMAND),--demand $(DEMAND)) $(if $(ZIPS),--zips $(ZIPS)) $(if $(SCHEDULER),--scheduler $(SCHEDULER)) \
  $(foreach name,$(ALSO),--also $(name))

# One stamp a stage; those that depend on the service or the grade lie in a folder of their own.
AREA    := $(DATA)/processed/$(REGION)/.stamps
FOR_SERVICE := $(AREA)/$(notdir $(basename $(SERVICE)))
FOR_GRADE := $(FOR_SERVICE)/$(if $(GRADE),$(GRADE),default)
PROFILE := $(firstword $(wildcard $(SERVICE) $(DATA)/local/services/$(SERVICE).toml deserts/services/$(SERVICE).toml))
OWN     := $(ROADS) $(CLAIMS) $(DIRECTORY) $(COUNTIES) $(DEMAND) $(ZIPS)

.PHONY: first all help setup data places specialists roads times scores map findings test test-all check format bench docs lock \
  live-check doctor clean FORCE

first: all ## Set up, run every stage on the embedded example, say where the map is (the default)

all: map findings ## Run every stage for REGION, SERVICE and GRADE

help: ## Show this help
	@echo "deserts: make [target] [REGION=ME] [SERVICE=itb] [GRADE=manages_pumps] [DATA=data]"
	@echo "  own files: ROADS= CLAIMS= DIRECTORY= COUNTIES= DEMAND= ZIPS=   large ones: ALSO=medicaid   offline: MIRROR=dir NO_NETWORK=1"
	@echo "  frozen inputs: FROZEN=1 LOCK=locks/NAME.json   time limit in minutes: LIMIT=480"
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
	@$(DESERTS) publish assets --data $(DATA) || true
	@touch $@

# ---- the pipeline -----------------------------------------------------------------------------------------------

data: $(AREA)/data ## Fetch or find the raw files
places: $(AREA)/places ## Build ZIPs, counties, demand points, hospitals
specialists: $(FOR_SERVICE)/specialists ## Grade clinicians and place their sites
roads: $(AREA)/roads ## Read the road network
times: $(FOR_GRADE)/times ## Compute drive times and isochrones
scores: $(FOR_GRADE)/scores ## Score every county
map: $(FOR_GRADE)/map ## Draw the map

# Rewritten only when an option changes, so that a second make does nothing and a changed option reruns what it must.
$(FOR_GRADE)/options: FORCE
	@mkdir -p $(AREA) $(FOR_SERVICE) $(FOR_GRADE)
	@echo '$(OPTIONS)' | cmp -s - $@ || echo '$(OPTIONS)' > $@

$(AREA)/data: $(VENV)/.installed $(FOR_GRADE)/options $(OWN)
	$(DESERTS) stage data $(OPTIONS) $(if $(FROZEN),--frozen $(LOCK) --force)
	@touch $@

$(AREA)/places: $(AREA)/data
	$(DESERTS) stage places $(OPTIONS)
	@touch $@

$(FOR_SERVICE)/specialists: $(AREA)/places $(PROFILE)
	$(DESERTS) stage specialists $(OPTIONS)
	@touch $@

$(AREA)/roads: $(AREA)/data
	$(DESERTS) stage roads $(OPTIONS)
	@touch $@

$(FOR_GRADE)/times: $(FOR_SERVICE)/specialists $(AREA)/roads
	$(DESERTS) stage times $(OPTIONS)
	@touch $@

$(FOR_GRADE)/scores: $(FOR_GRADE)/times
	$(DESERTS) stage scores $(OPTIONS)
	@touch $@

$(FOR_GRADE)/map: $(FOR_GRADE)/scores
	$(DESERTS) map $(OPTIONS)
	@touch $@

findings: $(FOR_GRADE)/map ## Print where the map is and one sentence of findings
	@$(DESERTS) findings --region $(REGION) --service $(SERVICE) --data $(DATA) $(if $(GRADE),--grade $(GRADE))

# ---- quality ----------------------------------------------------------------------------------------------------

test: setup ## Set up and pass the tests, but for the slow ones
	$(PYTEST)

test-all: setup ## Pass every test, the slow ones too
	$(PYTEST) -m ''

check: setup ## Style, types, layers, licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy deserts
	$(BIN)/lint-imports
	$(BIN)/python tests/licences.py

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure every figure that the project claims, into benchmarks/results
	$(PIP) --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks

docs: setup ## Build the documentation into docs/_build
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html

lock: setup ## Record the raw files of REGION in locks/NAME.json
	$(DESERTS) source lock $(NAME) --region $(REGION) --data $(DATA)

live-check: setup ## Ask each publisher for a few rows and compare with what the clients expect
	$(DESERTS) source live-check

doctor: setup ## Say which sources are reachable, cached, stale or missing
	$(DESERTS) doctor --region $(REGION) --service $(SERVICE) --data $(DATA)

clean: ## Remove processed tables; raw files and your own tables stay
	rm -rf $(DATA)/processed/*

FORCE:
