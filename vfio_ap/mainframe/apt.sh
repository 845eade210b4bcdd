# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# apt.sh: packages of another architecture and of source, without touching the
# package management of this machine.  Sourced by build.sh.
# Needs $STORE, $HOST_ARCH, $RELEASE, $SUITE, $QEMU_SUITE, $TOOLS_SUITE, die() and say().

apt_mirrors() { # SUITE: URI and suite of each mirror of it, after those that this machine takes its own from
  # shellcheck disable=SC2016  # apt-get's own variables
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v own="$(. /etc/os-release && echo "$VERSION_CODENAME")" -v suite="$1" '
      $3 == "main" && ($2 == own || $2 ~ "^" own "-(security|updates)$") { print $1, suite substr($2, length(own) + 1) }' |
    sort -u
}

apt_options() {
  APT=(
    -o "Dir::Etc::SourceList=$STORE/apt/sources.list"
    -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$STORE/apt/state"
    -o "Dir::State::Lists=$STORE/apt/lists"
    -o "Dir::State::status=$STORE/apt/status"
    -o "Dir::Cache=$STORE/apt/cache"
    -o APT::Sandbox::User=root
    -o APT::Install-Recommends=false
  )
  # As if this were an s390x machine on which nothing is installed yet.
  APT_S390X=("${APT[@]}" -o APT::Architecture=s390x -o APT::Architectures=s390x)
  APT_BOTH=("${APT[@]}" -o "APT::Architectures=$HOST_ARCH,s390x")
}

apt_ready() { # once a run, and only when something has to be fetched
  [ -z "${APT_IS_READY:-}" ] || return 0
  mkdir -p "$STORE"/apt/{lists/partial,cache/archives/partial,state} "$STORE/debs" "$STORE/sources"
  : >>"$STORE/apt/status"
  local mirrors all
  # shellcheck disable=SC2153  # $SUITE is of parts.sh
  mapfile -t all < <(printf '%s\n' "$SUITE" "$QEMU_SUITE" "$TOOLS_SUITE" | sort -u)
  mirrors=$(for suite in "${all[@]}"; do apt_mirrors "$suite"; done)
  [ -n "$mirrors" ] || die "this machine takes its packages from no mirror of Debian (after a successful 'apt-get update'?)"
  apt_sources "$mirrors"
  apt-get "${APT_BOTH[@]}" update -qq >"$STORE/apt/log" 2>&1 || {
    say "no updates of Debian $RELEASE can be had, going on without them: see $STORE/apt/log"
    apt_sources "$(grep -vE -- '-(security|updates)$' <<<"$mirrors")"
    apt-get "${APT_BOTH[@]}" update -qq || die "the package lists of Debian $RELEASE cannot be fetched"
  }
  APT_IS_READY=yes
}

apt_sources() { # MIRRORS
  local uri suite key=/usr/share/keyrings/debian-archive-keyring.gpg
  while read -r uri suite; do
    echo "deb-src [signed-by=$key] $uri $suite main"
    case $suite in
      "$SUITE"*) echo "deb [arch=s390x,$HOST_ARCH signed-by=$key] $uri $suite main" ;;
      # What QEMU is built with.
      "$QEMU_SUITE"*) echo "deb [arch=$HOST_ARCH signed-by=$key] $uri $suite main" ;;
    esac
  done <<<"$1" >"$STORE/apt/sources.list"
}

apt_download() { # PACKAGE ...: into $STORE/debs; prints the names of the files
  (
    cd "$STORE/debs" || exit
    apt-get "${APT_BOTH[@]}" download -qq "$@" >&2 || exit
    apt-cache "${APT_BOTH[@]}" show --no-all-versions "$@" |
      awk '/^Package: /{p=$2} /^Version: /{v=$2; gsub(":", "%3a", v)} /^Architecture: /{a=$2} /^$/{print p "_" v "_" a ".deb"}' |
      sort -u | sed "s,^,$STORE/debs/,"
  )
}

apt_download_s390x() { # PACKAGE ...: with all they depend on; prints the names of the files
  apt-get "${APT_S390X[@]}" install -y -qq --download-only "$@" >&2 || return
  apt-get "${APT_S390X[@]}" install -y -qq --simulate "$@" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\([^]]*\)\]).*/\1_\2_\3.deb/p' |
    sed -e 's/:/%3a/g' -e "s,^,$STORE/apt/cache/archives/,"
}

list_of_packages() { # FILE RELEASE: its names, without comments, and those of other releases
  sed -e 's/#.*//' -e "s/^$2: *//" -e '/^[0-9]*:/d' "$1" | tr -s ' \n' '\n' | sed '/^$/d'
}
