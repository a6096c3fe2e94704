#!/usr/bin/python
# Copyright (c) 2026, Hostwright contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of ovs_bridge; the work is in plugins/module_utils/_ovs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ovs_bridge
short_description: Manage Open vSwitch bridges with their ports, bonds, mirrors and flow exports
version_added: 0.1.0
author:
  - Hostwright contributors (@hostwright)
description:
  - Declares a bridge with everything in it. The module reads the database of Open vSwitch once, writes what differs
    in one transaction, waits until C(ovs-vswitchd) has taken it, and sees that every listed port could be opened.
    C(ovs-vsctl) exits with 0 although a port was refused; this module fails.
  - Either the whole transaction takes place or nothing of it. If somebody else changes the same settings meanwhile,
    nothing is done and the task says so.
  - What is not named is not managed. An option that is left out is never touched, a port or mirror that is not
    listed stays.
  - To unset something, name it in O(clear), O(ports[].clear) or O(mirrors[].clear); an empty list empties a list;
    and in a dictionary like O(external_ids) a key with the value V(null) is removed, while keys that are not named
    stay.
  - Ports that the module adds carry C(hostwright) with the name of the bridge in their C(external_ids), see
    O(purge_ports).
  - Fake bridges, flow tables and OpenFlow rules are not managed.
requirements:
  - Open vSwitch 2.10 or newer on the managed host (Debian package C(openvswitch-switch)); C(ovs-vsctl) and Python
    bindings are not needed.
  - C(ip) of iproute2, when interfaces of the host are put into a bridge.
