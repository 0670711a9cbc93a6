/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence out of a ledger, for somebody else: bundles of batches, and proofs of single
 * records (docs/evidence.md, "Bundle").
 */
#ifndef OVPP_LEDGER_EXPORT_H
#define OVPP_LEDGER_EXPORT_H

#include "ledger_read.h"

/* Takes bytes of a bundle. Return: 0 or -errno, which ends the export. */
typedef int (*ovpp_sink)(void *arg, const void *data, size_t size);

/**
 * struct ovpp_export - what is exported
 * @first: number of the first batch
 * @last: number of the last one
 * @der: names of DER whose records are disclosed
 * @n_der: how many; 0: the records of all, and those that are about none
 * @withhold: the other way round: the records of those named, or all, are withheld
 */
struct ovpp_export {
	uint64_t first;
	uint64_t last;
	const char *const *der;
	size_t n_der;
	bool withhold;
};

/**
 * struct ovpp_exported - what was
 * @batch: number of the batch that was worked on last
 * @records: in the batches
 * @disclosed: of them
 * @bytes: of the bundle
 * @head: of the log
 */
struct ovpp_exported {
	uint64_t batch;
	uint64_t records;
	uint64_t disclosed;
	uint64_t bytes;
	struct ovpp_tree_head head;
};

/**
 * ovpp_ledger_export() - a bundle of batches, with the head of the log that ends with
 *	the last one
 * @r: ledger
 * @what: what is exported
 * @sink: takes the bundle, piece by piece: no more than a batch is in memory
 * @arg: its argument
 * @done: what was done; on an error @done->batch says where
 *
 * Return: 0; -ENOENT: there is no such batch; -ENODATA: the retention took its records
 * away; -EBADMSG: it is damaged; or another -errno.
 */
int ovpp_ledger_export(struct ovpp_reader *r, const struct ovpp_export *what, ovpp_sink sink,
		       void *arg, struct ovpp_exported *done);

/**
 * ovpp_ledger_prove() - the proof of one record
 * @r: ledger
 * @batch: number of its batch
 * @seq: number of the record
 * @log: with all keys, the device table, and the batch's place in the log; without, with
 *	what binds the record to the gateway's key, which is the least
 * @out: the bundle is added
 *
 * Return: 0; -ENOENT: there is no such record; -ENODATA, -EBADMSG: as above; or another
 * -errno.
 */
int ovpp_ledger_prove(struct ovpp_reader *r, uint64_t batch, uint64_t seq, bool log,
		      struct ovpp_buffer *out);

/*
 * That the log of @size batches begins with that of @old. -ENOENT: there is no such
 * log, or not 1 <= @old <= @size.
 */
int ovpp_ledger_prove_log(struct ovpp_reader *r, uint64_t old, uint64_t size,
			  struct ovpp_buffer *out);

/*
 * Where a record is: of the newest life of a site that has it, and the newest sample of
 * a DER by its name at a moment. 0; -ENOENT; or another -errno.
 */
int ovpp_ledger_find(struct ovpp_reader *r, const char *site, uint64_t seq, uint64_t *batch);
int ovpp_ledger_find_sample(struct ovpp_reader *r, const char *der, int64_t real_ns,
			    uint64_t *batch, uint64_t *seq);

/* Adds begin and keys up to @epoch of a bundle; of epoch 0 alone only if @all. */
int ovpp_ledger_bundle_begin(struct ovpp_reader *r, uint32_t epoch, bool all,
			     struct ovpp_buffer *out);

#endif /* OVPP_LEDGER_EXPORT_H */
