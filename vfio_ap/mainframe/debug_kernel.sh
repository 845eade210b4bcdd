# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# debug_kernel.sh: a kernel for the emulated mainframe that looks for faults in
# itself: Debian's source, with what guest/debug-kernel.config says, no more than
# this machine needs, and the kernel's own vfio_ap.  Sourced by parts.sh.
# Needs what that needs.

# Whose accesses to memory are checked, beside the driver's: those around it.  All of the
# kernel's would cost much more of the emulator's time.
CHECKED_DIRS=(drivers/s390/crypto drivers/vfio drivers/vfio/mdev arch/s390/kvm)
# shellcheck disable=SC2034  # for build.sh: it is made anew when one of them has changed
DEBUG_STEPS=(make_debug check_accesses make_in configure_debug install_debug_modules make_debug_initrd shrink_tree)

make_debug() { # DIR: vmlinuz, initrd.cpio, modules, release, and a tree to build modules with
  local deb
  deb=$(apt_download "linux-source-$KERNEL:all")
  dpkg-deb --fsys-tarfile "$deb" | tar -xOf - "./usr/src/linux-source-$KERNEL.tar.xz" | tar -xJf - -C "$1"
  mv "$1/linux-source-$KERNEL" "$1/tree"
  patch -d "$1/tree" -p1 <"$HERE/guest/debug-kernel.patch"
  check_accesses "$1/tree"
  configure_debug "$1/tree" "$HERE/guest/debug-kernel.config"
  make_in "$1/tree" "-j$(nproc)" bzImage modules
  make_in "$1/tree" -s kernelrelease >"$1/release"
  cp "$1/tree/arch/s390/boot/bzImage" "$1/vmlinuz"
  install_debug_modules "$1" "$(cat "$1/release")"
  make_debug_initrd "$1"
  shrink_tree "$1/tree"
}

check_accesses() { # TREE: in these places, where make_in says "nowhere"
  local dir
  for dir in "${CHECKED_DIRS[@]}"; do
    printf '\nKASAN_SANITIZE := y\n' >>"$1/$dir/Makefile"
  done
  # These define functions by names that are others where nothing is checked.
  for dir in lib arch/s390/lib; do
    printf '\nKASAN_SANITIZE_string.o := y\n' >>"$1/$dir/Makefile"
  done
}

make_in() { # TREE ARGUMENT ...
  env KASAN_SANITIZE=n make -C "$1" ARCH=s390 "CROSS_COMPILE=$CROSS_PREFIX" "CC=$CROSS_CC" "${@:2}"
}

configure_debug() { # TREE FILE: everything in FILE, what that needs, and nothing else
  local line wrong=0
  KCONFIG_ALLCONFIG=$2 make_in "$1" -s allnoconfig
  while read -r line; do
    grep -qxF "$line" "$1/.config" || { echo "$1 doesn't have $line" >&2; wrong=1; }
  done < <(grep '^CONFIG_.*=[^n]' "$2")
  return "$wrong"
}

install_debug_modules() { # DIR RELEASE: vfio_ap is where that of this tree takes its place
  local dir=$1/modules/lib/modules/$2
  make_in "$1/tree" -s "INSTALL_MOD_PATH=$1/modules" INSTALL_MOD_STRIP=1 modules_install
  rm -f "$dir"/{build,source}
  mkdir "$dir/extra"
  mv "$dir/kernel/drivers/s390/crypto/vfio_ap.ko" "$dir/extra/"
  PATH=$PATH:/sbin:/usr/sbin depmod -b "$1/modules" -F "$1/tree/System.map" "$2"
}

make_debug_initrd() { # DIR: nothing that is needed to find the disk is a module
  local initrd=$1/initrd
  mkdir -p "$initrd"/{bin,proc,sys,dev,ro,rw,modules,mainframe}
  cp "$KERNEL_PART/root/bin/busybox" "$initrd/bin/"
  : >"$initrd/modules/list"
  install -m 755 "$HERE/guest/initrd-init" "$initrd/init"
  (cd "$initrd" && find . | cpio --quiet -o -H newc -R 0:0) >"$1/initrd.cpio"
  rm -rf "$initrd"
}

shrink_tree() { # TREE: what modules are built with stays, and headers of drivers
  find "$1" \( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name '*.S' \) -not -path "$1/scripts/*" -delete
  find "$1" -name '*.c' -not -path "$1/scripts/*" -not -path "$1/drivers/s390/crypto/*" -delete
  rm -rf "$1"/{Documentation,sound,samples,vmlinux*,arch/s390/boot/bzImage}
  find "$1/arch" -mindepth 1 -maxdepth 1 ! -name s390 ! -name Kconfig -exec rm -rf {} +
  find "$1" -type d -empty -delete
}
