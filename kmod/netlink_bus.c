// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: buses. */

#include <linux/rtnetlink.h>

#include "bus.h"
#include "modbus.h"
#include "netlink_priv.h"
#include "site.h"

static int bus_put_common(struct sk_buff *skb, const struct ovpp_bus *bus)
{
	if (nla_put_u32(skb, OVPP_A_BUS_SITE, bus->site->id) ||
	    nla_put_u32(skb, OVPP_A_BUS_ID, bus->id) ||
	    nla_put_string(skb, OVPP_A_BUS_NAME, bus->name) ||
	    nla_put_u32(skb, OVPP_A_BUS_TYPE, bus->type) ||
	    nla_put_string(skb, OVPP_A_BUS_IFNAME, bus->ifname) ||
	    nla_put_u32(skb, OVPP_A_BUS_STATE, READ_ONCE(bus->state)))
		return -EMSGSIZE;
	return 0;
}

static int bus_put_can(struct sk_buff *skb, const struct ovpp_bus *bus)
{
	if (nla_put_u8(skb, OVPP_A_BUS_LOOPBACK, bus->loopback) ||
	    nla_put_u32(skb, OVPP_A_BUS_RESTART_MIN_MS, bus->restart_min_ms) ||
	    nla_put_u32(skb, OVPP_A_BUS_RESTART_MAX_MS, bus->restart_max_ms))
		return -EMSGSIZE;
	/* Of a device that is absent neither is known. */
	if (bus->ifindex &&
	    (nla_put_u32(skb, OVPP_A_BUS_IFINDEX, bus->ifindex) ||
	     nla_put_u8(skb, OVPP_A_BUS_FD, bus->fd)))
		return -EMSGSIZE;
	return 0;
}

static int bus_put_line(struct sk_buff *skb, const struct ovpp_modbus *m,
			const struct ovpp_modbus_view *view)
{
	if (nla_put_u32(skb, OVPP_A_BUS_BAUD, view->settings.baud) ||
	    nla_put_u32(skb, OVPP_A_BUS_PARITY, view->settings.parity) ||
	    nla_put_u32(skb, OVPP_A_BUS_STOP_BITS, view->settings.stop_bits) ||
	    nla_put_u8(skb, OVPP_A_BUS_FOREIGN_WRITE, m->foreign_write))
		return -EMSGSIZE;
	if (m->path[0] && nla_put_string(skb, OVPP_A_BUS_PATH, m->path))
		return -EMSGSIZE;
	if (m->has_rs485 && nla_put_u32(skb, OVPP_A_BUS_RS485, m->rs485))
		return -EMSGSIZE;
	return 0;
}

static int bus_put_modbus(struct sk_buff *skb, struct ovpp_bus *bus)
{
	struct ovpp_modbus_view view;

	ovpp_modbus_look(bus, &view);
	if (bus_put_line(skb, bus->priv, &view) ||
	    nla_put_uint(skb, OVPP_A_BUS_TIMEOUTS, view.stats.timeouts) ||
	    nla_put_uint(skb, OVPP_A_BUS_EXCEPTIONS, view.stats.exceptions) ||
	    nla_put_uint(skb, OVPP_A_BUS_FOREIGN, view.stats.foreign) ||
	    nla_put_u32(skb, OVPP_A_BUS_BUSY_PPM, view.busy_ppm))
		return -EMSGSIZE;
	return 0;
}

static int bus_put_kind(struct sk_buff *skb, struct ovpp_bus *bus)
{
	return bus->type == OVPP_BUS_MODBUS ? bus_put_modbus(skb, bus) :
					      bus_put_can(skb, bus);
}

static int bus_put_stats(struct sk_buff *skb, const struct ovpp_bus_stats *st)
{
	if (nla_put_uint(skb, OVPP_A_BUS_RX_FRAMES,
			 atomic64_read(&st->rx_frames)) ||
	    nla_put_uint(skb, OVPP_A_BUS_RX_OTHER,
			 atomic64_read(&st->rx_other)) ||
	    nla_put_uint(skb, OVPP_A_BUS_RX_MALFORMED,
			 atomic64_read(&st->rx_malformed)) ||
	    nla_put_uint(skb, OVPP_A_BUS_RX_ERRORS,
			 atomic64_read(&st->rx_errors)) ||
	    nla_put_uint(skb, OVPP_A_BUS_TX_FRAMES,
			 atomic64_read(&st->tx_frames)) ||
	    nla_put_uint(skb, OVPP_A_BUS_TX_FAILED,
			 atomic64_read(&st->tx_failed)) ||
	    nla_put_uint(skb, OVPP_A_BUS_BUS_OFFS,
			 atomic64_read(&st->bus_offs)) ||
	    nla_put_uint(skb, OVPP_A_BUS_RESTARTS,
			 atomic64_read(&st->restarts)))
		return -EMSGSIZE;
	return 0;
}

