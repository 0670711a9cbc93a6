// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain_log.h"
#include "ledger_export.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

enum query {
	ROW,
	LIFE,
	GAPS,
	TABLE,
	KEYS,
	N_QUERIES,
};

static const char *const query_sql[N_QUERIES] = {
	[ROW] = "SELECT first_seq, last_seq, records, lost, mono_ns, real_min_ns, real_max_ns"
		" FROM batch WHERE seq = ?",
	[LIFE] = "SELECT i.node, replace(b.boot_id, '-', '') FROM instance i"
		 " JOIN boot b ON b.id = i.boot WHERE i.id = ?",
	[GAPS] = "SELECT first_seq, last_seq, records, batch FROM gap WHERE instance = ?1"
		 " AND first_seq BETWEEN ?2 AND ?3 ORDER BY first_seq",
	[TABLE] = "SELECT hash, cbor FROM device_table WHERE id = ?",
	[KEYS] = "SELECT public, from_batch, statement FROM key ORDER BY epoch",
};

/* What is wrong where a query has a row; the row's first column is a batch or a life. */
static const struct {
	const char *query;
	const char *text;
} rules[] = {
	{"SELECT first_batch FROM span s WHERE last_batch <> first_batch + 255"
	 " OR first_batch % 256 OR real_min_ns <> (SELECT MIN(real_min_ns) FROM batch"
	 " WHERE seq BETWEEN first_batch AND last_batch) OR real_max_ns <>"
	 " (SELECT MAX(real_max_ns) FROM batch WHERE seq BETWEEN first_batch AND last_batch)",
	 "the table span has other times than the batches from %lld on"},
	{"SELECT (SELECT COUNT(*) FROM span) WHERE (SELECT COUNT(*) FROM span) <>"
	 " (SELECT COUNT(*) FROM batch) / 256",
	 "the table span has %lld rows, which are not those of the batches"},
	{"SELECT instance FROM pruned p WHERE (records, lost, last_batch) <> (SELECT"
	 " COALESCE(SUM(records), 0), COALESCE(SUM(lost), 0), MAX(seq) FROM batch b"
	 " WHERE b.instance = p.instance AND columns IS NULL)",
	 "the table pruned has not what was taken away of life %lld"},
	{"SELECT instance FROM batch WHERE columns IS NULL AND instance NOT IN"
	 " (SELECT instance FROM pruned)",
	 "records of life %lld are not there, and the table pruned does not say so"},
	{"SELECT seq FROM batch WHERE columns IS NULL AND seq >"
	 " (SELECT MIN(seq) FROM batch WHERE columns IS NOT NULL)",
	 "the records of batch %lld are not there, but older ones are"},
	{"SELECT batch FROM gap g WHERE NOT EXISTS (SELECT 1 FROM batch b WHERE b.seq = g.batch"
	 " AND b.instance = g.instance AND g.first_seq >= b.first_seq"
	 " AND g.last_seq <= b.last_seq)",
	 "the table gap has a gap of batch %lld that it does not have"},
};

/**
 * struct work - a check at work
 * @r: ledger
 * @sql: its connection
 * @gateway: id
 * @check: result
 * @st: queries
 * @key: keys of the gateway, by epoch
 * @n_keys: how many
 * @batch: at work
 * @h: its header
 * @prev: header before it, meaningful with @has_prev
 * @prev_hash: of its signed bytes
 * @table: row of the device table seen last; -1: none
 * @table_hash: of its bytes
 * @gaps: of the header
 */
struct work {
	struct ovpp_reader *r;
	sqlite3 *sql;
	const uint8_t *gateway;
	struct ovpp_check *check;
	sqlite3_stmt *st[N_QUERIES];
	struct ovpp_key_statement *key;
	uint32_t n_keys;
	struct ovpp_read_batch batch;
	struct ovpp_header h;
	struct ovpp_header prev;
	bool has_prev;
	ovpp_hash prev_hash;
	int64_t table;
	ovpp_hash table_hash;
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
};

