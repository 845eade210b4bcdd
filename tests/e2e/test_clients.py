# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many clients at once: no queue is ever shared, nothing is left over."""

import itertools
import random
import threading

import libvirt

import machine

CLIENTS = 8
OPERATIONS = 200
ADAPTERS = (5, 6)
DOMAINS = (4, 0x47, 0xab, 0xff)
REFUSALS = (libvirt.VIR_ERR_OPERATION_INVALID,)


class Client(threading.Thread):
    """Creates and destroys matrices at random; remembers what it holds."""

    def __init__(self, seed, count, owner, guard):
        super().__init__()
        self.random = random.Random(seed)
        self.count = count
        self.owner = owner          # queue -> name of the matrix, for all clients
        self.guard = guard
        self.held = {}              # device name -> (device, queues)
        self.faults = []
        self.created = 0

    def run(self):
        try:
            connection = libvirt.open("qemu:///system")
            for _number in range(self.count):
                self.step(connection)
            for name in list(self.held):
                self.destroy(name)
            connection.close()
        except Exception as error:  # whatever it is, the test has to show it
            self.faults.append(repr(error))

    def step(self, connection):
        if self.held and self.random.random() < 0.5:
            self.destroy(self.random.choice(list(self.held)))
            return
        adapters = self.random.sample(ADAPTERS, self.random.randint(1, 2))
        domains = self.random.sample(DOMAINS, self.random.randint(1, 3))
        try:
            device = connection.nodeDeviceCreateXML(machine.document(adapters, domains), 0)
        except libvirt.libvirtError as error:
            if error.get_error_code() not in REFUSALS:
                self.faults.append(f"{error.get_error_code()}: {error}")
            return
        self.created += 1
        queues = list(itertools.product(adapters, domains))
        self.held[device.name()] = (device, queues)
        with self.guard:
            for queue in queues:
                if queue in self.owner:
                    self.faults.append(f"{queue} is in {self.owner[queue]} and in {device.name()}")
                self.owner[queue] = device.name()

    def destroy(self, name):
        device, queues = self.held.pop(name)
        with self.guard:
            for queue in queues:
                self.owner.pop(queue, None)
            # Under the guard: nobody may record a queue before it is free.
            device.destroy()


class Clients(machine.MachineTest):
    def test_eight_clients_share_nothing_and_leave_nothing(self):
        seed = random.SystemRandom().randrange(2 ** 32)
        print(f"# seed {seed}", flush=True)
        owner, guard = {}, threading.Lock()
        clients = [Client(seed + number, OPERATIONS // CLIENTS, owner, guard) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual([fault for client in clients for fault in client.faults], [])
        self.assertGreater(sum(client.created for client in clients), 0)
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertEqual(machine.virsh_names("--cap", "mdev", "--all") if has_all() else
                         machine.virsh_names("--cap", "mdev"), [])


def has_all():
    return "--all" in machine.run("virsh", "nodedev-list", "--help").stdout
