# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh: what the emulated mainframe is made of, each part in a directory of
# the cache that carries a sum of all its inputs in its name.  A part is made in
# a directory of another name, which is renamed when all of it is there: nothing
# is ever half built, and what has other inputs is built anew.  Sourced.
# Needs $HERE, $CACHE, $RELEASE, $KERNEL_KIND, die(), say(), need_space(), wait_for_lock()
# and run_whole().

# shellcheck source=vfio_ap/mainframe/parts.sh
. "$HERE/parts.sh"

KINDS=(qemu kernel reference image sysroot ap-check debug)
KEPT_PARTS=3 # of each kind: more than one, for trees that take turns
KEPT_DAYS=30 # downloads that nothing was made of for so long go

sum_of() { # WORD-OR-FILE ...: of the contents where it is a file
  local item
  for item in "$@"; do
    if [ -f "$item" ]; then cat "$item"; else echo "$item"; fi
  done | sha256sum | cut -c1-12
}

make_part() { # NAME SUM FUNCTION MB: sets $PART to the directory, made if it isn't there
  local log=$STORE/$1.log new
  PART=$STORE/$1-$2
  [ ! -d "$PART" ] || return 0
  [ -z "$ONLY_LOOK" ] || return 1
  need_space "$4" "$STORE"
  say "making $1 (its log: $log)"
  apt_ready
  new=$PART.new
  mkdir "$new" || die "$new cannot be made"
  run_whole env HERE="$HERE" CACHE="$CACHE" RELEASE="$RELEASE" QEMU_SERIES="$QEMU_SERIES" KERNEL_PART="${KERNEL_PART:-}" \
    REFERENCE_PART="${REFERENCE_PART:-}" SYSROOT_PART="${SYSROOT_PART:-}" bash "$HERE/parts.sh" "$3" "$new" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -rf "$new"
    need_space 50 "$STORE"
    die "$1 cannot be made: see $log"
  }
  [ ! -f "$new/missing" ] || say "going on without $1: $(<"$new/missing")"
  mv "$new" "$PART" || die "$PART cannot be made"
}

drop_old() { # parts, of each kind but those that were used last, and downloads, unless a mainframe runs
  local kind
  (
    flock --nonblock --exclusive 8 || exit 0
    for kind in "${KINDS[@]}"; do
      # There is no debug kernel before somebody has asked for it.
      compgen -G "$STORE/$kind-????????????*" >/dev/null || continue
      # shellcheck disable=SC2012  # our own names
      ls -dt "$STORE/$kind"-????????????* | tail -n "+$((KEPT_PARTS + 1))" | xargs -r rm -rf
    done
    find "$STORE"/{debs,sources,apt/cache/archives} -type f -mtime "+$KEPT_DAYS" -delete
  ) 8>>"$CACHE/in-use"
}

each_part() { # sets QEMU_PART, KERNEL_PART, REFERENCE_PART, IMAGE_PART, SYSROOT_PART, AP_CHECK_PART, and DEBUG_PART if wanted
  make_part qemu "$(sum_of "$HERE/qemu/$QEMU_SERIES"/*.patch "${QEMU_OPTIONS[@]}")" make_qemu 1500 || return
  QEMU_PART=$PART
  make_part kernel "$(sum_of "$STORE" "$KERNEL" "$(declare -f make_kernel kernel_source prepare_headers prepare_kbuild)")" \
    make_kernel 800 || return
  KERNEL_PART=$PART
  make_part reference "$(sum_of "$KERNEL_PART" "$HERE/guest/Kbuild" "$(declare -f make_reference)")" make_reference 50 || return
  REFERENCE_PART=$PART
  make_part image "$(sum_of "$REFERENCE_PART" "$KERNEL_PART" "${IMAGE_PACKAGES[@]}" \
    "$HERE"/guest/{mkimage,initrd-init,small-guest-init,zrsa.c,rsa_vectors.py})" make_image 1500 || return
  IMAGE_PART=$PART
  make_part sysroot "$(sum_of "$SUITE" "${SYSROOT_PACKAGES[@]}" "$(declare -f make_sysroot)")" make_sysroot 500 || return
  SYSROOT_PART=$PART
  make_part ap-check "$(sum_of "$SYSROOT_PART" "$TOOLS_SUITE" "$(declare -f make_ap_check)")" make_ap_check 100 || return
  AP_CHECK_PART=$PART
  DEBUG_PART=
  [ "$KERNEL_KIND" != debug ] || each_debug_part
}

each_debug_part() {
  make_part debug "$(sum_of "$KERNEL_PART" "${CHECKED_DIRS[@]}" "$HERE"/guest/{debug-kernel.config,debug-kernel.patch,initrd-init} \
    "$(declare -f "${DEBUG_STEPS[@]}")")" make_debug 4500 || return
  DEBUG_PART=$PART
}

parts_exist() { # now, and without a word
  ONLY_LOOK=yes
  each_part
}

make_parts() { # and keep them: file 8 is open on $CACHE/in-use
  mkdir -p "$STORE"
  flock --shared 8
  if parts_exist; then
    touch "$QEMU_PART" "$KERNEL_PART" "$REFERENCE_PART" "$IMAGE_PART" "$SYSROOT_PART" "$AP_CHECK_PART" \
      ${DEBUG_PART:+"$DEBUG_PART"}
    return
  fi
  flock --unlock 8
  ONLY_LOOK=''
  {
    wait_for_lock 9 "parts of the mainframe"
    # Of those that were killed.
    rm -rf "$STORE"/*.new
    each_part
    drop_old
    flock --shared 8
  } 9>>"$CACHE/lock"
}
