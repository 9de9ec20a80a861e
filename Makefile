# Slipway: every verb, `make VERB ENV=name`. Run `make help`.
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
PLAY = $(BIN)/ansible-playbook $(inventory)
# What is typed behind a verb, or set in the environment, is text. It reaches commands through the environment, letter by
# letter: in a recipe's text make and the shell would read it again. ARGS alone is words of a command line.
WORDS = ENV HOST SSH_USER SSH_PORT SSH_KEY HOST_KEY APP SOURCE DOMAIN EXPOSURE EMAIL TO FORCE MODE LINES NUMBER JSON PORT \
  SERVICE PROVIDER NAME SSH_CONFIG DEBUG JOB
typed := $(foreach name,$(WORDS),$(if $(filter command,$(origin $(name))),$(name)))
given := $(foreach name,$(WORDS),$(if $(filter command environment,$(origin $(name))),$(name)))
$(foreach name,$(given),$(eval override $(name) := $$(value $(name))))
export $(given)
# NAME=value of the words among $(1) that were typed, as words of a recipe.
passed = $(foreach name,$(filter $(1),$(typed)),"$(name)=$$$(name)")
# An inventory's name is also part of recipes and paths, so nothing is left of it without these.
stranger := $(ENV)
LETTERS := a b c d e f g h i j k l m n o p q r s t u v w x y z A B C D E F G H I J K L M N O P Q R S T U V W X Y Z 0 1 2 3 4 5 \
  6 7 8 9 - _ /
$(foreach each,$(LETTERS),$(eval stranger := $$(subst $(each),,$$(stranger))))
# Verbs that touch real hosts never guess which.
known = $(filter-out example,$(notdir $(wildcard inventories/*)))
env = $(if $(stranger),$(error ENV=$(ENV) is not the name of an inventory: letters, digits, - and _; known: $(known)),$(or $(ENV),$(error ENV is not set: say which inventory, e.g. `make $@ ENV=production`; known: $(known))))
written = $(or $(wildcard inventories/$(env)/hosts.yml),$(error There is no inventories/$(env)/hosts.yml. Known: $(known). To write it: make init ENV=$(env)))
# The demo's host is made by the rig, which writes down where it is.
rig = $(wildcard .rig/$(env)/inventory)
demo_up = $(if $(rig),$(rig),$(error The demo is not up. Start it: make demo))
inventory = -i $(patsubst %/,%,$(dir $(written)))$(if $(filter demo,$(env)), -i $(demo_up))
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Compiled modules are kept: Ansible starts in half the time with them.
unexport PYTHONDONTWRITEBYTECODE

##@ Try it
.PHONY: demo demo-down
demo: venv ## A bare host in a container, the app on it over HTTPS, and a look at it
	@$(BIN)/python -m slipway.demo up
demo-down: venv ## Remove all that `make demo` made
	@$(BIN)/python -m slipway.demo down

##@ Hosts (ENV=name of a folder in inventories/)
.PHONY: init preflight provision deploy verify site
INIT = HOST SSH_USER SSH_PORT SSH_KEY HOST_KEY APP SOURCE DOMAIN EXPOSURE EMAIL
init: venv ## Write inventories/ENV for a real host, secrets included; asks, or takes HOST=... DOMAIN=...
	@$(BIN)/python -m slipway.init $(env) $(call passed,$(INIT))
site: venv ## preflight + provision + deploy + verify
	@$(PLAY) playbooks/site.yml $(ARGS)
preflight provision verify: venv
	@$(PLAY) playbooks/$@.yml $(ARGS)
deploy: venv ## Release what is declared, with APP=name one app of it; nothing to do takes seconds
	@$(SAID)
preflight: ## Is everything ready? Touches nothing
provision: ## Bring the host to its declared state, without the apps
verify: ## Ask from outside, as a visitor would

##@ Is this host well, and is it safe?
.PHONY: doctor audit
doctor: venv ## Findings with codes and what mends them; ARGS=--json
	@$(BIN)/python -m slipway.doctor $(inventory) $(ARGS)
audit: venv ## Independent checkers, scores side by side with the previous run; ARGS=--json
	@$(BIN)/python -m slipway.audit $(inventory) $(ARGS)

##@ Day two (ENV=..., with several apps APP=...)
.PHONY: rollback status maintenance logs
SAID = $(BIN)/python -m slipway.play $@ $(inventory) $(ARGS)
rollback: venv ## Back to the last good release; TO=id or revision, FORCE=1 against a schema's refusal
	@$(SAID)
status: venv ## Releases, locks, certificates and health; JSON=1 for machines
	@$(BIN)/python -m slipway.status $(inventory) --app "$${APP-}" $(if $(JSON),--json)
maintenance: venv ## MODE=on shows visitors the maintenance page, MODE=off the app
	@$(SAID)
logs: venv ## What the live releases wrote last; LINES=100
	@$(SAID)

##@ A public name without an open port
.PHONY: tunnel tunnel-down
LAPTOP = PORT APP SERVICE PROVIDER HOST NAME SSH_CONFIG
tunnel: venv ## ENV=dev: for a host that listens to nobody (FORCE=1); without ENV: for PORT=8000, APP=name or SERVICE=name of this machine
	@$(if $(ENV),$(SAID),$(BIN)/python -m slipway.tunnel $(call passed,$(LAPTOP)))
tunnel-down: venv ## Remove the tunnel of ENV: its names, its unit, its secrets
	@$(PLAY) playbooks/tunnel-down.yml $(ARGS)

##@ On this machine
.PHONY: local local-trust local-untrust local-logs local-shell local-down local-reset
LOCAL = $(BIN)/python -m slipway.local
local_app = $(if $(APP),--app "$$APP") $(if $(ENV),--env $(env)) $(if $(NAME),--name "$$NAME") $(ARGS)
local: venv ## An app on https://NAME.localhost, changes shown at once: APP=path/to/your/app, DEBUG=1
	@$(LOCAL) up $(local_app) $(if $(DEBUG),--debug)
local-trust local-untrust local-logs local-shell local-down local-reset: venv
	@$(LOCAL) $(@:local-%=%) $(local_app)
local-trust: ## Make browsers here trust its certificates; prints what it does
local-untrust: ## Take that back
local-logs: ## Follow its logs
local-shell: ## A shell beside the app, in its container
local-down: ## Stop it, keep its data
local-reset: ## Stop it and delete its data; asks

##@ GitLab
.PHONY: ci-setup ci-local review retire
review retire: venv
	@$(SAID)
review: ## The app of a merge request on ENV's host: APP=name NUMBER=7; it answers at mr-7.<domain of the app>
retire: ## Remove it, its data included
ci-setup: venv ## Deploy key, host keys and variables for GitLab; GITLAB_TOKEN=... sets them
	@$(BIN)/python -m slipway.ci_setup $(env) $(ARGS)
ci-local: venv-dev ## Run a job of .gitlab-ci.yml here: JOB=lint; without JOB: the list
	@$(BIN)/python -m slipway.ci_local $(if $(JOB),"$$JOB",--list) $(ARGS)

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
docs: venv-dev ## Bring the tables of inputs in the roles' READMEs up to date
	@for role in roles/*/; do $(BIN)/aar-doc $$role markdown; done
bench: venv-dev ## Measure every figure the README quotes
	@$(BIN)/python -m tests.bench
lock: venv ## Compile requirements*.in into pinned, hashed lists
	@for set in requirements requirements-dev; do \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $$set.in -o $$set.txt; \
	done

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
