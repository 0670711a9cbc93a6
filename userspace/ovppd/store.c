// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/timex.h>
#include <unistd.h>

#include "clock.h"
#include "keyring.h"
#include "ledger_key.h"
#include "queue.h"

/* Pause before a failed write or open is tried again, and the longest that
 * notes wait for a batch to be written with.
 */
#define RETRY_MS 1000
/* Trying a passphrase costs a second of work, on purpose. */
#define PASSPHRASE_NS (60 * CLOCK_S)
#define PRUNE_NS (10 * CLOCK_S)

/**
 * struct store - the store
 * @path: database
 * @keys: folder of the gateway's keys
 * @passphrase_file: for ovpp_passphrase_read(), may be NULL
 * @boot_id: id of this boot
 * @log: where errors go
 * @lock_fd: locked file beside the database
 * @event_fd: see store_fd()
 * @ledger: the thread's once it runs; NULL while it cannot be opened
 * @open_ns: not to be opened before; CLOCK_MONOTONIC
 * @thread: the thread
 * @started: it runs
 * @full: batches to write
 * @lock: guards what follows
 * @notes: for ovpp_ledger_write(), NULL if there are none
 * @limits: retention
 * @target: where batches are anchored
 * @anchored: somewhere
 * @retarget: since @ledger was opened that has changed
 * @stats: for store_stats()
 */
struct store {
	char *path;
	char *keys;
	char *passphrase_file;
	char boot_id[40];
	struct logger *log;
	int lock_fd;
	int event_fd;
	struct ovpp_ledger *ledger;
	uint64_t open_ns;
	pthread_t thread;
	bool started;
	struct queue full;
	pthread_mutex_t lock;
	json_t *notes;
	struct ovpp_retention limits;
	struct ovpp_outbox_target target;
	bool anchored;
	bool retarget;
	struct store_stats stats;
};

static int read_boot_id(char *out, size_t size)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	close(fd);
	if (n <= 0)
		return -EIO;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

/* Only one ovppd at a time; the lock goes with the process, the file stays. */
static int lock_database(struct store *s, char *err, size_t size)
{
	char path[4096], pid[16] = "";
	ssize_t n;
	int ret;

	snprintf(path, sizeof(path), "%s.lock", s->path);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock_fd < 0) {
		ret = -errno;
		snprintf(err, size, "%s: %s", path, strerror(-ret));
		return ret;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
		n = read(s->lock_fd, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		snprintf(err, size, "%s is in use by another ovppd, process %s", s->path,
			 pid[0] ? pid : "unknown");
		return -EBUSY;
	}
	snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	/* The number is for the message above only. */
	if (ftruncate(s->lock_fd, 0) || pwrite(s->lock_fd, pid, strlen(pid), 0) < 0)
		log_warning(s->log, "%s: %s", path, strerror(errno));
	return 0;
}

/* Notes, and logs once, why writing does not go on; "" when it does. */
static void set_error(struct store *s, const char *text)
{
	bool changed;

	pthread_mutex_lock(&s->lock);
	changed = strcmp(s->stats.error, text);
	snprintf(s->stats.error, sizeof(s->stats.error), "%s", text);
	pthread_mutex_unlock(&s->lock);
	if (!changed)
		return;
	if (*text)
		log_err(s->log, "%s: records are not stored: %s", s->path, text);
	else
		log_info(s->log, "%s: records are stored again", s->path);
}

/* Closes a ledger whose batches go elsewhere now. Return: are they anchored? */
static bool take_target(struct store *s, struct ovpp_outbox_target *target)
{
	bool anchored, changed;

	pthread_mutex_lock(&s->lock);
	anchored = s->anchored;
	*target = s->target;
	changed = s->retarget;
	s->retarget = false;
	pthread_mutex_unlock(&s->lock);
	if (changed) {
		ovpp_ledger_close(s->ledger);
		s->ledger = NULL;
	}
	return anchored;
}

/* A rotation that a cut of power has interrupted may have left the key before. */
static void tidy_keys(struct store *s)
{
	char err[512];
	int ret = ovpp_ledger_key_tidy(s->path, s->keys, err, sizeof(err));

	if (ret && ret != -EBUSY)
		log_warning(s->log, "an old key is still there: %s", err);
}

