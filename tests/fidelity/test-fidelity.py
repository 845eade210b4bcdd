#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test that a difference between two records is found, and one by nature is not."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(os.path.dirname(HERE)), "vfio_ap", "tests", "apsim")]
import compare  # noqa: E402  (the path is set just above)
import fidelity  # noqa: E402
import generate  # noqa: E402
import instructions  # noqa: E402
import record  # noqa: E402
import shrink  # noqa: E402
import tap  # noqa: E402

TYPES = ["CEX8C", "CEX8A"]
BEGIN = "@ B one\n+ /sys/bus/ap/scans f 644 7\\n\n+ /sys/bus/ap/apmask f 644 0xff\\n\n"


def items(real, simulated, known=()):
    """What a comparison finds."""
    comparison = compare.Comparison(record.Record(BEGIN + real), record.Record(BEGIN + simulated), known)
    return [item.what for parting in comparison.partings for item in parting.items]


def uevent(number, path, **properties):
    more = "".join(f"\t{key}={value}" for key, value in properties.items())
    return f"U\tACTION=change\tDEVPATH={path}{more}\tSEQNUM={number}\n"


class Compare(unittest.TestCase):
    def test_same_records_agree(self):
        step = "@ W /a 31\n= ok 1\n~ /sys/bus/ap/apmask f 644 0xfe\\n\n" + uevent(1, "/a")
        self.assertEqual(items(step, step), [])

    def test_errors_values_and_kinds_are_compared(self):
        self.assertEqual(items("@ W /a 31\n= ok 1\n", "@ W /a 31\n= write EINVAL\n"), ["result"])
        step = "@ W /a 31\n= ok 1\n"
        mask = "/sys/bus/ap/apmask"
        for real, simulated in ((f"~ {mask} f 644 0xfe\\n\n", ""), (f"~ {mask} f 444 0xff\\n\n", ""),
                                (f"- {mask}\n", ""), ("", f"- {mask}\n"), (f"~ {mask} l 0xff\n", "")):
            self.assertEqual(items(step + real, step + simulated), [f"file {mask}"], (real, simulated))

    def test_what_nobody_looked_at_shows_with_the_next_look(self):
        self.assertEqual(items("@ w /a 31\n= ok 1\n" + uevent(1, "/a") + "@ B two\n", "@ w /a 31\n= ok 1\n@ B two\n"),
                         ["uevents of /a"])

    def test_order_of_uevents_counts_for_each_device(self):
        one, two, other = uevent(1, "/a", N=1), uevent(2, "/a", N=2), uevent(3, "/b")
        step = "@ W /a 31\n= ok 1\n"
        self.assertEqual(items(step + one + two + other, step + other + one + two), [])
        self.assertEqual(items(step + one + two, step + two + one), ["uevents of /a"])
        self.assertEqual(items(step + one + one, step + one), ["uevents of /a"])

    def test_counters_are_compared_from_where_they_began(self):
        later = BEGIN.replace("f 644 7", "f 644 3")
        for value, wanted in ((4, 0), (5, 1)):
            comparison = compare.Comparison(record.Record(BEGIN + "@ B x\n~ /sys/bus/ap/scans f 644 8\\n\n"),
                                            record.Record(later + f"@ B x\n~ /sys/bus/ap/scans f 644 {value}\\n\n"))
            self.assertEqual(len(comparison.partings), wanted)

    def test_numbers_that_differ_by_nature_do_not_count(self):
        step = "@ W /a 31\n= ok 1\n"
        for path, real, simulated in (("/sys/devices/virtual/vfio/0/dev", "246:0", "511:0"),
                                      ("/sys/devices/ap/card05/05.0004/request_count", "12", "0")):
            self.assertEqual(items(f"{step}+ {path} f 444 {real}\\n\n", f"{step}+ {path} f 444 {simulated}\\n\n"), [])
        self.assertEqual(items(f"{step}+ {path} f 444 -\\n\n", f"{step}+ {path} f 444 0\\n\n"), [f"file {path}"])

    def test_old_kernel_tells_of_bindings_as_often_as_it_likes(self):
        step = "@ W /a 31\n= ok 1\n"
        told = step + uevent(1, "/devices/ap", BINDINGS="complete", COMPLETECOUNT=7)
        for kernel, wanted in (("6.1", 0), ("6.12", 1)):
            self.assertEqual(len(compare.Comparison(record.Record(BEGIN + told, kernel),
                                                    record.Record(BEGIN + step, kernel)).partings), wanted)

    def test_each_sequence_parts_once(self):
        bad = "@ W /a 31\n= ok 1\n@ W /a 31\n= ok 1\n@ B two\n@ W /a 31\n= ok 1\n"
        self.assertEqual(items(bad, bad.replace("ok", "open")), ["result", "result"])

    def test_records_of_different_scripts_are_refused(self):
        for simulated in ("@ W /b 31\n= ok 1\n", ""):
            with self.assertRaises(ValueError):
                items("@ W /a 31\n= ok 1\n", simulated)
        with self.assertRaises(ValueError):
            record.Record("? what\n")


    def test_sequences_that_were_begun_are_told(self):
        self.assertEqual(compare.Comparison(record.Record(BEGIN + "@ B two\n"),
                                            record.Record(BEGIN + "@ B two\n")).sequences, ["one", "two"])


