# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A guest for the diff of a task and for its result. Private; pure."""

from __future__ import annotations

import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._xen.changes import OPTIONS, declared_macs
from ansible_collections.hostwright.virt.plugins.module_utils._xen.have import Have
from ansible_collections.hostwright.virt.plugins.module_utils._xen.power import was_restarted
from ansible_collections.hostwright.virt.plugins.module_utils._xen.settings import KEYS, Settings, read_settings
from ansible_collections.hostwright.virt.plugins.module_utils._xen.walk import moves_away
from ansible_collections.hostwright.virt.plugins.module_utils._xen.want import WantDomu

_NOT_AT_RUN_TIME = ("firmware", "extra", "root", "cpus")
_PLAIN = ("autostart", "start_order", "description", "tags", "host")


def show(have: Have | None, want: WantDomu) -> dict[str, t.Any]:
    """The declared fields, each with what the file says and, as running_NAME, what runs."""
    if have is not None and moves_away(have, want):
        return _show_place(have)
    shown: dict[str, t.Any] = {"state": _state(have, want)}
    if have is None or want.state == "absent":
        return shown
    if want.state == "restarted":
        shown["restarted"] = was_restarted(have, want)
    if have.text is not None:
        shown.update(show_config(have, want))
        if want.autostart is not None or want.start_order is not None:
            shown["autostart"] = list(have.links)
    if have.runtime is not None and have.runtime.settings is not None:
        running = _show_running(have, have.runtime.settings, want)
        shown.update({f"running_{key}": value for key, value in running.items()})
    return shown


def _show_place(have: Have) -> dict[str, t.Any]:
    """Of a guest that belongs elsewhere only where it is, and whether it is complete there."""
    there = have.target
    away = there is not None and (there.guest is not None or (have.text is None and there.text is not None))
    links = have.links or (have.move and have.move.links) or (there and there.links) or ()
    return {
        "state": place_state(have),
        "host": there.node if there is not None and away else have.around.node,
        "autostart": bool(links),
        "moving": have.move is not None,
    }


def place_state(have: Have) -> str:
    """The power of a guest, wherever it is."""
    there = have.target
    if have.runtime is not None or there is None or have.power == "saved":
        return have.power
    if there.guest is not None:
        return "paused" if there.guest.paused else "started"
    if have.packed is not None or there.save in ("ready", "used"):
        return "saved"
    return have.power if have.text is not None else "absent" if there.text is None else "stopped"


def _state(have: Have | None, want: WantDomu) -> str:
    power = "absent" if have is None else have.power
    if want.state != "present":
        return power
    return "absent" if have is None or have.text is None else "present"


def show_config(have: Have | None, want: WantDomu) -> dict[str, t.Any]:
    """The declared fields of the file."""
    if have is None or have.text is None:
        return {}
    settings, document, mark = read_settings(have.document), have.document, have.mark
    shown: dict[str, t.Any] = {} if want.renamed_from is None else {"name": document.get("name")}
    for key, _value in want.keys:
        shown[OPTIONS[key]] = _plain(OPTIONS[key], getattr(settings, OPTIONS[key]))
    for key, _value in want.extra_keys:
        value = document.get(key)
        shown[f"config.{key}"] = list(value) if isinstance(value, tuple) else value
    for key in ("description", "tags", "host"):
        if getattr(want, key) is not None:
            shown[key] = mark.get(key)
    shown.update(_show_devices(have, settings, want))
    return shown


def _plain(option: str, value: t.Any) -> t.Any:
    if option in ("memory", "max_memory"):
        return None if value is None else f"{value}M"
    return list(value) if isinstance(value, tuple) else value


def _show_devices(have: Have, settings: Settings, want: WantDomu) -> dict[str, t.Any]:
    """Declared disks and networks, all of them when the rest is purged."""
    shown: dict[str, t.Any] = {}
    if want.disks is not None:
        vdevs = {disk.vdev for disk in want.disks}
        known = [disk for disk in settings.disks if want.purge_disks or disk.vdev in vdevs]
        shown["disks"] = {disk.vdev: disk.describe() for disk in sorted(known, key=lambda disk: disk.vdev)}
    if want.nics is not None:
        macs = declared_macs(have, want)
        found = [nic for nic in settings.nics if want.purge_networks or nic.mac in macs]
        shown["networks"] = {str(nic.mac): nic.describe() for nic in sorted(found, key=lambda nic: str(nic.mac))}
    return shown


def _show_running(have: Have, running: Settings, want: WantDomu) -> dict[str, t.Any]:
    """Only what can be read back: a live change of a device shows in its presence, not in Xen's own additions."""
    shown: dict[str, t.Any] = {}
    named = {OPTIONS[key] for key, _value in want.keys}
    for option in named - set(_NOT_AT_RUN_TIME):
        shown[option] = _plain(option, getattr(running, option))
    if named & {"root", "extra"}:
        shown["cmdline"] = running.cmdline
    if "cpus" in named and have.around.processors is not None and have.runtime and have.runtime.pins is not None:
        shown["cpus"] = [sorted(have.around.processors.expand(pin)) for pin in have.runtime.pins]
    devices = _show_devices(have, running, want)
    if "disks" in devices:
        shown["disks"] = {vdev: [disk["target"], disk["access"]] for vdev, disk in devices["disks"].items()}
    if "networks" in devices:
        declared = {nic.mac: nic.bridge for nic in have.settings.nics} if have.settings else {}
        shown["networks"] = {
            mac: nic.get("bridge") if declared.get(mac) else None for mac, nic in devices["networks"].items()
        }
    return shown


def facts(have: Have | None) -> dict[str, t.Any]:
    """What the module returns of a guest."""
    if have is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    settings, run, mark = have.settings, have.runtime, have.mark
    result: dict[str, t.Any] = {
        "state": place_state(have),
        "runs_on": _where(have),
        "config": {} if settings is None else describe_settings(settings),
        "runtime": {},
        "uuid": _uuid(have),
        "domid": run.domid if run else None,
        "config_file": have.path,
        "save_file": have.save_file if have.saved is not None else None,
        "autostart": bool(have.links),
        "autostart_links": list(have.links),
        "guest_action_required": [
            f"{vdev} grew from {told} to {real} bytes, which the guest has not noticed yet: grow its file system"
            for vdev, told, real in have.grown
        ],
        **{key: mark.get(key) for key in ("description", "tags", "host")},
    }
    if run is not None and run.settings is not None:
        result["runtime"] = describe_settings(run.settings)
        result["runtime"].pop("cpus")  # libxl remembers those of the start, not those of now
        result["runtime"].update({} if run.pins is None else {"cpus": list(run.pins)})
    if have.around.unreadable:
        result["warnings"] = [f"not searched for duplicates: {problem}" for problem in have.around.unreadable]
    return result


def _uuid(have: Have) -> str | None:
    run = have.runtime or (have.target and have.target.guest)
    return run.uuid if run else have.settings.uuid if have.settings else None


def _where(have: Have) -> str | None:
    if have.target is not None and have.target.guest is not None:
        return have.target.node
    return have.around.node if have.runtime is not None else None


def describe_settings(settings: Settings) -> dict[str, t.Any]:
    shown = {option: _plain(option, getattr(settings, option)) for option in KEYS}
    shown = {option: value for option, value in shown.items() if value not in (None, [])}
    return {
        **shown,
        "disks": [disk.describe() for disk in settings.disks],
        "networks": [nic.describe() for nic in settings.nics],
    }
