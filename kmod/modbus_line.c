// SPDX-License-Identifier: GPL-2.0-only
/* A Modbus line at work: its thread, its port's callbacks, requests from outside. */

#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/sched/types.h>

#include "bus.h"
#include "core/profile.h"
#include "modbus.h"
#include "site.h"

/* So many bytes are looked at in one go, with interrupts off. */
#define OVPP_MODBUS_CHUNK 64

/* The thread */

/* As in loop.c: what the caller wrote is seen by the thread that this wakes. */
void ovpp_modbus_kick(struct ovpp_modbus *m)
{
	if (!atomic_xchg(&m->kicked, 1))
		wake_up_process(m->task);
}

enum hrtimer_restart ovpp_modbus_timer(struct hrtimer *timer)
{
	ovpp_modbus_kick(container_of(timer, struct ovpp_modbus, timer));
	return HRTIMER_NORESTART;
}

/*
 * The thread is to look at @wake, U64_MAX: when it is kicked. Under the lock, so that
 * the time is of who has looked last.
 */
static void ovpp_modbus_wake_at(struct ovpp_modbus *m, u64 wake)
{
	lockdep_assert_held(&m->lock);

	if (wake == U64_MAX)
		hrtimer_try_to_cancel(&m->timer);
	else
		hrtimer_start(&m->timer, ns_to_ktime(wake),
			      HRTIMER_MODE_ABS_HARD);
}

static struct ovpp_modbus_call *ovpp_modbus_call_of(struct ovpp_line_foreign *f)
{
	return container_of(f, struct ovpp_modbus_call, f);
}

static struct ovpp_modbus_item *ovpp_modbus_item_of(struct ovpp_line_item *item)
{
	return container_of(item, struct ovpp_modbus_item, line);
}

/**
 * struct ovpp_modbus_end - what is to be done about an outcome
 * @call: request from outside that has ended, or NULL
 * @id: identifier of the message, of one of a DER's own requests
 * @der: id of that DER
 * @reads: its answer is a frame for the DER
 * @writes: it has written
 * @report: a refusal that is to be reported
 */
struct ovpp_modbus_end {
	struct ovpp_modbus_call *call;
	u32 id;
	u32 der;
	bool reads;
	bool writes;
	bool report;
};

/*
 * Items may go as soon as the lock is let go, with their DER: all that is needed of
 * them is copied.
 */
static void ovpp_modbus_ended(struct ovpp_modbus *m,
			      const struct ovpp_line_outcome *out,
			      struct ovpp_modbus_end *end)
{
	struct ovpp_modbus_client *client;
	struct ovpp_modbus_item *item;

	lockdep_assert_held(&m->lock);

	*end = (struct ovpp_modbus_end){};
	if (out->foreign) {
		end->call = ovpp_modbus_call_of(out->foreign);
		list_del_init(&end->call->node);
		return;
	}
	item = ovpp_modbus_item_of(out->item);
	client = item->client;
	item->tries++;
	end->id = item->line.id;
	end->der = client->id;
	end->writes = item->line.req.write_quantity;
	end->reads = !end->writes ||
		     item->line.req.function == OVPP_MODBUS_READ_WRITE;
	if (out->result == OVPP_LINE_EXCEPTION &&
	    (!client->reported_ns ||
	     out->time_ns - client->reported_ns >= NSEC_PER_SEC)) {
		client->reported_ns = out->time_ns;
		end->report = true;
	}
}

/* Length of the answer, which is copied to the request, or -errno. */
static int ovpp_modbus_result(struct ovpp_line_foreign *f,
			      const struct ovpp_line_outcome *out)
{
	switch (out->result) {
	case OVPP_LINE_ANSWERED:
	case OVPP_LINE_EXCEPTION:
		f->len = out->len;
		memcpy(f->pdu, out->data, out->len);
		return out->len;
	case OVPP_LINE_GARBLED:
		return -EBADMSG;
	default:
		return -ETIMEDOUT;
	}
}

