#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold the house rules that a program can check; prints TAP, one line a rule.

Each rule is a function that returns the list of its violations; a rule that
cannot be checked here raises Skip with the reason.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import includes  # noqa: E402  (the path is set just above)
import series  # noqa: E402

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
MAX_FILE_LINES = 1000
CHECKPATCH_IGNORE = ",".join([
    "FILE_PATH_CHANGES",        # no MAINTAINERS file here
    "LINUX_VERSION_CODE",
    "COMMIT_MESSAGE",
    "LONG_LINE", "LONG_LINE_COMMENT", "LONG_LINE_STRING",  # 90 columns, held by clang-format
    "CAMELCASE",                # the names of GLib, libfuse and libFuzzer
    "OPEN_ENDED_LINE", "SPLIT_STRING",  # clang-format breaks so where it has to
    "SPACING", "LINE_SPACING",  # held by clang-format; g_autoptr() looks like a cast and no declaration
    "PREFER_KERNEL_TYPES",      # user space shells use stdint where their libraries do
])


class Skip(Exception):
    """The rule cannot be checked on this machine."""


def tracked(*patterns):
    """The files that belong to the project, tracked or new."""
    done = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", "--", *patterns],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [name for name in done.stdout.splitlines() if os.path.isfile(os.path.join(TOP, name))]


def sources(under=""):
    return tracked(f"{under}*.c", f"{under}*.h")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as stream:
        return stream.read()


def output_of(command, **keywords):
    """What a checker printed when it found fault, else nothing."""
    done = subprocess.run(command, **{"cwd": TOP, **keywords}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip().splitlines() if done.returncode else []


def rule_includes(_options):
    """Layers include downwards only."""
    return includes.violations(TOP, sources())


def rule_licence(_options):
    """Each source file says its licence in its first three lines."""
    bad = []
    for name in sources() + tracked("*.py", "run", ".ci/run", "tests/machine/*", "*meson.build"):
        if "SPDX-License-Identifier:" not in "".join(read(name).splitlines(True)[:3]):
            bad.append(f"{name}: no SPDX line")
    for name in sources("vfio_ap/"):
        first = read(name).splitlines()[0] if read(name) else ""
        if "GPL-2.0" not in first:
            bad.append(f"{name}: vfio_ap/ is GPL-2.0: {first}")
    return bad


def rule_file_size(_options):
    """No source file is longer than 1000 lines."""
    return [f"{name}: {lines} lines" for name in sources() + tracked("*.py")
            if (lines := read(name).count("\n")) > MAX_FILE_LINES]


def rule_whitespace(_options):
    """No trailing blanks, a newline at the end."""
    bad = []
    for name in tracked():
        if name.startswith("LICENSES/") or name.endswith(".patch") or not is_text(name):
            continue
        text = read(name)
        bad += [f"{name}:{number}: trailing blanks" for number, line in enumerate(text.splitlines(), 1)
                if line != line.rstrip()]
        if text and not text.endswith("\n"):
            bad.append(f"{name}: no newline at the end")
    return bad


def rule_private_names(_options):
    """No private structure of libvirt is laid out, and no private header used."""
    pattern = re.compile(r"struct _vir(?!Error\b)\w+\s*\{|(node_device_conf|node_device_driver|"
                         r"datatypes|internal|viraccessmanager|driver-nodedev)\.h")
    return [f"{name}:{number}: {line.strip()}" for name in sources("src/") + sources("tests/")
            for number, line in enumerate(read(name).splitlines(), 1) if pattern.search(line)]


def rule_literal_paths(_options):
    """Only the root descriptor decides where sysfs and the store are."""
    bad = []
    for name in sources("src/model/") + sources("src/host/") + sources("src/conf/"):
        text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), read(name), flags=re.S)
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r'open(at)?\s*\([^;]*"/(sys|etc|run|dev)', line):
                bad.append(f"{name}:{number}: {line.strip()}")
    return bad


def rule_format(_options):
    """clang-format agrees."""
    return output_of(["clang-format", "--dry-run", "-Werror", *sources()])


