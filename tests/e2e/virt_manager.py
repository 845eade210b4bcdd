#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Let virt-manager show what it would add to a guest as an "MDEV Host Device".

usage: virt_manager.py [--finish] [--picture FILE] URI GUEST DEVICE

Needs a display.  Opens the details of the guest and its "Add Hardware", picks DEVICE there, and prints JSON: the
devices that are offered with whether they can be picked, and the XML that would be added.  The window is kept in
FILE; with --finish the device is added, as by a click on "Finish".
"""

import argparse
import json
import os
import sys
import traceback

sys.path.insert(0, "/usr/share/virt-manager")
KIND = "MDEV Host Device"
# Milliseconds between two looks at what has come of the last step, and looks until it is given up.
PERIOD = 100
LOOKS = 600
# Looks until what is to be seen in a picture has been drawn.
DRAWN = 10
# Places in a row of the list of devices.
DEVICE, NAME, CAN_BE_PICKED = range(3)


def find(model, column, text):
    """Place of the row that has @text; None when there is none yet."""
    return next((number for number, row in enumerate(model) if row[column] == text), None)


class Steps:
    """One step for each look; each is repeated until it returns something."""

    def __init__(self, options):
        self.device = options.device
        self.picture = options.picture
        self.looks = 0
        self.todo = [self.open_dialog, self.pick_kind, self.pick_device]
        if self.picture:
            self.todo += [self.wait] * DRAWN + [self.take_picture]
        if options.finish:
            self.todo += [self.finish, self.see_it_added]
        self.dialog = None
        self.answer = {}

    def look(self):
        """Whether to be called again."""
        self.looks += 1
        try:
            if self.looks > LOOKS:
                raise TimeoutError(f"nothing comes of {self.todo[0].__name__}")
            if self.todo[0]():
                self.todo.pop(0)
                self.looks = 0
            if not self.todo:
                print(json.dumps(self.answer), flush=True)
                os._exit(0)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            os._exit(1)
        return True

    def open_dialog(self):
        from virtManager.vmwindow import vmmVMWindow
        from virtManager.addhardware import vmmAddHardware
        windows = list((vmmVMWindow._instances or {}).values())
        if windows:
            self.dialog = vmmAddHardware(windows[0].vm)
            self.dialog.show(windows[0].topwin)
        return bool(windows)

    def pick_kind(self):
        tree = self.dialog.widget("hw-list")
        place = find(tree.get_model(), 0, KIND)
        if place is not None:
            tree.get_selection().select_path(place)
        return place is not None

    def pick_device(self):
        tree = self.dialog.widget("host-device")
        place = find(tree.get_model(), NAME, self.device)
        if place is None:
            return False
        tree.get_selection().select_path(place)
        self.answer = {"devices": {row[NAME]: row[CAN_BE_PICKED] for row in tree.get_model()},
                       "xml": self.dialog._build_device(check_xmleditor=False).get_xml()}
        return True

    def finish(self):
        self.dialog.widget("create-finish").clicked()
        return True

    def see_it_added(self):
        """The dialog closes itself when that went well."""
        return not self.dialog.is_visible()

    @staticmethod
    def wait():
        return True

    def take_picture(self):
        from gi.repository import Gdk
        window = self.dialog.topwin.get_window()
        size = window.get_width(), window.get_height()
        return Gdk.pixbuf_get_from_window(window, 0, 0, *size).savev(self.picture, "png", ["compression"], ["9"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--finish", action="store_true")
    parser.add_argument("--picture", metavar="FILE")
    for name in ("uri", "guest", "device"):
        parser.add_argument(name)
    options = parser.parse_args()
    steps = Steps(options)
    sys.argv = ["virt-manager", "--no-fork", "--connect", options.uri, "--show-domain-editor", options.guest]
    from gi.repository import GLib
    from virtManager import virtmanager
    GLib.timeout_add(PERIOD, steps.look)
    virtmanager.main()


if __name__ == "__main__":
    main()
