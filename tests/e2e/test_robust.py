# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents from hell: the daemon lives, says so, and nothing is left over."""

import glob
import os
import random
import time

import libvirt

import machine

MUTATIONS = 500
SANE = {libvirt.VIR_ERR_XML_ERROR, libvirt.VIR_ERR_XML_DETAIL, libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
        libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_ERR_NO_NODE_DEVICE, libvirt.VIR_ERR_XML_INVALID_SCHEMA,
        libvirt.VIR_ERR_PARSE_FAILED}
# Of libvirt's own module, for what is not an AP document any more.
STOCKS = {libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_ERR_INVALID_ARG}


def seeds():
    """Valid documents to begin with."""
    texts = [machine.document([5], [4]), machine.document([5, "0x6"], [4, 0xab], [0x47], uuid=machine.MachineTest.new_uuid())]
    for path in sorted(glob.glob(f"{machine.TOP}/xml/*.xml")):
        with open(path, encoding="utf-8") as stream:
            texts.append(stream.read())
    return texts


def mutate(chance, text):
    """A few random changes of bytes, words and elements."""
    words = ("0x", "5", "-1", "4294967296", "&lt;", "&#0;", "&nothing;", "<", ">", "'", '"', "<attr/>", "]]>",
             "<!--", "<![CDATA[", "ap_matrix", "mdev", "\u00e9", "\u2028", "\t", "%s%n", "../..", "<uuid/>",
             "<attr name='assign_adapter' value='5'/>", "<capability type='mdev'>", "</capability>")
    for _change in range(chance.randint(1, 4)):
        begin = chance.randrange(len(text) + 1)
        end = min(len(text), begin + chance.choice((0, 1, 1, 2, 8, 40)))
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:begin] + text[end:]
        elif kind == 1:
            text = text[:begin] + chance.choice(words) + text[end:]
        elif kind == 2:
            text = text[:end] + text[begin:end] * chance.choice((1, 2, 50)) + text[end:]
        else:
            text = text[:begin] + chr(chance.choice((1, 9, 32, 60, 62, 127, 255, 0x2603))) + text[end:]
    return text


class Robust(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.pid = machine.daemon_pid()
        self.addCleanup(self.check_daemon)

    def check_daemon(self):
        self.assertEqual(machine.daemon_pid(), self.pid)
        os.kill(self.pid, 0)
        self.create([5], [4]).destroy()

    def attempt(self, text, codes):
        """Creates from @text, which may work or be refused with one of @codes."""
        try:
            self.connection.nodeDeviceCreateXML(text, 0).destroy()
        except libvirt.libvirtError as error:
            self.assertIn(error.get_error_code(), codes, f"{error}\n{text}")
            self.assertTrue(error.get_error_message().strip())
        self.assertEqual(machine.kernel_matrices(), [], text)

    def test_random_mutations(self):
        seed = random.SystemRandom().randrange(2 ** 32)
        print(f"# seed {seed}", flush=True)
        chance = random.Random(seed)
        texts = seeds()
        self.assertGreater(len(texts), 3)
        for text in texts:
            self.attempt(text, SANE)
        for _number in range(MUTATIONS):
            text = mutate(chance, chance.choice(texts))
            self.attempt(text.replace("\0", ""), SANE if "ap_matrix" in text else SANE | STOCKS)

    def quickly_refused(self, text, codes=(libvirt.VIR_ERR_XML_ERROR,)):
        start = time.monotonic()
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.connection.nodeDeviceCreateXML(text, 0)
        self.assertLess(time.monotonic() - start, 5 if machine.is_sanitized() else 1)
        self.assertIn(caught.exception.get_error_code(), codes, caught.exception)
        self.assertLess(len(caught.exception.get_error_message()), 4096)
        self.assertEqual(machine.kernel_matrices(), [])
        return caught.exception.get_error_message()

    def test_bomb_of_entities(self):
        entities = "".join(f"<!ENTITY e{level} '{f'&e{level - 1};' * 10}'>" for level in range(1, 12))
        bomb = f"<!DOCTYPE device [<!ENTITY e0 '5'>{entities}]>"
        self.quickly_refused(bomb + machine.document(["&e11;"], [4]))
        self.quickly_refused(bomb + machine.document([5], [4]).replace("ap_matrix", "ap_matrix&e11;"))

    def test_entity_that_refers_to_itself(self):
        self.quickly_refused("<!DOCTYPE d [<!ENTITY a '&b;'><!ENTITY b '&a;'>]>" + machine.document(["&a;"], [4]))

    def test_external_entity_is_not_read(self):
        secret = "/run/apsim-secret"
        with open(secret, "w", encoding="ascii") as stream:
            stream.write("5")
        self.addCleanup(os.unlink, secret)
        long_ago = (1, 1)
        os.utime(secret, long_ago)
        message = self.quickly_refused(
            f"<!DOCTYPE device [<!ENTITY x SYSTEM 'file://{secret}'>]>" +
            machine.document([5], [4]).replace("ap_matrix", "ap_matrix&x;"))
        self.assertNotIn("ap_matrix5", message)
        self.quickly_refused(f"<!DOCTYPE device SYSTEM 'file://{secret}'>" + machine.document([5], [4]))
        self.assertEqual(os.stat(secret).st_atime, 1, "the file was read")
        machine.read(secret)
        self.assertNotEqual(os.stat(secret).st_atime, 1, "reading it would not have shown")

    def test_inclusion_is_not_followed(self):
        text = machine.document([5], [4], extra="<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' "
                                               "href='file:///etc/passwd' parse='text'/>")
        self.attempt(text, SANE)

    def test_document_of_one_mebibyte(self):
        pad = "<!-- " + "x" * (1 << 20) + " -->"
        self.attempt(machine.document([5], [4], extra=pad), SANE)
        many = "<attr name='assign_adapter' value='5'/>" * 27000
        self.attempt(machine.document([], [4], extra=many), SANE)
        deep = "<a>" * 100000 + "</a>" * 100000
        self.attempt(machine.document([5], [4], extra=deep), SANE)

    def test_long_words(self):
        word = "x" * 100000
        for text in (machine.document([5], [4], parent=word), machine.document([5], [4], type_id=word),
                     machine.document([5], [4], uuid=word), machine.document([word], [4]),
                     machine.document([5], [4], extra=f"<attr name='{word}' value='5'/>"),
                     machine.document([5], [4]).replace("<device>", f"<device><name>{word}</name>"),
                     machine.document(["9" * 100000], [4]), machine.document(["0" * 100000 + "5"], [4])):
            self.attempt(text, SANE | STOCKS)

    def test_long_names_are_not_found(self):
        for name in ("ap_card" + "0" * 100000, "mdev_" + "6" * 100000 + "_matrix", "ap_" + "_" * 1000, "ap_card05\n",
                     "ap_card05/../..", "mdev_../../.._matrix", "\u00e9" * 1000):
            with self.subTest(name=name[:40]), self.assertRaises(libvirt.libvirtError) as caught:
                self.connection.nodeDeviceLookupByName(name)
            self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_NO_NODE_DEVICE)

    def test_messages_cannot_be_formatted(self):
        """What a client sends is never a format."""
        for text in ("%s%s%s%n", "%1$s", "%"):
            self.refused_document(libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text, machine.document([text], [4]))
            self.refused_document(libvirt.VIR_ERR_CONFIG_UNSUPPORTED, text, machine.document([5], [4], type_id=text))
