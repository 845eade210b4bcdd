#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# link-drivers.sh: links to all of libvirt's driver modules but the one for node
# devices, so that LIBVIRT_DRIVER_DIR can name the directory where ours is.
#
# usage: link-drivers.sh STOCK-DRIVER-DIR DRIVER-DIR
set -eu

stock=$1 target=$2

mkdir -p "$target"
for driver in "$stock"/libvirt_driver_*.so; do
  case $driver in
    */libvirt_driver_nodedev.so) ;;
    *) [ ! -e "$driver" ] || ln -sf "$driver" "$target/" ;;
  esac
done
