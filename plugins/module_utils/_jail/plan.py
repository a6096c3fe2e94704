# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a jail as it is to what the task declares. Private; pure."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._jail import devfs, parts
from ansible_collections.hostwright.virt.plugins.module_utils._jail.api import ENDED, SLOW, STUCK
from ansible_collections.hostwright.virt.plugins.module_utils._jail.boot import boot_goal, boot_steps
from ansible_collections.hostwright.virt.plugins.module_utils._jail.definition import goal_files, wanted_values
from ansible_collections.hostwright.virt.plugins.module_utils._jail.effective import effective, find_jails
from ansible_collections.hostwright.virt.plugins.module_utils._jail.live import (
    Drift,
    drifts,
    live_steps,
    live_value,
    show_values,
    targets,
)
from ansible_collections.hostwright.virt.plugins.module_utils._jail.observe import FOLDER, Jail, Running, owner_of
from ansible_collections.hostwright.virt.plugins.module_utils._jail.params import READ_ONLY, Values
from ansible_collections.hostwright.virt.plugins.module_utils._jail.want import UP, WantJail


def goal_of(have: Jail, want: WantJail) -> Jail:
    """The jail with its files and its place at boot as they shall be; raises Problem for what is refused."""
    _check_ours(have, want)
    boot, boot_list = boot_goal(have, want)
    files = parts.add_files(have, want, goal_files(have, want))
    return dataclasses.replace(have, files=files, boot=boot, boot_list=boot_list)


def _check_ours(have: Jail, want: WantJail) -> None:
    given = str(want.params.get("path") or "")
    for path in (have.path, given, have.around.real.get(given.rstrip("/"), "")):
        owner = owner_of(have.name, path, have.ezjails)
        if owner != "base":
            raise model.Problem(f"jail {have.name} belongs to {owner} ({path or 'by its name'}): change it there")
    source = have.source
    if source is None and want.kept and want.state != "stopped" and not want.defines:
        raise model.Problem(f"jail {have.name} is not defined on this host: give at least its path")
    if source is None and have.running is not None and want.defines and not want.adopt:
        raise model.Problem(
            f"jail {have.name} runs but is in no file that jail(8) reads: define it here with adopt=true"
        )
    if source is None or want.adopt or not (want.defines or want.purge or not want.kept):
        return
    if source.path not in (f"{FOLDER}/{have.name}.conf", f"/etc/jail.{have.name}.conf"):
        raise model.Problem(
            f"jail {have.name} is defined in {source.path}, which other jails share: change it there with adopt=true"
        )


def plan(have: Jail | None, want: WantJail) -> model.Plan:
    jail = _there(have, want)
    goal = goal_of(jail, want)
    if not want.kept:
        return (*_stop_steps(jail, want), *_file_steps(jail, goal), *boot_steps(jail, goal))
    parts.check(jail, want)
    found = drifts(jail, goal, want) if jail.running else []
    power = _power_steps(jail, goal, want, found)
    covered = any(step.how in model.INTERRUPTING for step in power) and want.restart_policy != "never"
    covered = covered or want.state == "stopped" or (want.state == "restarted" and not jail.fresh)
    first = [*parts.root_steps(jail, goal, want), *_file_steps(jail, goal), *parts.early_steps(jail, want)]
    steps = [*first]
    if jail.running and not covered:
        steps += live_steps(jail, goal, found)
        steps += parts.live_steps(jail, want, any(drift.name == "devfs_ruleset" for drift in found))
    always = want.restart_policy == "always" and want.state in ("present", "started")
    if always and jail.running and steps and not power:
        power = _restart(jail, goal, want, "restart", found)
        steps = first
    if want.state == "stopped":  # by the file that it was started with
        return (*power, *steps, *boot_steps(jail, goal))
    return (*steps, *boot_steps(jail, goal), *power, *_wait_steps(jail, want, power))


def _there(have: Jail | None, want: WantJail) -> Jail:
    if have is None:
        raise model.Problem(f"{want.name}: the host was not read")
    return have


def _file_steps(have: Jail, goal: Jail) -> list[model.Step]:
    steps = []
    for path in sorted({*have.files, *goal.files}):
        before, after = have.files.get(path), goal.files.get(path)
        if after is None:
            steps.append(model.Step(model.Remove(path), f"remove {path}"))
        elif after != before:
            verb = "define" if have.source is None else "change" if goal.source else "remove"
            what = f"{verb} jail {have.name} in {path}" if path != devfs.RULES else f"write device rules in {path}"
            steps.append(model.Step(model.Write(path, after, before=before), what))
    return steps


