// SPDX-License-Identifier: GPL-2.0-only
/* The engine: one tick of a site, see engine.h. */
#include "engine.h"
#include "span.h"

/* A DER that is held back is probed with this part of its greatest power. */
#define PROBE_PART 16

void ovpp_engine_init(struct ovpp_engine *eng, u64 now)
{
	memset(eng, 0, sizeof(*eng));
	ovpp_site_policy_init(&eng->policy);
	ovpp_site_envelope_init(&eng->envelope);
	ovpp_lease_init(&eng->lease, now);
}

void ovpp_der_ctl_init(struct ovpp_der_ctl *der, u32 id,
		       const struct ovpp_profile *prof, u8 kind, bool pcc)
{
	memset(der, 0, sizeof(*der));
	der->profile = prof;
	der->id = id;
	der->kind = kind;
	der->pcc = pcc;
	ovpp_der_policy_init(&der->policy);
	ovpp_der_envelope_init(&der->envelope);
}

void ovpp_engine_order(struct ovpp_engine *eng)
{
	unsigned int i, at;

	eng->n_order = 0;
	eng->pcc = NULL;
	for (i = 0; i < eng->n; i++) {
		struct ovpp_der_ctl *der = eng->der[i];

		if (der->pcc)
			eng->pcc = der;
		if (!ovpp_der_controllable(der))
			continue;
		at = eng->n_order++;
		for (; at && eng->order[at - 1]->policy.rank > der->policy.rank;
		     at--)
			eng->order[at] = eng->order[at - 1];
		eng->order[at] = der;
	}
}

s64 ovpp_der_safe(const struct ovpp_der_ctl *der)
{
	return ovpp_clamp(der->envelope.safe_mw, der->envelope.p_min_mw,
			  der->envelope.p_max_mw);
}

void ovpp_commands(s64 p_mw, bool run, u32 heartbeat,
		   s64 command[OVPP_POINT_N])
{
	memset(command, 0, OVPP_POINT_N * sizeof(*command));
	command[OVPP_POINT_P_SET] = p_mw;
	command[OVPP_POINT_P_LIMIT] = ovpp_max(p_mw, 0);
	command[OVPP_POINT_CONNECT] = run;
	command[OVPP_POINT_HEARTBEAT] = heartbeat;
}

void ovpp_der_commands(const struct ovpp_der_ctl *der, u32 heartbeat,
		       s64 command[OVPP_POINT_N])
{
	ovpp_commands(der->p_cmd_mw, der->run, heartbeat, command);
}

bool ovpp_engine_has_target(const struct ovpp_engine *eng)
{
	return eng->control.started;
}

static struct ovpp_der_ctl *find_der(const struct ovpp_engine *eng, u32 id)
{
	unsigned int first = 0, end = eng->n;

	while (first < end) {
		unsigned int mid = (first + end) / 2;

		if (eng->der[mid]->id == id)
			return eng->der[mid];
		if (eng->der[mid]->id < id)
			first = mid + 1;
		else
			end = mid;
	}
	return NULL;
}

int ovpp_engine_find_dispatch(const struct ovpp_engine *eng, u32 id)
{
	int i;

	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (eng->dispatch[i] && eng->dispatch[i]->id == id)
			return i;
	return -ENOENT;
}

/* Index of a free place, or of the oldest one that has ended, or -EBUSY. */
static int find_place(const struct ovpp_engine *eng)
{
	int i;

	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (!eng->dispatch[i])
			return i;
	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (ovpp_dispatch_ended(eng->dispatch[i]))
			return i;
	return -EBUSY;
}

/* Is it active, for the same target as @d? */
static bool rivals(const struct ovpp_dispatch *other,
		   const struct ovpp_dispatch *d)
{
	return other && other->der == d->der && !ovpp_dispatch_ended(other);
}

static bool must_yield(const struct ovpp_engine *eng,
		       const struct ovpp_dispatch *d)
{
	int i;

	for (i = 0; d->yields && i < OVPP_DISPATCH_MAX; i++)
		if (rivals(eng->dispatch[i], d) &&
		    eng->dispatch[i]->id != d->instead_of)
			return true;
	return false;
}

