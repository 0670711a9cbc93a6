/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verifier of bundles (docs/evidence.md, "Verifying"). It is given a bundle's bytes
 * piece by piece and the gateway's id, and needs nothing else: no ledger, no network, no
 * secret. The bytes may be anything.
 */
#ifndef OVPP_VERIFY_H
#define OVPP_VERIFY_H

#include <jansson.h>
#include <stdbool.h>

#include "evidence.h"

/* Facts that do not speak against the evidence, but that a reader should know. */
enum ovpp_remark_kind {
	OVPP_REMARK_GAP,
	OVPP_REMARK_CLOCK,
	OVPP_REMARK_STEP,
	OVPP_REMARK_LIFE,
	OVPP_REMARK_WITHHELD,
	OVPP_REMARK_DEVICES,
	OVPP_REMARK_STRANGER,
	OVPP_REMARK_KEY,
	OVPP_REMARK_REVOKED,
	OVPP_REMARK_ALONE,
};
#define OVPP_REMARKS (OVPP_REMARK_ALONE + 1)

/* Word for it, "gap", and a sentence for people. */
const char *ovpp_remark_name(enum ovpp_remark_kind kind);
const char *ovpp_remark_text(enum ovpp_remark_kind kind);

/**
 * struct ovpp_remark - what was found of a kind
 * @batches: how many batches have it
 * @first: number of the first of them
 */
struct ovpp_remark {
	uint64_t batches;
	uint64_t first;
};

/* Bytes that are shown of a place. */
#define OVPP_FAULT_BYTES 8

/**
 * struct ovpp_fault - why the answer is no
 * @text: one sentence; empty: nothing is wrong
 * @part: which of the bundles that were given, from 0
 * @offset: in it, of the first byte that is wrong
 * @batch: number of the batch, meaningful with @has_batch
 * @record: seq of the record, meaningful with @has_record
 * @has_batch: it is about a batch
 * @has_record: it is about a record
 * @n_expected: bytes in @expected; 0: it is not known what should be there
 * @n_found: bytes in @found
 * @expected: what should be there
 * @found: what is there
 */
struct ovpp_fault {
	char text[256];
	unsigned int part;
	uint64_t offset;
	uint64_t batch;
	uint64_t record;
	bool has_batch;
	bool has_record;
	uint8_t n_expected;
	uint8_t n_found;
	uint8_t expected[OVPP_FAULT_BYTES];
	uint8_t found[OVPP_FAULT_BYTES];
};

/**
 * struct ovpp_verify_result - what a bundle says
 * @proven: all of it is right, and complete
 * @batches: how many; a record alone counts for one
 * @first_batch: number of the first
 * @last_batch: number of the last
 * @records: records in the batches
 * @disclosed: of them, shown
 * @gaps: ranges of records that never came
 * @lost: records in them
 * @lives: lives of sites
 * @keys: keys of the gateway
 * @real_min_ns: earliest time, by the gateway's clock
 * @real_max_ns: latest
 * @has_head: there is a head of the log
 * @head: the last one
 * @remark: by kind
 * @fault: why it is not proven
 */
struct ovpp_verify_result {
	bool proven;
	uint64_t batches;
	uint64_t first_batch;
	uint64_t last_batch;
	uint64_t records;
	uint64_t disclosed;
	uint64_t gaps;
	uint64_t lost;
	uint64_t lives;
	uint32_t keys;
	uint64_t real_min_ns;
	uint64_t real_max_ns;
	bool has_head;
	struct ovpp_tree_head head;
	struct ovpp_remark remark[OVPP_REMARKS];
	struct ovpp_fault fault;
};

/**
 * struct ovpp_verify_options - what the caller wants; all zero is the rule
 * @allow_revoked: what a revoked key signed is a remark, not an error
 * @batch: NULL, or called for the header of each batch, or of a record alone, before its
 *	records; it may turn out later that the answer is no
 * @record: NULL, or called for each disclosed record with its device, NULL for none. It
 *	may turn out later that the answer is no.
 * @root: NULL, or called behind the records of each batch, or a record alone, that is
 *	right, with what is anchored of the batch
 * @arg: their argument
 */
struct ovpp_verify_options {
	bool allow_revoked;
	void (*batch)(void *arg, const struct ovpp_header *h);
	void (*record)(void *arg, const struct ovpp_record *rec, const struct ovpp_device *d);
	void (*root)(void *arg, const struct ovpp_header *h, const ovpp_hash root);
	void *arg;
};

struct ovpp_verify;

/* @gateway: its id, which the caller trusts. NULL when there is no memory. */
struct ovpp_verify *ovpp_verify_new(const uint8_t gateway[OVPP_KEY_SIZE],
				    const struct ovpp_verify_options *options);
void ovpp_verify_free(struct ovpp_verify *v);

/*
 * Bytes of a bundle; after the last one ovpp_verify_end(), and then, if there is
 * another one that continues it, its bytes.
 *
 * 0; -EBADMSG: the answer is no; or another -errno.
 */
int ovpp_verify_feed(struct ovpp_verify *v, const void *data, size_t size);
int ovpp_verify_end(struct ovpp_verify *v);

/* Both, with all that can be read from @fd. */
int ovpp_verify_fd(struct ovpp_verify *v, int fd);

const struct ovpp_verify_result *ovpp_verify_result(const struct ovpp_verify *v);

/* The gateway's key of an epoch, as far as it is known; else NULL. */
const uint8_t *ovpp_verify_key(const struct ovpp_verify *v, uint32_t epoch);

/**
 * struct ovpp_verify_device - a device in what was verified
 * @device: as the newest table has it; @device.key is its newest key
 * @records: of it, disclosed
 * @e_import_mwh: its registers, first and last; meaningful with @known[0]
 * @e_export_mwh: likewise, with @known[1]
 * @known: there was a register
 * @epoch: of the gateway, when @device.key was first seen
 */
struct ovpp_verify_device {
	struct ovpp_device device;
	uint64_t records;
	uint64_t e_import_mwh[2];
	uint64_t e_export_mwh[2];
	bool known[2];
	uint32_t epoch;
};

/* Devices in the order of their ids, sites by their names. */
void ovpp_verify_devices(const struct ovpp_verify *v,
			 void (*visit)(void *arg, const struct ovpp_verify_device *d), void *arg);
void ovpp_verify_sites(const struct ovpp_verify *v, void (*visit)(void *arg, const char *site),
		       void *arg);

/*
 * A new object, NULL when memory runs out:
 *
 *   proven gateway sites batches first_batch last_batch records disclosed gaps lost
 *   lives keys real_min_ns real_max_ns
 *   devices  array of {id name kind serial records e_import_mwh e_export_mwh}, the
 *            registers null or [first, last]
 *   head     null or {epoch size real_ms root}
 *   remarks  array of {kind text batches first_batch}
 *   fault    null or {text part offset batch record expected found}
 */
json_t *ovpp_verify_json(const struct ovpp_verify *v);

#endif /* OVPP_VERIFY_H */
