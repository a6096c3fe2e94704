# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine that the module runs on: commands without a shell, files replaced atomically."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import typing as t

from ansible_collections.hostwright.virt.plugins.module_utils._core import model
from ansible_collections.hostwright.virt.plugins.module_utils._core.host import Reply

# A task may come without the administrator's PATH, and the tools of this field live in sbin.
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
QUERY_TIMEOUT = 120.0


class CommandError(model.Problem):
    """A command failed; carries what is needed to see why."""

    def __init__(self, argv: model.Argv, reply: Reply, hint: str = "") -> None:
        said = (reply.err.strip() or reply.out.strip() or "no message")[-2000:]
        super().__init__(f"{argv[0]}: rc={reply.rc}: {said}{_tail(hint)}")
        self.argv, self.reply = argv, reply


class LocalHost:
    """Host on this machine. ``packages`` names what to install for a tool, ``apis`` are the resource's own."""

    def __init__(self, packages: t.Mapping[str, str], apis: t.Mapping[str, t.Callable[..., t.Any]]) -> None:
        self.packages, self.apis = packages, apis
        path = os.environ.get("PATH", "")
        self.path = path + ":" + SEARCH_PATH if path else SEARCH_PATH
        self.env = dict(os.environ, PATH=self.path, LC_ALL="C", LANGUAGE="C")

    def has(self, tool: str) -> bool:
        return shutil.which(tool, path=self.path) is not None

    def query(self, argv: model.Argv, ok: tuple[int, ...] = (0,), stdin: str | None = None) -> Reply:
        return self._run(model.Run(argv, stdin=stdin, ok=ok, timeout=QUERY_TIMEOUT))

    def pipe(self, source: model.Argv, sink: model.Argv, hint: str = "") -> None:
        """Run two commands, the second of which reads what the first writes; nobody else sees what goes through."""
        self._require(source[0])
        self._require(sink[0])
        with tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as sink_err, open(os.devnull, "r+b") as null:
            writer = subprocess.Popen(
                source, stdin=null, stdout=subprocess.PIPE, stderr=err, env=self.env, cwd="/", start_new_session=True
            )
            with writer:
                reader = subprocess.Popen(
                    sink,
                    stdin=writer.stdout,
                    stdout=null,
                    stderr=sink_err,
                    env=self.env,
                    cwd="/",
                    start_new_session=True,
                )
                if writer.stdout is not None:
                    writer.stdout.close()  # ours: the writer is told when the reader ends
                replies = [
                    (sink, Reply(reader.wait(), "", _text(sink_err))),
                    (source, Reply(writer.wait(), "", _text(err))),
                ]
        failed = [(argv, reply) for argv, reply in replies if reply.rc]
        if failed:
            also = [str(CommandError(argv, reply)) for argv, reply in failed[1:]]
            raise CommandError(*failed[0], "; ".join(filter(None, [*also, hint])))

    def _require(self, tool: str) -> None:
        if not self.has(tool):
            package = self.packages.get(tool)
            raise model.Problem("{} is not on this host{}".format(tool, package and ": install " + package or ""))

    def _run(self, run: model.Run) -> Reply:
        self._require(run.argv[0])
        # Files, not pipes: daemons that a tool leaves behind keep a pipe open, and reading it would never end.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as stdin:
            stdin.write((run.stdin or "").encode())
            stdin.seek(0)
            process = subprocess.Popen(
                run.argv, stdin=stdin, stdout=out, stderr=err, env=self.env, cwd="/", start_new_session=True
            )
            try:
                rc = process.wait(run.timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise model.Problem(
                    f"{run.argv[0]} did not end within {run.timeout or 0:g} s{_tail(run.hint)}"
                ) from None
            reply = Reply(rc, _text(out), _text(err))
        if rc not in run.ok:
            raise CommandError(run.argv, reply, run.hint)
        return reply

    def read(self, path: str) -> str | None:
        try:
            with open(path, encoding="utf-8", errors="surrogateescape", newline="") as stream:
                return stream.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def entries(self, path: str) -> tuple[str, ...]:
        try:
            return tuple(sorted(os.listdir(path)))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def link(self, path: str) -> str | None:
        return os.readlink(path) if os.path.islink(path) else None

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def mode(self, path: str) -> int | None:
        return stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None

    def ask(self, api: str, method: str, *args: t.Any) -> t.Any:
        return self.apis[api](method, *args)

    def perform(self, action: model.Action) -> str:
        if isinstance(action, model.Run):
            return self._run_or_otherwise(action)
        if isinstance(action, model.Call):
            return str(self.apis[action.api](action.method, *action.args))
        if isinstance(action, model.Await):
            _await(action)
        elif isinstance(action, model.Remove):
            if os.path.lexists(action.path):
                os.unlink(action.path)
        else:
            if (
                isinstance(action, model.Write)
                and action.before is not None
                and self.read(action.path) != action.before
            ):
                raise model.Problem(
                    f"{action.path} was changed by somebody else since it was read: run the task again, and with"
                    " throttle: 1 when several tasks change it at once"
                )
            _replace(action)
        return ""

    def _run_or_otherwise(self, run: model.Run) -> str:
        try:
            return self._run(run).out
        except model.Problem:
            if run.otherwise is None:
                raise
            return self._run_or_otherwise(run.otherwise)


def _text(stream: t.IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", errors="surrogateescape")


def _tail(hint: str) -> str:
    return "; " + hint if hint else ""


def _await(action: model.Await) -> None:
    deadline = time.monotonic() + action.timeout
    while os.path.exists(action.path) != action.present:
        if time.monotonic() > deadline:
            what = "did not appear" if action.present else "is still there"
            raise model.Problem(f"{action.path} {what} after {action.timeout:g} s{_tail(action.hint)}")
        time.sleep(0.1)


def _replace(action: model.Write | model.Link) -> None:
    """Make the new file or link beside the old one, then rename over it, so that no reader sees half of it."""
    folder = os.path.dirname(action.path)
    os.makedirs(folder, exist_ok=True)
    spare = tempfile.mkdtemp(prefix=".hostwright-", dir=folder)  # 0700: a secret is never readable on the way
    new = os.path.join(spare, "new")
    try:
        if isinstance(action, model.Link):
            os.symlink(action.target, new)
        else:
            with open(new, "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(action.content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(new, action.mode)
            if os.path.exists(action.path):
                owner = os.stat(action.path)
                os.chown(new, owner.st_uid, owner.st_gid)
        os.replace(new, action.path)
    finally:
        shutil.rmtree(spare, ignore_errors=True)
