// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROADCAST 0
#define CRC_LEN 2
#define BURST_MAX 32

const struct unit_fault_kind unit_fault_kinds[UNIT_FAULTS] = {
	[UNIT_OK] = {"none", NULL, 0, 0, 0},
	[UNIT_SILENT] = {"silent", NULL, 0, 0, 0},
	[UNIT_LATE] = {"late", "ms", 1000, 0, 60000},
	[UNIT_BABBLING] = {"babbling", "ms", 100, 1, 60000},
	[UNIT_BIT_ERRORS] = {"bit-errors", "probability", 0.001, 0, 1},
	[UNIT_WRONG_UNIT] = {"wrong-unit", NULL, 0, 0, 0},
	[UNIT_EXCEPTION] = {"exception", "code", OVPP_MODBUS_DEVICE_FAILURE, 1, 255},
};

enum unit_fault unit_fault_find(const char *name)
{
	int i = 0;

	while (i < UNIT_FAULTS && strcmp(unit_fault_kinds[i].name, name))
		i++;
	return (enum unit_fault)i;
}

int unit_fault_parse(const char *text, enum unit_fault *fault, double *arg, struct sim_error *err)
{
	const char *colon = strchr(text, ':');
	const struct unit_fault_kind *kind;
	char name[16];
	char *end;

	snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - text) : (int)strlen(text), text);
	*fault = unit_fault_find(name);
	if (*fault == UNIT_FAULTS)
		return sim_fail(err, "there is no fault '%s'", name);
	kind = &unit_fault_kinds[*fault];
	*arg = kind->def;
	if (!colon)
		return 0;
	if (!kind->key)
		return sim_fail(err, "the fault '%s' has no argument", name);
	*arg = strtod(colon + 1, &end);
	if (end == colon + 1 || *end || !(*arg >= kind->min && *arg <= kind->max))
		return sim_fail(err, "'%s' (%s) of the fault '%s' is not within %g..%g", colon + 1,
				kind->key, name, kind->min, kind->max);
	return 0;
}

struct unit *unit_new(unsigned int address, struct slave *slave, uint64_t seed, const char *stream)
{
	struct unit *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->address = (uint8_t)address;
	u->slave = slave;
	rng_seed(&u->rng, seed, stream);
	return u;
}

void unit_free(struct unit *u)
{
	if (u)
		slave_free(u->slave);
	free(u);
}

static void hush(struct unit *u)
{
	if (!u->tx_sent)
		u->tx_len = 0;
}

void unit_plug(struct unit *u, bool in)
{
	u->unplugged = !in;
	hush(u);
}

void unit_set_fault(struct unit *u, enum unit_fault fault, double arg)
{
	u->fault = fault;
	u->arg = arg;
	hush(u);
}

static bool is_deaf(const struct unit *u)
{
	return u->unplugged || u->fault == UNIT_SILENT || u->fault == UNIT_BABBLING || u->tx_len;
}

static size_t answer(struct unit *u, const uint8_t *pdu, size_t len, uint8_t *out)
{
	if (u->fault == UNIT_EXCEPTION)
		return slave_exception(pdu[0], (uint8_t)u->arg, out);
	return slave_answer(u->slave, pdu, len, out);
}

static void flip_bits(struct unit *u)
{
	for (size_t i = 0; i < 8 * u->tx_len; i++)
		if (rng_uniform(&u->rng) < u->arg)
			u->tx[i / 8] ^= (uint8_t)(1 << i % 8);
}

static void say(struct unit *u, const uint8_t *pdu, size_t len, uint64_t at_ns)
{
	uint8_t name = u->fault == UNIT_WRONG_UNIT ? u->address % OVPP_MODBUS_UNIT_MAX + 1
						   : u->address;

	u->tx_len = ovpp_modbus_adu(name, pdu, len, u->tx);
	u->tx_sent = 0;
	u->tx_ns = at_ns;
	if (u->fault == UNIT_BIT_ERRORS)
		flip_bits(u);
	if (u->fault == UNIT_LATE)
		u->tx_ns += (uint64_t)(u->arg * 1e6);
	u->answers++;
	u->exceptions += !!(pdu[0] & OVPP_MODBUS_EXCEPTION);
}

void unit_hear(struct unit *u, const uint8_t *adu, size_t len, uint64_t ready_ns)
{
	uint8_t out[OVPP_MODBUS_PDU_MAX];
	size_t n;

	if ((adu[0] != u->address && adu[0] != BROADCAST) || is_deaf(u))
		return;
	u->requests++;
	n = answer(u, adu + 1, len - 1 - CRC_LEN, out);
	if (adu[0] != BROADCAST)
		say(u, out, n, ready_ns);
}

void unit_babble(struct unit *u, uint64_t now, uint64_t *wake)
{
	uint64_t pause_ns = (uint64_t)(u->arg * 1e6);

	if (u->fault != UNIT_BABBLING || u->unplugged) {
		u->babble_ns = 0;
		return;
	}
	if (!u->babble_ns)
		u->babble_ns = now + pause_ns;
	/* The line looks here again when a burst is over. */
	if (u->tx_len)
		return;
	if (now >= u->babble_ns) {
		u->tx_len = 1 + rng_bits(&u->rng) % BURST_MAX;
		for (size_t i = 0; i < u->tx_len; i++)
			u->tx[i] = (uint8_t)rng_bits(&u->rng);
		u->tx_sent = 0;
		u->tx_ns = now;
		u->babble_ns = now + pause_ns;
	}
	if (u->babble_ns < *wake)
		*wake = u->babble_ns;
}
