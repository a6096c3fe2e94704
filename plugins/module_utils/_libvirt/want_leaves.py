# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a declaration that are neither devices nor about running, and patches. Private; pure."""

from __future__ import annotations

import re
import typing as t
import uuid

from ansible_collections.hostwright.virt.plugins.module_utils._core.model import Problem
from ansible_collections.hostwright.virt.plugins.module_utils._core.values import parse_name, parse_size, parse_switch
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.tree import NAMESPACES, At, Leaf, Tag, at
from ansible_collections.hostwright.virt.plugins.module_utils._libvirt.want_disks import check_path, check_text

Params = t.Mapping[str, t.Any]
_MODE_LEAVES = ("cpu/model?", "cpu@match", "cpu@check", "cpu@migratable")
_POLICIES = ("force", "require", "optional", "disable", "forbid")
_FEATURE = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")
_TAG = re.compile(r"(?P<tag>(?:[a-z]+:)?[A-Za-z_][A-Za-z0-9_.-]*)(?P<where>(?:\[@[A-Za-z_][A-Za-z0-9_.-]*='[^']*'\])*)")
TAGS = at("metadata/hostwright:domain/hostwright:tag*")
_WHERE = re.compile(r"\[@([^=]+)='([^']*)'\]")


def read_leaves(name: str, params: Params) -> tuple[Leaf, ...]:
    """In the order in which they are laid: what bounds another goes first."""
    return (
        *_read_kind(name, params),
        *_read_sizes(name, params),
        *_read_cpu(name, params),
        *_read_boot(name, params),
        *_read_words(name, params),
        *read_patches(name, params["xml_patch"] or ()),
    )


def _read_kind(name: str, params: Params) -> t.Iterator[Leaf]:
    if params["uuid"] is not None:
        try:
            yield Leaf(at("uuid"), str(uuid.UUID(params["uuid"])), "uuid")
        except ValueError:
            raise Problem(f"{name}: uuid {params['uuid']!r} is not a UUID") from None
    for option, place in (("type", "@type"), ("arch", "os/type@arch")):
        if params[option] is not None:
            yield Leaf(at(place), parse_name(params[option], f"{name}: {option}"), option)
    if params["os_type"] is not None:
        yield Leaf(at("os/type"), params["os_type"], "os_type")
    if params["machine"] is not None:
        yield Leaf(at("os/type@machine"), parse_name(params["machine"], f"{name}: machine"), "machine", kind="machine")
    if params["emulator"] is not None:
        yield Leaf(at("devices/emulator"), check_path(params["emulator"], f"{name}: emulator"), "emulator")


def _read_sizes(name: str, params: Params) -> t.Iterator[Leaf]:
    for option in ("max_vcpus", "vcpus"):
        number = params[option]
        if number is not None and not 1 <= number <= 4096:
            raise Problem(f"{name}: {option} must be from 1 to 4096, not {number}")
        if number is not None:
            kind = "most" if option == "max_vcpus" else "count"
            yield Leaf(at("vcpu"), str(number), option, kind=kind, resets=("vcpus?",))
    for option, place in (("max_memory", "memory"), ("memory", "currentMemory")):
        if params[option] is not None:
            size = parse_size(params[option], "M", f"{name}: {option}")
            if size % 1024:
                raise Problem(f"{name}: {option} {params[option]!r} is not a whole number of KiB, libvirt's unit")
            yield Leaf(at(place), str(size), option, kind="size")
    if params["hugepages"] is not None:
        yield _read_hugepages(name, params["hugepages"])


