// SPDX-License-Identifier: GPL-2.0-only
/* Modbus lines behind bus.h: their life, and requests from the messages of DER. */

#include <linux/kthread.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "bus.h"
#include "compat.h"
#include "core/profile.h"
#include "der.h"
#include "modbus.h"
#include "site.h"

/* The longest that the last commands of a DER are waited for. */
#define OVPP_MODBUS_SETTLE_MS 1000

/* Every line of every site, under RTNL: where a serdev device that comes looks. */
static LIST_HEAD(ovpp_modbus_lines);

/* Requests from messages */

static bool ovpp_message_sent(const struct ovpp_message *msg)
{
	return msg->flags & OVPP_MESSAGE_TX;
}

/* The read of function 23 is one request with the write before it. */
static bool ovpp_message_joined(const struct ovpp_message *msg)
{
	return !ovpp_message_sent(msg) &&
	       OVPP_MODBUS_FUNCTION(msg->id) == OVPP_MODBUS_READ_WRITE;
}

static unsigned int ovpp_modbus_count(const struct ovpp_profile *prof,
				      unsigned int *writes)
{
	unsigned int i, n = 0;

	*writes = 0;
	for (i = 0; i < prof->n_messages; i++) {
		if (ovpp_message_joined(&prof->message[i]))
			continue;
		n++;
		*writes += ovpp_message_sent(&prof->message[i]);
	}
	return n;
}

/* What of the register no signal has, for the AND mask. */
static void ovpp_modbus_keep(const struct ovpp_profile *prof,
			     const struct ovpp_message *msg, u8 keep[2])
{
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	u8 covered[2] = {};
	unsigned int i;

	for (i = 0; i < msg->signals; i++)
		ovpp_signal_put(&sig[i], covered, sizeof(covered), U64_MAX);
	keep[0] = ~covered[0];
	keep[1] = ~covered[1];
}

static void ovpp_modbus_fill_read(struct ovpp_modbus_item *item,
				  const struct ovpp_der *der,
				  const struct ovpp_message *msg)
{
	struct ovpp_modbus_request *req = &item->line.req;

	req->function = OVPP_MODBUS_FUNCTION(msg->id);
	req->address = OVPP_MODBUS_ADDRESS(msg->id);
	req->quantity = ovpp_message_quantity(der->profile, msg);
	item->line.id = OVPP_MODBUS_ID(req->function, der->node, req->address);
	item->line.period_ms = msg->period_ms;
}

static void ovpp_modbus_fill_write(struct ovpp_modbus_item *item,
				   const struct ovpp_der *der,
				   const struct ovpp_message *msg, u8 *data)
{
	struct ovpp_modbus_request *req = &item->line.req;

	req->function = OVPP_MODBUS_FUNCTION(msg->id);
	req->write_address = OVPP_MODBUS_ADDRESS(msg->id);
	req->write_quantity = ovpp_message_quantity(der->profile, msg);
	req->data = data;
	req->len = msg->length;
	item->line.data = data;
	item->tx_id = OVPP_MODBUS_ID(req->function, der->node,
				     req->write_address);
	if (req->function == OVPP_MODBUS_READ_WRITE) {
		ovpp_modbus_fill_read(item, der, msg + 1);
		return;
	}
	req->address = req->write_address;
	req->quantity = req->write_quantity;
	item->line.id = item->tx_id;
	if (req->function == OVPP_MODBUS_MASK_WRITE) {
		ovpp_modbus_keep(der->profile, msg, item->keep);
		req->len = 4;
	}
}

static void ovpp_modbus_fill(struct ovpp_modbus_client *client, u8 *data)
{
	const struct ovpp_der *der = client->der;
	const struct ovpp_profile *prof = der->profile;
	struct ovpp_modbus_item *item = client->item;
	unsigned int i;

	for (i = 0; i < prof->n_messages; i++) {
		const struct ovpp_message *msg = &prof->message[i];

		if (ovpp_message_joined(msg))
			continue;
		item->client = client;
		item->line.unit = &client->unit->line;
		INIT_HLIST_NODE(&item->node);
		if (ovpp_message_sent(msg)) {
			ovpp_modbus_fill_write(item, der, msg, data);
			data += OVPP_MODBUS_PDU_MAX;
		} else {
			ovpp_modbus_fill_read(item, der, msg);
		}
		item++;
	}
}

