# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is at work in test_race: virsh, mdevctl, the cards, and the host's own tools.

Each is a thread that goes on until it is told to stop, and remembers what should not
have happened.
"""

import collections
import json
import os
import random
import re
import subprocess
import threading

import machine

LOCK = "/run/lock/s390apconfig.lock"
# The lists of adapters and domains of what may be asked for.
Wish = collections.namedtuple("Wish", "adapters domains reserve", defaults=(False,))
RESERVE = "<ap:reserve xmlns:ap='urn:libvirt-ap:matrix:1'/>"


class Pace:
    """The clients set it: however slow the machine, nobody else gets far ahead of them."""

    def __init__(self):
        self.steps = 0
        self.changed = threading.Condition()

    def step(self):
        with self.changed:
            self.steps += 1
            self.changed.notify_all()

    def follow(self, ended):
        """Until the clients have gone on, or all of it is over."""
        with self.changed:
            before = self.steps
            while self.steps == before and not ended.is_set():
                self.changed.wait(1)


class Actor(threading.Thread):
    """Takes one step after the other."""

    def __init__(self, name, seed, ended):
        super().__init__(name=name)
        self.random = random.Random(f"{seed} {name}")
        self.ended = ended
        self.faults = []
        self.counts = collections.Counter()

    def run(self):
        try:
            while not self.ended.is_set():
                self.step()
            self.finish()
        except Exception as error:  # whatever it is, the test has to show it
            self.faults.append(f"{self.name}: {error!r}")
            self.ended.set()

    def step(self):
        raise NotImplementedError

    def finish(self):
        """After the last step."""

    def fault(self, text):
        self.faults.append(f"{self.name}: {text}")


class Virsh:
    """One virsh, which is told line by line what to do."""

    END = "this is all"

    def __init__(self):
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["virsh", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace")

    def do(self, command):
        """What it printed, and what it complained of or None."""
        self.process.stdin.write(f"{command}\necho --err '{self.END}'\n")
        self.process.stdin.flush()
        lines, errors = [], []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == f"error: {self.END}":
                return "\n".join(lines), "; ".join(errors) or None
            if line.startswith("error: "):
                errors.append(line[len("error: "):])
            elif not line.startswith("virsh # "):
                lines.append(line)
        raise AssertionError(f"virsh ended in the middle of '{command}': {errors}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Documents:
    """Files with what may be asked for, by UUID."""

    def __init__(self, where):
        self.where = where
        self.wishes = collections.defaultdict(list)

    def add(self, uuid, wish):
        self.wishes[uuid].append(wish)
        extra = RESERVE if wish.reserve else ""
        text = machine.document(wish.adapters, wish.domains, uuid=uuid, extra=extra)
        with open(self.path(uuid, wish), "w", encoding="ascii") as stream:
            # Changes are checked against libvirt's schema, which wants a name there.
            stream.write(text.replace("<device>", f"<device><name>{machine.node_name(uuid)}</name>", 1))

    def path(self, uuid, wish):
        return os.path.join(self.where, f"{uuid}-{self.wishes[uuid].index(wish)}.xml")


def queues_of(wish):
    return [f"{adapter:02x}.{domain:04x}" for adapter in wish.adapters for domain in wish.domains]


def stored_wish(uuid):
    """Adapters and domains in the definition, or None."""
    path = os.path.join(machine.STORE, uuid)
    try:
        attrs = json.loads(machine.read(path))["attrs"]
    except FileNotFoundError:
        return None
    ids = {name: [int(attr[name], 0) for attr in attrs if name in attr] for name in ("assign_adapter", "assign_domain")}
    return ids["assign_adapter"], ids["assign_domain"]


class OwnMatrix:
    """A matrix that nobody else asks for: it is known how each command has to end."""

    def __init__(self, uuid, documents):
        self.uuid = uuid
        self.name = machine.node_name(uuid)
        self.documents = documents
        self.defined = None     # a Wish
        self.active = None      # a Wish
        # What it may start as by itself, whatever active says: Wishes.
        self.pending = []
        self.history = collections.deque(maxlen=8)

    # Each returns the command, what is refused (None: nothing, "": perhaps), and
    # what has changed when it was not.

    def define(self, wish):
        def done():
            self.defined = wish
            if self.pending:
                self.pending.append(wish)
        return f"nodedev-define {self.documents.path(self.uuid, wish)}", None, done

    def undefine(self, _wish):
        def done():
            self.settle()
            self.defined = None
            self.pending = []
        refusal = None if self.defined else "is not defined" if self.active else "no node device"
        return f"nodedev-undefine {self.name}", refusal, done

    def start(self, _wish):
        def done():
            self.active = self.defined
            self.pending = []
        refusal = "is already active" if self.active else None if self.defined else "no node device"
        return f"nodedev-start {self.name}", "" if self.pending else refusal, done

    def destroy(self, _wish):
        def done():
            self.active = None
            self.pending = []
        refusal = None if self.active else "is not active" if self.defined else "no node device"
        return f"nodedev-destroy {self.name}", "" if self.pending else refusal, done

    def create(self, wish):
        def done():
            self.active = wish
            self.pending = []
        refusal = "exists already" if self.active else None
        return f"nodedev-create {self.documents.path(self.uuid, wish)}", "" if self.pending else refusal, done

    def autostart(self, _wish):
        def done():
            self.pending = [] if self.active else [self.defined]
        refusal = None if self.defined else "is not defined" if self.active else "no node device"
        return f"nodedev-autostart {self.name}", refusal, done

    def describe(self, _wish):
        refusal = None if self.active or self.defined else "no node device"
        return f"nodedev-dumpxml {self.name}", refusal, lambda: None

    def update(self, wish):
        def done():
            self.active = wish
            self.defined = wish
        both = self.active and self.defined and not self.pending
        refusal = None if both else "" if self.active or self.defined else "no node device"
        return f"nodedev-update {self.name} {self.documents.path(self.uuid, wish)} --live --config", refusal, done

    def kernel_wish(self):
        """The wish that the kernel's matrix is of, or None."""
        try:
            queues = machine.kernel_queues(self.uuid)
        except FileNotFoundError:
            return None
        return next((wish for wish in self.documents.wishes[self.uuid] if queues_of(wish) == queues), Wish([], queues))

    def settle(self):
        """It may have started by itself, but is not just starting."""
        if not self.pending:
            return
        with Locked():
            kernel = self.kernel_wish()
        if kernel:
            self.active = kernel if kernel in self.pending else self.active
            self.pending = []

    def difference(self):
        """What is not as it has to be, or None."""
        stored = stored_wish(self.uuid)
        if stored != (self.defined and (self.defined.adapters, self.defined.domains)):
            return f"the definition is {stored}, not {self.defined}"
        self.settle()
        kernel = None if self.pending else self.kernel_wish()
        return None if kernel == self.active else f"the matrix is {kernel}, not {self.active}"