def _read_hugepages(name: str, value: str) -> Leaf:
    try:
        on = parse_switch(value)
    except Problem:
        size = parse_size(value, "K", f"{name}: hugepages")
        anew = ("memoryBacking/hugepages?",)
        return Leaf(at("memoryBacking/hugepages/page@size", unit="KiB"), str(size // 1024), "hugepages", resets=anew)
    return Leaf(at("memoryBacking/hugepages?"), "yes" if on else None, "hugepages")


def _read_cpu(name: str, params: Params) -> t.Iterator[Leaf]:
    mode, model = params["cpu_mode"], params["cpu_model"]
    if model is not None and mode not in (None, "custom"):
        raise Problem(f"{name}: cpu_model is for cpu_mode=custom, not {mode}")
    if mode == "custom" and model is None:
        raise Problem(f"{name}: cpu_mode=custom needs a cpu_model")
    if mode is not None or model is not None:
        yield Leaf(at("cpu@mode"), mode or "custom", "cpu_mode", kind="asked", resets=_MODE_LEAVES)
    if model is not None:
        yield Leaf(at("cpu/model"), parse_name(model, f"{name}: cpu_model"), "cpu_model")
    for feature, policy in (params["cpu_features"] or {}).items():
        yield _read_feature(name, str(feature), policy)
    for word, number in (params["cpu_topology"] or {}).items():
        if number < 1:
            raise Problem(f"{name}: {word} of cpu_topology must be at least 1, not {number}")
        yield Leaf(at(f"cpu/topology@{word}"), str(number), f"cpu_topology.{word}")


def _read_feature(name: str, feature: str, policy: t.Any) -> Leaf:
    if not _FEATURE.fullmatch(feature):
        raise Problem(f"{name}: cpu feature {feature!r} is not the name of one")
    if policy is not None and policy not in _POLICIES:
        raise Problem(f"{name}: cpu feature {feature} must be one of {', '.join(_POLICIES)} or null, not {policy!r}")
    return feature_leaf(feature, policy)


def feature_leaf(feature: str, policy: str | None) -> Leaf:
    if policy is None:
        return Leaf(at("cpu/feature?", name=feature), None, f"cpu_features.{feature}", kind="asked")
    return Leaf(at("cpu/feature@policy", name=feature), policy, f"cpu_features.{feature}", kind="asked")


def _read_boot(name: str, params: Params) -> t.Iterator[Leaf]:
    if params["firmware"] is not None:
        yield Leaf(at("os@firmware"), params["firmware"], "firmware", kind="firmware")
    if params["secure_boot"] is not None:
        if params["firmware"] == "bios":
            raise Problem(f"{name}: secure_boot needs firmware=efi")
        word = "yes" if params["secure_boot"] else "no"
        place = at("os/firmware/feature@enabled", name="secure-boot")
        yield Leaf(place, word, "secure_boot", resets=("os/loader?", "os/nvram?"))
    for option in ("kernel", "initrd", "init"):
        path = params[option]
        if path is not None:
            yield Leaf(at(f"os/{option}"), check_path(path, f"{name}: {option}") if path else None, option)
    if params["cmdline"] is not None:
        yield Leaf(at("os/cmdline"), check_text(params["cmdline"], f"{name}: cmdline") or None, "cmdline")
    if params["boot"] is not None:
        yield Leaf(at("os/boot@dev*"), tuple(dict.fromkeys(params["boot"])), "boot")


def _read_words(name: str, params: Params) -> t.Iterator[Leaf]:
    for option in ("title", "description"):
        if params[option] is not None:
            yield Leaf(at(option), check_text(params[option], f"{name}: {option}").strip() or None, option)
    if params["tags"] is not None:
        yield Leaf(TAGS, _read_tags(name, params["tags"]), "tags")
    for option in ("on_poweroff", "on_reboot", "on_crash"):
        if params[option] is not None:
            yield Leaf(at(option), params[option], option)


def _read_tags(name: str, value: t.Any) -> tuple[str, ...]:
    """Texts; a dictionary becomes texts like ``rack=7``."""
    plain = value.split(",") if isinstance(value, str) else value
    words = [*plain.keys(), *plain.values()] if isinstance(plain, dict) else plain
    if not isinstance(plain, (list, dict)) or not all(isinstance(word, (str, int, float)) for word in words):
        raise Problem(f"{name}: tags must be a list of texts or a dictionary of texts")
    texts = [f"{key}={text}" for key, text in plain.items()] if isinstance(plain, dict) else map(str, plain)
    return tuple(dict.fromkeys(filter(None, (check_text(text, f"{name}: tag").strip() for text in texts))))


def read_patches(name: str, entries: t.Iterable[Params]) -> t.Iterator[Leaf]:
    for entry in entries:
        tags = _read_path(name, entry["path"])
        attribute, value, absent = entry["attribute"], entry["value"], entry["state"] == "absent"
        what = f"{name}: xml_patch {entry['path']!r}"
        if attribute is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", attribute):
            raise Problem(f"{what}: {attribute!r} is not the name of an attribute")
        if absent and value is not None or not absent and attribute is not None and value is None:
            raise Problem(f"{what}: an attribute that is set has a value, and one that is removed has none")
        if value is not None:
            check_text(value, f"{what}: value")
        place = At(tags, attribute if attribute is not None else "" if value is not None else "?")
        yield Leaf(place, None if absent else "yes" if value is None else value, f"xml.{place}")


def _read_path(name: str, path: str) -> tuple[Tag, ...]:
    """The part of XPath that ElementTree knows too: names, each with attributes that it must have."""
    check_text(path, f"{name}: path of xml_patch")
    tags, rest = [], path
    while rest:
        match = _TAG.match(rest)
        if match is None or not rest[match.end() :].startswith("/") and match.end() < len(rest):
            break
        tags.append(Tag(match.group("tag"), tuple(_WHERE.findall(match.group("where")))))
        rest = rest[match.end() + 1 :]
    prefixes = [tag.name.partition(":")[0] for tag in tags if ":" in tag.name]
    if rest or not tags or path.endswith("/") or any(prefix not in NAMESPACES for prefix in prefixes):
        raise Problem(
            f"{name}: xml_patch path {path!r} is not one: write names with slashes between, each with attributes if "
            "needed, like devices/sound[@model='ich9']"
        )
    if tags[0].name in ("name", "uuid", "metadata"):
        raise Problem(f"{name}: xml_patch cannot change {tags[0].name}")
    return tuple(tags)
