/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ovpp-verify says, for people and for programs. */
#ifndef OVPP_VERIFY_PRINT_H
#define OVPP_VERIFY_PRINT_H

#include "onchain.h"

/* Records that are shown one by one: those of proofs of single records. */
#define PRINT_RECORDS 16

/**
 * struct print_record - a record and whose it is
 * @rec: record
 * @device: of it; without a name if there is none
 */
struct print_record {
	struct ovpp_record rec;
	struct ovpp_device device;
};

/**
 * struct print - what is to be said beside the result
 * @n: records that came, of which the first ones are kept
 * @record: those
 */
struct print {
	uint64_t n;
	struct print_record *record;
};

/* For struct ovpp_verify_options; @print is a struct print. */
void print_keep(void *print, const struct ovpp_record *rec, const struct ovpp_device *d);
void print_free(struct print *p);

/*
 * 0 or -errno. The JSON has "shown" beside the keys of ovpp_verify_json(), and "chain" if
 * one was asked. @chain: NULL, or asked if the evidence itself is right.
 */
int print_json(const struct print *p, const struct ovpp_verify *v, const struct onchain *chain);
int print_text(const struct print *p, const struct ovpp_verify *v, const struct onchain *chain,
	       char *const *paths);

#endif /* OVPP_VERIFY_PRINT_H */
