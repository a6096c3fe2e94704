# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disk image and boot files that all machines share, made from Debian packages and kept in the cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import packages, places, process
from labkit.mirror import debian_mirror, proxy_settings
from labkit.report import LabError, step

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = "trixie"
IMAGE_BYTES = 6 << 30  # sparse: some 800 MB are used, the rest is room for guests' disks
DOMU_ARCHIVE = "debian-13.tar.zst"
SOURCES = places.LAB / "image"


def key() -> str:
    """Changes whenever something that the image is made from changes."""
    digest = hashlib.sha256()
    for path in sorted((*SOURCES.rglob("*"), Path(__file__))):
        if path.is_file():
            digest.update(f"{path.relative_to(places.LAB)} {path.stat().st_mode & 0o111}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def ensure() -> Path:
    """The directory with root.img, xen, vmlinuz, initrd.img, key; built when it is not in the cache."""
    target = places.cache() / f"image-{key()}"
    if target.exists():
        os.utime(target)
        return target
    packages.check()
    with places.locked(places.cache(), "building the image"):
        if not target.exists():
            _build(target)
    return target


def _build(target: Path) -> None:
    log = places.cache() / "build.log"
    log.unlink(missing_ok=True)
    with _workshop() as work:
        keygen = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", f"{work}/key")
        process.run(keygen, log, "ssh-keygen")
        with step("building the lab image", "one or two minutes"), ThreadPoolExecutor() as pool:
            # One waits for the network while the other computes: together they take little longer than the first alone.
            for job in [pool.submit(_build_machine, work), pool.submit(_build_domu, work)]:
                job.result()
            _add_domu(work, log)
            _keep(work, target, log)


@contextmanager
def _workshop() -> Iterator[Path]:
    """A directory to build in. Not in the cache: without root, mmdebstrap's hooks run as another user, who may not even
    look into our home. That user needs to read the scripts and to write into `out`."""
    work = Path(tempfile.mkdtemp(prefix="hostwright-lab.", dir=os.environ.get("TMPDIR", "/var/tmp")))
    try:
        work.chmod(0o711)
        shutil.copytree(SOURCES, work / "image")
        for path in (work / "out", work / "out" / "domu"):
            path.mkdir()
            path.chmod(0o777)
        disk = work / "out" / "root.img"
        disk.touch()
        disk.chmod(0o666)
        os.truncate(disk, IMAGE_BYTES)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _mmdebstrap(names: str, target: str, options: list[str], log: Path) -> None:
    argv = ["mmdebstrap", "--variant=minbase", "--skip=cleanup/apt", f"--include={_read_names(names)}"]
    argv += ["--aptopt=APT::Install-Recommends false"]
    argv += [f"--aptopt={line}" for line in proxy_settings()]
    # A third of the size is documentation that nobody reads there.
    argv += [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("man", "doc", "locale", "info")]
    process.run([*argv, *options, SUITE, target, f"deb {debian_mirror()} {SUITE} main"], log, f"mmdebstrap ({names})")


def _read_names(name: str) -> str:
    lines = (SOURCES / name).read_text().splitlines()
    return ",".join(line for line in lines if line and not line.startswith("#"))


def _build_machine(work: Path) -> None:
    customize = f'{work}/image/machine-late "$1" {work}/out {work}/key.pub'
    options = ["--format=null", f'--essential-hook={work}/image/machine-early "$1"', f"--customize-hook={customize}"]
    _mmdebstrap("machine.packages", "-", options, _fresh_log("build-machine.log"))


def _build_domu(work: Path) -> None:
    options = [f'--customize-hook={work}/image/domu-late "$1" {work}/out/domu']
    _mmdebstrap("domu.packages", f"{work}/{DOMU_ARCHIVE}", options, _fresh_log("build-domu.log"))
    shutil.move(work / DOMU_ARCHIVE, work / "out" / "domu" / DOMU_ARCHIVE)


def _fresh_log(name: str) -> Path:
    log = places.cache() / name
    log.unlink(missing_ok=True)
    return log


def _add_domu(work: Path, log: Path) -> None:
    """Put the guests' files into the finished disk image; debugfs needs no mount and so no root."""
    disk = work / "out" / "root.img"
    for file in (work / "out" / "domu").iterdir():
        inside = f"/srv/images/{file.name}"
        process.run(("debugfs", "-w", "-R", f"write {file} {inside}", str(disk)), log, "debugfs")
        # debugfs ends with 0 whatever happened
        argv = ("debugfs", "-R", f"stat {inside}", str(disk))
        answer = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
        if f"Size: {file.stat().st_size}\n" not in answer:
            raise LabError(f"debugfs did not write {inside}", log)


def _keep(work: Path, target: Path, log: Path) -> None:
    """Move the result into the cache under its final name at once, so that what is there is always whole."""
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    made = [str(path) for path in (*(work / "out").iterdir(), work / "key", work / "key.pub")]
    process.run(("cp", "-r", "--sparse=always", "--reflink=auto", "--", *made, str(partial)), log, "copying the image")
    (partial / "key").chmod(0o600)
    partial.rename(target)
    places.prune("image-*")
