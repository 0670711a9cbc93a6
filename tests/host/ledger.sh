#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# timeout: 120
#
# The ledger as its users read it: plain sqlite3 with the extension, and ovpp ledger;
# while its writer has it open and after, by root and by who may only read.

set -u

cd -- "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=/dev/null
. "$KSELFTEST/kselftest/ktap_helpers.sh"

DIR=$(mktemp -d)
WRITER=
# shellcheck disable=SC2317
finish() {
	stop
	rm -rf "$DIR"
}
trap finish EXIT

# start BATCHES RECORDS [FIRST [AGE_S]]: a writer that keeps the ledger open.
start() {
	local line

	[ -p "$DIR/end" ] || mkfifo "$DIR/end"
	"$BUILD/tests-host/make_ledger" "$DIR/l.db" "$@" <"$DIR/end" >"$DIR/written" &
	WRITER=$!
	exec 9>"$DIR/end"
	for _ in $(seq 600); do
		read -r line <"$DIR/written" && [ "$line" = written ] && return
		sleep 0.05
	done
	return 1
}

stop() {
	[ -n "$WRITER" ] || return 0
	exec 9>&-
	wait "$WRITER"
	WRITER=
}

# check NAME COMMAND...
check() {
	local name=$1

	shift
	if "$@" >"$DIR/log" 2>&1; then
		ktap_test_pass "ledger: $name"
	else
		sed 's/^/# /' "$DIR/log" | tail -n 20
		ktap_test_fail "ledger: $name"
	fi
}

# ledger VERB ...: ovpp ledger on it.
ledger() {
	local verb=$1

	shift
	"$BUILD/bin/ovpp" ledger "$verb" --ledger "$DIR/l.db" "$@"
}

# says TEXT COMMAND...: that is all it prints.
says() {
	local text=$1 out

	shift
	out=$("$@") || return
	[ "$out" = "$text" ] || { echo "got '$out', not '$text'"; return 1; }
}

# fails STATUS TEXT COMMAND...: it ends so, and says that on standard error.
fails() {
	local status=$1 text=$2 got=0

	shift 2
	"$@" >"$DIR/out" 2>"$DIR/err" || got=$?
	cat "$DIR/err"
	[ "$got" = "$status" ] || { echo "status $got, not $status"; return 1; }
	grep -qF -- "$text" "$DIR/err"
}

# sql STATEMENT: in plain sqlite3, with the extension.
sql() {
	sqlite3 "$DIR/l.db" ".load $BUILD/lib/ovpp_ledger" "$1"
}

gateway() { ledger status --json | jq -r .gateway; }

# proves FILE: two verifiers that share no code say yes.
proves() {
	"$BUILD/bin/ovpp-verify" --quiet --key "$(gateway)" "$1" &&
		/usr/bin/python3 tests/host/evidence.py verify "$(gateway)" "$1"
}

# as_nobody COMMAND...: as somebody who may read the ledger only.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

PERIOD="der = 'bat0' AND t BETWEEN '2023-11-14 22:14' AND '2023-11-14 22:15'"

extension() {
	says 114 sql "SELECT COUNT(*) FROM sample WHERE $PERIOD" &&
		says '2023-11-14 22:13:20.500|home|pv|2000000|' \
			sql "SELECT t, site, der, p_mw, soc_ppm FROM sample WHERE seq = 2" &&
		says 60 sql "SELECT COUNT(*) FROM event"
}

extension_errors() {
	fails 1 'this is no ledger' sqlite3 "$DIR/other.db" \
		".load $BUILD/lib/ovpp_ledger" 'SELECT * FROM sample' &&
		fails 1 'may not be modified' sql 'DELETE FROM sample'
}

# A program with an SQLite of its own, or one that has loaded it already.
extension_in_python() {
	says 60 /usr/bin/python3 - "$DIR/l.db" "$BUILD/lib/ovpp_ledger.so" <<-'END'
		import sqlite3, sys
		c = sqlite3.connect(sys.argv[1])
		c.enable_load_extension(True)
		c.load_extension(sys.argv[2])
		print(c.execute("SELECT COUNT(*) FROM event").fetchone()[0])
	END
}

own_sqlite() {
	! nm -D --undefined-only "$BUILD/lib/ovpp_ledger.so" | grep sqlite3
}

query_table() {
	says 't                        der      p_mw  soc_ppm
2023-11-14 22:13:20.250  bat0       -1   500000
2023-11-14 22:13:20.500  pv    2000000     NULL' \
		ledger query 'SELECT t, der, p_mw, soc_ppm FROM sample LIMIT 2' &&
		says 'x
NULL' ledger query 'SELECT NULL AS x'
}

