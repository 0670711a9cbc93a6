// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"

#define STATUS_NS CLOCK_S
/* Before a loop that could not be made is tried again. */
#define RETRY_MS 5000

/**
 * struct chain - the thread and what it shares with the daemon
 * @place: where things are
 * @log: log
 * @thread: the thread
 * @started: it runs
 * @wake_fd: tells it that something has changed
 * @loop: the thread's
 * @wake: @wake_fd in it
 * @tick: a status is due
 * @anchoring: the thread's
 * @lock: guards what follows
 * @section: wanted, or NULL
 * @changed: since the thread has looked at it
 * @stop: the thread is to end
 * @status: for chain_status()
 */
struct chain {
	struct anchoring_place place;
	struct logger *log;
	pthread_t thread;
	bool started;
	int wake_fd;
	struct loop loop;
	struct loop_watch wake;
	struct loop_timer tick;
	struct anchoring *anchoring;
	pthread_mutex_t lock;
	json_t *section;
	bool changed;
	bool stop;
	json_t *status;
};

/* ---- the thread ---- */

static void set_status(struct chain *c, json_t *status)
{
	pthread_mutex_lock(&c->lock);
	json_decref(c->status);
	c->status = status;
	pthread_mutex_unlock(&c->lock);
}

static void tick(void *arg)
{
	struct chain *c = arg;

	set_status(c, anchoring_status(c->anchoring));
	c->tick.at_ns = clock_mono() + STATUS_NS;
}

static void woken(void *arg)
{
	struct chain *c = arg;
	eventfd_t n;

	eventfd_read(c->wake_fd, &n);
}

static bool interrupted(struct chain *c)
{
	bool is;

	pthread_mutex_lock(&c->lock);
	is = c->changed || c->stop;
	pthread_mutex_unlock(&c->lock);
	return is;
}

/* What is wanted now: a section of the caller's, or NULL. Return: is it to go on? */
static bool take_section(struct chain *c, json_t **section)
{
	bool stop;

	pthread_mutex_lock(&c->lock);
	/* Values of jansson are not for two threads, nor are their counts. */
	*section = c->section ? json_deep_copy(c->section) : NULL;
	c->changed = false;
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return !stop;
}

static void work(struct chain *c, json_t *section)
{
	int ret = 0;

	c->wake = (struct loop_watch){.ready = woken, .arg = c, .fd = c->wake_fd};
	c->tick = (struct loop_timer){.fire = tick, .arg = c, .at_ns = clock_mono()};
	c->anchoring = anchoring_open(&c->loop, &c->place, section, c->log);
	if (c->anchoring) {
		loop_watch(&c->loop, &c->wake);
		loop_timer_add(&c->loop, &c->tick);
		while (!ret && !interrupted(c))
			ret = loop_round(&c->loop, true);
	}
	loop_exit(&c->loop);
	anchoring_close(c->anchoring);
	set_status(c, NULL);
}

/* Until something changes, or a while. */
static void rest(struct chain *c, int ms)
{
	struct pollfd fd = {.fd = c->wake_fd, .events = POLLIN};

	if (poll(&fd, 1, ms) > 0)
		woken(c);
}

static void *run(void *arg)
{
	struct chain *c = arg;
	json_t *section;
	int ret;

	while (take_section(c, &section)) {
		ret = section ? loop_init(&c->loop) : 0;
		if (ret)
			log_err(c->log, "chain: no io_uring: %s", strerror(-ret));
		if (section && !ret)
			work(c, section);
		if (!interrupted(c))
			rest(c, section ? RETRY_MS : -1);
		json_decref(section);
	}
	json_decref(section);
	return NULL;
}

/* ---- the daemon's side ---- */

static int copy(const char *text, const char **out)
{
	*out = text ? strdup(text) : NULL;
	return text && !*out ? -ENOMEM : 0;
}

int chain_open(const struct anchoring_place *place, struct logger *log, struct chain **out)
{
	struct chain *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->log = log;
	pthread_mutex_init(&c->lock, NULL);
	c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = c->wake_fd < 0 ? -errno : 0;
	if (!ret)
		ret = copy(place->database, &c->place.database);
	if (!ret)
		ret = copy(place->keys, &c->place.keys);
	if (!ret)
		ret = copy(place->passphrase_file, &c->place.passphrase_file);
	if (ret) {
		chain_close(c);
		return ret;
	}
	*out = c;
	return 0;
}

static void wake(struct chain *c)
{
	eventfd_write(c->wake_fd, 1);
}

void chain_close(struct chain *c)
{
	if (!c)
		return;
	if (c->started) {
		pthread_mutex_lock(&c->lock);
		c->stop = true;
		pthread_mutex_unlock(&c->lock);
		wake(c);
		pthread_join(c->thread, NULL);
	}
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	pthread_mutex_destroy(&c->lock);
	json_decref(c->section);
	json_decref(c->status);
	free((char *)c->place.database);
	free((char *)c->place.keys);
	free((char *)c->place.passphrase_file);
	free(c);
}

int chain_set(struct chain *c, json_t *section)
{
	int ret = 0;

	pthread_mutex_lock(&c->lock);
	c->changed = true;
	json_decref(c->section);
	c->section = section ? json_deep_copy(section) : NULL;
	pthread_mutex_unlock(&c->lock);
	if (section && !c->started) {
		ret = -pthread_create(&c->thread, NULL, run, c);
		c->started = !ret;
	}
	wake(c);
	return ret;
}

json_t *chain_status(struct chain *c)
{
	json_t *status;

	pthread_mutex_lock(&c->lock);
	status = c->status ? json_deep_copy(c->status) : json_null();
	pthread_mutex_unlock(&c->lock);
	return status;
}
