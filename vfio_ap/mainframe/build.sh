# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh: what the emulated mainframe is made of, each part in a directory of
# the cache that carries a sum of all its inputs in its name.  A part is made in
# a directory of another name, which is renamed when all of it is there: nothing
# is ever half built, and what has other inputs is built anew.  Sourced.
# Needs $HERE, $CACHE, $RELEASE, die() and say().

# shellcheck disable=SC2034  # $SUITE is for apt.sh
case $RELEASE in
  12) SUITE=bookworm KERNEL=6.1 QEMU_SERIES=7.2 ;;
  *) die "there is no Debian $RELEASE for the mainframe yet, only 12" ;;
esac
HOST_ARCH=$(dpkg --print-architecture)
CROSS_PREFIX=s390x-linux-gnu-
CROSS_CC=${CROSS_PREFIX}gcc-12
# shellcheck source=vfio_ap/mainframe/apt.sh
. "$HERE/apt.sh"
apt_options

QEMU_OPTIONS=(
  --target-list=s390x-softmmu --without-default-features --disable-docs --enable-tcg
  --disable-kvm --enable-system --disable-user --disable-tools --disable-guest-agent
  --enable-fdt=system --disable-werror --disable-install-blobs
)

sum_of() { # WORD-OR-FILE ...: of the contents where it is a file
  local item
  for item in "$@"; do
    if [ -f "$item" ]; then cat "$item"; else echo "$item"; fi
  done | sha256sum | cut -c1-12
}

make_part() { # NAME SUM FUNCTION: sets $PART to the directory, made if it isn't there
  local name=$1 new status
  PART=$CACHE/$RELEASE/$1-$2
  [ ! -d "$PART" ] || return 0
  [ -z "$ONLY_LOOK" ] || exit 1
  say "making $name (its log: $CACHE/$RELEASE/$name.log)"
  apt_ready
  new=$PART.new
  rm -rf "$new"
  mkdir -p "$new"
  # Not in a condition: there an error would not end the subshell.
  set +e
  (set -e; "$3" "$new") >"$CACHE/$RELEASE/$name.log" 2>&1
  status=$?
  set -e
  [ $status = 0 ] || {
    tail -n 20 "$CACHE/$RELEASE/$name.log" >&2
    die "$name cannot be made: see $CACHE/$RELEASE/$name.log"
  }
  mv "$new" "$PART"
}

make_qemu() { # DIR
  local source=$1/source
  (cd "$CACHE/sources" && apt-get "${APT_BOTH[@]}" source --download-only -qq qemu)
  mkdir "$source" "$1/build"
  tar -xf "$(newest "$CACHE"/sources/qemu_*.orig.tar.xz)" -C "$source" --strip-components=1
  for patch in "$HERE/qemu/$QEMU_SERIES"/*.patch; do
    patch -d "$source" -p1 <"$patch"
  done
  (cd "$1/build" && "$source/configure" "${QEMU_OPTIONS[@]}" && ninja qemu-system-s390x)
  mv "$1/build/qemu-system-s390x" "$1/"
  rm -rf "$1/build" "$source"
}

newest() { # FILE ...: the last of them in the order of versions
  printf '%s\n' "$@" | sort -V | tail -n 1
}

make_kernel() { # DIR: image, modules, and headers to build modules with
  local version debs deb headers
  version=$(apt-cache "${APT_BOTH[@]}" depends linux-image-s390x:s390x |
    sed -n 's/.*Depends: linux-image-\([0-9.-]*\)-s390x.*/\1/p' | head -n 1)
  [ -n "$version" ] || { echo "no s390x kernel in the package lists"; return 1; }
  debs=$(apt_download "linux-image-$version-s390x:s390x" "linux-headers-$version-s390x:s390x" \
    "linux-headers-$version-common:all" "linux-kbuild-$KERNEL:$HOST_ARCH" \
    "linux-source-$KERNEL:all" busybox-static:s390x)
  mkdir "$1/root"
  while read -r deb; do
    case $deb in
      */linux-source-*) kernel_source "$deb" "$1" ;;
      *) dpkg-deb -x "$deb" "$1/root" ;;
    esac
  done <<<"$debs"
  echo "$version-s390x" >"$1/release"
  # The Makefile and the settings of the headers name places of an s390x machine.
  headers=$1/root/usr/src/linux-headers-$version-s390x
  sed -i "s# /usr/src/# ${1%.new}/root/usr/src/#" "$headers/Makefile"
  printf 'override ARCH = s390\noverride KERNELRELEASE = %s-s390x\noverride CROSS_COMPILE = %s\nCC = %s\n' \
    "$version" "$CROSS_PREFIX" "$CROSS_CC" >"$headers/.kernelvariables"
}

