# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# daemon.sh: start and stop libvirtd, with our module or without.  Sourced.
# Needs $LIBVIRT_AP_BUILD; a build with the sanitizers is noticed, and the
# daemon gets their runtimes preloaded then.

DAEMON_PIDFILE=/run/libvirtd.pid
DAEMON_LOG=/var/log/libvirt/libvirtd.log

daemon_start() { # ours|stock: returns when the sockets answer
  local preload=()
  if [ "$1" = ours ]; then
    local module=$LIBVIRT_AP_BUILD/driver/libvirt_driver_nodedev.so
    [ -e "$module" ] || { echo "daemon: no $module" >&2; return 1; }
    preload+=("LIBVIRT_DRIVER_DIR=$LIBVIRT_AP_BUILD/driver")
    if grep -q asan "$module"; then
      # With these runtimes libvirtd hangs in fnmatch() in any UTF-8 locale, with
      # its own module too.
      preload+=(LC_ALL=C "LD_PRELOAD=$(gcc -print-file-name=libasan.so):$(gcc -print-file-name=libubsan.so)"
        "ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:verify_asan_link_order=0:log_path=/var/log/libvirt/asan"
        "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:log_path=/var/log/libvirt/ubsan")
    fi
  fi
  env "${preload[@]}" "LIBVIRT_LOG_OUTPUTS=${LIBVIRT_LOG_OUTPUTS:-2:file:$DAEMON_LOG}" \
    libvirtd -d --pid-file "$DAEMON_PIDFILE" || {
    echo "daemon: libvirtd did not start:" >&2
    tail -n 20 "$DAEMON_LOG" /var/log/libvirt/*san.* >&2 2>/dev/null
    return 1
  }
}

daemon_stop() { # fails, and says why, when it was no longer there or ended badly
  local pid
  pid=$(cat "$DAEMON_PIDFILE" 2>/dev/null) || pid=
  if [ -z "$pid" ] || ! kill -TERM "$pid" 2>/dev/null; then
    echo "daemon: libvirtd is not running any more; the end of its log:" >&2
    tail -n 20 "$DAEMON_LOG" >&2
    return 1
  fi
  if ! timeout 30 tail --pid="$pid" -f /dev/null; then
    echo "daemon: libvirtd did not end within 30 seconds of SIGTERM" >&2
    kill -KILL "$pid"
    return 1
  fi
  if compgen -G '/var/log/libvirt/*san.*' >/dev/null; then
    cat /var/log/libvirt/*san.* >&2
    return 1
  fi
}
