// SPDX-License-Identifier: GPL-2.0-or-later
#include "site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "clock.h"
#include "daemon.h"
#include "uring.h"

/* Records are fetched when so many are there, or after so long. */
#define WAIT_RECORDS 1024
#define WAIT_MS 1000
/* A plan that does not hold is given again at most so often. */
#define TARGET_SPACING_NS (100 * CLOCK_MS)
/* How long another one may own the heartbeat before that is final. A daemon
 * that was killed owns it until the kernel has closed its files.
 */
#define REFUSED_NS (5 * CLOCK_S)

/* Not more than a quarter of the ring, so that none is lost while we are on the way. */
static void arm_wait(struct site *s)
{
	struct io_uring_sqe *sqe = loop_sqe(&s->daemon->loop);
	uint32_t count = ovpp_ring_records(s->ring) / 4;
	uint64_t ms = s->batch_ns / CLOCK_MS;

	ovpp_uring_prep_wait(sqe, ovpp_ring_fd(s->ring), ovpp_ring_cursor(s->ring),
			     count < WAIT_RECORDS ? count : WAIT_RECORDS,
			     ms < WAIT_MS ? (uint32_t)ms : WAIT_MS);
	loop_submit(sqe, &s->wait);
}

/* Hands the batch in the making over. False: the store takes none now. */
static bool close_batch(struct site *s)
{
	if (store_put(s->daemon->store, s->batch)) {
		s->stalled = true;
		return false;
	}
	s->batch = NULL;
	s->batch_timer.at_ns = 0;
	return true;
}

/* Begins a batch if there is none. False: there is no memory now. */
static bool open_batch(struct site *s)
{
	if (s->batch)
		return true;
	s->batch = store_batch_new();
	s->batch_timer.at_ns = clock_mono() + s->batch_ns;
	if (!s->batch)
		return false;
	s->batch->key = s->key;
	return true;
}

void site_drain(struct site *s)
{
	struct store_batch *b;
	uint64_t lost;
	size_t n;

	s->stalled = false;
	while (ovpp_ring_cursor(s->ring) < ovpp_ring_head(s->ring)) {
		if (s->batch && s->batch->n >= s->batch_records && !close_batch(s))
			return;
		if (!open_batch(s))
			return;
		b = s->batch;
		n = ovpp_ring_read(s->ring, b->rec + b->n, s->batch_records - b->n, &lost);
		b->n += n;
		/* A record that is being written right now: come back. */
		if (!n && !lost)
			break;
	}
	if (!s->closing && !s->wait.busy)
		arm_wait(s);
}

/* The batch is old enough, or there was no memory for one. */
static void batch_due(void *arg)
{
	struct site *s = arg;

	if (s->batch && s->batch->n && !close_batch(s))
		s->batch_timer.at_ns = clock_mono() + s->batch_ns;
	site_drain(s);
}

static void wait_done(void *arg, int res)
{
	struct site *s = arg;

	if (s->closing)
		return;
	if (res < 0) {
		log_warning(&s->daemon->log, "site %s: %s", s->name, strerror(-res));
		daemon_site_lost(s->daemon, s);
		return;
	}
	site_drain(s);
}

static void target_note(struct site *s, const char *text)
{
	if (strcmp(s->target_error, text) && *text)
		log_err(&s->daemon->log, "site %s: target: %s", s->name, text);
	snprintf(s->target_error, sizeof(s->target_error), "%s", text);
}

/* Looks after the plan, gives it anew with @renew, and says when to look again. */
static void keep_target(struct site *s, bool renew)
{
	struct target *t = &s->target;
	uint32_t foreign = t->foreign;
	int ret;

	if (!t->plan || !s->beaten || s->beat_result < 0 || s->closing)
		return;
	ret = target_keep(t, s->daemon->nl, s->key.site, renew);
	target_note(s, ret ? ovpp_nl_error(s->daemon->nl) : "");
	if (t->foreign && t->foreign != foreign)
		log_info(&s->daemon->log, "site %s: dispatch %u of another one goes first", s->name,
			 t->foreign);
	if (foreign && !t->foreign && !ret)
		log_info(&s->daemon->log, "site %s: the plan is taken up again", s->name);
	/* A look in between must not put off the next renewal. */
	s->target_timer.at_ns =
		(ret || t->foreign ? clock_mono() : t->renewed_ns) + target_period(t);
}

