# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on containers of systemd-nspawn, with a small systemd that follows its manual pages."""

from __future__ import annotations

import dataclasses
import typing as t

from hypothesis import assume
from hypothesis import strategies as st

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.have import Have, Runtime
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.limits import WantLimit, canonical
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.resource import NSPAWN_CONTAINER
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want import WantContainer
from ansible_collections.hostwright.virt.plugins.module_utils._nspawn.want_devices import MOUNT_KEYS, WantMount
from ansible_collections.hostwright.virt.tests.unit.plugins.module_utils.support.laws import Backend

ASKED = 1000.0
ROOT = "/var/lib/machines/web"
FREE = {"MemoryMax": "infinity", "TasksMax": "16384", "AllowedCPUs": "", "CPUWeight": "100"}
LIMITS = {
    "memory": WantLimit("memory", "MemoryMax", "MemoryMax", "67108864", "memory"),
    "free": WantLimit("memory", "MemoryMax", "MemoryMax", "infinity", "memory"),
    "pids": WantLimit("pids", "TasksMax", "TasksMax", "40", "pids"),
    "cpus": WantLimit("cpus", "AllowedCPUs", "AllowedCPUs", "0", "cpuset"),
}
PIECES = (
    "# by hand\n",
    "[Exec]\nHostname=old\nBoot=no\nParameters=/bin/true 'a b'\n",
    "[Exec]\n; again\nDropCapability=CAP_NET_RAW\nNoSuchKey=1\n",
    "[Files]\nBind=/srv:/srv\nBindReadOnly=/a\\\n  :/b\n",
    "[Other]\nHostname=not ours\n",
    "[Network]\nVirtualEthernet=yes\nBridge=br0\nPort=tcp:80\nPort=tcp:81\n",
)
KEYS: t.Mapping[tuple[str, str], t.Sequence[tuple[str, ...]]] = {
    ("Exec", "Hostname"): [("new",), ()],
    ("Exec", "Boot"): [("yes",)],
    ("Exec", "DropCapability"): [("CAP_NET_RAW CAP_SYS_TIME",), ()],
    ("Network", "Port"): [("tcp:80", "tcp:81"), ("tcp:82",), ()],
    ("Network", "Bridge"): [("br0",), ("br1",), ()],
}
MOUNTS = (
    WantMount("/srv", MOUNT_KEYS[1], "/other:/srv"),
    WantMount("/srv", MOUNT_KEYS[0], "/srv:/srv"),
    WantMount("/srv"),
    WantMount("/tmp/x", MOUNT_KEYS[2], "/tmp/x:size=10%"),
)
SOURCES = (
    None,
    ("archive", "/a.tar"),
    ("template", "/t"),
    ("clone_from", "base"),
    ("directory", "/srv/web"),
    ("image", "/srv/web.raw"),
)


def started(have: Have) -> Have:
    """systemd starts it with what the file says."""
    return dataclasses.replace(have, runtime=Runtime(7, started=ASKED + 1, invocation="n", settings=have.text or ""))


@st.composite
def haves(draw: st.DrawFn) -> Have:
    pieces = draw(st.sets(st.sampled_from(PIECES)))
    text = "".join(piece for piece in PIECES if piece in pieces)
    root = draw(st.sampled_from(["", ROOT, ROOT]))
    have = Have(
        "web",
        draw(st.sampled_from([None, text, text])),
        root=root,
        target=draw(st.sampled_from(["", "/srv/web"])) if root else "",
        half=draw(st.booleans()) and draw(st.booleans()),
        enabled=bool(root) and draw(st.booleans()),
        limits={**FREE, "TasksMax": draw(st.sampled_from(["40", "16384"]))},
        tuned=draw(st.booleans()),
        restarting=draw(st.booleans()) and draw(st.booleans()),
        controllers=frozenset({"memory", "pids", "cpu", "cpuset", "io"}),
    )
    if root and draw(st.booleans()):
        have = started(have)
        assert have.runtime
        moment = draw(st.sampled_from([1.0, 2000.0]))
        run = dataclasses.replace(have.runtime, frozen=draw(st.booleans()), started=moment)
        if draw(st.booleans()):  # the file was changed, by this module or by somebody else
            known = draw(st.booleans())
            run = dataclasses.replace(run, settings="[Exec]\nHostname=was\n" if known else None, recorded=known)
        have = dataclasses.replace(have, runtime=run)
    return have


