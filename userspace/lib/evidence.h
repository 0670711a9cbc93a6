/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: what is signed, and how it is checked. docs/evidence.md says what every
 * byte is; here is only what a program does with them. Nothing here knows of files
 * or databases.
 */
#ifndef OVPP_EVIDENCE_H
#define OVPP_EVIDENCE_H

#include <linux/openvpp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leaf.h"
#include "merkle.h"

#define OVPP_EVIDENCE_VERSION 1
#define OVPP_KEY_SIZE 32
#define OVPP_SIGNATURE_SIZE 64
#define OVPP_SEED_SIZE 32
#define OVPP_SALT_SIZE 16
/* What the tree is made of: salt and leaf. */
#define OVPP_ENTRY_SIZE (OVPP_SALT_SIZE + OVPP_LEAF_SIZE)

/* Limits of a batch. */
#define OVPP_BATCH_RECORDS 4096
#define OVPP_BATCH_GAPS OVPP_BATCH_RECORDS
#define OVPP_NAME_SIZE 64
/* Devices of a table. */
#define OVPP_DEVICES_MAX 4096
/* No log is larger. */
#define OVPP_LOG_MAX (UINT64_C(1) << 62)
/* No signed header, device table or signed statement is longer. */
#define OVPP_HEADER_MAX (128 * 1024)
#define OVPP_TABLE_MAX (2 * 1024 * 1024)
#define OVPP_STATEMENT_MAX 512

/**
 * typedef ovpp_sign - signs with a key that the caller has
 * @arg: the caller's
 * @data: what is signed
 * @size: its size
 * @signature: set
 *
 * Return: 0 or -errno.
 */
typedef int (*ovpp_sign)(void *arg, const void *data, size_t size,
			 uint8_t signature[OVPP_SIGNATURE_SIZE]);

/**
 * struct ovpp_buffer - bytes that grow; all zero at first
 * @data: malloc()ed, NULL if there are none
 * @size: used
 * @room: allocated
 */
struct ovpp_buffer {
	uint8_t *data;
	size_t size;
	size_t room;
};

int ovpp_buffer_add(struct ovpp_buffer *b, const void *data, size_t size);
void ovpp_buffer_free(struct ovpp_buffer *b);

/**
 * struct ovpp_gap - records that never came
 * @first: seq
 * @last: seq, >= @first
 */
struct ovpp_gap {
	uint64_t first;
	uint64_t last;
};

/**
 * struct ovpp_clock - how well the wall clock was known when a batch was closed
 * @synchronized: by adjtimex(2)
 * @error_us: bound of its error, as adjtimex(2) has it (maxerror)
 */
struct ovpp_clock {
	bool synchronized;
	uint64_t error_us;
};

/**
 * struct ovpp_header - what is signed of a batch
 * @gateway: its id, the public key of epoch 0
 * @epoch: of the key that signs
 * @seq: number of the batch, from 0, without a break
 * @prev: SHA-256 of the signed header before this one; zero for the first
 * @site: name
 * @boot: id of the machine's boot
 * @life: of the site within the boot
 * @records: how many, 1 to OVPP_BATCH_RECORDS
 * @first: first seq that the batch accounts for; 0, or the one after the batch before
 *	of the same life
 * @last: seq of its last record
 * @mono_ns: the earliest and the latest of its records
 * @real_ns: likewise
 * @clock: when it was closed
 * @devices: SHA-256 of the device table
 * @root: of the tree of its records
 * @software: that made it
 * @n_gaps: missing ranges in [@first, @last]
 * @gaps: ascending, apart from each other; borrowed
 */
struct ovpp_header {
	uint8_t gateway[OVPP_KEY_SIZE];
	uint32_t epoch;
	uint64_t seq;
	ovpp_hash prev;
	char site[OVPP_NAME_SIZE];
	uint8_t boot[16];
	uint64_t life;
	uint32_t records;
	uint64_t first;
	uint64_t last;
	uint64_t mono_ns[2];
	uint64_t real_ns[2];
	struct ovpp_clock clock;
	ovpp_hash devices;
	ovpp_hash root;
	char software[OVPP_NAME_SIZE];
	size_t n_gaps;
	const struct ovpp_gap *gaps;
};