static void target_due(void *arg)
{
	struct site *s = arg;
	uint64_t age = clock_mono() - s->target.renewed_ns;

	keep_target(s, s->target.plan && age >= target_period(&s->target));
}

/* Has the timer look, but not more often than makes sense. */
static void look_soon(struct site *s)
{
	uint64_t at_ns = s->target.renewed_ns + TARGET_SPACING_NS;
	uint64_t now = clock_mono();

	s->target_timer.at_ns = at_ns > now ? at_ns : now;
}

void site_look(struct site *s)
{
	if (s->target.plan)
		look_soon(s);
}

void site_clock_set(struct site *s)
{
	if (s->target.plan && s->target.plan->n > 1)
		keep_target(s, true);
}

/*
 * A setpoint counts only if it comes after a heartbeat, and a lost heartbeat
 * has ended the one before: whenever the site follows nothing, the plan is
 * given anew.
 */
static void beat_taken(struct site *s, unsigned int state)
{
	bool first = !s->beaten || s->refused_ns;

	s->beaten = true;
	if (s->refused_ns)
		log_info(&s->daemon->log, "site %s: the heartbeat is taken", s->name);
	s->refused_ns = 0;
	/* What an earlier daemon gave may end at any moment. */
	if (first)
		keep_target(s, true);
	if (state != OVPP_SITE_FOLLOWING && state != OVPP_SITE_FAULT && !s->target.foreign &&
	    clock_mono() - s->target.renewed_ns >= TARGET_SPACING_NS)
		keep_target(s, true);
}

static void beat_refused(struct site *s, int err)
{
	uint64_t now = clock_mono();

	if (!s->refused_ns) {
		s->refused_ns = now;
		log_err(&s->daemon->log, "site %s: heartbeat: %s", s->name,
			err == -EBUSY ? "another process owns it" : strerror(-err));
	}
	if (err == -EBUSY && !s->beaten && now - s->refused_ns >= REFUSED_NS)
		daemon_refuse(s->daemon, s->name);
}

static void beat_done(void *arg, int res)
{
	struct site *s = arg;

	if (s->closing)
		return;
	s->beat_result = res;
	if (res == -ENODEV)
		daemon_site_lost(s->daemon, s);
	else if (res < 0)
		beat_refused(s, res);
	else
		beat_taken(s, (unsigned int)res);
}

static void beat_due(void *arg)
{
	struct site *s = arg;
	struct io_uring_sqe *sqe;

	s->beat_timer.at_ns = clock_mono() + s->beat_ns;
	if (s->beat.busy)
		return;
	sqe = loop_sqe(&s->daemon->loop);
	ovpp_uring_prep_heartbeat(sqe, ovpp_ring_fd(s->ring));
	loop_submit(sqe, &s->beat);
}

/*
 * The number of the device in sysfs is given once in a boot, while site ids
 * begin anew with the module.
 */
static int find_node(int fd, uint64_t *node)
{
	struct stat st;
	char path[64];

	if (fstat(fd, &st))
		return -errno;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (stat(path, &st))
		return -errno;
	*node = st.st_ino;
	return 0;
}

int site_open(struct daemon *daemon, const char *name, uint32_t id, struct site **out)
{
	struct site *s = calloc(1, sizeof(*s));
	char path[32];
	int ret;

	if (!s)
		return -ENOMEM;
	s->daemon = daemon;
	s->key.site = id;
	s->wait = (struct loop_op){.done = wait_done, .arg = s};
	s->beat = (struct loop_op){.done = beat_done, .arg = s};
	s->beat_timer = (struct loop_timer){.fire = beat_due, .arg = s};
	s->target_timer = (struct loop_timer){.fire = target_due, .arg = s};
	s->batch_timer = (struct loop_timer){.fire = batch_due, .arg = s};
	snprintf(s->name, sizeof(s->name), "%s", name);

	snprintf(path, sizeof(path), "/dev/ovpp%u", id);
	ret = ovpp_ring_open(path, true, &s->ring);
	if (!ret)
		ret = find_node(ovpp_ring_fd(s->ring), &s->key.node);
	if (ret) {
		ovpp_ring_close(s->ring);
		free(s);
		return ret;
	}
	loop_timer_add(&daemon->loop, &s->beat_timer);
	loop_timer_add(&daemon->loop, &s->target_timer);
	loop_timer_add(&daemon->loop, &s->batch_timer);
	*out = s;
	return 0;
}

