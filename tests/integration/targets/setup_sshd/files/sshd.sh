# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
#
# What the labs share that let ssh in: keys, the configuration of an sshd, and its end with all of its sessions. Sourced.

# DIR NAME...: a key to log in with, one of the host, and who the host is by each name
make_keys() {
    local dir="$1" name
    shift
    ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
    ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
    for name; do echo "$name $(cut -d' ' -f1,2 "$dir/host_key.pub")"; done >"$dir/known_hosts"
}

# FILE PATH LINE...: in the folder of the keys; its sessions have this PATH. Of two lines with a key sshd takes the first.
configure_sshd() {
    local file="$1" path="$2" dir="${1%/*}"
    shift 2
    printf '%s\n' "$@" "HostKey $dir/host_key" 'PidFile none' "AuthorizedKeysFile $dir/key.pub" 'StrictModes no' \
        'PermitRootLogin prohibit-password' 'PrintMotd no' "SetEnv PATH=$path" >"$file"
}

# Lines for passwords as well as keys
# shellcheck disable=SC2034 # for those who source this
with_passwords=('UsePAM yes' 'PasswordAuthentication yes')

# PID: the server, and with it who is logged in, for Ansible leaves connections open
stop_sshd() {
    local pids=("$1") pid
    while read -r pid; do pids+=("$pid"); done < <(pgrep -P "$1")
    kill "${pids[@]}" 2>/dev/null || true
    for _try in $(seq 50); do
        # One that has ended and was not waited for is gone too
        ps -o stat= -p "$(IFS=, && echo "${pids[*]}")" | grep -qv '^Z' || return 0
        sleep 0.1
    done
    echo "of sshd $1 are left: $(ps -o pid=,args= -p "$(IFS=, && echo "${pids[*]}")")" >&2
    return 1
}