query_json() {
	ledger query "SELECT seq, v_mv, x'00ff' AS b, 0.5 AS r, 'a\"b' AS s FROM sample LIMIT 2" \
		--json | jq -e '. == [range(1; 3) | {seq: ., v_mv: null, b: "00ff", r: 0.5,
			s: "a\"b"}]' && says '[]' ledger query 'SELECT 1 WHERE 0' --json
}

query_csv() {
	says 'seq,"a,b",s,n
1,"say ""yes""","",' ledger query \
		"SELECT seq, 'say \"yes\"' AS \"a,b\", '' AS s, v_mv AS n FROM sample LIMIT 1" --csv
}

query_wrong() {
	fails 2 'syntax error' ledger query SELEC &&
		fails 2 'no such column' ledger query 'SELECT x FROM sample' &&
		fails 2 'integer overflow' ledger query 'SELECT abs(-9223372036854775807 - 1)' &&
		fails 2 'one statement' ledger query 'SELECT 1; SELECT 2' &&
		fails 2 'no statement' ledger query ' -- nothing' &&
		fails 2 'quotes' ledger query SELECT 1 &&
		fails 2 '--json or --csv' ledger query 'SELECT 1' --json --csv &&
		ledger query 'SELECT 1; -- and no more'
}

query_only_reads() {
	fails 2 'not authorized' ledger query 'UPDATE batch SET lost = 1' &&
		fails 2 'not authorized' ledger query "ATTACH '$DIR/new.db' AS new" &&
		fails 2 'only reads' ledger query "VACUUM INTO '$DIR/new.db'" &&
		fails 2 'only reads' ledger query 'PRAGMA journal_mode = delete' &&
		fails 2 'not authorized' ledger query "SELECT load_extension('x')" &&
		fails 2 'not authorized' ledger query 'CREATE TEMP TABLE a (b)' && [ ! -e "$DIR/new.db" ]
}

status() {
	ledger status --json | jq -e '.batches == 300 and .records == 6000 and .lost == 0 and
		.pruned_records == 0 and .log_size == 300 and .epoch == 0 and
		(.gateway | length) == 64 and .real_min_ns == 1700000000000000000 and
		.real_max_ns == 1700001499750000000 and .bytes_per_record > 8 and
		.columns_bytes_per_record < .bytes_per_record' &&
		ledger status | grep -q '^first  *2023-11-14 22:13:20.000$'
}

export_all() {
	ledger export --out "$DIR/all" --json | jq -e '.first_batch == 0 and .last_batch == 299 and
		.records == 6000 and .disclosed == 6000 and .log_size == 300' &&
		proves "$DIR/all"
}

export_batches() {
	ledger export --out "$DIR/some" --batches 100-199 --json |
		jq -e '.first_batch == 100 and .last_batch == 199 and .log_size == 200' &&
		proves "$DIR/some"
}

export_period() {
	ledger export --out "$DIR/some" --from '2023-11-14 22:14' \
		--to 2023-11-14T23:14:59.999+01:00 --json |
		jq -e '.first_batch == 8 and .last_batch == 19' && proves "$DIR/some"
}

# What is not disclosed is not in the file: its hash is all that is known of it.
export_der() {
	ledger export --out "$DIR/der" --der bat0 --json | jq -e '.disclosed == 2880' &&
		proves "$DIR/der" &&
		ledger export --out "$DIR/der" --der bat0 --withhold --json |
		jq -e '.disclosed == 3120' && proves "$DIR/der" &&
		ledger export --out "$DIR/der" --der pv --der bat0 --json |
		jq -e '.disclosed == 4380' && proves "$DIR/der" &&
		ledger export --out "$DIR/der" --withhold --json | jq -e '.disclosed == 0' &&
		proves "$DIR/der"
}

export_wrong() {
	rm -rf "$DIR/dir" && mkdir "$DIR/dir"
	fails 2 '--out is missing' ledger export &&
		fails 1 'no batch 300' ledger export --out "$DIR/dir/x" --batches 250-300 &&
		fails 1 'no records of that time' ledger export --out "$DIR/dir/x" --from -1h &&
		fails 2 'is no range' ledger export --out "$DIR/dir/x" --batches 7-3 &&
		fails 2 'is no time' ledger export --out "$DIR/dir/x" --from yesterday &&
		fails 2 '--batches or' ledger export --out "$DIR/dir/x" --batches 1 --to now &&
		fails 3 'No such file' ledger export --out "$DIR/nowhere/x" &&
		[ -z "$(ls -A "$DIR/dir")" ]
}

