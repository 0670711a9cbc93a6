/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A gateway's life in short, as its ledger sees it: batches of several lives of two
 * sites, gaps, registers that begin anew, devices that move, keys that are rotated
 * and revoked, checkpoints, retention, exports, and ends without a goodbye. What the
 * ledger acknowledged is said as a mark (marks.h).
 */
#ifndef CRASH_WORK_H
#define CRASH_WORK_H

#include "ledger.h"

/**
 * work_run() - all of it
 * @dir: empty folder
 * @scale: batches have so many times fewer records, 1 at least
 *
 * A call on the ledger that fails is tried again, then the ledger is opened anew, then
 * the step is left out: what was not acknowledged was not promised.
 *
 * Return: number of steps that were left out.
 */
int work_run(const char *dir, unsigned int scale);

/* Opens the ledger of a folder in the boot of this letter. 0 or -errno. */
int work_open(const char *dir, char boot, struct ovpp_ledger **out, char *err, size_t size);

/* One batch more, of a life that was not there before. 0 or -errno. */
int work_after(struct ovpp_ledger *ledger);

#endif /* CRASH_WORK_H */
