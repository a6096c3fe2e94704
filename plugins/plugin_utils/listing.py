# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# mypy: disallow-untyped-calls=False
"""What both inventory plugins do with the guests that they found. Private."""

from __future__ import annotations

import datetime
import json
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, get_cache_plugin

from ansible_collections.hostwright.virt.plugins.plugin_utils.names import (
    GuestData,
    Key,
    clean_name,
    key_of,
    name_guests,
    select_by_query,
)
from ansible_collections.hostwright.virt.plugins.plugin_utils.parallel import Job, run_all
from ansible_collections.hostwright.virt.plugins.plugin_utils.reach import list_ssh_variables, name_connection
from ansible_collections.hostwright.virt.plugins.plugin_utils.safe import make_template, never_template
from ansible_collections.hostwright.virt.plugins.plugin_utils.ways import ENTERED, REACHED, Way, enter, find_address

Answer = t.Dict[str, t.Any]


class GuestInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """A source is what is asked as one: a host, or a URI of libvirt."""

    ENDINGS: tuple[str, ...] = ()
    inventory: t.Any
    warnings: list[str]
    hosts: dict[str, tuple[dict[str, t.Any], str | None]]

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(self.ENDINGS)

    def list_sources(self) -> dict[str, Job]:
        """What to ask, by a name that the user knows; each job returns an Answer."""
        raise NotImplementedError

    def host_variables(self, name: str) -> dict[str, t.Any]:
        """What is known of the host that a guest is on; empty when it is not in the inventory."""
        raise NotImplementedError

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path)
        self._read_config_data(path)
        self.warnings, self.hosts = [], {}
        self.add_answers(self.ask_or_remember(path, cache))
        self.tell_warnings(path)

    def add_answers(self, answers: t.Mapping[str, Answer]) -> list[str]:
        """The names that the guests got."""
        for source, answer in answers.items():
            self.warnings += [f"{source}: {problem}" for problem in answer["problems"]]
            if answer["host"]:
                self.add_hypervisor(answer["host"])
        return self.add_guests([guest for answer in answers.values() for guest in answer["guests"]])

    def tell_warnings(self, path: str) -> None:
        if self.warnings and self.get_option("strict"):
            raise AnsibleParserError(f"{path}: strict is on, and: " + "; ".join(self.warnings))
        for warning in self.warnings:
            self.display.warning(warning)

    # Answers, new and old

    def ask_or_remember(self, path: str, cache: bool) -> dict[str, Answer]:
        """From the cache what it has, the rest from the hosts; of one that does not answer what it said last."""
        jobs = self.list_sources()
        key, stores = self.get_cache_key(path + self.describe_question()), self.open_stores()
        known = _load(stores[0], key) if stores and cache else {}
        missing = {source: job for source, job in jobs.items() if source not in known}
        asked = run_all(missing, self.get_option("parallel"), self.get_option("time_limit"))
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        fresh = {source: {**answer, "seen": now} for source, answer in asked.items() if "error" not in answer}
        if stores and fresh:
            stores[0][key] = {**known, **fresh}
            stores[1][key] = {**_load(stores[1], key), **fresh}
            stores[1].update_cache_if_changed()
        remembered = _load(stores[1], key) if stores else {}
        answers: dict[str, Answer] = {}
        for source in jobs:
            answers[source] = fresh.get(source) or known.get(source) or self.fail(asked, source, remembered)
        return answers

    def fail(self, asked: t.Mapping[str, Answer], source: str, remembered: t.Mapping[str, Answer]) -> Answer:
        problem, last = str(asked[source]["error"])[:1000], remembered.get(source)
        if last is None:
            return {"host": self.unknown_host(source), "guests": [], "problems": [problem]}
        return {
            "host": last["host"] and {**last["host"], "seen": last["seen"], "stale": True},
            "guests": [{**guest, "stale": True} for guest in last["guests"]],
            "problems": [f"{problem}; what it said at {last['seen']} is listed, in the group stale"],
        }

    def unknown_host(self, source: str) -> dict[str, t.Any] | None:
        """A host that never answered is there all the same."""
        raise NotImplementedError

    def describe_question(self) -> str:
        """What the answers depend on; another question is answered by another entry of the cache."""
        raise NotImplementedError

    def open_stores(self) -> list[t.Any]:
        """The cache that the user set up, and one beside it that forgets nothing."""
        if not self.get_option("cache"):
            return []
        options = {"_uri": self.get_option("cache_connection"), "_prefix": self.get_option("cache_prefix")}
        given = {name: value for name, value in options.items() if value is not None}
        given["_prefix"] = f"{given.get('_prefix', '')}last_"
        return [self._cache, get_cache_plugin(self.get_option("cache_plugin"), **given, _timeout=0)]

    # Hosts and groups

    def group(self, *words: str) -> str:
        name: str = self._sanitize_group_name("_".join(words))
        self.inventory.add_group(name)
        return name

    def add_to(self, name: str, *words: str) -> None:
        self.inventory.add_child(self.group(*words), name)

    def set_facts(self, name: str, fact: str, value: t.Any) -> None:
        self.inventory.set_variable(name, fact, never_template(value))

    def add_hypervisor(self, host: t.Mapping[str, t.Any]) -> None:
        name = host["name"]
        self.inventory.add_host(name)
        self.add_to(name, "hypervisors")
        for kind in host["types"]:
            self.add_to(name, "hypervisors", kind)
        if host.get("stale"):
            self.add_to(name, "stale")
        self.set_facts(name, "virt_host", {"stale": False, **host})
        self.group_of_guests(name)

    def group_of_guests(self, host: str) -> str:
        below = self.group("guests_of", host)
        self.inventory.add_child(self.group("guests"), below)
        return below

    def add_guests(self, guests: t.Sequence[GuestData]) -> list[str]:
        hosts = {guest["host"] for guest in guests}
        qualified = self.get_option("inventory_hostname") == "qualified"
        # No guest takes the name of a host that was asked, also of one that has no guests or did not answer
        asked = self.inventory.groups["hypervisors"].hosts if "hypervisors" in self.inventory.groups else ()
        taken = {*self.inventory.groups, *hosts, *(host.name for host in asked)}
        names = name_guests(guests, taken, qualified)
        wanted = self.select(guests)
        listed: dict[str, list[str]] = {}
        for guest, name in zip(guests, names):
            if key_of(guest) not in wanted:
                continue
            if name is None:
                title = f"{guest['type']} {clean_name(guest['name'])}"
                self.warnings.append(f"{guest['host']}: {title} is left out: another guest has its name")
            elif self.add_guest(name, {"stale": False, **guest}):
                listed.setdefault(guest["host"], []).append(name)
        for host, below in listed.items():
            if host in self.inventory.hosts:
                self.set_facts(host, "virt_guests", below)
        return [name for below in listed.values() for name in below]

    def select(self, guests: t.Sequence[GuestData]) -> set[Key]:
        states = self.get_option("include_states")
        left = [guest for guest in guests if not states or guest["state"] in states]
        if self.get_option("query"):
            left = select_by_query(left, self.run_query(left))
        return {key_of(guest) for guest in left}

    def run_query(self, guests: t.Sequence[GuestData]) -> t.Any:
        query = self.get_option("query")
        try:
            import jmespath  # type: ignore[import-untyped]
        except ImportError:
            raise AnsibleParserError(
                "query needs the library jmespath on the controller: pip install jmespath"
            ) from None
        try:
            selected = jmespath.search(query, list(guests))
            select_by_query(guests, selected)
        except (jmespath.exceptions.JMESPathError, ValueError) as error:
            raise AnsibleParserError(f"query {query!r}: {error}") from error
        return selected

    def passes(self, name: str, guest: GuestData) -> bool:
        """Whether every filter is true of a guest; one that cannot be told is not, and with strict an error."""
        for filtering in self.get_option("filters"):
            try:
                if not self._compose(filtering, {"virt_guest": never_template(guest), "inventory_hostname": name}):
                    return False
            except Exception as error:
                if self.get_option("strict"):
                    raise AnsibleParserError(f"filter {filtering!r}, guest {name}: {error}") from error
                return False
        return True

    def add_guest(self, name: str, guest: GuestData) -> bool:
        if not self.passes(name, guest):
            return False
        earlier = self.inventory.hosts.get(name)
        own = dict(earlier.vars) if earlier is not None else {}
        self.inventory.add_host(name)
        self.inventory.add_child(self.group_of_guests(guest["host"]), name)
        for words in (("type", guest["type"]), ("state", guest["state"]), *(("tag", tag) for tag in guest["tags"])):
            self.add_to(name, *words)
        if guest["stale"]:
            self.add_to(name, "stale")
        self.set_facts(name, "virt_guest", guest)
        way = self.find_way(guest)
        for variable, value in way.plain.items():
            if variable not in own:
                self.set_facts(name, variable, value)
        for variable, pointer in way.pointers.items():
            if variable not in own:
                text = "{{ hostvars['%s']['%s'] }}" % (guest["host"], pointer)
                self.inventory.set_variable(name, variable, make_template(text))
        self.construct(name)
        return True

    def find_way(self, guest: GuestData) -> Way:
        kind = self.get_option("connection")
        if kind == "none":
            return Way({}, {})
        host, reached = self.find_host(guest["host"])
        if kind == "auto" and guest["type"] in ENTERED and reached:
            return enter(guest, host, reached, list_ssh_variables())
        address = find_address(guest, self.get_option("address_networks"), self.get_option("address_version"))
        return Way({"ansible_host": address} if address else {}, {})

    def find_host(self, name: str) -> tuple[dict[str, t.Any], str | None]:
        """What is known of a host, and how it is reached, where guests can be entered from there; read once."""
        if name not in self.hosts:
            variables = self.host_variables(name)
            connection = name_connection(variables, self.loader) if variables else ""
            self.hosts[name] = (variables, REACHED.get(connection.replace("ansible.builtin.", "")))
        return self.hosts[name]

    def construct(self, name: str) -> None:
        strict = self.get_option("strict")
        variables = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _load(store: t.Any, key: str) -> dict[str, Answer]:
    """An entry of a cache, whoever wrote it."""
    try:
        found = json.loads(json.dumps(store[key]))
    except (KeyError, TypeError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    parts = {"host", "guests", "problems", "seen"}
    return {source: answer for source, answer in found.items() if isinstance(answer, dict) and parts <= set(answer)}
