// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "chain_log.h"
#include "ledger_schema.h"

/**
 * struct export - an export at work
 * @r: ledger
 * @what: what is exported
 * @sink: takes the bundle
 * @arg: its argument
 * @done: what was done
 * @out: what the sink has not got yet
 * @tables: rows of the device tables that are in the bundle, int64_t each
 * @batch: at work
 * @n_entries: of its records disclosed
 * @hash: of all its entries
 * @entry: of those disclosed
 */
struct export
{
	struct ovpp_reader *r;
	const struct ovpp_export *what;
	ovpp_sink sink;
	void *arg;
	struct ovpp_exported *done;
	struct ovpp_buffer out;
	struct ovpp_buffer tables;
	struct ovpp_read_batch batch;
	size_t n_entries;
	ovpp_hash hash[OVPP_BATCH_RECORDS];
	uint8_t entry[OVPP_BATCH_RECORDS][OVPP_ENTRY_SIZE];
};

int ovpp_ledger_bundle_begin(struct ovpp_reader *r, uint32_t epoch, bool all,
			     struct ovpp_buffer *out)
{
	struct ovpp_buffer statement = {0};
	uint8_t gateway[OVPP_KEY_SIZE];
	int ret = ovpp_reader_key(r, 0, gateway);

	if (!ret)
		ret = ovpp_bundle_begin(out, gateway);
	for (uint32_t e = 0; e <= epoch && (epoch || all) && !ret; e++) {
		statement.size = 0;
		ret = ovpp_reader_statement(r, e, &statement);
		if (!ret)
			ret = ovpp_bundle_key(out, statement.data, statement.size);
	}
	ovpp_buffer_free(&statement);
	return ret == -ENOENT ? -EBADMSG : ret;
}

static int flush(struct export *e)
{
	int ret = e->sink(e->arg, e->out.data, e->out.size);

	e->done->bytes += e->out.size;
	e->out.size = 0;
	return ret;
}

/* Keys, and the log before the first batch. */
static int put_start(struct export *e)
{
	struct ovpp_merkle tree;
	int ret = ovpp_ledger_bundle_begin(e->r, e->done->head.epoch, true, &e->out);

	if (!ret && e->what->first) {
		ret = ovpp_log_tree(ovpp_reader_sql(e->r), e->what->first, &tree);
		if (!ret)
			ret = ovpp_bundle_prefix(&e->out, &tree);
	}
	return ret ? ret : flush(e);
}

static bool is_sent(const struct export *e, int64_t table)
{
	const int64_t *sent = (const int64_t *)e->tables.data;

	for (size_t i = 0; i < e->tables.size / sizeof(*sent); i++)
		if (sent[i] == table)
			return true;
	return false;
}

/* The batch's device table, if it is not in the bundle yet. */
static int put_devices(struct export *e)
{
	struct ovpp_buffer table = {0};
	int ret;

	if (is_sent(e, e->batch.devices))
		return 0;
	ret = ovpp_reader_devices(e->r, e->batch.devices, &table);
	if (!ret)
		ret = ovpp_bundle_devices(&e->out, table.data, table.size);
	if (!ret)
		ret = ovpp_buffer_add(&e->tables, &e->batch.devices, sizeof(e->batch.devices));
	ovpp_buffer_free(&table);
	return ret == -ENOENT ? -EBADMSG : ret;
}

static bool is_named(const struct ovpp_export *what, const struct ovpp_device *d)
{
	for (size_t i = 0; d && i < what->n_der; i++)
		if (!strcmp(what->der[i], d->name))
			return true;
	return !what->n_der;
}

/* Entries of all records, of which those that are withheld are forgotten at once. */
static int make_entries(struct export *e)
{
	const struct ovpp_read_batch *b = &e->batch;
	const struct ovpp_device *device;
	size_t n;
	int ret = ovpp_reader_table(e->r, b, &device, &n);

	if (ret)
		return ret;
	e->n_entries = 0;
	for (size_t i = 0; i < b->n; i++) {
		uint8_t *entry = e->entry[e->n_entries];

		ovpp_entry(b->seed, &b->rec[i], entry);
		ovpp_entry_hash(entry, e->hash[i]);
		if (is_named(e->what, ovpp_device_find(device, n, b->rec[i].der)) !=
		    e->what->withhold)
			e->n_entries++;
	}
	return 0;
}

/* What proofs are made from, which is not signed, must be what the records give. */
static int check_nodes(const struct export *e)
{
	ovpp_hash node[OVPP_BATCH_RECORDS >> OVPP_LEDGER_GROUP];
	size_t n = ovpp_merkle_groups(e->hash, e->batch.n, OVPP_LEDGER_GROUP, node);

	return memcmp(node, e->batch.node, n * sizeof(*node)) ? -EBADMSG : 0;
}

static int put_batch(struct export *e, uint64_t seq)
{
	struct ovpp_read_batch *b = &e->batch;
	int ret = ovpp_reader_batch(e->r, seq, b);

	e->done->batch = seq;
	if (!ret && b->pruned)
		ret = -ENODATA;
	if (!ret)
		ret = put_devices(e);
	if (!ret)
		ret = make_entries(e);
	if (!ret)
		ret = check_nodes(e);
	if (!ret)
		ret = ovpp_bundle_batch(&e->out, b->cose, b->cose_size, e->hash, b->n, e->entry,
					e->n_entries);
	if (ret)
		return ret;
	e->done->records += b->n;
	e->done->disclosed += e->n_entries;
	return flush(e);
}

int ovpp_ledger_export(struct ovpp_reader *r, const struct ovpp_export *what, ovpp_sink sink,
		       void *arg, struct ovpp_exported *done)
{
	struct export *e = calloc(1, sizeof(*e));
	int ret;

	*done = (struct ovpp_exported){.batch = what->last};
	if (!e)
		return -ENOMEM;
	e->r = r;
	e->what = what;
	e->sink = sink;
	e->arg = arg;
	e->done = done;
	/* What is known of a batch is known of the log that ends with it. */
	ret = ovpp_log_head(ovpp_reader_sql(r), what->last + 1, &done->head);
	if (!ret)
		ret = put_start(e);
	for (uint64_t seq = what->first; seq <= what->last && !ret; seq++)
		ret = put_batch(e, seq);
	if (!ret)
		ret = ovpp_bundle_head(&e->out, &done->head);
	if (!ret)
		ret = flush(e);
	ovpp_buffer_free(&e->out);
	ovpp_buffer_free(&e->tables);
	free(e);
	return ret;
}
