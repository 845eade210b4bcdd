# profile: narrow.conf
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine with few ids: what is above its highest is refused and named."""

import libvirt

import machine

UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED


def config(adapter, domain, control):
    """An ap_config with one of each."""
    masks = ",".join(f"0x{1 << (255 - number):064x}" for number in (adapter, domain, control))
    return f"<attr name='ap_config' value='{masks}'/>"


class Narrow(machine.MachineTest):
    def test_highest_ids_are_accepted(self):
        self.create([0, 63], [0, 15], [15]).destroy()
        matrix = self.connection.nodeDeviceCreateXML(machine.document(extra=config(63, 15, 15)), 0)
        self.assertEqual(machine.kernel_queues(machine.kernel_matrices()[0]), ["3f.000f"])
        matrix.destroy()

    def test_ids_above_are_refused_with_the_highest(self):
        for lists in (([64], [0]), ([255], [0]), ([64], []), ([0, 64], [0])):
            self.refused_document(UNSUPPORTED, ["assign_adapter", "63"], machine.document(*lists))
        for lists in (([0], [16]), ([0], [0, 255]), ([], [16])):
            self.refused_document(UNSUPPORTED, ["assign_domain", "15"], machine.document(*lists))
        for lists in (([0], [0], [16]), ([], [], [255])):
            self.refused_document(UNSUPPORTED, ["assign_control_domain", "15"], machine.document(*lists))
        for numbers in ((64, 0, 0), (0, 16, 0), (0, 0, 16), (255, 255, 255)):
            self.refused_document(UNSUPPORTED, ["ap_config", "highest"], machine.document(extra=config(*numbers)))
