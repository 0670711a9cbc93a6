/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a proxy lets through to its line, and what it answers otherwise: every
 * request gets an answer, if only a Modbus exception.
 */
#ifndef OVPPD_PROXY_GATE_H
#define OVPPD_PROXY_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proxy_line.h"

/**
 * struct proxy_gate - rules of a proxy, and what became of its requests
 * @line: line
 * @write: requests may write
 * @units: a bit for each unit that can be reached
 * @requests: all that came
 * @refused: those of them that are not allowed, or no requests
 * @errors: those of them that the line gave no answer to
 */
struct proxy_gate {
	struct proxy_line *line;
	bool write;
	uint8_t units[32];
	uint64_t requests;
	uint64_t refused;
	uint64_t errors;
};

/**
 * struct proxy_request - a client's request on its way
 * @call: unit, PDU; busy until it is answered
 * @gate: gate
 * @answered: called when the answer is in @call
 * @arg: for @answered
 */
struct proxy_request {
	struct proxy_call call;
	struct proxy_gate *gate;
	void (*answered)(void *arg);
	void *arg;
};

/* Lets units 1 to 247 through, or only those of a list. */
void proxy_gate_all_units(struct proxy_gate *gate);
void proxy_gate_add_unit(struct proxy_gate *gate, uint8_t unit);
bool proxy_gate_has_unit(const struct proxy_gate *gate, uint8_t unit);

void proxy_request_init(struct proxy_request *req, struct proxy_gate *gate,
			void (*answered)(void *arg), void *arg);

/**
 * proxy_request_ask() - have a request answered
 * @req: not busy
 * @unit: unit asked
 * @pdu: PDU, copied
 * @len: its length, 1 to OVPP_MODBUS_PDU_MAX
 *
 * Its answer may come before this returns.
 */
void proxy_request_ask(struct proxy_request *req, uint8_t unit, const uint8_t *pdu, size_t len);

/* What a Modbus master is told of an -errno of the kernel's. */
uint8_t proxy_exception(int err);

#endif /* OVPPD_PROXY_GATE_H */
