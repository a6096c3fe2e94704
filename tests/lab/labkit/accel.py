# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hardware virtualisation when it really works here, emulation when not."""

from __future__ import annotations

import json
import os
import platform
import select
import subprocess
import time
from typing import TYPE_CHECKING

from labkit import places
from labkit.qemu import CPU, XEN_ARGUMENTS, Accel
from labkit.report import LabError, say, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROBE_PATIENCE = 60.0  # KVM needs about 5; this much only where it is broken and silent about it
GOOD, BAD = b"LAB-DOMU-READY", b"emulation failure"


def qemu_version() -> str:
    try:
        answer = subprocess.run(("qemu-system-x86_64", "--version"), capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise LabError("qemu-system-x86_64 is not installed: run `tests/lab/lab packages`") from error
    return answer.stdout.splitlines()[0].strip()


def choose(make_image: Callable[[], Path]) -> Accel:
    """Which accelerator to use. HOSTWRIGHT_LAB_ACCEL=kvm|tcg decides without trying.

    `make_image` gives the image with a Xen to try, and is called only for a trial.
    """
    wanted = os.environ.get("HOSTWRIGHT_LAB_ACCEL", "")
    if wanted:
        if wanted not in ("kvm", "tcg"):
            raise LabError(f"HOSTWRIGHT_LAB_ACCEL is {wanted!r}: it can be kvm or tcg")
        return "kvm" if wanted == "kvm" else "tcg"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    return _remembered(make_image())


def _remembered(image: Path) -> Accel:
    """The result of the trial on this host kernel, with this QEMU and these boot files."""
    question = [platform.release(), qemu_version(), image.name]
    record = places.cache() / "accel.json"
    try:
        known = json.loads(record.read_text())
        if known["question"] == question:
            return "kvm" if known["kvm"] else "tcg"
    except (OSError, ValueError, KeyError):
        pass
    with step("trying KVM", "/dev/kvm is there, but not every such host can run a real kernel"):
        works = _kvm_boots(image)
    say("KVM works" if works else "KVM does not boot Xen here: using emulation (TCG)")
    record.write_text(json.dumps({"question": question, "kvm": works}))
    return "kvm" if works else "tcg"


def _kvm_boots(image: Path) -> bool:
    """Boot Xen with the tiny guest as its Dom0 under KVM. Less (QEMU starts, firmware runs) proves nothing."""
    argv = ("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-M", "q35", "-accel", "kvm",
            "-cpu", CPU["xen", "kvm"], "-smp", "1", "-m", "2048", "-display", "none", "-serial", "stdio",
            "-kernel", str(image / "xen"), "-append", " ".join(XEN_ARGUMENTS),
            "-initrd", f"{image}/vmlinuz console=hvc0 rdinit=/init panic=-1,{image}/domu/tiny.cpio.gz")  # fmt: skip
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        try:
            return _says_good(child)
        finally:
            child.kill()


def _says_good(child: subprocess.Popen[bytes]) -> bool:
    assert child.stdout is not None
    heard, end = b"", time.monotonic() + PROBE_PATIENCE
    while time.monotonic() < end:
        if not select.select([child.stdout], [], [], 1)[0]:
            continue
        piece = os.read(child.stdout.fileno(), 65536)
        heard += piece
        if GOOD in heard:
            return True
        if BAD in heard or not piece:
            return False
    return False
