#!/usr/bin/env bash
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A host with guests: LXC containers, a root and a jail of the twins, all with the /usr of this machine, and an sshd on
# the loopback with users and an /etc of its own. `lab.sh start DIR PORT PYTHON TWINS`, `lab.sh stop DIR`.
# `lab.sh guest DIR NAME` only makes a container, in DIR/lxc.
set -euo pipefail

dir="$2"
# shellcheck source=tests/integration/targets/setup_sshd/files/sshd.sh
source "$(dirname "$0")/../../setup_sshd/files/sshd.sh"
# "correct horse", for the administrator on the host and for bob in the guests.
hash="$(printf 'correct horse' | openssl passwd -6 -stdin)"

# A root with what a small Debian has, in a moment: /usr comes by a mount.
make_root() {
    local root="$1" name
    mkdir -p "$root"/{dev,etc,proc,root,run,sys,tmp,usr,var/tmp,home/bob}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$root/$name"; done
    printf '%s\n' root:x:0:0:root:/root:/bin/sh bob:x:1000:1000::/home/bob:/bin/sh nobody:x:65534:65534::/:/bin/sh >"$root/etc/passwd"
    printf '%s\n' root:x:0: shadow:x:42: bob:x:1000: nogroup:x:65534: >"$root/etc/group"
    printf '%s\n' 'root:*:19000::::::' "bob:$hash:19000::::::" 'nobody:*:19000::::::' >"$root/etc/shadow"
    printf '%s\n' 'Defaults env_reset, !fqdn' 'root ALL=(ALL) ALL' 'bob ALL=(ALL) ALL' >"$root/etc/sudoers"
    chmod 0640 "$root/etc/shadow"
    chmod 0440 "$root/etc/sudoers"
    chown 1000:1000 "$root/home/bob"
    cp -a /etc/pam.d /etc/security /etc/alternatives /etc/login.defs /etc/nsswitch.conf "$root/etc/"
    cp -aL /etc/os-release "$root/etc/os-release"
}

make_guest() {
    local name="$1" home="$dir/lxc/$1"
    make_root "$home/rootfs"
    cat >"$home/config" <<CFG
lxc.include = /usr/share/lxc/config/common.conf
lxc.uts.name = $name
lxc.rootfs.path = dir:$home/rootfs
lxc.mount.entry = /usr usr none ro,bind 0 0
lxc.net.0.type = empty
lxc.init.cmd = /usr/bin/sleep infinity
CFG
}

# The /etc of the host is this machine's with two administrators more; one of them has a csh as on FreeBSD. What is mounted
# here is seen here alone, and is gone with the last process: no mount of /usr is in the way of `stop`.
hold() {
    local name
    mount --make-rprivate /
    for name in "$dir/root" "$dir/twins/root/jails/web1"; do
        mount --bind -o ro /usr "$name/usr"
        mount --bind /dev "$name/dev"
    done
    mkdir -p "$dir/etc"
    mount -t tmpfs tmpfs "$dir/etc"
    mkdir "$dir/etc/up" "$dir/etc/work"
    mount -t overlay overlay -o "lowerdir=/etc,upperdir=$dir/etc/up,workdir=$dir/etc/work" /etc
    mkdir -p /run/sshd
    useradd -m -d "$dir/home/admin" -s /usr/bin/tcsh -p "$hash" hwadmin
    useradd -m -d "$dir/home/plain" -s /bin/sh -p "$hash" hwplain
    # shellcheck disable=SC2016 # for csh
    printf 'setenv HWLEAK host-secret\nset prompt="csh> "\n' >"$dir/home/admin/.cshrc"
    printf '%s\n' "Defaults secure_path=$dir/twins/bin:/usr/sbin:/usr/bin" 'hwadmin ALL=(ALL) ALL' \
        'hwplain ALL=(root) NOPASSWD: /usr/bin/lxc-attach, /usr/bin/lxc-info' >/etc/sudoers.d/hostwright
    printf '%s\n' 'permit nopass hwplain as root cmd lxc-attach' 'permit nopass hwplain as root cmd lxc-info' >/etc/doas.conf
    printf 'web1 { path = /jails/web1; persist; }\noff1 { path = /jails/web1; persist; }\n' >/etc/jail.conf
    # A tool that this host does not have
    if [[ -e /usr/bin/systemd-run ]]; then mount --bind "$dir/key.pub" /usr/bin/systemd-run; fi
    echo ready >"$dir/ready"
    exec /usr/sbin/sshd -D -e -f "$dir/sshd_config"
}

start() {
    local name
    mkdir -p "$dir/lxc" "$dir/home"
    chmod 0755 "$dir"
    make_keys "$dir" "[127.0.0.1]:$1"
    configure_sshd "$dir/sshd_config" "$dir/twins/bin:/usr/bin:/bin" "Port $1" 'ListenAddress 127.0.0.1' \
        "${with_passwords[@]}" 'Subsystem sftp /bin/false'
    "$3/install" "$dir/twins" "$2"
    make_root "$dir/root"
    make_root "$dir/twins/root/jails/web1"
    make_root "$dir/tiny"
    rm "$dir/tiny/bin"
    mkdir "$dir/tiny/bin" "$dir/tiny/usr/bin" "$dir/tiny/usr/sbin"
    cp /usr/bin/busybox "$dir/tiny/bin/"
    chroot "$dir/tiny" /bin/busybox --install -s
    PATH="$dir/twins/bin:$PATH" jail -c name=web1 path=/jails/web1 persist
    for name in toto off frozen waits trap; do make_guest "$name"; done
    # A guest whose folders lead to a folder of the host, which it has too
    mkdir -p "$dir/trap/tmp" "$dir/lxc/trap/rootfs$dir/trap/tmp"
    ln -s "$dir/trap/tmp" "$dir/lxc/trap/rootfs/drop"
    ln -s "$dir/trap" "$dir/lxc/trap/rootfs/root/.ansible"
    for name in toto frozen trap; do lxc-start -P "$dir/lxc" -n "$name" </dev/null >"$dir/$name.log" 2>&1; done
    lxc-freeze -P "$dir/lxc" -n frozen
    unshare --mount "$0" hold "$dir" >"$dir/log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _try in $(seq 100); do
        [[ -e "$dir/ready" ]] && ssh-keyscan -t ed25519 -p "$1" 127.0.0.1 2>/dev/null | grep -q . && return 0
        sleep 0.1
    done
    cat "$dir/log" >&2
    return 1
}

stop() {
    local name
    [[ -e "$dir/pid" ]] || { rm -rf "$dir"; return 0; }
    for name in "$dir"/lxc/*/config; do
        [[ -e "$name" ]] || continue
        name="$(basename "$(dirname "$name")")"
        lxc-unfreeze -P "$dir/lxc" -n "$name" >/dev/null 2>&1 || true
        lxc-stop -P "$dir/lxc" -n "$name" -k >/dev/null 2>&1 || true
    done
    stop_sshd "$(<"$dir/pid")"
    rm -rf --one-file-system "$dir"
}

case "$1" in
    start) shift 2 && start "$@" ;;
    stop | hold) "$1" ;;
    guest) make_guest "$3" ;;
    *) exit 2 ;;
esac
