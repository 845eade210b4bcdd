# SPDX-License-Identifier: GPL-2.0
"""Beside the machine: exit statuses, messages, and that nothing is left of it."""

import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

APSIM = os.environ["APSIM"]
HERE = os.path.dirname(os.path.abspath(__file__))
PLACES = ("/run", "/dev", "/etc/libvirt", "/etc/mdevctl.d", "/var/lib/libvirt", "/var/log/libvirt",
          "/var/cache/libvirt")
BUSY = ("shm", "pts", "mqueue", "lock", "user", "systemd", "udev")


def run(*command, profile="doc"):
    return subprocess.run([APSIM, "run", "--profile", profile, "--", *command], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)


def apsim(*arguments, **keywords):
    return subprocess.run([APSIM, *arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False, **keywords)


def children(pid):
    """Direct children of a process."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as stream:
                fields = stream.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid:
            found.append(int(name))
    return sorted(found)


def leaves(pid):
    """Descendants without children of their own; a process itself if it has none."""
    own = children(pid)
    return [leaf for child in own for leaf in leaves(child)] if own else [pid]


def state_of(pid):
    """The letter of its state, as ps shows it."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
        return stream.read().rpartition(")")[2].split()[0]


def alive(marker):
    """Processes with a marker among their arguments."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as stream:
                if marker.encode() in stream.read().split(b"\0"):
                    found.append(name)
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            continue
    return found


def own_mounts():
    with open("/proc/self/mounts", encoding="utf-8") as stream:
        return [line for line in stream if line.startswith("apsim ")]


def snapshot():
    """What is in the places of which a machine has its own."""
    found = {}
    for place in PLACES:
        for parent, directories, files in os.walk(place):
            if parent in ("/dev", "/run"):
                # Others work there, or mount something of their own there.
                directories[:] = [name for name in directories if name not in BUSY]
            found[parent] = sorted(directories + files)
    return found


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Status(unittest.TestCase):
    def test_status_is_that_of_the_command(self):
        self.assertEqual(run("sh", "-c", "exit 42").returncode, 42)
        self.assertEqual(run("true").returncode, 0)

    def test_signal_is_told_as_by_a_shell(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.assertEqual(run("sh", "-c", f"kill -{number} $$").returncode, 128 + number)

    def test_command_that_is_not_there_or_no_program(self):
        self.assertEqual(run("/nonexistent").returncode, 127)
        self.assertEqual(run("/etc/passwd").returncode, 126)

    def test_wrong_usage_is_told(self):
        for arguments in ([], ["dance"], ["run"], ["run", "--"], ["run", "--dance", "true"], ["run", "--profile"],
                          ["profiles", "x"]):
            done = apsim(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertRegex(done.stderr, r"^apsim: .*\nUsage: ")

    def test_unknown_or_faulty_profile_is_told_in_one_line(self):
        self.assertRegex(run("true", profile="nope").stderr, r"^apsim: there is no profile 'nope' .*\n$")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("[machine]\n[card 5]\ntype=CEX9C\n")
            file.flush()
            done = run("true", profile=file.name)
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, rf"^apsim: {file.name}: \[card 5\] type: 'CEX9C' .*\n$")

    def test_without_root_it_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            copy = os.path.join(folder, "apsim")
            subprocess.run(["cp", APSIM, copy], check=True)
            with open(os.path.join(folder, "m.conf"), "w", encoding="utf-8") as stream:
                stream.write("[machine]\n")
            done = subprocess.run([copy, "run", "--profile", folder + "/m.conf", "true"], user=65534, group=65534,
                                  extra_groups=[], text=True, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, r"^apsim: needs root.*\n$")

    def elsewhere(self, script):
        """A shell script as root with mounts of its own."""
        return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", APSIM], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)

    def test_without_fuse_it_is_told(self):
        done = self.elsewhere("mount -t tmpfs none /dev && exec $1 run true")
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, r"^apsim: cannot open /dev/fuse.*\n$")

    def test_what_cannot_be_mounted_is_told_in_one_line(self):
        done = self.elsewhere("mount --bind /dev/null /dev/fuse && exec $1 run true")
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr, r"^apsim: cannot mount fuse.apsim on /sys: .*\n$")

    def test_directories_that_the_host_does_not_have_are_made_in_memory(self):
        for place, name in (("/var/cache", "libvirt"), ("/etc", "mdevctl.d"), ("/etc", "udev/rules.d"),
                            ("/etc/udev", "rules.d")):
            done = self.elsewhere(f"mount -t tmpfs none {place} && "
                                  f"$1 run sh -c 'echo x > {place}/{name}/new && cat {place}/{name}/new' && ls -A {place}")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "x\n", ""), place)

    def test_directory_made_in_memory_hides_no_other(self):
        done = self.elsewhere("mount -t tmpfs none /etc && mkdir -p /etc/mdevctl.d/matrix && "
                              "$1 run sh -c 'ls /etc/mdevctl.d; ls -d /etc/udev/rules.d'")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "scripts.d\n/etc/udev/rules.d\n", ""))

    def test_signal_mask_of_the_user_is_kept(self):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        try:
            found = run("grep", "SigBlk", "/proc/self/status").stdout
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self.assertEqual(int(found.split()[1], 16), 1 << (signal.SIGUSR1 - 1))

    def test_signals_from_outside_reach_the_command_once(self):
        script = "trap 'echo got >&2' TERM; echo ready; while :; do read -r -t 20 line && exit 3; done"
        with subprocess.Popen([APSIM, "run", "--", "bash", "-c", script], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.stderr.readline(), "got\n")
            out = process.communicate("\n", timeout=30)
            self.assertEqual((process.returncode, out[1]), (3, ""))


class Surroundings(unittest.TestCase):
    def at(self, place, *command):
        return subprocess.run([APSIM, "run", "--", *command], cwd=place, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, check=False)

    def test_place_is_kept_also_where_the_machine_has_its_own(self):
        for place, entry in (("/usr/share", "doc"), ("/sys/class", "mdev_bus"), ("/sys", "bus/ap"),
                             ("/run", "apsim"), ("/etc/libvirt", ".")):
            if os.path.isdir(place):
                done = self.at(place, "sh", "-c", "pwd -P; ls -d $0", entry)
                self.assertEqual((done.returncode, done.stdout), (0, f"{place}\n{entry}\n"), done.stderr)

    def test_place_that_is_gone_is_no_obstacle(self):
        script = "mkdir gone && cd gone && rmdir ../gone && exec $0 run true"
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(subprocess.run(["sh", "-c", script, APSIM], cwd=folder, check=False).returncode, 0)

    def test_closed_standard_files_stay_closed_and_do_no_harm(self):
        show = "$0 run sh -c 'cat /sys/bus/ap/apmask; [ -e /proc/self/fd/{0} ] || echo closed' {1}"
        for script in (show.format(0, "<&-"), show.format(2, "2>&-")):
            done = subprocess.run(["sh", "-c", script, APSIM], text=True, stdout=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, "0x" + "f" * 64 + "\nclosed\n"), script)
        for script, status in (("exec $0 run /nonexistent 2>&-", 127), ("exec $0 run true <&- >&- 2>&-", 0)):
            self.assertEqual(subprocess.run(["sh", "-c", script, APSIM], check=False).returncode, status)

    def test_chroot_whose_root_is_no_mount_point_will_do(self):
        script = """mount -t tmpfs none /mnt && mkdir /mnt/root && cd /mnt/root &&
                    for d in $(cd / && echo *); do
                        case $d in mnt | proc | sys | run) continue ;; esac
                        [ ! -d /$d ] || { mkdir $d && mount --rbind /$d $d; } || exit
                    done && mkdir proc sys run && mount -t proc proc proc && mount -t sysfs sysfs sys &&
                    before=$(wc -l </proc/self/mountinfo) &&
                    chroot . "$1" run sh -c 'cd /sys && ls bus/ap/devices && ls -d /mnt 2>&1' ;
                    [ $(wc -l </proc/self/mountinfo) = $before ] || echo mounts are left"""
        done = subprocess.run(["unshare", "-m", "--propagation", "shared", "sh", "-c", script, "sh",
                               os.path.realpath(APSIM)],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.split()[0], "05.0004")
        self.assertNotIn("left", done.stdout)
        self.assertIn("cannot access '/mnt'", done.stdout)


class Terminal(unittest.TestCase):
    def start(self, *command):
        """A session of its own with a terminal of its own."""
        process, terminal = pty.fork()
        if not process:
            # Whoever started the tests may have ignored it (nohup).
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.execvp(command[0], command)
        return process, terminal

    def shown(self, terminal, text):
        """Reads until @text has been seen."""
        seen = b""
        while text not in seen:
            self.assertTrue(select.select([terminal], [], [], 20)[0], seen)
            seen += os.read(terminal, 4096)
        return seen

    def test_end_of_the_terminal_ends_the_command(self):
        process, terminal = self.start(APSIM, "run", "--", "sh", "-c", "echo ready; exec sleep 1000")
        self.shown(terminal, b"ready")
        os.close(terminal)
        self.assertTrue(wait_for(lambda: os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), 128 + signal.SIGHUP)

    def test_shell_inside_controls_its_jobs(self):
        process, terminal = self.start(APSIM, "run", "--", "env", "PS1=in> ", "bash", "--norc", "--noediting", "-i")
        self.shown(terminal, b"in> ")
        for typed, wanted in ((b"sh -c 'echo rea''dy; exec cat'\n", b"ready"), (b"\x1a", b"Stopped"),
                              (b"fg\n", b"exec cat"), (b"ab\n", b"ab\r\nab"),
                              (b"\x03", b"in> "), (b"echo =$?=\n", b"=130="), (b"tty\n", b"/dev/pts/")):
            os.write(terminal, typed)
            self.shown(terminal, wanted)
        os.write(terminal, b"exit 9\n")
        self.shown(terminal, b"exit")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), 9)
        os.close(terminal)

    def test_shell_outside_controls_the_machine(self):
        shell, terminal = self.start("env", "PS1=out> ", "bash", "--norc", "--noediting", "-i")
        self.shown(terminal, b"out> ")
        os.write(terminal, APSIM.encode() + b" run -- sh -c 'echo rea''dy; exec cat'\n")
        for typed, wanted in ((b"", b"ready"), (b"\x1a", b"Stopped")):
            os.write(terminal, typed)
            self.shown(terminal, wanted)
        # The shell has only seen the first of them stop, and the last one reads the terminal.
        self.assertTrue(wait_for(lambda: [state_of(pid) for pid in leaves(shell)] == ["T"]))
        for typed, wanted in ((b"fg\n", b"run"), (b"ab\n", b"ab\r\nab"),
                              (b"\x03", b"out> "), (b"echo =$?=\n", b"=130=")):
            os.write(terminal, typed)
            self.shown(terminal, wanted)
        os.write(terminal, b"exit\n")
        os.waitpid(shell, 0)
        os.close(terminal)


class Leftovers(unittest.TestCase):
    def kill(self, whom):
        marker = f"marker-{os.getpid()}-{whom}"
        script = "setsid sh -c 'sleep 1000' $0 & echo > /run/left; echo > /etc/libvirt/left; echo ready; wait"
        before = snapshot()
        process = subprocess.Popen([APSIM, "run", "--", "sh", "-c", script, marker],
                                   stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        init = children(process.pid)[0]
        command = children(init)[0]
        os.kill({"supervisor": process.pid, "init": init, "command": command}[whom], signal.SIGKILL)
        status = process.wait(30)
        self.assertTrue(wait_for(lambda: not alive(marker)), f"still there: {alive(marker)}")
        process.stdout.close()
        self.assertEqual(own_mounts(), [])
        self.assertEqual(snapshot(), before)
        return status

    def test_nothing_is_left_when_the_supervisor_is_killed(self):
        self.assertEqual(self.kill("supervisor"), -signal.SIGKILL)

    def test_nothing_is_left_when_init_is_killed(self):
        self.assertEqual(self.kill("init"), 128 + signal.SIGKILL)

    def test_nothing_is_left_when_the_command_is_killed(self):
        self.assertEqual(self.kill("command"), 128 + signal.SIGKILL)

    def test_supervisor_may_be_killed_at_any_time(self):
        before = snapshot()
        for step in range(20):
            marker = f"marker-{os.getpid()}-step{step}"
            process = subprocess.Popen([APSIM, "run", "--", "sleep", "1000", marker],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(step * 0.003)  # somewhere while the machine is made
            process.kill()
            process.wait(30)
            self.assertTrue(wait_for(lambda: not alive(marker)), step)
        self.assertEqual((own_mounts(), snapshot()), ([], before))

    def test_machines_do_not_see_each_other(self):
        create = "/sys/class/mdev_bus/matrix/mdev_supported_types/vfio_ap-passthrough/create"
        script = f"cat /proc/sys/kernel/random/uuid > {create}; echo ready; read -r x; ls /sys/bus/mdev/devices | wc -l"
        machines = [subprocess.Popen([APSIM, "run", "--", "sh", "-c", script], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True) for _ in range(3)]
        for process in machines:
            self.assertEqual(process.stdout.readline(), "ready\n")
        for process in machines:
            self.assertEqual(process.communicate("\n", timeout=30)[0], "1\n")

    def test_machine_inside_a_machine(self):
        done = run(APSIM, "run", "--profile", "max", "ls", "/sys/devices/ap")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.split()), 257)


class Profiles(unittest.TestCase):
    def test_all_are_listed_with_a_description(self):
        lines = apsim("profiles").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["doc", "doc-6.19", "empty", "max", "small", "z16"])
        for line in lines:
            self.assertRegex(line, r"^[\w.-]+ +\w+.*")

    def test_each_has_the_cards_and_domains_of_its_name(self):
        for name, cards, queues in (("doc", 2, 8), ("small", 2, 8), ("z16", 60, 5100), ("empty", 0, 0)):
            done = run("ls", "/sys/bus/ap/devices", profile=name)
            names = done.stdout.split()
            self.assertEqual(sum(name.startswith("card") for name in names), cards, name)
            self.assertEqual(len(names), cards + queues, name)

    def test_largest_machine_is_up_in_under_three_seconds(self):
        start = time.monotonic()
        self.assertEqual(run("true", profile="max").returncode, 0)
        self.assertLess(time.monotonic() - start, 3.0)

    def test_pool_of_doc_is_everything_and_of_small_all_but_the_cards(self):
        self.assertEqual(run("cat", "/sys/bus/ap/apmask").stdout, "0x" + "f" * 64 + "\n")
        self.assertEqual(run("cat", "/sys/bus/ap/apmask", profile="small").stdout, "0xf9" + "f" * 62 + "\n")


class Documents(unittest.TestCase):
    """Help, manual page, README and control directory name the same things."""

    @classmethod
    def setUpClass(cls):
        cls.control = run("ls", "/run/apsim").stdout.split()
        cls.help = apsim("--help").stdout
        cls.texts = {"--help": cls.help}
        for name in ("../../apsim/apsim.8.rst", "../../README.rst"):
            with open(os.path.join(HERE, name), encoding="utf-8") as stream:
                cls.texts[os.path.basename(name)] = stream.read()

    def test_every_control_file_is_documented_everywhere(self):
        self.assertIn("card_add", self.control)
        for where, text in self.texts.items():
            for name in self.control:
                self.assertRegex(text, rf"\b{name}\b", where)

    def test_no_document_names_a_control_file_that_is_not_there(self):
        for where, text in self.texts.items():
            named = set(re.findall(r"\b(?:card|domain|checkstop|reset|guest)_[a-z]+\b", text))
            self.assertEqual(named - set(self.control) - {"guest_matrix"}, set(), where)

    def test_every_option_and_profile_is_documented_everywhere(self):
        options = set(re.findall(r"(--[a-z]+)", self.help))
        self.assertEqual(options, {"--profile", "--help", "--version"})
        for option in options:
            self.assertIn(option, self.texts["apsim.8.rst"])
        for line in apsim("profiles").stdout.splitlines():
            for where in ("apsim.8.rst", "README.rst"):
                self.assertIn(f"``{line.split()[0]}``", self.texts[where])

    def test_version_is_told(self):
        self.assertRegex(apsim("--version").stdout, r"^apsim \d+\.\d+\.\d+\n$")