/* Under RTNL too, which keeps the interface's name and index. */
static int bus_fill(struct sk_buff *skb, const struct genl_info *info,
		    int flags, struct ovpp_bus *bus)
{
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return -EMSGSIZE;
	if (bus_put_common(skb, bus) || bus_put_kind(skb, bus) ||
	    bus_put_stats(skb, &bus->stats)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int bus_fill_all(struct sk_buff *skb, const struct genl_info *info,
			struct ovpp_site *site, u32 *next)
{
	struct ovpp_bus *bus;
	int err;

	list_for_each_entry(bus, &site->buses, node) {
		if (bus->id < *next)
			continue;
		err = bus_fill(skb, info, NLM_F_MULTI, bus);
		if (err)
			return err;
		*next = bus->id + 1;
	}
	return 0;
}

static int bus_get(struct sk_buff *reply, const struct genl_info *info,
		   struct ovpp_site *site)
{
	struct ovpp_bus *bus;

	bus = ovpp_nl_bus(info, site, OVPP_A_BUS_ID, OVPP_A_BUS_NAME);
	return PTR_ERR_OR_ZERO(bus) ?: bus_fill(reply, info, 0, bus);
}

int openvpp_nl_bus_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, bus_get);
	rtnl_unlock();
	return err;
}

int openvpp_nl_bus_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	int err;

	rtnl_lock();
	err = ovpp_nl_dump(skb, cb, bus_fill_all);
	rtnl_unlock();
	return err;
}

static void bus_config_can(struct nlattr **attrs, struct ovpp_bus_config *cfg)
{
	if (attrs[OVPP_A_BUS_LOOPBACK]) {
		cfg->set |= OVPP_BUS_SET_LOOPBACK;
		cfg->loopback = nla_get_u8(attrs[OVPP_A_BUS_LOOPBACK]);
	}
	if (attrs[OVPP_A_BUS_RESTART_MIN_MS]) {
		cfg->set |= OVPP_BUS_SET_RESTART_MIN;
		cfg->restart_min_ms =
			nla_get_u32(attrs[OVPP_A_BUS_RESTART_MIN_MS]);
	}
	if (attrs[OVPP_A_BUS_RESTART_MAX_MS]) {
		cfg->set |= OVPP_BUS_SET_RESTART_MAX;
		cfg->restart_max_ms =
			nla_get_u32(attrs[OVPP_A_BUS_RESTART_MAX_MS]);
	}
}

static void bus_config_modbus(struct nlattr **attrs,
			      struct ovpp_bus_config *cfg)
{
	if (attrs[OVPP_A_BUS_TTY_FD]) {
		cfg->set |= OVPP_BUS_SET_TTY;
		cfg->tty_fd = nla_get_u32(attrs[OVPP_A_BUS_TTY_FD]);
	}
	if (attrs[OVPP_A_BUS_FOREIGN_WRITE]) {
		cfg->set |= OVPP_BUS_SET_FOREIGN_WRITE;
		cfg->foreign_write = nla_get_u8(attrs[OVPP_A_BUS_FOREIGN_WRITE]);
	}
}

/* What can be changed later too. */
static void bus_config(const struct genl_info *info,
		       struct ovpp_bus_config *cfg)
{
	bus_config_can(info->attrs, cfg);
	bus_config_modbus(info->attrs, cfg);
}

/* The device: by name, or a tty as an open file. */
static int bus_device(const struct genl_info *info,
		      struct ovpp_bus_config *cfg)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[OVPP_A_BUS_PATH]) {
		cfg->set |= OVPP_BUS_SET_PATH;
		cfg->path = nla_data(attrs[OVPP_A_BUS_PATH]);
	}
	if (attrs[OVPP_A_BUS_RS485]) {
		cfg->set |= OVPP_BUS_SET_RS485;
		cfg->rs485 = nla_get_u32(attrs[OVPP_A_BUS_RS485]);
	}
	if (attrs[OVPP_A_BUS_IFNAME])
		cfg->ifname = nla_data(attrs[OVPP_A_BUS_IFNAME]);
	if (!(cfg->set & OVPP_BUS_SET_TTY))
		return ovpp_nl_need(info, NULL, attrs, OVPP_A_BUS_IFNAME,
				    "ifname");
	if (!cfg->ifname)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, attrs[OVPP_A_BUS_IFNAME],
			    "the device is named twice; give ifname or tty-fd");
	return -EINVAL;
}

static int bus_new(struct sk_buff *reply, const struct genl_info *info,
		   struct ovpp_site *site)
{
	struct ovpp_bus_config cfg = { .type = OVPP_BUS_CAN };
	struct ovpp_bus *bus;
	int err;

	bus_config(info, &cfg);
	err = ovpp_nl_name(info, OVPP_A_BUS_NAME, &cfg.name) ?:
	      bus_device(info, &cfg);
	if (err)
		return err;
	ovpp_nl_take_u32(info->attrs[OVPP_A_BUS_TYPE], &cfg.type);

	bus = ovpp_bus_new(site, &cfg, info->extack);
	return PTR_ERR_OR_ZERO(bus) ?:
	       ovpp_nl_fill_new(reply, info, site->id, bus->id, bus->name);
}

int openvpp_nl_bus_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, bus_new);
	rtnl_unlock();
	return err;
}

static int bus_set(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_bus_config cfg = {};
	struct ovpp_bus *bus;

	bus_config(info, &cfg);
	bus = ovpp_nl_bus(info, site, OVPP_A_BUS_ID, OVPP_A_BUS_NAME);
	return PTR_ERR_OR_ZERO(bus) ?: ovpp_bus_set(bus, &cfg, info->extack);
}

int openvpp_nl_bus_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, bus_set);
}

static int bus_del(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_bus *bus;

	bus = ovpp_nl_bus(info, site, OVPP_A_BUS_ID, OVPP_A_BUS_NAME);
	return PTR_ERR_OR_ZERO(bus) ?: ovpp_bus_del(bus, info->extack);
}

int openvpp_nl_bus_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	rtnl_lock();
	err = ovpp_nl_do(info, bus_del);
	rtnl_unlock();
	return err;
}
