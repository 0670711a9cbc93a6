/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records in columns: how a batch is stored. Each integer of each series (the
 * records of one type of one DER) is predicted from the ones before it; what is left
 * is packed and compressed with zstd. Every bit of the records comes back.
 *
 * This is the ledger's own format, not evidence: what is signed are the records.
 */
#ifndef OVPP_COLUMNS_H
#define OVPP_COLUMNS_H

#include <linux/openvpp.h>
#include <stddef.h>
#include <stdint.h>

struct ovpp_columns;

/* Working memory, used again from batch to batch; NULL when there is none. */
struct ovpp_columns *ovpp_columns_new(void);
void ovpp_columns_free(struct ovpp_columns *c);

/**
 * ovpp_columns_pack() - records to bytes
 * @c: working memory
 * @rec: records, ascending by seq
 * @n: 1 to OVPP_BATCH_RECORDS
 * @out: set to the bytes, which are @c's until the next call
 * @size: set to their number
 *
 * Return: 0 or -errno.
 */
int ovpp_columns_pack(struct ovpp_columns *c, const struct ovpp_record *rec, size_t n,
		      const uint8_t **out, size_t *size);

/**
 * ovpp_columns_unpack() - bytes to records
 * @c: working memory
 * @data: bytes, which may be anything
 * @size: their number
 * @rec: room for OVPP_BATCH_RECORDS
 * @n: set to the number of records
 *
 * Return: 0; -EBADMSG: not what ovpp_columns_pack() gives; or another -errno.
 */
int ovpp_columns_unpack(struct ovpp_columns *c, const uint8_t *data, size_t size,
			struct ovpp_record *rec, size_t *n);

#endif /* OVPP_COLUMNS_H */