def _power_steps(have: Jail, goal: Jail, want: WantJail, found: t.Sequence[Drift]) -> list[model.Step]:
    if want.state == "stopped":
        return _stop_steps(have, want)
    if want.state == "restarted" and have.running and not have.fresh:
        _check_lasts(goal)
        return _restart(have, goal, want, "live", found)
    if want.state in UP and not have.running:
        _check_lasts(goal)
        _check_parent(goal)
        run = model.Run(("jail", "-f", goal.rc_file, "-c", goal.name), timeout=float(want.timeout), hint=SLOW)
        return [*parts.left_mounts(have), model.Step(run, f"start jail {goal.name}"), *_lasts(goal)]
    how = next((how for how in ("recreate", "restart") if any(drift.how == how for drift in found)), None)
    return _restart(have, goal, want, "recreate" if how == "recreate" else "restart", found) if how else []


def _wait_steps(have: Jail, want: WantJail, power: t.Sequence[model.Step]) -> list[model.Step]:
    """After a start of this run, and where it runs but is not ready yet."""
    anew = any(step.how not in model.INTERRUPTING or want.restart_policy != "never" for step in power)
    ready = want.waits
    if ready is None or (have.around.ready and not anew):
        return []
    call = model.Call("jail", "await_ready", (want.name, ready.port, ready.command, want.timeout))
    return [model.Step(call, f"wait until jail {want.name} is ready")]


def _persists(goal: Jail) -> bool:
    return goal.known.normal("persist", (goal.declared or {}).get("persist")) == ("true",)


def _check_lasts(goal: Jail) -> None:
    declared = goal.declared or {}
    if not _persists(goal) and not any(any(declared.get(name, ())) for name in ("exec.start", "command")):
        raise model.Problem(f"jail {goal.name} would end at once: give it exec_start, or persist=true")


def _lasts(goal: Jail) -> list[model.Step]:
    """A jail ends with its last process, which jail(8) does not call an error."""
    if _persists(goal):
        return []
    look = model.Run(("jls", "-c", "-j", goal.name), hint=ENDED)
    return [model.Step(look, f"see that jail {goal.name} goes on")]


def _check_parent(goal: Jail) -> None:
    """jail(8) starts the outer jail first when both are in one file; else it must run."""
    parent = goal.name.rpartition(".")[0]
    here = [source.name for source in find_jails(goal.nodes(goal.rc_file))]
    if parent and parent not in goal.names and parent not in here:
        raise model.Problem(f"jail {goal.name} is a jail in jail {parent}, which does not run: start that first")


def _restart(have: Jail, goal: Jail, want: WantJail, how: model.How, found: t.Sequence[Drift] = ()) -> list[model.Step]:
    """One step, so that no interruption leaves the jail down.

    ``jail -rc`` stops by the file as it is now, and what fails in that keeps it from starting; so it is stopped, rid
    of what only the old definition had, and started.
    """
    clear = tuple(run.argv for run in parts.stale_runs(have, goal, want))
    call = model.Call("jail", "restart", (goal.rc_file, goal.name, want.timeout, clear, _dependents(goal)))
    changes = tuple(drift.change for drift in found if drift.how != "live")
    return [model.Step(call, f"restart jail {goal.name}", how, changes=changes)]


def _dependents(jail: Jail) -> tuple[str, ...]:
    """Jails of the same file that jail(8) stops with this one, for they depend on it."""
    nodes = jail.nodes(jail.rc_file)
    needs: dict[str, Values] = {}
    for source in find_jails(nodes):
        with contextlib.suppress(model.Problem):  # one that jail(8) cannot read is not started, so not stopped either
            needs[source.name] = (effective(nodes, source.name) or {}).get("depend", ())
    found = [jail.name]
    for name in found:
        found += [other for other, names in needs.items() if name in names and other not in found]
    return tuple(name for name in found[1:] if name in jail.names)


def _stop_steps(have: Jail, want: WantJail) -> list[model.Step]:
    """jail(8) runs the stop steps of its file; it ends with 1 when one of them failed although the jail is gone."""
    gone = model.Step(
        model.Call("jail", "await_gone", (have.name, have.path, want.timeout)),
        f"wait until nothing holds jail {have.name}",
    )
    if have.running is None:
        return [*parts.leak_steps(have, want), *([gone] if have.dying else [])]
    argv = ("jail", "-f", have.rc_file, "-r", have.name) if have.source else ("jail", "-R", have.name)
    run = model.Run(argv, ok=(0, 1), timeout=float(want.timeout), hint=STUCK)
    stale = parts.stale_runs(have, have, want)
    return [
        model.Step(run, f"stop jail {have.name}"),
        *(model.Step(run, f"clear away {run.argv[1]}") for run in stale),
        gone,
    ]


