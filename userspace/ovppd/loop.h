/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: one io_uring, timers on CLOCK_MONOTONIC, and watched file
 * descriptors. Everything but the ledger's thread runs in one; the chain's has its own.
 */
#ifndef OVPPD_LOOP_H
#define OVPPD_LOOP_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct loop_op - something that completes
 * @done: called with the result when it has
 * @arg: for @done
 * @busy: submitted and not complete: its memory must stay
 */
struct loop_op {
	void (*done)(void *arg, int res);
	void *arg;
	bool busy;
};

/**
 * struct loop_timer - something to do at a time
 * @fire: called once at or after @at_ns
 * @arg: for @fire
 * @at_ns: CLOCK_MONOTONIC; 0: never
 * @next: in loop->timers
 */
struct loop_timer {
	void (*fire)(void *arg);
	void *arg;
	uint64_t at_ns;
	struct loop_timer *next;
};

/**
 * struct loop_watch - a file descriptor to read from
 * @ready: called while it is readable
 * @arg: for @ready
 * @fd: it
 * @loop: set by loop_watch()
 * @op: set by loop_watch()
 */
struct loop_watch {
	void (*ready)(void *arg);
	void *arg;
	int fd;
	struct loop *loop;
	struct loop_op op;
};

struct loop {
	struct io_uring uring;
	struct loop_timer *timers;
};

int loop_init(struct loop *loop);
/* Cancels what is busy, without a call of done. */
void loop_exit(struct loop *loop);

/*
 * An entry to fill, never NULL; then loop_submit() gives it @op, to which its
 * completion goes. The loop hands it to the kernel in its next round.
 */
struct io_uring_sqe *loop_sqe(struct loop *loop);
void loop_submit(struct io_uring_sqe *sqe, struct loop_op *op);
/* @op still completes, with -ECANCELED if it was in time. */
void loop_cancel(struct loop *loop, struct loop_op *op);

void loop_timer_add(struct loop *loop, struct loop_timer *timer);
void loop_timer_remove(struct loop *loop, struct loop_timer *timer);

/*
 * Watches until the file descriptor fails or loop_unwatch(), after which the
 * file may be closed and the structure used for another one at once.
 */
void loop_watch(struct loop *loop, struct loop_watch *watch);
void loop_unwatch(struct loop *loop, struct loop_watch *watch);

/*
 * Runs what completions and timers that are due call; with @wait it waits for
 * the first. Return: 0 or -errno.
 */
int loop_round(struct loop *loop, bool wait);

#endif /* OVPPD_LOOP_H */
