# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# daemon.sh: start and stop libvirtd, with our module or without.  Sourced.
# Needs $LIBVIRT_AP_BUILD; a build with the sanitizers is noticed, and the
# daemon gets their runtime preloaded then.

DAEMON_HERE=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
DAEMON_PIDFILE=/run/libvirtd.pid
DAEMON_LOG=/var/log/libvirt/libvirtd.log
DAEMON_STDERR=/var/log/libvirt/libvirtd.stderr

daemon_known_leaks() { # the file with those of the libvirt that is here
  local version
  version=$(libvirtd --version | sed 's/.* //')
  if printf '10.1\n%s\n' "$version" | sort -CV; then
    echo "$DAEMON_HERE/leaks-events.supp"
  else
    echo "$DAEMON_HERE/leaks.supp"
  fi
}

daemon_environment() { # ours|stock: what the daemon needs beside its own
  local module=$LIBVIRT_AP_BUILD/driver/libvirt_driver_nodedev.so
  echo "LIBVIRT_LOG_OUTPUTS=${LIBVIRT_LOG_OUTPUTS:-2:file:$DAEMON_LOG}"
  [ "$1" = ours ] || return 0
  [ -e "$module" ] || { echo "daemon: no $module" >&2; return 1; }
  echo "LIBVIRT_DRIVER_DIR=$LIBVIRT_AP_BUILD/driver"
  grep -q asan "$module" || return 0
  # Only the address sanitizer's runtime: with the other one preloaded as well
  # libvirtd hangs on a lock of the C library, with its own module too.  The
  # module brings the other one itself; that reports to standard error.
  # Allocations and forks at the same time hang as well: see fork-safe.c.
  # Without the slow unwinder leaks of ours look like leaks of GLib.
  echo "LD_PRELOAD=$LIBVIRT_AP_BUILD/tests/machine/libfork-safe.so:$(gcc -print-file-name=libasan.so)${DAEMON_PRELOAD:+:$DAEMON_PRELOAD}"
  echo "ASAN_OPTIONS=detect_leaks=1:verify_asan_link_order=0:fast_unwind_on_malloc=0:abort_on_error=1:log_path=/var/log/libvirt/asan"
  echo "LSAN_OPTIONS=suppressions=$(daemon_known_leaks):print_suppressions=0"
  echo "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
}

daemon_show_logs() {
  tail -n 20 "$DAEMON_LOG" >&2
  # What sanitizers report has the place at its beginning.
  head -n 60 "$DAEMON_STDERR" /var/log/libvirt/asan.* >&2 2>/dev/null
}

daemon_start() { # ours|stock: returns when the sockets answer
  local environment
  environment=$(daemon_environment "$1") || return 1
  mapfile -t environment <<<"$environment"
  "$DAEMON_HERE/start-daemon" "$DAEMON_STDERR" \
    env "${environment[@]}" libvirtd --pid-file "$DAEMON_PIDFILE" || {
    echo "daemon: libvirtd did not start:" >&2
    daemon_show_logs
    return 1
  }
}

# libvirt's own module does not let the daemon end while it looks at the devices
# for the first time, which takes minutes on the largest machines.
# In newer libvirt the thread that does it has more to do, and is there when it is done;
# how often it has waited tells whether it works.
daemon_is_enumerating() { # PID
  local task before
  for task in "/proc/$1/task/"*; do
    case $(cat "$task/comm" 2>/dev/null) in
      nodedev-init) return 0 ;;
      nodev-device-ev)
        before=$(cat "$task/status" 2>/dev/null)
        sleep 0.2
        [ "$before" = "$(cat "$task/status" 2>/dev/null)" ] || return 0
        ;;
    esac
  done
  return 1
}

daemon_stop() { # fails, and says why, when it was no longer there or ended badly
  local pid
  pid=$(cat "$DAEMON_PIDFILE" 2>/dev/null) || pid=
  if [ -z "$pid" ] || ! kill -TERM "$pid" 2>/dev/null; then
    echo "daemon: libvirtd is not running any more; the end of its logs:" >&2
    daemon_show_logs
    return 1
  fi
  if ! timeout 5 tail --pid="$pid" -f /dev/null && daemon_is_enumerating "$pid"; then
    kill -KILL "$pid"
    return 0
  fi
  if ! timeout 30 tail --pid="$pid" -f /dev/null; then
    echo "daemon: libvirtd did not end within 30 seconds of SIGTERM" >&2
    daemon_show_threads "$pid"
    kill -KILL "$pid"
    return 1
  fi
  if [ -e "/var/log/libvirt/asan.$pid" ]; then
    cat "/var/log/libvirt/asan.$pid" >&2
    return 1
  fi
}
