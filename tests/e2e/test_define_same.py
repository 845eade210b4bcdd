# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same calls to libvirt's own driver and to ours: what differs is written down here."""

import os
import time
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
NAME = machine.node_name(UUID)
INTERNAL = libvirt.VIR_ERR_INTERNAL_ERROR
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
# Question: what stock's answer is, what ours is, and why.
DIFFERENT = {
    # mdevctl's failures are internal errors, whatever they are.
    "start over a conflict": (INTERNAL, INVALID),
    "define an attribute without value": (0, UNSUPPORTED),
    "define an attribute that does not exist": (0, UNSUPPORTED),
    "define an adapter that cannot be": (0, UNSUPPORTED),
}
REPLACES = libvirt.getVersion() >= 10001000
if not REPLACES:
    DIFFERENT["define anew"] = (INTERNAL, 0)
else:
    # Later versions replace it, and lose autostart.
    DIFFERENT["autostart after define anew"] = (0, 1)


def code_of(answer):
    """An error's code; what is no error is 0 or a number."""
    if isinstance(answer, tuple):
        return answer[1]
    return answer if isinstance(answer, int) else 0


class Asker(machine.Recorder):
    """Goes through the life of a definition; waits until the daemon has understood
    each step, which stock's takes its time for."""

    def settle(self, what, condition):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if condition():
                    return
            except libvirt.libvirtError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not within 30 seconds: {what}")

    def define(self, question, *arguments, **keywords):
        return self.ask(question, lambda: self.connection.nodeDeviceDefineXML(
            machine.document(*arguments, **keywords)) and 0)

    def lookup(self, name=NAME):
        return self.connection.nodeDeviceLookupByName(name)

    def inactive(self):
        flag = libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
        return [device.name() for device in self.connection.listAllDevices(flag)]

    def ask_state(self, when):
        device = self.lookup()
        for what in ("isActive", "isPersistent", "autostart", "parent", "listCaps"):
            self.ask(f"{what} {when}", getattr(device, what))
        self.answers[f"in the list of inactive ones {when}"] = int(NAME in self.inactive())

    def ask_bad_documents(self):
        self.define("define without parent", [5], [4], parent="")
        self.define("define with another parent", [5], [4], parent="ap_nothing")
        self.define("define with a card as parent", [5], [4], parent="ap_card05")
        self.ask("define no document", self.connection.nodeDeviceDefineXML, "<device")
        self.ask("define nothing", self.connection.nodeDeviceDefineXML, "<device/>")
        self.ask("define with a flag", self.connection.nodeDeviceDefineXML, machine.document([5], [4]), 2)
        self.ask("define against the schema", self.connection.nodeDeviceDefineXML,
                 machine.document([5], [4], extra="<nonsense/>"), 1)

    def ask_hardware(self):
        card = self.lookup("ap_card05")
        self.ask("start a card", card.create)
        self.ask("undefine a card", card.undefine)
        self.ask("autostart of a card", card.setAutostart, 1)
        self.ask("start with flags", card.create, 1)
        self.ask("undefine with flags", card.undefine, 1)

    def ask_transient(self):
        device = self.connection.nodeDeviceCreateXML(machine.document([6], [4], uuid=OTHER))
        self.settle("the matrix is known", device.isActive)
        self.ask("start what runs", device.create)
        self.ask("undefine what is not defined", device.undefine)
        self.ask("autostart of what is not defined", device.setAutostart, 1)
        self.define("define over a conflict", [6], [4], uuid=UUID)
        self.settle("it is defined", lambda: NAME in self.inactive())
        self.ask("start over a conflict", self.lookup().create)
        device.destroy()
        self.settle("it is gone", lambda: self.connection.numOfDevices("mdev") == 1)
        self.lookup().undefine()
        self.settle("it is undefined", lambda: not self.connection.numOfDevices("mdev"))

    def ask_life(self):
        self.define("define", [5], [4], uuid=UUID)
        self.settle("it is defined", lambda: NAME in self.inactive())
        self.ask_state("defined")
        self.ask("destroy what does not run", self.lookup().destroy)
        self.ask("autostart on", self.lookup().setAutostart, 1)
        self.settle("autostart is on", self.lookup().autostart)
        self.ask("autostart on again", self.lookup().setAutostart, 1)
        self.ask("start", self.lookup().create)
        self.settle("it runs", lambda: self.lookup().isActive())
        self.ask_state("running")
        self.ask("start again", self.lookup().create)
        self.ask("undefine what runs", self.lookup().undefine)
        self.settle("it is transient", lambda: not self.lookup().isPersistent())
        self.ask_state("transient")
        self.ask("destroy", self.lookup().destroy)
        self.settle("it is gone", lambda: not self.connection.numOfDevices("mdev"))
        self.ask("lookup of what is gone", self.lookup)

    def ask_anew(self):
        self.define("define once", [5], [4], uuid=UUID)
        self.settle("it is defined", lambda: NAME in self.inactive())
        # Stock's may forget it once more: a look at the store from before comes to its end.
        self.settle("it is to start by itself", lambda: self.lookup().setAutostart(1) == 0)
        self.define("define anew", [6], [4], uuid=UUID)
        # Where stock's replaces it, that takes its time, too.
        self.settle("it is defined", lambda: "'6'" in self.lookup().XMLDesc(0) if REPLACES else NAME in self.inactive())
        self.ask("autostart after define anew", self.lookup().autostart)

    def ask_bad_attributes(self):
        for what, attribute in (("without value", "<attr name='assign_adapter'/>"),
                                ("that does not exist", "<attr name='nonsense' value='1'/>")):
            self.define(f"define an attribute {what}", [5], [4], extra=attribute)
        self.define("define an adapter that cannot be", [999], [4])


def clear():
    for uuid in machine.kernel_matrices():
        machine.write(1, machine.MATRIX, uuid, "remove")
    for name in os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else []:
        os.unlink(os.path.join(machine.STORE, name))


def answers_of(kind):
    clear()
    # Stock's driver never watches a directory that comes later.
    os.makedirs(machine.STORE, exist_ok=True)
    machine.daemon(f"start {kind}")
    try:
        asker = Asker()
        asker.ask_bad_documents()
        asker.ask_hardware()
        asker.ask_transient()
        asker.ask_life()
        asker.ask_bad_attributes()
        asker.ask_anew()
        asker.connection.close()
    finally:
        machine.daemon("stop")
        clear()
    return asker.answers


class Same(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stock = answers_of("stock")
        cls.ours = answers_of("ours")

    def test_questions_are_the_same(self):
        self.assertEqual(list(self.ours), list(self.stock))

    def test_answers_are_the_same_or_known_to_differ(self):
        for question, stock in self.stock.items():
            with self.subTest(question=question):
                ours = self.ours[question]
                if question in DIFFERENT:
                    self.assertEqual((code_of(stock), code_of(ours)), DIFFERENT[question], (stock, ours))
                elif isinstance(stock, tuple):
                    self.assertEqual(ours[:2], stock[:2], (stock, ours))
                else:
                    self.assertEqual(ours, stock)
