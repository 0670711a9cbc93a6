#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetch what a build and a test need, and nothing twice.
#
#   scripts/deps.sh [KERNEL...]     default: 6.12 6.12-rt
#   scripts/deps.sh --node          Node and npm, if there are none; that it cannot is no error
#
# Tools and libraries are installed with apt-get. Kernels, their headers and
# the parts of the kernel source that we use are only unpacked, into a cache
# folder: an installed linux-image would write to /boot and to the boot loader,
# and Debian's header packages depend on the image.
#
# OPENVPP_UPDATE=1 looks for newer kernels than the ones in the cache.

set -eu -o pipefail

. "$(dirname -- "$0")/../tests/vm/lib.sh"

PACKAGES="
	acpica-tools bpftool build-essential busybox-static can-utils clang
	clang-format cpio device-tree-compiler dt-schema iproute2 jq kmod
	libcbor-dev libclang-rt-dev libcurl4-gnutls-dev libelf-dev
	libjansson-dev libmodbus-dev libnl-3-dev libnl-genl-3-dev
	libsecp256k1-dev libsodium-dev libsqlite3-dev liburing-dev libyaml-dev
	libzstd-dev mbpoll nettle-dev pahole pkg-config procps python3
	python3-cryptography python3-jsonschema python3-pymodbus python3-serial
	python3-serial-asyncio python3-yaml qemu-system-x86 rt-tests shellcheck
	socat sparse sqlite3 xz-utils zlib1g-dev zstd"

# The first libbpf that loads struct_ops of modules.
LIBBPF=1.4

# The parts of the kernel source that are of use outside of it: the kselftest
# harness, the netlink generator and CLI, the style and documentation checkers.
SOURCE_PARTS="
	tools/testing/selftests/kselftest.h
	tools/testing/selftests/kselftest_harness.h
	tools/testing/selftests/lib.mk
	tools/testing/selftests/kselftest
	tools/net/ynl
	Documentation/netlink
	scripts/checkpatch.pl
	scripts/spelling.txt
	scripts/const_structs.checkpatch
	scripts/kernel-doc"

as_root() {
	if [[ $(id -u) -eq 0 ]]; then
		"$@"
	else
		command -v sudo >/dev/null || die "need root or sudo for: $*"
		sudo -- "$@"
	fi
}

# Package lists may be missing (a fresh container) or older than the mirror.
apt_lists_fresh=no
apt_update() {
	[[ $apt_lists_fresh == no ]] || return 1
	apt_lists_fresh=yes
	say "reading the package lists (apt-get update)"
	as_root apt-get -qq update >&2
}

# with_lists CMD...: run it; when it fails, once more with new package lists.
with_lists() {
	"$@" 2>/dev/null || { apt_update && "$@"; }
}

# missing PACKAGE...: those that are not installed.
missing() {
	local have

	have=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
		sed -n 's/^ii  *//p') || true
	comm -23 <(printf '%s\n' "$@" | sort -u) <(printf '%s\n' "$have" | sort -u)
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
		apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 \
		-o DPkg::Lock::Timeout=600 install "$@" </dev/null >"$CACHE/apt.log" 2>&1
}

install_packages() {
	local wanted

	wanted=$(missing "$@" | paste -sd' ')
	[[ -n $wanted ]] || return 0
	say "installing: $wanted"
	# shellcheck disable=SC2086
	with_lists apt_install $wanted || {
		tail -n 20 "$CACHE/apt.log" >&2
		die "apt-get cannot install: $wanted"
	}
}

# depends PACKAGE PATTERN: the first dependency whose name matches.
depends() {
	apt-cache depends --important "$1" 2>/dev/null |
		sed -n "s/^ *|*Depends: \($2\)\$/\1/p" | sed -n 1p
}

# newest_image PACKAGE...: the image of our series that the first usable one of
# these meta packages stands for.
newest_image() {
	local meta image

	for meta in "$@"; do
		image=$(depends "$meta" "linux-image-${SERIES//./\\.}\.[0-9].*")
		[[ -z $image ]] || { echo "$image"; return; }
	done
	return 1
}

# download PACKAGE...: .deb files into the current folder.
apt_download() {
	apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$@" >&2
}

# The header packages name each other by absolute path; here they live elsewhere.
relocate_headers() {
	local makefile=$1/usr/src/linux-headers-$2/Makefile

	sed -i "s|/usr/src/|$KDIR/usr/src/|" "$makefile"
}

