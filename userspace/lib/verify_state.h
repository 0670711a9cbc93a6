/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the verifier share. */
#ifndef OVPP_VERIFY_STATE_H
#define OVPP_VERIFY_STATE_H

#include "bundle.h"
#include "dcbor.h"
#include "verify.h"

/* No item of a bundle is longer. */
#define OVPP_ITEM_MAX (4 * 1024 * 1024)

/**
 * struct verify_key - a key of the gateway
 * @s: its statement
 * @hash: of the bytes it came in
 */
struct verify_key {
	struct ovpp_key_statement s;
	ovpp_hash hash;
};

/**
 * struct verify_table - a device table
 * @hash: names it
 * @n: devices
 * @device: as they are in the table
 * @state: what is known of each, found when a batch names the table first
 */
struct verify_table {
	ovpp_hash hash;
	size_t n;
	struct ovpp_device *device;
	struct ovpp_verify_device **state;
};

/**
 * struct verify_life - a life of a site
 * @last: its last header; it is found by @last.boot and @last.life
 */
struct verify_life {
	struct ovpp_header last;
};

/**
 * struct ovpp_verify - a verifier at work
 * @options: the caller's
 * @gateway: id that is trusted
 * @result: so far
 * @part: which bundle
 * @window: bytes that are not worked off yet
 * @base: offset of the window in the bundle
 * @start: of the item at work, in the window
 * @next: items that may come, a bit each
 * @bare: the last record came without a device table
 * @complete: the bundle may end here
 * @keys: of the gateway, by epoch
 * @n_keys: how many
 * @part_keys: of them, stated again in this bundle
 * @lives: tree of struct verify_life
 * @devices: tree of struct ovpp_verify_device
 * @tables: tree of struct verify_table
 * @table: the one that the next batch or record must name, NULL; ...
 * @table_at: ... where it is in the bundle
 * @header: of the last batch or record; of a batch with @has_header
 * @header_hash: of its signed bytes
 * @tree: the log so far
 * @from_start: it begins with batch 0
 * @root: of the batch whose record was shown last
 * @last: the last item: what the head that follows is about
 * @path: inclusion or consistency, for the head that follows
 * @n_path: its length
 * @gaps: of the header at work
 * @hash: of the entries at work
 */
struct ovpp_verify {
	struct ovpp_verify_options options;
	uint8_t gateway[OVPP_KEY_SIZE];
	struct ovpp_verify_result result;
	unsigned int part;
	struct ovpp_buffer window;
	uint64_t base;
	size_t start;
	unsigned int next;
	bool bare;
	bool complete;
	struct verify_key *keys;
	uint32_t n_keys;
	uint32_t part_keys;
	void *lives;
	void *devices;
	void *tables;
	struct verify_table *table;
	uint64_t table_at;
	struct ovpp_header header;
	bool has_header;
	ovpp_hash header_hash;
	struct ovpp_merkle tree;
	bool from_start;
	ovpp_hash root;
	enum ovpp_bundle_item last;
	ovpp_hash path[OVPP_MERKLE_DEPTH + 1];
	size_t n_path;
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	ovpp_hash hash[OVPP_BATCH_RECORDS];
};

/* The answer is no: at @at in the window. Always -EBADMSG. */
int verify_no(struct ovpp_verify *v, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Likewise: the first of @n bytes at @at that is not as in @expected. */
int verify_differs(struct ovpp_verify *v, size_t at, const void *expected, size_t n,
		   const char *text);
/* Likewise: the hash of what is at @at is another one. */
int verify_hash_differs(struct ovpp_verify *v, size_t at, const ovpp_hash expected,
			const ovpp_hash found, const char *text);
/* Likewise: what @r met is no item as it must be. */
int verify_malformed(struct ovpp_verify *v, const struct ovpp_cbor *r);

/* The gateway's key of an epoch that verify_epoch() has taken. */
const uint8_t *verify_key_of(const struct ovpp_verify *v, uint32_t epoch);

void verify_remark(struct ovpp_verify *v, enum ovpp_remark_kind kind, uint64_t batch);

/* Does the key @epoch sign batch @batch? @at: where it says so. 0 or -EBADMSG. */
int verify_epoch(struct ovpp_verify *v, uint32_t epoch, uint64_t batch, size_t at);

bool verify_is_revoked(const struct ovpp_verify *v, uint32_t epoch, uint64_t batch);

/*
 * Finds what @compare takes for equal to @probe in a tree of tsearch(3), or adds a copy
 * of its @size bytes. NULL when there is no memory.
 */
void *verify_find(void **tree, const void *probe, size_t size,
		  int (*compare)(const void *, const void *));

/* The items that have a file of their own, behind what they are. 0 or -errno. */
int verify_devices(struct ovpp_verify *v, struct ovpp_cbor *r);
int verify_batch(struct ovpp_verify *v, struct ovpp_cbor *r);
int verify_record(struct ovpp_verify *v, struct ovpp_cbor *r);

/* The table that header @h names, NULL if the bundle does not have it. */
struct verify_table *verify_table_of(struct ovpp_verify *v, const struct ovpp_header *h);

/* Are the keys of a table's devices those that @h may have? @at: of the table's name. */
int verify_device_keys(struct ovpp_verify *v, struct verify_table *t, const struct ovpp_header *h,
		       size_t at);

/**
 * verify_device_record() - a record's device
 * @v: verifier
 * @t: table of its batch
 * @near: index in the table to begin the search at; set to what was found
 * @leaf: the record, at @at in the window
 * @at: there
 * @state: set to the device, NULL for none
 *
 * Return: 0 or -EBADMSG.
 */
int verify_device_record(struct ovpp_verify *v, const struct verify_table *t, size_t *near,
			 const uint8_t *leaf, size_t at, struct ovpp_verify_device **state);
/* Do its registers go on? They are remembered. */
int verify_device_registers(struct ovpp_verify *v, struct ovpp_verify_device *state,
			    const uint8_t *leaf, size_t at);

void verify_table_free(void *table);

/* An integer of @size bytes of a leaf. */
static inline uint64_t verify_leaf(const uint8_t *leaf, size_t offset, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | leaf[offset + i];
	return value;
}

#endif /* OVPP_VERIFY_STATE_H */
