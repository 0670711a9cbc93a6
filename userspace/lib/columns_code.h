/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One column of numbers as few bits: a common divisor is taken out, differences of
 * order 0, 1 or 2 are taken, and their distances from about their median are packed at
 * one width. The few that need more bits have the rest of them beside the others
 * ("patches"). Arithmetic is modulo 2^64, so that any numbers come back.
 */
#ifndef OVPP_COLUMNS_CODE_H
#define OVPP_COLUMNS_CODE_H

#include "columns_io.h"

/* Longest column; orders of differences, from 0. */
#define OVPP_COLUMN_MAX 4096
#define OVPP_COLUMN_ORDERS 3

/* The most bytes besides the packed bits that a column of @n numbers takes: patches are
 * used when they need less than the bits that they save, by an estimate that is at most
 * 21 bits too low.
 */
#define OVPP_COLUMN_ROOM(n) (24 + 11 * (size_t)(n))

/**
 * struct ovpp_column - working memory
 * @rest: distances from the center, of each order
 */
struct ovpp_column {
	uint64_t rest[OVPP_COLUMN_ORDERS][OVPP_COLUMN_MAX];
};

/**
 * ovpp_column_put() - numbers to bytes and bits
 * @w: working memory
 * @x: numbers, which are changed
 * @n: how many, 1 to OVPP_COLUMN_MAX
 * @at: where the bytes go; room for OVPP_COLUMN_ROOM(@n)
 * @bits: where the bits go; room for 64 * @n
 *
 * Return: after the bytes.
 */
uint8_t *ovpp_column_put(struct ovpp_column *w, uint64_t *x, size_t n, uint8_t *at,
			 struct ovpp_bits_out *bits);

/* The bits that ovpp_column_put() would need, about; @x is changed. */
uint64_t ovpp_column_cost(struct ovpp_column *w, uint64_t *x, size_t n);

/* The numbers again; without them, @in->bad is set. */
void ovpp_column_get(uint64_t *x, size_t n, struct ovpp_bytes_in *in, struct ovpp_bits_in *bits);

#endif /* OVPP_COLUMNS_CODE_H */
