/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work under faults: each write, sync or change of a name fails, once or for
 * good; the disk is full. What was acknowledged is there when the fault has gone, and
 * the ledger goes on.
 */
#ifndef CRASH_FAULTS_H
#define CRASH_FAULTS_H

#include <stdint.h>

/**
 * enum faults_kind - what goes wrong
 * @FAULTS_ONCE: the n-th call that changes something fails with EIO, for all n
 * @FAULTS_FOR_GOOD: so do all calls after it, until the work is over
 * @FAULTS_FULL: the disk has room for n blocks of 4 KiB, for all n
 */
enum faults_kind {
	FAULTS_ONCE,
	FAULTS_FOR_GOOD,
	FAULTS_FULL,
};

/**
 * struct faults_options - what is asked for
 * @kind: what goes wrong
 * @program: this program, which does the work when it is told "work DIR SCALE"
 * @library: record.so
 * @scratch: folder on tmpfs
 * @scale: of the work
 * @stride: only every so-manieth n, from @first on
 * @first: from 1 on
 * @jobs: processes
 */
struct faults_options {
	enum faults_kind kind;
	const char *program;
	const char *library;
	const char *scratch;
	unsigned int scale;
	uint64_t stride;
	uint64_t first;
	unsigned int jobs;
};

/**
 * struct faults_result - what was found
 * @runs: runs of the work
 * @hit: in which something failed
 * @recovered: of those, in which all was acknowledged in the end
 * @broken: runs that broke a promise
 * @open_us: longest time that a ledger took to open afterwards
 */
struct faults_result {
	uint64_t runs;
	uint64_t hit;
	uint64_t recovered;
	uint64_t broken;
	uint64_t open_us;
};

/* The first broken runs are printed. 0 or -errno. */
int faults_run(const struct faults_options *o, struct faults_result *result);

#endif /* CRASH_FAULTS_H */
