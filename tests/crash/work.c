// SPDX-License-Identifier: GPL-2.0-or-later
#include "work.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "disk.h"
#include "ledger_key.h"
#include "ledger_priv.h"
#include "marks.h"

#define S_NS UINT64_C(1000000000)
#define START_REAL_S UINT64_C(1750000000)
#define TRIES 4
#define DERS 3
/* All values are good. */
#define ALL_GOOD 0x1555555

/**
 * struct site - a life of a site
 * @life: which
 * @ders: DER that it has, from id 1 on
 * @next: seq of its next record
 * @reset: energy registers count from this record on
 */
struct site {
	struct ovpp_life life;
	unsigned int ders;
	uint64_t next;
	uint64_t reset;
};

/**
 * struct work - a process that works
 * @dir: folder
 * @boot: letter
 * @scale: see work_run()
 * @ledger: NULL while it cannot be opened
 * @site: the two sites' lives
 * @clock_s: running time
 * @left_out: steps that failed for good
 * @rec: records of a batch
 */
struct work {
	const char *dir;
	char boot;
	unsigned int scale;
	struct ovpp_ledger *ledger;
	struct site site[2];
	uint64_t clock_s;
	int left_out;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

int work_open(const char *dir, char boot, struct ovpp_ledger **out, char *err, size_t size)
{
	char path[PATH_MAX], keys[PATH_MAX], id[] = "00000000-1111-2222-3333-44444444444x";
	struct ovpp_ledger_options options = {
		.path = path,
		.keys = keys,
		.boot_id = id,
		.software = "crash",
		.chain = &ovpp_chain_embedded,
	};

	id[strlen(id) - 1] = boot;
	snprintf(path, sizeof(path), "%s/" CHECK_LEDGER, dir);
	snprintf(keys, sizeof(keys), "%s/" CHECK_KEYS, dir);
	return ovpp_ledger_open(&options, out, err, size);
}

static struct ovpp_now now_of(uint64_t mono_ns)
{
	return (struct ovpp_now){
		.mono_ns = mono_ns,
		.real_ns = START_REAL_S * S_NS + mono_ns,
		.clock = {.synchronized = true, .error_us = 1000},
	};
}

/* Every tenth is of the site, every hundredth an event, the others of its DER. */
static void make_record(const struct site *site, uint64_t seq, uint64_t mono_ns,
			struct ovpp_record *rec)
{
	uint64_t noise = disk_mix(site->life.node, seq), count = seq - site->reset;

	*rec = (struct ovpp_record){
		.seq = seq,
		.mono_ns = mono_ns,
		.real_ns = now_of(mono_ns).real_ns,
		.type = OVPP_RECORD_SAMPLE,
		.site = site->life.site,
		.der = (uint32_t)(1 + seq % site->ders),
	};
	if (seq % 10 == 9) {
		rec->type = seq % 100 == 99 ? OVPP_RECORD_EVENT : OVPP_RECORD_SITE;
		rec->der = 0;
		rec->event.arg = (int64_t)noise;
		return;
	}
	rec->sample = (struct ovpp_sample){
		.p_mw = 1500000 + (int64_t)(noise % 65536),
		.e_import_mwh = 17 * count,
		.e_export_mwh = 3 * count,
		.v_mv = 230000 + (int32_t)(noise >> 16 & 1023),
		.f_mhz = 50000 + (int32_t)(noise >> 32 & 15),
		.soc_ppm = 500000 + (uint32_t)(noise >> 40 & 255),
		.quality = ALL_GOOD,
		.flags = OVPP_SAMPLE_CONTROLLED,
	};
}

/* The names of a site's DER; the serial number says which device it is. */
static json_t *notes_of(const struct site *site, const char *name, unsigned int first_serial)
{
	json_t *ders = json_array();
	char text[2][32];

	for (unsigned int i = 0; i < site->ders; i++) {
		snprintf(text[0], sizeof(text[0]), "der%u", i + 1);
		snprintf(text[1], sizeof(text[1]), "SN-%u", first_serial + i);
		json_array_append_new(ders, json_pack("{s:I,s:s,s:s,s:s}", "id",
						      (json_int_t)(i + 1), "name", text[0], "kind",
						      "battery", "serial", text[1]));
	}
	return json_pack("{s:{s:s},s:[{s:I,s:I,s:s,s:o}]}", "state", "config", "{}", "instance",
			 "site", (json_int_t)site->life.site, "node", (json_int_t)site->life.node,
			 "name", name, "ders", ders);
}

/* ---- steps: what fails is tried again ---- */

static void open_ledger(struct work *w)
{
	char err[256];

	for (int i = 0; i < TRIES; i++) {
		if (work_open(w->dir, w->boot, &w->ledger, err, sizeof(err)))
			continue;
		mark_say(MARK_GATEWAY, 0, w->ledger->gateway);
		return;
	}
	w->ledger = NULL;
	w->left_out++;
}

/* As the daemon does when a write has failed some times. */
static void reopen(struct work *w)
{
	char err[256];

	ovpp_ledger_close(w->ledger);
	if (work_open(w->dir, w->boot, &w->ledger, err, sizeof(err)))
		w->ledger = NULL;
}

/* A step of the work: 0 or -errno. */
typedef int (*step)(struct work *w, const void *arg);

static void take(struct work *w, step step, const void *arg)
{
	for (int i = 0; i < TRIES; i++) {
		if (i == TRIES / 2)
			reopen(w);
		if (w->ledger && !step(w, arg))
			return;
	}
	w->left_out++;
}

/**
 * struct batch - what is to be written
 * @site: index
 * @n: records
 * @notes: or NULL
 */
struct batch {
	int site;
	size_t n;
	const json_t *notes;
};

static int write_batch(struct work *w, const void *arg)
{
	const struct batch *b = arg;
	struct site *site = &w->site[b->site];
	struct ovpp_written done;
	struct ovpp_now now;
	int ret;

	for (size_t i = 0; i < b->n; i++)
		make_record(site, site->next + i, (w->clock_s + i) * S_NS, &w->rec[i]);
	now = now_of((w->clock_s + b->n) * S_NS);
	ret = ovpp_ledger_write(w->ledger, &site->life, w->rec, b->n, b->notes, &now, &done);
	if (ret)
		return ret;
	site->next += b->n;
	w->clock_s += b->n;
	if (!b->n)
		return 0;
	/* It may be stored by a call before, that said it was not: then it is now. */
	return mark_say(MARK_BATCH, ovpp_ledger_batches(w->ledger) - 1, w->ledger->prev);
}

static void batch(struct work *w, int site, size_t n)
{
	struct batch b = {.site = site, .n = n / w->scale ? n / w->scale : 1};

	take(w, write_batch, &b);
}

static void name_site(struct work *w, int site, const char *name, unsigned int first_serial)
{
	json_t *notes = notes_of(&w->site[site], name, first_serial);
	struct batch b = {.site = site, .notes = notes};

	take(w, write_batch, &b);
	json_decref(notes);
}

static int checkpoint(struct work *w, const void *mode)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA wal_checkpoint(%s)", (const char *)mode);
	return ovpp_sql_exec(w->ledger->sql, sql);
}

