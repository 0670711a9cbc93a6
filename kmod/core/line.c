// SPDX-License-Identifier: GPL-2.0-only
/* The master of a line: what it is told, and what it sends; see line.h. */
#include "line_priv.h"

/* Noise that lasts longer than the longest frame, and so long, is no answer. */
#define NOISE_MS 20

void ovpp_line_init(struct ovpp_line *line)
{
	memset(line, 0, sizeof(*line));
}

/*
 * When the line may be sent on: after a silence, but no babbling device stops it
 * for ever.
 */
static u64 quiet_ns(const struct ovpp_line *line)
{
	u64 frame = ovpp_line_chars(line, OVPP_MODBUS_ADU_MAX);

	return ovpp_line_earlier(line->last_ns + line->timing.t35_ns,
				 line->noise_ns +
				 ovpp_line_later(frame, ovpp_line_ms(NOISE_MS)));
}

/* The time up to @to was in use, or not. */
static void account(struct ovpp_line *line, u64 to, bool used)
{
	u64 end = line->window_ns + OVPP_NS_PER_S;
	u64 whole;

	if (to <= line->mark_ns)
		return;
	if (to >= end) {
		if (used)
			line->busy_ns += end - line->mark_ns;
		whole = (to - end) / OVPP_NS_PER_S;
		if (whole)
			line->busy_ns = used ? OVPP_NS_PER_S : 0;
		line->busy_ppm = line->busy_ns / 1000;
		line->busy_ns = 0;
		line->window_ns = end + whole * OVPP_NS_PER_S;
		line->mark_ns = line->window_ns;
	}
	if (used)
		line->busy_ns += to - line->mark_ns;
	line->mark_ns = to;
}

u32 ovpp_line_busy(struct ovpp_line *line, u64 now)
{
	if (ovpp_line_under_way(line)) {
		account(line, now, true);
	} else {
		account(line, ovpp_line_earlier(now, quiet_ns(line)), true);
		account(line, now, false);
	}
	return line->busy_ppm;
}

void ovpp_line_set_timing(struct ovpp_line *line,
			  const struct ovpp_modbus_timing *timing, u64 now)
{
	unsigned int i;

	ovpp_line_busy(line, now);
	line->timing = *timing;
	line->echo = OVPP_LINE_ECHO_UNKNOWN;
	line->silences = 0;
	line->last_ns = now;
	line->noise_ns = now;
	line->trial_ns = 0;
	line->foreign_ns = 0;
	for (i = 0; i < line->n_items; i++)
		ovpp_line_unit_forgive(line->item[i]->unit);
	if (!ovpp_line_under_way(line))
		return;
	line->cur_item = NULL;
	if (line->cur_foreign) {
		line->ended = true;
		line->ended_ns = now;
		line->result = OVPP_LINE_TIMEOUT;
	} else {
		ovpp_line_clear(line);
	}
}

void ovpp_line_set_items(struct ovpp_line *line, struct ovpp_line_item **item,
			 unsigned int n)
{
	bool kept = false;
	unsigned int i;

	line->item = item;
	line->n_items = n;
	for (i = 0; i < n; i++) {
		struct ovpp_line_unit *u = item[i]->unit;

		if (!u->timeout_us)
			ovpp_line_unit_forgive(u);
		kept |= item[i] == line->cur_item;
	}
	if (!kept)
		line->cur_item = NULL;
}

void ovpp_line_put(struct ovpp_line_item *item, const u8 *data)
{
	memcpy(item->data, data, item->req.len);
	item->serial++;
	item->pending = true;
	if (!item->losses)
		item->retry_ns = 0;
}

int ovpp_line_submit(struct ovpp_line *line, struct ovpp_line_foreign *f)
{
	struct ovpp_modbus_request req;
	int ret = ovpp_modbus_parse(f->pdu, f->len, &req);

	if (ret)
		return ret;
	if (f->unit < OVPP_MODBUS_UNIT_MIN || f->unit > OVPP_MODBUS_UNIT_MAX)
		return -EINVAL;
	if (line->n_queue == OVPP_MODBUS_QUEUE_MAX)
		return -EBUSY;
	line->queue[line->n_queue++] = f;
	return 0;
}

void ovpp_line_dequeue(struct ovpp_line *line,
		       const struct ovpp_line_foreign *f)
{
	unsigned int i, kept = 0;

	for (i = 0; i < line->n_queue; i++)
		if (line->queue[i] != f)
			line->queue[kept++] = line->queue[i];
	line->n_queue = kept;
}