/* Something is wrong. Always -EBADMSG. */
__attribute__((format(printf, 2, 3))) static int wrong(struct work *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->check->text, sizeof(w->check->text), fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

static bool is_blob(sqlite3_stmt *st, int column, const void *data, size_t size)
{
	return sqlite3_column_bytes(st, column) == (int)size &&
	       !memcmp(sqlite3_column_blob(st, column), data, size);
}

/* The key of the row that the query is at. */
static int take_key(struct work *w, sqlite3_stmt *st)
{
	struct ovpp_key_statement *k, *more;
	size_t at;

	more = realloc(w->key, (w->n_keys + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	w->key = more;
	k = &more[w->n_keys];
	if (ovpp_key_statement_open(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2),
				    w->n_keys ? k - 1 : NULL, k, &at))
		return wrong(w, "the statement of the key of epoch %u does not hold", w->n_keys);
	if (memcmp(k->gateway, w->gateway, OVPP_KEY_SIZE))
		return wrong(w, "the key of epoch %u is another gateway's", w->n_keys);
	if (!is_blob(st, 0, k->key, OVPP_KEY_SIZE) ||
	    (uint64_t)sqlite3_column_int64(st, 1) != k->from)
		return wrong(w, "the table key differs from the statement of epoch %u", w->n_keys);
	w->n_keys++;
	return 0;
}

static int take_keys(struct work *w)
{
	sqlite3_stmt *st = w->st[KEYS];
	int rc = SQLITE_DONE, ret = 0;

	while (!ret && (rc = sqlite3_step(st)) == SQLITE_ROW)
		ret = take_key(w, st);
	sqlite3_reset(st);
	if (!ret && rc != SQLITE_DONE)
		ret = ovpp_sql_errno(rc);
	if (!ret && !w->n_keys)
		ret = wrong(w, "the ledger has no key");
	return ret;
}

/* The header, with the key that must have signed it. */
static int open_header(struct work *w)
{
	const struct ovpp_read_batch *b = &w->batch;
	enum ovpp_header_field field;
	const char *text = NULL;
	size_t at;
	uint32_t e;
	int ret = ovpp_header_open(b->cose, b->cose_size, NULL, &w->h, w->gaps, &at);

	if (ret)
		return wrong(w, "its header is not as it must be");
	for (e = w->n_keys; e-- > 0 && w->key[e].from > b->seq;)
		;
	if (w->h.epoch != e || w->h.seq != b->seq ||
	    memcmp(w->h.gateway, w->gateway, OVPP_KEY_SIZE))
		return wrong(w, "its header is of another batch, gateway or key");
	if (ovpp_header_open(b->cose, b->cose_size, w->key[e].key, &w->h, w->gaps, &at))
		return wrong(w, "its header was changed, or the gateway did not sign it");
	if (w->has_prev)
		text = ovpp_header_follows(&w->h, &w->prev, w->prev_hash, &field);
	return text ? wrong(w, "%s", text) : 0;
}

/* The batch's place in the log. */
static int check_log(struct work *w)
{
	ovpp_hash root, leaf, stored;
	int ret = ovpp_log_fetch(w->sql, 0, w->h.seq, stored);

	if (ret && ret != -ENOENT && ret != -EBADMSG)
		return ret;
	ovpp_batch_root(w->batch.cose, w->batch.cose_size, w->h.root, root);
	ovpp_merkle_leaf(root, sizeof(root), leaf);
	if (ret || memcmp(leaf, stored, sizeof(leaf)))
		return wrong(w, "the log has another root for it");
	return 0;
}

static int check_row(struct work *w)
{
	const struct ovpp_header *h = &w->h;
	int64_t is[7], must[] = {
			       (int64_t)h->first,
			       (int64_t)h->last,
			       h->records,
			       (int64_t)(h->last - h->first + 1 - h->records),
			       (int64_t)h->mono_ns[1],
			       (int64_t)h->real_ns[0],
			       (int64_t)h->real_ns[1],
		       };
	int ret;

	sqlite3_bind_int64(w->st[ROW], 1, (int64_t)h->seq);
	ret = ovpp_sql_row(w->st[ROW], 7, is);
	if (ret)
		return ret;
	for (int i = 0; i < 7; i++)
		if (is[i] != must[i])
			return wrong(w, "the table batch has %lld as %s, signed was %lld",
				     (long long)is[i], sqlite3_column_name(w->st[ROW], i),
				     (long long)must[i]);
	return 0;
}

/* Not its name, which the operator may have changed since. */
static int check_life(struct work *w)
{
	sqlite3_stmt *st = w->st[LIFE];
	char boot[2 * sizeof(w->h.boot) + 1];
	bool same = false;
	int rc;

	ovpp_hex(w->h.boot, sizeof(w->h.boot), boot);
	sqlite3_bind_int64(st, 1, w->batch.instance);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		same = (uint64_t)sqlite3_column_int64(st, 0) == w->h.life &&
		       is_blob(st, 1, boot, strlen(boot));
	sqlite3_reset(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ovpp_sql_errno(rc);
	return same ? 0 : wrong(w, "the table instance has another life of a site for it");
}

static int check_gaps(struct work *w)
{
	const struct ovpp_header *h = &w->h;
	sqlite3_stmt *st = w->st[GAPS];
	size_t n = 0;
	int rc;

	sqlite3_bind_int64(st, 1, w->batch.instance);
	sqlite3_bind_int64(st, 2, (int64_t)h->first);
	sqlite3_bind_int64(st, 3, (int64_t)h->last);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && n < h->n_gaps) {
		const struct ovpp_gap *g = &h->gaps[n];

		if ((uint64_t)sqlite3_column_int64(st, 0) != g->first ||
		    (uint64_t)sqlite3_column_int64(st, 1) != g->last ||
		    (uint64_t)sqlite3_column_int64(st, 2) != g->last - g->first + 1 ||
		    (uint64_t)sqlite3_column_int64(st, 3) != h->seq)
			break;
		n++;
	}
	sqlite3_reset(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return ovpp_sql_errno(rc);
	return n == h->n_gaps && rc == SQLITE_DONE
		       ? 0
		       : wrong(w, "the table gap has not the gaps that were signed");
}

/* The device table that is named: its row, and its bytes. */
static int check_table(struct work *w)
{
	sqlite3_stmt *st = w->st[TABLE];
	bool same = false;
	int rc;

	if (w->table != w->batch.devices) {
		sqlite3_bind_int64(st, 1, w->batch.devices);
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			ovpp_sha256(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1),
				    w->table_hash);
			same = is_blob(st, 0, w->table_hash, sizeof(w->table_hash));
		}
		sqlite3_reset(st);
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			return ovpp_sql_errno(rc);
		if (!same)
			return wrong(w, "its device table is damaged or not there");
		w->table = w->batch.devices;
	}
	if (memcmp(w->h.devices, w->table_hash, sizeof(w->table_hash)))
		return wrong(w, "the table batch names another device table than was signed");
	return 0;
}

static int check_batch(struct work *w, uint64_t seq)
{
	int ret = ovpp_reader_batch(w->r, seq, &w->batch);

	w->check->batch = seq;
	w->check->has_batch = true;
	if (ret == -ENOENT)
		return wrong(w, "there is no such batch, but later ones");
	if (ret == -EBADMSG)
		return wrong(w, "its columns are damaged");
	if (!ret)
		ret = open_header(w);
	if (!ret)
		ret = check_log(w);
	if (!ret)
		ret = check_row(w);
	if (!ret)
		ret = check_life(w);
	if (!ret)
		ret = check_gaps(w);
	if (!ret)
		ret = check_table(w);
	if (ret)
		return ret;
	w->check->batches++;
	w->check->pruned += w->batch.pruned;
	w->check->pruned_records += w->batch.pruned ? w->h.records : 0;
	ovpp_sha256(w->batch.cose, w->batch.cose_size, w->prev_hash);
	w->prev = w->h;
	w->prev.gaps = NULL;
	w->has_prev = true;
	return 0;
}

static int check_rules(struct work *w)
{
	sqlite3_stmt *st;
	int64_t where;
	int ret;

	w->check->has_batch = false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		ret = ovpp_sql_prepare(w->sql, rules[i].query, &st);
		if (ret)
			return ret;
		ret = ovpp_sql_row(st, 1, &where);
		sqlite3_finalize(st);
		if (!ret) {
			snprintf(w->check->text, sizeof(w->check->text), rules[i].text,
				 (long long)where);
			return -EBADMSG;
		}
		if (ret != -ENOENT)
			return ret;
	}
	return 0;
}

