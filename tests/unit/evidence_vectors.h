/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in tests/vectors/evidence.txt: lines of a name and bytes in hexadecimal.
 * tests/bench/evidence.c writes the file, test_lib_evidence.c and tests/host/evidence.py
 * compare with it.
 */
#ifndef OVPP_EVIDENCE_VECTORS_H
#define OVPP_EVIDENCE_VECTORS_H

#include "evidence_made.h"

/* Called with each vector; the same order always. */
typedef void (*made_vector)(void *arg, const char *name, const void *data, size_t size);

/* A record whose every byte says where it is. */
static inline void made_record(uint16_t type, struct ovpp_record *rec)
{
	const struct ovpp_leaf_field *f;
	size_t n;

	memset(rec, 0, sizeof(*rec));
	f = ovpp_leaf_fields(type, &n);
	for (size_t i = 0; i < n; i++) {
		uint64_t value = 0;

		for (unsigned int b = 0; b < f[i].size; b++)
			value = value << 8 | (0x80u + f[i].offset + b);
		ovpp_leaf_set(rec, &f[i], (int64_t)value);
	}
	rec->type = type;
}

static inline void made_entries(made_vector give, void *arg)
{
	static const char *const name[] = {"leaf-other", "leaf-sample", "leaf-site", "leaf-event",
					   "leaf-dispatch"};
	uint8_t seed[OVPP_SEED_SIZE], salt[OVPP_SALT_SIZE], leaf[OVPP_LEAF_SIZE];
	uint8_t entry[OVPP_ENTRY_SIZE];
	struct ovpp_record rec;
	ovpp_hash hash;

	for (uint16_t type = 0; type <= OVPP_RECORD_DISPATCH; type++) {
		made_record(type, &rec);
		ovpp_leaf_encode(&rec, leaf);
		give(arg, name[type], leaf, sizeof(leaf));
	}
	made_seed(5, seed);
	give(arg, "seed", seed, sizeof(seed));
	ovpp_salt(seed, rec.seq, salt);
	give(arg, "salt", salt, sizeof(salt));
	ovpp_entry(seed, &rec, entry);
	give(arg, "entry", entry, sizeof(entry));
	ovpp_entry_hash(entry, hash);
	give(arg, "entry-hash", hash, sizeof(hash));
}

static inline void made_vectors(made_vector give, void *arg)
{
	struct made *m = made_new(2);
	struct ovpp_tree_head head;

	made_entries(give, arg);
	give(arg, "gateway", m->key[0].public, OVPP_KEY_SIZE);
	made_small(m);
	give(arg, "key-0", m->statement[0].data, m->statement[0].size);
	give(arg, "key-1", m->statement[1].data, m->statement[1].size);
	give(arg, "device-table", m->table.data, m->table.size);
	give(arg, "device-table-hash", m->header.devices, sizeof(m->header.devices));
	give(arg, "signed-header", m->cose.data, m->cose.size);
	give(arg, "tree-root", m->header.root, sizeof(m->header.root));
	give(arg, "batch-root", m->root, sizeof(m->root));
	head = made_tree_head(m);
	give(arg, "log-root", head.root, sizeof(head.root));
	give(arg, "head-signature", head.signature, sizeof(head.signature));
	give(arg, "bundle", m->out.data, m->out.size);
	made_free(m);
	m = made_new(2);
	made_proof(m, 2);
	give(arg, "bundle-record", m->out.data, m->out.size);
	made_free(m);
}

#endif /* OVPP_EVIDENCE_VECTORS_H */
