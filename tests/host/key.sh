#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 120
#
# ovpp key on a ledger that ovppd has made: what it says and does, with the daemon
# running and without, as the daemon's user and as root. key_check.py reads the results
# with code of its own.

set -u

# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

TMP=$(mktemp -d)
BIN=$TMP/bin
DAEMON=
trap 'stop; rm -rf "$TMP"' EXIT
unset OVPP_PASSPHRASE_FILE CREDENTIALS_DIRECTORY
# Whoever a test is run as can start the programs.
chmod 711 "$TMP"
mkdir -m 755 "$BIN"
cp "$BUILD/bin/ovpp" "$BUILD/bin/ovppd" "$BIN"

# start DIR [COMMAND...]: ovppd with a ledger in DIR, until there is one.
start() {
	local dir=$1 i

	shift
	printf 'sites: []\n' >"$dir/ovppd.yaml"
	chmod 644 "$dir/ovppd.yaml"
	"$@" "$BIN/ovppd" --config "$dir/ovppd.yaml" --database "$dir/ledger.db" \
		>"$dir.log" 2>&1 </dev/null &
	DAEMON=$!
	for ((i = 0; i < 600; i++)); do
		"$BIN/ovpp" key show --ledger "$dir/ledger.db" >/dev/null 2>&1 && return
		kill -0 "$DAEMON" 2>/dev/null || break
		sleep 0.1
	done
	ktap_print_msg "ovppd made no ledger: $(<"$dir.log")"
	return 1
}

stop() {
	[ -z "$DAEMON" ] || kill "$DAEMON" 2>/dev/null
	[ -z "$DAEMON" ] || wait "$DAEMON"
	DAEMON=
}

# fresh: a ledger of its own in DIR, with LEDGER and KEYS.
fresh() {
	DIR=$(mktemp -d "$TMP/ledger.XXXX")
	LEDGER=$DIR/ledger.db
	KEYS=$DIR/keys
	start "$DIR" && stop
}

# key STATUS WORD...: of that ledger; OUT is what it said, both streams.
key() {
	local wanted=$1 status=0 verb=$2

	shift 2
	OUT=$(${AS:-} "$BIN/ovpp" key "$verb" --ledger "$LEDGER" "$@" 2>&1 </dev/null) || status=$?
	[ "$status" = "$wanted" ] && return
	ktap_print_msg "ovpp key $verb $*: status $status, not $wanted: $OUT"
	return 1
}

says() {
	case $OUT in
	*"$1"*) ;;
	*) ktap_print_msg "not said: $1; said: $OUT"; return 1 ;;
	esac
}

# checked KEYS REVOKED [PASSPHRASE]: another implementation finds so many.
checked() {
	local found

	found=$(/usr/bin/python3 tests/host/key_check.py "$LEDGER" "$KEYS" ${3:+"$3"} 2>&1)
	[ "$found" = "$1 $2" ] && return
	ktap_print_msg "not $1 keys, $2 of them revoked: $found"
	return 1
}

# batches FROM TO: rows that keys are counted by.
batches() {
	sqlite3 "$LEDGER" "WITH RECURSIVE n (i) AS (VALUES ($1) UNION ALL SELECT i + 1 FROM n WHERE i < $2)
		INSERT INTO batch SELECT i, 1, 0, 0, 1, 0, 0, 0, 0, 0, x'00', NULL, NULL, NULL FROM n"
}

# only FILE: there is no other in the folder of the keys.
only() { [ "$(ls -A "$KEYS")" = "$1" ] || { ktap_print_msg "there are: $(ls -A "$KEYS")"; return 1; }; }

before_the_first_start() {
	LEDGER=$TMP/nowhere/ledger.db
	key 1 show && says "there is no key yet: ovppd makes it at its first start" &&
		key 3 rotate && says "there is no ledger" &&
		[ ! -e "$TMP/nowhere" ]
}

first_key() {
	fresh && key 0 show && says "epoch    0, from batch 0 on; 0 is next" &&
		says "did:key:z6Mk" && says "gateway-0.key, not encrypted" &&
		only gateway-0.key && [ "$(stat -c %a "$KEYS" "$KEYS/gateway-0.key")" = $'700\n600' ] &&
		checked 1 0
}

rotated() {
	fresh && batches 0 4 && key 0 rotate --reason yearly && says "epoch 1 signs from batch 5 on" &&
		only gateway-1.key && checked 2 0 &&
		key 0 show && says "epoch    1, from batch 5 on; 5 is next" && says yearly
}

