# `make help` lists what can be made. Everything is built in .venv/ and var/; nothing needs a compiler.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check --no-input
LOCKED := install --no-deps --require-hashes --no-warn-script-location

.PHONY: help
help: ## say what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 14

.PHONY: demo
demo: .venv/demo ## start a region on this machine; ARGS="--help" shows its options
	@exec .venv/bin/python -m provisioning demo $(ARGS)

.PHONY: demo-reset
demo-reset: .venv/demo ## throw the demo's region away, and begin anew
	@.venv/bin/python -m provisioning demo-reset $(ARGS)
	@exec .venv/bin/python -m provisioning demo $(ARGS)

.PHONY: demo-phrases
demo-phrases: .venv/phrases ## let the demo's hub render what its stations say in English, beforehand
	@exec .venv/bin/python -m hub --config var/demo/hub/hub.toml phrases render $(ARGS)

.PHONY: test
test: .venv/dev .venv/peers/made .venv/debian-test lint ## all that CI runs: lint, types, layers, tests
	.venv/bin/python -m pytest --numprocesses=2 --dist=loadfile $(ARGS)

.PHONY: lint
lint: .venv/dev ## style, types and layers
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict circulation speech station hub firmware_config provisioning
	.venv/bin/lint-imports

.PHONY: slow
slow: .venv/dev .venv/peers/made .venv/debian-test ## the tests that take minutes
	.venv/bin/python -m pytest -m slow $(ARGS)

.PHONY: worlds
worlds: .venv/dev ## live through N=2000 worlds of misfortune; FIRST=1 is their first seed
	.venv/bin/python -m tests.worlds --worlds $(or $(N),2000) --first $(or $(FIRST),1)

.PHONY: world
world: .venv/dev ## tell the story of one world: SEED=7
	.venv/bin/python -m tests.worlds --seed $(SEED)

.PHONY: hosts
hosts: .venv/dev .venv/debian-hosts ## boot a hub, a broker and stations, and live with them (root)
	.venv/bin/python -m pytest -m hosts tests/hosts $(ARGS)

.PHONY: archive
archive: ## write this tree to build/fingertopp.tar.gz, as ansible/site.yml takes it
	@mkdir -p build
	git archive --format=tar.gz -o build/fingertopp.tar.gz HEAD

.PHONY: wheelhouse
wheelhouse: .venv/made ## fetch the wheels of hubs and stations into build/wheelhouse/, checked
	@.ci/wheelhouse $(ARGS)

.PHONY: test-faults
test-faults: .venv/dev .venv/debian-test .venv/debian-faults ## break real disks, lines and clocks (root, Linux)
	.venv/bin/python -m pytest -m faults tests/faults $(ARGS)

.PHONY: soak
soak: .venv/dev .venv/debian-test ## 50 stations, 100,000 facts, random kills for ten minutes; ARGS="--help"
	.venv/bin/python -m tests.soak $(ARGS)

.PHONY: test-postgresql
test-postgresql: .venv/dev .venv/debian-postgresql ## the hub's tests that need a database, on a real PostgreSQL
	.venv/bin/python -m tests.postgresql $(or $(ARGS),tests/hub/catalogue \
	  $(addprefix tests/hub/test_,$(addsuffix .py,ledger inbox poster migrations forgetting checkpoints replays \
	  shelves decisions reconcile_properties taking answers quarantine backup dumps joining)))

.PHONY: test-device
test-device: .venv/dev .venv/debian-device ## read a scanner that a Debian kernel makes (QEMU)
	.venv/bin/python -m pytest -m device tests/device $(ARGS)

.PHONY: bench-hosts
bench-hosts: .venv/dev .venv/debian-hosts ## measure making stations, and upgrades in waves (root)
	.venv/bin/python -m benchmarks.hosts $(ARGS)

.PHONY: test-arm64
test-arm64: .venv/dev .venv/debian-arm64 ## install a station's wheels in a Debian 13 for arm64 (root)
	.venv/bin/python -m pytest -m arm64 tests/arm64 $(ARGS)

.PHONY: bench
bench: .venv/dev .venv/peers/made .venv/debian-test ## measure the promises in numbers
	.venv/bin/python -m benchmarks $(ARGS)

.PHONY: lock
lock: ## resolve requirements/*.txt anew from pyproject.toml (needs uv)
	.ci/lock

.PHONY: clean
clean: ## remove what was built, and the demo's region
	rm -rf .venv var build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: each stamp is made again when its list of requirements changes ---------------

.venv/made:
	@.ci/venv

.venv/demo: requirements/demo.txt | .venv/made
	@echo "Installing the demo's Python packages into .venv/ (once; they take 450 MB) ..."
	@$(PIP) $(LOCKED) -r $<
	@touch $@

.venv/phrases: requirements/hub.txt | .venv/demo
	@echo "Installing what renders phrases into .venv/ (once; it takes 150 MB) ..."
	@$(PIP) $(LOCKED) -r $<
	@touch $@

.venv/dev: requirements/dev.txt | .venv/made
	@echo "Installing the Python packages of development and tests into .venv/ (once) ..."
	@$(PIP) $(LOCKED) -r $<
	@touch $@ .venv/demo .venv/phrases

.venv/peers/made: requirements/peers.txt | .venv/made
	@echo "Installing library systems and terminals of others into .venv/peers/ (once; they take 290 MB) ..."
	@.venv/bin/python -m venv .venv/peers
	@.venv/peers/bin/python -m pip --quiet --disable-pip-version-check --no-input $(LOCKED) -r $<
	@touch $@

.venv/debian-test: .ci/debian .ci/cloud-init Makefile | .venv/made
	@.ci/debian "the page tests need a browser with fonts, the journeys a real broker, the journal a plug to pull, units and rules their readers, a library system of others its redis, a certificate another year, first starts cloud-init's libraries" \
	  chromium faketime fonts-dejavu-core mosquitto netplan.io nftables nginx-light \
	  python3-configobj python3-jinja2 python3-jsonpatch python3-jsonschema python3-netifaces \
	  python3-oauthlib python3-requests python3-serial python3-yaml redis-server strace systemd
	@.ci/cloud-init
	@touch $@

.venv/debian-faults: .ci/debian Makefile | .venv/made
	@.ci/debian "the fault tests break disks, lines and clocks" \
	  strace faketime eatmydata iproute2 iptables e2fsprogs mosquitto
	@touch $@

.venv/debian-postgresql: .ci/debian Makefile | .venv/made
	@.ci/debian "the hub's tests run on PostgreSQL too" postgresql
	@touch $@

.venv/debian-device: .ci/debian Makefile | .venv/made
	@.ci/debian "the device tests boot a kernel with devices of its own" cpio qemu-system-x86
	@touch $@

.venv/debian-arm64: .ci/debian Makefile | .venv/made
	@.ci/debian "the arm64 tests build a Debian for arm64, and run it" mmdebstrap qemu-user-static
	@touch $@

.venv/debian-hosts: .ci/debian Makefile | .venv/made
	@.ci/debian "the host tests build a Debian system, boot it and log in" \
	  apt-utils iproute2 mmdebstrap openssh-client socat systemd-container
	@touch $@
