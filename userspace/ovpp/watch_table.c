// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp watch --table: the state of a site, drawn in place. */
#include "clock.h"
#include "event.h"
#include "get.h"
#include "show.h"
#include "table.h"
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Newest events at the foot of the table. */
#define FOOT 5

#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

/**
 * struct drawing - what is drawn
 * @cli: invocation
 * @req: the site as a request's attribute "site"
 * @self: the site as "id"
 * @live: standard output is a terminal: draw in place
 * @eol: what ends a line
 * @foot: the newest events as text, oldest first
 * @feet: their number
 */
struct drawing {
	struct cli *cli;
	json_t *req;
	json_t *self;
	bool live;
	const char *eol;
	char foot[FOOT][EVENT_TEXT + 32];
	size_t feet;
};

static const char *shown(const json_t *o, const char *key, char *buf)
{
	const char *s = show_value(key, json_object_get(o, key), false, buf);

	return s ? s : "-";
}

static const char *word(const json_t *o, const char *key, char *buf)
{
	const char *s = get_str(o, key);

	return s ? show_word(s, buf) : "-";
}

static void draw_site(const struct drawing *d, const json_t *site)
{
	char a[SHOW_TEXT], b[SHOW_TEXT], c[SHOW_TEXT];

	printf("%s  %s (%s)", shown(site, "name", a), word(site, "state", b),
	       word(site, "cause", c));
	if (json_object_get(site, "lease_left_ms"))
		printf(", lease %s", shown(site, "lease_left_ms", a));
	printf("%sPCC target %s, actual %s", d->eol, shown(site, "target_mw", a),
	       shown(site, "pcc_mw", b));
	if (json_object_get(site, "pcc_quality"))
		printf(" (%s)", word(site, "pcc_quality", c));
	printf(", f %s%s", shown(site, "pcc_f_mhz", a), d->eol);
	printf("demand %s, load %s%s", shown(site, "demand_mw", a), shown(site, "load_mw", b),
	       d->eol);
}

static void draw_loop(const struct drawing *d, const json_t *stats)
{
	const json_t *wake = json_object_get(stats, "wake_ns");
	char a[SHOW_TEXT], b[SHOW_TEXT], c[SHOW_TEXT], text[OVPP_UNITS_TEXT];

	quantity_rounded(OVPP_UNIT_NS, get_int(wake, "greatest"), text);
	printf("ticks %s, missed %s, greatest wake latency %s, records %s%s%s",
	       shown(stats, "ticks", a), shown(stats, "missed", b), text,
	       shown(stats, "records", c), d->eol, d->eol);
}

static const char *point_quality(const json_t *der, char *buf)
{
	const json_t *p = find_point(der, "p");

	return p ? word(p, "quality", buf) : NULL;
}

static void draw_ders(const struct drawing *d, const json_t *ders)
{
	static const char *const headings[] = {"DER",  "KIND", "STATE",	  "-P",
					       "-SET", "-SOC", "QUALITY", "-AGE"};
	struct table *t = table_new(headings, 8);
	char buf[SHOW_TEXT];
	json_t *der;
	size_t i;

	json_array_foreach (ders, i, der) {
		if (!t)
			break;
		table_add(t, shown(der, "name", buf));
		table_add(t, word(der, "kind", buf));
		table_add(t, word(der, "supervision", buf));
		table_add(t, show_point(d->cli, der, "p", buf));
		table_add(t, shown(der, "p_set_mw", buf));
		table_add(t, show_point(d->cli, der, "soc", buf));
		table_add(t, point_quality(der, buf));
		table_add(t, show_value("age_ms", json_object_get(find_point(der, "p"), "age_ms"),
					false, buf));
	}
	if (t)
		table_print(t, stdout, d->eol);
	table_free(t);
}

static void draw_foot(const struct drawing *d)
{
	if (d->feet)
		fputs(d->eol, stdout);
	for (size_t i = 0; i < d->feet; i++)
		printf("%s%s", d->foot[i], d->eol);
}

