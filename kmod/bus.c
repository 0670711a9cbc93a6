// SPDX-License-Identifier: GPL-2.0-only
/* A bus's life, and its frames on their way to a DER. */

#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "bus.h"
#include "der.h"
#include "hook_run.h"
#include "trace.h"

/*
 * Key of an identifier in bus->rx. 29-bit ones are apart from 11-bit ones; a
 * J1939 message is found whatever its priority, so that the priority bits are
 * not in its key.
 */
#define OVPP_KEY_EXT BIT(31)
#define OVPP_KEY_PGN BIT(30)
#define OVPP_PGN_MASK GENMASK(25, 0)

static u32 ovpp_bus_key(u32 id, u8 flags)
{
	if (flags & OVPP_MESSAGE_PGN)
		return (id & OVPP_PGN_MASK) | OVPP_KEY_EXT | OVPP_KEY_PGN;
	return id | (flags & OVPP_MESSAGE_EXT ? OVPP_KEY_EXT : 0);
}

static struct ovpp_rx *ovpp_bus_lookup(struct ovpp_bus *bus, u32 key)
{
	struct ovpp_rx *rx;

	hash_for_each_possible_rcu(bus->rx, rx, node, key,
				   lockdep_is_held(&bus->site->lock))
		if (rx->key == key)
			return rx;
	return NULL;
}

static struct ovpp_rx *ovpp_bus_match(struct ovpp_bus *bus,
				      const struct ovpp_frame *frame)
{
	struct ovpp_rx *rx;

	rx = ovpp_bus_lookup(bus, ovpp_bus_key(frame->id, frame->flags));
	if (!rx && frame->flags & OVPP_MESSAGE_EXT)
		rx = ovpp_bus_lookup(bus, ovpp_bus_key(frame->id,
						       OVPP_MESSAGE_PGN));
	return rx;
}

static __always_inline void ovpp_bus_take(struct ovpp_bus *bus,
					  const struct ovpp_rx *rx,
					  const struct ovpp_frame *frame,
					  u64 now)
{
	if (!rx) {
		atomic64_inc(&bus->stats.rx_other);
		return;
	}
	atomic64_inc(&bus->stats.rx_frames);
	trace_ovpp_frame_rx(bus->site->id, bus->id, rx->der->ctl.id, frame->id,
			    frame->len);
	ovpp_der_receive(rx->der, rx->msg, frame, now);
}

/* A function of its own, so that frames without hooks need none of its stack. */
static noinline void ovpp_bus_receive_hooked(struct ovpp_bus *bus,
					     const struct ovpp_frame *frame,
					     u64 now)
{
	/* Programs see nothing of it that was not written before. */
	struct ovpp_frame_call call __uninitialized;
	const struct ovpp_rx *rx;

	rcu_read_lock();
	rx = ovpp_bus_match(bus, frame);
	if (ovpp_frame_show(&call, OVPP_HOOK_FRAME_RX, bus,
			    rx ? rx->der->ctl.id : 0, frame, now))
		ovpp_bus_take(bus, rx, &call.frame, now);
	rcu_read_unlock();
}

void ovpp_bus_receive(struct ovpp_bus *bus, const struct ovpp_frame *frame,
		      u64 now)
{
	if (ovpp_hook_at(OVPP_HOOK_FRAME_RX)) {
		ovpp_bus_receive_hooked(bus, frame, now);
		return;
	}
	/* The compiler is to save registers only here, where that is needed. */
	OPTIMIZER_HIDE_VAR(bus);
	OPTIMIZER_HIDE_VAR(frame);
	OPTIMIZER_HIDE_VAR(now);
	rcu_read_lock();
	ovpp_bus_take(bus, ovpp_bus_match(bus, frame), frame, now);
	rcu_read_unlock();
}

void ovpp_bus_malformed(struct ovpp_bus *bus, const struct ovpp_frame *frame)
{
	struct ovpp_rx *rx;

	rcu_read_lock();
	rx = ovpp_bus_match(bus, frame);
	if (rx)
		ovpp_der_malformed(rx->der, frame->id, ktime_get_ns());
	else
		atomic64_inc(&bus->stats.rx_other);
	rcu_read_unlock();
}

/*
 * Two changes at the same moment (an error frame and the notifier, say) may
 * report the same state twice or in the other order; the state itself is that
 * of the last writer, as it would be with a lock.
 */
void ovpp_bus_set_state(struct ovpp_bus *bus, u8 state)
{
	if (xchg(&bus->state, state) != state)
		ovpp_site_event(bus->site, OVPP_EVENT_BUS_STATE, bus->id, 0,
				state);
}

/* Takes the identifiers of a DER out of bus->rx, as far as they are in it. */
static void ovpp_bus_drop(struct ovpp_der *der)
{
	unsigned int i;

	for (i = 0; i < der->n_rx; i++)
		if (!hlist_unhashed(&der->rx[i].node))
			hash_del_rcu(&der->rx[i].node);
}

static int ovpp_bus_claim(struct ovpp_bus *bus, struct ovpp_rx *rx,
			  struct netlink_ext_ack *extack)
{
	struct ovpp_rx *other;
	u32 id;
	int err;

	err = ovpp_message_id(rx->msg, rx->der->node, &id);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack,
				   "node %u moves identifier %#x out of range",
				   rx->der->node, rx->msg->id);
		return err;
	}
	rx->key = ovpp_bus_key(id, rx->msg->flags);
	other = ovpp_bus_lookup(bus, rx->key);
	if (other) {
		NL_SET_ERR_MSG_FMT(extack,
				   "identifier %#x on this bus is already that of DER %s",
				   id, other->der->name);
		return -EEXIST;
	}
	hash_add_rcu(bus->rx, &rx->node, rx->key);
	return 0;
}

