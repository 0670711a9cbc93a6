// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger prove */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain_log.h"
#include "clock.h"
#include "ledger_export.h"
#include "ledger_out.h"
#include "ledger_verbs.h"
#include "show.h"

/* Which record is meant; none of it is there otherwise. */
struct which {
	uint64_t batch;
	uint64_t seq;
};

/* An option that is a number; enum cli_status. */
static int number(struct cli *cli, const char *name, uint64_t *value)
{
	const char *text = cli_value(cli, name);
	uint64_t last;

	if (text && (ledger_range(text, value, &last) || last != *value))
		return cli_wrong(cli, "--%s: '%s' is no number", name, text);
	return CLI_OK;
}

static int by_time(struct cli *cli, struct ovpp_reader *r, struct which *w, int *err)
{
	int64_t at = clock_ns(CLOCK_REALTIME);
	int ret = ledger_moment(cli, "at", &at);

	if (!ret)
		*err = ovpp_ledger_find_sample(r, cli_value(cli, "der"), at, &w->batch, &w->seq);
	return ret;
}

/* Finds the record; enum cli_status. */
static int find(struct cli *cli, struct ovpp_reader *r, struct which *w)
{
	const char *site = cli_value(cli, "site");
	bool batch = cli_value(cli, "batch"), der = cli_value(cli, "der");
	int err = 0, ret;

	if (batch + !!site + der != 1 || der == !!cli_value(cli, "seq"))
		return cli_wrong(cli, "a record is named by --batch and --seq, --site and --seq, "
				      "or --der and --at");
	ret = number(cli, "batch", &w->batch);
	if (!ret)
		ret = number(cli, "seq", &w->seq);
	if (!ret && der)
		ret = by_time(cli, r, w, &err);
	else if (!ret && site)
		err = ovpp_ledger_find(r, site, w->seq, &w->batch);
	if (ret || !err)
		return ret;
	if (err != -ENOENT)
		return ledger_failed(cli, r, err);
	cli_error(cli, "there is no such record");
	return CLI_NO;
}

/* Bytes to the file that is meant, or to standard output. */
static int write_proof(struct cli *cli, const struct ovpp_buffer *proof)
{
	const char *path = cli_value(cli, "out");
	struct ledger_out out = {.fd = -1};
	int ret;

	if (!path) {
		if (!cli->json)
			fwrite(proof->data, 1, proof->size, stdout);
		return CLI_OK;
	}
	ret = ledger_out_open(&out, path);
	if (!ret)
		ret = ledger_out_close(&out, ledger_out_write(&out, proof->data, proof->size));
	if (!ret)
		return CLI_OK;
	cli_error(cli, "%s: %s", path, strerror(-ret));
	return CLI_REFUSED;
}

/* @said: what is proved, a new reference. */
static int report(struct cli *cli, struct ovpp_reader *r, const struct ovpp_buffer *proof,
		  json_t *said, const char *text)
{
	char id[2 * OVPP_KEY_SIZE + 1] = "", *hex;
	uint8_t key[OVPP_KEY_SIZE];
	const char *path = cli_value(cli, "out");
	int ret = write_proof(cli, proof);

	if (!ret && !ovpp_reader_key(r, 0, key))
		ovpp_hex(key, sizeof(key), id);
	if (!ret && !cli->json && path)
		printf("%s: %s, %zu bytes\nTo check it: ovpp-verify --key %s %s\n", path, text,
		       proof->size, id, path);
	hex = cli->json ? malloc(2 * proof->size + 1) : NULL;
	if (!ret && hex) {
		ovpp_hex(proof->data, proof->size, hex);
		json_object_set_new(said, "gateway", json_string(id));
		json_object_set_new(said, "bytes", json_integer((json_int_t)proof->size));
		json_object_set_new(said, "proof", json_string(hex));
		show_json(said);
	}
	free(hex);
	json_decref(said);
	return ret;
}

static int failed(struct cli *cli, struct ovpp_reader *r, int err, const char *what)
{
	if (err == -ENOENT)
		cli_error(cli, "there is no such %s", what);
	else if (err == -ENODATA)
		cli_error(cli, "the retention took the records of that batch away");
	else
		return ledger_failed(cli, r, err);
	return CLI_NO;
}

static int prove_record(struct cli *cli, struct ovpp_reader *r)
{
	struct ovpp_buffer proof = {0};
	struct which w = {0};
	char text[SHOW_TEXT];
	int ret = find(cli, r, &w), err;

	if (ret)
		return ret;
	err = ovpp_ledger_prove(r, w.batch, w.seq, cli_flag(cli, "log"), &proof);
	snprintf(text, sizeof(text), "record %llu of batch %llu", (unsigned long long)w.seq,
		 (unsigned long long)w.batch);
	ret = err ? failed(cli, r, err, "record")
		  : report(cli, r, &proof,
			   json_pack("{s:I,s:I}", "batch", (json_int_t)w.batch, "seq",
				     (json_int_t)w.seq),
			   text);
	ovpp_buffer_free(&proof);
	return ret;
}

static int prove_log(struct cli *cli, struct ovpp_reader *r)
{
	const char *range = cli_value(cli, "consistency");
	struct ovpp_buffer proof = {0};
	uint64_t old, size;
	char text[SHOW_TEXT];
	int ret, err = 0;

	if (ledger_range(range, &old, &size))
		return cli_wrong(cli, "--consistency: '%s' is no range; write it like 3-17", range);
	if (!strchr(range, '-'))
		err = ovpp_log_size(ovpp_reader_sql(r), &size);
	if (!err)
		err = ovpp_ledger_prove_log(r, old, size, &proof);
	snprintf(text, sizeof(text), "the log of %llu batches begins with that of %llu",
		 (unsigned long long)size, (unsigned long long)old);
	ret = err ? failed(cli, r, err, "log")
		  : report(cli, r, &proof,
			   json_pack("{s:I,s:I}", "old_size", (json_int_t)old, "log_size",
				     (json_int_t)size),
			   text);
	ovpp_buffer_free(&proof);
	return ret;
}

int ledger_prove(struct cli *cli)
{
	struct ovpp_reader *r;
	int ret;

	if (!cli->json && !cli_value(cli, "out") && isatty(STDOUT_FILENO))
		return cli_wrong(cli, "a proof is not for the terminal: --out is missing");
	ret = ledger_open(cli, &r);
	if (ret)
		return ret;
	ret = cli_value(cli, "consistency") ? prove_log(cli, r) : prove_record(cli, r);
	return ledger_close(cli, r, ret);
}
