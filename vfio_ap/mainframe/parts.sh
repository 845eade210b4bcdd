#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# parts.sh: how each part of the emulated mainframe is made.  build.sh sources
# this to know from what, and runs it, as a process that can be ended whole:
#
#   parts.sh FUNCTION DIRECTORY
#
# Needs $HERE, $CACHE, $RELEASE, $QEMU_SERIES, and of the parts that come before the wanted one
# $KERNEL_PART, $REFERENCE_PART and $SYSROOT_PART.

# shellcheck disable=SC2034  # $SUITE is for apt.sh
case $RELEASE in
  12) SUITE=bookworm KERNEL=6.1 QEMU_SERIES=${QEMU_SERIES:-7.2} ;;
  13) SUITE=trixie KERNEL=6.12 QEMU_SERIES=${QEMU_SERIES:-10.0} ;;
  *) wrong "there is no Debian '$RELEASE' for the mainframe, only 12 and 13" ;;
esac
case $QEMU_SERIES in
  7.2) QEMU_SUITE=bookworm ;;
  10.0) QEMU_SUITE=trixie ;;
  *) wrong "there are no patches for QEMU '$QEMU_SERIES', only for 7.2 and 10.0" ;;
esac
TOOLS_SUITE=trixie # the first that has ap-check in the source of s390-tools
STORE=$CACHE/$RELEASE
HOST_ARCH=$(dpkg --print-architecture)
CROSS_PREFIX=s390x-linux-gnu-
CROSS_CC=${CROSS_PREFIX}gcc-12
# shellcheck source=vfio_ap/mainframe/apt.sh
. "$HERE/apt.sh"
# shellcheck source=vfio_ap/mainframe/debug_kernel.sh
. "$HERE/debug_kernel.sh"
apt_options
mapfile -t IMAGE_PACKAGES < <(list_of_packages "$HERE/guest/packages" "$RELEASE")
mapfile -t SYSROOT_PACKAGES < <(list_of_packages "$HERE/sysroot-packages" "$RELEASE")

QEMU_OPTIONS=(
  --target-list=s390x-softmmu --without-default-features --disable-docs --enable-tcg
  --disable-kvm --enable-system --disable-user --disable-tools --disable-guest-agent
  --enable-fdt=system --enable-gcrypt --disable-werror --disable-install-blobs
)

make_qemu() { # DIR
  local patch
  qemu_source "$1"
  for patch in "$HERE/qemu/$QEMU_SERIES"/*.patch; do
    patch -d "$1/source" -p1 <"$patch"
  done
  qemu_configure "$1"
  ninja -C "$1/build" qemu-system-s390x
  mv "$1/build/qemu-system-s390x" "$1/"
  rm -rf "$1/build" "$1/source" "$1/meson"
}

qemu_source() { # DIR: without patches, in a directory of it
  (cd "$STORE/sources" && apt-get "${APT_BOTH[@]}" source --download-only -qq "qemu/$QEMU_SUITE")
  mkdir "$1/source" "$1/build"
  tar -xf "$(newest "$STORE/sources/qemu_$QEMU_SERIES"*.orig.tar.xz)" -C "$1/source" --strip-components=1
  [ "$QEMU_SERIES" = 7.2 ] || qemu_meson "$1" "$1/source"
}

qemu_configure() { # DIR [OPTION ...]
  local dir=$1
  shift
  # Debian's Python, which has Debian's meson; 7.2 takes no other that is named.
  (export PATH=/usr/bin:$PATH; cd "$dir/build" && ../source/configure "${QEMU_OPTIONS[@]}" "$@")
}

# QEMU 10.0 wants a newer meson than Debian 12 has, and its tarball in Debian
# has none: here is that of the same Debian, for this process only.
qemu_meson() { # DIR SOURCE
  (cd "$STORE/debs" && apt-get "${APT_BOTH[@]}" download -qq "meson/$QEMU_SUITE")
  unpack "$(newest "$STORE"/debs/meson_*_all.deb)" "$1/meson"
  export PYTHONPATH=$1/meson/usr/lib/python3/dist-packages
  # For tests of QEMU only.
  sed -i '/^pycotap = /d' "$2/pythondeps.toml"
}

newest() { # FILE ...: the last of them in the order of versions
  printf '%s\n' "$@" | sort -V | tail -n 1
}

make_kernel() { # DIR: image, modules, and headers to build modules with
  local version kbuild debs deb
  version=$(first_dependency linux-image-s390x 'linux-image-\([0-9][^:]*\)-s390x')
  kbuild=$(first_dependency "linux-headers-$version-s390x" '\(linux-kbuild-[^:]*\)')
  debs=$(apt_download "linux-image-$version-s390x:s390x" "linux-headers-$version-s390x:s390x" \
    "linux-headers-$version-common:all" "$kbuild:$HOST_ARCH" \
    "linux-source-$KERNEL:all" busybox-static:s390x)
  while read -r deb; do
    case $deb in
      */linux-source-*) kernel_source "$deb" "$1" ;;
      *) unpack "$deb" "$1/root" ;;
    esac
  done <<<"$debs"
  echo "$version-s390x" >"$1/release"
  prepare_headers "$1" "$version"
  prepare_kbuild "$1/root"
}

first_dependency() { # PACKAGE PATTERN: the part of its first dependency's name that matches
  local found
  found=$(apt-cache "${APT_BOTH[@]}" depends "$1:s390x" | sed -n "s/^ *Depends: $2\(:.*\)\?\$/\1/p" | head -n 1)
  [ -n "$found" ] || { echo "no $1 for s390x in the package lists" >&2; return 1; }
  echo "$found"
}