/* A DER that is called as it is in the device table in force is that device. */
static int check_der(struct work *w)
{
	static const char query[] = "SELECT i.devices, d.der, d.name, d.kind, d.serial, v.key, i.id"
				    " FROM instance i JOIN der d ON d.instance = i.id"
				    " JOIN device v ON v.id = d.device WHERE i.devices <> 0"
				    " ORDER BY i.devices, d.der";
	const struct ovpp_device *device, *d;
	sqlite3_stmt *st;
	size_t n;
	int rc = SQLITE_DONE, ret = ovpp_sql_prepare(w->sql, query, &st);

	while (!ret && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct ovpp_read_batch b = {.devices = sqlite3_column_int64(st, 0)};

		ret = ovpp_reader_table(w->r, &b, &device, &n);
		d = ret ? NULL : ovpp_device_find(device, n, (uint32_t)sqlite3_column_int64(st, 1));
		if (d && is_blob(st, 2, d->name, strlen(d->name)) &&
		    is_blob(st, 3, d->kind, strlen(d->kind)) &&
		    is_blob(st, 4, d->serial, strlen(d->serial)) &&
		    !is_blob(st, 5, d->id, sizeof(d->id)))
			ret = wrong(w, "the table device has another key for %s", d->name);
	}
	sqlite3_finalize(st);
	return ret ? ret : ovpp_sql_errno(rc);
}