extends_documentation_fragment:
  - hostwright.virt._attributes
  - hostwright.virt._attributes.actiongroup_virt
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - A pre-shared key is masked.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  name:
    description:
      - Name of the bridge, at most 15 characters.
    type: str
    required: true
    aliases:
      - bridge
  state:
    description:
      - V(present) makes sure that the bridge exists and is as declared.
      - V(absent) removes it with all of its ports. When there are ports of guests among them, see O(purge_ports),
        this needs O(force=true).
    type: str
    choices:
      - present
      - absent
    default: present
  ports:
    description:
      - Ports of the bridge. What is not listed stays, see O(purge_ports).
      - The port with the name of the bridge is always there; list it to set its VLAN or MTU.
      - Takes effect live.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the port, and of its interface unless O(ports[].interfaces) is given.
          - At most 15 characters, but up to 64 for tunnels and patch ports.
        type: str
        required: true
      state:
        description:
          - Whether the port is in this bridge.
          - A port that another bridge has is moved here with its settings, if O(force=true).
        type: str
        choices:
          - present
          - absent
        default: present
      interfaces:
        description:
          - All interfaces of the port; two or more make a bond. May change later.
          - An interface that another port has is taken from it, if O(force=true).
          - Options of interfaces, such as O(ports[].type) and O(ports[].mtu), hold for each of them.
        type: list
        elements: str
        aliases:
          - members
      tag:
        description:
          - VLAN of an access port, or the native VLAN of a trunk.
        type: int
      trunks:
        description:
          - VLANs of a trunk, as numbers and ranges like V(20-29). Without any, a trunk carries all.
        type: list
        elements: str
      cvlans:
        description:
          - Customer VLANs of a V(dot1q-tunnel) port, as in O(ports[].trunks).
        type: list
        elements: str
      vlan_mode:
        description:
          - How O(ports[].tag) and O(ports[].trunks) are meant.
          - Without it, Open vSwitch takes a port with a tag for V(access) and any other for V(trunk).
        type: str
        choices:
          - access
          - trunk
          - native-tagged
          - native-untagged
          - dot1q-tunnel
      bond_mode:
        description:
          - How a bond spreads traffic over its interfaces.
        type: str
        choices:
          - active-backup
          - balance-slb
          - balance-tcp
      lacp:
        description:
          - Whether the port speaks LACP, and whether it begins.
        type: str
        choices:
          - active
          - passive
          - "off"
      bond_updelay:
        description:
          - Milliseconds that an interface must be up before the bond uses it.
        type: int
      bond_downdelay:
        description:
          - Milliseconds that an interface must be down before the bond gives it up.
        type: int
      protected:
        description:
          - Protected ports cannot reach each other.
        type: bool
      external_ids:
        description:
          - Notes on the port, for others. V(null) removes a key, other keys stay.
          - The key C(hostwright) is taken.
        type: dict
      other_config:
        description:
          - More settings of the port, like C(lacp-time) or C(rstp-port-path-cost). V(null) removes a key.
        type: dict
      type:
        description:
          - Type of the interface, like V(internal), V(patch), V(vxlan), V(gre), V(geneve), V(dpdk).
          - V(system), or an empty string, is a device of the host, which is what a new port is unless said otherwise.
        type: str
      options:
        description:
          - Options of the type, like C(peer) of a patch port and C(remote_ip) and C(key) of a tunnel. V(null)
            removes one.
        type: dict
      psk:
        description:
          - Pre-shared key of an IPsec tunnel. It is one of C(options) in the database, and is shown nowhere.
        type: str
      mtu:
        description:
          - MTU of the interface.
        type: int
      mac:
        description:
          - Address of an internal interface.
        type: str
      ofport:
        description:
          - The OpenFlow number that the interface should have. Without it numbers come as they are free.
        type: int
      ingress_policing_rate:
        description:
          - Most kilobits per second that the bridge takes from the interface; V(0) for no limit.
        type: int
      ingress_policing_burst:
        description:
          - Kilobits beyond the rate that are taken at once.
        type: int
      ingress_policing_kpkts_rate:
        description:
          - Most thousands of packets per second; V(0) for no limit.
        type: int
      ingress_policing_kpkts_burst:
        description:
          - Thousands of packets beyond the rate that are taken at once.
        type: int
      bfd:
        description:
          - Settings of bidirectional forwarding detection, like C(enable). V(null) removes a key.
        type: dict
      lldp:
        description:
          - Settings of LLDP, like C(enable). V(null) removes a key.
        type: dict
      interface_external_ids:
        description:
          - Notes on the interface, like C(iface-id). V(null) removes a key.
          - This is where C(openvswitch_port) of other collections puts its C(external_ids).
        type: dict
      interface_other_config:
        description:
          - More settings of the interface. V(null) removes a key.
        type: dict
      qos:
        description:
          - Quality of service of what leaves through the port.
          - A QoS that other ports share is left to them; this port gets one of its own.
        type: dict
        suboptions:
          type:
            description:
              - Discipline, like V(linux-htb), V(linux-hfsc), V(linux-codel), V(egress-policer).
            type: str
          other_config:
            description:
              - Settings of the discipline, like C(max-rate) in bits per second. V(null) removes a key.
            type: dict
          queues:
            description:
              - All queues. One that is not listed is removed.
            type: list
            elements: dict
            suboptions:
              id:
                description:
                  - Number of the queue.
                type: int
                required: true
              dscp:
                description:
                  - DSCP value that packets of the queue get.
                type: int
              other_config:
                description:
                  - Settings of the queue, like C(min-rate) and C(max-rate). V(null) removes a key.
                type: dict
      clear:
        description:
          - Options of this port to unset. V(qos) removes its QoS with the queues that nobody else uses.
          - A dictionary that is given as well is then all that it holds.
        type: list
        elements: str
  purge_ports:
    description:
      - V(true) removes ports that are not listed and that this module added.
      - V(all) removes all ports that are not listed, except that of the bridge itself and those of guests.
      - Ports of guests are those that a hypervisor named (C(vifN.N), C(vnetN), C(tapN), C(vethXXXXXX)) or noted in
        C(external_ids) (C(xen-*), C(iface-id), C(attached-mac), C(vm-id)). Unless this module added it, no such
        port is removed, and C(vifN.N) never is.
      - Takes effect live.
    type: str
    choices:
      - "false"
      - "true"
      - all
    default: "false"
  mirrors:
    description:
      - Mirrors, which copy packets to a port (SPAN) or to a VLAN (RSPAN). What is not listed stays, see
        O(purge_mirrors).
      - Takes effect live.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the mirror.
        type: str
        required: true
      state:
        description:
          - Whether the bridge has the mirror.
        type: str
        choices:
          - present
          - absent
        default: present
      select_all:
        description:
          - Whether every packet is copied.
        type: bool
      select_src_port:
        description:
          - Ports of which packets that come in are copied.
        type: list
        elements: str
      select_dst_port:
        description:
          - Ports of which packets that go out are copied.
        type: list
        elements: str
      select_vlan:
        description:
          - VLANs of which packets are copied, as numbers and ranges.
        type: list
        elements: str
      output_port:
        description:
          - The port that gets the copies, and nothing else. Replaces O(mirrors[].output_vlan).
        type: str
      output_vlan:
        description:
          - The VLAN that gets the copies. Replaces O(mirrors[].output_port). List it in O(flood_vlans), too.
        type: int
      snaplen:
        description:
          - Bytes of each packet that are copied.
        type: int
      clear:
        description:
          - Options of this mirror to unset.
        type: list
        elements: str
  purge_mirrors:
    description:
      - Whether mirrors that are not listed are removed.
      - Takes effect live.
    type: bool
    default: false
  netflow:
    description:
      - Send NetFlow records. Remove it with O(clear).
      - Takes effect live.
    type: dict
    suboptions:
      targets:
        description:
          - Collectors, as C(address:port).
        type: list
        elements: str
      active_timeout:
        description:
          - Seconds between records of a flow that goes on; V(0) for the default and V(-1) for none.
        type: int
      engine_id:
        description:
          - Engine number in the records.
        type: int
      engine_type:
        description:
          - Engine type in the records.
        type: int
      add_id_to_interface:
        description:
          - Put the engine's number into the interface fields of the records.
        type: bool
  sflow:
    description:
      - Send sFlow samples. Remove it with O(clear).
      - Takes effect live.
    type: dict
    suboptions:
      targets:
        description:
          - Collectors, as C(address:port).
        type: list
        elements: str
      agent:
        description:
          - Device or address that the samples come from.
        type: str
      header:
        description:
          - Bytes of a sampled packet that are sent.
        type: int
      polling:
        description:
          - Seconds between counters.
        type: int
      sampling:
        description:
          - One of that many packets is sampled.
        type: int
  ipfix:
    description:
      - Send IPFIX records. Remove it with O(clear).
      - Takes effect live.
    type: dict
    suboptions:
      targets:
        description:
          - Collectors, as C(address:port).
        type: list
        elements: str
      sampling:
        description:
          - One of that many packets is sampled.
        type: int
      obs_domain_id:
        description:
          - Observation domain.
        type: int
      obs_point_id:
        description:
          - Observation point.
        type: int
      cache_active_timeout:
        description:
          - Seconds that a flow is gathered before its record is sent.
        type: int
      cache_max_flows:
        description:
          - Most flows that are gathered at once.
        type: int
      other_config:
        description:
          - More settings, like C(enable-tunnel-sampling). V(null) removes a key.
        type: dict
  controller:
    description:
      - All OpenFlow controllers, like V(tcp:192.0.2.1:6653). An empty list removes them.
      - Takes effect live.
    type: list
    elements: str
  datapath_type:
    description:
      - V(system), which is the kernel's, or V(netdev), which is in user space.
      - Takes effect live. A change makes the datapath anew, which interrupts traffic for a moment.
    type: str
  fail_mode:
    description:
      - What to do while no controller answers. V(standalone) switches by itself, V(secure) does not.
      - Takes effect live.
    type: str
    choices:
      - standalone
      - secure
  protocols:
    description:
      - All OpenFlow versions that the bridge speaks, like V(OpenFlow13).
      - Takes effect live.
    type: list
    elements: str
  stp_enable:
    description:
      - Whether the bridge takes part in the spanning tree protocol.
      - Takes effect live.
    type: bool
  rstp_enable:
    description:
      - Whether the bridge takes part in the rapid spanning tree protocol.
      - Takes effect live.
    type: bool
  mcast_snooping_enable:
    description:
      - Whether multicast goes only where it was asked for.
      - Takes effect live.
    type: bool
  flood_vlans:
    description:
      - VLANs without learning, such as those that mirrors lead to, as numbers and ranges.
      - Takes effect live.
    type: list
    elements: str
  external_ids:
    description:
      - Notes on the bridge, for others. V(null) removes a key, other keys stay.
      - Takes effect live.
    type: dict
  other_config:
    description:
      - More settings of the bridge, like C(hwaddr) or C(stp-priority). V(null) removes a key, other keys stay.
      - Takes effect live.
    type: dict
  clear:
    description:
      - Options of the bridge to unset, among them V(netflow), V(sflow), V(ipfix), V(controller) and V(mirrors).
      - A dictionary that is given as well is then all that it holds. O(external_ids) cannot be cleared as a whole.
      - Takes effect live.
    type: list
    elements: str
  force:
    description:
      - Take listed ports and interfaces that other ports or bridges have, and remove a bridge
        that has ports of guests or addresses of the host.
    type: bool
    default: false
  allow_uplink_move:
    description:
      - Put an interface that has addresses or routes of the host into the bridge, and move them to the bridge's own
        port.
      - That is IPv4 and IPv6 addresses, and the default route and others, of all routing tables.
      - Without it such an interface is refused, for the host would lose its network.
      - Addresses are moved in the running system only. Change the network configuration of the host as well, so
        that they are there after its next start; and with DHCP let the client run on the bridge.
      - If C(ovs-vswitchd) does not take the interface, it leaves the bridge again and keeps its addresses.
    type: bool
    default: false
  ignore_port_errors:
    description:
      - Accept ports that Open vSwitch cannot open now, like those whose device appears only later. It opens them by
        itself then. RV(runtime.port_errors) lists them.
      - A patch port whose other end is not declared yet is never an error.
    type: bool
    default: false
  wait:
    description:
      - Wait until C(ovs-vswitchd) has taken the change, and see whether it could open the ports.
      - With V(false) only the database is written, which works without C(ovs-vswitchd).
    type: bool
    default: true
  database_socket:
    description:
      - Where the database of Open vSwitch listens, as C(unix:/path), C(/path) or C(tcp:host:port).
      - Without it the first of C(/run/openvswitch/db.sock), C(/var/run/openvswitch/db.sock) and
        C(/usr/local/var/run/openvswitch/db.sock) that exists. C(ssl:) is not supported.
    type: str
  timeout:
    description:
      - How many seconds to wait for the database and for C(ovs-vswitchd).
    type: int
    default: 60