/* Units: what is asked of one device is learnt together, whoever asks. */

static struct ovpp_modbus_unit *ovpp_modbus_find_unit(struct ovpp_modbus *m,
						      u8 address)
{
	struct ovpp_modbus_unit *unit;

	list_for_each_entry(unit, &m->units, node)
		if (unit->line.address == address)
			return unit;
	return NULL;
}

/* The most careful of the profiles decides. */
static struct ovpp_modbus_unit *ovpp_modbus_get_unit(struct ovpp_modbus *m,
						     const struct ovpp_der *der)
{
	const struct ovpp_profile *prof = der->profile;
	struct ovpp_modbus_unit *unit;
	unsigned long flags;

	unit = ovpp_modbus_find_unit(m, der->node);
	if (!unit) {
		unit = kzalloc(sizeof(*unit), GFP_KERNEL);
		if (!unit)
			return NULL;
		ovpp_line_unit_init(&unit->line, der->node);
		unit->line.response_ms = prof->response_ms;
		list_add_tail(&unit->node, &m->units);
	}
	unit->users++;
	raw_spin_lock_irqsave(&m->lock, flags);
	unit->line.spacing_ms = max(unit->line.spacing_ms, prof->spacing_ms);
	unit->line.response_ms = max(unit->line.response_ms, prof->response_ms);
	raw_spin_unlock_irqrestore(&m->lock, flags);
	return unit;
}

static void ovpp_modbus_put_unit(struct ovpp_modbus_unit *unit)
{
	if (--unit->users)
		return;
	list_del(&unit->node);
	kfree(unit);
}

/* DER come and go */

static struct ovpp_modbus_client *ovpp_modbus_client(struct ovpp_der *der)
{
	struct ovpp_modbus *m = der->bus->priv;
	struct ovpp_modbus_client *client;

	lockdep_assert_held(&der->site->lock);

	list_for_each_entry(client, &m->clients, node)
		if (client->der == der)
			return client;
	return NULL;
}

static struct ovpp_modbus_client *ovpp_modbus_client_new(struct ovpp_modbus *m,
							 struct ovpp_der *der)
{
	struct ovpp_modbus_client *client;
	unsigned int n, writes;
	size_t size;

	n = ovpp_modbus_count(der->profile, &writes);
	size = struct_size(client, item, n);
	client = kzalloc(size + writes * OVPP_MODBUS_PDU_MAX, GFP_KERNEL);
	if (!client)
		return NULL;
	client->unit = ovpp_modbus_get_unit(m, der);
	if (!client->unit) {
		kfree(client);
		return NULL;
	}
	client->der = der;
	client->id = der->ctl.id;
	client->n = n;
	ovpp_modbus_fill(client, (u8 *)client + size);
	return client;
}

static void ovpp_modbus_client_free(struct ovpp_modbus_client *client)
{
	ovpp_modbus_put_unit(client->unit);
	kfree(client);
}

static struct ovpp_modbus_item *ovpp_modbus_find_write(struct ovpp_modbus *m,
						       u32 id)
{
	struct ovpp_modbus_item *item;

	hash_for_each_possible(m->writes, item, node, id)
		if (item->tx_id == id)
			return item;
	return NULL;
}

static int ovpp_modbus_check(struct ovpp_modbus *m,
			     const struct ovpp_modbus_client *client,
			     struct netlink_ext_ack *extack)
{
	const struct ovpp_modbus_item *item, *other;

	if (m->line.n_items + client->n > OVPP_MODBUS_ITEMS_MAX) {
		NL_SET_ERR_MSG_FMT(extack,
				   "a line has at most %u requests to make",
				   OVPP_MODBUS_ITEMS_MAX);
		return -ENOSPC;
	}
	for (item = client->item; item < client->item + client->n; item++) {
		if (!item->line.data)
			continue;
		other = ovpp_modbus_find_write(m, item->tx_id);
		if (!other)
			continue;
		NL_SET_ERR_MSG_FMT(extack,
				   "DER %s writes to address %u of unit %u already",
				   other->client->der->name,
				   item->line.req.write_address,
				   client->unit->line.address);
		return -EEXIST;
	}
	return 0;
}

