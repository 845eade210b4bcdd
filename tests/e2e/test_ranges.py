# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents with elements of our own: what they make, what is shown of them."""

import os

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAMESPACE = "urn:libvirt-ap:matrix:1"
EXTENDED = 1 << 30
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED


def extended(own, attrs="", name=""):
    """A document with @own elements of ours in it."""
    return f"""<device xmlns:ap='{NAMESPACE}'>{name}<parent>ap_matrix</parent><capability type='mdev'>
        <type id='vfio_ap-passthrough'/><uuid>{UUID}</uuid>{attrs}{own}</capability></device>"""


class Ranges(machine.MachineTest):
    def create_document(self, text, flags=0):
        return self.connection.nodeDeviceCreateXML(text, flags)

    def test_lists_make_the_matrix(self):
        self.create_document(extended("<ap:adapters>5-6</ap:adapters><ap:domains>4, 0xab</ap:domains>"))
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "05.00ab", "06.0004", "06.00ab"])

    def test_list_beside_attributes(self):
        attrs = "<attr name='assign_adapter' value='5'/><attr name='assign_domain' value='4'/>"
        self.create_document(extended("<ap:adapters>6</ap:adapters>", attrs))
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "06.0004"])

    def test_validated_on_request(self):
        own = "<ap:adapters>5</ap:adapters><ap:domains>4</ap:domains><ap:comment>payroll</ap:comment>"
        self.create_document(extended(own, name="<name>new</name>"), libvirt.VIR_NODE_DEVICE_CREATE_XML_VALIDATE)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_unknown_element_is_no_schema_error_but_named(self):
        text = extended("<ap:adapter>5</ap:adapter>", name="<name>new</name>")
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.nodeDeviceCreateXML(text, libvirt.VIR_NODE_DEVICE_CREATE_XML_VALIDATE)
        self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_XML_INVALID_SCHEMA)
        self.refused_document(UNSUPPORTED, ["'adapter'", NAMESPACE], text)

    def test_contradiction_names_number(self):
        attrs = "<attr name='assign_adapter' value='0x05'/>"
        self.refused_document(UNSUPPORTED, ["5 (0x05)", "assign_adapter"],
                              extended("<ap:adapters>5-6</ap:adapters>", attrs))

    def test_shown_to_those_who_ask(self):
        device = self.create_document(extended("<ap:adapters>5-6</ap:adapters><ap:domains>4</ap:domains>"))
        plain = device.XMLDesc(0)
        self.assertNotIn(NAMESPACE, plain)
        self.assertEqual(plain.count("<attr "), 3)
        own = device.XMLDesc(EXTENDED)
        self.assertIn("<ap:adapters>5-6</ap:adapters>", own)
        self.assertNotIn("<attr ", own)
        device.destroy()
        self.create_document(own)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "06.0004"])

    def test_status_for_those_who_ask(self):
        device = self.create_document(extended("<ap:adapters>5-6</ap:adapters><ap:domains>4</ap:domains>"))
        self.assertNotIn("status", device.XMLDesc(0))
        shown = device.XMLDesc(EXTENDED)
        self.assertIn("<ap:status definition='none'>", shown)
        self.assertIn("<ap:guest-matrix adapters='5-6' domains='4' control-domains=''/>", shown)
        queue = self.connection.nodeDeviceLookupByName("ap_05_0004").XMLDesc(EXTENDED)
        self.assertIn(f"pool='guests' matrix='{UUID}' use='assigned'", queue)
        card = self.connection.nodeDeviceLookupByName("ap_card05").XMLDesc(EXTENDED)
        self.assertRegex(card, "<ap:status type='CEX[4-8][ACP]' mode='[a-z0-9-]+' hardware-type='1[0-4]' ")
        self.assertIn("configured='yes' checkstopped='no'", card)

    def test_status_follows_the_machine(self):
        self.addCleanup(machine.restore_small)
        device = self.create_document(extended("<ap:adapters>5-6</ap:adapters><ap:domains>4</ap:domains>"))
        machine.control("deconfigure", 6)
        machine.scan()
        card = self.connection.nodeDeviceLookupByName("ap_card06").XMLDesc(EXTENDED)
        self.assertIn("configured='no'", card)
        machine.control("card_remove", 6)
        machine.scan()
        self.assertIn("<ap:guest-matrix adapters='5' domains='4' control-domains=''/>", device.XMLDesc(EXTENDED))
        machine.control("guest_open", UUID)
        self.addCleanup(machine.control, "guest_close", UUID)
        queue = self.connection.nodeDeviceLookupByName("ap_05_0004").XMLDesc(EXTENDED)
        self.assertIn("use='in use'", queue)

    def test_others_do_not_know_the_flag(self):
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.nodeDeviceLookupByName("computer").XMLDesc(EXTENDED)
        self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_INVALID_ARG)


class Definitions(machine.MachineTest):
    def define(self, text):
        device = self.connection.nodeDeviceDefineXML(text, 0)
        self.addCleanup(self.remove_definition)
        return device

    def remove_definition(self):
        if os.path.exists(f"{machine.STORE}/{UUID}"):
            self.lookup(UUID).undefine()

    def test_comment_is_kept_for_those_who_ask(self):
        own = "<ap:adapters>5-6</ap:adapters><ap:domains>4</ap:domains><ap:comment>payroll</ap:comment>"
        device = self.define(extended(own))
        self.assertNotIn("payroll", device.XMLDesc(0))
        shown = device.XMLDesc(EXTENDED)
        self.assertIn("<ap:comment>payroll</ap:comment>", shown)
        self.assertIn("<ap:adapters>5-6</ap:adapters>", shown)

    def test_document_without_our_namespace_leaves_comment(self):
        self.define(extended("<ap:adapters>5</ap:adapters><ap:comment>payroll</ap:comment>"))
        device = self.define(machine.document([6], [4], uuid=UUID))
        shown = device.XMLDesc(EXTENDED)
        self.assertIn("<ap:adapters>6</ap:adapters>", shown)
        self.assertIn("payroll", shown)
        device = self.define(extended("<ap:adapters>6</ap:adapters>"))
        self.assertNotIn("payroll", device.XMLDesc(EXTENDED))