unpack() { # DEB DIR
  local name
  for name in bin sbin lib; do
    mkdir -p "$2/usr/$name"
    ln -sfn "usr/$name" "$2/$name"
  done
  dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"
}

# The headers name places of an s390x machine, and a compiler that need not be
# this one: what only that can do is left out, and BTF, which needs its vmlinux.
prepare_headers() { # DIR VERSION
  local headers=$1/root/usr/src/linux-headers-$2-s390x
  sed -i "s# /usr/src/# ${1%.new}/root/usr/src/#" "$headers/Makefile"
  sed -i -e '/^CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=/d' -e '/^CONFIG_DEBUG_INFO_BTF_MODULES=/d' \
    "$headers/include/config/auto.conf"
  printf 'override ARCH = s390\noverride KERNELRELEASE = %s-s390x\noverride CROSS_COMPILE = %s\nCC = %s\n' \
    "$2" "$CROSS_PREFIX" "$CROSS_CC" >"$headers/.kernelvariables"
}

# The programs of kbuild are this machine's, but may be made for a newer C library.
prepare_kbuild() { # ROOT
  local tool deb loader libc=$1/opt/libc
  for tool in "$1"/usr/lib/linux-kbuild-*/scripts/mod/modpost*; do
    ldd "$tool" 2>&1 | grep -q "GLIBC_.* not found" || continue
    [ -d "$libc" ] || { deb=$(apt_download "libc6:$HOST_ARCH") && unpack "$deb" "$libc"; }
    loader=$(readelf -p .interp "$tool" | sed -n 's#.* /lib[0-9]*/##p')
    loader=$(find "$libc/usr/lib" -name "$loader" -type f)
    mv "$tool" "$tool.program"
    printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
      "${loader/.new/}" "$(dirname "${loader/.new/}")" "${tool/.new/}.program" >"$tool"
    chmod +x "$tool"
  done
}

kernel_source() { # DEB DIR: what the missing modules are made of
  local tree=linux-source-$KERNEL
  dpkg-deb --fsys-tarfile "$1" | tar -xOf - "./usr/src/$tree.tar.xz" |
    tar -xJf - -C "$2" "$tree/drivers/vfio" "$tree/drivers/s390/crypto"
  mv "$2/$tree" "$2/source"
}

make_reference() { # DIR: of vfio and mdev what Debian doesn't build for s390x, and the kernel's vfio_ap
  local source=$KERNEL_PART/source/drivers
  mkdir "$1/mdev" "$1/ap"
  cp "$source"/vfio/*.[ch] "$1/"
  cp "$source"/vfio/mdev/*.[ch] "$1/mdev/"
  cp "$source"/s390/crypto/{vfio_ap*.[ch],ap_bus.h,ap_debug.h} "$1/ap/"
  cp "$HERE/guest/Kbuild" "$1/"
  make -C "$KERNEL_PART/root/usr/src/linux-headers-$(cat "$KERNEL_PART/release")" M="$1" modules
}

make_image() { # DIR
  local debs
  debs=$(apt_download_s390x "${IMAGE_PACKAGES[@]}")
  CROSS_CC=$CROSS_CC bash "$HERE/guest/mkimage" "$1" <<<"$debs"
}

make_sysroot() { # DIR: what programs for the mainframe are linked with
  local debs deb link
  debs=$(apt_download_s390x "${SYSROOT_PACKAGES[@]}")
  while read -r deb; do
    unpack "$deb" "$1"
  done <<<"$debs"
  # Only what a compiler and a linker look at.
  find "$1" -mindepth 1 -maxdepth 1 ! -name usr ! -name lib -exec rm -rf {} +
  find "$1/usr" -mindepth 1 -maxdepth 1 ! -name include ! -name lib ! -name share -exec rm -rf {} +
  find "$1/usr/share" -mindepth 1 -maxdepth 1 ! -name pkgconfig -exec rm -rf {} +
  find "$1/usr/lib" -mindepth 1 -maxdepth 1 ! -name s390x-linux-gnu ! -name linux ! -name 'ld*' -exec rm -rf {} +
  # Links to places below /, as seen from here.
  find "$1/usr" -type l -lname '/*' | while read -r link; do
    ln -sfnr "$1$(readlink "$link")" "$link"
  done
}

# Debian's package of s390-tools leaves ap-check out.  A mirror need not have
# the source: then there is a file that says so.
make_ap_check() { # DIR
  local deb debs source=$1/source libraries=$1/libraries cc
  (cd "$STORE/sources" && apt-get "${APT_BOTH[@]}" source --download-only -qq "s390-tools/$TOOLS_SUITE") ||
    { echo "the mirror has no source of s390-tools" >"$1/missing"; return; }
  debs=$(apt_download libjson-c-dev:s390x libjson-c5:s390x)
  while read -r deb; do
    unpack "$deb" "$libraries"
  done <<<"$debs"
  mkdir "$source"
  tar -xf "$(newest "$STORE"/sources/s390-tools_*.orig.tar.gz)" -C "$source" --strip-components=1
  cc="$CROSS_CC --sysroot=$SYSROOT_PART -I$libraries/usr/include"
  cc+=" -L$SYSROOT_PART/usr/lib/s390x-linux-gnu -L$libraries/usr/lib/s390x-linux-gnu"
  make -C "$source/ap_tools" ap-check "CROSS_COMPILE=$CROSS_PREFIX" "CC=$cc" "LINK=$cc" HAVE_CARGO=0
  mv "$source/ap_tools/ap-check" "$1/"
  rm -rf "$source" "$libraries"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  "$@"
  # Whatever this file has become meanwhile.
  exit
fi
