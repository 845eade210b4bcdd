# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-manager's tools and library and libvirt's Python bindings read AP devices."""

import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
HOSTDEV = {"mode": "subsystem", "type": "mdev", "managed": "no", "model": "vfio-ap"}
OWN_NAMESPACE = "urn:libvirt-ap:matrix:1"
DOMAIN_RNG = "/usr/share/libvirt/schemas/domain.rng"
# What a mainframe with QEMU would answer; here is neither.
CAPABILITIES = """\
<capabilities>
  <host><cpu><arch>s390x</arch></cpu></host>
  <guest>
    <os_type>hvm</os_type>
    <arch name='s390x'>
      <wordsize>64</wordsize>
      <emulator>/usr/bin/qemu-system-s390x</emulator>
      <machine maxCpus='248'>s390-ccw-virtio</machine>
      <domain type='kvm'/>
    </arch>
  </guest>
</capabilities>
"""

sys.path.insert(0, "/usr/share/virt-manager")


class Tools(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.create([5, 6], [4, 0xab], uuid=UUID)

    def check_hostdev(self, element):
        self.assertEqual(element.tag, "hostdev")
        self.assertEqual(element.attrib, HOSTDEV)
        self.assertEqual(element.find("./source/address").attrib, {"uuid": UUID})

    def test_virt_xml_makes_the_hostdev(self):
        done = machine.run("virt-xml", "--build-xml", "--hostdev", NAME)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.check_hostdev(ElementTree.fromstring(done.stdout))

    def test_virt_install_makes_a_valid_domain(self):
        with tempfile.TemporaryDirectory() as where:
            capabilities = os.path.join(where, "capabilities.xml")
            with open(capabilities, "w", encoding="ascii") as stream:
                stream.write(CAPABILITIES)
            done = machine.run(
                "virt-install", "--connect", f"__virtinst_test__{self.uri},caps={capabilities}", "--print-xml",
                "--name", "guest1", "--memory", "512", "--disk", "none", "--network", "none", "--import",
                "--osinfo", "detect=off,require=off", "--hostdev", NAME)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            found = ElementTree.fromstring(done.stdout).findall("./devices/hostdev")
            self.assertEqual(len(found), 1)
            self.check_hostdev(found[0])
            domain = os.path.join(where, "domain.xml")
            with open(domain, "w", encoding="ascii") as stream:
                stream.write(done.stdout)
            done = machine.run("xmllint", "--noout", "--relaxng", DOMAIN_RNG, domain)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_virsh_info(self):
        for name, parent in (("ap_card05", "computer"), ("ap_05_0004", "ap_card05"), ("ap_matrix", "computer"),
                             (NAME, "ap_matrix")):
            with self.subTest(name=name):
                text = machine.virsh("nodedev-info", name)
                facts = dict(line.replace(" ", "").split(":") for line in text.splitlines() if ":" in line)
                self.assertEqual(facts, {"Name": name, "Parent": parent, "Active": "yes", "Persistent": "no",
                                         "Autostart": "no"})


class Examples(machine.MachineTest):
    """What is in xml/ is ready to be used."""

    FOLDER = os.path.join(machine.TOP, "xml")
    # What libvirt's own schema does not know: elements of our namespace.
    OWN = ("matrix-ranges.xml", "matrix-reserve.xml")

    def examples(self, prefix):
        return sorted(name for name in os.listdir(self.FOLDER) if name.startswith(prefix) and name.endswith(".xml"))

    def test_virt_xml_validate(self):
        for name in self.examples(""):
            with self.subTest(name=name):
                done = machine.run("virt-xml-validate", os.path.join(self.FOLDER, name))
                self.assertEqual(done.returncode == 0, name not in self.OWN, done.stderr)

    def test_guests_fit_their_matrices(self):
        """The matrix that a guest names exists, and is what its metadata say; no queue is in two of them."""
        taken = []
        for name in self.examples("guest-"):
            with self.subTest(name=name):
                guest = ElementTree.parse(os.path.join(self.FOLDER, name))
                uuid = guest.find("./devices/hostdev/source/address").get("uuid")
                number = name[len("guest-g"):-len(".xml")]
                matrix = ElementTree.parse(os.path.join(self.FOLDER, f"matrix-guest{number}.xml"))
                self.assertEqual(matrix.findtext("./capability/uuid"), uuid)
                self.assertEqual(guest.find(f"./metadata/{{{OWN_NAMESPACE}}}matrix").get("uuid"), uuid)
                machine.virsh("nodedev-create", os.path.join(self.FOLDER, f"matrix-guest{number}.xml"))
                queues = machine.kernel_queues(uuid)
                wish = ElementTree.tostring(guest.find(f"./metadata/{{{OWN_NAMESPACE}}}matrix"), encoding="unicode")
                self.assertEqual(queues, [f"{adapter:02x}.{domain:04x}" for adapter in self.ids(wish, "adapters")
                                          for domain in self.ids(wish, "domains")])
                taken += queues
        self.assertEqual(len(taken), len(set(taken)))

    @staticmethod
    def ids(wish, kind):
        return [int(one, 0) for one in re.search(rf"{kind}>([^<]*)<", wish)[1].split(",")]


class Virtinst(machine.MachineTest):
    """What virt-manager's windows are filled from."""

    def setUp(self):
        super().setUp()
        import virtinst  # not on the path of other tests  pylint: disable=import-outside-toplevel
        self.create([5, 6], [4, 0xab], uuid=UUID)
        self.virtinst = virtinst.VirtinstConnection(self.uri)
        self.virtinst.open(None, None)
        self.addCleanup(self.virtinst.close)
        self.devices = {device.name: device for device in self.virtinst.fetch_all_nodedevs()}

    def test_every_ap_device_is_read(self):
        for name in ("ap_card05", "ap_card06", "ap_05_0004", "ap_06_00ff", "ap_matrix", NAME):
            self.assertIn(name, self.devices)
        self.assertEqual(self.devices["ap_card05"].device_type, "ap_card")
        self.assertEqual(self.devices["ap_05_0004"].device_type, "ap_queue")
        self.assertEqual(self.devices["ap_05_0004"].parent, "ap_card05")
        self.assertEqual(self.devices["ap_matrix"].device_type, "ap_matrix")

    def test_matrix_has_type_uuid_and_parent(self):
        matrix = self.devices[NAME]
        self.assertEqual(matrix.device_type, matrix.CAPABILITY_TYPE_MDEV)
        self.assertEqual(matrix.type_id, machine.TYPE)
        self.assertEqual(matrix.get_mdev_uuid(), UUID)
        self.assertEqual(matrix.parent, "ap_matrix")

    def test_hostdev_finds_its_device_again(self):
        import virtinst  # pylint: disable=import-outside-toplevel
        hostdev = virtinst.DeviceHostdev(self.virtinst)
        hostdev.set_from_nodedev(self.devices[NAME])
        self.assertEqual((hostdev.type, hostdev.model, hostdev.uuid), ("mdev", "vfio-ap", UUID))
        found = [device.name for device in self.devices.values() if device.compare_to_hostdev(hostdev)]
        self.assertEqual(found, [NAME])


class Python(machine.MachineTest):
    def test_bindings_answer_for_each_device(self):
        self.create([5, 6], [4, 0xab], [0x47], uuid=UUID)
        devices = [device for device in self.connection.listAllDevices(0)
                   if device.name().startswith("ap_") or device.name() == NAME]
        self.assertEqual(len(devices), 2 + 8 + 1 + 1)
        for device in devices:
            with self.subTest(name=device.name()):
                tree = ElementTree.fromstring(device.XMLDesc(0))
                self.assertEqual(tree.findtext("name"), device.name())
                self.assertEqual(tree.findtext("parent"), device.parent())
                self.assertIn(tree.find("capability").get("type"), device.listCaps())
                self.assertTrue(os.path.isdir(tree.findtext("path")))
                again = self.connection.nodeDeviceLookupByName(device.name())
                self.assertEqual(again.XMLDesc(0), device.XMLDesc(0))
                self.assertEqual((device.isActive(), device.isPersistent(), device.autostart()), (1, 0, 0))

    def test_values_are_numbers_to_int(self):
        """Clients call int() on what an active matrix has."""
        self.create(["0x5"], ["0xab"], ["0x47"], uuid=UUID)
        tree = ElementTree.fromstring(self.lookup(UUID).XMLDesc(0))
        values = {attr.get("name"): int(attr.get("value")) for attr in tree.iter("attr")}
        self.assertEqual(values, {"assign_adapter": 5, "assign_domain": 0xab, "assign_control_domain": 0x47})
        group = tree.find(".//iommuGroup").get("number")
        self.assertEqual(os.path.basename(os.readlink(f"{machine.MATRIX}/{UUID}/iommu_group")), group)

    def test_error_object_is_complete(self):
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.create([5], [4], type_id="vfio_ccw-io")
        error = caught.exception
        self.assertEqual(error.get_error_domain(), libvirt.VIR_FROM_NODEDEV)
        self.assertEqual(error.get_error_level(), libvirt.VIR_ERR_ERROR)
        self.assertIn("vfio_ccw-io", error.get_error_message())
        self.assertEqual(str(error), f"unsupported configuration: {error.get_str2()}")
