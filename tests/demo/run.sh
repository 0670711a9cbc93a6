#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demo: a simulated day of a site in about a minute, in the bench or, with
# HOST=1, on this machine. Leaves build/demo/summary.json.
#
# On a host the devices are on a virtual pair of CAN net devices and on two pairs of
# ptys, so that real ones stay alone; CAN="can0 can1" takes these two instead (on one
# wire, up).
#
# CHAIN=evm: with a node of an EVM chain (anvil) beside it, where the site is registered,
# its day anchored and its reward claimed. Wants Node 18 and packages from npm, see
# scripts/contracts.sh.

set -eu -o pipefail

. "$(dirname -- "$0")/../vm/lib.sh"

DEMO="/usr/bin/python3 -B tests/demo/demo.py"
UARTS="/dev/ttyS1 /dev/ttyS2 /dev/ttyS3 /dev/ttyS4"

in_vm() {
	if [[ -t 0 && -t 1 ]]; then
		TTY=1 "$TREE/tests/vm/vm.sh" "$DEMO can0 can1 $UARTS $HOST_PORT"
	else
		"$TREE/tests/vm/vm.sh" "$DEMO can0 can1 $UARTS $HOST_PORT"
	fi
}

remove_pair() { ip link del ovppgw 2>/dev/null || true; }

make_pair() {
	remove_pair
	modprobe vxcan || die "this kernel has no vxcan; give two CAN net devices: CAN='can0 can1'"
	ip link add ovppgw type vxcan peer name ovppdev
	ip link set ovppgw txqueuelen 1000 up
	ip link set ovppdev txqueuelen 1000 up
	CAN="ovppgw ovppdev"
}

# make_line NAME: two ptys that are the ends of one line.
make_line() {
	socat "pty,rawer,link=$LINES_DIR/$1-gateway" "pty,rawer,link=$LINES_DIR/$1-devices" &
	SOCATS+=" $!"
	until [[ -e $LINES_DIR/$1-gateway && -e $LINES_DIR/$1-devices ]]; do sleep 0.1; done
}

make_lines() {
	LINES_DIR=$(mktemp -d)
	SOCATS=
	make_line grid
	make_line field
}

remove_lines() {
	# shellcheck disable=SC2086
	kill $SOCATS 2>/dev/null || true
	rm -rf "$LINES_DIR"
}

on_host() {
	local status=0

	[[ $(id -u) -eq 0 ]] || die "HOST=1 loads a module: run as root"
	[[ ! -d /sys/module/openvpp ]] ||
		die "the module openvpp is loaded already: this host has work to do"
	modprobe -a can can_raw || die "this kernel has no CAN"
	insmod "$BUILD/kmod/host/openvpp.ko" || die "cannot load the module"
	[[ -n ${CAN:-} ]] || make_pair
	make_lines
	# shellcheck disable=SC2086
	PATH=$BUILD/bin:$PATH $DEMO $CAN "$LINES_DIR"/grid-gateway "$LINES_DIR"/grid-devices \
		"$LINES_DIR"/field-gateway "$LINES_DIR"/field-devices $HOST_PORT || status=$?
	remove_lines
	rmmod openvpp
	[[ $CAN != ovppgw* ]] || remove_pair
	return "$status"
}

# start_chain: a node at port HOST_PORT of this machine, with the contracts.
start_chain() {
	local log=$BUILD/demo/deploy.log node

	"$TREE/scripts/contracts.sh" build
	node=$(find -L "$BUILD/contracts/node_modules/@foundry-rs" -path '*/bin/anvil' | head -n 1)
	HOST_PORT=$(/usr/bin/python3 -c \
		'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	"$node" --silent --port "$HOST_PORT" --block-time 1 --slots-in-an-epoch 1 \
		>"$BUILD/demo/anvil.log" 2>&1 &
	NODE=$!
	trap 'kill "$NODE" 2>/dev/null' EXIT
	/usr/bin/python3 -B tests/demo/deploy_config.py >"$BUILD/demo/contracts.json"
	# The first account that every anvil has.
	"$TREE/scripts/contracts.sh" deploy "$BUILD/demo/contracts.json" "$BUILD/demo/deployment.json" \
		--rpc-url "http://127.0.0.1:$HOST_PORT" --broadcast --slow --private-key \
		0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 >"$log" 2>&1 ||
		die "the contracts are not deployed: $log"
	export HOST_PORT
}

cd "$TREE"
mkdir -p "$BUILD/demo"
rm -f "$BUILD"/demo/*
HOST_PORT=
case ${CHAIN:-} in
'') ;;
evm) start_chain ;;
*) die "CHAIN is evm, or nothing: the embedded log" ;;
esac
if [[ -n ${HOST:-} ]]; then
	on_host
else
	in_vm
fi
