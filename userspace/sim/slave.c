// SPDX-License-Identifier: GPL-2.0-or-later
#include "slave.h"

#include <core/modbus.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "curves.h"
#include "profile.h"
#include "slave_decode.h"
#include "slave_encode.h"
#include "sunspec_dump.h"

static bool is_written(const struct ovpp_message *msg)
{
	return msg->flags & OVPP_MESSAGE_TX;
}

int slave_profile(const char *name, struct ovpp_profile **out, struct sim_error *err)
{
	char path[PATH_MAX];
	json_t *obj = NULL;
	int ret;

	if (ovpp_profile_find(name, path, sizeof(path)))
		return sim_fail(err, "there is no profile '%s'", name);
	ret = ovpp_profile_load(path, &obj, err->text, sizeof(err->text));
	if (!ret)
		ret = ovpp_profile_compile(obj, out, err->text, sizeof(err->text));
	json_decref(obj);
	if (!ret && (*out)->bus != OVPP_BUS_MODBUS) {
		ovpp_profile_free(*out);
		ret = sim_fail(err, "the profile '%s' is not for Modbus", name);
	}
	return ret;
}

static void put_payload(struct slave *s, const struct ovpp_message *msg, const uint8_t *data)
{
	struct span span = slave_span(s, msg);

	registers_put(s->regs, span.table, span.address, span.n, data);
}

static struct slave *slave_alloc(const struct slave_owner *owner, void *context)
{
	struct slave *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->owner = owner;
	s->context = context;
	s->regs = calloc(1, sizeof(*s->regs));
	if (s->regs)
		return s;
	free(s);
	return NULL;
}

/* What is written can be read as well: it is a device's memory. */
static void add_message(struct slave *s, const struct ovpp_message *msg)
{
	struct span span = slave_span(s, msg);
	uint8_t data[OVPP_MODBUS_PDU_MAX];

	registers_add(s->regs, span.table, span.address, span.n,
		      is_written(msg) ? REGISTERS_READ | REGISTERS_WRITE : REGISTERS_READ);
	if (is_written(msg))
		return;
	slave_payload(s, msg, data);
	slave_encode_init(s->profile, msg, data);
	put_payload(s, msg, data);
}

struct slave *slave_new(struct ovpp_profile *profile, const struct slave_owner *owner,
			void *context)
{
	struct slave *s = slave_alloc(owner, context);

	if (!s)
		return NULL;
	s->profile = profile;
	for (unsigned int i = 0; i < profile->n_messages; i++)
		add_message(s, &profile->message[i]);
	return s;
}

struct slave *slave_new_dump(const struct ovpp_sunspec_dump *dump, const struct slave_owner *owner,
			     void *context)
{
	struct slave *s = slave_alloc(owner, context);

	if (!s)
		return NULL;
	s->regs->one = true;
	for (size_t i = 0; i < OVPP_SUNSPEC_REGISTERS; i++) {
		if (!dump->known[i])
			continue;
		registers_add(s->regs, REGISTERS_HOLDING, i, 1, REGISTERS_READ | REGISTERS_WRITE);
		s->regs->value[REGISTERS_HOLDING][i] = dump->reg[i];
	}
	if (curves_new(dump, s->regs, &s->curves)) {
		slave_free(s);
		return NULL;
	}
	return s;
}

void slave_free(struct slave *s)
{
	if (!s)
		return;
	if (s->profile)
		ovpp_profile_free(s->profile);
	curves_free(s->curves);
	free(s->regs);
	free(s);
}

/* Where P follows from V and I, I follows from P here: the model's P is the site's. */
static void undo_derivation(const struct ovpp_profile *prof, struct points *p)
{
	int64_t v = p->value[OVPP_POINT_V];

	if (prof->derive_p && points_know(p, OVPP_POINT_P) && points_know(p, OVPP_POINT_V) && v)
		points_set(p, OVPP_POINT_I, p->value[OVPP_POINT_P] * 1000 / v);
}

/* The device's values of this moment into the registers. */
static void measure(struct slave *s)
{
	struct points p = {0};
	uint8_t data[OVPP_MODBUS_PDU_MAX];

	if (!s->profile || !s->owner->measure)
		return;
	s->owner->measure(s, &p);
	undo_derivation(s->profile, &p);
	for (unsigned int i = 0; i < s->profile->n_messages; i++) {
		const struct ovpp_message *msg = &s->profile->message[i];

		if (is_written(msg))
			continue;
		slave_payload(s, msg, data);
		slave_encode(s->profile, msg, &p, data);
		put_payload(s, msg, data);
	}
}

static bool overlap(const struct span *a, const struct span *b)
{
	return a->table == b->table && a->address < b->address + b->n &&
	       b->address < a->address + a->n;
}

static void tell(struct slave *s, enum ovpp_point point)
{
	int64_t value;

	if (s->owner->command && !slave_decode(s, point, &value))
		s->owner->command(s, point, value);
}

