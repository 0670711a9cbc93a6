#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The contracts, in build/contracts: a copy of contracts/ beside the packages that it
# needs. Those come from npm, with the hashes of package-lock.json, into the cache.
#
#   scripts/contracts.sh packages      fetch what is missing; fails if it cannot
#   scripts/contracts.sh build         compile
#   scripts/contracts.sh test [...]    forge test
#   scripts/contracts.sh gas           what transactions cost, measured on anvil
#   scripts/contracts.sh snapshot      the same, into contracts/.gas-snapshot
#   scripts/contracts.sh fmt           put the sources into their form; --check: are they?
#   scripts/contracts.sh deploy CONFIG DEPLOYMENT [...]
#                                      forge script of script/Deploy.s.sol, with two files of
#                                      anywhere (docs/contracts.md, "Deploying")

set -eu -o pipefail

. "$(dirname -- "$0")/../tests/vm/lib.sh"

WORK=$BUILD/contracts
LOCK=$TREE/contracts/package-lock.json
PARTS="src test script gas deploy foundry.toml package.json solc.mjs"

packages_dir() {
	local hash

	hash=$(sha256sum <"$LOCK")
	echo "$CACHE/npm/${hash:0:16}"
}

# What npm keeps for itself stays in our cache as well. It remarks that forge and anvil
# want a newer Node; they are programs that need none.
install_packages() {
	npm_config_cache=$CACHE/npm/cache npm ci --ignore-scripts --no-audit --no-fund \
		--loglevel=error >&2
}

fetch_packages() {
	local dir work

	dir=$(packages_dir)
	[[ ! -d $dir ]] || return 0
	[[ $(uname -m) == x86_64 ]] || die "there are no forge and anvil for $(uname -m) here"
	[[ -n $(command -v node) && -n $(command -v npm) ]] || die "Node and npm are not installed"
	[[ $(node -p 'process.versions.node.split(".")[0]') -ge 18 ]] || die "Node is older than 18"
	say "fetching packages from npm into $dir"
	mkdir -p "$CACHE/npm"
	work=$(mktemp -d "$CACHE/npm/fetch.XXXXXX")
	cp "$LOCK" "$TREE/contracts/package.json" "$work"
	(cd "$work" && install_packages) || { rm -rf "$work"; die "npm cannot install the packages"; }
	mv "$work" "$dir"
}

packages() {
	mkdir -p "$CACHE/npm"
	exec 8>"$CACHE/npm/lock"
	flock 8
	fetch_packages
	exec 8>&-
}

# The copy, with what was compiled before. One at a time works there.
prepare() {
	local part

	packages
	mkdir -p "$WORK/home"
	exec 8>"$WORK/lock"
	flock 8
	for part in $PARTS; do
		rm -rf "${WORK:?}/$part"
		cp -r "$TREE/contracts/$part" "$WORK/"
	done
	ln -sfn "$(packages_dir)/node_modules" "$WORK/node_modules"
	cd "$WORK"
	# forge and anvil keep things in the home folder.
	export HOME=$WORK/home XDG_CACHE_HOME=$WORK/home XDG_CONFIG_HOME=$WORK/home
}

forge() {
	node_modules/@foundry-rs/forge-linux-amd64/bin/forge "$@"
}

build() {
	prepare
	forge build --quiet
}

gas() {
	build >&2
	node gas/gas.mjs
}

# forge reads and writes in deploy/ only.
deploy() {
	local config deployed

	config=$(realpath "$1")
	deployed=$(realpath -m "$2")
	shift 2
	prepare
	cp "$config" deploy/config.json
	OVPP_CONFIG=deploy/config.json OVPP_DEPLOYMENT=deploy/deployment.json \
		forge script script/Deploy.s.sol "$@"
	cp deploy/deployment.json "$deployed"
}

case ${1:-} in
packages) packages ;;
build) build ;;
test) shift; prepare; forge test "$@" ;;
gas) gas ;;
snapshot) gas >"$WORK/gas-snapshot"; cp "$WORK/gas-snapshot" "$TREE/contracts/.gas-snapshot" ;;
fmt)
	shift
	prepare
	forge fmt "$@"
	[[ $# -gt 0 ]] || cp -r src test script "$TREE/contracts/"
	;;
deploy) shift; deploy "$@" ;;
*) die "usage: $0 packages|build|test|gas|snapshot|fmt|deploy" ;;
esac