def predict(have: Jail | None, want: WantJail) -> Jail | None:
    jail = _there(have, want)
    goal = goal_of(jail, want)
    if want.state in ("stopped", "absent"):
        goal = dataclasses.replace(goal, dying=())
    due = [step for step in plan(jail, want) if want.restart_policy != "never" or step.how not in model.INTERRUPTING]
    summaries = {step.summary for step in due}
    if summaries & {f"start jail {want.name}", f"restart jail {want.name}"}:
        return dataclasses.replace(parts.after(jail, started(goal, want), want, live=False), fresh=True)
    if f"stop jail {want.name}" in summaries:
        names = goal.names - {want.name}
        return parts.after(jail, dataclasses.replace(goal, running=None, names=names), want, live=False)
    if goal.running is None:
        return parts.after(jail, goal, want, live=False)
    live = {drift.name: drift.after for drift in drifts(jail, goal, want) if drift.how == "live"}
    goal = dataclasses.replace(goal, running=change_running(goal.running, live))
    return parts.after(jail, goal, want, live=True)


def change_running(running: Running, changes: t.Mapping[str, Values]) -> Running:
    """A running jail with other parameters; keys of ``meta`` and ``env`` are lines in them."""
    params = dict(running.params)
    for name, values in changes.items():
        tree, _dot, key = name.partition(".")
        if tree in ("meta", "env") and key:
            lines = [line for line in params.get(tree, ("",))[-1].split("\n") if line.split("=")[0] != key and line]
            params[tree] = ("\n".join([f"{key}={values[-1]}", *lines]),)
        else:
            params[name] = values
    return dataclasses.replace(running, params=params)


def started(goal: Jail, want: WantJail) -> Jail:
    """The jail as it runs after a start with its files."""
    declared = goal.declared or {}
    params = dict(goal.running.params) if goal.running else {}
    fresh = {name: goal.known.default(name) for name in (*goal.known.kinds, *wanted_values(goal, want))}
    params.update({name: values for name, values in fresh.items() if values is not None})
    kernel = {name: values for name, values in declared.items() if goal.known.in_kernel(name)}
    running = change_running(Running(-1, params), {n: goal.known.normal(n, v) or v for n, v in kernel.items()})
    return dataclasses.replace(
        goal, running=running, mounted=(goal.mounted - {*parts.switched(goal)}) | parts.switch_points(goal)
    )


def show(have: Jail | None, want: WantJail) -> dict[str, t.Any]:
    """The declared parameters in the file and on the running jail."""
    if have is None:
        return {"state": "absent"}
    shown: dict[str, t.Any] = {"state": state_of(have)}
    if have.dying and want.state in ("stopped", "absent"):
        shown["dying"] = True
    if want.state == "restarted":
        shown["restarted"] = have.fresh
    if want.autostart is not None:
        shown["autostart"] = have.starts_at_boot
    if not want.kept:
        return shown
    declared = have.declared or {}
    names = sorted({*wanted_values(have, want), *(declared if want.purge else ())})
    shown["file"] = {name: show_values(have.known.normal(name, declared.get(name))) for name in names}
    if have.running:
        aims = targets(have, have, want)
        values = {name: live_value(have, name) for name in sorted(aims)}
        if want.waits:
            shown["ready"] = have.around.ready
        shown["running"] = {name: show_values(value) for name, value in values.items() if value is not None}
    return {**shown, **parts.show(have, want)}


def state_of(have: Jail) -> str:
    if have.running:
        return "started"
    return "stopped" if have.source else "absent"


def facts(have: Jail | None) -> dict[str, t.Any]:
    if have is None:
        return {"state": "absent", "config": {}, "runtime": {}}
    runtime = have.running.params if have.running else {}
    return {
        "state": state_of(have),
        "config": {name: show_values(have.known.normal(name, v)) for name, v in sorted((have.declared or {}).items())},
        "runtime": {name: show_values(v) for name, v in sorted(runtime.items()) if name not in READ_ONLY},
        "jid": have.running.jid if have.running and have.running.jid > 0 else None,
        "config_file": have.home if have.source else None,
        "autostart": have.starts_at_boot,
        "dying": list(have.dying),
    }
