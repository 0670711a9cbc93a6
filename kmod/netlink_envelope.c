// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the hard limits of a site, and of each DER in it. */

#include "der.h"
#include "netlink_priv.h"
#include "site.h"

/* Attributes of one level only; the bounds are of both. */
#define ENVELOPE_SITE_FIRST OVPP_A_ENVELOPE_EXPORT_MAX_MW
#define ENVELOPE_SITE_LAST OVPP_A_ENVELOPE_IMPORT_MAX_MW
#define ENVELOPE_DER_FIRST OVPP_A_ENVELOPE_P_MIN_MW
#define ENVELOPE_DER_LAST OVPP_A_ENVELOPE_SOC_MAX_PPM

static int envelope_put_bounds(struct sk_buff *skb,
			       const struct ovpp_bounds *b)
{
	if (nla_put_u32(skb, OVPP_A_ENVELOPE_V_MIN_MV, b->v_min_mv) ||
	    nla_put_u32(skb, OVPP_A_ENVELOPE_V_MAX_MV, b->v_max_mv) ||
	    nla_put_u32(skb, OVPP_A_ENVELOPE_F_MIN_MHZ, b->f_min_mhz) ||
	    nla_put_u32(skb, OVPP_A_ENVELOPE_F_MAX_MHZ, b->f_max_mhz))
		return -EMSGSIZE;
	return 0;
}

static int envelope_put_site(struct sk_buff *skb,
			     const struct ovpp_site_envelope *e)
{
	return ovpp_nl_put_limit(skb, OVPP_A_ENVELOPE_EXPORT_MAX_MW,
				 e->export_max_mw) ?:
	       ovpp_nl_put_limit(skb, OVPP_A_ENVELOPE_IMPORT_MAX_MW,
				 e->import_max_mw) ?:
	       envelope_put_bounds(skb, &e->bounds);
}

static int envelope_put_der(struct sk_buff *skb, const struct ovpp_der *der)
{
	const struct ovpp_der_envelope *e = &der->ctl.envelope;

	if (nla_put_u32(skb, OVPP_A_ENVELOPE_DER, der->ctl.id) ||
	    nla_put_string(skb, OVPP_A_ENVELOPE_DER_NAME, der->name) ||
	    nla_put_sint(skb, OVPP_A_ENVELOPE_P_MIN_MW, e->p_min_mw) ||
	    nla_put_sint(skb, OVPP_A_ENVELOPE_P_MAX_MW, e->p_max_mw) ||
	    nla_put_uint(skb, OVPP_A_ENVELOPE_RAMP_MW_S, e->ramp_mw_s) ||
	    nla_put_u32(skb, OVPP_A_ENVELOPE_SOC_MIN_PPM, e->soc_min_ppm) ||
	    nla_put_u32(skb, OVPP_A_ENVELOPE_SOC_MAX_PPM, e->soc_max_ppm))
		return -EMSGSIZE;
	return envelope_put_bounds(skb, &e->bounds);
}

static int envelope_fill(struct sk_buff *skb, const struct genl_info *info,
			 int flags, struct ovpp_site *site,
			 struct ovpp_der *der)
{
	const struct ovpp_site_envelope *e = &site->eng.envelope;
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, OVPP_A_ENVELOPE_SITE, site->id) ||
	    nla_put_u8(skb, OVPP_A_ENVELOPE_LOCKED, e->locked) ||
	    (der ? envelope_put_der(skb, der) : envelope_put_site(skb, e))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int envelope_fill_all(struct sk_buff *skb, const struct genl_info *info,
			     struct ovpp_site *site, u32 *next)
{
	return ovpp_nl_fill_levels(skb, info, site, next, envelope_fill);
}

static int envelope_get(struct sk_buff *reply, const struct genl_info *info,
			struct ovpp_site *site)
{
	struct ovpp_der *der = ovpp_nl_level(info, site);

	return PTR_ERR_OR_ZERO(der) ?:
	       envelope_fill(reply, info, 0, site, der);
}

int openvpp_nl_envelope_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, envelope_get);
}

int openvpp_nl_envelope_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, envelope_fill_all);
}

