// SPDX-License-Identifier: GPL-2.0-only
/* The site's control law, see control.h. */
#include "engine.h"
#include "span.h"

#define SOC_FULL 1000000U

void ovpp_site_policy_init(struct ovpp_site_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->export_max_mw = S64_MAX;
	p->import_max_mw = S64_MAX;
	p->gain_ppm = 60000;
	p->settle_ms = 1000;
	p->f_nominal_mhz = 50000;
}

void ovpp_der_policy_init(struct ovpp_der_policy *p)
{
	memset(p, 0, sizeof(*p));
	p->soc_max_ppm = SOC_FULL;
	p->rank = 100;
	p->enable = true;
}

int ovpp_site_policy_check(const struct ovpp_site_policy *p)
{
	if (ovpp_abs(p->fallback_mw) > OVPP_P_MAX || p->export_max_mw < 0 ||
	    p->import_max_mw < 0 || p->ramp_mw_s > OVPP_P_MAX ||
	    p->deadband_mw > OVPP_P_MAX || p->droop_mw_hz > OVPP_P_MAX)
		return -ERANGE;
	if (p->gain_ppm < 1000 || p->gain_ppm > 1000000 || !p->settle_ms ||
	    p->settle_ms > 600000)
		return -ERANGE;
	if (p->f_nominal_mhz < 40000 || p->f_nominal_mhz > 70000 ||
	    p->droop_deadband_mhz > 5000)
		return -ERANGE;
	return 0;
}

int ovpp_der_policy_check(const struct ovpp_der_policy *p)
{
	if (ovpp_abs(p->rest_mw) > OVPP_P_MAX || p->soc_max_ppm > SOC_FULL)
		return -ERANGE;
	return p->soc_min_ppm > p->soc_max_ppm ? -EINVAL : 0;
}

void ovpp_control_reset(struct ovpp_control *c)
{
	memset(c, 0, sizeof(*c));
}

/* Low frequency: more export. */
static s64 droop(const struct ovpp_site_policy *p,
		 const struct ovpp_der_ctl *pcc)
{
	s64 nominal = p->f_nominal_mhz;
	s64 band = p->droop_deadband_mhz;
	s64 low;

	if (!p->droop_mw_hz || !pcc->f_known)
		return 0;
	low = nominal - ovpp_clamp(pcc->f_mhz, 0, 2 * nominal);
	low -= ovpp_clamp(low, -band, band);
	return low * (s64)p->droop_mw_hz / 1000;
}

static s64 limit_target(const struct ovpp_site_policy *p, s64 target)
{
	return ovpp_clamp(ovpp_clamp_p(target), -p->import_max_mw,
			  p->export_max_mw);
}

/* Leads the target to what is asked; a ramp starts from what is there. */
static void move_target(struct ovpp_engine *eng, s64 asked)
{
	const struct ovpp_site_policy *p = &eng->policy;
	struct ovpp_control *c = &eng->control;
	s64 goal = limit_target(p, asked);
	s64 step;

	if (!c->started)
		c->base_mw = limit_target(p, eng->pcc->p_mw);
	if (p->ramp_mw_s) {
		step = ovpp_span_ramp(p->ramp_mw_s, eng->dt_us, &c->ramp_rest);
		goal = ovpp_clamp(goal, c->base_mw - step, c->base_mw + step);
	}
	c->base_mw = goal;
	c->target_mw = limit_target(p, goal + droop(p, eng->pcc));
}

/* An error within the deadband leaves the demand as it was. */
static void set_demand(struct ovpp_engine *eng)
{
	struct ovpp_control *c = &eng->control;
	s64 error = ovpp_abs(c->target_mw - eng->pcc->p_mw);

	if (!c->started || error > (s64)eng->policy.deadband_mw)
		c->demand_mw = c->target_mw + c->load_mw + c->trim_mw;
	c->started = true;
}

/*
 * Readies the DER that are free to move for the allocation and returns their
 * number. The others hold the commands given here; what they are known to give
 * is taken off *@demand.
 */
static unsigned int set_out(struct ovpp_engine *eng, s64 *demand)
{
	unsigned int i, n = 0;

	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];
		struct ovpp_share *s = &der->share;

		if (der->tripped || der->fixed) {
			der->p_cmd_mw = der->tripped ? ovpp_der_safe(der) :
				ovpp_clamp(s->p, der->cap_lo_mw, der->cap_hi_mw);
			if (der->p_known)
				*demand -= der->p_mw;
			continue;
		}
		s->rank = der->policy.rank;
		s->lo = der->cap_lo_mw;
		s->hi = der->cap_hi_mw;
		if (der->offer_known)
			s->hi = ovpp_clamp(der->offer_mw, s->lo, s->hi);
		s->p = ovpp_clamp(der->policy.rest_mw, s->lo, s->hi);
		eng->share[n++] = s;
	}
	return n;
}

/* A limit that takes nothing away is fully open, so that a gust comes through. */
static void take_shares(struct ovpp_engine *eng)
{
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		if (der->tripped || der->fixed)
			continue;
		der->p_cmd_mw = der->share.p;
		if (der->open && der->share.p == der->share.hi)
			der->p_cmd_mw = der->cap_hi_mw;
	}
}

static bool has_pcc(const struct ovpp_engine *eng)
{
	return eng->pcc && eng->pcc->p_known;
}

void ovpp_control_share(struct ovpp_engine *eng)
{
	s64 demand = has_pcc(eng) ? eng->control.demand_mw : 0;
	unsigned int n = set_out(eng, &demand);

	if (has_pcc(eng))
		ovpp_alloc(eng->share, n, demand);
	take_shares(eng);
}

void ovpp_control_step(struct ovpp_engine *eng, s64 target_mw)
{
	if (has_pcc(eng)) {
		ovpp_observer_step(eng);
		move_target(eng, target_mw);
		set_demand(eng);
	}
	ovpp_control_share(eng);
}
