/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bundles: evidence in a file for somebody else, a sequence of CBOR items that
 * docs/evidence.md describes. Here they are written, item by item; verify.h reads
 * them. Each function adds one item to @out: 0 or -errno.
 */
#ifndef OVPP_BUNDLE_H
#define OVPP_BUNDLE_H

#include "evidence.h"

#define OVPP_BUNDLE_VERSION 1

/* What an item is: its first element. */
enum ovpp_bundle_item {
	OVPP_BUNDLE_BEGIN,
	OVPP_BUNDLE_KEY,
	OVPP_BUNDLE_DEVICES,
	OVPP_BUNDLE_PREFIX,
	OVPP_BUNDLE_BATCH,
	OVPP_BUNDLE_HEAD,
	OVPP_BUNDLE_RECORD,
	OVPP_BUNDLE_INCLUSION,
	OVPP_BUNDLE_CONSISTENCY,
};

/* Elements that an item has. */
size_t ovpp_bundle_elements(enum ovpp_bundle_item item);

/* First of all: whose evidence it is. */
int ovpp_bundle_begin(struct ovpp_buffer *out, const uint8_t gateway[OVPP_KEY_SIZE]);

/* A key's statement; all of them from epoch 0 up, before the first batch. */
int ovpp_bundle_key(struct ovpp_buffer *out, const uint8_t *statement, size_t size);

/* A device table, directly before the first batch or record that names it. */
int ovpp_bundle_devices(struct ovpp_buffer *out, const uint8_t *table, size_t size);

/* The log before the first batch of the bundle, if that is not batch 0. */
int ovpp_bundle_prefix(struct ovpp_buffer *out, const struct ovpp_merkle *tree);

/*
 * A batch. @hash: of all its entries; @entry: @n_entries of them, ascending, that are
 * disclosed: all, some or none.
 */
int ovpp_bundle_batch(struct ovpp_buffer *out, const uint8_t *cose, size_t size,
		      const ovpp_hash *hash, size_t n, const uint8_t (*entry)[OVPP_ENTRY_SIZE],
		      size_t n_entries);

/* Head of the log with the last batch of the bundle as its last leaf. */
int ovpp_bundle_head(struct ovpp_buffer *out, const struct ovpp_tree_head *head);

/* One record alone, and how it hangs on its signed header. */
int ovpp_bundle_record(struct ovpp_buffer *out, const uint8_t *cose, size_t size, uint64_t index,
		       const ovpp_hash *path, size_t n, const uint8_t entry[OVPP_ENTRY_SIZE]);

/*
 * Directly after a record: its batch in the log, which is its number, and its path to
 * the head that follows directly.
 */
int ovpp_bundle_inclusion(struct ovpp_buffer *out, uint64_t batch, const ovpp_hash *path, size_t n);

/* Between two heads: that the second continues the first. */
int ovpp_bundle_consistency(struct ovpp_buffer *out, const ovpp_hash *path, size_t n);

#endif /* OVPP_BUNDLE_H */