revoked() {
	fresh && batches 0 9 && key 0 revoke --from 7 --reason stolen &&
		says "epoch 0 is not to be trusted from batch 7 on" &&
		says "epoch 1 signs from batch 10 on" && checked 2 1 &&
		key 0 revoke && says "epoch 1 is not to be trusted from batch 10 on" &&
		only gateway-2.key && checked 3 2 &&
		key 0 show && says "REVOKED FROM" && says stolen
}

# Names that a program relies on, and no others.
json() {
	fresh && batches 0 2 && key 0 revoke --from 1 --reason r --json &&
		[ "$(jq_keys <<<"$OUT")" = "did epoch from_batch gateway key real_ns reason revoked_from" ] &&
		sqlite3 "$LEDGER" "INSERT INTO device SELECT 1, 'x', public FROM key WHERE epoch = 0;
			INSERT INTO der VALUES (1, 1, 1, 'home', 'bat0', 'battery', 'S1'),
				(2, 1, 1, 'home', 'bat1', 'battery', 'S1')" &&
		key 0 show --json && values <<<"$OUT"
}

jq_keys() { /usr/bin/python3 -c 'import json, sys; print(*sorted(json.load(sys.stdin)))'; }

values() {
	/usr/bin/python3 -c '
import json, sys
o = json.load(sys.stdin)
assert sorted(o) == ["devices", "did", "epoch", "file", "from_batch", "gateway", "key", "keys", "next_batch"]
assert (o["epoch"], o["from_batch"], o["next_batch"]) == (1, 3, 3)
first, second = o["keys"]
assert (first["key"], first["batches"], first["revoked_from"]) == (o["gateway"], 3, 1)
assert (second["key"], second["batches"], second["revoked_from"]) == (o["key"], 0, None)
assert (first["reason"], second["reason"]) == ("", "r")
assert (o["file"]["encrypted"], o["file"]["problem"]) == (False, None)
device, = o["devices"]
assert (device["device"], device["id"], device["did"]) == (1, o["gateway"], o["did"])
assert (device["name"], device["site"], device["kind"], device["serial"]) == ("bat1", "home", "battery", "S1")
digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
n = 0
for c in o["did"].removeprefix("did:key:z"):
    n = n * 58 + digits.index(c)
assert n.to_bytes(34, "big").hex() == "ed01" + o["gateway"]
'
}

passphrase() {
	(umask 077 && echo "correct horse" >"$TMP/pass" && echo "battery staple" >"$TMP/other")
	fresh && key 0 passphrase --set "$TMP/pass" && checked 1 0 "correct horse" &&
		key 0 show && says "encrypted" && key 3 rotate && says "is encrypted: give its passphrase" &&
		key 3 rotate --passphrase-file "$TMP/other" && says "the passphrase is wrong" &&
		only gateway-0.key && key 0 rotate --passphrase-file "$TMP/pass" &&
		checked 2 0 "correct horse" &&
		OVPP_PASSPHRASE_FILE=$TMP/pass key 0 passphrase --set "$TMP/other" &&
		checked 2 0 "battery staple" &&
		key 0 passphrase --clear --passphrase-file "$TMP/other" --json && says '"encrypted": false' &&
		checked 2 0
}

# until_so COMMAND...: it succeeds within a minute.
until_so() {
	local i

	for ((i = 0; i < 600; i++)); do
		"$@" && return
		sleep 0.1
	done
	ktap_print_msg "not within a minute: $*"
	return 1
}

# The daemon makes the table of its log when it has its key.
has_log() { [ -n "$(sqlite3 "$LEDGER" "SELECT 1 FROM sqlite_schema WHERE name = 'log'")" ]; }

daemon_needs_it() {
	fresh && key 0 passphrase --set "$TMP/pass" && sqlite3 "$LEDGER" "DROP TABLE log" &&
		start "$DIR" && until_so grep -q "gateway-0.key: is encrypted" "$DIR.log" && stop &&
		! has_log && OVPP_PASSPHRASE_FILE=$TMP/pass start "$DIR" && until_so has_log &&
		stop && checked 1 0 "correct horse"
}

usage() {
	fresh && key 2 revoke --from first && says "no number of a batch" &&
		key 2 revoke --from 1 && says "it cannot be revoked from 1 on" &&
		key 2 revoke --from -1 && key 2 revoke --from '' &&
		key 2 rotate --reason "$(printf '%064d' 0)" && says "longer than 63 bytes" &&
		key 2 passphrase && says "either --set FILE or --clear" &&
		key 2 passphrase --set "$TMP/pass" --clear &&
		only gateway-0.key && checked 1 0
}