/* A passphrase that is not there now may be there at the next attempt. */
static int open_ledger(struct store *s)
{
	struct ovpp_ledger_options options = {
		.path = s->path,
		.keys = s->keys,
		.boot_id = s->boot_id,
		.software = "ovppd " OVPP_VERSION,
	};
	char err[256], *passphrase = NULL;
	struct ovpp_outbox_target target;
	bool anchored = take_target(s, &target);
	int ret;

	if (s->ledger)
		return 0;
	options.chain = anchored ? &ovpp_chain_evm : &ovpp_chain_embedded;
	options.chain_config = &target;
	if (clock_mono() < s->open_ns)
		return -EAGAIN;
	ret = ovpp_passphrase_read(s->passphrase_file, &passphrase, err, sizeof(err));
	options.passphrase = passphrase;
	if (!ret)
		ret = ovpp_ledger_open(&options, &s->ledger, err, sizeof(err));
	ovpp_passphrase_free(passphrase);
	s->open_ns = ret == -EKEYREJECTED ? clock_mono() + PASSPHRASE_NS : 0;
	set_error(s, ret ? err : "");
	if (!ret)
		tidy_keys(s);
	return ret;
}

int store_open(const struct store_config *config, struct logger *log, struct store **out, char *err,
	       size_t size)
{
	struct store *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	snprintf(err, size, "out of memory");
	if (!s)
		return ret;
	s->log = log;
	s->lock_fd = -1;
	s->event_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	s->path = strdup(config->path);
	s->keys = strdup(config->keys);
	if (config->passphrase_file)
		s->passphrase_file = strdup(config->passphrase_file);
	if (!s->path || !s->keys || (config->passphrase_file && !s->passphrase_file))
		goto fail;
	ret = queue_init(&s->full, STORE_BATCHES);
	if (ret)
		goto fail;
	ret = lock_database(s, err, size);
	if (ret)
		goto fail;
	ret = read_boot_id(s->boot_id, sizeof(s->boot_id));
	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->event_fd < 0)
		ret = -errno;
	if (ret) {
		snprintf(err, size, "%s", strerror(-ret));
		goto fail;
	}
	store_set_target(s, config->target);
	open_ledger(s);
	*out = s;
	return 0;

fail:
	store_close(s);
	return ret;
}

char *store_state(struct store *s, const char *key)
{
	return s->ledger ? ovpp_ledger_state(s->ledger, key) : NULL;
}

static json_t *take_notes(struct store *s)
{
	json_t *notes;

	pthread_mutex_lock(&s->lock);
	notes = s->notes;
	s->notes = NULL;
	pthread_mutex_unlock(&s->lock);
	return notes;
}

/* Notes that could not be written come back, below what came meanwhile. */
static void return_notes(struct store *s, json_t *notes)
{
	if (!notes)
		return;
	pthread_mutex_lock(&s->lock);
	if (s->notes) {
		json_object_update_missing(json_object_get(s->notes, "state"),
					   json_object_get(notes, "state"));
		json_array_extend(json_object_get(notes, "instance"),
				  json_object_get(s->notes, "instance"));
		json_object_set(s->notes, "instance", json_object_get(notes, "instance"));
		json_decref(notes);
	} else {
		s->notes = notes;
	}
	pthread_mutex_unlock(&s->lock);
}

static void get_now(struct ovpp_now *now)
{
	struct timex tx = {0};
	int state = adjtimex(&tx);

	now->mono_ns = clock_mono();
	now->real_ns = clock_real();
	now->clock.synchronized = state >= 0 && state != TIME_ERROR && !(tx.status & STA_UNSYNC);
	now->clock.error_us = (uint64_t)tx.maxerror;
}

/* Tries once. Return: 0 or -errno, the error is noted. */
static int write_once(struct store *s, const struct store_batch *b)
{
	struct ovpp_written done;
	struct ovpp_now now;
	json_t *notes;
	int ret = open_ledger(s);

	if (ret)
		return ret;
	notes = take_notes(s);
	if (!notes && !b)
		return 0;
	get_now(&now);
	ret = ovpp_ledger_write(s->ledger, b ? &b->key : NULL, b ? b->rec : NULL, b ? b->n : 0,
				notes, &now, &done);
	if (ret) {
		return_notes(s, notes);
		set_error(s, ovpp_ledger_error(s->ledger));
		return ret;
	}
	json_decref(notes);
	set_error(s, "");
	pthread_mutex_lock(&s->lock);
	s->stats.batches += done.records > 0;
	s->stats.records += done.records;
	s->stats.lost += done.lost;
	pthread_mutex_unlock(&s->lock);
	if (done.lost)
		log_warning(s->log, "site %u: %llu records were lost", b->key.site,
			    (unsigned long long)done.lost);
	return 0;
}

/*
 * Until the batch is stored, or the daemon stops and the disk refuses once
 * more: then the records still are in the ring for the next daemon.
 */
