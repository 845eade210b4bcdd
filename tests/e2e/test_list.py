# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lists, look-ups and descriptions of AP devices."""

import tempfile

import libvirt

import machine

CARDS = ["ap_card05", "ap_card06"]
QUEUES = [f"ap_{card}_{domain}" for card in ("05", "06") for domain in ("0004", "0047", "00ab", "00ff")]
NODEDEV_RNG = "/usr/share/libvirt/schemas/nodedev.rng"


def is_ap(name):
    return name.startswith("ap_") or name.endswith("_matrix")


class Lists(machine.MachineTest):
    def test_each_capability_lists_its_devices(self):
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), CARDS)
        self.assertEqual(machine.virsh_names("--cap", "ap_queue"), QUEUES)
        self.assertEqual(machine.virsh_names("--cap", "ap_matrix"), ["ap_matrix"])
        self.assertIn("ap_matrix", machine.virsh_names("--cap", "mdev_types"))
        self.assertEqual(machine.virsh_names("--cap", "mdev"), [])

    def test_whole_list_has_each_ap_device_once(self):
        names = machine.virsh_names()
        self.assertEqual(sorted(filter(is_ap, names)), sorted([*CARDS, *QUEUES, "ap_matrix"]))
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("computer", names)

    def test_several_capabilities_add_up(self):
        self.assertEqual(sorted(machine.virsh_names("--cap", "ap_card,ap_matrix")), sorted([*CARDS, "ap_matrix"]))
        mixed = machine.virsh_names("--cap", "ap_card,system")
        self.assertEqual(sorted(mixed), sorted([*CARDS, "computer"]))

    def test_old_calls_agree_with_the_new_one(self):
        for cap in ("ap_card", "ap_queue", "ap_matrix", "mdev", "mdev_types", "system", None):
            with self.subTest(cap=cap):
                flags = {None: 0,
                         "ap_card": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD,
                         "ap_queue": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE,
                         "ap_matrix": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX,
                         "mdev": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV,
                         "mdev_types": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES,
                         "system": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM}[cap]
                new = sorted(device.name() for device in self.connection.listAllDevices(flags))
                self.assertEqual(sorted(self.connection.listDevices(cap, 0)), new)

    def test_active_and_inactive_split_the_whole(self):
        active = self.connection.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE)
        inactive = self.connection.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE)
        names = [device.name() for device in active]
        self.assertEqual(sorted(filter(is_ap, names)), sorted([*CARDS, *QUEUES, "ap_matrix"]))
        self.assertEqual([device.name() for device in inactive], [])

    def test_tree_hangs_queues_below_their_card(self):
        tree = machine.virsh("nodedev-list", "--tree").splitlines()
        card = next(number for number, line in enumerate(tree) if line.endswith("ap_card05"))
        below = [line.split()[-1] for line in tree[card + 1:card + 9] if "ap_05_" in line]
        self.assertEqual(below, [name for name in QUEUES if name.startswith("ap_05")])

    def test_unknown_flag_is_refused(self):
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.listAllDevices(1 << 27)
        self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_INVALID_ARG)

    def test_both_uris_answer_alike(self):
        names = machine.virsh_names()
        self.assertEqual(machine.virsh("-c", "nodedev:///system", "nodedev-list").split(), names)


class Descriptions(machine.MachineTest):
    def test_documents_validate_against_libvirts_schema(self):
        self.create([5], [0x47], [0x47])
        for name in filter(is_ap, machine.virsh_names()):
            with self.subTest(name=name), tempfile.NamedTemporaryFile("w", suffix=".xml") as stream:
                stream.write(machine.virsh("nodedev-dumpxml", name))
                stream.flush()
                done = machine.run("xmllint", "--noout", "--relaxng", NODEDEV_RNG, stream.name)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_queue_says_path_parent_driver_and_ids(self):
        self.assertEqual(machine.virsh("nodedev-dumpxml", "ap_06_00ab").strip(), """\
<device>
  <name>ap_06_00ab</name>
  <path>/sys/devices/ap/card06/06.00ab</path>
  <parent>ap_card06</parent>
  <driver>
    <name>vfio_ap</name>
  </driver>
  <capability type='ap_queue'>
    <ap-adapter>0x06</ap-adapter>
    <ap-domain>0x00ab</ap-domain>
  </capability>
</device>""")

    def test_parent_and_capabilities(self):
        for name, parent, caps in (("ap_card05", "computer", ["ap_card"]),
                                   ("ap_05_0004", "ap_card05", ["ap_queue"]),
                                   ("ap_matrix", "computer", ["ap_matrix", "mdev_types"])):
            with self.subTest(name=name):
                device = self.connection.nodeDeviceLookupByName(name)
                self.assertEqual(device.parent(), parent)
                self.assertEqual(sorted(device.listCaps()), sorted(caps))
                self.assertEqual(device.numOfCaps(), len(caps))
                self.assertTrue(device.isActive())

    def test_matrix_shows_what_the_kernel_has(self):
        device = self.create(["0x5", 6], [4, "0xab"], [0x47])
        text = device.XMLDesc(0)
        positions = [text.index(f"<attr name='{name}' value='{value}'/>") for name, value in (
            ("assign_adapter", 5), ("assign_adapter", 6), ("assign_domain", 4),
            ("assign_domain", 0xab), ("assign_control_domain", 0x47))]
        self.assertEqual(positions, sorted(positions))
        self.assertEqual(device.listCaps(), ["mdev"])
        self.assertEqual(device.parent(), "ap_matrix")

    def test_unknown_devices_are_not_found(self):
        for name in ("ap_card07", "ap_05_0005", "ap_card5", "ap_card005", "ap_05_4", "AP_CARD05", "ap_matrix2",
                     "mdev_00000000_0000_0000_0000_000000000000_matrix"):
            with self.subTest(name=name), self.assertRaises(libvirt.libvirtError) as caught:
                self.connection.nodeDeviceLookupByName(name)
            self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_NO_NODE_DEVICE)

    def test_dumpxml_equals_stocks(self):
        """The stock daemon on the same machine prints the same bytes."""
        names = [*CARDS, *QUEUES, "ap_matrix", "computer"]
        ours = {name: machine.virsh("nodedev-dumpxml", name) for name in names}
        self.connection.close()
        machine.daemon("stop", "start stock")
        try:
            stock = {name: machine.virsh("nodedev-dumpxml", name) for name in names}
        finally:
            machine.daemon("stop", "start ours")
            self.connection = libvirt.open(self.uri)
        self.assertEqual(ours, stock)
