// SPDX-License-Identifier: GPL-2.0-or-later
/* A batch: from records to a signed header, its columns and its place in the chain. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "ledger_priv.h"
#include "ledger_schema.h"

/* Copies the records from life->next_seq on and notes what is missing among them. */
static size_t select_records(struct ovpp_ledger *l, const struct ledger_life *life,
			     const struct ovpp_record *rec, size_t n, struct ovpp_written *done)
{
	uint64_t next = life->next_seq;

	l->n_gaps = 0;
	for (size_t i = 0; i < n; i++) {
		if (rec[i].seq < next) {
			done->known++;
			continue;
		}
		if (rec[i].seq > next) {
			l->gap[l->n_gaps++] = (struct ovpp_gap){next, rec[i].seq - 1};
			done->lost += rec[i].seq - next;
		}
		l->rec[done->records++] = rec[i];
		next = rec[i].seq + 1;
	}
	return done->records;
}

/* Registers and roll-ups; the records have the registers of evidence afterwards. */
static int take_samples(struct ovpp_ledger *l, struct ledger_life *life, size_t n)
{
	struct ledger_member *m;
	int ret;

	for (size_t i = 0; i < n; i++) {
		if (l->rec[i].type != OVPP_RECORD_SAMPLE)
			continue;
		m = ledger_member_get(l, life, l->rec[i].der);
		if (!m)
			return ledger_fail(l, -EIO, "a DER that was not known");
		ret = ledger_sample_take(l, m, &l->rec[i]);
		if (ret)
			return ret;
	}
	return ledger_samples_write(l, life);
}

static void hash_records(struct ovpp_ledger *l, size_t n, const uint8_t seed[OVPP_SEED_SIZE],
			 ovpp_hash root)
{
	uint8_t entry[OVPP_ENTRY_SIZE];

	for (size_t i = 0; i < n; i++) {
		ovpp_entry(seed, &l->rec[i], entry);
		ovpp_entry_hash(entry, l->hash[i]);
	}
	l->n_nodes = ovpp_merkle_groups(l->hash, n, OVPP_LEDGER_GROUP, l->node);
	ovpp_merkle_root_of(l->hash, n, root);
}

static void fill_header(const struct ovpp_ledger *l, const struct ledger_life *life, size_t n,
			const struct ovpp_now *now, struct ovpp_header *h)
{
	*h = (struct ovpp_header){
		.epoch = ovpp_keyring_epoch(l->key),
		.seq = l->next_batch,
		.life = life->key.node,
		.records = (uint32_t)n,
		.first = life->next_seq,
		.last = l->rec[n - 1].seq,
		.clock = now->clock,
		.n_gaps = l->n_gaps,
		.gaps = l->gap,
	};
	ovpp_header_times(h, l->rec, n);
	memcpy(h->gateway, l->gateway, sizeof(h->gateway));
	memcpy(h->prev, l->prev, sizeof(h->prev));
	memcpy(h->boot, l->boot_id, sizeof(h->boot));
	memcpy(h->site, life->name, sizeof(h->site));
	memcpy(h->devices, life->table_hash, sizeof(h->devices));
	memcpy(h->software, l->software, sizeof(h->software));
}

static int add_gaps(struct ovpp_ledger *l, const struct ledger_life *life)
{
	int ret = 0;

	for (const struct ovpp_gap *g = l->gap; g < l->gap + l->n_gaps && !ret; g++)
		ret = OVPP_SQL_RUN(l->st[LEDGER_GAP_ADD], life->instance, (int64_t)g->first,
				   (int64_t)g->last, (int64_t)(g->last - g->first + 1),
				   (int64_t)l->next_batch);
	return ret;
}

static int add_row(struct ovpp_ledger *l, const struct ledger_life *life,
		   const struct ovpp_header *h, uint64_t lost, const uint8_t seed[OVPP_SEED_SIZE])
{
	sqlite3_stmt *st = l->st[LEDGER_BATCH_ADD];
	const uint8_t *columns;
	size_t size;
	int ret = ovpp_columns_pack(l->columns, l->rec, h->records, &columns, &size);

	if (ret)
		return ret;
	sqlite3_bind_blob(st, 11, l->header.data, (int)l->header.size, SQLITE_STATIC);
	sqlite3_bind_blob(st, 12, seed, OVPP_SEED_SIZE, SQLITE_STATIC);
	sqlite3_bind_blob(st, 13, l->node, (int)(l->n_nodes * sizeof(ovpp_hash)), SQLITE_STATIC);
	sqlite3_bind_blob(st, 14, columns, (int)size, SQLITE_STATIC);
	return OVPP_SQL_RUN(st, (int64_t)h->seq, life->instance, (int64_t)h->first,
			    (int64_t)h->last, h->records, (int64_t)lost, (int64_t)h->mono_ns[1],
			    (int64_t)h->real_ns[0], (int64_t)h->real_ns[1], life->table);
}

static int anchor(struct ovpp_ledger *l, const struct ovpp_header *h, const struct ovpp_now *now)
{
	struct ovpp_chain_batch batch = {
		.header = h,
		.real_ms = now->real_ns / 1000000,
		.sign = ovpp_keyring_sign,
		.sign_arg = l->key,
	};

	ovpp_batch_root(l->header.data, l->header.size, h->root, batch.root);
	return l->ops->append(l->chain, &batch);
}

/* A row for many batches, so that a time is found without looking at each. */
static int add_span(struct ovpp_ledger *l)
{
	int64_t last = (int64_t)l->next_batch;

	if ((last + 1) % OVPP_LEDGER_SPAN)
		return 0;
	return OVPP_SQL_RUN(l->st[LEDGER_SPAN_ADD], last + 1 - OVPP_LEDGER_SPAN, last);
}

static int store(struct ovpp_ledger *l, struct ledger_life *life, const struct ovpp_now *now,
		 const struct ovpp_written *done)
{
	uint8_t seed[OVPP_SEED_SIZE];
	struct ovpp_header h;
	int ret;

	randombytes_buf(seed, sizeof(seed));
	fill_header(l, life, done->records, now, &h);
	hash_records(l, done->records, seed, h.root);
	l->header.size = 0;
	ret = ovpp_header_sign(&h, ovpp_keyring_sign, l->key, &l->header);
	if (!ret)
		ret = add_row(l, life, &h, done->lost, seed);
	if (!ret)
		ret = add_gaps(l, life);
	if (!ret)
		ret = add_span(l);
	if (!ret)
		ret = anchor(l, &h, now);
	return ret;
}

int ledger_batch_write(struct ovpp_ledger *l, struct ledger_life *life,
		       const struct ovpp_record *rec, size_t n, const struct ovpp_now *now,
		       struct ovpp_written *done)
{
	int ret;

	if (!select_records(l, life, rec, n, done))
		return 0;
	ret = take_samples(l, life, done->records);
	if (!ret)
		ret = ledger_table_know(l, life);
	if (!ret)
		ret = store(l, life, now, done);
	if (ret)
		return ret;
	done->batch = l->next_batch;
	life->next_seq = l->rec[done->records - 1].seq + 1;
	ovpp_sha256(l->header.data, l->header.size, l->prev);
	l->next_batch++;
	return 0;
}