/* From here on SQLite itself checkpoints within commits, after so many pages. */
static int automatic(struct work *w, const void *pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA wal_autocheckpoint = %s", (const char *)pages);
	return ovpp_sql_exec(w->ledger->sql, sql);
}

static int rotate(struct work *w, const void *arg)
{
	char path[PATH_MAX], keys[PATH_MAX], err[256];
	struct ovpp_key_statement done;
	int ret;

	snprintf(path, sizeof(path), "%s/" CHECK_LEDGER, w->dir);
	snprintf(keys, sizeof(keys), "%s/" CHECK_KEYS, w->dir);
	ret = ovpp_ledger_key_rotate(path, keys, NULL, arg, &done, err, sizeof(err));
	return ret ? ret : mark_say(MARK_EPOCH, done.epoch, NULL);
}

static int prune(struct work *w, const void *limits)
{
	struct ovpp_now now = now_of(w->clock_s * S_NS);
	int64_t pruned;
	int n;

	do
		n = ovpp_ledger_prune(w->ledger, limits, &now);
	while (n > 0);
	if (n)
		return n;
	pruned = ovpp_sql_number(w->ledger->sql, "SELECT MAX(last_batch) + 1 FROM pruned");
	return pruned < 0 ? -EIO : mark_say(MARK_PRUNED, (uint64_t)pruned, NULL);
}

/* Runs the CLI; its messages are of no interest. Return: 0 or -EIO. */
static int run_cli(char *const args[])
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) / 2);
	int status;
	pid_t pid;

	program[n > 0 ? n : 0] = '\0';
	snprintf(strrchr(program, '/'), sizeof(program) / 2, "/../bin/ovpp");
	pid = fork();
	if (!pid) {
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(program, args);
		_exit(126);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? -EIO : 0;
}

/* All batches that have their records, to a file. */
static int export(struct work *w, const void *arg)
{
	char path[PATH_MAX], out[PATH_MAX], range[64];
	uint64_t n = ovpp_ledger_batches(w->ledger);
	int64_t first = ovpp_sql_number(w->ledger->sql,
					"SELECT MIN(seq) FROM batch WHERE columns IS NOT NULL");
	int ret;

	(void)arg;
	snprintf(path, sizeof(path), "%s/" CHECK_LEDGER, w->dir);
	snprintf(out, sizeof(out), "%s/" CHECK_EXPORT, w->dir);
	snprintf(range, sizeof(range), "%lld-%llu", (long long)first, (unsigned long long)n - 1);
	ret = run_cli((char *[]){"ovpp", "ledger", "export", "--ledger", path, "--batches", range,
				 "--out", out, NULL});
	return ret ? ret : mark_say(MARK_EXPORT, n, NULL);
}