/* Hands an outcome on. Nothing is locked. */
static void ovpp_modbus_deliver(struct ovpp_modbus *m,
				const struct ovpp_line_outcome *out,
				const struct ovpp_modbus_end *end)
{
	struct ovpp_bus *bus = m->bus;
	struct ovpp_frame frame = {
		.id = end->id,
		.flags = OVPP_MESSAGE_EXT,
		.len = out->len,
		.data = out->data,
	};

	if (end->call) {
		end->call->done(end->call,
				ovpp_modbus_result(&end->call->f, out));
		return;
	}
	if (out->result == OVPP_LINE_ANSWERED && end->reads)
		ovpp_bus_receive(bus, &frame, out->time_ns);
	else if (out->result == OVPP_LINE_GARBLED && end->reads)
		ovpp_bus_malformed(bus, &frame);
	else if (out->result == OVPP_LINE_GARBLED)
		atomic64_inc(&bus->stats.rx_malformed);
	if (end->report)
		ovpp_site_event(bus->site, OVPP_EVENT_MODBUS_EXCEPTION, bus->id,
				end->der, end->id | (s64)out->exception << 32);
	if (end->writes && wq_has_sleeper(&m->settled))
		wake_up_all(&m->settled);
}

/* What ends, and else what to send now. Returns true if something has ended. */
static bool ovpp_modbus_look_at_line(struct ovpp_modbus *m,
				     struct ovpp_modbus_end *end)
{
	u64 now, wake = U64_MAX;
	unsigned long flags;
	bool ended = false;
	const u8 *adu;
	size_t n;

	raw_spin_lock_irqsave(&m->lock, flags);
	if (!m->up) {
		WRITE_ONCE(m->tx_left, 0);
		goto out;
	}
	now = ktime_get_ns();
	ended = ovpp_line_outcome(&m->line, now, &m->out);
	if (ended) {
		ovpp_modbus_ended(m, &m->out, end);
		goto out;
	}
	n = ovpp_line_next(&m->line, now, &adu, &wake);
	if (n) {
		m->tx = adu;
		WRITE_ONCE(m->tx_left, n);
	}
out:
	if (!ended)
		ovpp_modbus_wake_at(m, wake);
	raw_spin_unlock_irqrestore(&m->lock, flags);
	return ended;
}

/*
 * Gives the port what it takes; when it takes the rest it says so. What a port has
 * not taken when the master goes on to the next request is not sent any more.
 */
static void ovpp_modbus_transmit(struct ovpp_modbus *m)
{
	ssize_t n = ovpp_port_write(m->port, m->tx, m->tx_left);

	if (n < 0)
		n = m->tx_left;
	m->tx += n;
	WRITE_ONCE(m->tx_left, m->tx_left - n);
}

static void ovpp_modbus_step(struct ovpp_modbus *m)
{
	struct ovpp_modbus_end end;

	while (ovpp_modbus_look_at_line(m, &end))
		ovpp_modbus_deliver(m, &m->out, &end);
	if (m->tx_left)
		ovpp_modbus_transmit(m);
}

static int ovpp_modbus_thread(void *data)
{
	struct ovpp_modbus *m = data;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (kthread_should_park()) {
			__set_current_state(TASK_RUNNING);
			kthread_parkme();
			/* Another port. */
			atomic_set(&m->kicked, 1);
		} else if (atomic_xchg(&m->kicked, 0)) {
			__set_current_state(TASK_RUNNING);
			ovpp_modbus_step(m);
		} else {
			schedule();
		}
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* One below the loop, which never waits for a line. */
int ovpp_modbus_prioritise(struct ovpp_modbus *m, struct task_struct *task)
{
	struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = max(m->bus->site->loop.priority, 2U) - 1,
	};

	return sched_setattr_nocheck(task, &attr);
}

