# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scripts of random operations for replay.c, the same for the same seed.

A script is a list of sequences, each of which starts from the same state: its first
operations bring the machine back there.  What is written into a file is mostly
something that makes sense at that point, often at the edge of it, sometimes nonsense.
"""

import random

BUS = "/sys/bus/ap"
DEVICES = "/sys/devices/ap"
MATRIX = "/sys/devices/vfio_ap/matrix"
TYPE = MATRIX + "/mdev_supported_types/vfio_ap-passthrough"
UUIDS = [f"6217788{n}-f1bb-47f0-914d-32a22e3a8804" for n in range(4)]
IDS = 256
ALL = "0x" + 64 * "f"
LOOK = "B ready"
# After these a queue is usable again.
RESTARTS = ("configure", "checkstop_clear", "reset_clear")
# How resets fail: not there, and something that is in no book.
RESET_CODES = (1, 7)

# The machine in machine*.conf, and what may be added to it.
DOMAINS = (4, 0x47, 0xab, 0xff)
MORE_DOMAINS = (0, 16)
MORE_CARDS = (0, 9)
FIRST_CARD = 5
ADAPTERS = (5, 6, 7) + MORE_CARDS
MAX_CARDS = 4
MAX_DOMAINS = 5
# Sequences that are too long make failures hard to read.
LENGTH = 60

BAD_NUMBERS = ("", "\n", " 5", "5 ", "5\n\n", "-1", "256", "0x100", "63", "64", "15", "4294967296",
               "18446744073709551615", "18446744073709551616", "0x10000000000000005", "five", "5x",
               "0x", "0xg", "08", "+5", "+ 5", "5,6", "5.0004", "\0", "5\0", "\t5", "00005", "1" * 200)
BAD_MASKS = ("", "\n", "0x", "x", "0xg", "zz", "0x" + 65 * "f", "0x" + 64 * "0" + "\n", "+", "-", "+256",
             "-256", "+5-", "+6-5", "+5 ", "+5,,+6", "+5-6-7", "5", "+0x", "+5,", "-5,6", "+255-256",
             "0X1", "f8", "0x8\n\n", "+4294967296", "-0-255,+5", "+5\n-6\n", "0x" + 63 * "f" + " ")
# What comes behind the third mask is in differences.conf.
BAD_CONFIGS = ("", "0x0", "0x0,0x0", "0x0,0x0,", ",,", "0x,0x,0x", "0xg,0x0,0x0",
               "0x" + 65 * "0" + ",0x0,0x0", "0x0, 0x0,0x0", "x0,0x0,0x0", "0,0,0",
               "0X0,0x0,0x0", "\n", "0x0,0x0,0x0 ", "0x0,0x0,0x0\0junk")
BAD_FLAGS = ("", "\n", "2", "-1", "x", "01", " 1", "1x", "0 ", "4294967297", "on", "y", "N", "of", "10")
BAD_UUIDS = ("", "\n", "x", UUIDS[0][:-1], UUIDS[0] + "00", "{" + UUIDS[0] + "}", UUIDS[0].replace("-", ""),
             UUIDS[0].replace("f", "g"), UUIDS[0][:8] + "x" + UUIDS[0][9:], " " + UUIDS[0])
BAD_NAMES = ("", "\n", "card", "card5", "card005", "CARD05", "05.4", "05.00004", "5.0004", "card05\n\n", " card05",
             "05.0004 ", "ff.00ff", "cardff", "05,0004", "05.00AB")
BAD_UEVENTS = ("", "\n", "jump", "add ", "add x", "ADD", "addx", "add 5e4f-1")
# Where a guest wants to have its notification byte: two in a page, another page, and
# nowhere; each as often as it is here.
NIBS = (0x30000,) * 4 + (0x30008,) * 4 + (0x38fff,) * 2 + (0, 0x400000, 0x7fffffffff000)
# All of a guest's memory but its beginning; see replay-guest.c.
REST = "0x10000 0x3f0000"
SYNTHETIC = ("add", "change\n", "remove", "bind", "add fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed A=1 B=abc",
             "change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed")


def write(path, text):
    return f"W {path} {text.encode('latin-1').hex()}"


def mask_text(ids):
    value = 0
    for one in ids:
        value |= 1 << (IDS - 1 - one)
    return f"0x{value:064x}"


def reset(types):
    """Operations that nobody looks at, after which all is as in the beginning: devices are made anew."""
    operations = [write(f"{MATRIX}/{uuid}/remove", "1") for uuid in UUIDS]
    operations += [write(f"{bus}/drivers_autoprobe", "1") for bus in (BUS, "/sys/bus/matrix")]
    # One by one, as what is not there cannot be taken away.
    operations += [f"M card_remove {card}" for card in ADAPTERS]
    operations += [f"M domain_remove {domain}" for domain in MORE_DOMAINS]
    operations += [f"M domain_add {domain}" for domain in DOMAINS]
    operations += [write(f"{BUS}/{name}", text) for name, text in (
        ("scans", "1"), ("apmask", ALL), ("aqmask", ALL), ("ap_domain", "4"), ("poll_thread", "0"),
        ("poll_timeout", "250000"), ("config_time", "120"))]
    operations += [f"M card_add {FIRST_CARD + place} {kind}" for place, kind in enumerate(types)]
    operations.append(write(BUS + "/scans", "1"))
    return [operation.replace("W ", "w ", 1) if operation[0] == "W" else operation.replace("M ", "m ", 1)
            for operation in operations] + [LOOK]


class Sequence:
    """One sequence under construction; knows the machine, not what Linux makes of it."""

    def __init__(self, rng, types, kernel, name, instructions=False):
        self.rng = rng
        self.types = types
        self.kernel = kernel
        self.instructions = instructions
        self.operations = [f"B {name}"]
        self.cards = {FIRST_CARD + place: kind for place, kind in enumerate(types)}
        self.domains = set(DOMAINS)
        self.state = {}
        self.matrices = set()
        self.broken = set()
        self.autoprobe = True

    def add(self, *operations):
        self.operations.extend(operations)

    def start(self):
        """Free some cards, now and then."""
        if self.rng.random() < 0.7:
            free = self.rng.sample(sorted(self.cards), self.rng.randint(1, len(self.cards)))
            self.add(write(BUS + "/apmask", ",".join(f"-{card}" for card in free)))

    # --- the machine -----------------------------------------------------------

    def machine(self, verb, arguments):
        """One change.  Linux 6.1 resets a queue that is usable again when it next has to do with some queue:
        whether what else a scan finds is before or after that is open, so it finds nothing else."""
        alone = self.kernel == "6.1" and verb in RESTARTS
        if alone:
            self.rescan()
        self.add(f"M {verb} {arguments}")
        if alone:
            self.rescan()

    def rescan(self):
        self.add(write(BUS + "/scans", "1"))

    def change_cards(self):
        free = [card for card in ADAPTERS if card not in self.cards]
        # See bind().
        if free and self.autoprobe and len(self.cards) < MAX_CARDS and self.rng.random() < 0.6:
            card = self.rng.choice(free)
            kind = self.rng.choice([f"CEX{generation}{mode}" for generation in (4, 6, 8)
                                    for mode in sorted({name[-1] for name in self.types})])
            self.machine("card_add", f"{card} {kind}")
            self.cards[card] = kind
        elif self.cards:
            card = self.rng.choice(sorted(self.cards))
            self.machine("card_remove", card)
            del self.cards[card]
            self.state.pop(card, None)

    def change_domains(self):
        free = [domain for domain in DOMAINS + MORE_DOMAINS if domain not in self.domains]
        kind = self.rng.choice(("", "", "", " usage", " control"))
        if free and len(self.domains) < MAX_DOMAINS and self.rng.random() < 0.6:
            domain = self.rng.choice(free)
            self.machine("domain_add", f"{domain}{kind}")
            self.domains.add(domain)
        elif self.domains:
            domain = self.rng.choice(sorted(self.domains))
            self.machine("domain_remove", f"{domain}{kind}")
            if not kind:
                self.domains.discard(domain)

    def change_state(self):
        if not self.cards:
            return
        card = self.rng.choice(sorted(self.cards))
        verb = {"deconfigured": "configure", "checkstopped": "checkstop_clear"}.get(self.state.get(card))
        if not verb:
            verb = self.rng.choice(("deconfigure", "checkstop"))
            self.state[card] = verb + "d" if verb == "deconfigure" else "checkstopped"
        else:
            del self.state[card]
        self.machine(verb, card)

    def change_resets(self):
        """Resets of a queue fail, or go well again."""
        if self.broken and self.rng.random() < 0.6:
            queue = self.rng.choice(sorted(self.broken))
            self.broken.discard(queue)
            self.machine("reset_clear", queue)
        elif self.cards and self.domains:
            queue = f"{self.rng.choice(sorted(self.cards)):02x}.{self.rng.choice(sorted(self.domains)):04x}"
            self.broken.add(queue)
            self.machine("reset_fail", f"{queue} {self.rng.choice(RESET_CODES)}")

    def change_machine(self):
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            self.rng.choice((self.change_cards, self.change_cards, self.change_domains, self.change_domains,
                             self.change_state, self.change_state, self.change_state, self.change_resets))()
            if self.rng.random() < 0.1:
                self.rng.choice(self.actions())()
        if self.rng.random() < 0.95:
            self.rescan()
        if self.rng.random() < 0.2:
            self.rescan()

    # --- values ----------------------------------------------------------------

    def number(self, good):
        """An id, written in one of the ways there are; or something else."""
        if self.rng.random() < 0.12:
            return self.rng.choice(BAD_NUMBERS)
        value = self.rng.choice(good) if self.rng.random() < 0.93 else self.rng.randrange(IDS)
        return self.rng.choice((f"{value}", f"{value}\n", f"{value:#x}", f"{value:#x}\n", f"0{value:o}"))

    def mask(self, good):
        if self.rng.random() < 0.12:
            return self.rng.choice(BAD_MASKS)
        some = self.rng.sample(good, self.rng.randint(1, min(3, len(good))))
        choice = self.rng.random()
        if choice < 0.75:
            return ",".join(self.rng.choice("+-") + self.rng.choice((f"{one}", f"{one:#x}")) for one in some)
        if choice < 0.82:
            return ALL + self.rng.choice(("", "\n"))
        if choice < 0.85:
            return "0x0"
        if choice < 0.9:
            return self.rng.choice("+-") + f"{min(some)}-{max(some)}"
        return mask_text(some) if choice < 0.95 else mask_text(set(range(IDS)) - set(some))

    def config(self):
        if self.rng.random() < 0.15:
            return self.rng.choice(BAD_CONFIGS)
        masks = []
        for good in (ADAPTERS, DOMAINS + MORE_DOMAINS, DOMAINS + MORE_DOMAINS):
            text = mask_text(self.rng.sample(good, self.rng.randint(0, 3)))
            masks.append(self.rng.choice((text, text, text[2:], text.rstrip("0") if int(text, 16) else "0x0")))
        return ",".join(masks) + self.rng.choice(("", "\n"))

    def flag(self):
        return self.rng.choice(BAD_FLAGS) if self.rng.random() < 0.15 else self.rng.choice(("0", "1", "0\n", "1\n"))

    def some_domain(self):
        return self.rng.choice(DOMAINS + MORE_DOMAINS)

    def some_matrix(self):
        """Mostly one that should be there."""
        there = sorted(self.matrices)
        return f"{MATRIX}/{self.rng.choice(there if there and self.rng.random() < 0.95 else UUIDS)}"

    def card_name(self):
        return f"card{self.rng.choice(ADAPTERS):02x}"

    def queue_name(self):
        return f"{self.rng.choice(sorted(self.cards) or ADAPTERS):02x}.{self.some_domain():04x}"

    def device_name(self):
        if self.rng.random() < 0.08:
            return self.rng.choice(BAD_NAMES)
        name = self.card_name() if self.rng.random() < 0.2 else self.queue_name()
        return name + self.rng.choice(("", "\n"))

    def queue_path(self, attribute):
        name = self.queue_name()
        return f"{DEVICES}/card{name[:2]}/{name}/{attribute}"

    # --- operations on files -----------------------------------------------------

    def create(self):
        if self.rng.random() < 0.12:
            uuid = self.rng.choice(BAD_UUIDS)
        else:
            uuid = self.rng.choice(UUIDS)
            self.matrices.add(uuid)
        self.add(write(TYPE + "/create", self.rng.choice((uuid, uuid, uuid + "\n", uuid.upper()))))

    def remove(self):
        uuid = self.rng.choice(sorted(self.matrices) or UUIDS)
        text = self.rng.choice(("1", "1\n", "1", "0", "2", "x", "", "18446744073709551616", "1 "))
        if text.strip() in ("1", "2") and not text.endswith(" "):
            self.matrices.discard(uuid)
        self.add(write(f"{MATRIX}/{uuid}/remove", text))

    def guest(self):
        """Guests come and go; only those of matrices that should be there."""
        if self.matrices:
            self.add(f"{self.rng.choice('GGL')} {self.rng.choice(sorted(self.matrices))}")

    def assign(self):
        what, good = self.rng.choice((("adapter", ADAPTERS), ("adapter", ADAPTERS),
                                      ("domain", DOMAINS + MORE_DOMAINS), ("domain", DOMAINS + MORE_DOMAINS),
                                      ("control_domain", DOMAINS + MORE_DOMAINS)))
        verb = "assign" if self.rng.random() < 0.75 else "unassign"
        self.add(write(f"{self.some_matrix()}/{verb}_{what}", self.number(good)))

    def configure(self):
        self.add(write(f"{self.some_matrix()}/ap_config", self.config()))

    def pool(self):
        if self.rng.random() < 0.7:
            self.add(write(BUS + "/apmask", self.mask(ADAPTERS)))
        else:
            self.add(write(BUS + "/aqmask", self.mask(DOMAINS + MORE_DOMAINS)))

    def bind(self):
        driver = self.rng.choice(("cex4queue", "cex4queue", "vfio_ap", "vfio_ap", "cex4card"))
        name = self.device_name()
        verb = self.rng.choice(("bind", "unbind"))
        if driver == "cex4card":
            # Linux falls over a queue that is bound while its card is not: it is back at once.
            name = self.card_name()
            if verb == "unbind":
                self.add(write(f"{BUS}/drivers/{driver}/unbind", name))
                verb = "bind"
        self.add(write(f"{BUS}/drivers/{driver}/{verb}", name))

    def probe(self):
        if self.rng.random() < 0.7:
            self.add(write(BUS + "/drivers_probe", self.device_name()))
            return
        bus = self.rng.choice((BUS, "/sys/bus/matrix"))
        if bus == BUS:
            self.autoprobe = not self.autoprobe
        self.add(write(bus + "/drivers_autoprobe", self.rng.choice("01") if bus != BUS else f"{self.autoprobe:d}\n"))

    def state_of_card(self):
        attribute = self.rng.choice(("online", "online", "online", "config", "config", "request_count"))
        alone = attribute == "config" and self.kernel == "6.1"  # as in machine()
        if alone:
            self.rescan()
        self.add(write(f"{DEVICES}/{self.card_name()}/{attribute}", self.flag()))
        if alone or attribute == "config" and self.rng.random() < 0.8:
            self.rescan()

    def state_of_queue(self):
        attribute = self.rng.choice(("online", "online", "online", "reset", "reset", "request_count"))
        self.add(write(self.queue_path(attribute), self.flag()))

    def bus_setting(self):
        name, texts = self.rng.choice((
            ("ap_domain", (self.number(DOMAINS), "-1", "5x", " 4", "0x47", "010")),
            ("poll_thread", (self.flag(),)),
            ("poll_timeout", ("250000", "0", "120000000000", "120000000001", "-1", "x", "0x100", "1000\n")),
            ("config_time", ("4", "121", "-5", "0", "x", "60x", "0x60", " 100", "90\n", "120")),
            ("scans", ("1", "", "0", "x"))))
        self.add(write(f"{BUS}/{name}", self.rng.choice(texts)))

    def uevent(self):
        path = self.rng.choice((f"{DEVICES}/{self.card_name()}", DEVICES, MATRIX, BUS, "/sys/bus/matrix",
                                self.some_matrix(), BUS + "/drivers/vfio_ap",
                                self.queue_path("uevent")[:-len("/uevent")]))
        texts = BAD_UEVENTS if self.rng.random() < 0.3 else SYNTHETIC
        self.add(write(path + "/uevent", self.rng.choice(texts)))

    def forbidden(self):
        """Files that are only read."""
        self.add(write(self.rng.choice((
            BUS + "/bindings", BUS + "/ap_max_adapter_id", f"{DEVICES}/{self.card_name()}/hwtype",
            self.queue_path("config"), self.queue_path("status"), MATRIX + "/features",
            f"{self.some_matrix()}/matrix", TYPE + "/name", MATRIX + "/nothing")), "1"))

    # --- what guests do ------------------------------------------------------------

    def run(self, uuid, instruction, *registers):
        self.add(f"I {uuid} run v {instruction} {' '.join(registers)}")

    def pqap(self, uuid, function, apqn, gr1=0, gr2=0):
        self.run(uuid, "b2af0000", f"gr0={function << 24 | apqn:#x}", f"gr1={gr1:#x}", f"gr2={gr2:#x}")

    def instruct(self):
        """A guest executes an AP instruction, or does something with its device."""
        if not self.matrices:
            return
        uuid = self.rng.choice(sorted(self.matrices))
        apqn = self.rng.choice(sorted(self.cards) or ADAPTERS) << 8 | self.some_domain()
        nib = self.rng.choice(NIBS)
        self.rng.choice((
            lambda: self.pqap(uuid, 0, apqn),
            lambda: self.pqap(uuid, self.rng.choice((1, 2)), apqn),
            lambda: self.pqap(uuid, 3, apqn, 1 << 47 | self.rng.randrange(8), nib),
            lambda: self.pqap(uuid, 3, apqn, 1 << 47 | self.rng.randrange(8), nib),
            lambda: self.pqap(uuid, 3, apqn, 1 << 47 | self.rng.randrange(8), nib),
            lambda: self.pqap(uuid, 3, apqn),
            lambda: self.query(uuid),
            lambda: self.ask_card(uuid, apqn),
            lambda: self.add(f"I {uuid} reset d"),
            lambda: self.remap(uuid),
        ))()

    def query(self, uuid):
        self.pqap(uuid, 4, 0, 0, 0x40000)
        self.add(f"I {uuid} peek v 0x40000 128")

    def ask_card(self, uuid, apqn):
        """A request, what it does to the bytes, and the reply."""
        self.run(uuid, "b2ad0024", f"gr0={0x40000000 | apqn:#x}", "gr3=7", "gr4=0x50000", "gr5=16")
        for nib in (0x30000, 0x38fff):
            self.add(f"I {uuid} peek v {nib:#x} 16")
            self.add(f"I {uuid} poke v {nib:#x} {'00' * 16}")
        if self.rng.random() < 0.7:
            self.run(uuid, "b2ae0046", f"gr0={0x80000000 | apqn:#x}", "gr6=0x60000", "gr7=0x1000")

    def remap(self, uuid):
        """The guest's memory goes, and with it what is pinned there."""
        if self.kernel == "6.1":
            # Its own driver takes away another page, and Linux falls over the one that stays.
            return
        self.add(f"I {uuid} unmap c {REST}", f"I {uuid} map c {REST} v")

    def actions(self):
        """What may be done to files, the more often the more often it is here."""
        often = [self.create] * 4 + [self.remove] * 2 + [self.assign] * 16 + [self.pool] * 6 + [self.guest] * 4
        if self.kernel != "6.1":
            often += [self.configure] * 8
        if self.instructions:
            often += [self.instruct] * 14 + [self.guest] * 4
        return often + [self.bind] * 6 + [self.probe] * 3 + [self.state_of_card] * 3 + [self.state_of_queue] * 3 + [
            self.bus_setting, self.uevent, self.forbidden]

    def fill(self):
        self.start()
        while len(self.operations) < LENGTH:
            if self.rng.random() < 0.16:
                self.change_machine()
            elif not self.matrices:
                self.create()
            else:
                self.rng.choice(self.actions())()
        self.add(*(f"m reset_clear {queue}" for queue in sorted(self.broken)))


def sequences(seed, steps, types, kernel, instructions=False):
    """Sequences with about @steps operations in all, for a machine with such cards from 5 on,
    perhaps with guests that execute instructions."""
    rng = random.Random(seed)
    result = []
    while sum(map(len, result)) < steps:
        one = Sequence(rng, types, kernel, f"{seed}/{len(result)}", instructions)
        one.fill()
        result.append(one.operations)
    return result