int ovpp_bus_listen(struct ovpp_bus *bus, struct ovpp_der *der,
		    struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err = 0;

	lockdep_assert_held(&bus->site->lock);

	for (i = 0; i < der->n_rx && !err; i++)
		err = ovpp_bus_claim(bus, &der->rx[i], extack);
	if (!err && bus->ops->listen)
		err = bus->ops->listen(bus, der, extack);
	if (err)
		ovpp_bus_drop(der);
	return err;
}

void ovpp_bus_unlisten(struct ovpp_bus *bus, struct ovpp_der *der)
{
	lockdep_assert_held(&bus->site->lock);

	if (bus->ops->unlisten)
		bus->ops->unlisten(bus, der);
	ovpp_bus_drop(der);
}

void ovpp_bus_settle(struct ovpp_bus *bus, struct ovpp_der *der)
{
	lockdep_assert_held(&bus->site->lock);

	if (bus->ops->settle)
		bus->ops->settle(bus, der);
}

struct ovpp_bus *ovpp_bus_find(struct ovpp_site *site, u32 id,
			       const char *name)
{
	struct ovpp_bus *bus;

	lockdep_assert_held(&site->lock);

	list_for_each_entry(bus, &site->buses, node)
		if (name ? !strcmp(bus->name, name) : bus->id == id)
			return bus;
	return NULL;
}

/* Every kind of bus has parameters that the other has not. */
static int ovpp_bus_check(u32 type, const struct ovpp_bus_config *cfg,
			  struct netlink_ext_ack *extack)
{
	bool can = type == OVPP_BUS_CAN;

	if (!(cfg->set & (can ? OVPP_BUS_SET_MODBUS : OVPP_BUS_SET_CAN)))
		return 0;
	if (can)
		NL_SET_ERR_MSG(extack, "tty-fd, path, rs485 and foreign-write are of serial lines");
	else
		NL_SET_ERR_MSG(extack, "loopback and restarts are of CAN buses");
	return -EINVAL;
}

/* What every bus has, though not every kind uses it. */
static int ovpp_bus_apply(struct ovpp_bus *bus,
			  const struct ovpp_bus_config *cfg,
			  struct netlink_ext_ack *extack)
{
	u32 min = cfg->set & OVPP_BUS_SET_RESTART_MIN ? cfg->restart_min_ms :
							bus->restart_min_ms;
	u32 max = cfg->set & OVPP_BUS_SET_RESTART_MAX ? cfg->restart_max_ms :
							bus->restart_max_ms;
	int err;

	lockdep_assert_held(&bus->site->lock);

	err = ovpp_bus_check(bus->type, cfg, extack);
	if (err)
		return err;
	if (min > max) {
		NL_SET_ERR_MSG(extack, "restart-min-ms is above restart-max-ms");
		return -EINVAL;
	}
	/* Read by the loop and the restart work without the lock: one word each. */
	WRITE_ONCE(bus->restart_min_ms, min);
	WRITE_ONCE(bus->restart_max_ms, max);
	if (cfg->set & OVPP_BUS_SET_LOOPBACK)
		WRITE_ONCE(bus->loopback, cfg->loopback);
	return 0;
}

int ovpp_bus_set(struct ovpp_bus *bus, const struct ovpp_bus_config *cfg,
		 struct netlink_ext_ack *extack)
{
	return ovpp_bus_apply(bus, cfg, extack) ?:
	       (bus->ops->set ? bus->ops->set(bus, cfg, extack) : 0);
}

struct ovpp_bus *ovpp_bus_new(struct ovpp_site *site,
			      const struct ovpp_bus_config *cfg,
			      struct netlink_ext_ack *extack)
{
	struct ovpp_bus *bus;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&site->lock);

	if (ovpp_bus_find(site, 0, cfg->name)) {
		NL_SET_ERR_MSG(extack, "a bus of this name is there already");
		return ERR_PTR(-EEXIST);
	}

	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return ERR_PTR(-ENOMEM);

	bus->site = site;
	bus->ops = cfg->type == OVPP_BUS_MODBUS ? &ovpp_modbus_ops :
						  &ovpp_can_ops;
	bus->type = cfg->type;
	bus->id = site->next_bus;
	strscpy(bus->name, cfg->name, sizeof(bus->name));
	if (cfg->ifname)
		strscpy(bus->ifname, cfg->ifname, sizeof(bus->ifname));
	bus->loopback = true;
	bus->restart_min_ms = 100;
	bus->restart_max_ms = 10000;
	hash_init(bus->rx);

	err = ovpp_bus_apply(bus, cfg, extack);
	if (err)
		goto err_free;
	err = bus->ops->attach(bus, cfg, extack);
	if (err)
		goto err_free;

	site->next_bus++;
	list_add_tail(&bus->node, &site->buses);
	ovpp_site_event(site, OVPP_EVENT_BUS_ADDED, bus->id, 0, 0);
	return bus;

err_free:
	kfree(bus);
	return ERR_PTR(err);
}

int ovpp_bus_del(struct ovpp_bus *bus, struct netlink_ext_ack *extack)
{
	ASSERT_RTNL();
	lockdep_assert_held(&bus->site->lock);

	if (bus->users) {
		NL_SET_ERR_MSG_FMT(extack, "%u DER are on this bus", bus->users);
		return -EBUSY;
	}
	bus->ops->detach(bus);
	list_del(&bus->node);
	ovpp_site_event(bus->site, OVPP_EVENT_BUS_REMOVED, bus->id, 0, 0);
	kfree(bus);
	return 0;
}
