/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slave on a serial line: which requests are its own, what it answers, and what
 * can go wrong with it. When the answer is on the line is the line's business.
 */
#ifndef SIM_UNIT_H
#define SIM_UNIT_H

#include <core/modbus.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "rng.h"
#include "slave.h"

/* What is wrong with a unit. */
enum unit_fault {
	UNIT_OK,
	UNIT_SILENT,	 /* neither hears nor answers */
	UNIT_LATE,	 /* answers so many ms too late, deaf until then */
	UNIT_BABBLING,	 /* bursts of random bytes, unasked, pauses of so many ms */
	UNIT_BIT_ERRORS, /* each bit of an answer is wrong with this probability */
	UNIT_WRONG_UNIT, /* answers in the name of the next unit */
	UNIT_EXCEPTION,	 /* refuses every request with this code */
	UNIT_FAULTS,
};

/**
 * struct unit_fault_kind - a fault's description
 * @name: its name in scenarios and on the command line
 * @key: key of its argument in scenarios, NULL if it has none
 * @def: its argument if none is given
 * @min: least argument
 * @max: greatest argument
 */
struct unit_fault_kind {
	const char *name;
	const char *key;
	double def;
	double min;
	double max;
};

extern const struct unit_fault_kind unit_fault_kinds[UNIT_FAULTS];

/* A fault by its name; UNIT_FAULTS: there is none of that name. */
enum unit_fault unit_fault_find(const char *name);

/* "late:300" or "silent" into fault and argument; -EINVAL has a text in @err. */
int unit_fault_parse(const char *text, enum unit_fault *fault, double *arg, struct sim_error *err);

/**
 * struct unit - a unit
 * @address: 1 to 247
 * @slave: its registers
 * @unplugged: it neither hears nor answers
 * @fault: what is wrong with it
 * @arg: argument of the fault
 * @rng: random numbers of its faults
 * @requests: requests to it, heard while it was plugged in
 * @answers: answers sent, exceptions included
 * @exceptions: those of them that were exceptions
 * @tx: what it is about to say
 * @tx_len: length of @tx; 0: nothing
 * @tx_sent: bytes of it that are on the line already
 * @tx_ns: it does not begin before
 * @babble_ns: next burst; 0: none yet
 */
struct unit {
	uint8_t address;
	struct slave *slave;
	bool unplugged;
	enum unit_fault fault;
	double arg;
	struct rng rng;
	uint64_t requests;
	uint64_t answers;
	uint64_t exceptions;
	uint8_t tx[OVPP_MODBUS_ADU_MAX];
	size_t tx_len;
	size_t tx_sent;
	uint64_t tx_ns;
	uint64_t babble_ns;
};

/**
 * unit_new() - a unit
 * @address: 1 to 247
 * @slave: its registers; the unit's, and freed with it
 * @seed: seed of its random numbers
 * @stream: name of their stream
 *
 * Return: the unit, to be freed with unit_free(), or NULL without memory.
 */
struct unit *unit_new(unsigned int address, struct slave *slave, uint64_t seed, const char *stream);
void unit_free(struct unit *u);

/* Its plug is pulled or put in; what it had not begun to say is gone. */
void unit_plug(struct unit *u, bool in);

/* From now on this is wrong with it; what it had not begun to say is gone. */
void unit_set_fault(struct unit *u, enum unit_fault fault, double arg);

/**
 * unit_hear() - a request was on the line
 * @u: unit
 * @adu: request with a right CRC, to this unit or another one or to all
 * @len: its length
 * @ready_ns: when an answer may begin
 */
void unit_hear(struct unit *u, const uint8_t *adu, size_t len, uint64_t ready_ns);

/* Lets a babbling unit begin what is due; @wake is brought forward to the next burst. */
void unit_babble(struct unit *u, uint64_t now, uint64_t *wake);

#endif /* SIM_UNIT_H */
