// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp watch: what a site records, as it comes. */
#include "clock.h"
#include "event.h"
#include "get.h"
#include "quantity.h"
#include "record.h"
#include "ring.h"
#include "show.h"
#include "uring.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Records copied at a time. */
#define BATCH 64

/* The kernel is asked again after so long, so that --for can end a silence. */
#define WAIT_MS 500

/**
 * struct watch - one run
 * @cli: invocation
 * @site: site id
 * @der: only this DER, 0: all
 * @events: only events and ends of dispatches
 * @left: lines to go
 * @end_ns: when to stop, CLOCK_MONOTONIC
 */
struct watch {
	struct cli *cli;
	uint32_t site;
	uint32_t der;
	bool events;
	uint64_t left;
	int64_t end_ns;
};

static bool over(const struct watch *w)
{
	return !w->left || clock_ns(CLOCK_MONOTONIC) >= w->end_ns;
}

static bool wanted(const struct watch *w, const struct ovpp_record *rec)
{
	if (w->der && rec->der != w->der)
		return false;
	return !w->events || rec->type == OVPP_RECORD_EVENT || rec->type == OVPP_RECORD_DISPATCH;
}

/* Whom a record is about. */
static const char *subject(struct watch *w, const json_t *record)
{
	json_int_t der = get_int(record, "der");
	json_int_t bus = get_int(record, "bus");
	const char *name = NULL;

	if (der)
		name = cli_name(w->cli, "der-get", w->site, der);
	else if (bus)
		name = cli_name(w->cli, "bus-get", w->site, bus);
	else
		name = cli_site_name(w->cli, w->site);
	return name ? name : "?";
}

