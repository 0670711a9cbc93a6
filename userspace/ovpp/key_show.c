// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp key show */
#include "get.h"
#include "key_verbs.h"
#include "show.h"
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keyring.h"
#include "ledger_read.h"

static const char *show_moment(struct cli *cli, const json_t *row, const char *key, char *buf)
{
	time_t s = (time_t)(get_int(row, key) / 1000000000);
	struct tm tm;

	(void)cli;
	strftime(buf, SHOW_TEXT, "%Y-%m-%d %H:%M:%SZ", gmtime_r(&s, &tm));
	return buf;
}

static const struct column key_columns[] = {
	{"-EPOCH", "epoch", NULL},
	{"-FROM", "from_batch", NULL},
	{"-BATCHES", "batches", NULL},
	{"SINCE", "real_ns", show_moment},
	{"-REVOKED FROM", "revoked_from", NULL},
	{"REASON", "reason", NULL},
	{"KEY", "key", NULL},
	{0},
};

static const struct column device_columns[] = {
	{"DEVICE", "name", NULL},
	{"-NUMBER", "device", NULL},
	{"SITE", "site", NULL},
	{"KIND", "kind", NULL},
	{"SERIAL", "serial", NULL},
	{"ID", "id", NULL},
	{0},
};

/* SQLite's words where it is SQLite that failed. */
static int refused(struct cli *cli, struct ovpp_reader *r, int err)
{
	int code = sqlite3_errcode(ovpp_reader_sql(r));

	cli_error(cli, "%s: %s", key_ledger(cli),
		  code && code != SQLITE_ROW && code != SQLITE_DONE
			  ? sqlite3_errmsg(ovpp_reader_sql(r))
			  : strerror(-err));
	return CLI_REFUSED;
}

/* How many batches each key has signed, and until when the one before it is trusted. */
static void complete(json_t *keys, int64_t next_batch)
{
	for (size_t i = 0; i < json_array_size(keys); i++) {
		json_t *key = json_array_get(keys, i), *next = json_array_get(keys, i + 1);
		int64_t end = next ? get_int(next, "from_batch") : next_batch;

		json_object_set_new(key, "batches", json_integer(end - get_int(key, "from_batch")));
		/* A statement revokes the key before; a row shows what became of its own. */
		json_object_set(key, "revoked_from",
				next ? json_object_get(next, "revoked_from") : json_null());
	}
}

/* All keys, whose statements are checked; @s is set to the newest. enum cli_status. */
static int read_keys(struct cli *cli, struct ovpp_reader *r, json_t *keys,
		     struct ovpp_key_statement *s)
{
	struct ovpp_buffer bytes = {0};
	struct ovpp_key_statement prev;
	size_t at;
	int ret;

	for (uint32_t epoch = 0;; epoch++) {
		bytes.size = 0;
		ret = ovpp_reader_statement(r, epoch, &bytes);
		if (ret)
			break;
		prev = *s;
		ret = ovpp_key_statement_open(bytes.data, bytes.size, epoch ? &prev : NULL, s, &at);
		if (ret)
			break;
		json_array_append_new(keys, key_statement(s));
	}
	ovpp_buffer_free(&bytes);
	if (ret == -EBADMSG || ret == -EKEYREJECTED) {
		cli_error(cli, "%s: what it has of the key of epoch %zu is wrong: it is damaged",
			  key_ledger(cli), json_array_size(keys));
		return CLI_NO;
	}
	return ret == -ENOENT ? CLI_OK : refused(cli, r, ret);
}

static json_t *text_of(sqlite3_stmt *st, int column)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	return text ? json_string(text) : json_null();
}

static int read_devices(struct cli *cli, struct ovpp_reader *r, json_t *devices)
{
	/* Of a group SQLite takes the other columns from the row of the maximum. */
	static const char sql[] =
		"SELECT d.id, d.key, n.name, n.site, n.kind, n.serial FROM device d"
		" LEFT JOIN (SELECT *, MAX(instance) FROM der GROUP BY device) n"
		" ON n.device = d.id ORDER BY d.id";
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(ovpp_reader_sql(r), sql, -1, &st, NULL);

	while (!rc && sqlite3_step(st) == SQLITE_ROW) {
		if (sqlite3_column_bytes(st, 1) != OVPP_KEY_SIZE)
			continue;
		json_array_append_new(devices,
				      json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "device",
						(json_int_t)sqlite3_column_int64(st, 0), "id",
						key_hex(sqlite3_column_blob(st, 1)), "did",
						key_did(sqlite3_column_blob(st, 1)), "name",
						text_of(st, 2), "site", text_of(st, 3), "kind",
						text_of(st, 4), "serial", text_of(st, 5)));
	}
	rc = sqlite3_finalize(st) || rc;
	return rc ? refused(cli, r, -EIO) : CLI_OK;
}

