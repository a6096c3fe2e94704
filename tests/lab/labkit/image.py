# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The disk images and boot files of the machines, made from Debian packages and kept in the cache.

`xen`, for the Dom0s and their bay: Xen, its kernel, and in /srv/images what guests are made from.
`host`, for Linux hosts of other guests: containers, KVM, and ZFS, whose modules are compiled once and kept.
"""

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
    from collections.abc import Callable, Collection, Iterator

SUITE = "trixie"
COMPONENTS = "main contrib"  # OpenZFS is in contrib
IMAGE_BYTES = 6 << 30  # sparse: some 800 MB are used, the rest is room for guests' disks
DOMU_ARCHIVE = "debian-13.tar.zst"
SOURCES = places.LAB / "image"
XEN = "xen"

# The files in SOURCES that one image alone is made from; a change of another one's makes no new image.
OWN = {
    "xen": ("machine.packages", "domu.packages", "domu-late", "tiny-guest"),
    "host": ("host.packages", "zfs.packages", "zfs-build"),
}


def key(name: str) -> str:
    """Changes whenever something that the image is made from changes."""
    others = {file for image, files in OWN.items() if image != name for file in files}
    digest = hashlib.sha256()
    for path in sorted((*SOURCES.rglob("*"), Path(__file__))):
        if path.is_file() and path.name not in others:
            digest.update(f"{path.relative_to(places.LAB)} {path.stat().st_mode & 0o111}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def ensure_all(names: Collection[str]) -> dict[str, Path]:
    """Each image's directory; those that are not in the cache are built at the same time."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(names, pool.map(ensure, names), strict=True))


def ensure(name: str) -> Path:
    """The directory with root.img, vmlinuz, initrd.img, key, and xen where it is one; built when not in the cache."""
    target = places.cache() / f"image-{name}-{key(name)}"
    if target.exists():
        os.utime(target)
        return target
    packages.check()
    with places.locked(places.cache() / f"build-{name}", f"building the {name} image"):
        if not target.exists():
            _build(name, target)
    return target


def _build(name: str, target: Path) -> None:
    log = _fresh_log(name, "build")
    with _workshop() as work:
        keygen = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", f"{work}/key")
        process.run(keygen, log, "ssh-keygen")
        BUILDERS[name](work, log)
        _keep(work, target, log)
        places.prune(f"image-{name}-*")


def _build_xen(work: Path, log: Path) -> None:
    with step("building the image of the Xen hosts", "one or two minutes"), ThreadPoolExecutor() as pool:
        _open_directory(work / "out" / "domu")
        # One waits for the network while the other computes: together they take little longer than the first alone.
        machine = pool.submit(_build_machine, "xen", "machine.packages", work)
        for job in [machine, pool.submit(_build_domu, work)]:
            job.result()
        for file in (work / "out" / "domu").iterdir():
            _put(work, file, f"/srv/images/{file.name}", log)


def _build_host(work: Path, log: Path) -> None:
    with step("building the image of the Linux host", "one or two minutes"):
        _build_machine("host", "host.packages", work)
    for module in zfs_modules((work / "out" / "versions").read_text().split()):
        _put(work, module, f"/usr/local/lib/zfs/{module.name}", log)


def zfs_modules(versions: list[str]) -> list[Path]:
    """spl.ko and zfs.ko for this kernel and OpenZFS; compiled when they are not in the cache."""
    mark = hashlib.sha256((SOURCES / "zfs-build").read_bytes()).hexdigest()[:12]
    kept = places.cache() / "-".join(("zfs", *versions, mark))
    if not kept.exists():
        with step("compiling OpenZFS", "four to eight minutes, once for each version"), _workshop() as work:
            hook = f'--customize-hook={work}/image/zfs-build "$1" {work}/out {" ".join(versions)}'
            log = _fresh_log("host", "zfs")
            _mmdebstrap("zfs.packages", "-", ["--format=null", hook], log)
            _keep(work, kept, log)
        places.prune("zfs-*")
    return [kept / "spl.ko", kept / "zfs.ko"]


BUILDERS: dict[str, Callable[[Path, Path], None]] = {"xen": _build_xen, "host": _build_host}


@contextmanager
def _workshop() -> Iterator[Path]:
    """A directory to build in. Not in the cache: without root, mmdebstrap's hooks run as another user, who may not even
    look into our home. That user needs to read the scripts and to write into `out`."""
    work = Path(tempfile.mkdtemp(prefix="hostwright-lab.", dir=os.environ.get("TMPDIR", "/var/tmp")))
    try:
        work.chmod(0o711)
        shutil.copytree(SOURCES, work / "image")
        _open_directory(work / "out")
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _open_directory(path: Path) -> None:
    path.mkdir()
    path.chmod(0o777)


def _mmdebstrap(names: str, target: str, options: list[str], log: Path) -> None:
    argv = ["mmdebstrap", "--variant=minbase", "--skip=cleanup/apt", f"--include={_read_names(names)}"]
    argv += ["--aptopt=APT::Install-Recommends false"]
    argv += [f"--aptopt={line}" for line in proxy_settings()]
    # A third of the size is documentation that nobody reads there.
    argv += [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("man", "doc", "locale", "info")]
    process.run(
        [*argv, *options, SUITE, target, f"deb {debian_mirror()} {SUITE} {COMPONENTS}"], log, f"mmdebstrap ({names})"
    )


def _read_names(name: str) -> str:
    lines = (SOURCES / name).read_text().splitlines()
    return ",".join(line for line in lines if line and not line.startswith("#"))


def _build_machine(name: str, names: str, work: Path) -> None:
    disk = work / "out" / "root.img"
    disk.touch()
    disk.chmod(0o666)
    os.truncate(disk, IMAGE_BYTES)
    customize = f'{work}/image/machine-late "$1" {work}/out {work}/key.pub'
    options = ["--format=null", f'--essential-hook={work}/image/machine-early "$1"', f"--customize-hook={customize}"]
    _mmdebstrap(names, "-", options, _fresh_log(name, "machine"))


def _build_domu(work: Path) -> None:
    options = [f'--customize-hook={work}/image/domu-late "$1" {work}/out/domu']
    _mmdebstrap("domu.packages", f"{work}/{DOMU_ARCHIVE}", options, _fresh_log("xen", "domu"))
    shutil.move(work / DOMU_ARCHIVE, work / "out" / "domu" / DOMU_ARCHIVE)


def _fresh_log(name: str, what: str) -> Path:
    log = places.cache() / f"build-{name}" / f"{what}.log"
    log.unlink(missing_ok=True)
    return log


def _put(work: Path, file: Path, inside: str, log: Path) -> None:
    """Write a file into the finished disk image; debugfs needs no mount and so no root."""
    disk = work / "out" / "root.img"
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
    made = [str(path) for path in (*(work / "out").iterdir(), *work.glob("key*"))]
    process.run(("cp", "-r", "--sparse=always", "--reflink=auto", "--", *made, str(partial)), log, "copying the image")
    for secret in partial.glob("key"):
        secret.chmod(0o600)
    partial.rename(target)
