// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line whose owner does anything that it may, in any order, and whose devices do
 * what they like. Never is there a request too soon or two at once; whatever was
 * submitted ends once, or is given back; and there is always a next time to look.
 */
#include "core/line.h"
#include "input.h"

#define UNITS 4
#define ITEMS 12
#define FOREIGN (OVPP_MODBUS_QUEUE_MAX + 2)

/* The longest that noise may keep a line: a frame, or this. */
#define NOISE_NS 20000000ULL

struct table {
	struct ovpp_line_unit unit[UNITS];
	struct ovpp_line_item item[ITEMS];
	struct ovpp_line_item *list[ITEMS];
	u8 data[ITEMS][OVPP_MODBUS_PDU_MAX];
	unsigned int n;
};

struct owner {
	struct ovpp_line line;
	struct table *table;
	struct ovpp_line_foreign *foreign[FOREIGN];
	u64 now;
	u64 end_ns;  /* of what was last on the line */
	u64 over_ns; /* when the last request was over */
	bool sent;
	u8 adu[OVPP_MODBUS_ADU_MAX];
	size_t adu_len;
};

static struct ovpp_modbus_request draw_request(struct input *in)
{
	static const u8 functions[] = {1, 2, 3, 4, 5, 6, 15, 16, 22, 23};
	static const u8 len[] = {0, 0, 0, 0, 1, 2, 1, 4, 4, 2};
	unsigned int which = draw_below(in, 10);
	struct ovpp_modbus_request req = {
		.function = functions[which],
		.address = draw(in, 1),
		.quantity = 1 + draw_below(in, 125),
		.len = len[which],
	};

	if (!req.len)
		return req;
	req.write_address = req.address;
	req.write_quantity = req.function == OVPP_MODBUS_WRITE_REGISTERS ? 2 : 1;
	if (req.function != OVPP_MODBUS_READ_WRITE)
		req.quantity = req.write_quantity;
	return req;
}

static struct table *draw_table(struct input *in)
{
	struct table *t = calloc(1, sizeof(*t));
	unsigned int i;

	for (i = 0; i < UNITS; i++) {
		ovpp_line_unit_init(&t->unit[i], 1 + i);
		t->unit[i].response_ms = 1 + draw_below(in, 250);
		t->unit[i].spacing_ms = draw_below(in, 4) * draw(in, 1);
	}
	t->n = draw_below(in, ITEMS + 1);
	for (i = 0; i < t->n; i++) {
		t->list[i] = &t->item[i];
		t->item[i].unit = &t->unit[draw_below(in, UNITS)];
		t->item[i].req = draw_request(in);
		t->item[i].req.data = t->data[i];
		t->item[i].data = t->data[i];
		t->item[i].period_ms = draw_below(in, 3) * draw(in, 1);
	}
	return t;
}

static void swap_table(struct input *in, struct owner *o)
{
	struct table *old = o->table;

	o->table = draw_table(in);
	ovpp_line_set_items(&o->line, o->table->list, o->table->n);
	free(old);
}

static void draw_timing(struct input *in, struct owner *o)
{
	static const u32 baud[] = {50, 1200, 9600, 19200, 115200, 12000000};
	struct ovpp_modbus_timing t;

	PROMISE(!ovpp_modbus_timing(&t, baud[draw_below(in, 6)], 10 + draw_below(in, 3)));
	ovpp_line_set_timing(&o->line, &t, o->now);
	o->end_ns = o->now;
	o->over_ns = o->now;
	o->sent = false;
}

static unsigned int waiting(const struct owner *o)
{
	unsigned int i, n = 0;

	for (i = 0; i < FOREIGN; i++)
		n += !!o->foreign[i];
	return n;
}

