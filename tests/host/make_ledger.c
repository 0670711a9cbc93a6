// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make_ledger FILE BATCHES RECORDS [FIRST [AGE]]: a ledger, with keys in FILE.keys, or
 * more batches of one: so many of so many records each, from record FIRST on. The
 * retention takes away what is older than AGE seconds then. At last it waits for the end
 * of standard input, as a daemon that has the ledger open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/ledger_day.h"
#include "ledger.h"

#define BOOT "11111111-2222-3333-4444-555555555555"

static struct ovpp_record rec[OVPP_BATCH_RECORDS];

static int write_batch(struct ovpp_ledger *l, uint64_t first, size_t n, bool named)
{
	const struct ovpp_life life = {.site = 0, .node = 4711};
	struct ovpp_now now = {(first + n) * DAY_SPACING_NS,
			       DAY_START_NS + (first + n) * DAY_SPACING_NS,
			       {true, 500}};
	json_t *notes = named ? day_notes() : NULL;
	struct ovpp_written done;
	int ret;

	day_records(rec, first, n);
	ret = ovpp_ledger_write(l, &life, rec, n, notes, &now, &done);
	json_decref(notes);
	return ret;
}

/* @end: the record that would be next. */
static int prune(struct ovpp_ledger *l, uint64_t end, uint64_t age_s)
{
	const struct ovpp_retention limits = {.age_ms = age_s * 1000};
	const struct ovpp_now now = {.mono_ns = end * DAY_SPACING_NS,
				     .real_ns = DAY_START_NS + end * DAY_SPACING_NS};
	int ret;

	do {
		ret = ovpp_ledger_prune(l, &limits, &now);
	} while (ret > 0);
	return ret;
}

static int write_all(struct ovpp_ledger *l, uint64_t batches, size_t n, uint64_t first)
{
	int ret = 0;

	for (uint64_t i = 0; i < batches && !ret; i++)
		ret = write_batch(l, first + i * n, n, !i);
	if (ret)
		fprintf(stderr, "make_ledger: %s\n", ovpp_ledger_error(l));
	return ret;
}

int main(int argc, char **argv)
{
	char keys[4096], err[256];
	struct ovpp_ledger_options options = {
		.keys = keys,
		.boot_id = BOOT,
		.software = "test 1",
		.chain = &ovpp_chain_embedded,
	};
	uint64_t batches, records, first = 0;
	struct ovpp_ledger *l;
	int ret;

	if (argc < 4) {
		fprintf(stderr, "usage: make_ledger FILE BATCHES RECORDS [FIRST [AGE]]\n");
		return 2;
	}
	batches = strtoull(argv[2], NULL, 10);
	records = strtoull(argv[3], NULL, 10);
	if (argc > 4)
		first = strtoull(argv[4], NULL, 10);
	options.path = argv[1];
	snprintf(keys, sizeof(keys), "%s.keys", argv[1]);
	if (ovpp_ledger_open(&options, &l, err, sizeof(err))) {
		fprintf(stderr, "make_ledger: %s: %s\n", argv[1], err);
		return 1;
	}
	ret = write_all(l, batches, records, first);
	if (!ret && argc > 5)
		ret = prune(l, first + batches * records, strtoull(argv[5], NULL, 10));
	if (!ret) {
		puts("written");
		fflush(stdout);
		while (getchar() != EOF)
			;
	}
	ovpp_ledger_close(l);
	return ret ? 1 : 0;
}