# fetch_kernel NAME: image, headers and Kbuild of one kernel, unpacked to KDIR.
fetch_kernel() {
	local image release common kbuild work deb

	load_kernel "$1"
	[[ ! -f $KDIR/release || -n ${OPENVPP_UPDATE:-} ]] || return 0

	# shellcheck disable=SC2086
	image=$(with_lists newest_image $IMAGE_PACKAGES) ||
		die "no package of a $SERIES kernel here (looked for: $IMAGE_PACKAGES)"
	release=${image#linux-image-}
	[[ $release != "$(cat "$KDIR/release" 2>/dev/null)" ]] || return 0
	common=$(depends "linux-headers-$release" 'linux-headers-.*-common.*')
	kbuild=$(depends "linux-headers-$release" 'linux-kbuild-.*')

	# The headers ask for the compiler that built the kernel, and Kbuild's
	# programs for their libraries.
	# shellcheck disable=SC2046
	install_packages $(depends "linux-headers-$release" 'gcc-[0-9]*') \
		$(apt-cache depends --important "$kbuild" | sed -n 's/^ *Depends: \([a-z].*\)/\1/p')

	say "fetching kernel $release into $KDIR (unpacked, not installed)"
	work=$(mktemp -d "$CACHE/fetch.XXXXXX")
	(cd "$work" && with_lists apt_download "$image" "linux-headers-$release" "$common" "$kbuild") ||
		die "cannot download kernel $release"
	for deb in "$work"/*.deb; do
		dpkg -x "$deb" "$work/root"
		rm "$deb"
	done
	# Newer releases ship /usr/lib/modules; both names work everywhere.
	[[ -e $work/root/lib ]] || ln -s usr/lib "$work/root/lib"
	depmod -b "$work/root" "$release"
	relocate_headers "$work/root" "$release"
	echo "$release" >"$work/root/release"
	replace "$work/root" "$KDIR"
	rm -rf "$work"
}

# fetch_source: the useful parts of the kernel source, straight out of the
# package: the tree as a whole (1.5 GB) is never written.
fetch_source() {
	local dir=$CACHE/linux-source-$SERIES package=$SOURCE_PACKAGE version work parts

	[[ ! -f $dir/version || -n ${OPENVPP_UPDATE:-} ]] || return 0
	version=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
	[[ $version != "$(cat "$dir/version" 2>/dev/null)" ]] || return 0
	say "fetching $package into $dir (the parts that we use)"
	work=$(mktemp -d "$CACHE/fetch.XXXXXX")
	(cd "$work" && with_lists apt_download "$package") || die "cannot download $package"
	mkdir "$work/root"
	# shellcheck disable=SC2086
	parts=$(printf '*/%s\n' $SOURCE_PARTS)
	# shellcheck disable=SC2086
	dpkg-deb --fsys-tarfile "$work"/*.deb |
		tar -xO --wildcards "*/$package.tar.xz" |
		tar -xJ --strip-components=1 -C "$work/root" --wildcards $parts ||
		die "cannot unpack $package"
	echo "$version" >"$work/root/version"
	replace "$work/root" "$dir"
	rm -rf "$work"
}

# candidate PACKAGE: the version that apt-get would install, without its epoch.
candidate() {
	apt-cache policy "$1" | sed -n 's/^ *Candidate: \(.*:\)\?//p' | grep .
}

# debian_mirror: address and code name of the Debian that this machine gets its
# packages from, "URI bookworm".
debian_mirror() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' 'Component: main' |
		awk '$2 !~ /-/ { print; found = 1; exit } END { exit !found }'
}

# backports WORK ARGUMENT...: apt-get with the backports of that mirror for its
# only source, and its lists in WORK: what is in /etc/apt stays as it is.
backports() {
	local work=$1

	shift
	apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Dir::Etc::sourcelist="$work/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@" >&2
}

# fetch_libbpf: an older release has a libbpf that is new enough in its backports
# only. That one is unpacked, and linked statically.
fetch_libbpf() {
	local dir=$CACHE/libbpf work mirror

	mirror=$(with_lists debian_mirror) ||
		die "libbpf here is older than $LIBBPF, and apt-get names no mirror of Debian to get it from"
	say "fetching libbpf $LIBBPF or newer into $dir (unpacked, not installed)"
	work=$(mktemp -d "$CACHE/fetch.XXXXXX")
	mkdir -p "$work/lists/partial" "$work/new/lib"
	echo "deb ${mirror% *} ${mirror#* }-backports main" >"$work/sources.list"
	backports "$work" update || die "cannot read the packages of ${mirror#* }-backports"
	(cd "$work" && backports "$work" download libbpf-dev) || die "cannot download libbpf-dev"
	dpkg -x "$work"/*.deb "$work/root"
	mv "$work/root/usr/include" "$work/new/include"
	mv "$work"/root/usr/lib/*/libbpf.a "$work/new/lib/"
	dpkg-deb -f "$work"/*.deb Version | sed 's/^[0-9]*://' >"$work/new/version"
	dpkg --compare-versions "$(cat "$work/new/version")" ge "$LIBBPF" ||
		die "libbpf of ${mirror#* }-backports is older than $LIBBPF"
	replace "$work/new" "$dir"
	rm -rf "$work"
}

has_libbpf() { pkg-config --atleast-version="$LIBBPF" libbpf 2>/dev/null; }

# libbpf: the system's where it is new enough.
libbpf() {
	! has_libbpf || return 0
	[[ ! -f $CACHE/libbpf/version || -n ${OPENVPP_UPDATE:-} ]] || return 0
	if dpkg --compare-versions "$(with_lists candidate libbpf-dev)" ge "$LIBBPF"; then
		install_packages libbpf-dev
	fi
	has_libbpf || fetch_libbpf
}

# replace NEW DIR: put NEW in the place of DIR, never half of it.
replace() {
	mkdir -p "$(dirname "$2")"
	rm -rf "$2"
	mv "$1" "$2"
}

# node: Debian's, unless there is one of another origin, which brings its npm along.
node() {
	! command -v npm >/dev/null || return 0
	(install_packages nodejs npm) || say "no Node: the contracts are neither compiled nor tested"
}

main() {
	local kernel

	mkdir -p "$CACHE"
	# shellcheck disable=SC2086
	install_packages $PACKAGES
	# The bench mounts the modules of its kernel there; containers lack it.
	[[ -d /lib/modules ]] || as_root mkdir -p /lib/modules

	exec 9>"$CACHE/deps.lock"
	flock 9
	[[ -z ${OPENVPP_UPDATE:-} ]] || apt_update
	libbpf
	for kernel in "$@"; do
		fetch_kernel "$kernel"
		fetch_source
	done
}

if [[ ${1:-} == --node ]]; then
	mkdir -p "$CACHE"
	node
	exit
fi
[[ $# -gt 0 ]] || set -- 6.12 6.12-rt
main "$@"