/* Salt of the record @seq. */
void ovpp_salt(const uint8_t seed[OVPP_SEED_SIZE], uint64_t seq, uint8_t salt[OVPP_SALT_SIZE]);

/* Salt and leaf of a record, and the hash of both. */
void ovpp_entry(const uint8_t seed[OVPP_SEED_SIZE], const struct ovpp_record *rec,
		uint8_t entry[OVPP_ENTRY_SIZE]);
void ovpp_entry_hash(const uint8_t entry[OVPP_ENTRY_SIZE], ovpp_hash hash);

/**
 * ovpp_header_sign() - a header as COSE_Sign1
 * @h: header
 * @sign: signs
 * @arg: its argument
 * @out: the bytes are added
 *
 * Return: 0; -EINVAL for a header that would not be opened; or another -errno.
 */
int ovpp_header_sign(const struct ovpp_header *h, ovpp_sign sign, void *arg,
		     struct ovpp_buffer *out);

/**
 * ovpp_header_open() - read and check a signed header
 * @cose: bytes
 * @size: their number, all of which must belong to it
 * @key: public key, or NULL: the signature is not checked
 * @h: set; @h->gaps is @gaps
 * @gaps: room for OVPP_BATCH_GAPS, or NULL: they are checked, but not kept
 * @at: set on -EBADMSG: the first byte that is wrong
 *
 * Only the one encoding that ovpp_header_sign() gives is taken.
 *
 * Return: 0; -EBADMSG: not such a header; -EKEYREJECTED: not signed by @key, but it is
 * set; or another -errno.
 */
int ovpp_header_open(const uint8_t *cose, size_t size, const uint8_t key[OVPP_KEY_SIZE],
		     struct ovpp_header *h, struct ovpp_gap *gaps, size_t *at);

/* Takes a time into an earliest and a latest one. */
static inline void ovpp_times_widen(uint64_t times[2], uint64_t ns)
{
	times[0] = ns < times[0] ? ns : times[0];
	times[1] = ns > times[1] ? ns : times[1];
}

/*
 * Sets the times of a header from its @n >= 1 records. The kernel numbers records when
 * it writes them and stamps them when it happened, so that neither clock follows the
 * numbers exactly.
 */
void ovpp_header_times(struct ovpp_header *h, const struct ovpp_record *rec, size_t n);

/* Keys of the header's map, which say where in it something is. */
enum ovpp_header_field {
	OVPP_HEADER_VERSION = 1,
	OVPP_HEADER_GATEWAY,
	OVPP_HEADER_EPOCH,
	OVPP_HEADER_SEQ,
	OVPP_HEADER_PREV,
	OVPP_HEADER_SITE,
	OVPP_HEADER_BOOT,
	OVPP_HEADER_LIFE,
	OVPP_HEADER_RECORDS,
	OVPP_HEADER_FIRST,
	OVPP_HEADER_LAST,
	OVPP_HEADER_GAPS,
	OVPP_HEADER_MONO,
	OVPP_HEADER_REAL,
	OVPP_HEADER_CLOCK,
	OVPP_HEADER_DEVICES,
	OVPP_HEADER_ROOT,
	OVPP_HEADER_SOFTWARE,
};

/* Where the value of a field begins in a signed header that was opened. */
size_t ovpp_header_at(const uint8_t *cose, size_t size, enum ovpp_header_field field);

/*
 * Is it the header after @prev, whose signed bytes hash to @prev_hash? NULL: yes, else
 * what is wrong, and @field is set to where. @prev NULL: nothing is known of the one
 * before.
 */
const char *ovpp_header_follows(const struct ovpp_header *h, const struct ovpp_header *prev,
				const ovpp_hash prev_hash, enum ovpp_header_field *field);

/* Likewise: does its life of a site go on where it was at the end of @before? */
const char *ovpp_header_continues(const struct ovpp_header *h, const struct ovpp_header *before,
				  enum ovpp_header_field *field);
bool ovpp_header_same_life(const struct ovpp_header *a, const struct ovpp_header *b);

