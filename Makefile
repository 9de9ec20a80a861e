# Slipway in a clone: `make VERB ENV=name` is `slipway VERB name`. Run `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first that will do. The distribution's runs Ansible in two thirds of the time of one built without optimisation,
# which is what version managers build.
PYTHON = /usr/bin/python3 python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
SLIPWAY = $(BIN)/python -m slipway
# What is typed behind a verb, or set in the environment, is text. It reaches commands through the environment, letter by
# letter: in a recipe's text make and the shell would read it again. ARGS alone is words of a command line.
WORDS = ENV HOST SSH_USER SSH_PORT SSH_KEY HOST_KEY APP SOURCE DOMAIN EXPOSURE EMAIL TO FORCE MODE LINES NUMBER JSON PORT \
  SERVICE PROVIDER NAME SSH_CONFIG DEBUG JOB PROCESS CMD DO WHAT AT COPY ADOPT PRUNE DIR
typed := $(foreach name,$(WORDS),$(if $(filter command,$(origin $(name))),$(name)))
given := $(foreach name,$(WORDS),$(if $(filter command environment,$(origin $(name))),$(name)))
$(foreach name,$(given),$(eval override $(name) := $$(value $(name))))
export $(given)
# Messages name commands as they are typed here.
export SLIPWAY_SPELLING = make
# The words among $(1) that were given, as options of `slipway`; names that a machine may have set for itself: typed ones.
options = $(foreach name,$(filter $(1),$(given)),--$(name)="$$$(name)")
typed_options = $(foreach name,$(filter $(1),$(typed)),--$(name)="$$$(name)")
env = $(if $(filter ENV,$(given)),"$$ENV")
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Compiled modules are kept: Ansible starts in half the time with them.
unexport PYTHONDONTWRITEBYTECODE

##@ Try it
.PHONY: demo demo-down
demo: venv ## A bare host in a container, the app on it over HTTPS, and a look at it
	@$(SLIPWAY) demo $(ARGS)
demo-down: venv ## Remove all that `make demo` made
	@$(SLIPWAY) demo-down $(ARGS)

##@ Project
.PHONY: new update
new: venv ## A full-stack project in DIR=../shop; asks, or takes DOMAIN=..., ARGS=--defaults
	@$(SLIPWAY) new $(if $(filter DIR,$(given)),"$$DIR") $(call typed_options,NAME DOMAIN) $(ARGS)
update: venv ## Take the project in DIR=../shop to the template of this clone; what you changed stays
	@$(SLIPWAY) update $(if $(filter DIR,$(given)),"$$DIR") $(ARGS)

##@ Hosts (ENV=name of a folder in inventories/)
.PHONY: init preflight provision deploy verify site
init: venv ## Write inventories/ENV for a real host, secrets included; asks, or takes HOST=... DOMAIN=...
	@$(SLIPWAY) init $(env) $(call typed_options,HOST SSH_USER SSH_PORT SSH_KEY HOST_KEY APP SOURCE DOMAIN EXPOSURE EMAIL) $(ARGS)
preflight provision verify: venv
	@$(SLIPWAY) $@ $(env) $(ARGS)
site: venv ## preflight + provision + deploy + verify; ADOPT=1 takes over what another project declared
	@$(SLIPWAY) site $(env) $(call options,ADOPT PRUNE) $(ARGS)
preflight: ## Is everything ready? Touches nothing
provision: ## Bring the host to its declared state, without the apps
deploy: venv ## Release what is declared, with APP=name one app of it; nothing to do takes seconds
	@$(SLIPWAY) deploy $(env) $(call options,APP ADOPT PRUNE) $(ARGS)
verify: ## Ask from outside, as a visitor would

##@ Is this host well, and is it safe?
.PHONY: doctor audit notify-test
doctor audit notify-test: venv
	@$(SLIPWAY) $@ $(env) $(ARGS)
