#!/bin/sh
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Tells what a host says of its guests: output of commands and contents of files, which the controller reads. It only
# reads, and needs nothing but a POSIX shell, awk, sed and head. The controller puts assignments before it:
#   mark   a word that nothing else on the host can know; each part of the answer begins with it
#   types  the kinds of guests that are asked for; limit: seconds for each command
#   uris   of libvirt; $@: paths of LXC
#   sysctl, zpools, vgs, settings, show, listing, inspect  commands or parts of them, as those who read their output know them
# shellcheck disable=SC2154 # the assignments above

PATH=${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin
LC_ALL=C LANGUAGE=C
export PATH LC_ALL LANGUAGE

say() {
    printf '\n%s' "$mark"
    printf '\037%s' "$@"
    printf '\n'
}

want() { case " $types " in *" $1 "*) ;; *) return 1 ;; esac; }
has() { command -v "$1" >/dev/null 2>&1; }
patient=
if has timeout; then patient="timeout $limit"; fi

# A command with what it printed, what it complained of, and its exit status
run() {
    say run "$@"
    # shellcheck disable=SC2086 # words
    { complaint=$($patient "$@" 2>&1 >&3 3>&- </dev/null) && rc=0 || rc=$?; } 3>&1
    say rc "$rc"
    printf '%s\n' "$complaint" | head -c 4000
}

# Files that can be read, in one go for any number of them; of a huge one the beginning
files() {
    for path; do
        shift
        if [ -f "$path" ] && [ -r "$path" ]; then set -- "$@" "$path"; fi
    done
    if [ $# -eq 0 ]; then return; fi
    awk -v mark="$mark" '
        FNR == 1 { printf "\n%s\037file\037%s\n", mark, FILENAME; size = 0 }
        (size += length($0) + 1) <= 262144 { print }
    ' "$@" </dev/null
}

entries() {
    say entries "$1"
    for path in "$1"/* "$1"/.[!.]*; do
        if [ -e "$path" ] || [ -h "$path" ]; then printf '%s/' "${path##*/}"; fi
    done
}

