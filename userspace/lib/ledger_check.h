/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ledger checked against itself: its evidence as a stranger would (verify.h), and that
 * what its tables say beside the evidence is what was signed.
 */
#ifndef OVPP_LEDGER_CHECK_H
#define OVPP_LEDGER_CHECK_H

#include "ledger_read.h"
#include "verify.h"

/**
 * struct ovpp_check - what was found
 * @batches: checked
 * @pruned: of them, without records: the retention took them away
 * @pruned_records: how many those were
 * @text: the first thing that is wrong in the tables; empty: nothing is
 * @batch: number of its batch, meaningful with @has_batch
 * @has_batch: it is about a batch
 */
struct ovpp_check {
	uint64_t batches;
	uint64_t pruned;
	uint64_t pruned_records;
	char text[256];
	uint64_t batch;
	bool has_batch;
};

/**
 * ovpp_ledger_check() - check batches and all that belongs to them
 * @r: ledger
 * @gateway: its id
 * @first: number of the first batch
 * @last: number of the last one
 * @v: new verifier of that gateway, which has the result for what has records
 * @check: set
 *
 * Return: 0; -EBADMSG: something is wrong, see @check->text or else the result of @v;
 * or another -errno.
 */
int ovpp_ledger_check(struct ovpp_reader *r, const uint8_t gateway[OVPP_KEY_SIZE], uint64_t first,
		      uint64_t last, struct ovpp_verify *v, struct ovpp_check *check);

#endif /* OVPP_LEDGER_CHECK_H */