# An older file is there in full until the new one is.
export_full_disk() {
	echo old >"$DIR/dir/x"
	(
		trap '' XFSZ
		ulimit -f 100
		fails 3 'File too large' ledger export --out "$DIR/dir/x"
	) && says old cat "$DIR/dir/x" && says x ls -A "$DIR/dir"
}

prove_record() {
	ledger prove --batch 100 --seq 2005 --out "$DIR/p" && proves "$DIR/p" &&
		ledger prove --site home --seq 2005 >"$DIR/p2" && cmp "$DIR/p" "$DIR/p2" &&
		ledger prove --batch 100 --seq 2005 --log --out "$DIR/p" && proves "$DIR/p"
}

prove_sample() {
	ledger prove --der bat0 --at '2023-11-14 22:20:00.1' --json >"$DIR/j" &&
		jq -e '.seq == 1599 - 4 and .batch == 79 and .bytes < 1024' "$DIR/j" &&
		/usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' \
			"$(jq -r .proof "$DIR/j")" >"$DIR/p" && proves "$DIR/p"
}

prove_log() {
	ledger prove --consistency 3 --out "$DIR/p" && proves "$DIR/p" &&
		ledger prove --consistency 64-65 --out "$DIR/p" && proves "$DIR/p"
}

prove_wrong() {
	fails 2 'a record is named by' ledger prove --seq 1 &&
		fails 2 'a record is named by' ledger prove --batch 1 --seq 1 --der bat0 &&
		fails 2 'is no number' ledger prove --batch x --seq 1 &&
		fails 1 'no such record' ledger prove --batch 1 --seq 1 &&
		fails 1 'no such record' ledger prove --batch 300 --seq 6000 &&
		fails 1 'no such record' ledger prove --site nowhere --seq 1 &&
		fails 1 'no such record' ledger prove --der nobody &&
		fails 1 'no such record' ledger prove --der bat0 --at 2023-01-01 &&
		fails 1 'no such log' ledger prove --consistency 301 &&
		fails 1 'no such log' ledger prove --consistency 0-3
}

verify() {
	ledger verify --json | jq -e '.proven and .batches == 300 and .records == 6000 and
		.key_given == false and .fault == null' && ledger verify | grep -q 'itself says' &&
		ledger verify --key "$(gateway)" --from '2023-11-14 22:14' --to '2023-11-14 22:15' &&
		gateway >"$DIR/key" && ledger verify --key "$DIR/key"
}

verify_other_key() {
	fails 1 "another gateway's" ledger verify --key "$(gateway | tr 0-9a-f 1-9a-f0)" &&
		fails 2 'nor a file' ledger verify --key 1234
}

# wrong NAME STATEMENT TEXT: after that statement the ledger is not what was signed.
wrong() {
	local name=$1 statement=$2 text=$3

	cp "$DIR/l.db" "$DIR/copy.db"
	sqlite3 "$DIR/copy.db" "$statement" >/dev/null
	check "verify finds $name" fails 1 "$text" \
		"$BUILD/bin/ovpp" ledger verify --ledger "$DIR/copy.db"
	rm -f "$DIR"/copy.db*
}

damaged() {
	cp "$DIR/l.db" "$DIR/copy.db"
	sqlite3 "$DIR/copy.db" "UPDATE batch SET columns = x'00' WHERE seq = 5"
	fails 1 'batch 5 is damaged' "$BUILD/bin/ovpp" ledger query 'SELECT * FROM sample' \
		--ledger "$DIR/copy.db" &&
		fails 1 'batch 5 is damaged' "$BUILD/bin/ovpp" ledger export --out "$DIR/dir/y" \
			--ledger "$DIR/copy.db" && [ ! -e "$DIR/dir/y" ]
}

unreadable() {
	fails 3 'No such file' "$BUILD/bin/ovpp" ledger status --ledger "$DIR/none.db" &&
		fails 3 'this is no ledger' "$BUILD/bin/ovpp" ledger status --ledger "$DIR/other.db"
}

# A folder that others can only look into, as that of the daemon.
by_nobody() {
	chmod 0755 "$DIR" && chmod 0644 "$DIR"/l.db* 2>/dev/null
	as_nobody "$BUILD/bin/ovpp" ledger query --json --ledger "$DIR/l.db" \
		'SELECT COUNT(*) AS n FROM event' | jq -e ".[0].n == $1" &&
		as_nobody "$BUILD/bin/ovpp" ledger verify --ledger "$DIR/l.db"
}

