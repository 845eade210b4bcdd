# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# apt.sh: packages of another architecture and of source, without touching the
# package management of this machine.  Sourced by build.sh.
# Needs $CACHE, $HOST_ARCH, $SUITE and die().

apt_mirrors() { # URI and suite of each mirror that this machine takes $SUITE from
  # shellcheck disable=SC2016,SC2153  # apt-get's own variables; $SUITE is build.sh's
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$SUITE" '$3 == "main" && ($2 == suite || $2 ~ "^" suite "-(security|updates)$") { print $1, $2 }' |
    sort -u
}

apt_options() {
  APT=(
    -o "Dir::Etc::SourceList=$CACHE/apt/sources.list"
    -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$CACHE/apt/state"
    -o "Dir::State::Lists=$CACHE/apt/lists"
    -o "Dir::State::status=$CACHE/apt/status"
    -o "Dir::Cache=$CACHE/apt/cache"
    -o APT::Sandbox::User=root
    -o APT::Install-Recommends=false
  )
  # As if this were an s390x machine on which nothing is installed yet.
  APT_S390X=("${APT[@]}" -o APT::Architecture=s390x -o APT::Architectures=s390x)
  APT_BOTH=("${APT[@]}" -o "APT::Architectures=$HOST_ARCH,s390x")
}

apt_ready() { # once a run, and only when something has to be fetched
  [ -z "${APT_IS_READY:-}" ] || return 0
  local mirrors uri suite key=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$CACHE"/apt/{lists/partial,cache/archives/partial,state} "$CACHE/debs" "$CACHE/sources"
  : >>"$CACHE/apt/status"
  mirrors=$(apt_mirrors)
  [ -n "$mirrors" ] || die "no mirror of Debian's $SUITE in the package sources of this machine"
  while read -r uri suite; do
    echo "deb-src [signed-by=$key] $uri $suite main"
    echo "deb [arch=s390x,$HOST_ARCH signed-by=$key] $uri $suite main"
  done <<<"$mirrors" >"$CACHE/apt/sources.list"
  apt-get "${APT_BOTH[@]}" update -qq || die "the package lists of $SUITE cannot be fetched"
  APT_IS_READY=yes
}

apt_download() { # PACKAGE ...: into $CACHE/debs; prints the names of the files
  (
    cd "$CACHE/debs" || exit
    apt-get "${APT_BOTH[@]}" download -qq "$@" >&2 || exit
    apt-cache "${APT_BOTH[@]}" show --no-all-versions "$@" |
      awk '/^Package: /{p=$2} /^Version: /{v=$2; gsub(":", "%3a", v)} /^Architecture: /{a=$2} /^$/{print p "_" v "_" a ".deb"}' |
      sort -u | sed "s,^,$CACHE/debs/,"
  )
}

apt_download_s390x() { # PACKAGE ...: with all they depend on; prints the names of the files
  apt-get "${APT_S390X[@]}" install -y -qq --download-only "$@" >&2 || return
  apt-get "${APT_S390X[@]}" install -y -qq --simulate "$@" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*\[\([^]]*\)\]).*/\1_\2_\3.deb/p' |
    sed -e 's/:/%3a/g' -e "s,^,$CACHE/apt/cache/archives/,"
}

list_of_packages() { # FILE: its names, without comments
  sed 's/#.*//' "$1" | tr -s ' \n' '\n' | sed '/^$/d'
}