/* ---- the life ---- */

static const struct ovpp_rotation yearly = {.reason = "yearly"};
static const struct ovpp_rotation lost = {.revoke = true, .from = UINT64_MAX, .reason = "lost"};

static void first_day(struct work *w)
{
	open_ledger(w);
	name_site(w, 0, "home", 100);
	batch(w, 0, 10);
	name_site(w, 1, "barn", 200);
	batch(w, 1, 5);
	batch(w, 0, 64);
	w->site[0].next += 7;
	batch(w, 0, 20);
	batch(w, 0, 300);
	take(w, checkpoint, "PASSIVE");
	batch(w, 1, 100);
	w->site[0].reset = w->site[0].next;
	batch(w, 0, 50);
	/* It ends here, by kill -9 so to say. */
}

static void second_day(struct work *w)
{
	struct ovpp_retention minutes = {.age_ms = 1500000};

	open_ledger(w);
	batch(w, 0, 4096);
	batch(w, 1, 1000);
	take(w, rotate, &yearly);
	batch(w, 0, 30);
	take(w, rotate, &lost);
	batch(w, 0, 30);
	take(w, checkpoint, "TRUNCATE");
	for (size_t i = 0; i < 8; i++)
		batch(w, (int)(i % 2), 1 + 37 * i);
	take(w, prune, &minutes);
	batch(w, 1, 200);
	take(w, export, NULL);
	ovpp_ledger_close(w->ledger);
}

static void third_day(struct work *w)
{
	struct ovpp_retention size = {.size = 100000};

	open_ledger(w);
	take(w, automatic, "25");
	/* A battery was carried from the one site to the other. */
	name_site(w, 0, "home", 102);
	name_site(w, 1, "barn", 100);
	for (size_t i = 0; i < 10; i++)
		batch(w, disk_mix(1, i) % 2, disk_mix(2, i) % 300);
	take(w, rotate, &yearly);
	batch(w, 0, 20);
	take(w, prune, &size);
	batch(w, 1, 20);
	take(w, export, NULL);
	take(w, checkpoint, "RESTART");
	for (size_t i = 0; i < 5; i++)
		batch(w, (int)(i % 2), 10);
	ovpp_ledger_close(w->ledger);
}

/**
 * struct day - a process
 * @boot: letter of the machine's boot
 * @live: what it does
 */
struct day {
	char boot;
	void (*live)(struct work *w);
};

/* The ring goes on while no process is there: so do the numbers of records. */
static void live(struct work *w, const struct day *day)
{
	unsigned int node = 10 * (unsigned char)day->boot;

	if (w->boot != day->boot) {
		w->boot = day->boot;
		w->site[0] = (struct site){.life = {0, node}, .ders = 3};
		w->site[1] = (struct site){.life = {1, node + 1}, .ders = 2};
	}
	w->left_out = 0;
	day->live(w);
}

/* A process of its own, that says in @w what has become of it. */
static int live_apart(struct work *w, const struct day *day)
{
	int pipes[2], status = 0;
	pid_t pid;

	if (pipe(pipes))
		return -errno;
	pid = fork();
	if (!pid) {
		live(w, day);
		_exit(write(pipes[1], w, offsetof(struct work, rec)) < 0);
	}
	close(pipes[1]);
	if (pid < 0 || read(pipes[0], w, offsetof(struct work, rec)) < 0 ||
	    waitpid(pid, &status, 0) != pid || status)
		status = -EIO;
	close(pipes[0]);
	return status;
}

int work_run(const char *dir, unsigned int scale)
{
	static const struct day days[] = {{'a', first_day}, {'a', second_day}, {'b', third_day}};
	struct work *w = calloc(1, sizeof(*w));
	int sum = 0, ret = 0;

	if (!w)
		return -ENOMEM;
	w->dir = dir;
	w->scale = scale;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]) && !ret; i++) {
		ret = live_apart(w, &days[i]);
		w->ledger = NULL;
		sum += w->left_out;
	}
	free(w);
	return ret ? ret : sum;
}

int work_after(struct ovpp_ledger *ledger)
{
	int64_t n = ovpp_sql_number(ledger->sql, "SELECT COUNT(*) FROM batch");
	struct site site = {.life = {7, 100000 + (uint64_t)n}, .ders = 1};
	struct ovpp_now now = now_of(100000 * S_NS);
	struct ovpp_written done;
	struct ovpp_record rec[5];
	int ret;

	for (size_t i = 0; i < 5; i++)
		make_record(&site, i, (100000 + i) * S_NS, &rec[i]);
	ret = ovpp_ledger_write(ledger, &site.life, rec, 5, NULL, &now, &done);
	return ret ? ret : done.records == 5 ? 0 : -EIO;
}
