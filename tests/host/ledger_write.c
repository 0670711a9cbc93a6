// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ledger's writer, whose batches are for a chain: writes so many of them as fast as it
 * can. The gateway's id is 7.
 *
 *	ledger_write DB CONTRACT BATCHES
 *
 * CONTRACT is hexadecimal without "0x". Status 0: all are stored, each at the first
 * attempt. The longest time that one took is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/ledger_day.h"
#include "identity.h"
#include "ledger.h"
#include "ledger_sql.h"
#include "outbox.h"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define RECORDS 100

static const struct ovpp_identity identity = {.chain_id = 31337, .registry = {1}, .id = {[31] = 7}};

static struct ovpp_record rec[RECORDS];

static void die(const char *what)
{
	fprintf(stderr, "ledger_write: %s\n", what);
	exit(1);
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * DAY_SECOND + (uint64_t)t.tv_nsec;
}

/* The gateway was registered. */
static void enroll(const char *path)
{
	sqlite3 *sql;

	if (sqlite3_open(path, &sql) || sqlite3_busy_timeout(sql, 2000) ||
	    ovpp_identity_put(sql, &identity))
		die("no identity");
	sqlite3_close(sql);
}

static void write_batch(struct ovpp_ledger *l)
{
	const struct ovpp_life life = {.site = 0, .node = 4711};
	uint64_t batch = ovpp_ledger_batches(l);
	struct ovpp_now now = {now_ns(CLOCK_MONOTONIC), now_ns(CLOCK_REALTIME), {true, 500}};
	json_t *notes = batch ? NULL : day_notes();
	struct ovpp_written done;

	day_records(rec, batch * RECORDS, RECORDS);
	if (ovpp_ledger_write(l, &life, rec, RECORDS, notes, &now, &done) ||
	    done.records != RECORDS)
		die(ovpp_ledger_error(l));
	json_decref(notes);
}

int main(int argc, char **argv)
{
	struct ovpp_outbox_target target = {.network = *ovpp_network("anvil"), .registry = {1}};
	char keys[4096], err[256];
	struct ovpp_ledger_options options = {
		.path = argv[1],
		.keys = keys,
		.boot_id = BOOT,
		.software = "test 1",
		.chain = &ovpp_chain_evm,
		.chain_config = &target,
	};
	uint64_t longest = 0;
	struct ovpp_ledger *l;

	if (argc != 4 || ovpp_unhex(argv[2], target.contract, sizeof(target.contract)))
		return 2;
	snprintf(keys, sizeof(keys), "%s.keys", argv[1]);
	if (ovpp_ledger_open(&options, &l, err, sizeof(err)))
		die(err);
	enroll(argv[1]);
	for (uint64_t n = strtoull(argv[3], NULL, 10); n; n--) {
		uint64_t begun = now_ns(CLOCK_MONOTONIC), took;

		write_batch(l);
		took = now_ns(CLOCK_MONOTONIC) - begun;
		longest = took > longest ? took : longest;
	}
	ovpp_ledger_close(l);
	printf("%llu ms\n", (unsigned long long)(longest / 1000000));
	return 0;
}