static int ovpp_modbus_listen(struct ovpp_bus *bus, struct ovpp_der *der,
			      struct netlink_ext_ack *extack)
{
	struct ovpp_modbus *m = bus->priv;
	struct ovpp_modbus_client *client;
	unsigned long flags;
	unsigned int i, n;
	int err;

	client = ovpp_modbus_client_new(m, der);
	if (!client)
		return -ENOMEM;
	err = ovpp_modbus_check(m, client, extack);
	if (err) {
		ovpp_modbus_client_free(client);
		return err;
	}
	list_add_tail(&client->node, &m->clients);
	raw_spin_lock_irqsave(&m->lock, flags);
	n = m->line.n_items;
	for (i = 0; i < client->n; i++) {
		struct ovpp_modbus_item *item = &client->item[i];

		m->table[n++] = &item->line;
		if (item->line.data)
			hash_add(m->writes, &item->node, item->tx_id);
	}
	ovpp_line_set_items(&m->line, m->table, n);
	raw_spin_unlock_irqrestore(&m->lock, flags);
	ovpp_modbus_kick(m);
	return 0;
}

static bool ovpp_modbus_owns(const struct ovpp_modbus_client *client,
			     const struct ovpp_line_item *line)
{
	return container_of(line, struct ovpp_modbus_item, line)->client ==
	       client;
}

static void ovpp_modbus_unlisten(struct ovpp_bus *bus, struct ovpp_der *der)
{
	struct ovpp_modbus_client *client = ovpp_modbus_client(der);
	struct ovpp_modbus *m = bus->priv;
	unsigned int i, n = 0;
	unsigned long flags;

	if (!client)
		return;
	raw_spin_lock_irqsave(&m->lock, flags);
	for (i = 0; i < client->n; i++)
		hash_del(&client->item[i].node);
	for (i = 0; i < m->line.n_items; i++)
		if (!ovpp_modbus_owns(client, m->table[i]))
			m->table[n++] = m->table[i];
	ovpp_line_set_items(&m->line, m->table, n);
	raw_spin_unlock_irqrestore(&m->lock, flags);
	list_del(&client->node);
	ovpp_modbus_client_free(client);
}

/* Commands */

static int ovpp_modbus_mail(struct ovpp_modbus_item *item,
			    const struct ovpp_frame *frame)
{
	struct ovpp_line_item *line = &item->line;
	const u8 *keep = item->keep, *v = frame->data;

	if (line->req.function == OVPP_MODBUS_MASK_WRITE) {
		const u8 masks[] = { keep[0], keep[1], v[0] & ~keep[0],
				     v[1] & ~keep[1] };

		if (frame->len != 2)
			return -EINVAL;
		ovpp_line_put(line, masks);
		return 0;
	}
	if (frame->len != line->req.len)
		return -EINVAL;
	ovpp_line_put(line, v);
	return 0;
}

/*
 * While the tty is away the mailbox is kept up to date all the same: what is written
 * first when it is back is the newest command.
 */
static int ovpp_modbus_send(struct ovpp_bus *bus,
			    const struct ovpp_frame *frame)
{
	struct ovpp_modbus *m = bus->priv;
	struct ovpp_modbus_item *item;
	unsigned long flags;
	int err = -ENOENT;

	raw_spin_lock_irqsave(&m->lock, flags);
	item = ovpp_modbus_find_write(m, frame->id);
	if (item)
		err = ovpp_modbus_mail(item, frame);
	if (!err && !m->up)
		err = -ENETDOWN;
	raw_spin_unlock_irqrestore(&m->lock, flags);
	if (!err)
		ovpp_modbus_kick(m);
	return err;
}

/* The last commands of a DER */

static bool ovpp_modbus_concerns(const struct ovpp_modbus_item *item,
				 const struct ovpp_der *der)
{
	return !der || item->client->der == der;
}

/*
 * One try of each is waited for; a request that is under way may carry older data,
 * then two.
 */
static void ovpp_modbus_mark(struct ovpp_modbus *m, struct ovpp_der *der)
{
	struct ovpp_modbus_item *item;
	unsigned long flags;
	unsigned int bkt;

	raw_spin_lock_irqsave(&m->lock, flags);
	hash_for_each(m->writes, bkt, item, node)
		if (ovpp_modbus_concerns(item, der))
			item->until = item->tries + 1 +
				      (m->line.cur_item == &item->line);
	raw_spin_unlock_irqrestore(&m->lock, flags);
}

