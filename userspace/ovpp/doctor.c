// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp doctor: is this host fit to run a site, and what should be changed? */
#include "doctor.h"
#include "get.h"
#include "show.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The loop's priority where there is no site to ask, as the module has it. */
#define DEFAULT_PRIORITY 80

static const char *const verdicts[] = {"ok", "warn", "fail", "skip"};

void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *advice, const char *fmt,
		...)
{
	char seen[DOCTOR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(seen, sizeof(seen), fmt, ap);
	va_end(ap);
	json_array_append_new(d->results,
			      json_pack("{s:s, s:s, s:s, s:s?}", "name", d->check, "result",
					verdicts[verdict], "seen", seen, "advice", advice));
}

/* Only what belongs to the site that was asked for, if one was. */
static json_t *of_site(json_t *all, const char *key, const json_t *wanted)
{
	json_t *kept = json_array(), *o;
	size_t i;

	json_array_foreach (all, i, o) {
		const json_t *v = json_object_get(o, key);

		if (!wanted || json_equal(v, wanted))
			json_array_append(kept, o);
	}
	json_decref(all);
	return kept;
}

static json_t *dump(struct ovpp_nl *nl, const char *op)
{
	json_t *reply = NULL;

	return ovpp_nl_dump(nl, op, NULL, &reply) ? json_array() : reply;
}

/* What the module knows; nothing is known, and nothing wrong, without it. */
static int ask_module(struct doctor *d)
{
	json_t *named = json_object_get(d->cli->req, "site_name");
	json_t *by_id = json_object_get(d->cli->req, "site");
	json_t *id = by_id, *site;
	size_t i;

	if (ovpp_nl_open(&d->cli->nl)) {
		d->cli->nl = NULL;
		d->sites = json_array();
		d->buses = json_array();
		d->ders = json_array();
	} else {
		d->sites = of_site(dump(d->cli->nl, "site-get"), named ? "name" : "id",
				   named ? named : by_id);
		if (named)
			id = json_object_get(json_array_get(d->sites, 0), "id");
		d->buses = of_site(dump(d->cli->nl, "bus-get"), "site", id);
		d->ders = of_site(dump(d->cli->nl, "der-get"), "site", id);
	}
	if ((named || by_id) && !json_array_size(d->sites)) {
		cli_error(d->cli, "there is no such site");
		return CLI_REFUSED;
	}
	json_array_foreach (d->sites, i, site) {
		int priority = (int)get_int(site, "priority");

		if (!i || priority < d->priority)
			d->priority = priority;
	}
	return CLI_OK;
}

static void run_checks(struct doctor *d, const struct doctor_check *checks)
{
	for (; checks->name; checks++) {
		d->check = checks->name;
		checks->run(d);
	}
}

static size_t count(const json_t *results, const char *verdict)
{
	size_t n = 0, i;
	json_t *r;

	json_array_foreach (results, i, r)
		n += !strcmp(get_str(r, "result"), verdict);
	return n;
}

static const char *colour(const char *verdict)
{
	if (!isatty(STDOUT_FILENO))
		return "";
	return !strcmp(verdict, "ok")	  ? "\033[32m"
	       : !strcmp(verdict, "warn") ? "\033[33m"
	       : !strcmp(verdict, "fail") ? "\033[31m"
					  : "\033[2m";
}

static void print_result(const json_t *r)
{
	const char *verdict = get_str(r, "result");
	const char *advice = get_str(r, "advice");
	const char *start = colour(verdict);

	printf("%s%-4s%s  %-20s", start, verdict, *start ? "\033[0m" : "", get_str(r, "name"));
	text_wrap(stdout, get_str(r, "seen"), 26, 28);
	if (advice) {
		printf("%*s", 25, "->");
		text_wrap(stdout, advice, 25, 28);
	}
}

static int print_results(const struct doctor *d)
{
	size_t bad = count(d->results, "fail"), i;
	json_t *r;

	if (d->cli->json) {
		r = json_pack("{s:b, s:O}", "ok", !bad, "checks", d->results);
		show_json(r);
		json_decref(r);
	} else {
		json_array_foreach (d->results, i, r)
			print_result(r);
		printf("\n%zu ok, %zu could be better, %zu must be changed, "
		       "%zu not checked\n",
		       count(d->results, "ok"), count(d->results, "warn"), bad,
		       count(d->results, "skip"));
	}
	return bad ? CLI_NO : CLI_OK;
}

static int doctor(struct cli *cli)
{
	const char *root = getenv("OVPP_SYSROOT");
	struct doctor d = {
		.cli = cli,
		.root = root ? root : "",
		.results = json_array(),
		.priority = DEFAULT_PRIORITY,
	};
	int ret;

	ret = ask_module(&d);
	if (!ret) {
		run_checks(&d, doctor_kernel);
		run_checks(&d, doctor_rt);
		run_checks(&d, doctor_module);
		run_checks(&d, doctor_can);
		ret = print_results(&d);
	}
	json_decref(d.results);
	json_decref(d.sites);
	json_decref(d.buses);
	json_decref(d.ders);
	return ret;
}

static const struct cli_verb verbs[] = {
	/* The attributes of this operation are those that name a site. */
	{.doc = "Check this host as an integrator would, and say what to change. "
		"Exit status 1 if something must be.",
	 .op = "stats-get",
	 .run = doctor},
	{0},
};

const struct cli_command cmd_doctor = {
	.name = "doctor",
	.doc = "Doctor: is this host fit for real time, and what to change.",
	.about = "Each line: ok; warn, it could be better; fail, it must be changed; "
		 "skip, it\ncould not be checked or need not be.\n",
	.verbs = verbs,
};