int ovpp_engine_submit(struct ovpp_engine *eng, struct ovpp_dispatch *d,
		       struct ovpp_dispatch **old)
{
	const struct ovpp_der_ctl *der = d->der ? find_der(eng, d->der) :
						  eng->pcc;
	int i, place;

	*old = NULL;
	if (!der || (d->der && !ovpp_der_controllable(der)))
		return -ENOENT;
	if (must_yield(eng, d))
		return -EEXIST;
	for (i = 0; i < OVPP_DISPATCH_MAX; i++)
		if (rivals(eng->dispatch[i], d))
			ovpp_dispatch_end(eng->dispatch[i],
					  OVPP_DISPATCH_SUPERSEDED);
	place = find_place(eng);
	if (place < 0)
		return place;
	*old = eng->dispatch[place];
	/* Later ones move up: the order is that of submission. */
	for (i = place; i < OVPP_DISPATCH_MAX - 1 && eng->dispatch[i + 1]; i++)
		eng->dispatch[i] = eng->dispatch[i + 1];
	eng->dispatch[i] = d;
	return 0;
}

static void advance_time(struct ovpp_engine *eng, u64 now)
{
	eng->dt_us = 0;
	if (eng->last_ns && now > eng->last_ns)
		eng->dt_us = (now - eng->last_ns) / 1000;
	/* What is below 1 us waits for the next tick. */
	eng->last_ns = eng->last_ns ? eng->last_ns + eng->dt_us * 1000 : now;
	if (eng->dt_us > OVPP_SPAN_MAX_US)
		eng->dt_us = OVPP_SPAN_MAX_US;
}

/* Only what is measured counts, and only where it was so a tick ago too. */
static void count_energy(struct ovpp_der_ctl *der, u64 before, u64 now,
			 u64 dt_us)
{
	s64 p = der->p_mw;

	if (!der->p_measured)
		return;
	if (!der->e_ns || der->e_ns != before)
		dt_us = 0;
	if (p > 0)
		der->e_export_mwh += ovpp_span_energy(p, dt_us, &der->e_export_mw_us);
	else
		der->e_import_mwh += ovpp_span_energy(-p, dt_us, &der->e_import_mw_us);
	der->e_ns = now;
}

/* What a DER gives that does not say: it follows its commands as a lag. */
static void estimate_power(struct ovpp_der_ctl *der, u32 q20)
{
	if (!der->p_measured)
		der->p_mw += ovpp_part(der->share.p - der->p_mw, q20);
}

/*
 * What a DER offers that takes a limit only and does not say: what it gives, if
 * the limit does not hold it back; else a little more than the limit. A limit
 * that was just raised counts as holding until the DER had time to follow.
 */
static void estimate_offer(struct ovpp_der_ctl *der, u64 now, u64 settle_ns)
{
	s64 limit = der->p_cmd_mw;
	s64 probe = der->hi_mw / PROBE_PART + 1;
	bool held;

	der->open = der->offer_known;
	if (der->offer_known || !der->p_measured)
		return;
	held = limit < der->hi_mw &&
	       (der->p_mw >= limit - limit / 8 - probe ||
		now - der->raised_ns < settle_ns);
	der->open = !held;
	der->offer_known = true;
	der->offer_mw = held ? limit + probe : ovpp_max(der->p_mw, 0);
}

static void prepare(struct ovpp_engine *eng, u64 now)
{
	u64 settle_ns = eng->policy.settle_ms * OVPP_NS_PER_MS;
	u64 q20 = eng->dt_us * 4000 * OVPP_Q20 / settle_ns;
	unsigned int i;

	if (q20 > OVPP_Q20)
		q20 = OVPP_Q20;
	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		der->p_last_mw = der->p_cmd_mw;
		der->cap_lo_mw = der->lo_mw;
		der->cap_hi_mw = der->hi_mw;
		der->fixed = false;
		estimate_power(der, q20);
		if (ovpp_der_limit_only(der))
			estimate_offer(der, now, settle_ns);
	}
}

