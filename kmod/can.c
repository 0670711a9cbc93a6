// SPDX-License-Identifier: GPL-2.0-only
/*
 * SocketCAN behind bus.h: receive filters, sending from a stock of buffers, and
 * the supervisor that follows the net device and brings it back from bus-off.
 */

#include <linux/can/core.h>
#include <linux/can/dev.h>
#include <linux/can/error.h>
#include <linux/can/skb.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "site.h"

/* Buffers kept ready, so that a tick allocates nothing; a power of two. */
#define OVPP_CAN_STOCK 128

/* A controller that stays on the bus for so many greatest pauses starts afresh. */
#define OVPP_CAN_CALM 10

/**
 * struct ovpp_can - a CAN net device in the service of a bus
 * @bus: the bus
 * @node: in ovpp_can_list, under RTNL
 * @dev: the device, NULL while absent; changed under RTNL, read under RCU
 * @tracker: of the reference to @dev
 * @mark: random; by it own frames are known that come back as an echo
 * @refill: fills the stock
 * @restart: takes the controller out of bus-off
 * @pause_ms: pause before the next restart
 * @off_ns: when bus-off was last entered
 * @take: senders, one at a time
 * @taken: buffers taken from the stock so far; under @take
 * @given: buffers put into it so far; written by @refill
 * @stock: buffer n is at n % OVPP_CAN_STOCK
 */
struct ovpp_can {
	struct ovpp_bus *bus;
	struct list_head node;
	struct net_device __rcu *dev;
	netdevice_tracker tracker;
	u32 mark;
	struct work_struct refill;
	struct delayed_work restart;
	u32 pause_ms;
	u64 off_ns;
	raw_spinlock_t take;
	u32 taken;
	u32 given;
	struct sk_buff *stock[OVPP_CAN_STOCK];
};

/* Every CAN bus of every site, under RTNL: what the notifier looks through. */
static LIST_HEAD(ovpp_can_list);

/*
 * The stock has one producer, the refill work, and one consumer at a time. A
 * slot is the consumer's from the release of @given to that of @taken, so that
 * the two need no lock between them. Consumers are the loop and, seldom, a
 * reflex: theirs is never held for longer than it takes to count.
 */
static void ovpp_can_refill(struct work_struct *work)
{
	struct ovpp_can *can = container_of(work, struct ovpp_can, refill);
	const unsigned int size = sizeof(struct can_skb_priv) + CANFD_MTU;

	/* Pairs with the release in ovpp_can_take(): the slot is empty. */
	while (can->given - smp_load_acquire(&can->taken) < OVPP_CAN_STOCK) {
		struct sk_buff *skb = alloc_skb(size, GFP_KERNEL);

		if (!skb)
			return; /* the next frame sent asks again */
		can_skb_reserve(skb);
		can->stock[can->given % OVPP_CAN_STOCK] = skb;
		/* Pairs with the acquire in ovpp_can_take(): the slot is filled. */
		smp_store_release(&can->given, can->given + 1);
	}
}

static struct sk_buff *ovpp_can_take(struct ovpp_can *can)
{
	struct sk_buff *skb = NULL;
	unsigned long flags;
	u32 left;

	raw_spin_lock_irqsave(&can->take, flags);
	/* Pairs with the release in ovpp_can_refill(). */
	left = smp_load_acquire(&can->given) - can->taken;
	if (left) {
		skb = can->stock[can->taken % OVPP_CAN_STOCK];
		/* Pairs with the acquire in ovpp_can_refill(). */
		smp_store_release(&can->taken, can->taken + 1);
	}
	raw_spin_unlock_irqrestore(&can->take, flags);
	if (left <= OVPP_CAN_STOCK / 2)
		queue_work(system_highpri_wq, &can->refill);
	return skb;
}

static void ovpp_can_empty(struct ovpp_can *can)
{
	for (; can->taken != can->given; can->taken++)
		kfree_skb(can->stock[can->taken % OVPP_CAN_STOCK]);
}

