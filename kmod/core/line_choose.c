// SPDX-License-Identifier: GPL-2.0-only
/* The master of a line: who is asked next; see line.h. */
#include "line_priv.h"

/* A read that is later than this goes between two writes. */
#define READ_PATIENCE_MS 1000

/**
 * struct own - what the items want
 * @write: the write that is pending longest, of those that may go; or NULL
 * @read: the latest read, of those that may go; or NULL
 * @read_ns: since when it waits
 * @next_ns: when the next of the others may go
 */
struct own {
	struct ovpp_line_item *write;
	struct ovpp_line_item *read;
	u64 read_ns;
	u64 next_ns;
};

static bool is_polled(const struct ovpp_line_item *item)
{
	if (!item->period_ms || !ovpp_modbus_reads(item->req.function))
		return false;
	return !item->req.write_quantity || item->serial;
}

/* Waits since @since among the reads. */
static void line_up(struct own *own, struct ovpp_line_item *item, u64 since)
{
	if (own->read &&
	    (since > own->read_ns ||
	     (since == own->read_ns && item->due_ns >= own->read->due_ns)))
		return;
	own->read = item;
	own->read_ns = since;
}

/*
 * Of a unit that did not answer the last write a read is tried first: it may be
 * deaf to that write alone.
 */
static void look_at_write(struct own *own, struct ovpp_line_item *item,
			  u64 ready, u64 now)
{
	if (!item->since_ns)
		item->since_ns = now;
	if (ready > now)
		own->next_ns = ovpp_line_earlier(own->next_ns, ready);
	else if (item->unit->suspect && item->unit->wrote)
		line_up(own, item, ready + 1);
	else if (!own->write || item->since_ns < own->write->since_ns)
		own->write = item;
}

/* Units that are left alone have waited since they may be asked again. */
static void look_at_read(struct own *own, struct ovpp_line_item *item,
			 u64 ready, u64 now)
{
	u64 at;

	if (!item->due_ns)
		item->due_ns = now;
	at = ovpp_line_later(ready, item->due_ns);
	if (at > now)
		own->next_ns = ovpp_line_earlier(own->next_ns, at);
	else
		line_up(own, item, item->unit->suspect ? at : item->due_ns);
}

static void look_at_items(struct ovpp_line *line, struct own *own, u64 now)
{
	struct ovpp_line_item *item;
	unsigned int i;
	u64 ready;

	for (i = 0; i < line->n_items; i++) {
		item = line->item[i];
		ready = ovpp_line_unit_ready(line, item->unit, &item->req);
		ready = ovpp_line_later(ready, item->retry_ns);
		if (item->pending)
			look_at_write(own, item, ready, now);
		if (is_polled(item))
			look_at_read(own, item, ready, now);
	}
}

static struct ovpp_line_item *choose_own(const struct ovpp_line *line,
					 const struct own *own, u64 now)
{
	bool starves = own->read && line->wrote &&
		       now - own->read_ns > ovpp_line_ms(READ_PATIENCE_MS);

	return own->write && !starves ? own->write : own->read;
}

/* Most likely time until the line is free again. */
static u64 estimate(const struct ovpp_line *line,
		    const struct ovpp_line_foreign *f,
		    const struct ovpp_line_unit *u,
		    const struct ovpp_modbus_request *req)
{
	size_t sent = f->len + OVPP_MODBUS_ADU_MAX - OVPP_MODBUS_PDU_MAX;

	return ovpp_line_chars(line, sent + ovpp_line_answer_len(req)) +
	       ovpp_line_unit_learnt(u) + line->timing.t35_ns;
}

/* Sets c->foreign if this one may go now, else when. */
static void look_at_foreign(struct ovpp_line *line, struct ovpp_line_foreign *f,
			    u64 own_ns, u64 now, struct ovpp_line_choice *c)
{
	struct ovpp_line_unit *u = ovpp_line_unit(line, f->unit);
	struct ovpp_modbus_request req;
	u64 at;

	c->wake_ns = ovpp_line_earlier(c->wake_ns, f->expires_ns);
	if (ovpp_modbus_parse(f->pdu, f->len, &req))
		return;
	at = ovpp_line_unit_ready(line, u, &req);
	if (at <= now) {
		if (now + estimate(line, f, u, &req) <= own_ns) {
			c->foreign = f;
			return;
		}
		at = ovpp_line_later(line->foreign_ns, f->queued_ns +
				     ovpp_line_ms(OVPP_LINE_FOREIGN_PATIENCE_MS));
		if (at <= now) {
			c->foreign = f;
			c->out_of_turn = true;
			return;
		}
	}
	c->wake_ns = ovpp_line_earlier(c->wake_ns, at);
}

void ovpp_line_choose(struct ovpp_line *line, u64 now,
		      struct ovpp_line_choice *c)
{
	struct own own = { .next_ns = U64_MAX };
	unsigned int i;

	look_at_items(line, &own, now);
	memset(c, 0, sizeof(*c));
	c->item = choose_own(line, &own, now);
	c->wake_ns = own.next_ns;
	if (c->item && c->item == own.write)
		return;
	for (i = 0; i < line->n_queue && !c->foreign; i++)
		look_at_foreign(line, line->queue[i], c->item ? now : own.next_ns,
				now, c);
	if (c->foreign)
		c->item = NULL;
}
