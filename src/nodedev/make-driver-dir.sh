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
mkdir -p "$target"
for driver in "$stock"/libvirt_driver_*.so; do
  if [ -e "$driver" ]; then
    ln -s "$driver" "$target/"
  fi
done
ln -sf "$module" "$target/libvirt_driver_nodedev.so"
touch "$stamp"