@st.composite
def wants(draw: st.DrawFn) -> WantContainer:
    named = draw(st.sets(st.sampled_from(sorted(KEYS)), max_size=3))
    limited = draw(st.sets(st.sampled_from(sorted(LIMITS)), max_size=2))
    return WantContainer(
        name="web",
        state=draw(st.sampled_from(["present", "started", "stopped", "restarted", "frozen", "absent"])),
        source=draw(st.sampled_from(SOURCES)),
        keys=tuple((key, draw(st.sampled_from(KEYS[key]))) for key in sorted(named)),
        mounts=draw(st.sampled_from([(), *((mount,) for mount in MOUNTS)])),
        limits=() if limited == {"memory", "free"} else tuple(LIMITS[name] for name in sorted(limited)),
        autostart=draw(st.sampled_from([None, True, False])),
        wait_for_ip_address=draw(st.booleans()),
        restart_policy=draw(st.sampled_from(["never", "if_needed", "always"])),
        force_stop=draw(st.booleans()),
        delete_storage=draw(st.booleans()),
        asked=ASKED,
    )


def act(have: Have | None, action: model.Action, want: WantContainer) -> Have | None:
    after = _act(have, action)
    left = after is not None and (after.root or after.half or after.text is not None)
    return after if left or want.state != "absent" else None


def _act(have: Have | None, action: model.Action) -> Have | None:
    """What systemd and the file system do; written from the manual pages."""
    have = have or Have("web", limits=FREE)
    if isinstance(action, (model.Write, model.Remove)):
        return _file(have, action)
    if isinstance(action, model.Link):
        return dataclasses.replace(have, root=action.path, target=action.target)
    if isinstance(action, model.Call):
        return _call(have, action)
    assert isinstance(action, model.Run)
    return _run(have, action.argv)


def _file(have: Have, action: model.Write | model.Remove) -> Have | None:
    here = isinstance(action, model.Write)
    if "nspawn-restart" in action.path:
        return dataclasses.replace(have, restarting=here)
    if "nspawn-started" in action.path:
        assert isinstance(action, model.Write)
        assert have.runtime
        settings = action.content.partition("\n")[2]
        return dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, settings=settings, recorded=True))
    if action.path.startswith("/var/lib/machines"):
        return None  # the root goes last
    text = action.content if isinstance(action, model.Write) else None
    have = dataclasses.replace(have, text=text)
    run = have.runtime
    if run is not None and not run.recorded and text is not None:  # nobody wrote down what it runs with
        have = dataclasses.replace(have, runtime=dataclasses.replace(run, settings=None))
    return have


def _call(have: Have, action: model.Call) -> Have:
    if action.method == "start":
        return started(have)
    if action.method == "stop":
        return dataclasses.replace(have, runtime=None)
    if have.runtime is not None:
        return dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, addresses=("10.0.0.1",)))
    return have


def _run(have: Have, argv: model.Argv) -> Have | None:
    verb = argv[1]
    if verb == "remove":
        return None
    changes: dict[str, dict[str, t.Any]] = {
        "install": {"half": True},
        "tar": {"half": True},
        "cp": {"half": True},
        "rm": {"half": False},
        "mv": {"half": False, "root": argv[-1]},
        "clone": {"root": ROOT},
        "enable": {"enabled": True},
        "disable": {"enabled": False},
        "revert": {"tuned": False},
    }
    change = changes.get(argv[0]) or changes.get(verb)
    if change is not None:
        return dataclasses.replace(have, **change)
    if verb == "set-property":
        words = dict(word.split("=", 1) for word in argv[3:])
        limits = {**have.limits, **{name: canonical(name, value) for name, value in words.items()}}
        return dataclasses.replace(have, limits=limits, tuned=True)
    assert verb in ("freeze", "thaw")
    assert have.runtime
    return dataclasses.replace(have, runtime=dataclasses.replace(have.runtime, frozen=verb == "freeze"))


def declare(have: Have) -> WantContainer:
    """What the file and what runs agree on."""
    assume(not have.restarting)  # a restart that was cut off is always finished
    assume(have.root or (have.text is None and not have.half and not have.tuned and not have.enabled))
    stale = have.runtime is not None and have.runtime.settings != (have.text or "")
    ours = {key: values for key, values in have.values.items() if key in KEYS}
    return WantContainer(
        name="web",
        state=have.power,
        keys=() if stale else tuple((key, (" ".join(v),) if key[0] == "Exec" else v) for key, v in ours.items()),
        limits=(WantLimit("pids", "TasksMax", "TasksMax", have.limits["TasksMax"], "pids"),),
        autostart=have.enabled,
        restart_policy="always",
        asked=ASKED,
    )


def fields(have: Have | None) -> dict[str, t.Any]:
    """What the file and the unit say, by the names of the diff."""
    if have is None:
        return {}
    found: dict[str, t.Any] = {".".join(key): list(values) for key, values in have.values.items() if key[0] != "Files"}
    return {**found, **have.limits, "autostart": have.enabled}


BACKEND = Backend(
    resource=NSPAWN_CONTAINER,
    haves=haves(),
    wants=wants(),
    act=act,
    declare=declare,
    fields=fields,
    destroys=lambda action: (
        (isinstance(action, model.Run) and action.argv[:2] == ("machinectl", "remove"))
        or (isinstance(action, model.Call) and action.method == "stop" and action.args[-1])
    ),
)