kernel_source() { # DEB DIR: what the missing modules are made of
  local tree=linux-source-$KERNEL
  dpkg-deb --fsys-tarfile "$1" | tar -xOf - "./usr/src/$tree.tar.xz" |
    tar -xJf - -C "$2" "$tree/drivers/vfio" "$tree/drivers/s390/crypto"
  mv "$2/$tree" "$2/source"
}

make_reference() { # DIR: vfio and mdev, which Debian doesn't build for s390x, and the kernel's vfio_ap
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
  debs=$(list_of_packages "$HERE/guest/packages" | packages_s390x)
  KERNEL_PART=$KERNEL_PART REFERENCE_PART=$REFERENCE_PART bash "$HERE/guest/mkimage" "$1" <<<"$debs"
}

make_sysroot() { # DIR: what programs for the mainframe are linked with
  local deb
  list_of_packages "$HERE/sysroot-packages" | packages_s390x | while read -r deb; do
    dpkg-deb -x "$deb" "$1"
  done
  # Links to places below /, as seen from here.
  find "$1/usr/lib" -type l -lname '/*' | while read -r deb; do
    ln -sfn "$1$(readlink "$deb")" "$deb"
  done
}

packages_s390x() { # their names on standard input
  local names
  mapfile -t names
  apt_download_s390x "${names[@]}"
}

drop_old_parts() { # PART ...: all but these go, unless a mainframe runs that might use them
  local dir part
  (
    flock --nonblock --exclusive 8 || exit 0
    for dir in "$CACHE/$RELEASE"/*-????????????*; do
      for part in "$@"; do
        [ "$dir" != "$part" ] || continue 2
      done
      rm -rf "$dir"
    done
  ) 8>>"$CACHE/in-use"
}

each_part() { # sets QEMU_PART, KERNEL_PART, REFERENCE_PART, IMAGE_PART, SYSROOT_PART
  make_part qemu "$(sum_of "$HERE/qemu/$QEMU_SERIES"/*.patch "${QEMU_OPTIONS[@]}")" make_qemu
  QEMU_PART=$PART
  make_part kernel "$(sum_of "$KERNEL" "$(declare -f make_kernel kernel_source)")" make_kernel
  KERNEL_PART=$PART
  make_part reference "$(sum_of "$KERNEL_PART" "$HERE/guest/Kbuild" "$(declare -f make_reference)")" make_reference
  REFERENCE_PART=$PART
  make_part image "$(sum_of "$REFERENCE_PART" "$KERNEL_PART" "$HERE"/guest/{packages,mkimage,initrd-init,small-guest-init})" make_image
  IMAGE_PART=$PART
  make_part sysroot "$(sum_of "$HERE/sysroot-packages" "$(declare -f make_sysroot)")" make_sysroot
  SYSROOT_PART=$PART
}

parts_exist() { # now, and without a word
  (ONLY_LOOK=yes; each_part)
}

make_parts() { # and keep them: file 8 is open on $CACHE/in-use
  ONLY_LOOK=''
  mkdir -p "$CACHE/$RELEASE"
  {
    flock 9
    each_part
    drop_old_parts "$QEMU_PART" "$KERNEL_PART" "$REFERENCE_PART" "$IMAGE_PART" "$SYSROOT_PART"
    flock --shared 8
  } 9>>"$CACHE/lock"
}