seealso:
  - module: hostwright.virt.ovs_bridge_info
  - name: ovs-vswitchd.conf.db(5)
    description: All settings of Open vSwitch, by table and column.
    link: https://docs.openvswitch.org/en/latest/ref/ovs-vswitchd.conf.db.5/
"""

EXAMPLES = r"""
- name: Make a bridge
  hostwright.virt.ovs_bridge:
    name: br0

- name: One access port, one trunk, and an internal port for the host itself
  hostwright.virt.ovs_bridge:
    name: br0
    ports:
      - name: eth1
        vlan_mode: trunk
        trunks: [10, 20-29]
      - name: eth2
        tag: 10
      - name: mgmt
        type: internal
        tag: 99
        mtu: 1400

- name: Two interfaces as one uplink with LACP
  hostwright.virt.ovs_bridge:
    name: br0
    ports:
      - name: bond0
        interfaces: [eth3, eth4]
        bond_mode: balance-tcp
        lacp: active
        other_config:
          lacp-time: fast

- name: Put the host's own interface into the bridge; its addresses and routes go to br0
  hostwright.virt.ovs_bridge:
    name: br0
    allow_uplink_move: true
    ports:
      - name: eth0

- name: Copy what port eth2 sends and gets to an analyser, and send NetFlow records
  hostwright.virt.ovs_bridge:
    name: br0
    mirrors:
      - name: watch
        select_src_port: [eth2]
        select_dst_port: [eth2]
        output_port: eth5
    netflow:
      targets: ["192.0.2.10:2055"]
      active_timeout: 60

