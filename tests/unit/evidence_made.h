/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence from fixed seeds: always the same bytes. The unit tests, the fuzzers, the
 * bench and the vectors in tests/vectors are made of it.
 */
#ifndef OVPP_EVIDENCE_MADE_H
#define OVPP_EVIDENCE_MADE_H

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "record.h"

#define MADE_DEVICES 8
#define MADE_EPOCHS 2
/* 2026-03-01T00:00:00Z */
#define MADE_REAL_NS UINT64_C(1772323200000000000)

struct made_key {
	uint8_t public[OVPP_KEY_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

/**
 * struct made - a gateway at work
 * @out: bundle
 * @key: of the gateway
 * @device_key: of its devices
 * @statement: of its keys
 * @device: table of devices
 * @table: as bytes
 * @header: of the last batch; what is set in it by hand stays
 * @cose: its signed bytes
 * @prev: their hash
 * @log: of all batches
 * @step_ns: between two records
 * @raw: what the devices' registers say
 * @spoil: NULL, or called with each header before it is signed
 */
struct made {
	struct ovpp_buffer out;
	struct made_key key[MADE_EPOCHS];
	struct made_key device_key[MADE_EPOCHS][MADE_DEVICES];
	struct ovpp_buffer statement[MADE_EPOCHS];
	struct ovpp_device device[MADE_DEVICES];
	struct ovpp_buffer table;
	struct ovpp_header header;
	struct ovpp_buffer cose;
	ovpp_hash prev;
	ovpp_hash root;
	struct ovpp_merkle log;
	uint64_t step_ns;
	uint64_t mono_ns;
	uint64_t raw;
	void (*spoil)(struct ovpp_header *h);
	ovpp_hash hash[OVPP_BATCH_RECORDS];
	uint8_t entry[OVPP_BATCH_RECORDS][OVPP_ENTRY_SIZE];
	struct ovpp_gap gap[OVPP_BATCH_GAPS];
};

/* What cannot fail here. */
#define MUST(x)                  \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

static inline int made_sign(void *key, const void *data, size_t size,
			    uint8_t signature[OVPP_SIGNATURE_SIZE])
{
	return crypto_sign_detached(signature, NULL, data, size, ((struct made_key *)key)->secret);
}

static inline void made_key(struct made_key *key, uint8_t number)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	memset(seed, number, sizeof(seed));
	crypto_sign_seed_keypair(key->public, key->secret, seed);
}

/* Seed of a batch: its number, again and again. */
static inline void made_seed(uint64_t batch, uint8_t seed[OVPP_SEED_SIZE])
{
	memset(seed, (int)(batch & 0xff), OVPP_SEED_SIZE);
}

/* The statement of an epoch, which begins with the next batch. */
static inline void made_statement(struct made *m, uint32_t epoch, bool revokes, uint64_t from)
{
	struct ovpp_key_statement s = {
		.epoch = epoch,
		.from = m->log.size,
		.real_ns = MADE_REAL_NS,
		.revokes = revokes,
		.revoked_from = from,
	};

	memcpy(s.gateway, m->key[0].public, sizeof(s.gateway));
	memcpy(s.key, m->key[epoch].public, sizeof(s.key));
	strcpy(s.reason, epoch ? "yearly" : "");
	m->statement[epoch].size = 0;
	MUST(!ovpp_key_statement_sign(&s, epoch ? made_sign : NULL, &m->key[epoch ? epoch - 1 : 0],
				      made_sign, &m->key[epoch], &m->statement[epoch]));
	m->header.epoch = epoch;
}

/* The first @n devices, with the keys of the epoch. */
static inline void made_devices(struct made *m, size_t n)
{
	static const char *const kind[] = {"battery", "pv", "meter", "ev"};
	uint32_t epoch = m->header.epoch;

	for (size_t i = 0; i < n; i++) {
		struct ovpp_device *d = &m->device[i];

		*d = (struct ovpp_device){.der = 2 * (uint32_t)i + 1};
		memcpy(d->id, m->device_key[0][i].public, sizeof(d->id));
		memcpy(d->key, m->device_key[epoch][i].public, sizeof(d->key));
		strcpy(d->name, "der0");
		d->name[3] += (char)i;
		strcpy(d->kind, kind[i % 4]);
		strcpy(d->serial, i ? "" : "SN-0815");
		MUST(!ovpp_device_bind(d, m->key[0].public, made_sign, &m->device_key[epoch][i]));
	}
	m->table.size = 0;
	MUST(!ovpp_devices_encode(m->device, n, &m->table));
	ovpp_sha256(m->table.data, m->table.size, m->header.devices);
}

static inline struct made *made_new(size_t devices)
{
	struct made *m = calloc(1, sizeof(*m));

	MUST(m && sodium_init() >= 0);
	for (unsigned int epoch = 0; epoch < MADE_EPOCHS; epoch++) {
		made_key(&m->key[epoch], (uint8_t)(1 + epoch));
		for (unsigned int i = 0; i < MADE_DEVICES; i++)
			made_key(&m->device_key[epoch][i], (uint8_t)(16 + epoch * 16 + i));
	}
	memcpy(m->header.gateway, m->key[0].public, OVPP_KEY_SIZE);
	strcpy(m->header.site, "home");
	strcpy(m->header.software, "openvpp test");
	memset(m->header.boot, 0xb0, sizeof(m->header.boot));
	m->header.life = 1;
	m->header.clock = (struct ovpp_clock){true, 1500};
	m->step_ns = 125000000;
	made_statement(m, 0, false, 0);
	made_devices(m, devices);
	return m;
}

static inline void made_free(struct made *m)
{
	for (unsigned int epoch = 0; epoch < MADE_EPOCHS; epoch++)
		ovpp_buffer_free(&m->statement[epoch]);
	ovpp_buffer_free(&m->out);
	ovpp_buffer_free(&m->table);
	ovpp_buffer_free(&m->cose);
	free(m);
}

/* Seq that the next batch begins with. */
static inline uint64_t made_next(const struct made *m)
{
	return m->log.size ? m->header.last + 1 : 0;
}

/* @n samples of @devices devices, which take turns. */
static inline void made_records(struct made *m, struct ovpp_record *rec, size_t n, size_t devices)
{
	const uint32_t good = 0x01555555 & ((1u << 26) - 1);

	for (size_t i = 0; i < n; i++) {
		uint64_t seq = made_next(m) + i;

		m->mono_ns += m->step_ns;
		m->raw += 7;
		rec[i] = (struct ovpp_record){
			.seq = seq,
			.mono_ns = m->mono_ns,
			.real_ns = MADE_REAL_NS + m->mono_ns,
			.type = OVPP_RECORD_SAMPLE,
			.site = 1,
			.der = 2 * (uint32_t)(seq % devices) + 1,
			.sample = {.p_mw = -1500000 + (int64_t)seq,
				   .q_mvar = -20,
				   .e_import_mwh = m->raw,
				   .e_export_mwh = 2 * m->raw,
				   .v_mv = 230000,
				   .i_ma = -6521,
				   .f_mhz = 50003,
				   .temp_mc = -1250,
				   .soc_ppm = 550000,
				   .quality = good,
				   .age_ms = 12},
		};
	}
}

/* The batch's header, signed, in @cose; its entries and hashes. */
static inline void made_sign_batch(struct made *m, const struct ovpp_record *rec, size_t n)
{
	struct ovpp_header *h = &m->header;
	uint64_t next = made_next(m);
	uint8_t seed[OVPP_SEED_SIZE];

	h->seq = m->log.size;
	memcpy(h->prev, m->prev, sizeof(h->prev));
	h->first = next;
	h->last = rec[n - 1].seq;
	h->records = (uint32_t)n;
	h->gaps = m->gap;
	h->n_gaps = 0;
	made_seed(h->seq, seed);
	for (size_t i = 0; i < n; i++) {
		if (rec[i].seq > next)
			m->gap[h->n_gaps++] = (struct ovpp_gap){next, rec[i].seq - 1};
		next = rec[i].seq + 1;
		ovpp_entry(seed, &rec[i], m->entry[i]);
		ovpp_entry_hash(m->entry[i], m->hash[i]);
	}
	ovpp_header_times(h, rec, n);
	ovpp_merkle_root_of(m->hash, n, h->root);
	if (m->spoil)
		m->spoil(h);
	m->cose.size = 0;
	MUST(!ovpp_header_sign(h, made_sign, &m->key[h->epoch], &m->cose));
}

/* The batch becomes a leaf of the log. */
static inline void made_append(struct made *m)
{
	ovpp_hash leaf;

	ovpp_sha256(m->cose.data, m->cose.size, m->prev);
	ovpp_batch_root(m->cose.data, m->cose.size, m->header.root, m->root);
	ovpp_merkle_leaf(m->root, sizeof(m->root), leaf);
	ovpp_merkle_append(&m->log, leaf, NULL);
}

/* A batch, of which the first @shown entries are disclosed. */
static inline void made_batch(struct made *m, const struct ovpp_record *rec, size_t n, size_t shown)
{
	made_sign_batch(m, rec, n);
	MUST(!ovpp_bundle_batch(&m->out, m->cose.data, m->cose.size, m->hash, n, m->entry, shown));
	made_append(m);
}

static inline void made_begin(struct made *m)
{
	MUST(!ovpp_bundle_begin(&m->out, m->key[0].public));
	for (unsigned int epoch = 0; epoch < MADE_EPOCHS && m->statement[epoch].size; epoch++)
		MUST(!ovpp_bundle_key(&m->out, m->statement[epoch].data, m->statement[epoch].size));
}

static inline void made_table(struct made *m)
{
	MUST(!ovpp_bundle_devices(&m->out, m->table.data, m->table.size));
}

static inline struct ovpp_tree_head made_tree_head(struct made *m)
{
	struct ovpp_tree_head head = {
		.epoch = m->header.epoch,
		.size = m->log.size,
		.real_ms = (MADE_REAL_NS + m->mono_ns) / 1000000,
	};

	memcpy(head.gateway, m->key[0].public, sizeof(head.gateway));
	ovpp_merkle_root(&m->log, head.root);
	MUST(!ovpp_tree_head_sign(&head, made_sign, &m->key[head.epoch]));
	return head;
}

static inline void made_head(struct made *m)
{
	const struct ovpp_tree_head head = made_tree_head(m);

	MUST(!ovpp_bundle_head(&m->out, &head));
}

/*
 * Something of everything: three batches, the last one after a rotation of keys, with a
 * gap, an event, a record of the site, a dispatch, one of a type that nobody knows, and
 * entries that are not disclosed.
 */
static inline void made_small(struct made *m)
{
	struct ovpp_record rec[8];
	struct ovpp_buffer rest;

	made_table(m);
	made_records(m, rec, 5, 2);
	rec[1].sample.quality &= ~(3u << 2 * OVPP_SAMPLE_E_IMPORT);
	rec[1].sample.e_import_mwh = 0;
	made_batch(m, rec, 5, 5);
	made_records(m, rec, 8, 2);
	rec[3] = (struct ovpp_record){.seq = rec[3].seq,
				      .mono_ns = rec[3].mono_ns,
				      .real_ns = rec[3].real_ns,
				      .type = OVPP_RECORD_EVENT,
				      .site = 1,
				      .event = {.arg = -5, .code = 3, .bus = 2}};
	rec[4] = (struct ovpp_record){.seq = rec[4].seq,
				      .mono_ns = rec[4].mono_ns,
				      .real_ns = rec[4].real_ns,
				      .type = OVPP_RECORD_SITE,
				      .site = 1,
				      .site_sample = {.pcc_mw = -12345678901,
						      .ticks = 99,
						      .state = 2,
						      .pcc_quality = 1,
						      .lease_left_ms = 0xffffffff}};
	rec[5] = (struct ovpp_record){.seq = rec[5].seq,
				      .mono_ns = rec[5].mono_ns,
				      .real_ns = rec[5].real_ns,
				      .type = OVPP_RECORD_DISPATCH,
				      .site = 1,
				      .der = 3,
				      .dispatch = {.e_asked_mwh = -1000, .id = 7, .state = 1}};
	rec[6].type = 0x1234;
	rec[7].seq += 3;
	made_batch(m, rec, 8, 6);
	made_statement(m, 1, false, 0);
	made_devices(m, 2);
	made_table(m);
	made_records(m, rec, 4, 2);
	made_batch(m, rec, 4, 4);
	made_head(m);
	/* The statement is known now, but stands before the batches. */
	rest = m->out;
	m->out = (struct ovpp_buffer){0};
	made_begin(m);
	MUST(!ovpp_buffer_add(&m->out, rest.data, rest.size));
	ovpp_buffer_free(&rest);
}

/* A perfect tree of the entries of the batch that was made last. */
static inline int made_fetch(void *arg, unsigned int level, uint64_t index, ovpp_hash hash)
{
	const struct made *m = arg;

	ovpp_merkle_root_of(m->hash + (index << level), (size_t)1 << level, hash);
	return 0;
}

/* One record of the first batch. */
static inline void made_single(struct made *m, size_t index)
{
	struct ovpp_record rec[7];
	ovpp_hash path[OVPP_MERKLE_DEPTH];
	int n;

	made_records(m, rec, 7, 2);
	made_sign_batch(m, rec, 7);
	made_append(m);
	n = ovpp_merkle_inclusion(made_fetch, m, index, 7, path);
	MUST(n >= 0);
	MUST(!ovpp_bundle_record(&m->out, m->cose.data, m->cose.size, index, path, (size_t)n,
				 m->entry[index]));
}

/* The least that proves a record. */
static inline void made_record_alone(struct made *m, size_t index)
{
	MUST(!ovpp_bundle_begin(&m->out, m->key[0].public));
	made_single(m, index);
}

/* With all that is known of it: its device, and its batch in the log. */
static inline void made_proof(struct made *m, size_t index)
{
	made_begin(m);
	made_table(m);
	made_single(m, index);
	MUST(!ovpp_bundle_inclusion(&m->out, m->header.seq, NULL, 0));
	made_head(m);
}

#endif /* OVPP_EVIDENCE_MADE_H */