/* The commands that a message has after a write, told to the owner or only checked. */
static int take_message(struct slave *s, const struct ovpp_message *msg, const struct span *written,
			bool told)
{
	const struct ovpp_signal *sig = s->profile->signal + msg->signal;
	uint8_t data[OVPP_MODBUS_PDU_MAX];
	int64_t value;

	slave_payload(s, msg, data);
	for (unsigned int i = 0; i < msg->signals; i++, sig++) {
		struct span span = slave_signal_span(s, msg, sig);

		if (sig->flags & OVPP_SIGNAL_CONST || !overlap(&span, written))
			continue;
		if (ovpp_signal_read(sig, s->profile->map, data, msg->length, &value))
			return OVPP_MODBUS_ILLEGAL_VALUE;
		if (told)
			tell(s, sig->point);
	}
	return 0;
}

static int take_commands(struct slave *s, const struct span *written, bool told)
{
	int ret = 0;

	for (unsigned int i = 0; s->profile && !ret && i < s->profile->n_messages; i++)
		if (is_written(&s->profile->message[i]))
			ret = take_message(s, &s->profile->message[i], written, told);
	if (told && s->profile && s->owner->written)
		s->owner->written(s);
	return ret;
}

static void tell_stored(struct slave *s, const struct span *written)
{
	for (size_t i = 0; !s->profile && s->owner->store && i < written->n; i++)
		s->owner->store(s, written->table, written->address + i,
				s->regs->value[written->table][written->address + i]);
}

/* Function 22: bits of the AND mask stay, the others are those of the OR mask. */
static void mask(const uint8_t *old, const uint8_t *masks, uint8_t *data)
{
	for (int i = 0; i < 2; i++)
		data[i] = (uint8_t)((old[i] & masks[i]) | (masks[2 + i] & ~masks[i]));
}

/* All of it or, with an exception's code, nothing. */
static int write_span(struct slave *s, const struct ovpp_modbus_request *req)
{
	const struct span span = {registers_of(s->regs, req->function), req->write_address,
				  req->write_quantity};
	uint8_t old[OVPP_MODBUS_PDU_MAX], masked[2];
	const uint8_t *data = req->data;
	int ret;

	registers_get(s->regs, span.table, span.address, span.n, old);
	if (req->function == OVPP_MODBUS_MASK_WRITE) {
		mask(old, req->data, masked);
		data = masked;
	}
	registers_put(s->regs, span.table, span.address, span.n, data);
	ret = take_commands(s, &span, false);
	if (ret) {
		registers_put(s->regs, span.table, span.address, span.n, old);
		return ret;
	}
	registers_add(s->regs, span.table, span.address, span.n, REGISTERS_WRITTEN);
	take_commands(s, &span, true);
	tell_stored(s, &span);
	curves_written(s->curves, s->regs, span.address, span.n);
	return 0;
}

/* 0 or the exception's code; function 23 writes before it reads. */
static int serve(struct slave *s, const struct ovpp_modbus_request *req, uint8_t *out)
{
	enum registers_table table = registers_of(s->regs, req->function);
	int ret = 0;

	if (req->write_quantity && !registers_have(s->regs, table, req->write_address,
						   req->write_quantity, REGISTERS_WRITE))
		return OVPP_MODBUS_ILLEGAL_ADDRESS;
	if (ovpp_modbus_reads(req->function) &&
	    !registers_have(s->regs, table, req->address, req->quantity, REGISTERS_READ))
		return OVPP_MODBUS_ILLEGAL_ADDRESS;
	if (req->write_quantity)
		ret = write_span(s, req);
	if (ret || !ovpp_modbus_reads(req->function))
		return ret;
	measure(s);
	curves_step(s->curves, s->regs);
	registers_get(s->regs, table, req->address, req->quantity, out);
	return 0;
}

size_t slave_exception(uint8_t function, uint8_t code, uint8_t *answer)
{
	answer[0] = function | OVPP_MODBUS_EXCEPTION;
	answer[1] = code;
	return 2;
}

size_t slave_answer(struct slave *s, const uint8_t *pdu, size_t len, uint8_t *answer)
{
	struct ovpp_modbus_request req;
	int ret = ovpp_modbus_parse(pdu, len, &req);
	size_t n;

	if (ret == -EOPNOTSUPP)
		return slave_exception(pdu[0], OVPP_MODBUS_ILLEGAL_FUNCTION, answer);
	if (ret)
		return slave_exception(pdu[0], OVPP_MODBUS_ILLEGAL_VALUE, answer);
	ret = serve(s, &req, answer + 2);
	if (ret)
		return slave_exception(req.function, (uint8_t)ret, answer);
	/* A write is answered with the beginning of its request. */
	n = ovpp_modbus_answer_len(&req);
	if (ovpp_modbus_reads(req.function)) {
		answer[0] = req.function;
		answer[1] = (uint8_t)(n - 2);
	} else {
		memcpy(answer, pdu, n);
	}
	return n;
}
