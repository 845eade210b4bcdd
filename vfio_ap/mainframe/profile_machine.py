#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Translate a profile of apsim into what the emulated mainframe takes.

Prints the model of the CPU, parameters for the kernel, and then, each in a line,
the commands for the emulator of the cards.  vfio_ap/README.rst describes profiles.

usage: profile_machine.py FILE
"""

import configparser
import re
import sys

IDS = 256
FEATURES = ("APSC", "APXA", "QACT", "RC8A")
MESSAGE_CHUNK = 4096
LARGEST_DEPTH = 16
# The kernel looks through all of them for each of them, time and again.
MOST_QUEUES = 8192
MACHINE_KEYS = {"description", "domains", "control-domains", "apmask", "aqmask", "max-adapter",
                "max-domain", "features", "interrupts", "kernel"}
CARD_KEYS = {"type", "depth", "functions", "max-message-size", "state"}


class Fault(Exception):
    """The profile is wrong, or asks for what the emulator cannot do."""


def number(text, largest):
    """A decimal or hexadecimal number from 0 to @largest."""
    if not re.fullmatch(r"0x[0-9a-fA-F]+|[0-9]+", text) or int(text, 0 if "x" in text else 10) > largest:
        raise Fault(f"'{text}' is not a number from 0 to {largest}")
    return int(text, 0 if "x" in text else 10)


def id_range(text):
    """The ids of `5` or `0x10-0x1f`."""
    first, _, last = text.partition("-")
    low = number(first.strip(), IDS - 1)
    high = number(last.strip(), IDS - 1) if last else low
    return range(low, high + 1)


def ids(text):
    """The ids of a list such as `4,0x47,10-20`, sorted."""
    return sorted({one for part in text.split(",") if part.strip() for one in id_range(part.strip())})


def id_list(values):
    return ",".join(map(str, values))


def pool(text):
    """A mask of the host's pool in full, from a mask or from changes to all ones."""
    bits = [True] * IDS
    if text[:1] not in "+-":
        digits = text[2:] if text.startswith("0x") else ""
        if not re.fullmatch(r"[0-9a-fA-F]{1,64}", digits):
            raise Fault(f"'{text}' is not a mask, such as 0xf0 or -5,-6")
        return "0x" + digits.ljust(IDS // 4, "0")
    for change in text.split(","):
        if change[:1] not in ("+", "-"):
            raise Fault(f"'{change}' neither adds nor takes away")
        for one in id_range(change[1:]):
            bits[one] = change[0] == "+"
    value = int("".join("1" if bit else "0" for bit in bits), 2)
    return f"0x{value:064x}"


def features(text):
    for name in text.split():
        if name not in FEATURES:
            raise Fault(f"'{name}' is none of {', '.join(FEATURES)}")
    return " ".join(["features", *text.split()])


def card_commands(cards, section):
    """What the emulator is told about the cards of one section."""
    match = re.fullmatch(r"CEX[4-8][ACP]", section.get("type", ""))
    if not match:
        raise Fault("a type from CEX4 to CEX8 and A, C or P is missing")
    command = f"card_add {cards} {match[0]}"
    if "depth" in section:
        depth = number(section["depth"], LARGEST_DEPTH)
        if not depth:
            raise Fault("a queue takes at least one request")
        command += f" depth={depth}"
    if "functions" in section:
        command += f" functions={number(section['functions'], 0xffffffff):#x}"
    if "max-message-size" in section:
        size = number(section["max-message-size"], 15 * MESSAGE_CHUNK)
        if size % MESSAGE_CHUNK:
            raise Fault(f"{size} is no multiple of {MESSAGE_CHUNK}")
        command += f" max-message-size={size}"
    states = {"configured": [], "deconfigured": [f"deconfigure {cards}"], "checkstopped": [f"checkstop {cards}"]}
    state = section.get("state", "configured")
    if state not in states:
        raise Fault(f"'{state}' is none of {', '.join(states)}")
    return [command] + states[state]


def machine_commands(section):
    """What the emulator is told about the machine as a whole."""
    domains = ids(section.get("domains", ""))
    control = ids(section["control-domains"]) if "control-domains" in section else domains
    largest = [number(section.get(key, "255"), IDS - 1) for key in ("max-adapter", "max-domain")]
    commands = [f"max_adapter {largest[0]}", f"max_domain {largest[1]}",
                features(section.get("features", "APSC APXA"))]
    if domains:
        commands.append(f"domain_add {id_list(domains)} usage")
    if control:
        commands.append(f"domain_add {id_list(control)} control")
    return commands


def check_size(cards, domains):
    queues = len(cards) * len(domains)
    if queues > MOST_QUEUES:
        raise Fault(f"{queues} queues are too many: Linux would need hours on the emulator for more than {MOST_QUEUES}")


def check_keys(section, known):
    for key in section:
        if key not in known:
            raise Fault(f"there is no key '{key}'")


def translate(file):
    """The lines for a profile that has been read."""
    where = "machine"
    try:
        if where not in file:
            raise Fault("the group is missing")
        machine = file[where]
        check_keys(machine, MACHINE_KEYS)
        commands = machine_commands(machine)
        cpu = {"true": "max", "false": "max,apqi=off"}.get(machine.get("interrupts", "true"))
        if not cpu:
            raise Fault("interrupts is neither true nor false")
        kernel = [f"ap.{mask}={pool(machine[mask])}" for mask in ("apmask", "aqmask") if mask in machine]
        cards = set()
        for where in file.sections():
            if where == "machine":
                continue
            if not where.startswith("card "):
                raise Fault("there is no such group")
            check_keys(file[where], CARD_KEYS)
            these = ids(where[len("card "):])
            cards.update(these)
            commands += card_commands(id_list(these), file[where])
        where = "machine"
        check_size(cards, ids(machine.get("domains", "")))
    except Fault as fault:
        raise Fault(f"[{where}]: {fault}") from fault
    return [cpu, " ".join(kernel), *commands]


def load(path):
    file = configparser.ConfigParser(interpolation=None, default_section="", comment_prefixes=("#",),
                                     delimiters=("=",))
    with open(path, encoding="utf-8") as stream:
        file.read_file(stream)
    return file


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        print("\n".join(translate(load(sys.argv[1]))))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        print(f"profile: {error}", file=sys.stderr)
        return 1
    except Fault as fault:
        print(f"profile: {sys.argv[1]}: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