static int draw(struct drawing *d)
{
	json_t *site = NULL, *stats = NULL, *ders = NULL, *all;
	int ret;

	ret = cli_do(d->cli, "site-get", d->self, &site);
	if (!ret)
		ret = cli_do(d->cli, "stats-get", d->req, &stats);
	if (!ret)
		ret = cli_dump(d->cli, "der-get", d->req, &ders);
	if (ret)
		goto out;
	if (d->cli->json) {
		all = json_pack("{s:O, s:O, s:O}", "site", site, "stats", stats, "der", ders);
		json_dumpf(all, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(all);
	} else {
		if (d->live)
			fputs(HOME, stdout);
		draw_site(d, site);
		draw_loop(d, stats);
		draw_ders(d, ders);
		draw_foot(d);
		fputs(d->live ? CLEAR_BELOW : "\n", stdout);
	}
	fflush(stdout);
out:
	json_decref(site);
	json_decref(stats);
	json_decref(ders);
	return ret;
}

/* The newest events are kept for the foot. */
static void keep(struct drawing *d, const json_t *event)
{
	json_int_t site = get_int(event, "site");
	json_int_t der = get_int(event, "der");
	const char *who = der ? cli_name(d->cli, "der-get", site, der) : NULL;
	char clock[16], text[EVENT_TEXT];

	if (site != get_int(d->req, "site"))
		return;
	if (d->feet == FOOT)
		memmove(d->foot[0], d->foot[1], sizeof(d->foot) - sizeof(d->foot[0]));
	else
		d->feet++;
	snprintf(d->foot[d->feet - 1], sizeof(d->foot[0]), "%s  %s%s%s", event_clock(event, clock),
		 who ? who : "", who ? "  " : "", event_text(event, text));
	/* Something may have come: names are asked for again. */
	json_object_clear(d->cli->known);
}

/* Waits for an event or the time of the next drawing. */
static void wait_event(struct drawing *d, struct ovpp_nl *events, int fd, int64_t until_ns)
{
	int64_t left_ms = (until_ns - clock_ns(CLOCK_MONOTONIC)) / 1000000;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	json_t *event;
	int ret;

	if (left_ms < 0)
		left_ms = 0;
	poll(&pfd, 1, left_ms > 60000 ? 60000 : (int)left_ms);
	for (;;) {
		ret = ovpp_nl_event(events, &event);
		if (ret == -ENOBUFS)
			continue; /* some were lost; the table is right anyway */
		if (ret)
			return;
		keep(d, event);
		json_decref(event);
	}
}

static int redraw(struct drawing *d, struct ovpp_nl *events, int fd, int64_t interval_ns,
		  uint64_t left, int64_t end_ns)
{
	int ret = CLI_OK;

	if (d->live)
		fputs(HOME CLEAR_BELOW, stdout);
	while (left && clock_ns(CLOCK_MONOTONIC) < end_ns && !ferror(stdout)) {
		int64_t next = clock_ns(CLOCK_MONOTONIC) + interval_ns;

		ret = draw(d);
		if (ret || !--left)
			break;
		wait_event(d, events, fd, next < end_ns ? next : end_ns);
	}
	return ret;
}

int watch_table(struct cli *cli, uint32_t site, int64_t interval_ns, uint64_t left, int64_t end_ns)
{
	struct drawing d = {
		.cli = cli,
		.req = json_pack("{s:I}", "site", (json_int_t)site),
		.self = json_pack("{s:I}", "id", (json_int_t)site),
		.live = isatty(STDOUT_FILENO) && !cli->json,
	};
	struct ovpp_nl *events = NULL;
	int fd, ret;

	d.eol = d.live ? CLEAR_LINE "\n" : "\n";
	ret = ovpp_nl_open(&events);
	fd = ret ? ret : ovpp_nl_subscribe(events);
	if (fd < 0) {
		cli_error(cli, "events: %s", strerror(-fd));
		ret = CLI_REFUSED;
	} else {
		ret = redraw(&d, events, fd, interval_ns, left, end_ns);
	}
	if (events)
		ovpp_nl_close(events);
	json_decref(d.req);
	json_decref(d.self);
	return ret;
}