doctor: ## Findings with codes and what mends them; ARGS=--json
audit: ## Independent checkers, scores side by side with the previous run; ARGS=--json
notify-test: ## One message by each way that slipway_watch names, and what each answered

##@ Day two (ENV=..., with several apps APP=...)
.PHONY: rollback restart status maintenance logs run exec console jobs db forget
rollback: venv ## Back to the last good release; TO=id or revision, FORCE=1 against a schema's refusal
	@$(SLIPWAY) rollback $(env) $(call options,APP TO FORCE) $(ARGS)
status: venv ## Releases, locks, certificates and health; JSON=1 for machines
	@$(SLIPWAY) status $(env) $(call options,APP) $(if $(JSON),--json) $(ARGS)
maintenance: venv ## MODE=on shows visitors the maintenance page, MODE=off the app
	@$(SLIPWAY) maintenance $(env) $(call options,MODE APP) $(ARGS)
logs: venv ## What the live releases wrote last; LINES=100 PROCESS=worker
	@$(SLIPWAY) logs $(env) $(call options,APP PROCESS LINES) $(ARGS)
restart: venv ## New containers for the live release, without a dropped request; PROCESS=worker only that one
	@$(SLIPWAY) restart $(env) $(call options,APP PROCESS) $(ARGS)
run: venv ## Run CMD="flask users list" in a new container of the live release; PROCESS=worker
	@$(SLIPWAY) run $(env) $(call options,APP PROCESS) $(ARGS) -- $(CMD)
console: venv ## The app's console: flask shell
	@$(SLIPWAY) console $(env) $(call options,APP PROCESS) $(ARGS)
jobs: venv ## Schedules with their next and last runs; JOB=name runs one now
	@$(SLIPWAY) jobs $(env) $(call options,APP JOB) $(ARGS)
db: venv ## The app's PostgreSQL: DO=console, DO=dump >file, DO=load ARGS=--yes <file
	@$(SLIPWAY) db $(env) $(call options,DO APP SERVICE) $(ARGS)
forget: venv ## List what is not declared any more; WHAT=app or app/service deletes it, its data included
	@$(SLIPWAY) forget $(env) $(if $(filter WHAT,$(given)),"$$WHAT") $(ARGS)
exec: venv ## Run CMD="flask shell" in a container of the live release; PROCESS=worker
	@$(SLIPWAY) exec $(env) $(call options,APP PROCESS) $(ARGS) -- $(CMD)

##@ Data that outlives the host
.PHONY: backup backups restore
backup: venv ## Copy the apps' data off the host now, and read the copies back; ARGS=--drill proves them
	@$(SLIPWAY) backup $(env) $(ARGS)
backups: venv ## The copies in the store: when, of which release, how much; JSON=1 for machines
	@$(SLIPWAY) backups $(env) $(call options,APP) $(if $(JSON),--json) $(ARGS)

restore: venv ## Give APP=name the data of its newest copy, or of AT="2026-11-27 14:30", COPY=id; ARGS=--bare a lost host all
	@$(SLIPWAY) restore $(env) $(call options,APP AT COPY) $(call typed_options,HOST) $(ARGS)

##@ A public name without an open port
.PHONY: tunnel tunnel-down
LAPTOP = PORT APP SERVICE PROVIDER HOST NAME SSH_CONFIG
tunnel: venv ## ENV=dev: for a host that listens to nobody (FORCE=1); without ENV: for PORT=8000, APP=name or SERVICE=name of this machine
	@$(SLIPWAY) tunnel $(if $(ENV),$(env) $(call options,FORCE),$(call typed_options,$(LAPTOP))) $(ARGS)
tunnel-down: venv ## Remove the tunnel of ENV: its names, its unit, its secrets
	@$(SLIPWAY) tunnel-down $(env) $(ARGS)

