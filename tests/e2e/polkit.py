#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Stands in for polkit on the system bus: answers by the rules in a file.

usage: polkit.py RULES

RULES is a list in JSON of [action, node device, allowed]; the first two may have
wildcards, the first rule that fits decides, and without one it is allowed.
Actions are named without their "org.libvirt.api." in front.
"""

import fnmatch
import json
import sys

from gi.repository import Gio, GLib

NAME = "org.freedesktop.PolicyKit1"
INTERFACE = Gio.DBusNodeInfo.new_for_xml("""
<node>
  <interface name="org.freedesktop.PolicyKit1.Authority">
    <method name="CheckAuthorization">
      <arg type="(sa{sv})" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="a{ss}" direction="in"/>
      <arg type="u" direction="in"/>
      <arg type="s" direction="in"/>
      <arg type="(bba{ss})" direction="out"/>
    </method>
  </interface>
</node>
""").interfaces[0]


def is_allowed(path, action, device):
    with open(path, encoding="utf-8") as stream:
        rules = json.load(stream)
    for action_pattern, device_pattern, allowed in rules:
        if fnmatch.fnmatchcase(action, action_pattern) and fnmatch.fnmatchcase(device, device_pattern):
            return allowed
    return True


def main():
    path = sys.argv[1]

    def answer(_bus, _sender, _object, _interface, _method, parameters, invocation):
        _subject, action, details, _flags, _cancel = parameters.unpack()
        allowed = is_allowed(path, action.removeprefix("org.libvirt.api."), details.get("node_device_name", ""))
        invocation.return_value(GLib.Variant("((bba{ss}))", ((allowed, False, {}),)))

    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
    bus.register_object("/org/freedesktop/PolicyKit1/Authority", INTERFACE, answer)
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), lambda *_: sys.exit("the name is taken"))
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