links() {
    for path in "$1"/*; do
        if [ -h "$path" ]; then
            say link "$path"
            readlink "$path"
        fi
    done
}

# The values of include statements: $1 is the expression that finds them
included() {
    expression=$1
    shift
    cat "$@" 2>/dev/null </dev/null | sed -n "$expression" | sort -u
}

# Words that the controller put together
# shellcheck disable=SC2086
tell_host() {
    say uid
    id -u
    for tool in lxc-ls lxc virsh xl machinectl systemd-nspawn jail jls bhyve bhyvectl vm iocage bastille incus docker \
        podman zfs zpool lvs rctl debootstrap mmdebstrap qemu-system-x86_64 qemu-img ovs-vsctl targetcli iscsiadm \
        systemctl sysrc sysctl mount ip arp xenstore-ls nproc uname df kldstat vgs jexec; do
        if has "$tool"; then say tool "$tool"; fi
    done
    for path in /dev/kvm /dev/vmm /proc/xen /run/systemd/system; do
        if [ -e "$path" ]; then say there "$path"; fi
    done
    files /proc/sys/kernel/hostname /proc/sys/kernel/random/boot_id /etc/os-release /proc/meminfo /proc/mounts \
        /proc/self/mounts /sys/fs/cgroup/cgroup.controllers /proc/loadavg /sys/hypervisor/type
    run uname -a
    case $(uname -s) in
        FreeBSD) run $sysctl ;;
        *) if has nproc; then run nproc; fi ;;
    esac
    if has zpool; then run $zpools; fi
    if has vgs; then run $vgs; fi
}

tell_neighbours() {
    if has ip; then run ip neigh show; elif has arp; then run arp -an; fi
    if has ndp; then run ndp -an; fi
    files /var/lib/misc/dnsmasq*.leases /var/db/dnsmasq.leases /var/lib/dhcp/dhcpd.leases /var/db/dhcpd/dhcpd.leases \
        /var/lib/kea/kea-leases4.csv
    files /var/lib/libvirt/dnsmasq/*.status
    for folder in /var/lib/misc /var/lib/libvirt/dnsmasq; do if [ -d "$folder" ]; then entries "$folder"; fi; done
}

tell_lxc() {
    for base; do
        [ -d "$base" ] || continue
        entries "$base"
        run lxc-ls -P "$base" -f -F NAME,STATE,PID,IPV4,IPV6
        files "$base"/*/config
        included 's/^[[:space:]]*lxc\.include[[:space:]]*=[[:space:]]*//p' "$base"/*/config |
            while IFS= read -r path; do
                if [ -d "$path" ]; then files "$path"/*.conf; else files "$path"; fi
            done
    done
}

tell_nspawn() {
    entries /var/lib/machines
    set --
    for path in /var/lib/machines/*; do
        name=${path##*/}
        name=${name%.raw}
        case $name in
            '' | [!A-Za-z0-9_]* | *[!A-Za-z0-9._-]* | *..* | *[.-] | *.raw) continue ;;
        esac
        case " $* " in *" systemd-nspawn@$name.service "*) continue ;; esac
        if [ -e "$path" ] && [ ${#name} -le 64 ]; then set -- "$@" "systemd-nspawn@$name.service"; fi
    done
    if [ $# -eq 0 ]; then return; fi
    # shellcheck disable=SC2086 # words
    run $show "$@" machines.target
    run machinectl list --output=json --max-addresses=all
    files /etc/systemd/nspawn/*.nspawn
}

tell_xen() {
    run xl list -v -c
    run xl list -l
    run xl info
    entries /etc/xen
    files /etc/xen/*.cfg
    links /etc/xen/auto
    entries /etc/xen/auto
    entries /var/lib/xen/save
    if has xenstore-ls; then
        say run xenstore-ls -f /local/domain
        $patient xenstore-ls -f /local/domain 2>/dev/null </dev/null | grep -E '^/local/domain/[0-9]+/(attr|data)/'
        say rc 0
    fi
}

tell_jail() {
    run sysctl -t security.jail.param
    run sysctl -T security.jail.param
    run jls -d --libxo json -n
    run mount -p
    run sysrc -n jail_enable jail_list
    say entries /etc
    for path in /etc/jail.*conf /etc/jail.conf.d; do if [ -e "$path" ]; then printf '%s/' "${path##*/}"; fi; done
    entries /etc/jail.conf.d
    entries /usr/local/etc/ezjail
    entries /usr/jails/basejail
    files /etc/jail.conf /etc/jail.*.conf /etc/jail.conf.d/*.conf
    included 's/^[[:space:]]*\.include[[:space:]]*"\{0,1\}\([^";]*\).*/\1/p' /etc/jail.conf /etc/jail.*.conf |
        while IFS= read -r path; do
            case $path in /*) ;; *) path=/etc/$path ;; esac
            # shellcheck disable=SC2086 # a pattern
            files $path
        done
    files /usr/local/bastille/jails/*/jail.conf /iocage/jails/*/config.json /*/iocage/jails/*/config.json
}

# The mount point of what vm-bhyve calls zfs:DATASET, or a folder
place_of() {
    case $1 in
        zfs:*) zfs list -H -o mountpoint "${1#zfs:}" 2>/dev/null </dev/null ;;
        *) echo "$1" ;;
    esac
}

tell_bhyve() {
    entries /dev/vmm
    run pgrep -lf 'bhyve|vm _run'
    # shellcheck disable=SC2086 # words
    run $settings
    files /usr/local/etc/bhyve/*.conf
    first=$(sysrc -in vm_dir 2>/dev/null </dev/null)
    if [ -z "$first" ]; then return; fi
    if has zfs; then run zfs list -H -t filesystem -o name,mountpoint; fi
    first=$(place_of "$first")
    files "$first/.config/system.conf"
    { echo "$first"; included 's/^path_[A-Za-z0-9_]*="\(.*\)"/\1/p' "$first/.config/system.conf"; } |
        while IFS= read -r store; do
            store=$(place_of "$store")
            entries "$store"
            files "$store"/*/*.conf
        done
}

tell_libvirt() {
    for uri in $uris; do
        run virsh -q -c "$uri" "$listing"
        all=$($patient virsh -q -c "$uri" list --all --uuid 2>/dev/null </dev/null)
        # shellcheck disable=SC2086 # words
        set -- $all
        while [ $# -gt 0 ]; do
            batch=
            for _count in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                if [ $# -gt 0 ]; then batch="$batch${batch:+; }dumpxml $1"; shift; fi
            done
            run virsh -q -c "$uri" "$batch"
        done
    done
}

tell_docker() {
    run docker ps --all --quiet --no-trunc
    # shellcheck disable=SC2046 # words
    set -- $($patient docker ps --all --quiet --no-trunc 2>/dev/null </dev/null)
    if [ $# -gt 0 ]; then run docker inspect --type container --format "$inspect" "$@"; fi
}

tell_host
if want neighbours; then tell_neighbours; fi
if want lxc && has lxc-ls; then tell_lxc "$@"; fi
if want nspawn && has machinectl; then tell_nspawn; fi
if want xen && has xl; then tell_xen; fi
if want jail && has jls; then tell_jail; fi
if want bhyve && has bhyvectl; then tell_bhyve; fi
if want libvirt && has virsh; then tell_libvirt; fi
if want lxd && has lxc; then run lxc list --format json; fi
if want incus && has incus; then run incus list --all-projects --format json; fi
if want docker && has docker; then tell_docker; fi
say 'done'