/* Does it stand under the present row of heartbeats? */
static bool is_covered(const struct ovpp_engine *eng,
		       const struct ovpp_dispatch *d, u64 now)
{
	return ovpp_lease_alive(&eng->lease, now) &&
	       d->submitted_ns >= eng->lease.alive_since_ns;
}

static void step_dispatch(struct ovpp_engine *eng, struct ovpp_dispatch *d,
			  u64 now)
{
	const struct ovpp_der_ctl *der = d->der ? find_der(eng, d->der) :
						  eng->pcc;

	ovpp_dispatch_deliver(d, now, der && der->p_measured,
			      der ? der->p_mw : 0);
	ovpp_dispatch_step(d, now);
	if (!ovpp_dispatch_ended(d) && !is_covered(eng, d, now))
		ovpp_dispatch_end(d, OVPP_DISPATCH_DROPPED);
}

/*
 * Steps all dispatches, fixes the DER that have one of their own in force, and
 * returns the latest end of those in force, 0 if there is none.
 */
static u64 step_dispatches(struct ovpp_engine *eng, u64 now, s64 *target)
{
	struct ovpp_der_ctl *der;
	u64 until = 0;
	int i;

	for (i = 0; i < OVPP_DISPATCH_MAX && eng->dispatch[i]; i++) {
		struct ovpp_dispatch *d = eng->dispatch[i];

		if (ovpp_dispatch_ended(d))
			continue;
		step_dispatch(eng, d, now);
		if (!d->in_force)
			continue;
		if (d->block[d->at].end_ns > until)
			until = d->block[d->at].end_ns;
		if (!d->der) {
			*target = ovpp_dispatch_setpoint(d);
			continue;
		}
		der = find_der(eng, d->der);
		if (der) {
			der->fixed = true;
			der->share.p = ovpp_dispatch_setpoint(d);
		}
	}
	return until;
}

static void hold_safe(struct ovpp_engine *eng)
{
	unsigned int i;

	ovpp_control_reset(&eng->control);
	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		der->p_cmd_mw = ovpp_der_safe(der);
		der->counted = false;
		der->moved = false;
	}
}

static void finish(struct ovpp_engine *eng, u64 now)
{
	unsigned int i;

	for (i = 0; i < eng->n_order; i++) {
		struct ovpp_der_ctl *der = eng->order[i];

		der->held = der->tripped;
		der->run = !der->held || ovpp_der_safe(der);
		if (der->p_cmd_mw > der->p_last_mw)
			der->raised_ns = now;
		if (der->p_cmd_mw != der->p_last_mw)
			der->moved = true;
	}
}

bool ovpp_engine_decide(struct ovpp_engine *eng, u64 now)
{
	struct ovpp_lease_input in = {
		.pcc_needed = eng->pcc,
		.pcc_good = eng->pcc && eng->pcc->p_known,
	};
	s64 target = eng->policy.fallback_mw;
	u64 before = eng->last_ns;
	bool changed;
	unsigned int i;
	u64 until;

	advance_time(eng, now);
	for (i = 0; i < eng->n; i++)
		count_energy(eng->der[i], before, eng->last_ns, eng->dt_us);
	prepare(eng, now);
	until = step_dispatches(eng, now, &target);
	ovpp_lease_setpoint(&eng->lease, now, until);
	changed = ovpp_lease_step(&eng->lease, now, &in);
	if (ovpp_lease_active(&eng->lease))
		ovpp_control_step(eng, target);
	else
		hold_safe(eng);
	return changed;
}

bool ovpp_engine_narrow(struct ovpp_der_ctl *der, s64 lo_mw, s64 hi_mw)
{
	s64 lo = ovpp_clamp(lo_mw, der->cap_lo_mw, der->cap_hi_mw);
	s64 hi = ovpp_clamp(hi_mw, der->cap_lo_mw, der->cap_hi_mw);

	if (der->tripped || (lo == der->cap_lo_mw && hi == der->cap_hi_mw))
		return false;
	der->cap_lo_mw = lo;
	der->cap_hi_mw = hi;
	return true;
}

void ovpp_engine_apply(struct ovpp_engine *eng, u64 now)
{
	ovpp_envelope_apply(eng);
	finish(eng, now);
}
