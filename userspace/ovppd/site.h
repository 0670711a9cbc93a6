/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of a running site: its heartbeat, its target and the way of
 * its records from the ring to the store.
 */
#ifndef OVPPD_SITE_H
#define OVPPD_SITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop.h"
#include "ring.h"
#include "store.h"
#include "target.h"

struct daemon;

/**
 * struct site - an open site
 * @daemon: whose
 * @next: in daemon->sites
 * @name: name
 * @key: which life of which site
 * @ring: its records
 * @wait: waits for records
 * @batch: in the making, NULL if there is none
 * @batch_timer: when it is closed at the latest
 * @batch_ns: after how long
 * @batch_records: and with how many records
 * @beat: sends a heartbeat
 * @beat_timer: when the next one is due
 * @beat_ns: spacing of heartbeats
 * @beat_result: of the newest: enum ovpp_site_state or -errno
 * @refused_ns: since when the heartbeat is refused; 0: it is not
 * @beaten: one was taken
 * @stalled: the store takes no batch now; the records wait in the ring
 * @closing: freed when nothing is busy any more
 * @users: requests of others on their way through its device
 * @target: its plan
 * @target_timer: when to look after it
 * @target_error: why the plan is not in force; empty if nothing is wrong
 */
struct site {
	struct daemon *daemon;
	struct site *next;
	char name[32];
	struct ovpp_life key;
	struct ovpp_ring *ring;
	struct loop_op wait;
	struct store_batch *batch;
	struct loop_timer batch_timer;
	uint64_t batch_ns;
	size_t batch_records;
	struct loop_op beat;
	struct loop_timer beat_timer;
	uint64_t beat_ns;
	int beat_result;
	uint64_t refused_ns;
	bool beaten;
	bool stalled;
	bool closing;
	unsigned int users;
	struct target target;
	struct loop_timer target_timer;
	char target_error[256];
};

/**
 * site_open() - begin to serve a site
 * @daemon: daemon
 * @name: name
 * @id: site id
 * @out: set to the site, in no list; to be closed with site_close()
 *
 * Return: 0 or -errno.
 */
int site_open(struct daemon *daemon, const char *name, uint32_t id, struct site **out);

/*
 * Takes over what may have changed: the site of the desired state and the
 * kernel's time without a heartbeat.
 */
int site_update(struct site *site, const json_t *desired, uint32_t heartbeat_ms);

/* Stops what is busy; site_reap() frees it when that has ended. */
void site_close(struct site *site);

/* Has the site ended? Then it is freed; it is in no list any more. */
bool site_reap(struct site *site);

/* Moves what is in the ring to the batch in the making, and full ones to the store. */
void site_drain(struct site *site);

/* Something happened to dispatches, or the wall clock was set. */
void site_look(struct site *site);
void site_clock_set(struct site *site);

/*
 * Puts a request on one of its serial lines. @op completes as OVPP_URING_MODBUS
 * does, and then lets go of the site with site_release().
 */
void site_modbus(struct site *site, const struct ovpp_uring_modbus *req, struct loop_op *op);
void site_release(struct site *site);

/* What is known of it, for people; a new object. */
json_t *site_status(const struct site *site);

#endif /* OVPPD_SITE_H */
