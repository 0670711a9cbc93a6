/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the master of a line share; see line.h. */
#ifndef OVPP_CORE_LINE_PRIV_H
#define OVPP_CORE_LINE_PRIV_H

#include "line.h"

static inline u64 ovpp_line_ms(u64 n)
{
	return n * OVPP_NS_PER_MS;
}

static inline u64 ovpp_line_later(u64 a, u64 b)
{
	return a > b ? a : b;
}

static inline u64 ovpp_line_earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Time that @n characters take. */
static inline u64 ovpp_line_chars(const struct ovpp_line *line, size_t n)
{
	return (u64)line->timing.char_ns * n;
}

/* Bytes on the line of the answer to @req, if it is no exception. */
static inline size_t ovpp_line_answer_len(const struct ovpp_modbus_request *req)
{
	return ovpp_modbus_answer_len(req) + OVPP_MODBUS_ADU_MAX -
	       OVPP_MODBUS_PDU_MAX;
}

static inline bool ovpp_line_under_way(const struct ovpp_line *line)
{
	return line->adu_len && !line->ended;
}

/* Nothing is under way any more; what it was is forgotten. */
static inline void ovpp_line_clear(struct ovpp_line *line)
{
	line->cur_item = NULL;
	line->cur_foreign = NULL;
	line->adu_len = 0;
	line->ended = false;
}

/* The answers of these repeat the whole request. */
static inline bool ovpp_line_is_repeated(u8 function)
{
	return function == OVPP_MODBUS_WRITE_COIL ||
	       function == OVPP_MODBUS_WRITE_REGISTER ||
	       function == OVPP_MODBUS_MASK_WRITE;
}

/* When what is under way is given up. */
u64 ovpp_line_deadline(const struct ovpp_line *line);

void ovpp_line_dequeue(struct ovpp_line *line,
		       const struct ovpp_line_foreign *f);

/**
 * struct ovpp_line_choice - what is next
 * @item: an item, or NULL
 * @foreign: a request from outside, or NULL
 * @out_of_turn: @foreign goes before reads that are due
 * @wake_ns: with neither: when there may be one
 */
struct ovpp_line_choice {
	struct ovpp_line_item *item;
	struct ovpp_line_foreign *foreign;
	bool out_of_turn;
	u64 wake_ns;
};

void ovpp_line_choose(struct ovpp_line *line, u64 now,
		      struct ovpp_line_choice *c);

/* The unit of an address; NULL: it has no items. */
struct ovpp_line_unit *ovpp_line_unit(const struct ovpp_line *line, u8 address);

/* How long the answer to a read of @u, or NULL, is waited for. */
u64 ovpp_line_unit_learnt(const struct ovpp_line_unit *u);

/* The longest that @u, or NULL, may take. */
u64 ovpp_line_unit_response(const struct ovpp_line_unit *u);

/* When a request may be made of @u, or NULL; 0: at any time. */
u64 ovpp_line_unit_ready(const struct ovpp_line *line,
			 const struct ovpp_line_unit *u,
			 const struct ovpp_modbus_request *req);

/* Would an answer of @u that may still come pass for that to @req? */
bool ovpp_line_unit_doubtful(const struct ovpp_line_unit *u,
			     const struct ovpp_modbus_request *req, u64 now);

/* What is under way was made of @u and has ended. */
void ovpp_line_unit_ended(struct ovpp_line *line, struct ovpp_line_unit *u);

/* Forgets that it was left alone. */
void ovpp_line_unit_forgive(struct ovpp_line_unit *u);

#endif /* OVPP_CORE_LINE_PRIV_H */