static int feed(void *v, const void *data, size_t size)
{
	return ovpp_verify_feed(v, data, size);
}

/* What has records, as a stranger would be given it. */
static int check_evidence(struct work *w, uint64_t first, uint64_t last, struct ovpp_verify *v)
{
	struct ovpp_read_filter filter = OVPP_READ_ALL;
	struct ovpp_export what = {.last = last};
	struct ovpp_exported done;
	int ret;

	filter.last = last;
	ret = ovpp_reader_next(w->r, first, &filter, &what.first);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = ovpp_ledger_export(w->r, &what, feed, v, &done);
	return ret ? ret : ovpp_verify_end(v);
}

static int check_all(struct work *w, uint64_t first, uint64_t last, struct ovpp_verify *v)
{
	int ret = 0;

	for (size_t i = 0; i < N_QUERIES && !ret; i++)
		ret = ovpp_sql_prepare(w->sql, query_sql[i], &w->st[i]);
	if (!ret)
		ret = take_keys(w);
	for (uint64_t seq = first; seq <= last && !ret; seq++)
		ret = check_batch(w, seq);
	if (!ret)
		ret = check_rules(w);
	if (!ret)
		ret = check_der(w);
	if (!ret)
		ret = check_evidence(w, first, last, v);
	for (size_t i = 0; i < N_QUERIES; i++)
		sqlite3_finalize(w->st[i]);
	return ret;
}

int ovpp_ledger_check(struct ovpp_reader *r, const uint8_t gateway[OVPP_KEY_SIZE], uint64_t first,
		      uint64_t last, struct ovpp_verify *v, struct ovpp_check *check)
{
	struct work *w = calloc(1, sizeof(*w));
	int ret;

	*check = (struct ovpp_check){0};
	if (!w)
		return -ENOMEM;
	w->r = r;
	w->sql = ovpp_reader_sql(r);
	w->gateway = gateway;
	w->check = check;
	w->table = -1;
	ret = check_all(w, first, last, v);
	free(w->key);
	free(w);
	return ret;
}