static int print_record(struct watch *w, const struct ovpp_record *rec)
{
	json_t *record = ovpp_record_json(rec);
	char clock[16], text[EVENT_TEXT];

	if (!record) {
		cli_error(w->cli, "out of memory");
		return CLI_REFUSED;
	}
	/* Something came or went: names have to be asked for again. */
	if (rec->type == OVPP_RECORD_EVENT && w->cli->known)
		json_object_clear(w->cli->known);
	if (w->cli->json) {
		json_dumpf(record, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		printf("%s  %-10s  %s\n", event_clock(record, clock), subject(w, record),
		       record_text(record, text));
	}
	json_decref(record);
	w->left--;
	return CLI_OK;
}

static void print_lost(const struct watch *w, uint64_t lost)
{
	if (w->cli->json)
		printf("{\"lost\":%llu}\n", (unsigned long long)lost);
	else
		printf("-- %llu records lost --\n", (unsigned long long)lost);
}

static int print_batch(struct watch *w, struct ovpp_ring *ring, size_t *n)
{
	struct ovpp_record rec[BATCH];
	uint64_t lost;
	int ret = CLI_OK;

	*n = ovpp_ring_read(ring, rec, BATCH, &lost);
	if (lost)
		print_lost(w, lost);
	for (size_t i = 0; i < *n && !ret && !over(w); i++) {
		if (wanted(w, &rec[i]))
			ret = print_record(w, &rec[i]);
	}
	fflush(stdout);
	return ret;
}

/* Waits for the next record; also returns 0 when none has come for a while. */
static int wait_record(struct io_uring *io, struct ovpp_ring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(io);
	struct io_uring_cqe *cqe;
	int ret;

	ovpp_uring_prep_wait(sqe, ovpp_ring_fd(ring), ovpp_ring_cursor(ring), 1, WAIT_MS);
	ret = io_uring_submit_and_wait(io, 1);
	if (ret >= 0)
		ret = io_uring_wait_cqe(io, &cqe);
	if (ret < 0)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(io, cqe);
	return ret < 0 ? ret : 0;
}

static int follow(struct watch *w, struct ovpp_ring *ring)
{
	struct io_uring io;
	size_t n;
	int ret;

	ret = io_uring_queue_init(2, &io, 0);
	if (ret) {
		cli_error(w->cli, "io_uring: %s", strerror(-ret));
		return CLI_REFUSED;
	}
	while (!over(w) && !ferror(stdout)) {
		ret = print_batch(w, ring, &n);
		if (ret || over(w))
			break;
		if (n)
			continue;
		ret = wait_record(&io, ring);
		if (ret) {
			cli_error(w->cli, "%s",
				  ret == -ENODEV ? "the site is gone" : strerror(-ret));
			ret = CLI_REFUSED;
			break;
		}
	}
	io_uring_queue_exit(&io);
	return ret;
}

static int open_ring(struct cli *cli, uint32_t site, struct ovpp_ring **ring)
{
	char path[32];
	int ret;

	snprintf(path, sizeof(path), "/dev/ovpp%u", site);
	ret = ovpp_ring_open(path, false, ring);
	if (!ret)
		return CLI_OK;
	if (ret == -EACCES)
		cli_error(cli,
			  "%s: no right to read it; be a member of the "
			  "group ovpp (usermod -aG ovpp $USER) or root",
			  path);
	else
		cli_error(cli, "%s: %s", path, strerror(-ret));
	return CLI_REFUSED;
}

static int watch_lines(struct watch *w)
{
	struct ovpp_ring *ring;
	int ret;

	ret = open_ring(w->cli, w->site, &ring);
	if (ret)
		return ret;
	if (!cli_flag(w->cli, "all"))
		ovpp_ring_seek(ring, ovpp_ring_head(ring));
	ret = follow(w, ring);
	ovpp_ring_close(ring);
	return ret;
}

static int parse_limits(struct cli *cli, struct watch *w)
{
	const char *count = cli_value(cli, "count");
	int64_t n = INT64_MAX, length = -1;
	char why[160];
	int ret;

	if (count && (quantity_parse(OVPP_UNIT_NONE, count, &n, why, sizeof(why)) || n < 1))
		return cli_wrong(cli, "--count: '%s' is no number above 0", count);
	ret = cli_quantity(cli, "for", "for_ns", &length);
	w->left = (uint64_t)n;
	w->end_ns = length < 0 ? INT64_MAX : clock_ns(CLOCK_MONOTONIC) + length;
	return ret;
}

static int watch(struct cli *cli)
{
	const char *der = cli_value(cli, "der");
	struct watch w = {.cli = cli, .events = cli_flag(cli, "events")};
	int64_t interval = 1000000000;
	json_int_t id = 0;
	int ret;

	ret = parse_limits(cli, &w);
	if (!ret)
		ret = cli_quantity(cli, "interval", "interval_ns", &interval);
	if (!ret)
		ret = cli_site_id(cli, &w.site);
	if (!ret && der)
		ret = cli_der_id(cli, w.site, der, &id);
	if (ret)
		return ret;
	w.der = (uint32_t)id;
	if (cli_flag(cli, "table"))
		return watch_table(cli, w.site, interval, w.left, w.end_ns);
	return watch_lines(&w);
}

static const struct cli_option options[] = {
	{"table", NULL, "A table of the site, drawn again and again."},
	{"interval", "TIME", "How often the table is drawn. Default 1 s."},
	{"events", NULL, "Only events, no measurements."},
	{"der", "DER", "Only what is about this DER."},
	{"all", NULL, "Begin with the oldest record that is kept."},
	{"count", "N", "Stop after so many records, or drawings."},
	{"for", "TIME", "Stop after so long."},
	{0},
};

static const struct cli_verb verbs[] = {
	/* The attributes of this operation are those that name a site. */
	{.doc = "Print what a site records, one line a record, or with --table "
		"a live table. With --json an object a line.",
	 .op = "stats-get",
	 .options = options,
	 .run = watch},
	{0},
};

const struct cli_command cmd_watch = {
	.name = "watch",
	.doc = "Watch a site: measurements and events as they come.",
	.about = "examples:\n"
		 "  ovpp watch --table\n"
		 "  ovpp watch --events\n"
		 "  ovpp watch --der bat1 --json | jq .p_mw\n",
	.verbs = verbs,
};