int ovpp_modbus_start(struct ovpp_modbus *m)
{
	struct task_struct *task;
	int err;

	task = kthread_create(ovpp_modbus_thread, m, "ovppl/%s", m->bus->name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	err = ovpp_modbus_prioritise(m, task);
	if (err) {
		kthread_stop(task);
		return err;
	}
	/* Who kicks may still hold it when it has stopped. */
	m->task = get_task_struct(task);
	return 0;
}

void ovpp_modbus_stop(struct ovpp_modbus *m)
{
	kthread_stop(m->task);
}

/* What ports call */

static int ovpp_modbus_timing_of(struct ovpp_modbus_timing *timing,
				 const struct ovpp_port_settings *settings)
{
	return ovpp_modbus_timing(timing, settings->baud, settings->bits);
}

/* With the thread parked or not yet awake: it is the only one that looks at the port. */
int ovpp_modbus_bound(struct ovpp_modbus *m, struct ovpp_port *port,
		      struct netlink_ext_ack *extack)
{
	struct ovpp_modbus_timing timing;
	struct ovpp_bus *bus = m->bus;
	unsigned long flags;
	int err;

	lockdep_assert_held(&port->lock);

	err = ovpp_modbus_timing_of(&timing, &port->settings);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack, "no line for Modbus at %u Bd",
				   port->settings.baud);
		return err;
	}
	m->port = port;
	strscpy(bus->ifname, port->name, sizeof(bus->ifname));
	raw_spin_lock_irqsave(&m->lock, flags);
	m->settings = port->settings;
	ovpp_line_set_timing(&m->line, &timing, ktime_get_ns());
	m->up = true;
	raw_spin_unlock_irqrestore(&m->lock, flags);
	ovpp_bus_set_state(bus, OVPP_BUS_STATE_UP);
	return 0;
}

void ovpp_modbus_lost(struct ovpp_modbus *m)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&m->lock, flags);
	m->up = false;
	raw_spin_unlock_irqrestore(&m->lock, flags);
	ovpp_modbus_end_calls(m);
	ovpp_modbus_kick(m);
	wake_up_all(&m->settled);
	ovpp_bus_set_state(m->bus, OVPP_BUS_STATE_ABSENT);
}

/* A speed that no line has (0, to hang up) changes nothing. */
void ovpp_modbus_retime(struct ovpp_modbus *m,
			const struct ovpp_port_settings *settings)
{
	struct ovpp_modbus_timing timing;
	unsigned long flags;

	if (ovpp_modbus_timing_of(&timing, settings))
		return;
	raw_spin_lock_irqsave(&m->lock, flags);
	m->settings = *settings;
	ovpp_line_set_timing(&m->line, &timing, ktime_get_ns());
	raw_spin_unlock_irqrestore(&m->lock, flags);
	ovpp_modbus_kick(m);
}

/*
 * Most often there was room for the whole request, and nothing is left to wake the
 * thread for. What is left is not lowered before the port has been written to: room
 * that is made meanwhile is not missed.
 */
void ovpp_modbus_room(struct ovpp_modbus *m)
{
	if (READ_ONCE(m->tx_left))
		ovpp_modbus_kick(m);
}

/*
 * The answer to one of a DER's own requests is taken here; whatever else has ended is
 * left to the thread, which is kicked for it.
 *
 * Return: true if an answer is in m->heard.
 */
static bool ovpp_modbus_hear(struct ovpp_modbus *m, const u8 *data, size_t len,
			     u64 now, struct ovpp_modbus_end *end)
{
	bool ended, answered;
	unsigned long flags;

	raw_spin_lock_irqsave(&m->lock, flags);
	ended = ovpp_line_receive(&m->line, data, len, now) && m->up;
	answered = ended && m->line.cur_item &&
		   ovpp_line_outcome(&m->line, now, &m->heard);
	if (answered) {
		ovpp_modbus_ended(m, &m->heard, end);
		ovpp_modbus_wake_at(m, ovpp_line_wake(&m->line));
	}
	raw_spin_unlock_irqrestore(&m->lock, flags);
	if (ended && !answered)
		ovpp_modbus_kick(m);
	return answered;
}

/*
 * While an answer is handed on the thread may go on to the next request, but not to
 * its answer, which the same receiver would have to bring: values stay in their order.
 */
void ovpp_modbus_receive(struct ovpp_modbus *m, const u8 *data, size_t len,
			 unsigned int bad)
{
	u64 now = ktime_get_ns();
	struct ovpp_modbus_end end;
	size_t n;

	atomic64_add(bad, &m->bus->stats.rx_errors);
	for (; len; data += n, len -= n) {
		n = min_t(size_t, len, OVPP_MODBUS_CHUNK);
		if (ovpp_modbus_hear(m, data, n, now, &end))
			ovpp_modbus_deliver(m, &m->heard, &end);
	}
}

/* Requests from outside */