/* What is anchored of a batch: H(1, H(0, signed header), root of the records). */
void ovpp_batch_root(const uint8_t *cose, size_t size, const ovpp_hash records, ovpp_hash root);

/**
 * struct ovpp_device - an entry of the device table
 * @der: DER id in the records of the life
 * @id: the device's first public key
 * @key: its public key now
 * @name: of the DER
 * @kind: word, "battery"
 * @serial: as configured; may be empty
 * @binding: made with @key: gateway, @id and @key belong together
 */
struct ovpp_device {
	uint32_t der;
	uint8_t id[OVPP_KEY_SIZE];
	uint8_t key[OVPP_KEY_SIZE];
	char name[OVPP_NAME_SIZE];
	char kind[OVPP_NAME_SIZE];
	char serial[OVPP_NAME_SIZE];
	uint8_t binding[OVPP_SIGNATURE_SIZE];
};

/* Signs what binds a device to a gateway; @sign has the device's key. */
int ovpp_device_bind(struct ovpp_device *d, const uint8_t gateway[OVPP_KEY_SIZE], ovpp_sign sign,
		     void *arg);
/* 0 or -EKEYREJECTED. */
int ovpp_device_check(const struct ovpp_device *d, const uint8_t gateway[OVPP_KEY_SIZE]);

/* The table as bytes; @d in ascending order of der. */
int ovpp_devices_encode(const struct ovpp_device *d, size_t n, struct ovpp_buffer *out);
/* @d is allocated. 0, -ENOMEM or -EBADMSG with the first wrong byte in @at. */
int ovpp_devices_decode(const uint8_t *data, size_t size, struct ovpp_device **d, size_t *n,
			size_t *at);

/**
 * struct ovpp_key_statement - a key of the gateway begins
 * @gateway: id
 * @epoch: of the new key
 * @key: public
 * @from: first batch that it signs
 * @real_ns: when
 * @revokes: the key before it is not to be trusted from batch @revoked_from on
 * @revoked_from: <= @from; 0 without @revokes
 * @reason: for people; may be empty
 */
struct ovpp_key_statement {
	uint8_t gateway[OVPP_KEY_SIZE];
	uint32_t epoch;
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t from;
	uint64_t real_ns;
	bool revokes;
	uint64_t revoked_from;
	char reason[OVPP_NAME_SIZE];
};

/*
 * The statement, signed by the key before (@prev NULL for epoch 0) and by the new
 * one, as bytes. 0 or -errno.
 */
int ovpp_key_statement_sign(const struct ovpp_key_statement *s, ovpp_sign prev, void *prev_arg,
			    ovpp_sign own, void *own_arg, struct ovpp_buffer *out);
/*
 * @prev: the statement before, checked; NULL: this one must be of epoch 0.
 * 0; -EBADMSG with the first wrong byte in @at; -EKEYREJECTED with what is
 * not signed, or the signature, there.
 */
int ovpp_key_statement_open(const uint8_t *data, size_t size, const struct ovpp_key_statement *prev,
			    struct ovpp_key_statement *s, size_t *at);

/**
 * struct ovpp_tree_head - a signed head of the gateway's log of batches
 * @gateway: id
 * @epoch: of the key that signs
 * @size: batches
 * @real_ms: when
 * @root: of the log
 * @signature: over all of it
 */
struct ovpp_tree_head {
	uint8_t gateway[OVPP_KEY_SIZE];
	uint32_t epoch;
	uint64_t size;
	uint64_t real_ms;
	ovpp_hash root;
	uint8_t signature[OVPP_SIGNATURE_SIZE];
};

int ovpp_tree_head_sign(struct ovpp_tree_head *head, ovpp_sign sign, void *arg);
/* 0 or -EKEYREJECTED. */
int ovpp_tree_head_check(const struct ovpp_tree_head *head, const uint8_t key[OVPP_KEY_SIZE]);

/* Lower-case hexadecimal; @out has room for 2 * @size + 1. */
void ovpp_hex(const uint8_t *data, size_t size, char *out);
/* 0 or -EINVAL: not exactly @size bytes in hexadecimal. */
int ovpp_unhex(const char *text, uint8_t *data, size_t size);

#endif /* OVPP_EVIDENCE_H */
