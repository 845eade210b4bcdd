#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make-driver-dir.sh: a directory for LIBVIRT_DRIVER_DIR with links to all of
# libvirt's driver modules and to ours in the place of its node device module.
#
# usage: make-driver-dir.sh MODULE STOCK-DRIVER-DIR DRIVER-DIR STAMP
set -eu

module=$1 stock=$2 target=$3 stamp=$4

rm -rf "$target"
sh "$(dirname "$0")/link-drivers.sh" "$stock" "$target"
ln -s "$module" "$target/libvirt_driver_nodedev.so"
touch "$stamp"
