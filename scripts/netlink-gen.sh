#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# netlink-gen.sh [--check]: write the uapi header, the policies and the table of
# operations of the netlink family from docs/netlink/specs/openvpp.yaml, with
# the kernel's own generator. They are committed, as in the kernel.
#
# --check writes nothing: shows how the committed files differ from what the
# generator makes, status 1 if they do.

set -eu -o pipefail

. "$(dirname -- "$0")/../tests/vm/lib.sh"

SOURCE=$CACHE/linux-source-6.12
SPEC=docs/netlink/specs/openvpp.yaml

# generate FILE MODE PART: one file of the temporary tree.
generate() {
	mkdir -p "$(dirname "$1")"
	# Debian's python3-yaml is there for its own interpreter only.
	timeout 60 /usr/bin/python3 "$SOURCE/tools/net/ynl/ynl-gen-c.py" --spec "$SPEC" \
		--mode "$2" "--$3" -o "$1" || die "ynl-gen-c.py cannot make $1"
}

# The generator looks for the root of a kernel tree, by its MAINTAINERS, and for
# the schema two folders above the spec.
make_tree() {
	mkdir -p "$1/${SPEC%/*}"
	touch "$1/MAINTAINERS"
	cp "$SOURCE"/Documentation/netlink/*.yaml "$1/docs/netlink/"
	cp "$TREE/$SPEC" "$1/$SPEC"
}

main() {
	local tree file differ=0

	[[ -f $SOURCE/tools/net/ynl/ynl-gen-c.py ]] || die "the kernel's generator is not here yet: run 'make deps'"
	tree=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$tree'" EXIT
	make_tree "$tree"
	cd "$tree"
	SPEC=$tree/$SPEC
	generate include/uapi/linux/openvpp_netlink.h uapi header
	generate kmod/netlink_gen.h kernel header
	generate kmod/netlink_gen.c kernel source

	for file in include/uapi/linux/openvpp_netlink.h kmod/netlink_gen.h kmod/netlink_gen.c; do
		if [[ ${1:-} != --check ]]; then
			cmp -s "$file" "$TREE/$file" || cp "$file" "$TREE/$file"
		else
			diff -u --label "$file (committed)" --label "$file (generated)" "$TREE/$file" "$file" || differ=1
		fi
	done
	[[ $differ -eq 0 ]] || say "generated files are not those of the spec: run scripts/netlink-gen.sh"
	return "$differ"
}

case ${1:-} in
'' | --check) main "$@" ;;
*)
	echo "usage: scripts/netlink-gen.sh [--check]" >&2
	exit 2
	;;
esac
