// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger */
#include "ledger_verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "moment.h"
#include "show.h"

#define DEFAULT_LEDGER "/var/lib/openvpp/ledger.db"

#define OPTION_LEDGER                                                       \
	{                                                                   \
		"ledger", "FILE", "The ledger. Default " DEFAULT_LEDGER "." \
	}

const char *ledger_path(const struct cli *cli)
{
	const char *path = cli_value(cli, "ledger");

	return path ? path : DEFAULT_LEDGER;
}

int ledger_open(struct cli *cli, struct ovpp_reader **r)
{
	const char *path = ledger_path(cli);
	char err[512];
	int ret;

	ret = ovpp_reader_open(path, r, err, sizeof(err));
	if (ret) {
		cli_error(cli, "%s: %s", path, err);
		return CLI_REFUSED;
	}
	ret = ovpp_reader_begin(*r);
	if (!ret)
		return CLI_OK;
	ledger_failed(cli, *r, ret);
	ovpp_reader_close(*r);
	return CLI_REFUSED;
}

int ledger_close(struct cli *cli, struct ovpp_reader *r, int status)
{
	int ret = ovpp_reader_end(r);

	ovpp_reader_close(r);
	if (!ret)
		return status;
	cli_error(cli, "%s",
		  ret == -ESTALE ? "the daemon began to write while the ledger was "
				   "read; nothing of this counts, try again"
				 : strerror(-ret));
	return CLI_REFUSED;
}

int ledger_failed(struct cli *cli, struct ovpp_reader *r, int err)
{
	int code = sqlite3_errcode(ovpp_reader_sql(r));

	if (err == -EBADMSG) {
		cli_error(cli, "the ledger is damaged");
		return CLI_NO;
	}
	/* SQLite's words where it is SQLite that failed. */
	cli_error(cli, "%s",
		  code && code != SQLITE_ROW && code != SQLITE_DONE
			  ? sqlite3_errmsg(ovpp_reader_sql(r))
			  : strerror(-err));
	return CLI_REFUSED;
}

int ledger_moment(struct cli *cli, const char *name, int64_t *real_ns)
{
	const char *text = cli_value(cli, name);
	char why[SHOW_TEXT];

	if (text && moment_parse(text, clock_ns(CLOCK_REALTIME), real_ns, why, sizeof(why)))
		return cli_wrong(cli, "--%s: %s", name, why);
	return CLI_OK;
}

int ledger_range(const char *text, uint64_t *first, uint64_t *last)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*first = *last = strtoull(text, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		*last = strtoull(end + 1, &end, 10);
	return *end || errno || *last < *first || *last > INT64_MAX ? -EINVAL : 0;
}

const char *ledger_time(int64_t real_ns, char *buf)
{
	time_t s = real_ns / 1000000000;
	struct tm tm;
	size_t len;

	gmtime_r(&s, &tm);
	len = strftime(buf, SHOW_TEXT, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf + len, SHOW_TEXT - len, ".%03d", (int)(real_ns / 1000000 % 1000));
	return buf;
}

static const struct cli_option status_options[] = {OPTION_LEDGER, {0}};

static const struct cli_option query_options[] = {
	{"csv", NULL, "Print comma-separated values, names first."},
	OPTION_LEDGER,
	{0},
};

static const struct cli_option export_options[] = {
	{"out", "FILE", "Where to; it is complete or it is not there."},
	{"from", "TIME", "The batches that have records from then on."},
	{"to", "TIME", "The batches that have records up to then."},
	{"batches", "A-B", "These batches, by number."},
	{"der", "NAME...",
	 "Disclose the records of this DER only. May be given several times. Of the others "
	 "there are hashes."},
	{"withhold", NULL,
	 "The other way round: withhold the records of the DER named; of all, without --der."},
	OPTION_LEDGER,
	{0},
};

static const struct cli_option prove_options[] = {
	{"batch", "N", "The batch of the record."},
	{"seq", "S", "The record's number."},
	{"site", "NAME", "Instead of the batch: the newest life of this site."},
	{"der", "NAME", "Instead of a number: a sample of this DER ..."},
	{"at", "TIME", "... the newest one at that time. Default now."},
	{"log", NULL, "Prove, too, that its batch is in the log."},
	{"consistency", "OLD[-NEW]",
	 "Prove that the log of NEW batches (default: all) begins with that of OLD."},
	{"out", "FILE", "Where to. Default: standard output, unless that is a terminal."},
	OPTION_LEDGER,
	{0},
};

static const struct cli_option verify_options[] = {
	{"key", "HEX|FILE",
	 "The gateway's id, from somebody who is trusted. Default: what the ledger says."},
	{"from", "TIME", "Only the batches that have records from then on."},
	{"to", "TIME", "Only the batches that have records up to then."},
	OPTION_LEDGER,
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "status",
	 .doc = "What the ledger holds: batches, records, what was lost, times, sizes.",
	 .options = status_options,
	 .json = "Print JSON: one object.",
	 .run = ledger_status},
	{.name = "query",
	 .doc = "Ask the ledger in SQL, one statement that only reads. Tables: sample, "
		"site_sample, event, dispatch, other, and all of the database.",
	 .subject = SUBJECT_WORDS,
	 .args = "SQL",
	 .options = query_options,
	 .json = "Print JSON: an array of objects.",
	 .run = ledger_query},
	{.name = "export",
	 .doc = "Write evidence for somebody else: signed batches with their keys, devices and "
		"log, for ovpp-verify.",
	 .options = export_options,
	 .json = "Print JSON: what was written.",
	 .run = ledger_export},
	{.name = "prove",
	 .doc = "Write the proof of one record, or that the log was only added to.",
	 .options = prove_options,
	 .json = "Print JSON: what is proved, and the proof in hexadecimal.",
	 .run = ledger_prove},
	{.name = "verify",
	 .doc = "Check everything in the ledger. Exit status 1, and the first thing that is "
		"wrong, if something is.",
	 .options = verify_options,
	 .json = "Print JSON: what was checked.",
	 .run = ledger_verify},
	{0},
};

const struct cli_command cmd_ledger = {
	.name = "ledger",
	.doc = "The ledger: what sites did, signed, with proofs.",
	.about = "The daemon may be running or not. Times are UTC unless they have an offset.\n\n"
		 "examples:\n"
		 "  ovpp ledger query \"SELECT t, p_mw FROM sample WHERE der = 'bat0' LIMIT 10\"\n"
		 "  ovpp ledger export --from -24h --der bat0 --out bat0.evidence\n"
		 "  ovpp ledger prove --der bat0 --at '2030-06-01 10:15' --out bat0.proof\n"
		 "  ovpp ledger verify\n",
	.verbs = verbs,
};