/* Both frame kinds have id, length, flags and data at the same offsets. */
static void ovpp_can_fill(struct sk_buff *skb, struct net_device *dev, u32 mark,
			  const struct ovpp_frame *frame)
{
	bool fd = frame->flags & OVPP_MESSAGE_FD;
	struct canfd_frame *cf;

	cf = skb_put_zero(skb, fd ? CANFD_MTU : CAN_MTU);
	cf->can_id = frame->id |
		     (frame->flags & OVPP_MESSAGE_EXT ? CAN_EFF_FLAG : 0);
	cf->len = frame->len;
	if (fd)
		cf->flags = CANFD_FDF |
			    (frame->flags & OVPP_MESSAGE_BRS ? CANFD_BRS : 0);
	memcpy(cf->data, frame->data, frame->len);

	/* Which fields there are beside ifindex differs between kernels; 0 fits all. */
	memset(can_skb_prv(skb), 0, sizeof(struct can_skb_priv));
	can_skb_prv(skb)->ifindex = dev->ifindex;
	skb->dev = dev;
	skb->mark = mark;
}

static int ovpp_can_send(struct ovpp_bus *bus, const struct ovpp_frame *frame)
{
	struct ovpp_can *can = bus->priv;
	struct net_device *dev;
	struct sk_buff *skb;
	int err = -ENETDOWN;

	rcu_read_lock();
	dev = rcu_dereference(can->dev);
	if (!dev || !(dev->flags & IFF_UP))
		goto out;
	err = -ENOBUFS;
	skb = ovpp_can_take(can);
	if (!skb)
		goto out;
	ovpp_can_fill(skb, dev, can->mark, frame);
	err = can_send(skb, READ_ONCE(bus->loopback));
out:
	rcu_read_unlock();
	return err;
}

static void ovpp_can_rx(struct sk_buff *skb, void *data)
{
	const struct canfd_frame *cf = (struct canfd_frame *)skb->data;
	struct ovpp_frame frame = { .len = cf->len, .data = cf->data };
	struct ovpp_can *can = data;

	if (skb->mark == can->mark)
		return;
	if (can_is_canfd_skb(skb))
		frame.flags = OVPP_MESSAGE_FD;
	else if (!can_is_can_skb(skb))
		return;

	if (cf->can_id & CAN_EFF_FLAG) {
		frame.flags |= OVPP_MESSAGE_EXT;
		frame.id = cf->can_id & CAN_EFF_MASK;
	} else {
		frame.id = cf->can_id & CAN_SFF_MASK;
	}
	if (cf->can_id & CAN_RTR_FLAG)
		ovpp_bus_malformed(can->bus, &frame);
	else
		ovpp_bus_receive(can->bus, &frame, ktime_get_ns());
}

static void ovpp_can_bus_off(struct ovpp_can *can)
{
	struct ovpp_bus *bus = can->bus;
	u32 min = READ_ONCE(bus->restart_min_ms);
	u32 max = READ_ONCE(bus->restart_max_ms);
	u64 now = ktime_get_ns();

	atomic64_inc(&bus->stats.bus_offs);
	if (now - can->off_ns > (u64)max * OVPP_CAN_CALM * NSEC_PER_MSEC)
		can->pause_ms = min;
	can->off_ns = now;
	can->pause_ms = clamp(can->pause_ms, min, max);
	ovpp_bus_set_state(bus, OVPP_BUS_STATE_BUS_OFF);
	mod_delayed_work(system_wq, &can->restart,
			 msecs_to_jiffies(can->pause_ms));
	can->pause_ms = min(can->pause_ms * 2, max);
}

/* Error frames of one device come one after the other: no lock needed. */
static void ovpp_can_error(struct sk_buff *skb, void *data)
{
	const struct can_frame *cf = (struct can_frame *)skb->data;
	struct ovpp_can *can = data;

	atomic64_inc(&can->bus->stats.rx_errors);
	if (cf->can_id & CAN_ERR_BUSOFF)
		ovpp_can_bus_off(can);
	else if (cf->can_id & CAN_ERR_RESTARTED)
		ovpp_bus_set_state(can->bus, OVPP_BUS_STATE_UP);
}

