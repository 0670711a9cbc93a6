// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the control law's parameters of a site, and of each DER in it. */

#include "der.h"
#include "netlink_priv.h"
#include "site.h"

/* Attributes of the one level and of the other. */
#define POLICY_SITE_FIRST OVPP_A_POLICY_FALLBACK_MW
#define POLICY_SITE_LAST OVPP_A_POLICY_DROOP_DEADBAND_MHZ
#define POLICY_DER_FIRST OVPP_A_POLICY_ENABLE
#define POLICY_DER_LAST OVPP_A_POLICY_SOC_MAX_PPM

static int policy_put_site(struct sk_buff *skb,
			   const struct ovpp_site_policy *p)
{
	if (nla_put_sint(skb, OVPP_A_POLICY_FALLBACK_MW, p->fallback_mw) ||
	    ovpp_nl_put_limit(skb, OVPP_A_POLICY_EXPORT_MAX_MW,
			      p->export_max_mw) ||
	    ovpp_nl_put_limit(skb, OVPP_A_POLICY_IMPORT_MAX_MW,
			      p->import_max_mw) ||
	    nla_put_uint(skb, OVPP_A_POLICY_RAMP_MW_S, p->ramp_mw_s) ||
	    nla_put_uint(skb, OVPP_A_POLICY_DEADBAND_MW, p->deadband_mw) ||
	    nla_put_u32(skb, OVPP_A_POLICY_GAIN_PPM, p->gain_ppm) ||
	    nla_put_u32(skb, OVPP_A_POLICY_SETTLE_MS, p->settle_ms) ||
	    nla_put_u32(skb, OVPP_A_POLICY_F_NOMINAL_MHZ, p->f_nominal_mhz) ||
	    nla_put_uint(skb, OVPP_A_POLICY_DROOP_MW_HZ, p->droop_mw_hz) ||
	    nla_put_u32(skb, OVPP_A_POLICY_DROOP_DEADBAND_MHZ,
			p->droop_deadband_mhz))
		return -EMSGSIZE;
	return 0;
}

static int policy_put_der(struct sk_buff *skb, const struct ovpp_der *der)
{
	const struct ovpp_der_policy *p = &der->ctl.policy;

	if (nla_put_u32(skb, OVPP_A_POLICY_DER, der->ctl.id) ||
	    nla_put_string(skb, OVPP_A_POLICY_DER_NAME, der->name) ||
	    nla_put_u8(skb, OVPP_A_POLICY_ENABLE, p->enable) ||
	    nla_put_u32(skb, OVPP_A_POLICY_RANK, p->rank) ||
	    nla_put_sint(skb, OVPP_A_POLICY_REST_MW, p->rest_mw) ||
	    nla_put_u32(skb, OVPP_A_POLICY_SOC_MIN_PPM, p->soc_min_ppm) ||
	    nla_put_u32(skb, OVPP_A_POLICY_SOC_MAX_PPM, p->soc_max_ppm))
		return -EMSGSIZE;
	return 0;
}

static int policy_fill(struct sk_buff *skb, const struct genl_info *info,
		       int flags, struct ovpp_site *site, struct ovpp_der *der)
{
	void *hdr = __genlmsg_iput(skb, info, flags);

	if (!hdr)
		return -EMSGSIZE;
	if (nla_put_u32(skb, OVPP_A_POLICY_SITE, site->id) ||
	    (der ? policy_put_der(skb, der) :
		   policy_put_site(skb, &site->eng.policy))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int policy_fill_all(struct sk_buff *skb, const struct genl_info *info,
			   struct ovpp_site *site, u32 *next)
{
	return ovpp_nl_fill_levels(skb, info, site, next, policy_fill);
}

static int policy_get(struct sk_buff *reply, const struct genl_info *info,
		      struct ovpp_site *site)
{
	struct ovpp_der *der = ovpp_nl_level(info, site);

	return PTR_ERR_OR_ZERO(der) ?: policy_fill(reply, info, 0, site, der);
}

int openvpp_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_ask(info, GENLMSG_DEFAULT_SIZE, policy_get);
}

int openvpp_nl_policy_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return ovpp_nl_dump(skb, cb, policy_fill_all);
}

static int policy_set_site(const struct genl_info *info,
			   struct ovpp_site *site)
{
	struct ovpp_site_policy p = site->eng.policy;
	struct nlattr **attrs = info->attrs;
	int err;

	err = ovpp_nl_refuse(info, POLICY_DER_FIRST, POLICY_DER_LAST,
			     "part of a DER's policy; name the DER too") ?:
	      ovpp_nl_take_power(info, OVPP_A_POLICY_FALLBACK_MW,
				 &p.fallback_mw);
	if (err)
		return err;
	ovpp_nl_take_limit(attrs[OVPP_A_POLICY_EXPORT_MAX_MW],
			   &p.export_max_mw);
	ovpp_nl_take_limit(attrs[OVPP_A_POLICY_IMPORT_MAX_MW],
			   &p.import_max_mw);
	ovpp_nl_take_uint(attrs[OVPP_A_POLICY_RAMP_MW_S], &p.ramp_mw_s);
	ovpp_nl_take_uint(attrs[OVPP_A_POLICY_DEADBAND_MW], &p.deadband_mw);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_GAIN_PPM], &p.gain_ppm);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_SETTLE_MS], &p.settle_ms);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_F_NOMINAL_MHZ],
			 &p.f_nominal_mhz);
	ovpp_nl_take_uint(attrs[OVPP_A_POLICY_DROOP_MW_HZ], &p.droop_mw_hz);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_DROOP_DEADBAND_MHZ],
			 &p.droop_deadband_mhz);
	return ovpp_site_set_policy(site, &p, info->extack);
}

static int policy_order_der(const struct genl_info *info,
			    const struct ovpp_der_policy *p)
{
	const struct ovpp_nl_pair pair = {
		p->soc_min_ppm,		  p->soc_max_ppm,
		OVPP_A_POLICY_SOC_MIN_PPM, OVPP_A_POLICY_SOC_MAX_PPM,
		"soc-min-ppm",		  "soc-max-ppm",
	};

	return ovpp_nl_order(info, &pair, 1);
}

static int policy_set_der(const struct genl_info *info, struct ovpp_der *der)
{
	struct ovpp_der_policy p = der->ctl.policy;
	struct nlattr **attrs = info->attrs;
	int err;

	err = ovpp_nl_refuse(info, POLICY_SITE_FIRST, POLICY_SITE_LAST,
			     "part of the site's policy; name no DER") ?:
	      ovpp_nl_take_power(info, OVPP_A_POLICY_REST_MW, &p.rest_mw);
	if (err)
		return err;
	if (attrs[OVPP_A_POLICY_ENABLE])
		p.enable = nla_get_u8(attrs[OVPP_A_POLICY_ENABLE]);
	if (attrs[OVPP_A_POLICY_RANK])
		p.rank = nla_get_u32(attrs[OVPP_A_POLICY_RANK]);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_SOC_MIN_PPM], &p.soc_min_ppm);
	ovpp_nl_take_u32(attrs[OVPP_A_POLICY_SOC_MAX_PPM], &p.soc_max_ppm);
	return policy_order_der(info, &p) ?:
	       ovpp_der_set_policy(der, &p, info->extack);
}

static int policy_set(const struct genl_info *info, struct ovpp_site *site)
{
	struct ovpp_der *der = ovpp_nl_level(info, site);

	if (IS_ERR(der))
		return PTR_ERR(der);
	return der ? policy_set_der(info, der) : policy_set_site(info, site);
}

int openvpp_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	return ovpp_nl_do(info, policy_set);
}
