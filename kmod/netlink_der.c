// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: DER and their process images. */

#include <linux/ctype.h>
#include <linux/timekeeping.h>

#include "bus.h"
#include "der.h"
#include "modbus.h"
#include "netlink_priv.h"
#include "site.h"

/**
 * struct der_view - what the loop and the receive path change, at one moment
 * @now: that moment
 * @image: copy
 * @p_cmd_mw: command in force
 * @supervision: enum ovpp_supervision
 * @rx_frames: counter
 * @rx_malformed: counter
 */
struct der_view {
	u64 now;
	struct ovpp_image image;
	s64 p_cmd_mw;
	u8 supervision;
	u64 rx_frames;
	u64 rx_malformed;
};

static void der_look(struct ovpp_der *der, struct der_view *view)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&der->lock, flags);
	view->now = ktime_get_ns();
	view->image = der->image;
	view->p_cmd_mw = der->shown.p_cmd_mw;
	view->supervision = der->shown.supervision;
	view->rx_frames = der->stats.rx_frames;
	view->rx_malformed = der->stats.rx_malformed;
	raw_spin_unlock_irqrestore(&der->lock, flags);
}

/* A value that is not known is absent: 0 is a measurement. */
static int der_put_point(struct sk_buff *skb, u32 point,
			 const struct ovpp_value *v, u64 now)
{
	u8 quality = ovpp_value_quality(v, now);
	struct nlattr *nest;

	nest = nla_nest_start(skb, OVPP_A_DER_POINT);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(skb, OVPP_A_POINT_ID, point) ||
	    nla_put_u32(skb, OVPP_A_POINT_QUALITY, quality) ||
	    nla_put_u32(skb, OVPP_A_POINT_SEQ, v->seq))
		return -EMSGSIZE;
	if (quality != OVPP_QUALITY_NEVER &&
	    nla_put_u32(skb, OVPP_A_POINT_AGE_MS,
			ovpp_nl_ms(v->time_ns, now)))
		return -EMSGSIZE;
	if ((quality == OVPP_QUALITY_GOOD || quality == OVPP_QUALITY_STALE) &&
	    nla_put_sint(skb, OVPP_A_POINT_VALUE, v->value))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int der_put_image(struct sk_buff *skb, const struct ovpp_der *der,
			 const struct der_view *view)
{
	u32 point;
	int err;

	for (point = 0; point < OVPP_POINT_N; point++) {
		if (!(der->profile->measured & OVPP_POINT_BIT(point)))
			continue;
		err = der_put_point(skb, point, &view->image.point[point],
				    view->now);
		if (err)
			return err;
	}
	return 0;
}

static int der_put_config(struct sk_buff *skb, const struct ovpp_der *der)
{
	if (nla_put_u32(skb, OVPP_A_DER_SITE, der->site->id) ||
	    nla_put_u32(skb, OVPP_A_DER_ID, der->ctl.id) ||
	    nla_put_string(skb, OVPP_A_DER_NAME, der->name) ||
	    nla_put_u32(skb, OVPP_A_DER_BUS, der->bus->id) ||
	    nla_put_string(skb, OVPP_A_DER_PROFILE, der->profile->name) ||
	    nla_put_u32(skb, OVPP_A_DER_NODE, der->node) ||
	    nla_put_u32(skb, OVPP_A_DER_KIND, der->ctl.kind) ||
	    nla_put_u8(skb, OVPP_A_DER_PCC, der->ctl.pcc) ||
	    nla_put_sint(skb, OVPP_A_DER_SAFE_MW, der->ctl.envelope.safe_mw) ||
	    nla_put_u32(skb, OVPP_A_DER_MEMORY, ovpp_der_memory(der)))
		return -EMSGSIZE;
	if (der->serial[0] &&
	    nla_put_string(skb, OVPP_A_DER_SERIAL, der->serial))
		return -EMSGSIZE;
	return 0;
}

static int der_put_state(struct sk_buff *skb, const struct ovpp_der *der,
			 const struct der_view *view)
{
	if (nla_put_u32(skb, OVPP_A_DER_SUPERVISION, view->supervision) ||
	    nla_put_uint(skb, OVPP_A_DER_RX_FRAMES, view->rx_frames) ||
	    nla_put_uint(skb, OVPP_A_DER_RX_MALFORMED, view->rx_malformed) ||
	    nla_put_uint(skb, OVPP_A_DER_TX_FRAMES,
			 READ_ONCE(der->stats.tx_frames)) ||
	    nla_put_u32(skb, OVPP_A_DER_SILENCES,
			READ_ONCE(der->stats.silences)))
		return -EMSGSIZE;
	if (ovpp_der_controllable(&der->ctl) &&
	    nla_put_sint(skb, OVPP_A_DER_P_SET_MW, view->p_cmd_mw))
		return -EMSGSIZE;
	return 0;
}