/*
 * A controller whose driver restarts it (restart-ms) is left to it. Others are
 * taken down and up again, which is what every driver can do and what the
 * operator would.
 */
static void ovpp_can_restart(struct work_struct *work)
{
	struct ovpp_can *can =
		container_of(work, struct ovpp_can, restart.work);
	struct net_device *dev;
	struct can_priv *priv;

	/* Detaching waits for this work under RTNL, so waiting here would lock up. */
	if (!rtnl_trylock()) {
		schedule_delayed_work(&can->restart, 1);
		return;
	}
	dev = rtnl_dereference(can->dev);
	if (!dev || READ_ONCE(can->bus->state) != OVPP_BUS_STATE_BUS_OFF)
		goto out;
	priv = safe_candev_priv(dev);
	if (priv && priv->restart_ms)
		goto out;

	atomic64_inc(&can->bus->stats.restarts);
	dev_close(dev);
	if (dev_open(dev, NULL))
		netdev_warn(dev, "openvpp: restart after bus-off failed\n");
out:
	rtnl_unlock();
}

static u8 ovpp_can_state(const struct net_device *dev)
{
	struct can_priv *priv = safe_candev_priv((struct net_device *)dev);

	if (!netif_running(dev))
		return OVPP_BUS_STATE_DOWN;
	if (priv && priv->state == CAN_STATE_BUS_OFF)
		return OVPP_BUS_STATE_BUS_OFF;
	return OVPP_BUS_STATE_UP;
}

/* Connects to @dev. Under RTNL, with the bus absent. */
static int ovpp_can_bind(struct ovpp_can *can, struct net_device *dev)
{
	struct ovpp_bus *bus = can->bus;
	struct net *net = bus->site->net;
	int err;

	ASSERT_RTNL();

	netdev_hold(dev, &can->tracker, GFP_KERNEL);
	rcu_assign_pointer(can->dev, dev);
	bus->ifindex = dev->ifindex;
	bus->fd = dev->mtu >= CANFD_MTU;

	err = can_rx_register(net, dev, 0, 0, ovpp_can_rx, can, "openvpp", NULL);
	if (err)
		goto err_put;
	err = can_rx_register(net, dev, 0, CAN_ERR_FLAG | CAN_ERR_MASK,
			      ovpp_can_error, can, "openvpp", NULL);
	if (err)
		goto err_unregister;
	ovpp_bus_set_state(bus, ovpp_can_state(dev));
	return 0;

err_unregister:
	can_rx_unregister(net, dev, 0, 0, ovpp_can_rx, can);
	synchronize_rcu();
err_put:
	RCU_INIT_POINTER(can->dev, NULL);
	bus->ifindex = 0;
	netdev_put(dev, &can->tracker);
	return err;
}

/*
 * Lets go of the device. After synchronize_rcu() neither a receive callback nor
 * a send of the loop holds it; the restart work finds no device.
 */
static void ovpp_can_unbind(struct ovpp_can *can)
{
	struct net_device *dev = rtnl_dereference(can->dev);
	struct net *net = can->bus->site->net;

	if (!dev)
		return;
	can_rx_unregister(net, dev, 0, 0, ovpp_can_rx, can);
	can_rx_unregister(net, dev, 0, CAN_ERR_FLAG | CAN_ERR_MASK,
			  ovpp_can_error, can);
	RCU_INIT_POINTER(can->dev, NULL);
	can->bus->ifindex = 0;
	synchronize_rcu();
	netdev_put(dev, &can->tracker);
	ovpp_bus_set_state(can->bus, OVPP_BUS_STATE_ABSENT);
}

static struct ovpp_can *ovpp_can_of(const struct net_device *dev)
{
	struct ovpp_can *can;

	ASSERT_RTNL();

	list_for_each_entry(can, &ovpp_can_list, node)
		if (rtnl_dereference(can->dev) == dev)
			return can;
	return NULL;
}