static bool ovpp_modbus_settled(struct ovpp_modbus *m, struct ovpp_der *der,
				u64 end)
{
	struct ovpp_modbus_item *item;
	unsigned long flags;
	unsigned int bkt;
	bool waits = false;

	raw_spin_lock_irqsave(&m->lock, flags);
	hash_for_each(m->writes, bkt, item, node)
		/* A unit that is left alone for longer is not asked before the end. */
		waits |= ovpp_modbus_concerns(item, der) &&
			 item->line.pending &&
			 (s32)(item->tries - item->until) < 0 &&
			 item->line.unit->not_before_ns < end;
	waits &= m->up;
	raw_spin_unlock_irqrestore(&m->lock, flags);
	return !waits;
}

static void ovpp_modbus_settle(struct ovpp_bus *bus, struct ovpp_der *der)
{
	u64 end = ktime_get_ns() + OVPP_MODBUS_SETTLE_MS * OVPP_NS_PER_MS;
	struct ovpp_modbus *m = bus->priv;

	ovpp_modbus_mark(m, der);
	wait_event_timeout(m->settled, ovpp_modbus_settled(m, der, end),
			   msecs_to_jiffies(OVPP_MODBUS_SETTLE_MS));
}

static void ovpp_modbus_reprioritise(struct ovpp_bus *bus)
{
	struct ovpp_modbus *m = bus->priv;

	/* Of a thread that is there, within the range of priorities, it does not fail. */
	WARN_ON_ONCE(ovpp_modbus_prioritise(m, m->task));
}

/* The port */

static int ovpp_modbus_bind(struct ovpp_modbus *m,
			    const struct ovpp_bus_config *cfg,
			    struct netlink_ext_ack *extack)
{
	bool serdev = !(cfg->set & OVPP_BUS_SET_TTY);
	int err = serdev ? ovpp_serdev_bind(cfg->ifname, m, extack) :
			   ovpp_serial_bind(cfg->tty_fd, m, extack);

	if (!err)
		m->serdev = serdev;
	return err;
}

/* Of a tty that has gone nothing comes any more; the thread looks at another one. */
static int ovpp_modbus_rebind(struct ovpp_modbus *m,
			      const struct ovpp_bus_config *cfg,
			      struct netlink_ext_ack *extack)
{
	int err;

	if (READ_ONCE(m->up)) {
		NL_SET_ERR_MSG(extack, "the bus has a tty");
		return -EBUSY;
	}
	kthread_park(m->task);
	if (m->port)
		ovpp_port_unbind(m->port);
	m->port = NULL;
	err = ovpp_modbus_bind(m, cfg, extack);
	kthread_unpark(m->task);
	return err;
}

static void ovpp_modbus_take_back(struct ovpp_modbus *m, const char *name)
{
	const struct ovpp_bus_config cfg = { .ifname = name };

	mutex_lock(&m->bus->site->lock);
	if (m->serdev && !READ_ONCE(m->up) && !strcmp(m->bus->ifname, name))
		ovpp_modbus_rebind(m, &cfg, NULL);
	mutex_unlock(&m->bus->site->lock);
}

void ovpp_modbus_return(const char *name)
{
	struct ovpp_modbus *m;

	rtnl_lock();
	list_for_each_entry(m, &ovpp_modbus_lines, node)
		ovpp_modbus_take_back(m, name);
	rtnl_unlock();
}

static int ovpp_modbus_foreign(struct ovpp_modbus *m, bool write,
			       struct netlink_ext_ack *extack)
{
	if (write && m->bus->site->eng.envelope.locked) {
		NL_SET_ERR_MSG(extack, "the envelope is locked: nobody else may write");
		return -EPERM;
	}
	m->foreign_write = write;
	return 0;
}

static int ovpp_modbus_set(struct ovpp_bus *bus,
			   const struct ovpp_bus_config *cfg,
			   struct netlink_ext_ack *extack)
{
	struct ovpp_modbus *m = bus->priv;
	bool foreign_write = m->foreign_write;
	int err = 0;