- name: Copy a VLAN to another switch through VLAN 900
  hostwright.virt.ovs_bridge:
    name: br0
    flood_vlans: [900]
    mirrors:
      - name: remote
        select_vlan: [10]
        output_vlan: 900

- name: Limit a guest to 10 Mbit/s in both directions
  hostwright.virt.ovs_bridge:
    name: br0
    ports:
      - name: vif3.0
        ingress_policing_rate: 10000
        ingress_policing_burst: 1000
        qos:
          type: linux-htb
          other_config:
            max-rate: 10000000
          queues:
            - id: 0
              other_config:
                max-rate: 10000000

- name: Join two bridges, first end
  hostwright.virt.ovs_bridge:
    name: br0
    ports:
      - name: to-br1
        type: patch
        options:
          peer: to-br0

- name: A tunnel to another host
  hostwright.virt.ovs_bridge:
    name: br1
    ports:
      - name: to-br0
        type: patch
        options:
          peer: to-br1
      - name: vxlan-dom0b
        type: vxlan
        options:
          remote_ip: 192.0.2.12
          key: 42

- name: Unset a tag, a note and the fail mode; drop the ports that are no longer listed
  hostwright.virt.ovs_bridge:
    name: br0
    purge_ports: true
    clear: [fail_mode]
    external_ids:
      owner: null
    ports:
      - name: eth1
        clear: [tag]