static void submit(struct input *in, struct owner *o)
{
	struct ovpp_modbus_request req = draw_request(in);
	struct ovpp_line_foreign *f = calloc(1, sizeof(*f));
	u8 data[4] = {draw(in, 1), draw(in, 1)};
	unsigned int i;
	int ret;

	req.data = data;
	f->unit = draw_below(in, UNITS + 2);
	f->len = ovpp_modbus_pdu(&req, f->pdu) - !draw_below(in, 16);
	f->queued_ns = o->now;
	f->expires_ns = o->now + draw_below(in, 8) * OVPP_NS_PER_S;
	ret = ovpp_line_submit(&o->line, f);
	for (i = 0; i < FOREIGN && o->foreign[i]; i++)
		;
	PROMISE(ret || i < FOREIGN);
	if (ret)
		free(f);
	else
		o->foreign[i] = f;
}

static void withdraw(struct input *in, struct owner *o)
{
	unsigned int i = draw_below(in, FOREIGN);

	if (!o->foreign[i])
		return;
	ovpp_line_withdraw(&o->line, o->foreign[i]);
	free(o->foreign[i]);
	o->foreign[i] = NULL;
}

static void put(struct input *in, struct owner *o)
{
	struct ovpp_line_item *item;
	u8 *data;

	if (!o->table->n)
		return;
	item = o->table->list[draw_below(in, o->table->n)];
	if (!item->req.write_quantity)
		return;
	data = draw_bytes(in, item->req.len);
	ovpp_line_put(item, data);
	free(data);
}

static void hear(struct owner *o, const u8 *data, size_t len)
{
	ovpp_line_receive(&o->line, data, len, o->now);
	if (len)
		o->end_ns = ovpp_max(o->end_ns, o->now);
}

static void hear_noise(struct input *in, struct owner *o)
{
	size_t len = draw_below(in, 8) ? draw_below(in, 20) : draw_below(in, 1200);
	u8 *data = draw_bytes(in, len);

	hear(o, data, len);
	free(data);
}

/* The right answer to what was sent last, or an exception. */
static size_t answer(struct input *in, const struct owner *o, u8 *adu)
{
	struct ovpp_modbus_request req;
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	size_t i, len;

	PROMISE(!ovpp_modbus_parse(o->adu + 1, o->adu_len - 3, &req));
	len = ovpp_modbus_answer_len(&req);
	memcpy(pdu, o->adu + 1, o->adu_len - 3);
	if (ovpp_modbus_reads(req.function)) {
		pdu[1] = len - 2;
		for (i = 2; i < len; i++)
			pdu[i] = i;
	}
	if (!draw_below(in, 8)) {
		pdu[0] |= OVPP_MODBUS_EXCEPTION;
		pdu[1] = 1 + draw_below(in, 11);
		len = 2;
	}
	return ovpp_modbus_adu(o->adu[0], pdu, len, adu);
}

/* In two pieces, with or without the echo before it. */
static void hear_answer(struct input *in, struct owner *o)
{
	u8 buf[2 * OVPP_MODBUS_ADU_MAX];
	size_t len = 0, cut;

	if (!o->adu_len)
		return;
	if (draw_below(in, 2)) {
		memcpy(buf, o->adu, o->adu_len);
		len = o->adu_len;
	}
	if (draw_below(in, 4))
		len += answer(in, o, buf + len);
	cut = draw_below(in, 4) ? len : draw_below(in, len + 1);
	hear(o, buf, cut);
	o->now += draw_below(in, 8) * 1000000ULL;
	hear(o, buf + cut, len - cut);
}

