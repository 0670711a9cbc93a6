// SPDX-License-Identifier: GPL-2.0-only
/* The envelope: hard limits, applied last, see envelope.h. */
#include "engine.h"
#include "span.h"

#define SOC_FULL 1000000U

void ovpp_der_envelope_init(struct ovpp_der_envelope *e)
{
	memset(e, 0, sizeof(*e));
	e->soc_max_ppm = SOC_FULL;
}

void ovpp_site_envelope_init(struct ovpp_site_envelope *e)
{
	memset(e, 0, sizeof(*e));
	e->export_max_mw = S64_MAX;
	e->import_max_mw = S64_MAX;
}

static int check_bounds(const struct ovpp_bounds *b)
{
	if (b->v_max_mv && b->v_min_mv > b->v_max_mv)
		return -EINVAL;
	if (b->f_max_mhz && b->f_min_mhz > b->f_max_mhz)
		return -EINVAL;
	return 0;
}

int ovpp_der_envelope_check(const struct ovpp_der_envelope *e)
{
	if (ovpp_abs(e->p_min_mw) > OVPP_P_MAX ||
	    ovpp_abs(e->p_max_mw) > OVPP_P_MAX ||
	    ovpp_abs(e->safe_mw) > OVPP_P_MAX ||
	    e->ramp_mw_s > OVPP_P_MAX || e->soc_max_ppm > SOC_FULL)
		return -ERANGE;
	if (e->p_min_mw > e->p_max_mw || e->soc_min_ppm > e->soc_max_ppm)
		return -EINVAL;
	return check_bounds(&e->bounds);
}

int ovpp_site_envelope_check(const struct ovpp_site_envelope *e)
{
	if (e->export_max_mw < 0 || e->import_max_mw < 0)
		return -ERANGE;
	return check_bounds(&e->bounds);
}

static bool within(s64 lo, s64 hi, bool known, s64 x)
{
	if (!lo && !hi)
		return true;
	return known && x >= lo && (!hi || x <= hi);
}

bool ovpp_bounds_hold(const struct ovpp_bounds *b, bool v_known, s64 v_mv,
		      bool f_known, s64 f_mhz)
{
	return within(b->v_min_mv, b->v_max_mv, v_known, v_mv) &&
	       within(b->f_min_mhz, b->f_max_mhz, f_known, f_mhz);
}

/* May the site's DER be moved at all? */
static bool site_is_safe(const struct ovpp_engine *eng)
{
	const struct ovpp_bounds *b = &eng->envelope.bounds;
	const struct ovpp_der_ctl *pcc = eng->pcc;

	if (!ovpp_lease_active(&eng->lease))
		return false;
	if (!pcc)
		return ovpp_bounds_hold(b, false, 0, false, 0);
	return ovpp_bounds_hold(b, pcc->v_known, pcc->v_mv, pcc->f_known,
				pcc->f_mhz);
}

static s64 limit_ramp(struct ovpp_der_ctl *der, s64 p, u64 dt_us)
{
	s64 step;

	if (!der->envelope.ramp_mw_s)
		return p;
	step = ovpp_span_ramp(der->envelope.ramp_mw_s, dt_us, &der->ramp_rest);
	return ovpp_clamp(p, der->p_last_mw - step, der->p_last_mw + step);
}

/* Nobody sees what the site does at the PCC: no step towards a limit of it. */
static s64 limit_blind(const struct ovpp_engine *eng,
		       const struct ovpp_der_ctl *der, s64 p)
{
	if (eng->envelope.export_max_mw != S64_MAX)
		p = ovpp_min(p, ovpp_max(der->p_last_mw, 0));
	if (eng->envelope.import_max_mw != S64_MAX)
		p = ovpp_max(p, ovpp_min(der->p_last_mw, 0));
	return p;
}

/* An open limit lets through what the device offers, not what it says. */
static s64 expected(const struct ovpp_der_ctl *der)
{
	return der->open ? ovpp_min(der->p_cmd_mw, der->offer_mw) :
			   der->p_cmd_mw;
}

static void limit_der(struct ovpp_engine *eng, struct ovpp_der_ctl *der,
		      bool blind)
{
	s64 wish = der->p_cmd_mw;
	s64 p;

	if (der->tripped) {
		p = ovpp_der_safe(der);
	} else {
		p = limit_ramp(der, wish, eng->dt_us);
		if (blind)
			p = limit_blind(eng, der, p);
		p = ovpp_clamp(p, der->lo_mw, der->hi_mw);
	}
	der->p_cmd_mw = p;
	der->clamped = p != wish;
	der->share.p = expected(der);
}

/*
 * Expected export, less what the load takes: that of the DER which are free to
 * move, and the worse of what the others do and should do.
 */
static s64 expected_export(const struct ovpp_engine *eng, bool up)
{
	s64 sum = -eng->control.load_mw - eng->control.trim_mw;
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		const struct ovpp_der_ctl *der = eng->order[i];
		s64 p = der->share.p;

		if (!der->counted)
			continue;
		if (der->tripped)
			p = up ? ovpp_max(p, der->p_mw) :
				 ovpp_min(p, der->p_mw);
		sum += p;
	}
	return sum;
}

/* Moves the free DER by @by together; returns what they could not take. */
static s64 take_back(struct ovpp_engine *eng, s64 by)
{
	s64 sum = 0, left;
	unsigned int i, n = 0;

	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		if (der->tripped || !der->counted)
			continue;
		der->share.rank = der->policy.rank;
		der->share.lo = ovpp_min(der->lo_mw, der->share.p);
		der->share.hi = der->open ? der->share.p :
			ovpp_max(der->hi_mw, der->share.p);
		sum += der->share.p;
		eng->share[n++] = &der->share;
	}
	left = ovpp_alloc(eng->share, n, sum + by);
	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		if (der->tripped || der->share.p == expected(der))
			continue;
		der->p_cmd_mw = der->share.p;
		der->clamped = true;
	}
	return left;
}

static void limit_site(struct ovpp_engine *eng)
{
	const struct ovpp_site_envelope *env = &eng->envelope;
	s64 over;

	eng->excess_mw = 0;
	if (env->export_max_mw != S64_MAX) {
		over = expected_export(eng, true) - env->export_max_mw;
		if (over > 0)
			eng->excess_mw = -take_back(eng, -over);
	}
	if (env->import_max_mw != S64_MAX) {
		over = expected_export(eng, false) + env->import_max_mw;
		if (over < 0)
			eng->excess_mw = -take_back(eng, -over);
	}
}

void ovpp_envelope_apply(struct ovpp_engine *eng)
{
	bool safe = !site_is_safe(eng);
	bool blind = !eng->pcc || !eng->pcc->p_known || !eng->control.observed;
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		if (safe)
			eng->order[i]->tripped = true;
		limit_der(eng, eng->order[i], blind);
	}
	eng->excess_mw = 0;
	if (!safe && !blind)
		limit_site(eng);
	for (i = 0; i < eng->n_order; i++)
		eng->clamps += eng->order[i]->clamped;
}