nobody_but_wal() {
	chmod 0600 "$DIR"/l.db-shm
	fails 3 'cannot be read without' \
		as_nobody "$BUILD/bin/ovpp" ledger status --ledger "$DIR/l.db"
}

# The writer is not hindered, and what it adds is seen.
while_written() {
	says 6000 sql 'SELECT SUM(records) FROM batch' && stop && start 10 20 6000 &&
		says 6200 sql 'SELECT SUM(records) FROM batch' &&
		says 62 sql 'SELECT COUNT(*) FROM event' && ledger verify
}

# What is older than 100 s went: headers hold, the rest can be exported.
pruned() {
	start 1 20 6200 100 && stop &&
		ledger status --json | jq -e '.pruned_batches > 200 and .batches == 311' &&
		ledger verify --json | jq -e '.proven and .batches == 311 and
			.pruned_records == .pruned_batches * 20 and .pruned_batches > 200 and
			.records + .pruned_records == 6220' &&
		ledger verify | grep -q 'took .* away; their headers hold' &&
		fails 1 'took the records of batch 0 away' \
			ledger export --out "$DIR/dir/z" --batches 0-310 &&
		fails 1 'took the records' ledger prove --batch 0 --seq 1 &&
		ledger export --out "$DIR/rest" --json | jq -e '.first_batch > 200' &&
		proves "$DIR/rest"
}

ktap_print_header
for tool in sqlite3 jq setpriv; do
	command -v $tool >/dev/null && continue
	ktap_set_plan 1
	ktap_test_skip "ledger: needs $tool"
	ktap_finished
	exit
done
ktap_set_plan 41
check "a writer stores 300 batches" start 300 20
sqlite3 "$DIR/other.db" 'CREATE TABLE a (b)'
check "plain sqlite3 has the tables with the extension" extension
check "the extension says what it cannot read" extension_errors
check "Python's sqlite3 loads the extension" extension_in_python
check "the extension brings no second SQLite" own_sqlite
check "query prints a table" query_table
check "query prints JSON, null for what is not known" query_json
check "query prints CSV" query_csv
check "query tells what is wrong in SQLite's words" query_wrong
check "query only reads" query_only_reads
check "status tells what there is" status
check "export of everything is proven" export_all
check "export of some batches is proven" export_batches
check "export of a period is proven" export_period
check "export discloses the records of the DER named, and no others" export_der
check "export refuses what is not there, and leaves nothing" export_wrong
check "export on a full disk leaves the old file" export_full_disk
check "a record is proven" prove_record
check "the sample of a DER at a time is proven, in less than 1 KiB" prove_sample
check "the log is proven to go on" prove_log
check "prove refuses what is not there" prove_wrong
check "verify checks all of it" verify
check "verify refuses another gateway's ledger" verify_other_key
check "who may only read reads while it is written" by_nobody 60
check "who cannot read all of it is told so" nobody_but_wal
check "readers see what is added" while_written
stop
check "who may only read reads when the writer has stopped" by_nobody 62
check "damaged batches are told" damaged
check "what is no ledger is told" unreadable
wrong 'a changed count' 'UPDATE batch SET records = 21 WHERE seq = 7' 'batch 7:'
wrong 'a changed time' 'UPDATE batch SET real_min_ns = 1 WHERE seq = 7' 'real_min_ns'
wrong 'a changed header' "UPDATE batch SET header = (SELECT header FROM batch WHERE seq = 8)
	WHERE seq = 7" 'batch 7:'
wrong 'swapped records' "UPDATE batch SET (columns, seed) = (SELECT columns, seed FROM batch
	WHERE seq = 8) WHERE seq = 7" 'batch 7'
wrong 'a gap that was made up' 'INSERT INTO gap VALUES (1, 5, 5, 1, 0)' 'gap'
wrong 'a changed span' 'UPDATE span SET real_max_ns = real_max_ns + 1' 'span'
wrong 'a changed log' 'UPDATE log SET leaf = zeroblob(32) WHERE seq = 7' 'the log'
wrong 'a changed key' 'UPDATE key SET from_batch = 1' 'key'
wrong 'a changed device table' "UPDATE device_table SET cbor = x'80' WHERE id = 1" 'device table'
check "what the retention took away is counted, the rest holds" pruned
wrong 'records that went without a word' \
	'UPDATE batch SET columns = NULL, seed = NULL WHERE seq = 310' 'the table pruned'
wrong 'a changed header of records that went' \
	"UPDATE batch SET header = substr(header, 1, 99) || x'00' || substr(header, 101)
	WHERE seq = 7" 'batch 7: its header'
ktap_finished