static int ovpp_can_attach(struct ovpp_bus *bus,
			   const struct ovpp_bus_config *cfg,
			   struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	struct ovpp_can *can;
	int err;

	dev = __dev_get_by_name(bus->site->net, bus->ifname);
	if (!dev) {
		NL_SET_ERR_MSG(extack, "no such net device");
		return -ENODEV;
	}
	if (dev->type != ARPHRD_CAN) {
		NL_SET_ERR_MSG(extack, "not a CAN net device");
		return -EINVAL;
	}
	if (ovpp_can_of(dev)) {
		NL_SET_ERR_MSG(extack, "net device serves a bus already");
		return -EBUSY;
	}

	can = kzalloc(sizeof(*can), GFP_KERNEL);
	if (!can)
		return -ENOMEM;
	can->bus = bus;
	bus->priv = can;
	raw_spin_lock_init(&can->take);
	do /* 0 is what all other frames have */
		can->mark = get_random_u32();
	while (!can->mark);
	INIT_WORK(&can->refill, ovpp_can_refill);
	INIT_DELAYED_WORK(&can->restart, ovpp_can_restart);
	ovpp_can_refill(&can->refill);

	err = ovpp_can_bind(can, dev);
	if (err) {
		NL_SET_ERR_MSG(extack, "cannot listen on the net device");
		ovpp_can_empty(can);
		kfree(can);
		return err;
	}
	list_add_tail(&can->node, &ovpp_can_list);
	return 0;
}

static void ovpp_can_detach(struct ovpp_bus *bus)
{
	struct ovpp_can *can = bus->priv;

	ASSERT_RTNL();

	list_del(&can->node);
	ovpp_can_unbind(can);
	cancel_delayed_work_sync(&can->restart);
	/* Nobody sends on this bus any more, so nothing queues this again. */
	cancel_work_sync(&can->refill);
	ovpp_can_empty(can);
	kfree(can);
}

const struct ovpp_bus_ops ovpp_can_ops = {
	.attach = ovpp_can_attach,
	.detach = ovpp_can_detach,
	.send = ovpp_can_send,
};

/* A device came, or took a name: is a bus waiting for it? */
static void ovpp_can_return(struct net_device *dev)
{
	struct ovpp_can *can;

	if (dev->type != ARPHRD_CAN || ovpp_can_of(dev))
		return;
	list_for_each_entry(can, &ovpp_can_list, node) {
		if (rtnl_dereference(can->dev) ||
		    !net_eq(dev_net(dev), can->bus->site->net) ||
		    strcmp(can->bus->ifname, dev->name))
			continue;
		if (ovpp_can_bind(can, dev))
			netdev_warn(dev, "openvpp: cannot listen\n");
		return;
	}
}

static void ovpp_can_renamed(struct ovpp_can *can, struct net_device *dev)
{
	struct ovpp_bus *bus = can->bus;

	strscpy(bus->ifname, dev->name, sizeof(bus->ifname));
	ovpp_site_event(bus->site, OVPP_EVENT_BUS_RENAMED, bus->id, 0,
			dev->ifindex);
}

/*
 * UNREGISTER also comes when a device moves to another namespace, where it is of
 * no use to its site; REGISTER when it comes back.
 */
static int ovpp_can_notify(struct notifier_block *nb, unsigned long event,
			   void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct ovpp_can *can = ovpp_can_of(dev);

	if (!can) {
		if (event == NETDEV_REGISTER || event == NETDEV_CHANGENAME)
			ovpp_can_return(dev);
		return NOTIFY_DONE;
	}

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
		ovpp_bus_set_state(can->bus, ovpp_can_state(dev));
		break;
	case NETDEV_CHANGEMTU:
		can->bus->fd = dev->mtu >= CANFD_MTU;
		break;
	case NETDEV_CHANGENAME:
		ovpp_can_renamed(can, dev);
		break;
	case NETDEV_UNREGISTER:
		ovpp_can_unbind(can);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block ovpp_can_notifier = {
	.notifier_call = ovpp_can_notify,
};

int ovpp_can_init(void)
{
	return register_netdevice_notifier(&ovpp_can_notifier);
}

void ovpp_can_exit(void)
{
	unregister_netdevice_notifier(&ovpp_can_notifier);
}