static uint64_t batch_limit(const struct site *s, const char *key)
{
	const json_t *ledger = json_object_get(s->daemon->desired, "ledger");

	return (uint64_t)json_integer_value(json_object_get(ledger, key));
}

int site_update(struct site *s, const json_t *desired, uint32_t heartbeat_ms)
{
	bool first = !s->beat_ns;
	int ret;

	s->batch_ns = batch_limit(s, "batch_ms") * CLOCK_MS;
	s->batch_records = (size_t)batch_limit(s, "batch_records");
	/* Three chances within the time that the kernel allows. */
	s->beat_ns = heartbeat_ms * CLOCK_MS / 3;
	ret = target_set(&s->target, desired);
	if (ret)
		return ret;
	if (!s->target.plan)
		s->target_timer.at_ns = 0;
	if (first) {
		beat_due(s);
		site_drain(s);
	} else {
		keep_target(s, true);
	}
	return 0;
}

void site_modbus(struct site *s, const struct ovpp_uring_modbus *req, struct loop_op *op)
{
	struct io_uring_sqe *sqe = loop_sqe(&s->daemon->loop);

	ovpp_uring_prep_modbus(sqe, ovpp_ring_fd(s->ring), req);
	loop_submit(sqe, op);
	s->users++;
}

void site_release(struct site *s)
{
	s->users--;
}

void site_close(struct site *s)
{
	if (s->closing)
		return;
	s->closing = true;
	loop_timer_remove(&s->daemon->loop, &s->beat_timer);
	loop_timer_remove(&s->daemon->loop, &s->target_timer);
	loop_timer_remove(&s->daemon->loop, &s->batch_timer);
	loop_cancel(&s->daemon->loop, &s->wait);
	loop_cancel(&s->daemon->loop, &s->beat);
	/* What cannot be handed over now is in the ring for the next daemon. */
	site_drain(s);
	if (s->batch && s->batch->n)
		close_batch(s);
}

bool site_reap(struct site *s)
{
	if (!s->closing || s->wait.busy || s->beat.busy || s->users)
		return false;
	target_clear(&s->target);
	ovpp_ring_close(s->ring);
	free(s->batch);
	free(s);
	return true;
}

static json_t *target_status(const struct target *t, const char *error)
{
	time_t until;

	if (!t->plan)
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:s}", "p_mw",
			 (json_int_t)plan_at(t->plan, time(NULL), &until), "ttl_ms",
			 (json_int_t)t->plan->ttl_ms, "dispatch", (json_int_t)t->own,
			 "foreign_dispatch", (json_int_t)t->foreign, "error", error);
}

json_t *site_status(const struct site *s)
{
	json_t *req = json_pack("{s:I}", "id", (json_int_t)s->key.site), *have = NULL;
	const char *state = NULL;
	json_t *status;

	if (!ovpp_nl_do(s->daemon->nl, "site-get", req, &have))
		state = json_string_value(json_object_get(have, "state"));
	status = json_pack("{s:s,s:I,s:s?,s:s?,s:I,s:I,s:I,s:b,s:o}", "name", s->name, "id",
			   (json_int_t)s->key.site, "state", state, "heartbeat_error",
			   s->beat_result < 0 ? strerror(-s->beat_result) : NULL, "cursor",
			   (json_int_t)ovpp_ring_cursor(s->ring), "head",
			   (json_int_t)ovpp_ring_head(s->ring), "batch_records",
			   (json_int_t)(s->batch ? s->batch->n : 0), "stalled", s->stalled,
			   "target", target_status(&s->target, s->target_error));
	json_decref(have);
	json_decref(req);
	return status;
}