static bool ovpp_modbus_of_coils(u8 function)
{
	return function == OVPP_MODBUS_WRITE_COIL ||
	       function == OVPP_MODBUS_WRITE_COILS;
}

/* Do two requests to the same unit write something in common? */
static bool ovpp_modbus_collide(const struct ovpp_modbus_request *a,
				const struct ovpp_modbus_request *b)
{
	return ovpp_modbus_of_coils(a->function) ==
		       ovpp_modbus_of_coils(b->function) &&
	       a->write_address < b->write_address + b->write_quantity &&
	       b->write_address < a->write_address + a->write_quantity;
}

/* Does a request write to what carries commands of a DER? Under the lock. */
static bool ovpp_modbus_meddles(struct ovpp_modbus *m, u8 unit,
				const struct ovpp_modbus_request *req)
{
	struct ovpp_modbus_item *item;
	unsigned int bkt;

	hash_for_each(m->writes, bkt, item, node)
		if (item->line.unit->address == unit &&
		    ovpp_modbus_collide(&item->line.req, req))
			return true;
	return false;
}

static int ovpp_modbus_queue(struct ovpp_modbus *m,
			     struct ovpp_modbus_call *call,
			     const struct ovpp_modbus_request *req)
{
	int err;

	if (!m->up)
		return -ENODEV;
	if (req->write_quantity && ovpp_modbus_meddles(m, call->f.unit, req))
		return -EACCES;
	err = ovpp_line_submit(&m->line, &call->f);
	if (err)
		return err;
	kref_get(&m->ref);
	WRITE_ONCE(call->line, m);
	list_add_tail(&call->node, &m->calls);
	return 0;
}

int ovpp_modbus_submit(struct ovpp_bus *bus, struct ovpp_modbus_call *call,
		       u32 timeout_ms)
{
	struct ovpp_modbus *m = bus->priv;
	struct ovpp_modbus_request req;
	unsigned long flags;
	int err;

	lockdep_assert_held(&bus->site->lock);

	if (bus->type != OVPP_BUS_MODBUS)
		return -ENODEV;
	err = ovpp_modbus_parse(call->f.pdu, call->f.len, &req);
	if (err)
		return err;
	if (req.write_quantity && !m->foreign_write)
		return -EPERM;

	call->f.queued_ns = ktime_get_ns();
	call->f.expires_ns = call->f.queued_ns + timeout_ms * OVPP_NS_PER_MS;
	raw_spin_lock_irqsave(&m->lock, flags);
	err = ovpp_modbus_queue(m, call, &req);
	raw_spin_unlock_irqrestore(&m->lock, flags);
	if (!err)
		ovpp_modbus_kick(m);
	return err;
}

bool ovpp_modbus_withdraw(struct ovpp_modbus_call *call)
{
	struct ovpp_modbus *m = READ_ONCE(call->line);
	unsigned long flags;
	bool taken;

	if (!m)
		return false;
	raw_spin_lock_irqsave(&m->lock, flags);
	taken = !list_empty(&call->node);
	if (taken) {
		list_del_init(&call->node);
		ovpp_line_withdraw(&m->line, &call->f);
	}
	raw_spin_unlock_irqrestore(&m->lock, flags);
	return taken;
}

void ovpp_modbus_end_calls(struct ovpp_modbus *m)
{
	struct ovpp_modbus_call *call;
	unsigned long flags;

	for (;;) {
		raw_spin_lock_irqsave(&m->lock, flags);
		call = list_first_entry_or_null(&m->calls,
						struct ovpp_modbus_call, node);
		if (call) {
			list_del_init(&call->node);
			ovpp_line_withdraw(&m->line, &call->f);
		}
		raw_spin_unlock_irqrestore(&m->lock, flags);
		if (!call)
			return;
		call->done(call, -ENODEV);
	}
}

void ovpp_modbus_call_put(struct ovpp_modbus_call *call)
{
	ovpp_modbus_put(call->line);
}

static void ovpp_modbus_free(struct kref *ref)
{
	struct ovpp_modbus *m = container_of(ref, struct ovpp_modbus, ref);

	if (m->task)
		put_task_struct(m->task);
	kvfree(m);
}

void ovpp_modbus_put(struct ovpp_modbus *m)
{
	kref_put(&m->ref, ovpp_modbus_free);
}
