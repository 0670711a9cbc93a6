/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ledger in a folder of its own, for tests. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "ledger.h"

#define BOOT "11111111-2222-3333-4444-555555555555"
#define NEXT_BOOT "66666666-7777-8888-9999-000000000000"
#define SECOND UINT64_C(1000000000)
/* Wall-clock time of the record 0. */
#define EPOCH_NS (UINT64_C(1700000000) * SECOND)

static const struct ovpp_life site0 = {.site = 0, .node = 4711};

static inline int make_dir(char *dir, size_t size)
{
	const char *out = getenv("OUT");

	snprintf(dir, size, "%s/ledger-XXXXXX", out ? out : ".");
	return mkdtemp(dir) ? 0 : -1;
}

static inline void remove_dir(const char *dir)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command))
		perror(dir);
}

static inline int open_ledger_at(const char *path, const char *boot, struct ovpp_ledger **l,
				 char *err, size_t size)
{
	char keys[400];
	struct ovpp_ledger_options options = {
		.path = path,
		.keys = keys,
		.boot_id = boot,
		.software = "test 1",
		.chain = &ovpp_chain_embedded,
	};

	snprintf(keys, sizeof(keys), "%s.keys", path);
	return ovpp_ledger_open(&options, l, err, size);
}

/* Event records with these numbers, one second apart. */
static inline void events(struct ovpp_record *rec, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rec[i] = (struct ovpp_record){
			.seq = first + i,
			.mono_ns = (first + i + 1) * SECOND,
			.real_ns = EPOCH_NS + (first + i) * SECOND,
			.type = OVPP_RECORD_EVENT,
			.event = {.code = OVPP_EVENT_DER_ALARM, .arg = (int64_t)(first + i)},
		};
}

#endif /* LEDGER_FIXTURE_H */
