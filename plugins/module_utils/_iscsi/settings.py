# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of an open-iscsi node record (``iscsiadm -m node -T TARGET -p PORTAL``, open-iscsi 2.1)."""

from __future__ import annotations

AUTH = "node.session.auth."

# Settings that an option of the module speaks of.
OWN_OPTION = {
    "node.name": "target",
    "node.startup": "auto_node_startup",
    "node.conn[0].startup": "auto_node_startup",
    "node.conn[0].address": "portal",
    "node.conn[0].port": "port",
    AUTH + "authmethod": "node_auth",
    AUTH + "username": "node_user",
    AUTH + "password": "node_pass",
    AUTH + "username_in": "node_user_in",
    AUTH + "password_in": "node_pass_in",
}

# Of a running session the kernel shows these (/sys/class/iscsi_session); they are taken over at login.
RUNNING_SETTINGS = {
    "node.session.timeo.replacement_timeout": "recovery_tmo",
    "node.session.err_timeo.abort_timeout": "abort_tmo",
    "node.session.err_timeo.lu_reset_timeout": "lu_reset_tmo",
    "node.session.err_timeo.tgt_reset_timeout": "tgt_reset_tmo",
}

_IFACE = [
    "net_ifacename",
    "ipaddress",
    "prefix_len",
    "hwaddress",
    "initiatorname",
    "state",
    "vlan_id",
    "vlan_priority",
    "vlan_state",
    "iface_num",
    "mtu",
    "port",
    "bootproto",
    "subnet_mask",
    "gateway",
    "tos_state",
    "tos",
    "ttl",
    "delayed_ack",
    "tcp_nagle",
    "tcp_wsf_state",
    "tcp_wsf",
    "tcp_timer_scale",
    "tcp_timestamp",
    "redirect",
    "header_digest",
    "data_digest",
    "immediate_data",
    "initial_r2t",
    "erl",
]
_SESSION = [
    "initial_cmdsn",
    "initial_login_retry_max",
    "xmit_thread_priority",
    "cmds_max",
    "queue_depth",
    "nr_sessions",
    "auth.chap_algs",
    "timeo.replacement_timeout",
    "err_timeo.abort_timeout",
    "err_timeo.lu_reset_timeout",
    "err_timeo.tgt_reset_timeout",
    "err_timeo.host_reset_timeout",
    "iscsi.FastAbort",
    "iscsi.InitialR2T",
    "iscsi.ImmediateData",
    "iscsi.FirstBurstLength",
    "iscsi.MaxBurstLength",
    "iscsi.DefaultTime2Retain",
    "iscsi.DefaultTime2Wait",
    "iscsi.MaxConnections",
    "iscsi.MaxOutstandingR2T",
    "iscsi.ERL",
    "scan",
    "reopen_max",
    "conn_reopen_log_freq",
]
_CONNECTION = [
    "tcp.window_size",
    "tcp.type_of_service",
    "timeo.logout_timeout",
    "timeo.login_timeout",
    "timeo.auth_timeout",
    "timeo.noop_out_interval",
    "timeo.noop_out_timeout",
    "iscsi.MaxXmitDataSegmentLength",
    "iscsi.MaxRecvDataSegmentLength",
    "iscsi.HeaderDigest",
    "iscsi.DataDigest",
    "iscsi.IFMarker",
    "iscsi.OFMarker",
]

KNOWN_SETTINGS = frozenset(
    [
        "node.leading_login",
        *("iface." + key for key in _IFACE),
        *("node.session." + key for key in _SESSION),
        *("node.conn[0]." + key for key in _CONNECTION),
    ]
)