/* A greatest value of 0 is no bound. */
static int envelope_order_bounds(const struct genl_info *info,
				 const struct ovpp_bounds *b)
{
	const struct ovpp_nl_pair pairs[] = {
		{ b->v_min_mv, b->v_max_mv ?: U32_MAX,
		  OVPP_A_ENVELOPE_V_MIN_MV, OVPP_A_ENVELOPE_V_MAX_MV,
		  "v-min-mv", "v-max-mv" },
		{ b->f_min_mhz, b->f_max_mhz ?: U32_MAX,
		  OVPP_A_ENVELOPE_F_MIN_MHZ, OVPP_A_ENVELOPE_F_MAX_MHZ,
		  "f-min-mhz", "f-max-mhz" },
	};

	return ovpp_nl_order(info, pairs, ARRAY_SIZE(pairs));
}

static int envelope_order_der(const struct genl_info *info,
			      const struct ovpp_der_envelope *e)
{
	const struct ovpp_nl_pair pairs[] = {
		{ e->p_min_mw, e->p_max_mw,
		  OVPP_A_ENVELOPE_P_MIN_MW, OVPP_A_ENVELOPE_P_MAX_MW,
		  "p-min-mw", "p-max-mw" },
		{ e->soc_min_ppm, e->soc_max_ppm,
		  OVPP_A_ENVELOPE_SOC_MIN_PPM, OVPP_A_ENVELOPE_SOC_MAX_PPM,
		  "soc-min-ppm", "soc-max-ppm" },
	};

	return ovpp_nl_order(info, pairs, ARRAY_SIZE(pairs)) ?:
	       envelope_order_bounds(info, &e->bounds);
}

static void envelope_take_bounds(const struct genl_info *info,
				 struct ovpp_bounds *b)
{
	struct nlattr **attrs = info->attrs;

	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_V_MIN_MV], &b->v_min_mv);
	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_V_MAX_MV], &b->v_max_mv);
	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_F_MIN_MHZ], &b->f_min_mhz);
	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_F_MAX_MHZ], &b->f_max_mhz);
}

static int envelope_set_site(const struct genl_info *info,
			     struct ovpp_site *site)
{
	struct ovpp_site_envelope e = site->eng.envelope;
	struct nlattr **attrs = info->attrs;
	int err;

	err = ovpp_nl_refuse(info, ENVELOPE_DER_FIRST, ENVELOPE_DER_LAST,
			     "part of a DER's envelope; name the DER too");
	if (err)
		return err;
	ovpp_nl_take_limit(attrs[OVPP_A_ENVELOPE_EXPORT_MAX_MW],
			   &e.export_max_mw);
	ovpp_nl_take_limit(attrs[OVPP_A_ENVELOPE_IMPORT_MAX_MW],
			   &e.import_max_mw);
	envelope_take_bounds(info, &e.bounds);
	return envelope_order_bounds(info, &e.bounds) ?:
	       ovpp_site_set_envelope(site, &e, info->extack);
}

static int envelope_set_der(const struct genl_info *info, struct ovpp_der *der)
{
	struct ovpp_der_envelope e = der->ctl.envelope;
	struct nlattr **attrs = info->attrs;
	int err;

	err = ovpp_nl_refuse(info, ENVELOPE_SITE_FIRST, ENVELOPE_SITE_LAST,
			     "part of the site's envelope; name no DER") ?:
	      ovpp_nl_take_power(info, OVPP_A_ENVELOPE_P_MIN_MW,
				 &e.p_min_mw) ?:
	      ovpp_nl_take_power(info, OVPP_A_ENVELOPE_P_MAX_MW, &e.p_max_mw);
	if (err)
		return err;
	ovpp_nl_take_uint(attrs[OVPP_A_ENVELOPE_RAMP_MW_S], &e.ramp_mw_s);
	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_SOC_MIN_PPM], &e.soc_min_ppm);
	ovpp_nl_take_u32(attrs[OVPP_A_ENVELOPE_SOC_MAX_PPM], &e.soc_max_ppm);
	envelope_take_bounds(info, &e.bounds);
	return envelope_order_der(info, &e) ?:
	       ovpp_der_set_envelope(der, &e, info->extack);
}

static int envelope_set(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_der *der = ovpp_nl_level(info, site);

	if (IS_ERR(der))
		return PTR_ERR(der);
	return der ? envelope_set_der(info, der) :
		     envelope_set_site(info, site);
}

int openvpp_nl_envelope_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, envelope_set);
}

static int envelope_lock(const struct genl_info *info, struct ovpp_site *site)
{
	ovpp_site_lock_envelope(site);
	return 0;
}

int openvpp_nl_envelope_lock_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, envelope_lock);
}