class Instructions(unittest.TestCase):
    LOG = ("command card_add 5 CEX8P\nZAPQ 05.0004 rc=00 st=80000000\nTAPQ 05.0004 rc=00 st=80000000\n"
           "AQIC-in ir=1 isc=6 gisc=0 gisa=0 ni=5018\nAQIC 05.0004 rc=00 st=81000000\ncommand inject_clear \n"
           "ZAPQ 05.0047 rc=02 st=80020000\nZAPQ 05.0047 rc=00 st=80000000\nZAPQ 05.0004 rc=00 st=80000000\n"
           "ZAPQ 05.0004 rc=00 st=80000000\nAQIC-in ir=1 isc=5 gisc=3 gisa=491900 ni=30000\n"
           "AQIC 05.0047 rc=00 st=00000000\nAQIC-in ir=0 isc=0 gisc=0 gisa=0 ni=0\nAQIC 05.0047 rc=07 st=40070000\n"
           "command inject_clear\nZAPQ 06.0004 rc=00 st=80000000\n")

    def test_resets_and_interrupts_of_guests_count_once_each(self):
        self.assertEqual([instructions.of_operation(lines) for lines in instructions.operations(self.LOG)],
                         [["reset 05.0004: 00"],
                          ["interrupts off 05.0047: 07", "interrupts on 05.0047: 00", "reset 05.0004: 00",
                           "reset 05.0047: 00", "reset 05.0047: 02"]])

    def test_each_operation_that_is_looked_at_has_its_own(self):
        text = "@ w /a 31\n= ok 1\n@ B one\n+ /a d\n@ W /a 31\n= ok 1\n@ W /b 32\n= o"
        steps = record.Record(instructions.add(text, self.LOG)).steps
        self.assertEqual([len(step.instructions) for step in steps], [0, 1, 5, 0])
        self.assertEqual([step.result for step in steps], ["ok 1", None, "ok 1", "o"])
        for wrong in ("", self.LOG + 3 * "command inject_clear\n"):
            with self.assertRaises(ValueError):
                instructions.add(text, wrong)

    def test_compared_where_both_have_some(self):
        step = "@ W /a 31\n= ok 1\n"
        one, other = step + "I reset 05.0004: 00\n", step + "I reset 05.0047: 00\n"
        self.assertEqual(items(one, one), [])
        self.assertEqual(items(one, other), ["instructions"])
        self.assertEqual(items(one, step), [])
        self.assertEqual(items(one + step, one + one), ["instructions"])


class Listed(unittest.TestCase):
    def test_listed_difference_is_known_and_noticed(self):
        tail = next(one for one in compare.listed("6.12") if one.name == "ap-config-tail")
        step = tail.witness[-1]
        comparison = compare.Comparison(record.Record(f"{BEGIN}@ {step}\n= ok 15\n"),
                                        record.Record(f"{BEGIN}@ {step}\n= write EINVAL\n"), [tail])
        self.assertEqual((comparison.partings, comparison.seen), ([], {tail.name}))
        self.assertEqual(items(f"@ {step}\n= ok 15\n", f"@ {step}\n= write ENODEV\n", [tail]), ["result"])

    def test_each_has_a_reason_and_a_witness(self):
        for kernel in ("6.1", "6.12"):
            for other in compare.LISTED:
                for one in compare.listed(kernel, other):
                    self.assertTrue(one.reason and one.witness, one.name)


class Generate(unittest.TestCase):
    def test_same_seed_makes_the_same_script(self):
        first = generate.sequences(7, 200, TYPES, "6.12")
        self.assertEqual(first, generate.sequences(7, 200, TYPES, "6.12"))
        self.assertNotEqual(first, generate.sequences(8, 200, TYPES, "6.12"))

    def test_older_kernel_gets_no_newer_files(self):
        script = [line for one in generate.sequences(7, 2000, TYPES, "6.1") for line in one]
        self.assertFalse([line for line in script if "/ap_config " in line])

    def test_guests_execute_instructions_only_where_they_can(self):
        def verbs(instructions, kernel="6.12"):
            script = [line for one in generate.sequences(7, 2000, TYPES, kernel, instructions) for line in one]
            return {" ".join(line.split()[2:3]) for line in script if line.startswith("I ")}
        self.assertEqual(verbs(False), set())
        self.assertEqual(verbs(True), {"run", "peek", "poke", "reset", "unmap", "map"})
        self.assertNotIn("unmap", verbs(True, "6.1"))

    def test_reset_restores_every_card_and_is_not_looked_at(self):
        operations = generate.reset(TYPES)
        self.assertEqual([line for line in operations if line.startswith("m card_add")],
                         ["m card_add 5 CEX8C", "m card_add 6 CEX8A"])
        self.assertTrue(all(line[0].islower() for line in operations[:-1]))
        self.assertEqual(operations[-1], generate.LOOK)


class Ended(unittest.TestCase):
    def test_operation_in_which_the_mainframe_ended_is_told(self):
        script = "B x\nW /a 31\nW /b 32\nW /c 33\n"
        text = "@ B x\n+ /a d\n@ W /a 31\n= ok 1\n@ W /b 32\n= o"
        self.assertEqual(fidelity.whole_steps(text, script),
                         ("@ B x\n+ /a d\n@ W /a 31\n= ok 1\n", "B x\nW /a 31\n", "W /b '2'"))
        self.assertEqual(fidelity.whole_steps("", script)[:2], ("", ""))

    def test_other_record_is_cut_to_the_same_steps(self):
        text = "@ B x\n+ /a d\n@ W /a 31\n= ok 1\n@ W /b 32\n= ok 1\n"
        self.assertEqual(record.Record(fidelity.first_steps(text, 2)).steps[-1].operation, "W /a 31")
        self.assertEqual(fidelity.first_steps(text, 3), text)
        self.assertEqual(fidelity.first_steps(text, 9), text)


class Shrink(unittest.TestCase):
    def test_every_piece_is_left_out_once(self):
        self.assertEqual(list(shrink.candidates([1, 2, 3], 2)), [[3], [1, 2]])
        self.assertEqual(list(shrink.candidates([1, 2], 1)), [[2], [1]])


if __name__ == "__main__":
    sys.exit(tap.main("__main__"))
