// SPDX-License-Identifier: GPL-2.0-or-later
/* Proofs of single records, and of the log. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "chain_log.h"
#include "ledger_export.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

/**
 * struct proof - a proof in the making
 * @r: ledger
 * @batch: of the record
 * @header: of the batch
 * @head: of the log, if that is proved too
 * @index: of the record in the batch
 * @gaps: of the header
 */
struct proof {
	struct ovpp_reader *r;
	struct ovpp_read_batch batch;
	struct ovpp_header header;
	struct ovpp_tree_head head;
	size_t index;
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
};

static int compare_seq(const void *key, const void *rec)
{
	uint64_t seq = *(const uint64_t *)key;
	uint64_t other = ((const struct ovpp_record *)rec)->seq;

	return seq < other ? -1 : seq > other;
}

/* Reads the batch and finds the record in it. */
static int find_record(struct proof *p, uint64_t batch, uint64_t seq)
{
	const struct ovpp_record *rec;
	size_t wrong;
	int ret = ovpp_reader_batch(p->r, batch, &p->batch);

	if (!ret && p->batch.pruned)
		ret = -ENODATA;
	if (!ret)
		ret = ovpp_header_open(p->batch.cose, p->batch.cose_size, NULL, &p->header, p->gaps,
				       &wrong);
	if (ret)
		return ret;
	rec = bsearch(&seq, p->batch.rec, p->batch.n, sizeof(*rec), compare_seq);
	if (!rec)
		return -ENOENT;
	p->index = (size_t)(rec - p->batch.rec);
	return 0;
}

/* A perfect tree of the batch's: from the nodes that are kept, or from its entries. */
static int fetch_entries(void *arg, unsigned int level, uint64_t index, ovpp_hash hash)
{
	const struct ovpp_read_batch *b = arg;
	ovpp_hash leaf[1 << OVPP_LEDGER_GROUP];
	size_t first = index << level, n = (size_t)1 << level;
	uint8_t entry[OVPP_ENTRY_SIZE];

	if (level >= OVPP_LEDGER_GROUP) {
		ovpp_merkle_root_of(b->node + (first >> OVPP_LEDGER_GROUP), n >> OVPP_LEDGER_GROUP,
				    hash);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		ovpp_entry(b->seed, &b->rec[first + i], entry);
		ovpp_entry_hash(entry, leaf[i]);
	}
	ovpp_merkle_root_of(leaf, n, hash);
	return 0;
}

static int put_record(struct proof *p, struct ovpp_buffer *out)
{
	struct ovpp_read_batch *b = &p->batch;
	ovpp_hash path[OVPP_MERKLE_DEPTH];
	uint8_t entry[OVPP_ENTRY_SIZE];
	int n = ovpp_merkle_inclusion(fetch_entries, b, p->index, b->n, path);

	if (n < 0)
		return n;
	ovpp_entry(b->seed, &b->rec[p->index], entry);
	return ovpp_bundle_record(out, b->cose, b->cose_size, p->index, path, (size_t)n, entry);
}

static int put_devices(struct proof *p, struct ovpp_buffer *out)
{
	struct ovpp_buffer table = {0};
	int ret = ovpp_reader_devices(p->r, p->batch.devices, &table);

	if (!ret)
		ret = ovpp_bundle_devices(out, table.data, table.size);
	ovpp_buffer_free(&table);
	return ret == -ENOENT ? -EBADMSG : ret;
}

static int put_inclusion(struct proof *p, struct ovpp_buffer *out)
{
	ovpp_hash path[OVPP_MERKLE_DEPTH];
	int n = ovpp_merkle_inclusion(ovpp_log_fetch, ovpp_reader_sql(p->r), p->batch.seq,
				      p->head.size, path);
	int ret = n < 0 ? n : ovpp_bundle_inclusion(out, p->batch.seq, path, (size_t)n);

	return ret ? ret : ovpp_bundle_head(out, &p->head);
}

/* The newest head of the log. */
static int get_head(struct ovpp_reader *r, struct ovpp_tree_head *head)
{
	uint64_t size;
	int ret = ovpp_log_size(ovpp_reader_sql(r), &size);

	return ret ? ret : ovpp_log_head(ovpp_reader_sql(r), size, head);
}

