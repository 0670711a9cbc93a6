// SPDX-License-Identifier: GPL-2.0-or-later
#include "proxy_gate.h"

#include <errno.h>
#include <string.h>

#include "core/modbus.h"

void proxy_gate_add_unit(struct proxy_gate *gate, uint8_t unit)
{
	gate->units[unit / 8] |= (uint8_t)(1 << unit % 8);
}

void proxy_gate_all_units(struct proxy_gate *gate)
{
	for (uint8_t unit = OVPP_MODBUS_UNIT_MIN; unit <= OVPP_MODBUS_UNIT_MAX; unit++)
		proxy_gate_add_unit(gate, unit);
}

bool proxy_gate_has_unit(const struct proxy_gate *gate, uint8_t unit)
{
	return gate->units[unit / 8] & 1 << unit % 8;
}

uint8_t proxy_exception(int err)
{
	switch (err) {
	/* Whatever is written: the function itself is not allowed. */
	case -EPERM:
	case -EOPNOTSUPP:
		return OVPP_MODBUS_ILLEGAL_FUNCTION;
	/* Other registers may be written; this one is the site's to command. */
	case -EACCES:
		return OVPP_MODBUS_ILLEGAL_ADDRESS;
	case -EINVAL:
		return OVPP_MODBUS_ILLEGAL_VALUE;
	case -EBUSY:
		return OVPP_MODBUS_BUSY;
	case -ETIMEDOUT:
	case -EBADMSG:
		return OVPP_MODBUS_GATEWAY_TARGET;
	case -ENODEV:
		return OVPP_MODBUS_GATEWAY_PATH;
	default:
		return OVPP_MODBUS_DEVICE_FAILURE;
	}
}

static void answer_exception(struct proxy_call *call, uint8_t code)
{
	call->pdu[0] |= OVPP_MODBUS_EXCEPTION;
	call->pdu[1] = code;
	call->len = 2;
}

static bool is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -EOPNOTSUPP || err == -EINVAL;
}

static void request_done(void *arg, int res)
{
	struct proxy_request *req = arg;

	if (res > 0 && res <= OVPP_MODBUS_PDU_MAX) {
		req->call.len = (uint8_t)res;
	} else {
		if (is_refusal(res))
			req->gate->refused++;
		else
			req->gate->errors++;
		answer_exception(&req->call, proxy_exception(res));
	}
	req->answered(req->arg);
}

/* Is a request let through? 0, or the exception that says why it is not. */
static uint8_t check(const struct proxy_gate *gate, const struct proxy_call *call)
{
	struct ovpp_modbus_request req;
	int ret;

	/* Broadcasts neither: nobody would answer for them. */
	if (!proxy_gate_has_unit(gate, call->unit))
		return OVPP_MODBUS_GATEWAY_PATH;
	ret = ovpp_modbus_parse(call->pdu, call->len, &req);
	if (!ret && req.write_quantity && !gate->write)
		ret = -EPERM;
	return ret ? proxy_exception(ret) : 0;
}

void proxy_request_init(struct proxy_request *req, struct proxy_gate *gate,
			void (*answered)(void *arg), void *arg)
{
	*req = (struct proxy_request){.gate = gate, .answered = answered, .arg = arg};
	req->call.done = request_done;
	req->call.arg = req;
}

void proxy_request_ask(struct proxy_request *req, uint8_t unit, const uint8_t *pdu, size_t len)
{
	struct proxy_call *call = &req->call;
	uint8_t code;

	call->unit = unit;
	call->len = (uint8_t)len;
	memcpy(call->pdu, pdu, len);
	req->gate->requests++;
	code = check(req->gate, call);
	if (!code) {
		proxy_line_put(req->gate->line, call);
		return;
	}
	req->gate->refused++;
	answer_exception(call, code);
	req->answered(req->arg);
}
