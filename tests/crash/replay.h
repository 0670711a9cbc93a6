/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every state that a power cut could have left, at any moment of a record. */
#ifndef CRASH_REPLAY_H
#define CRASH_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct replay_options - what is asked for
 * @trace: file of the record
 * @scratch: folder, on tmpfs, for states
 * @final: folder that the program left, which the record must lead to; NULL: it is
 *	not compared
 * @deaf: a sync of the files of this pattern (fnmatch) is taken for none: what a
 *	program would risk that forgot it; NULL
 * @states: different states to look at
 * @jobs: processes
 * @seed: of what is random
 * @only: 0, or the number of the state to look at, which is kept in @scratch
 */
struct replay_options {
	const char *trace;
	const char *scratch;
	const char *final;
	const char *deaf;
	uint64_t states;
	unsigned int jobs;
	uint64_t seed;
	uint64_t only;
};

/**
 * struct replay_result - what was found
 * @points: moments at which the power was cut
 * @generated: states
 * @distinct: of them, that differ in what is there or what was promised
 * @broken: of those, that break a promise
 * @open_us: longest time that a ledger took to open, the best of some tries
 */
struct replay_result {
	uint64_t points;
	uint64_t generated;
	uint64_t distinct;
	uint64_t broken;
	uint64_t open_us;
};

/* The first broken states are printed. 0 or -errno. */
int replay_run(const struct replay_options *o, struct replay_result *result);

#endif /* CRASH_REPLAY_H */
