/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Within libovpp: the messages of a profile that SunSpec models give. */
#ifndef OVPP_SUNSPEC_YAML_H
#define OVPP_SUNSPEC_YAML_H

#include "ratio.h"
#include "sunspec_profile.h"

#include <stdio.h>

/* Models of one device of the chain, which a common model begins. */
struct ovpp_sunspec_part {
	struct ovpp_sunspec_block common;
	struct ovpp_sunspec_block inverter; /* 101-103, 111-113, 701 */
	struct ovpp_sunspec_block nameplate;
	struct ovpp_sunspec_block settings;
	struct ovpp_sunspec_block controls;
	struct ovpp_sunspec_block storage; /* 124 */
	struct ovpp_sunspec_block capacity;
	struct ovpp_sunspec_block ac_controls; /* 704 */
	struct ovpp_sunspec_block soc;	       /* 713 */
	struct ovpp_sunspec_block control;     /* 715 */
	struct ovpp_sunspec_block battery;     /* 802 */
};

/* Is there such a model? */
static inline bool ovpp_sunspec_there(const struct ovpp_sunspec_block *block)
{
	return block->n != 0;
}

/**
 * struct ovpp_sunspec_writer - a profile that is being written
 * @out: its messages
 * @part: models that it is of
 * @wish: how
 * @message: head of a message that has no signal yet; NULL if it has one
 * @messages: messages that have one
 */
struct ovpp_sunspec_writer {
	FILE *out;
	const struct ovpp_sunspec_part *part;
	const struct ovpp_sunspec_wish *wish;
	const char *message;
	size_t messages;
};

/* A message begins; it is written with its first signal. @head are its lines. */
void ovpp_sunspec_message(struct ovpp_sunspec_writer *w, const char *head);

/**
 * ovpp_sunspec_signal() - a signal, as the text between braces
 * @w: profile
 * @fmt: printf() format
 */
void ovpp_sunspec_signal(struct ovpp_sunspec_writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A comment between messages. */
void ovpp_sunspec_note(struct ovpp_sunspec_writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * ovpp_sunspec_measure() - the signal of a measured point
 * @w: profile
 * @point: point of the profile
 * @block: model
 * @name: point of the model
 * @more: further keys, ", scale: -1", or ""
 *
 * Return: false, and nothing is written, if the device does not give the point.
 */
bool ovpp_sunspec_measure(struct ovpp_sunspec_writer *w, const char *point,
			  const struct ovpp_sunspec_block *block, const char *name,
			  const char *more);

/**
 * ovpp_sunspec_bits() - bits of a bit field as bits of a point
 * @w: profile
 * @point: point of the profile
 * @block: model
 * @name: point of the model, of at most 32 bits
 * @mask: those bits
 * @at: < 0: each has its own place in the point; else where each run of them begins, as
 *	another message has the others
 */
void ovpp_sunspec_bits(struct ovpp_sunspec_writer *w, const char *point,
		       const struct ovpp_sunspec_block *block, const char *name, uint32_t mask,
		       int at);

/* The value of a point that the device gives; false if it does not. */
bool ovpp_sunspec_good(const struct ovpp_sunspec_block *block, const char *name,
		       struct ovpp_sunspec_value *v);

/* The number of an integer with its exponent, exactly; false if it is none. */
bool ovpp_sunspec_number(const struct ovpp_sunspec_block *block, const char *name,
			 struct ovpp_ratio *out);

/* sunspec_command.c: the commands that these models take, and what guards them. */
void ovpp_sunspec_limit(struct ovpp_sunspec_writer *w);
void ovpp_sunspec_storage(struct ovpp_sunspec_writer *w);
void ovpp_sunspec_setpoint(struct ovpp_sunspec_writer *w);
void ovpp_sunspec_heartbeats(struct ovpp_sunspec_writer *w);

#endif /* OVPP_SUNSPEC_YAML_H */