/* What is seen of the file of the key in force. */
static json_t *read_file(const char *dir, const struct ovpp_key_statement *s)
{
	char path[PATH_MAX + 32], err[PATH_MAX + 512];
	const char *problem = NULL;
	struct ovpp_keyring_info info = {0};
	int ret = ovpp_keyring_inspect(dir, s->epoch, &info, err, sizeof(err));

	snprintf(path, sizeof(path), "%s/gateway-%u.key", dir, s->epoch);
	if (ret)
		problem = err;
	else if (memcmp(info.key, s->key, sizeof(info.key)))
		problem = "is another key than the ledger's: put it back from a copy";
	return json_pack("{s:s, s:o, s:s?}", "path", path, "encrypted",
			 ret ? json_null() : json_boolean(info.encrypted), "problem", problem);
}

static json_t *describe(const struct ovpp_key_statement *s, int64_t next_batch, json_t *file,
			json_t *keys, json_t *devices)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:I, s:I, s:o, s:O, s:O}", "gateway",
			 key_hex(s->gateway), "did", key_did(s->gateway), "epoch",
			 (json_int_t)s->epoch, "key", key_hex(s->key), "from_batch",
			 (json_int_t)s->from, "next_batch", (json_int_t)next_batch, "file", file,
			 "keys", keys, "devices", devices);
}

static void print_file(const json_t *file)
{
	const char *problem = get_str(file, "problem");

	if (problem)
		printf("file     %s\n", problem);
	else
		printf("file     %s, %s\n", get_str(file, "path"),
		       json_is_true(json_object_get(file, "encrypted")) ? "encrypted"
									: "not encrypted");
}

static int print(struct cli *cli, const json_t *all)
{
	const char *did = cli_value(cli, "did");
	const json_t *devices = json_object_get(all, "devices");
	int ret;

	if (did)
		return key_documents(cli, all, did);
	if (cli->json)
		return show_json(all);
	printf("gateway  %s\n         %s\n", get_str(all, "gateway"), get_str(all, "did"));
	printf("key      %s\n", get_str(all, "key"));
	printf("epoch    %lld, from batch %lld on; %lld is next\n", get_int(all, "epoch"),
	       get_int(all, "from_batch"), get_int(all, "next_batch"));
	print_file(json_object_get(all, "file"));
	putchar('\n');
	ret = show_rows(cli, key_columns, json_object_get(all, "keys"));
	if (ret || !json_array_size(devices))
		return ret;
	putchar('\n');
	return show_rows(cli, device_columns, devices);
}

/* Says that there is no key, which is the answer. */
static int none(struct cli *cli)
{
	cli_error(cli, "%s: there is no key yet: ovppd makes it at its first start",
		  key_ledger(cli));
	return CLI_NO;
}

/* All that the ledger has, as it was at one moment. */
static int read_ledger(struct cli *cli, struct ovpp_reader *r, json_t *keys, json_t *devices,
		       struct ovpp_key_statement *s)
{
	int64_t next_batch;
	int ret = ovpp_reader_begin(r), status;

	if (ret)
		return refused(cli, r, ret);
	status = read_keys(cli, r, keys, s);
	next_batch = status ? 0 : ovpp_reader_batches(r);
	if (next_batch < 0)
		status = refused(cli, r, (int)next_batch);
	complete(keys, next_batch);
	if (!status)
		status = read_devices(cli, r, devices);
	if (ovpp_reader_end(r) == -ESTALE) {
		cli_error(cli, "%s: has changed meanwhile: try again", key_ledger(cli));
		return CLI_REFUSED;
	}
	return !status && !json_array_size(keys) ? none(cli) : status;
}

static int show(struct cli *cli, struct ovpp_reader *r)
{
	json_t *keys = json_array(), *devices = json_array(), *newest, *all = NULL;
	struct ovpp_key_statement s = {0};
	char buf[PATH_MAX];
	int ret = read_ledger(cli, r, keys, devices, &s);

	if (!ret) {
		newest = json_array_get(keys, s.epoch);
		all = describe(&s, (int64_t)s.from + get_int(newest, "batches"),
			       read_file(key_folder(cli, buf), &s), keys, devices);
		ret = all ? print(cli, all) : CLI_REFUSED;
	}
	json_decref(all);
	json_decref(keys);
	json_decref(devices);
	return ret;
}

int key_show(struct cli *cli)
{
	struct ovpp_reader *r;
	char err[512];
	int ret;

	if (access(key_ledger(cli), F_OK) && errno == ENOENT)
		return none(cli);
	if (ovpp_reader_open(key_ledger(cli), &r, err, sizeof(err))) {
		cli_error(cli, "%s: %s", key_ledger(cli), err);
		return CLI_REFUSED;
	}
	ret = show(cli, r);
	ovpp_reader_close(r);
	return ret;
}