static int der_put_modbus(struct sk_buff *skb, struct ovpp_der *der)
{
	struct ovpp_line_unit unit;

	if (!ovpp_modbus_look_unit(der, &unit))
		return 0;
	if (nla_put_uint(skb, OVPP_A_DER_TIMEOUTS, unit.timeouts) ||
	    nla_put_uint(skb, OVPP_A_DER_EXCEPTIONS, unit.exceptions) ||
	    nla_put_u32(skb, OVPP_A_DER_TIMEOUT_US, unit.timeout_us))
		return -EMSGSIZE;
	if (unit.exception &&
	    nla_put_u32(skb, OVPP_A_DER_EXCEPTION, unit.exception))
		return -EMSGSIZE;
	if (unit.answers &&
	    nla_put_u32(skb, OVPP_A_DER_RESPONSE_US, unit.srtt_us))
		return -EMSGSIZE;
	return 0;
}

static int der_fill(struct sk_buff *skb, const struct genl_info *info,
		    int flags, struct ovpp_der *der)
{
	void *hdr = __genlmsg_iput(skb, info, flags);
	struct der_view view;

	if (!hdr)
		return -EMSGSIZE;
	der_look(der, &view);
	if (der_put_config(skb, der) || der_put_state(skb, der, &view) ||
	    der_put_modbus(skb, der) || der_put_image(skb, der, &view)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int der_fill_all(struct sk_buff *skb, const struct genl_info *info,
			struct ovpp_site *site, u32 *next)
{
	unsigned int i;
	int err;

	for (i = 0; i < site->n_ders; i++) {
		struct ovpp_der *der = site->ders[i];

		if (der->ctl.id < *next)
			continue;
		err = der_fill(skb, info, NLM_F_MULTI, der);
		if (err)
			return err;
		*next = der->ctl.id + 1;
	}
	return 0;
}

static int der_get(struct sk_buff *reply, const struct genl_info *info,
		   struct ovpp_site *site)
{
	struct ovpp_der *der;

	der = ovpp_nl_der(info, site, OVPP_A_DER_ID, OVPP_A_DER_NAME);
	return PTR_ERR_OR_ZERO(der) ?: der_fill(reply, info, 0, der);
}

int openvpp_nl_der_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, der_get);
}

int openvpp_nl_der_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, der_fill_all);
}

/* A serial number may be empty, which takes it away, and may have blanks. */
static int der_take_serial(const struct genl_info *info,
			   struct ovpp_der_config *cfg)
{
	const struct nlattr *nla = info->attrs[OVPP_A_DER_SERIAL];
	const char *c;

	if (!nla)
		return 0;
	cfg->set |= OVPP_DER_SET_SERIAL;
	cfg->serial = nla_data(nla);
	for (c = cfg->serial; *c; c++) {
		if (isascii(*c) && isprint(*c))
			continue;
		NL_SET_ERR_MSG_ATTR(info->extack, nla,
				    "a serial number has printable ASCII characters only");
		return -EINVAL;
	}
	return 0;
}

/* What can be changed later too. */
static int der_config(const struct genl_info *info,
		      struct ovpp_der_config *cfg)
{
	if (info->attrs[OVPP_A_DER_KIND]) {
		cfg->set |= OVPP_DER_SET_KIND;
		cfg->kind = nla_get_u32(info->attrs[OVPP_A_DER_KIND]);
	}
	if (info->attrs[OVPP_A_DER_SAFE_MW])
		cfg->set |= OVPP_DER_SET_SAFE;
	return ovpp_nl_take_power(info, OVPP_A_DER_SAFE_MW, &cfg->safe_mw) ?:
	       der_take_serial(info, cfg);
}

static int der_new(struct sk_buff *reply, const struct genl_info *info,
		   struct ovpp_site *site)
{
	struct ovpp_der_config cfg = {};
	struct ovpp_der *der;
	int err;

	err = ovpp_nl_name(info, OVPP_A_DER_NAME, &cfg.name) ?:
	      ovpp_nl_need(info, NULL, info->attrs, OVPP_A_DER_PROFILE,
			   "profile") ?:
	      der_config(info, &cfg);
	if (err)
		return err;
	cfg.profile = nla_data(info->attrs[OVPP_A_DER_PROFILE]);
	cfg.bus = ovpp_nl_bus(info, site, OVPP_A_DER_BUS, OVPP_A_DER_BUS_NAME);
	if (IS_ERR(cfg.bus))
		return PTR_ERR(cfg.bus);
	ovpp_nl_take_u32(info->attrs[OVPP_A_DER_NODE], &cfg.node);
	if (info->attrs[OVPP_A_DER_PCC])
		cfg.pcc = nla_get_u8(info->attrs[OVPP_A_DER_PCC]);

	der = ovpp_der_new(site, &cfg, info->extack);
	return PTR_ERR_OR_ZERO(der) ?:
	       ovpp_nl_fill_new(reply, info, site->id, der->ctl.id, der->name);
}

int openvpp_nl_der_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, der_new);
}

static int der_set(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_der_config cfg = {};
	struct ovpp_der *der;
	int err;

	err = der_config(info, &cfg);
	if (err)
		return err;
	der = ovpp_nl_der(info, site, OVPP_A_DER_ID, OVPP_A_DER_NAME);
	return PTR_ERR_OR_ZERO(der) ?: ovpp_der_set(der, &cfg, info->extack);
}

int openvpp_nl_der_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, der_set);
}

static int der_del(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_der *der;

	der = ovpp_nl_der(info, site, OVPP_A_DER_ID, OVPP_A_DER_NAME);
	return PTR_ERR_OR_ZERO(der) ?: ovpp_der_del(der, info->extack);
}

int openvpp_nl_der_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, der_del);
}
