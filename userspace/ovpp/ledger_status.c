// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger status */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "chain_log.h"
#include "get.h"
#include "ledger_verbs.h"
#include "show.h"
#include "table.h"

/* Each column of the one row that this gives is a key of the answer. */
static const char counts[] =
	"SELECT (SELECT COUNT(*) FROM batch) batches, SUM(records) records,"
	" (SELECT COALESCE(SUM(lost), 0) FROM batch) lost,"
	" (SELECT COUNT(*) FROM batch WHERE columns IS NULL) pruned_batches,"
	" (SELECT COALESCE(SUM(records), 0) FROM pruned) pruned_records,"
	" (SELECT COALESCE(SUM(lost), 0) FROM pruned) pruned_lost,"
	" MIN(real_min_ns) real_min_ns, MAX(real_max_ns) real_max_ns,"
	" SUM(LENGTH(columns)) columns_bytes,"
	" (SELECT (page_count - freelist_count) * page_size FROM pragma_page_count,"
	" pragma_freelist_count, pragma_page_size) used_bytes,"
	" (SELECT MAX(epoch) FROM key) epoch"
	" FROM batch WHERE columns IS NOT NULL";

static int count(struct cli *cli, struct ovpp_reader *r, json_t *status)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(ovpp_reader_sql(r), counts, -1, &st, NULL);

	if (!rc)
		rc = sqlite3_step(st);
	for (int c = 0; rc == SQLITE_ROW && c < sqlite3_column_count(st); c++)
		json_object_set_new(status, sqlite3_column_name(st, c),
				    sqlite3_column_type(st, c) == SQLITE_NULL
					    ? json_null()
					    : json_integer(sqlite3_column_int64(st, c)));
	if (rc != SQLITE_ROW)
		cli_error(cli, "%s", sqlite3_errmsg(ovpp_reader_sql(r)));
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? CLI_OK : CLI_REFUSED;
}

static void add_file(json_t *status, const char *key, const char *path, const char *suffix)
{
	char name[4096];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	json_object_set_new(status, key, json_integer(stat(name, &st) ? 0 : st.st_size));
}

/* What a record takes in the database, with all that belongs to it. */
static void add_bytes(json_t *status)
{
	json_int_t records = get_int(status, "records");

	json_object_set_new(
		status, "bytes_per_record",
		records ? json_real((double)get_int(status, "used_bytes") / (double)records)
			: json_null());
	json_object_set_new(
		status, "columns_bytes_per_record",
		records ? json_real((double)get_int(status, "columns_bytes") / (double)records)
			: json_null());
}

static void add_hex(json_t *status, const char *key, int err, const uint8_t *data, size_t size)
{
	char text[2 * OVPP_HASH_SIZE + 1];

	if (!err)
		ovpp_hex(data, size, text);
	json_object_set_new(status, key, err ? json_null() : json_string(text));
}

/* Key and log; another chain driver than the embedded one has no log here. */
static void add_evidence(struct ovpp_reader *r, json_t *status)
{
	sqlite3 *sql = ovpp_reader_sql(r);
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_merkle tree;
	ovpp_hash root;
	uint64_t size;
	int err;

	err = ovpp_reader_key(r, 0, key);
	add_hex(status, "gateway", err, key, sizeof(key));
	err = ovpp_log_size(sql, &size);
	json_object_set_new(status, "log_size", err ? json_null() : json_integer((json_int_t)size));
	if (!err)
		err = ovpp_log_tree(sql, size, &tree);
	if (!err)
		ovpp_merkle_root(&tree, root);
	add_hex(status, "log_root", err, root, sizeof(root));
}

static const char *show_time(const json_t *status, const char *key, char *buf)
{
	const json_t *value = json_object_get(status, key);

	return json_is_integer(value) ? ledger_time(json_integer_value(value), buf) : NULL;
}

static const char *show_real(const json_t *status, const char *key, char *buf)
{
	const json_t *value = json_object_get(status, key);

	if (!json_is_real(value))
		return NULL;
	snprintf(buf, SHOW_TEXT, "%.1f B", json_real_value(value));
	return buf;
}

static const char *show_size(const json_t *status, const char *key, char *buf)
{
	return quantity_rounded(OVPP_UNIT_BYTE, get_int(status, key), buf);
}

static const char *show_number(const json_t *status, const char *key, char *buf)
{
	const json_t *value = json_object_get(status, key);

	if (!json_is_integer(value))
		return json_string_value(value);
	snprintf(buf, SHOW_TEXT, "%lld", (long long)json_integer_value(value));
	return buf;
}

static const struct {
	const char *label;
	const char *key;
	const char *(*show)(const json_t *status, const char *key, char *buf);
} lines[] = {
	{"ledger", "path", show_number},
	{"gateway", "gateway", show_number},
	{"key epoch", "epoch", show_number},
	{"batches", "batches", show_number},
	{"records", "records", show_number},
	{"lost", "lost", show_number},
	{"taken away", "pruned_records", show_number},
	{"first", "real_min_ns", show_time},
	{"last", "real_max_ns", show_time},
	{"file", "file_bytes", show_size},
	{"wal", "wal_bytes", show_size},
	{"in use", "used_bytes", show_size},
	{"a record takes", "bytes_per_record", show_real},
	{"its columns", "columns_bytes_per_record", show_real},
	{"log", "log_size", show_number},
	{"log root", "log_root", show_number},
};

static int show_status(struct cli *cli, const json_t *status)
{
	struct table *t;
	char buf[SHOW_TEXT];

	if (cli->json)
		return show_json(status);
	t = table_new(NULL, 2);
	for (size_t i = 0; t && i < sizeof(lines) / sizeof(lines[0]); i++) {
		table_add(t, lines[i].label);
		table_add(t, lines[i].show(status, lines[i].key, buf));
	}
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	return t ? CLI_OK : CLI_REFUSED;
}

int ledger_status(struct cli *cli)
{
	json_t *status = json_object();
	struct ovpp_reader *r;
	const char *path;
	int ret = ledger_open(cli, &r);

	if (ret) {
		json_decref(status);
		return ret;
	}
	path = ledger_path(cli);
	json_object_set_new(status, "path", json_string(path));
	ret = count(cli, r, status);
	add_file(status, "file_bytes", path, "");
	add_file(status, "wal_bytes", path, "-wal");
	add_bytes(status);
	add_evidence(r, status);
	ret = ledger_close(cli, r, ret);
	if (!ret)
		ret = show_status(cli, status);
	json_decref(status);
	return ret;
}
