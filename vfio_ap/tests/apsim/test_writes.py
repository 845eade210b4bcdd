# SPDX-License-Identifier: GPL-2.0
"""Writes end as on a real AP bus."""

import ast
import errno
import os
import re
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Recorded(unittest.TestCase):
    def perform(self, path, flags, text):
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            return "open " + errno.errorcode[error.errno]
        try:
            os.write(descriptor, text.encode("latin-1"))
        except OSError as error:
            return "write " + errno.errorcode[error.errno]
        finally:
            os.close(descriptor)
        return "ok"

    def test_writes_end_as_recorded(self):
        with open(os.path.join(HERE, "data", "writes.txt"), encoding="utf-8") as stream:
            lines = [line.rstrip("\n") for line in stream if not line.startswith("#")]
        self.assertGreater(len(lines), 200)
        for line in lines:
            found = re.fullmatch(r"(\S+) (0o\d+) ('.*'|\".*\") (.*)", line)
            path, flags, text, wanted = found.groups()
            with self.subTest(line):
                self.assertEqual(self.perform(path, int(flags, 8), ast.literal_eval(text)), wanted)