- name: Remove a bridge
  hostwright.virt.ovs_bridge:
    name: br0
    state: absent
"""

RETURN = r"""
name:
  description: Name of the bridge.
  type: str
  returned: success
  sample: br0
state:
  description: V(present) or V(absent).
  type: str
  returned: success
  sample: present
config:
  description: What the database holds of the bridge, by the names of the options; what is not set is left out.
  type: dict
  returned: success
  sample:
    fail_mode: standalone
    ports:
      br0:
        type: internal
      eth2:
        tag: 10
        external_ids:
          hostwright: br0
runtime:
  description: What Open vSwitch tells of the bridge; empty in check mode for what is not there yet.
  type: dict
  returned: success
  contains:
    datapath_id:
      description: OpenFlow datapath ID.
      type: str
      returned: success
      sample: "00003a2b5c6d7e8f"
    datapath_version:
      description: Version of the datapath.
      type: str
      returned: success
      sample: "<built-in>"
    interfaces:
      description:
        - For each interface its C(ofport), C(error), C(admin_state), C(link_state), C(mac_in_use), C(mtu) and
          C(ifindex).
      type: dict
      returned: success
      sample:
        eth2:
          admin_state: up
          error: null
          ifindex: 7
          link_state: up
          mac_in_use: "02:00:00:00:00:02"
          mtu: 1500
          ofport: 2
    controllers:
      description: For each controller whether it is connected, and its role.
      type: dict
      returned: success
      sample: {"tcp:192.0.2.1:6653": {is_connected: true, role: master}}
    port_errors:
      description: Interfaces that Open vSwitch could not open.
      type: list
      elements: dict
      returned: success
      sample:
        - port: eth9
          interface: eth9
          error: could not open network device eth9 (No such device)
actions:
  description: What was done, or would be in check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - summary: set port eth2.tag to 10
      how: live
      destructive: false
      api: ovsdb
      method: transact
      args: []
      changes:
        - field: ports.eth2.tag
          before: 20
          after: 10
commands:
  description: The command lines that were run, or would be in check mode.
  type: list
  elements: str
  returned: success
  sample: []
pending:
  description: What takes effect only after a restart that the task does not allow.
  type: list
  elements: dict
  returned: success
  sample: []
restart_required:
  description: Whether anything is pending.
  type: bool
  returned: success
  sample: false
"""

from ansible_collections.hostwright.virt.plugins.module_utils._core.entry import run_module
from ansible_collections.hostwright.virt.plugins.module_utils._ovs.resource import OVS_BRIDGE

RESOURCE = OVS_BRIDGE


def main() -> None:
    run_module(RESOURCE)


if __name__ == "__main__":
    main()