	if (cfg->set & OVPP_BUS_SET_FOREIGN_WRITE)
		err = ovpp_modbus_foreign(m, cfg->foreign_write, extack);
	if (!err && cfg->set & OVPP_BUS_SET_TTY)
		err = ovpp_modbus_rebind(m, cfg, extack);
	if (err)
		m->foreign_write = foreign_write;
	return err;
}

static struct ovpp_modbus *ovpp_modbus_alloc(struct ovpp_bus *bus,
					     const struct ovpp_bus_config *cfg)
{
	struct ovpp_modbus *m = kvzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	kref_init(&m->ref);
	m->bus = bus;
	raw_spin_lock_init(&m->lock);
	ovpp_hrtimer_setup(&m->timer, ovpp_modbus_timer, CLOCK_MONOTONIC,
			   HRTIMER_MODE_ABS_HARD);
	init_waitqueue_head(&m->settled);
	INIT_LIST_HEAD(&m->clients);
	INIT_LIST_HEAD(&m->units);
	INIT_LIST_HEAD(&m->calls);
	hash_init(m->writes);
	ovpp_line_init(&m->line);
	if (cfg->set & OVPP_BUS_SET_PATH)
		strscpy(m->path, cfg->path, sizeof(m->path));
	if (cfg->set & OVPP_BUS_SET_RS485) {
		m->has_rs485 = true;
		m->rs485 = cfg->rs485;
	}
	return m;
}

static int ovpp_modbus_attach(struct ovpp_bus *bus,
			      const struct ovpp_bus_config *cfg,
			      struct netlink_ext_ack *extack)
{
	struct ovpp_modbus *m = ovpp_modbus_alloc(bus, cfg);
	int err;

	if (!m)
		return -ENOMEM;
	err = ovpp_modbus_foreign(m, cfg->foreign_write, extack) ?:
	      ovpp_modbus_start(m);
	if (err)
		goto err_put;
	bus->priv = m;
	err = ovpp_modbus_bind(m, cfg, extack);
	if (err)
		goto err_stop;
	list_add_tail(&m->node, &ovpp_modbus_lines);
	ovpp_modbus_kick(m);
	return 0;

err_stop:
	ovpp_modbus_stop(m);
err_put:
	ovpp_modbus_put(m);
	return err;
}

/*
 * The thread stops first, since it writes; then nothing comes from the port, and
 * nobody sets the timer any more; then those who waited for an answer are told.
 */
static void ovpp_modbus_detach(struct ovpp_bus *bus)
{
	struct ovpp_modbus *m = bus->priv;

	ASSERT_RTNL();
	list_del(&m->node);
	ovpp_modbus_stop(m);
	if (m->port)
		ovpp_port_unbind(m->port);
	hrtimer_cancel(&m->timer);
	ovpp_modbus_end_calls(m);
	ovpp_modbus_put(m);
}

const struct ovpp_bus_ops ovpp_modbus_ops = {
	.attach = ovpp_modbus_attach,
	.detach = ovpp_modbus_detach,
	.send = ovpp_modbus_send,
	.set = ovpp_modbus_set,
	.listen = ovpp_modbus_listen,
	.unlisten = ovpp_modbus_unlisten,
	.settle = ovpp_modbus_settle,
	.prioritise = ovpp_modbus_reprioritise,
};

/* For whoever asks */

void ovpp_modbus_look(struct ovpp_bus *bus, struct ovpp_modbus_view *view)
{
	struct ovpp_modbus *m = bus->priv;
	unsigned long flags;

	raw_spin_lock_irqsave(&m->lock, flags);
	view->settings = m->settings;
	view->stats = m->line.stats;
	view->busy_ppm = ovpp_line_busy(&m->line, ktime_get_ns());
	raw_spin_unlock_irqrestore(&m->lock, flags);
}

bool ovpp_modbus_look_unit(struct ovpp_der *der, struct ovpp_line_unit *unit)
{
	struct ovpp_modbus_client *client;
	struct ovpp_modbus *m;
	unsigned long flags;

	if (der->bus->type != OVPP_BUS_MODBUS)
		return false;
	client = ovpp_modbus_client(der);
	if (!client)
		return false;
	m = der->bus->priv;
	raw_spin_lock_irqsave(&m->lock, flags);
	*unit = client->unit->line;
	raw_spin_unlock_irqrestore(&m->lock, flags);
	return true;
}