class Client(Actor):
    """Commands for matrices of its own and for those that all ask for."""

    WORDS = re.compile(r"internal error|unknown cause|error code|out of memory|Resource busy|resource busy|system call")
    QUEUE = re.compile(r"\b[0-9a-f]{2}\.[0-9a-f]{4}\b")
    SHARED = ("nodedev-create {file}", "nodedev-create {file}", "nodedev-define {file}", "nodedev-define {file}",
              "nodedev-start {name}", "nodedev-start {name}", "nodedev-destroy {name}", "nodedev-destroy {name}",
              "nodedev-undefine {name}", "nodedev-autostart {name}", "nodedev-autostart {name} --disable",
              "nodedev-dumpxml {name}", "nodedev-info {name}", "nodedev-list --cap mdev",
              "nodedev-list --cap mdev --inactive", "nodedev-list --cap ap_queue")
    UPDATES = ("nodedev-update {name} {file} --live", "nodedev-update {name} {file} --config",
               "nodedev-update {name} {file}")

    def __init__(self, name, seed, ended, pace, documents, own, shared):
        super().__init__(name, seed, ended)
        self.pace = pace
        self.documents = documents
        self.own = own
        self.shared = shared
        self.virsh = Virsh()
        self.can_update = machine.run("virsh", "help", "nodedev-update").returncode == 0
        self.templates = self.SHARED + (self.UPDATES if self.can_update else ())
        self.refusals = collections.Counter()

    def step(self):
        if self.random.random() < 0.5:
            self.step_own(self.random.choice(self.own))
        else:
            self.step_shared(self.random.choice(self.shared))
        self.pace.step()

    def step_own(self, matrix):
        wish = self.random.choice(self.documents.wishes[matrix.uuid])
        for _try in range(2):
            # More that can be done than what has to be refused.
            command, refusal, done = self.random.choice(self.own_commands(matrix))(wish)
            if not refusal:
                break
        _output, error = self.virsh.do(command)
        matrix.history.append(f"{command.split('/')[0]} {wish}: {error or 'done'}")
        if error:
            self.judge(error, matrix.uuid, command)
        if (error is None and refusal) or (error is not None and (refusal is None or refusal not in error)):
            self.fault(f"expected {f'the refusal: {refusal}' if refusal else 'success'} of the last of "
                       f"{list(matrix.history)}")
        if error is None:
            done()
        difference = matrix.difference()
        if difference:
            self.fault(f"{difference}, after {list(matrix.history)}")
        self.counts["done" if error is None else "refused"] += 1

    def own_commands(self, matrix):
        found = [matrix.define, matrix.undefine, matrix.start, matrix.destroy, matrix.create, matrix.autostart,
                 matrix.describe]
        return [*found, matrix.update] if self.can_update else found

    def step_shared(self, uuid):
        wish = self.random.choice(self.documents.wishes[uuid])
        command = self.random.choice(self.templates).format(name=machine.node_name(uuid),
                                                            file=self.documents.path(uuid, wish))
        _output, error = self.virsh.do(command)
        if error:
            self.judge(error, uuid, command)
        self.counts["shared done" if error is None else "shared refused"] += 1

    def judge(self, error, uuid, command):
        """A refusal says what it is about, and is no failure of ours."""
        self.refusals[re.sub(r"[0-9a-f]{8}[-_0-9a-f]{28}|/\S*/|\b[0-9a-f]{2}\.[0-9a-f]{4}\b", "…", error)] += 1
        named = uuid in error or machine.node_name(uuid) in error.split("; ", 1)[-1] or self.QUEUE.search(error)
        if self.WORDS.search(error) or not named:
            self.fault(f"{command}: {error}")

    def finish(self):
        self.virsh.close()