static void store_batch(struct store *s, const struct store_batch *b)
{
	const struct timespec pause = {.tv_sec = RETRY_MS / 1000};

	while (write_once(s, b) && !queue_closed(&s->full))
		nanosleep(&pause, NULL);
}

static void prune(struct store *s)
{
	struct ovpp_retention limits;
	struct ovpp_now now;
	int n;

	if (!s->ledger)
		return;
	pthread_mutex_lock(&s->lock);
	limits = s->limits;
	pthread_mutex_unlock(&s->lock);
	if (!limits.age_ms && !limits.size)
		return;

	/* A slice at a time: batches that wait go first. */
	do {
		get_now(&now);
		n = ovpp_ledger_prune(s->ledger, &limits, &now);
		if (n < 0)
			log_err(s->log, "%s: retention: %s", s->path, ovpp_ledger_error(s->ledger));
		if (n <= 0)
			return;
		pthread_mutex_lock(&s->lock);
		s->stats.pruned += (uint64_t)n;
		pthread_mutex_unlock(&s->lock);
	} while (!queue_length(&s->full));
}

static void *writer(void *arg)
{
	struct store *s = arg;
	uint64_t pruned_ns = 0;

	for (;;) {
		struct store_batch *b = queue_get(&s->full, RETRY_MS);

		if (!b && queue_closed(&s->full))
			break;
		if (b) {
			store_batch(s, b);
			free(b);
			eventfd_write(s->event_fd, 1);
		} else {
			write_once(s, NULL);
		}
		if (clock_mono() - pruned_ns >= PRUNE_NS) {
			prune(s);
			pruned_ns = clock_mono();
		}
	}
	write_once(s, NULL);
	return NULL;
}

int store_start(struct store *s, const struct ovpp_retention *limits)
{
	int ret;

	s->limits = *limits;
	ret = -pthread_create(&s->thread, NULL, writer, s);
	s->started = !ret;
	return ret;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	if (s->started) {
		queue_close(&s->full);
		pthread_join(s->thread, NULL);
	}
	ovpp_ledger_close(s->ledger);
	queue_exit(&s->full);
	json_decref(s->notes);
	pthread_mutex_destroy(&s->lock);
	if (s->event_fd >= 0)
		close(s->event_fd);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free(s->keys);
	free(s->passphrase_file);
	free(s);
}

struct store_batch *store_batch_new(void)
{
	struct store_batch *b = malloc(sizeof(*b));

	if (b)
		b->n = 0;
	return b;
}

int store_put(struct store *s, struct store_batch *batch)
{
	return queue_put(&s->full, batch);
}

int store_fd(const struct store *s)
{
	return s->event_fd;
}

/* The notes to add to, with the lock held. */
static json_t *notes(struct store *s)
{
	if (!s->notes)
		s->notes = json_pack("{s:{},s:[]}", "state", "instance");
	return s->notes;
}

void store_note_state(struct store *s, const char *key, const char *value)
{
	pthread_mutex_lock(&s->lock);
	json_object_set_new(json_object_get(notes(s), "state"), key, json_string(value));
	pthread_mutex_unlock(&s->lock);
}

void store_note_instance(struct store *s, const struct ovpp_life *key, const char *name,
			 const json_t *ders)
{
	pthread_mutex_lock(&s->lock);
	json_array_append_new(json_object_get(notes(s), "instance"),
			      json_pack("{s:I,s:I,s:s,s:o}", "site", (json_int_t)key->site, "node",
					(json_int_t)key->node, "name", name, "ders",
					json_deep_copy(ders)));
	pthread_mutex_unlock(&s->lock);
}

static bool same_target(const struct ovpp_outbox_target *a, const struct ovpp_outbox_target *b)
{
	return a->network.chain_id == b->network.chain_id &&
	       !memcmp(a->contract, b->contract, sizeof(a->contract)) &&
	       !memcmp(a->registry, b->registry, sizeof(a->registry));
}

void store_set_target(struct store *s, const struct ovpp_outbox_target *target)
{
	pthread_mutex_lock(&s->lock);
	s->retarget |= s->anchored != !!target || (target && !same_target(target, &s->target));
	s->anchored = target;
	if (target)
		s->target = *target;
	pthread_mutex_unlock(&s->lock);
}

void store_set_limits(struct store *s, const struct ovpp_retention *limits)
{
	pthread_mutex_lock(&s->lock);
	s->limits = *limits;
	pthread_mutex_unlock(&s->lock);
}

void store_stats(struct store *s, struct store_stats *stats)
{
	pthread_mutex_lock(&s->lock);
	*stats = s->stats;
	pthread_mutex_unlock(&s->lock);
	stats->waiting = queue_length(&s->full);
}
