# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Creating matrices: what is accepted, what is refused and how."""

import libvirt

import machine

XML_ERROR = libvirt.VIR_ERR_XML_ERROR
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"


class Accepted(machine.MachineTest):
    def test_matrix_is_what_was_asked_for(self):
        device = self.create([5, 6], [4, "0xab"], uuid=UUID)
        self.assertEqual(device.name(), machine.node_name(UUID))
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "05.00ab", "06.0004", "06.00ab"])

    def test_uuid_is_generated_where_there_is_none(self):
        device = self.create([5], [4])
        uuids = machine.kernel_matrices()
        self.assertEqual(len(uuids), 1)
        self.assertEqual(device.name(), machine.node_name(uuids[0]))

    def test_empty_matrix(self):
        self.create(uuid=UUID)
        self.assertEqual(machine.kernel_queues(UUID), [])

    def test_adapters_or_domains_alone(self):
        first, second = self.new_uuid(), self.new_uuid()
        self.create([5], uuid=first)
        self.create([], [0x47], uuid=second)
        self.assertEqual(machine.kernel_queues(first), ["05."])
        self.assertEqual(machine.kernel_queues(second), [".0047"])

    def test_absent_card_may_be_assigned(self):
        """Its queues join when it comes; until then it must be nobody else's."""
        self.refused_document(INVALID, ["07.0004", "host pool"], machine.document([7], [4]))
        self.change_mask("apmask", "-7")
        self.create([7], [4], uuid=UUID)
        self.assertEqual(machine.kernel_queues(UUID), ["07.0004"])

    def test_control_domains_may_be_shared(self):
        self.create([5], [4], [0x47], uuid=self.new_uuid())
        self.create([6], [4], [0x47], uuid=self.new_uuid())
        self.assertEqual(len(machine.kernel_matrices()), 2)

    def test_repeated_value_is_one(self):
        self.create([5, "0x5", "05"], [4, 4], uuid=UUID)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_disjoint_matrices_on_one_card(self):
        for domain in (4, 0x47, 0xab, 0xff):
            self.create([5], [domain])
        self.assertEqual(len(machine.kernel_matrices()), 4)

    def test_whole_ap_config_at_once(self):
        masks = ["0x06" + "0" * 62, "0x08" + "0" * 62, "0x" + "0" * 64]
        extra = f"<attr name='ap_config' value='{','.join(masks)}'/>"
        self.create(uuid=UUID, extra=extra)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "06.0004"])


class Refused(machine.MachineTest):
    def test_overlap_names_queue_and_holder(self):
        self.create([5, 6], [4], uuid=UUID)
        self.refused_document(INVALID, ["06.0004", UUID], machine.document([6], [4, 0x47]))

    def test_same_uuid_twice(self):
        self.create([5], [4], uuid=UUID)
        self.refused_document(INVALID, UUID, machine.document([6], [4], uuid=UUID))

    def test_value_out_of_range(self):
        for adapters, domains, word in (([256], [4], "256"), ([5], [256], "256"), ([5], [0x10000], "0x"),
                                        ([-1], [4], "-1"), ([2 ** 70], [4], str(2 ** 70))):
            with self.subTest(adapters=adapters, domains=domains):
                self.refused_document(UNSUPPORTED, "assign_", machine.document(adapters, domains))

    def test_value_that_is_no_number(self):
        self.refused_document(UNSUPPORTED, "<attr> number 1", machine.document([""], [4]))
        for value in ("five", "5x", "0x", "5 6", "1e1"):
            with self.subTest(value=value):
                self.refused_document(UNSUPPORTED, "assign_adapter", machine.document([value], [4]))

    def test_unknown_attribute(self):
        extra = "<attr name='nonsense' value='1'/>"
        self.refused_document(UNSUPPORTED, "nonsense", machine.document([5], [4], extra=extra))

    def test_malformed_attr(self):
        for extra in ("<attr name='assign_adapter'/>", "<attr value='5'/>", "<attr/>"):
            with self.subTest(extra=extra):
                self.refused_document(UNSUPPORTED, "attr", machine.document([5], [4], extra=extra))

    def test_wrong_parent(self):
        """As libvirt's own driver tells what has no mediated devices from what is not there."""
        for parent in ("computer", "ap_card05", "ap_05_0004"):
            self.refused_document(libvirt.VIR_ERR_PARSE_FAILED, [parent, "ap_matrix"],
                                  machine.document([5], [4], parent=parent))
        self.refused_document(UNSUPPORTED, "css_0_0_0052", machine.document([5], [4], parent="css_0_0_0052"))

    def test_wrong_type(self):
        self.refused_document(UNSUPPORTED, "vfio_ccw-io", machine.document([5], [4], type_id="vfio_ccw-io"))

    def test_missing_parent(self):
        text = machine.document([5], [4]).replace("<parent>ap_matrix</parent>", "")
        self.refused_document(UNSUPPORTED, "parent", text)

    def test_missing_type(self):
        text = machine.document([5], [4]).replace("<type id='vfio_ap-passthrough'/>", "")
        self.refused_document(UNSUPPORTED, "type", text)

    def test_bad_uuid(self):
        for uuid in ("nonsense", "62177883-f1bb-47f0-914d", UUID + "0"):
            with self.subTest(uuid=uuid):
                self.refused_document(XML_ERROR, [uuid, "UUID"], machine.document([5], [4], uuid=uuid))

    def test_not_xml(self):
        for text in ("", "<", "<device>", "vfio_ap-passthrough", "<device><parent>ap_matrix</parent>"):
            with self.subTest(text=text):
                before = machine.kernel_matrices()
                with self.assertRaises(libvirt.libvirtError):
                    self.connection.nodeDeviceCreateXML(text, 0)
                self.assertEqual(machine.kernel_matrices(), before)
