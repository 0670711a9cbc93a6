/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is everything there that was promised, and nothing else? A folder has what work.c
 * made and a power cut left: ledger.db and keys/.
 */
#ifndef CRASH_CHECK_H
#define CRASH_CHECK_H

#include "marks.h"

#define CHECK_LEDGER "ledger.db"
#define CHECK_KEYS "keys"
#define CHECK_EXPORT "export.bundle"

/**
 * struct check_result - what came out
 * @open_us: time that the ledger took to open
 * @batches: that it had
 * @why: the promise that is broken
 */
struct check_result {
	uint64_t open_us;
	uint64_t batches;
	char why[256];
};

/**
 * check_folder() - open the ledger as the daemon does, verify all of it, and go on
 * @dir: folder, which is changed
 * @marks: what was promised
 * @r: set
 *
 * Return: 0, or -EBADMSG: a promise is broken.
 */
int check_folder(const char *dir, const struct marks *marks, struct check_result *r);

#endif /* CRASH_CHECK_H */
