/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovpp doctor: checks of the host, each a small function in a table. */
#ifndef OVPP_DOCTOR_H
#define OVPP_DOCTOR_H

#include "cli.h"

/* Room for what a check has seen, or for what is to be done. */
#define DOCTOR_TEXT 512

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN, /* could be better */
	DOCTOR_FAIL, /* must be changed */
	DOCTOR_SKIP, /* could not be checked, or need not be */
};

/**
 * struct doctor - one examination
 * @cli: invocation
 * @root: directory below which /proc, /sys, /dev, /etc, /lib and /boot are read:
 *	"" or, for tests, $OVPP_SYSROOT
 * @results: array of results
 * @check: name of the check that runs
 * @sites: the sites examined; empty without the module
 * @buses: their buses
 * @ders: their DER
 * @priority: real-time priority of the loop
 */
struct doctor {
	struct cli *cli;
	const char *root;
	json_t *results;
	const char *check;
	json_t *sites;
	json_t *buses;
	json_t *ders;
	int priority;
};

/**
 * struct doctor_check - a check
 * @name: what it is about
 * @run: reports with doctor_say(), once or several times
 */
struct doctor_check {
	const char *name;
	void (*run)(struct doctor *d);
};

/* Tables, each ended by an entry without name. */
extern const struct doctor_check doctor_kernel[];
extern const struct doctor_check doctor_rt[];
extern const struct doctor_check doctor_module[];
extern const struct doctor_check doctor_can[];

/* Reports what was seen; @advice says what to do, NULL for nothing. */
void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *advice, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));

/*
 * doctor_probe.c: what the host says.
 */

/* First line of a file below the root; -errno if there is none. */
int doctor_read(const struct doctor *d, char *line, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Does a path below the root exist? */
bool doctor_exists(const struct doctor *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Is a number in a list as the kernel prints them, "0,2-5"? */
bool doctor_in_list(const char *list, int number);

/* CPUs of the loops, or all online ones where there is no loop; their number. */
size_t doctor_cpus(const struct doctor *d, int *cpus, size_t max);

/**
 * struct doctor_task - a thread
 * @tid: its id
 * @policy: scheduling policy
 * @priority: real-time priority, 0 without
 * @comm: its name
 * @cpus: CPUs that it may run on, as a list
 */
struct doctor_task {
	int tid;
	int policy;
	int priority;
	char comm[32];
	char cpus[128];
};

/* Calls @fn for every thread of the host. */
void doctor_each_task(const struct doctor *d, void (*fn)(const struct doctor_task *task, void *arg),
		      void *arg);

/* Appends a word to a list in a text, with a comma; long lists end in "...". */
void doctor_list(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* OVPP_DOCTOR_H */