int ovpp_ledger_prove(struct ovpp_reader *r, uint64_t batch, uint64_t seq, bool log,
		      struct ovpp_buffer *out)
{
	struct proof *p = malloc(sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	p->r = r;
	ret = find_record(p, batch, seq);
	if (!ret && log)
		ret = get_head(r, &p->head);
	if (!ret)
		ret = ovpp_ledger_bundle_begin(r, log ? p->head.epoch : p->header.epoch, log, out);
	if (!ret && log)
		ret = put_devices(p, out);
	if (!ret)
		ret = put_record(p, out);
	if (!ret && log)
		ret = put_inclusion(p, out);
	free(p);
	return ret;
}

int ovpp_ledger_prove_log(struct ovpp_reader *r, uint64_t old, uint64_t size,
			  struct ovpp_buffer *out)
{
	sqlite3 *sql = ovpp_reader_sql(r);
	ovpp_hash path[OVPP_MERKLE_DEPTH + 1];
	struct ovpp_tree_head before, after;
	int ret, n = 0;

	if (!old || old > size)
		return -ENOENT;
	ret = ovpp_log_head(sql, old, &before);
	if (!ret)
		ret = ovpp_log_head(sql, size, &after);
	if (!ret)
		ret = ovpp_ledger_bundle_begin(r, after.epoch, true, out);
	if (!ret)
		ret = ovpp_bundle_head(out, &before);
	if (!ret) {
		n = ovpp_merkle_consistency(ovpp_log_fetch, sql, old, size, path);
		ret = n < 0 ? n : ovpp_bundle_consistency(out, path, (size_t)n);
	}
	return ret ? ret : ovpp_bundle_head(out, &after);
}

int ovpp_ledger_find(struct ovpp_reader *r, const char *site, uint64_t seq, uint64_t *batch)
{
	static const char query[] =
		"SELECT seq FROM batch WHERE instance IN (SELECT id FROM instance WHERE name = ?1)"
		" AND first_seq <= ?2 AND last_seq >= ?2 ORDER BY seq DESC LIMIT 1";
	sqlite3_stmt *st;
	int64_t found;
	int ret = ovpp_sql_prepare(ovpp_reader_sql(r), query, &st);

	if (ret)
		return ret;
	sqlite3_bind_text(st, 1, site, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (int64_t)seq);
	ret = ovpp_sql_row(st, 1, &found);
	sqlite3_finalize(st);
	if (!ret)
		*batch = (uint64_t)found;
	return ret;
}

/* The last sample of a DER in a batch, up to a moment: 0, -ENOENT or another -errno. */
static int last_sample(struct ovpp_reader *r, const struct ovpp_read_batch *b, const char *der,
		       int64_t real_ns, uint64_t *seq)
{
	const struct ovpp_device *device, *d;
	size_t n;
	int ret = ovpp_reader_table(r, b, &device, &n);

	for (size_t i = b->n; i-- > 0 && !ret;) {
		const struct ovpp_record *rec = &b->rec[i];

		if (rec->type != OVPP_RECORD_SAMPLE || (int64_t)rec->real_ns > real_ns)
			continue;
		d = ovpp_device_find(device, n, rec->der);
		if (!d || strcmp(d->name, der))
			continue;
		*seq = rec->seq;
		return 0;
	}
	return ret ? ret : -ENOENT;
}

int ovpp_ledger_find_sample(struct ovpp_reader *r, const char *der, int64_t real_ns,
			    uint64_t *batch, uint64_t *seq)
{
	struct ovpp_read_filter filter = OVPP_READ_ALL;
	struct ovpp_read_batch b;
	int ret;

	filter.max_ns = real_ns;
	while (!(ret = ovpp_reader_last(r, &filter, batch))) {
		ret = ovpp_reader_batch(r, *batch, &b);
		if (!ret)
			ret = last_sample(r, &b, der, real_ns, seq);
		if (ret != -ENOENT || !*batch)
			break;
		filter.last = *batch - 1;
	}
	return ret;
}
