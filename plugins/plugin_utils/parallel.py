# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many jobs at once, each in a process of its own, so that one that hangs can be ended. Private."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import time
import typing as t

Job = t.Callable[[], t.Mapping[str, t.Any]]
# More than a host may answer, in the words of JSON
_MOST_BYTES = 64 * 1024 * 1024
_MOST_MEMORY = 1024 * 1024 * 1024


class _Running(t.NamedTuple):
    name: str
    process: t.Any
    deadline: float


def run_all(jobs: t.Mapping[str, Job], at_once: int, seconds: float) -> dict[str, dict[str, t.Any]]:
    """What each job returned as plain data, or ``{"error": why}``; no job takes longer than ``seconds``."""
    waiting = list(jobs.items())
    running: dict[multiprocessing.connection.Connection, _Running] = {}
    results: dict[str, dict[str, t.Any]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < max(at_once, 1):
                name, job = waiting.pop(0)
                ours, process = _start(job)
                running[ours] = _Running(name, process, time.monotonic() + seconds)
            soonest = min(one.deadline for one in running.values())
            ready = multiprocessing.connection.wait(list(running), max(soonest - time.monotonic(), 0))
            now = time.monotonic()
            late = [pipe for pipe, one in running.items() if one.deadline <= now and pipe not in ready]
            for pipe in [*ready, *late]:
                one = running.pop(pipe)  # type: ignore[call-overload]
                failed = {"error": f"no answer within {seconds:g} s"}
                results[one.name] = failed if pipe in late else _receive(pipe)
                _end(one.process)
                pipe.close()  # type: ignore[union-attr]
    finally:
        for one in running.values():
            _end(one.process)
    return {name: results[name] for name in jobs}


def _start(job: Job) -> tuple[multiprocessing.connection.Connection, t.Any]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, theirs), daemon=False)
    process.start()
    theirs.close()
    return ours, process


def _work(job: Job, pipe: multiprocessing.connection.Connection) -> None:
    os.setsid()  # its own group, and no terminal on which ssh could ask
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    try:
        answer = json.dumps(job()).encode()
    except MemoryError:  # ssh keeps whatever the host prints, and some hosts never end
        answer = b'{"error": "it printed more than fits into memory"}'
    except Exception as error:
        # whatever a plugin throws is the trouble of this one host
        answer = json.dumps({"error": str(error) or type(error).__name__}).encode()
    pipe.send_bytes(answer)
    pipe.close()


def _receive(pipe: t.Any) -> dict[str, t.Any]:
    try:
        answer = json.loads(pipe.recv_bytes(_MOST_BYTES))
    except (EOFError, OSError, ValueError):
        return {"error": "the process that asked it ended without an answer"}
    return answer if isinstance(answer, dict) else {"error": "no answer"}


def _end(process: t.Any) -> None:
    """The process with all that it started; a master of ssh's ControlPersist has left the group and stays."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.join()