def checkpatch_script(cache):
    """The kernel's style checker, taken from Debian's kernel source package."""
    script = os.path.join(cache, "checkpatch", "checkpatch.pl")
    if os.path.exists(script):
        return script
    work = os.path.join(cache, "checkpatch.new")
    subprocess.run(["rm", "-rf", work], check=True)
    os.makedirs(work)
    depends = subprocess.run(["apt-cache", "depends", "linux-source"], stdout=subprocess.PIPE,
                             text=True, check=True).stdout
    match = re.search(r"Depends: (linux-source-[\d.]+)", depends)
    if not match:
        raise Skip("no kernel source package to take checkpatch.pl from")
    done = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", match[1]],
                          cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    packages = [name for name in os.listdir(work) if name.endswith(".deb")]
    if done.returncode or not packages:
        raise Skip(f"{match[1]} cannot be downloaded: {done.stdout.strip().splitlines()[-1:]}")
    wanted = ("checkpatch.pl", "spelling.txt", "const_structs.checkpatch")
    inner = f"./usr/src/{match[1]}.tar.xz"
    command = f"dpkg-deb --fsys-tarfile {packages[0]} | tar xOf - {inner} | xz -dc"
    found = 0
    # The reader stops early, so what the writers say about a closed pipe is no news.
    with subprocess.Popen(["bash", "-c", command], cwd=work, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as stream:
        with tarfile.open(fileobj=stream.stdout, mode="r|") as archive:
            for member in archive:
                base = os.path.basename(member.name)
                if member.name.endswith(f"/scripts/{base}") and base in wanted:
                    with open(os.path.join(work, base), "wb") as target:
                        target.write(archive.extractfile(member).read())
                    found += 1
                if found == len(wanted):
                    break
        stream.kill()
    if found != len(wanted):
        raise Skip(f"{match[1]} does not hold {', '.join(wanted)}")
    os.unlink(os.path.join(work, packages[0]))
    os.chmod(os.path.join(work, "checkpatch.pl"), 0o755)
    os.rename(work, os.path.join(cache, "checkpatch"))
    return script


def rule_checkpatch(options):
    """checkpatch --strict on vfio_ap/."""
    os.makedirs(options.cache, exist_ok=True)
    script = checkpatch_script(options.cache)
    # It leaves a file of its own where it runs: not among ours.
    files = [os.path.join(TOP, name) for name in sources("vfio_ap/")]
    lines = output_of(["perl", script, "--no-tree", "--strict", "--terse", "--no-summary", "--quiet",
                       "--max-line-length=90", f"--ignore={CHECKPATCH_IGNORE}", "-f", *files], cwd=options.cache)
    return [line.replace(TOP + "/", "") for line in lines if ":" in line]


def rule_tidy(options):
    """clang-tidy has nothing to say."""
    build = os.path.join(options.builds, "clang")
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as stream:
        commands = json.load(stream)
    files = sorted({os.path.abspath(os.path.join(entry["directory"], entry["file"])) for entry in commands
                    if entry["file"].endswith(".c")})
    files = [name for name in files if name.startswith(TOP) and not name.startswith(build)]

    def tidy(name):
        lines = output_of(["clang-tidy", "-p", build, "--quiet", name])
        return [line for line in lines if re.search(r": (error|warning):", line)]

    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return sorted({line for lines in pool.map(tidy, files) for line in lines})


def rule_shell(_options):
    """shellcheck has nothing to say."""
    scripts = [name for name in tracked("run", ".ci/run", "*.sh", "tests/**", "packaging/**", "vfio_ap/**", "src/**")
               if name.endswith(".sh") or re.match(rb"#!.*\b(ba|da)?sh\b", first_bytes(name))]
    return output_of(["shellcheck", "-x", *sorted(set(scripts))])


def first_bytes(name):
    with open(os.path.join(TOP, name), "rb") as stream:
        return stream.read(4096)


def is_text(name):
    """Sources, scripts and pages; seeds of fuzzers and golden data may hold anything."""
    return "/seeds/" not in name and "/data/" not in name and b"\0" not in first_bytes(name)


def rule_python(_options):
    """The Python programs compile."""
    bad = []
    for name in tracked("*.py"):
        try:
            compile(read(name), name, "exec")
        except SyntaxError as error:
            bad.append(f"{name}:{error.lineno}: {error.msg}")
    return bad


def rule_documents(_options):
    """The pages are well-formed reStructuredText."""
    bad = []
    for name in tracked("*.rst"):
        bad += output_of(["rst2html5", "--syntax-highlight=none", "--halt=2", "--report=2", name, "/dev/null"])
    return bad


def rule_series(_options):
    """Each QEMU gets the same patches in the same order."""
    return series.violations(os.path.join(TOP, "vfio_ap", "mainframe", "qemu"))


def rule_exports(options):
    """The driver module exports the entry points of a node device driver and nothing else."""
    module = os.path.join(options.builds, "clang", "driver", "libvirt_driver_nodedev.so")
    done = subprocess.run(["nm", "-D", "--defined-only", module], stdout=subprocess.PIPE, text=True, check=True)
    names = [line.split()[-1].split("@")[0] for line in done.stdout.splitlines()]
    return [f"{name} is exported" for name in names if not re.match(r"node(dev|Num|List|Connect|Device)", name)]


def rule_packages(_options):
    """Nothing but the list of packages names what to install."""
    pattern = re.compile(r"apt(-get)? install|pip3? install|npm install")
    return [f"{name}: installs by itself" for name in tracked("tests/**", "vfio_ap/**", "src/**", "docs/**")
            if is_text(name) and name != "tests/lint/lint.py" and pattern.search(read(name))]


RULES = [value for name, value in list(globals().items()) if name.startswith("rule_")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--builds", required=True)
    parser.add_argument("--cache", required=True)
    parser.add_argument("rule", nargs="*", help="names without rule_; default all")
    options = parser.parse_args()
    rules = [rule for rule in RULES if not options.rule or rule.__name__[5:] in options.rule]
    failed = 0
    for number, rule in enumerate(rules, 1):
        name = rule.__name__[5:]
        try:
            bad = rule(options)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
            continue
        failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {number} - {name}: {rule.__doc__.strip()}", flush=True)
        for line in bad[:60]:
            print(f"#   {line}", flush=True)
    print(f"1..{len(rules)}")
    return 1 if failed or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