without_file() {
	fresh && mv "$KEYS/gateway-0.key" "$DIR/away" && key 0 show && says "did:key:z6Mk" &&
		says "there is no such key file" && key 3 rotate && says "there is no such key file" &&
		mkdir "$DIR/other" && mv "$DIR/away" "$DIR/other/gateway-0.key" &&
		chmod 700 "$DIR/other" && key 0 rotate --keys "$DIR/other" && key 0 show --keys "$DIR/other" &&
		says "other/gateway-1.key, not encrypted"
}

readable_by_others() {
	fresh && chmod 644 "$KEYS/gateway-0.key" && key 3 rotate && says "chmod 600" &&
		key 0 show && says "chmod 600" && chmod 600 "$KEYS/gateway-0.key" && key 0 rotate
}

damaged_statement() {
	fresh && key 0 rotate &&
		sqlite3 "$LEDGER" "UPDATE key SET statement = substr(statement, 1, 20) || x'00' ||
			substr(statement, 22) WHERE epoch = 1" &&
		key 1 show && says "the key of epoch 1 is wrong"
}

beside_the_daemon() {
	fresh && start "$DIR" && key 0 rotate && key 0 revoke && kill -0 "$DAEMON" && stop &&
		start "$DIR" && stop && only gateway-2.key && checked 3 1
}

# As the unit has it: the daemon's user owns all of it, and root changes a key.
owned() {
	local user="setpriv --reuid 4711 --regid 4712 --clear-groups" held

	DIR=$(mktemp -d "$TMP/ledger.XXXX")
	LEDGER=$DIR/ledger.db
	KEYS=$DIR/keys
	chown 4711:4712 "$DIR"
	# shellcheck disable=SC2086
	start "$DIR" $user || return
	key 0 rotate && held=$(cd "$DIR" && stat -c '%u %a' ledger.db-wal ledger.db-shm) &&
		[ "$held" = $'4711 644\n4711 644' ] && kill -0 "$DAEMON" && stop || return
	[ "$(stat -c '%u:%g %a' "$KEYS/gateway-1.key")" = "4711:4712 600" ] || return
	AS=$user key 0 rotate && AS=$user key 0 show && only gateway-2.key && checked 3 0
}

# Root is there first, and makes SQLite's files.
root_first() {
	local user="setpriv --reuid 4711 --regid 4712 --clear-groups" sql

	fresh && chown -R 4711:4712 "$DIR" || return
	coproc ROOT { sqlite3 "$LEDGER" 2>&1; }
	sql=${ROOT[1]}
	echo "INSERT INTO state VALUES ('x', 'y', 0); SELECT 'written';" >&"$sql"
	read -r OUT <&"${ROOT[0]}"
	says written && [ "$(stat -c %u "$LEDGER-wal" "$LEDGER-shm")" = $'4711\n4711' ] &&
		AS=$user key 0 rotate && AS=$user key 0 show && says "epoch    1"
	local status=$?
	echo .quit >&"$sql"
	wait "$ROOT_PID"
	return $status
}

as_another() {
	if [ "$(id -u)" = 0 ]; then
		ktap_test_result "$@"
	else
		ktap_test_skip "$1 (not root)"
	fi
}

ktap_print_header
ktap_set_plan 14
ktap_test_result "key: before the first start there is none" before_the_first_start
ktap_test_result "key: the daemon makes the first one" first_key
ktap_test_result "key: a new one signs from the next batch on" rotated
ktap_test_result "key: one that is not to be trusted is said" revoked
ktap_test_result "key: --json has these names" json
ktap_test_result "key: a passphrase can be set, changed and cleared" passphrase
ktap_test_result "key: the daemon reads the passphrase" daemon_needs_it
ktap_test_result "key: wrong usage changes nothing" usage
ktap_test_result "key: it is known without its file, and found elsewhere" without_file
ktap_test_result "key: a file that others can read is refused" readable_by_others
ktap_test_result "key: a damaged statement is no evidence" damaged_statement
ktap_test_result "key: it changes while the daemon runs" beside_the_daemon
as_another "key: what root changes stays the daemon's" owned
as_another "key: root's database files do not lock the daemon out" root_first
ktap_finished
