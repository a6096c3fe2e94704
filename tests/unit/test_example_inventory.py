# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories that playbooks/site.yml is shown with: what they say of guests is what the role domu takes."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CRANS = ROOT / "playbooks" / "examples" / "inventory" / "crans.yml"
DEMO = ROOT / "tests" / "lab" / "demo.yml"


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def crans_vars() -> t.Any:
    return load(CRANS)["all"]["vars"]


def role_options(role: str) -> t.Any:
    return load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]


@pytest.mark.parametrize("variables", [crans_vars(), load(DEMO)], ids=["crans", "demo"])
def test_guests_are_told_in_the_roles_words(variables: t.Any) -> None:
    options = {name[len("domu_") :]: spec for name, spec in role_options("domu").items()}
    assert variables["domus"]
    for domu in [variables["domus_defaults"], *variables["domus"]]:
        assert set(domu) - set(options) <= {"host"}, domu
        for volume in domu.get("volumes", []):
            assert set(volume) <= set(options["volumes"]["options"]), volume


def test_the_example_is_a_network_of_services() -> None:
    domus = crans_vars()["domus"]
    names = [domu["name"] for domu in domus]
    assert len(set(names)) == len(names) >= 25
    assert {"dhcp", "dns", "ldap-a", "mail", "web", "radius-a", "router-a"} <= set(names)
    cards = [card for domu in domus for card in domu["networks"]]
    for key in ("mac", "address"):
        values = [card[key] for card in cards]
        assert len(set(values)) == len(values), key


def test_hosts_of_the_example_exist() -> None:
    groups = load(CRANS)["all"]["children"]
    assert {domu["host"] for domu in crans_vars()["domus"]} == set(groups["dom0"]["hosts"])
    for group, role in (("bay", "iscsi_target"), ("dom0", "dom0")):
        named = {key for host in groups[group]["hosts"].values() for key in host} | set(groups[group].get("vars", {}))
        assert {key for key in named if not key.startswith("ansible_")} <= set(role_options(role))


@pytest.mark.parametrize("role", ["dom0", "domu", "iscsi_target"])
def test_every_default_is_documented(role: str) -> None:
    specs = load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    documented = {name for entry in specs.values() for name in entry["options"]}
    defaults = set(load(ROOT / "roles" / role / "defaults" / "main.yml"))
    assert defaults <= documented
    assert documented - defaults <= {f"{role}_name"}