void ovpp_line_withdraw(struct ovpp_line *line, struct ovpp_line_foreign *f)
{
	if (line->cur_foreign == f)
		line->cur_foreign = NULL;
	ovpp_line_dequeue(line, f);
}

static void send(struct ovpp_line *line, u8 unit, const u8 *pdu, size_t len,
		 u64 now)
{
	const struct ovpp_line_unit *u = ovpp_line_unit(line, unit);

	line->unit = unit;
	line->adu_len = ovpp_modbus_adu(unit, pdu, len, line->adu);
	/* For what it points to: its owner may go before the answer comes. */
	ovpp_modbus_parse(line->adu + 1, len, &line->req);
	line->learnt_ns = ovpp_line_unit_learnt(u);
	line->wait_ns = line->req.write_quantity ? ovpp_line_unit_response(u) :
						   line->learnt_ns;
	line->doubtful = ovpp_line_unit_doubtful(u, &line->req, now);
	line->echoed = false;
	line->rx_len = 0;
	line->looked = 0;
	line->exception = 0;
	line->start_ns = now;
	line->sent_ns = now + ovpp_line_chars(line, line->adu_len);
	line->last_ns = line->sent_ns;
}

/*
 * The answer to @req would look like its echo, and whether there is one is not
 * known: reads first what is to be written.
 */
static void send_probe(struct ovpp_line *line, u8 unit,
		       const struct ovpp_modbus_request *req, u64 now)
{
	struct ovpp_modbus_request probe = {
		.function = req->function == OVPP_MODBUS_WRITE_COIL ?
				    OVPP_MODBUS_READ_COILS :
				    OVPP_MODBUS_READ_HOLDING,
		.address = req->address,
		.quantity = 1,
	};
	u8 pdu[OVPP_MODBUS_PDU_MAX];

	send(line, unit, pdu, ovpp_modbus_pdu(&probe, pdu), now);
}

static bool needs_probe(const struct ovpp_line *line,
			const struct ovpp_modbus_request *req)
{
	return line->echo == OVPP_LINE_ECHO_UNKNOWN &&
	       ovpp_line_is_repeated(req->function);
}

static void send_item(struct ovpp_line *line, struct ovpp_line_item *item,
		      u64 now)
{
	u8 pdu[OVPP_MODBUS_PDU_MAX];
	int len = ovpp_modbus_pdu(&item->req, pdu);

	if (len < 0) {
		/* A request that cannot be made is not made again. */
		item->period_ms = 0;
		item->pending = false;
		return;
	}
	if (needs_probe(line, &item->req)) {
		send_probe(line, item->unit->address, &item->req, now);
		return;
	}
	if (!item->pending && now > item->due_ns &&
	    now - item->due_ns > ovpp_line_ms(item->period_ms) / 2)
		line->stats.late++;
	line->wrote = item->pending;
	line->cur_item = item;
	line->cur_serial = item->serial;
	send(line, item->unit->address, pdu, len, now);
}

static void send_foreign(struct ovpp_line *line, struct ovpp_line_foreign *f,
			 u64 now)
{
	struct ovpp_modbus_request req;

	if (!ovpp_modbus_parse(f->pdu, f->len, &req) &&
	    needs_probe(line, &req)) {
		send_probe(line, f->unit, &req, now);
		return;
	}
	line->cur_foreign = f;
	ovpp_line_dequeue(line, f);
	line->stats.foreign++;
	send(line, f->unit, f->pdu, f->len, now);
}

u64 ovpp_line_wake(struct ovpp_line *line)
{
	u64 quiet = quiet_ns(line);
	struct ovpp_line_choice c;

	ovpp_line_choose(line, quiet, &c);
	return c.item || c.foreign ? quiet : ovpp_line_later(quiet, c.wake_ns);
}

size_t ovpp_line_next(struct ovpp_line *line, u64 now, const u8 **adu,
		      u64 *wake_ns)
{
	u64 quiet = quiet_ns(line);
	struct ovpp_line_choice c;

	if (line->adu_len) {
		*wake_ns = line->ended ? now : ovpp_line_deadline(line);
		return 0;
	}
	if (now < quiet) {
		*wake_ns = ovpp_line_wake(line);
		return 0;
	}
	ovpp_line_busy(line, now);
	while (!line->adu_len) {
		ovpp_line_choose(line, now, &c);
		*wake_ns = c.wake_ns;
		if (!c.item && !c.foreign)
			return 0;
		line->out_of_turn = c.out_of_turn;
		if (c.item)
			send_item(line, c.item, now);
		else
			send_foreign(line, c.foreign, now);
	}
	*adu = line->adu;
	*wake_ns = ovpp_line_deadline(line);
	return line->adu_len;
}