class Mdevctl(Actor):
    """Definitions of its own, by mdevctl, for queues that others want, too."""

    def __init__(self, name, seed, ended, pace, uuids, wishes):
        super().__init__(name, seed, ended)
        self.pace = pace
        self.defined = dict.fromkeys(uuids)
        self.wishes = wishes

    def step(self):
        uuid = self.random.choice(list(self.defined))
        if self.defined[uuid] is None:
            self.define(uuid, self.random.choice(self.wishes))
        else:
            self.random.choice((self.make, self.remove, self.undefine, self.look))(uuid)
        now = stored_wish(uuid)
        expected = self.defined[uuid]
        if now != (expected and (expected.adapters, expected.domains)):
            self.fault(f"definition {uuid} is {now}, not {expected}")
        # libvirt's own driver asks mdevctl after each change of the store and each
        # removal, one after the other: that must not become more and more.
        for _step in range(8):
            self.pace.follow(self.ended)

    def mdevctl(self, *arguments):
        done = machine.run("mdevctl", *arguments)
        self.counts["done" if done.returncode == 0 else "refused"] += 1
        return done

    def must(self, *arguments):
        done = self.mdevctl(*arguments)
        if done.returncode:
            self.fault(f"mdevctl {' '.join(arguments)}: {done.stderr.strip()}")

    def define(self, uuid, wish):
        self.must("define", "-u", uuid, "-p", "matrix", "--type", machine.TYPE)
        for name, values in (("assign_adapter", wish.adapters), ("assign_domain", wish.domains)):
            for value in values:
                self.must("modify", "-u", uuid, "--addattr", name, "--value", str(value))
        self.defined[uuid] = wish

    def make(self, uuid):
        """Somebody else may have the queues."""
        self.mdevctl("start", "-u", uuid)

    def remove(self, uuid):
        self.mdevctl("stop", "-u", uuid)

    def undefine(self, uuid):
        self.must("undefine", "-u", uuid)
        self.defined[uuid] = None

    def look(self, uuid):
        listed = self.mdevctl("list", "--defined")
        # It gives up when a definition goes while it reads them.
        if listed.returncode == 0 and uuid not in listed.stdout:
            self.fault(f"mdevctl does not list {uuid}: {listed.stdout} {listed.stderr}")


class Cards(Actor):
    """One card comes and goes, another is switched off and on."""

    def __init__(self, name, seed, ended, pace, coming, switched):
        super().__init__(name, seed, ended)
        self.pace = pace
        self.coming = coming
        self.switched = switched
        self.there = True
        self.on = True

    def step(self):
        if self.random.random() < 0.5:
            machine.control(*(("card_remove", self.coming) if self.there else ("card_add", f"{self.coming} CEX5A")))
            self.there = not self.there
        else:
            machine.control("deconfigure" if self.on else "configure", self.switched)
            self.on = not self.on
        machine.scan()
        self.counts["done"] += 1
        self.pace.follow(self.ended)

    def finish(self):
        if not self.there:
            machine.control("card_add", f"{self.coming} CEX5A")
        machine.control("configure", self.switched)
        machine.scan()


class Locked:
    """The lock, taken as s390-tools take it."""

    def __init__(self):
        self.own = f"{LOCK}.{threading.get_ident()}"

    def __enter__(self):
        with open(self.own, "w", encoding="ascii") as stream:
            stream.write(f"{os.getpid()}\n")
        try:
            machine.wait_until(self.take, "the lock is free", 300)
        finally:
            os.unlink(self.own)

    def take(self):
        try:
            os.link(self.own, LOCK)
        except FileExistsError:
            return False
        return True

    def __exit__(self, *_error):
        os.unlink(LOCK)


class Pool(Actor):
    """Gives an adapter and a domain to the host and takes them away, as chzdev does."""

    def __init__(self, name, seed, ended, pace, changes):
        super().__init__(name, seed, ended)
        self.pace = pace
        self.changes = changes      # of which file which id, and what it is in the beginning

    def step(self):
        name, number, _begin = self.random.choice(self.changes)
        with Locked():
            try:
                machine.write(f"{self.random.choice('+-')}{number}", machine.BUS, name)
                self.counts["done"] += 1
            except OSError:
                # Matrices have the queues.
                self.counts["refused"] += 1
        self.pace.follow(self.ended)

    def finish(self):
        with Locked():
            for name, number, begin in self.changes:
                machine.write(f"{begin}{number}", machine.BUS, name)