##@ On this machine
.PHONY: local local-trust local-untrust local-logs local-shell local-down local-reset
local_app = $(call options,APP ENV NAME) $(ARGS)
local: venv ## An app on https://NAME.localhost, changes shown at once: APP=path/to/your/app, DEBUG=1
	@$(SLIPWAY) local up $(local_app) $(if $(DEBUG),--debug)
local-trust local-untrust local-logs local-shell local-down local-reset: venv
	@$(SLIPWAY) local $(@:local-%=%) $(local_app)
local-trust: ## Make browsers here trust its certificates; prints what it does
local-untrust: ## Take that back
local-logs: ## Follow its logs
local-shell: ## A shell beside the app, in its container
local-down: ## Stop it, keep its data
local-reset: ## Stop it and delete its data; asks

##@ GitLab
.PHONY: ci-setup ci-local review retire
review retire: venv
	@$(SLIPWAY) $@ $(env) $(call options,APP NUMBER) $(ARGS)
review: ## The app of a merge request on ENV's host: APP=name NUMBER=7; it answers at mr-7.<domain of the app>
retire: ## Remove it, its data included
ci-setup: venv ## Deploy key, host keys and variables for GitLab; GITLAB_TOKEN=... sets them
	@$(SLIPWAY) ci-setup $(env) $(ARGS)
ci-local: venv-dev ## Run a job of .gitlab-ci.yml here: JOB=lint; without JOB: the list
	@$(SLIPWAY) ci-local $(if $(JOB),"$$JOB") $(ARGS)

##@ Work on the kit
.PHONY: app-test app-executable test test-fast test-long lint format docs bench lock
test: venv-dev ## Everything CI runs: lint, policy, unit, templates, roles, end to end
	@.ci/test all
test-fast: venv-dev ## The inner loop: lint, policy, unit and template tests
	@.ci/test fast
test-long: venv-dev ## What is too long for every change
	@.ci/test long
app-test: venv ## Strongbox: its linters and tests, in an environment of its own
	@$(MAKE) -C app test
app-executable: venv ## Strongbox as one file for a desktop, without any network: app/dist/strongbox
	@$(MAKE) -C app executable
lint: venv-dev ## All linters
	@.ci/lint
format: venv-dev ## Format the Python code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
docs: venv-dev ## Bring the tables of inputs of roles and apps up to date
	@for role in roles/*/; do $(BIN)/aar-doc $$role markdown; done
	@$(BIN)/python -m ansible_collections.slipway.kit.plugins.plugin_utils.appspec.reference > docs/app-keys.md
bench: venv-dev ## Measure every figure the README quotes
	@$(BIN)/python -m tests.bench
COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
lock: venv ## Compile what pyproject.toml and requirements-dev.in name into pinned, hashed lists
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) requirements-dev.in -o requirements-dev.txt

##@ Set-up
.PHONY: help venv venv-dev clean
venv: $(VENV)/.user ## The Python environment of the kit
venv-dev: $(VENV)/.dev ## ... with the tools of those who work on it
$(UV): requirements-uv.txt
	@for each in $(PYTHON); do \
	  $$each -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  exec $$each -m venv --clear $(VENV); \
	done; \
	echo "Python 3.11 or newer with its venv module is wanted; neither of these is: $(PYTHON). On Debian and Ubuntu:" \
	  "apt-get install python3-venv. Elsewhere: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@
$(VENV)/.user: $(UV) requirements.txt
	@UV_LINK_MODE=hardlink $(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.txt
	@# The command, as the wheel would install it, for this clone.
	@echo '$(CURDIR)' >"$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/slipway.pth"
	@printf '%s\n' '#!/bin/sh' 'exec "$(CURDIR)/$(BIN)/python" -m slipway "$$@"' >$(BIN)/slipway && chmod 755 $(BIN)/slipway
	@touch $@
$(VENV)/.dev: $(VENV)/.user requirements-dev.txt
	@UV_LINK_MODE=hardlink $(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
clean: ## Remove the environment and caches of this checkout
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .ansible .logs
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z][a-z-]*:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
