# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Names only; the work is in tests/run and tests/lab.

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit sanity host lab package setup lab-up lab-ssh lab-down clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: ## Build a Xen host and its storage on this machine and run the first playbook on them
	@tests/run/demo

test: ## Run every tier below and print the totals
	@tests/run/all

lint: ## Style, types, documentation, licences (no root)
	@tests/run/lint

unit: ## Unit tests, on this Python and on the oldest one here (no root)
	@tests/run/unit

sanity: ## ansible-test sanity on every Python here (no root)
	@tests/run/sanity

package: ## Build the collection, check it as Galaxy does, install it and use it (no root)
	@tests/run/package

host: ## The modules on this machine's own tools (root, Linux)
	@tests/run/host

lab: ## The modules and roles on guests that boot Xen and a storage bay (root for packages)
	@tests/run/lab

setup: ## Make the Python environment in .venv
	@tests/run/setup

lab-up: ## Start the lab's guests
	@tests/lab/lab up

lab-ssh: ## Open a shell in a guest: make lab-ssh GUEST=name
	@tests/lab/lab ssh $(GUEST)

lab-down: ## Stop the lab's guests
	@tests/lab/lab down

clean: ## Remove what the tests made here
	@tests/run/clean