static void check_outcome(struct owner *o, const struct ovpp_line_outcome *out)
{
	unsigned int i;

	PROMISE(!out->item != !out->foreign);
	PROMISE(out->time_ns <= o->now);
	PROMISE((out->result == OVPP_LINE_EXCEPTION) == !!out->exception);
	PROMISE(out->len <= OVPP_MODBUS_PDU_MAX);
	if (out->item) {
		PROMISE(out->item >= o->table->item && out->item < o->table->item + ITEMS);
		PROMISE(!out->len || out->result == OVPP_LINE_ANSWERED);
		PROMISE(out->result != OVPP_LINE_EXPIRED);
		return;
	}
	PROMISE(!!out->len == (out->result <= OVPP_LINE_EXCEPTION));
	for (i = 0; i < FOREIGN && o->foreign[i] != out->foreign; i++)
		;
	PROMISE(i < FOREIGN);
	free(o->foreign[i]);
	o->foreign[i] = NULL;
}

static void check_sent(struct owner *o, const u8 *adu, size_t len)
{
	const struct ovpp_modbus_timing *t = &o->line.timing;
	u64 noise = ovpp_max((u64)t->char_ns * OVPP_MODBUS_ADU_MAX, NOISE_NS);
	struct ovpp_modbus_request req;

	PROMISE(!o->sent);
	PROMISE(o->now >= o->end_ns + t->t35_ns || o->now >= o->over_ns + noise);
	PROMISE(len <= OVPP_MODBUS_ADU_MAX && !ovpp_modbus_crc(adu, len));
	PROMISE(!ovpp_modbus_parse(adu + 1, len - 3, &req));
	memcpy(o->adu, adu, len);
	o->adu_len = len;
	o->sent = true;
	o->end_ns = ovpp_max(o->end_ns, o->now + len * (u64)t->char_ns);
}

static u64 turn(struct owner *o)
{
	struct ovpp_line_outcome out;
	u64 wake, at = U64_MAX;
	const u8 *adu;
	size_t len;

	while (ovpp_line_outcome(&o->line, o->now, &out))
		check_outcome(o, &out);
	if (!o->line.adu_len && o->sent) {
		o->sent = false;
		o->over_ns = ovpp_max(o->now, o->end_ns);
	}
	if (!o->line.adu_len)
		at = ovpp_line_wake(&o->line);
	len = ovpp_line_next(&o->line, o->now, &adu, &wake);
	if (len)
		check_sent(o, adu, len);
	/* Whoever had slept until then had not overslept. */
	PROMISE(!len || at <= o->now);
	PROMISE(wake > o->now);
	PROMISE(waiting(o) == o->line.n_queue + !!o->line.cur_foreign);
	PROMISE(ovpp_line_busy(&o->line, o->now) <= 1000000);
	return wake;
}

static void happen(struct input *in, struct owner *o)
{
	switch (draw_below(in, 16)) {
	case 0:
		swap_table(in, o);
		break;
	case 1:
		draw_timing(in, o);
		break;
	case 2:
		submit(in, o);
		break;
	case 3:
		withdraw(in, o);
		break;
	case 4:
	case 5:
		put(in, o);
		break;
	case 6:
		hear_noise(in, o);
		break;
	case 7:
	case 8:
	case 9:
		hear_answer(in, o);
		break;
	case 10:
		o->now += draw(in, 4);
		break;
	case 11:
		o->now += draw(in, 2);
		break;
	}
}

/* Left to itself it ends all that it was given. */
static void drain(struct owner *o)
{
	u64 until = o->now + 60 * OVPP_NS_PER_S;
	unsigned int turns = 0;

	while (o->now < until) {
		o->now = turn(o);
		PROMISE(++turns < 100000);
		if (o->now == U64_MAX)
			break;
	}
	PROMISE(!waiting(o));
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	static struct owner o;
	struct input in = {bytes, bytes + size};
	u64 wake;

	memset(&o, 0, sizeof(o));
	o.now = OVPP_NS_PER_S;
	ovpp_line_init(&o.line);
	draw_timing(&in, &o);
	swap_table(&in, &o);
	while (in.at < in.end) {
		happen(&in, &o);
		wake = turn(&o);
		if (wake != U64_MAX && draw_below(&in, 2))
			o.now = wake;
	}
	drain(&o);
	free(o.table);
	return 0;
}
