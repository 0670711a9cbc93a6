/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Modbus slave: the registers of a device from its profile, or from a dump of
 * a real one's. What the profile's messages read is encoded from the device's
 * values, what they write is memory whose signals are commands to the device:
 * the inverse of what the gateway does with the same profile.
 */
#ifndef SIM_SLAVE_H
#define SIM_SLAVE_H

#include <core/profile.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "registers.h"

struct curves;
struct ovpp_sunspec_dump;

/* Values of a device by enum ovpp_point, in the kernel's units. */
struct points {
	int64_t value[OVPP_POINT_N];
	uint32_t known; /* OVPP_POINT_BIT() of those that it knows */
};

static inline void points_set(struct points *p, enum ovpp_point point, int64_t value)
{
	p->value[point] = value;
	p->known |= OVPP_POINT_BIT(point);
}

static inline bool points_know(const struct points *p, unsigned int point)
{
	return p->known & OVPP_POINT_BIT(point);
}

struct slave;

/**
 * struct slave_owner - whose registers they are
 * @measure: its values now
 * @command: a point was written; called for each one that a request carries
 * @written: after it, once for each request that wrote to messages of commands
 * @store: a register (or coil) of a dump was written
 */
struct slave_owner {
	void (*measure)(struct slave *slave, struct points *out);
	void (*command)(struct slave *slave, enum ovpp_point point, int64_t value);
	void (*written)(struct slave *slave);
	void (*store)(struct slave *slave, enum registers_table table, size_t address,
		      uint16_t value);
};

/**
 * struct slave - a slave
 * @profile: its profile; NULL: its registers are those of a dump
 * @owner: see there; functions that are not needed may be NULL
 * @context: the owner's
 * @regs: tables
 * @curves: curve models of a dump, or NULL
 */
struct slave {
	struct ovpp_profile *profile;
	const struct slave_owner *owner;
	void *context;
	struct registers *regs;
	struct curves *curves;
};

/* A profile by its name or path, compiled; -errno has a text in @err. */
int slave_profile(const char *name, struct ovpp_profile **out, struct sim_error *err);

/**
 * slave_new() - a slave out of a profile
 * @profile: compiled profile of a Modbus device; on success the slave's, and freed
 *	with it
 * @owner: whose registers they are
 * @context: for the owner
 *
 * Return: the slave, to be freed with slave_free(), or NULL without memory.
 */
struct slave *slave_new(struct ovpp_profile *profile, const struct slave_owner *owner,
			void *context);

/* The same out of a dump: functions 3 and 4 read it, 6, 16, 22 and 23 write it. */
struct slave *slave_new_dump(const struct ovpp_sunspec_dump *dump, const struct slave_owner *owner,
			     void *context);
void slave_free(struct slave *slave);

/**
 * slave_answer() - do what a request asks for
 * @slave: slave
 * @pdu: PDU of the request
 * @len: its length
 * @answer: room for OVPP_MODBUS_PDU_MAX
 *
 * Return: length of the answer, which may be an exception.
 */
size_t slave_answer(struct slave *slave, const uint8_t *pdu, size_t len, uint8_t *answer);

/* An exception as an answer to a function; returns its length. */
size_t slave_exception(uint8_t function, uint8_t code, uint8_t *answer);

#endif /* SIM_SLAVE_H */
