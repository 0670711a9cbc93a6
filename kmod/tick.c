// SPDX-License-Identifier: GPL-2.0-only
/*
 * One tick of a site: images in, commands, events and records out. Runs in the
 * loop's thread; takes no lock but each DER's and the ring's raw one, allocates
 * nothing.
 */

#include <linux/ktime.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "der.h"
#include "hook_call.h"
#include "ring.h"
#include "site.h"
#include "trace.h"

void ovpp_site_take_heartbeat(struct ovpp_site *site)
{
	u64 at = atomic64_xchg(&site->heartbeat_ns, 0);

	if (!at)
		return;
	ovpp_lease_heartbeat(&site->eng.lease, at);
	site->heartbeats++;
}

static void ovpp_tick_state(struct ovpp_site *site)
{
	const struct ovpp_lease *lease = &site->eng.lease;

	if (lease->state == OVPP_SITE_FAIL_SAFE ||
	    lease->state == OVPP_SITE_FAULT)
		site->fail_safes++;
	WRITE_ONCE(site->state, lease->state);
	ovpp_site_event(site, OVPP_EVENT_SITE_STATE, 0, 0,
			lease->state | lease->cause << 8);
}

/*
 * Sends what is due. The DER that comes first changes with every tick, so that a
 * full queue of the device is not always the loss of the same ones.
 */
static void ovpp_tick_send(struct ovpp_site *site, u64 now)
{
	unsigned int i, at;

	if (!site->n_ders)
		return;
	at = ++site->first_tx % site->n_ders;
	for (i = 0; i < site->n_ders; i++) {
		ovpp_der_send(site->ders[at], now);
		if (++at == site->n_ders)
			at = 0;
	}
}

static void ovpp_tick_record(struct ovpp_site *site, u64 now)
{
	const struct ovpp_engine *eng = &site->eng;
	u64 end = ovpp_lease_end(&eng->lease);
	struct ovpp_record rec = {
		.mono_ns = now,
		.real_ns = ktime_to_ns(ktime_mono_to_real(now)),
		.type = OVPP_RECORD_SITE,
		.site = site->id,
		.site_sample = {
			.demand_mw = eng->control.demand_mw,
			.load_mw = eng->control.load_mw,
			.ticks = site->loop.stats.ticks,
			.missed = site->loop.stats.missed,
			.wake_max_ns = site->wake_max_ns,
			.tick_max_ns = site->tick_max_ns,
			.state = eng->lease.state,
			.cause = eng->lease.cause,
			.lease_left_ms = U32_MAX,
		},
	};
	struct ovpp_site_sample *s = &rec.site_sample;

	if (end > now)
		s->lease_left_ms = min_t(u64, div_u64(end - now, NSEC_PER_MSEC),
					 U32_MAX - 1);
	else if (end)
		s->lease_left_ms = 0;
	if (ovpp_engine_has_target(eng)) {
		s->target_mw = eng->control.target_mw;
		s->flags |= OVPP_SITE_TARGET;
	}
	if (eng->pcc) {
		struct ovpp_der *pcc = container_of(eng->pcc, struct ovpp_der,
						    ctl);

		s->pcc_quality = ovpp_der_value(pcc, OVPP_POINT_P, now,
						&s->pcc_mw);
		s->f_mhz = eng->pcc->f_known ? eng->pcc->f_mhz : 0;
	}
	site->wake_max_ns = 0;
	site->tick_max_ns = 0;
	if (ovpp_hook_at(OVPP_HOOK_SAMPLE) && !ovpp_hook_sample(site, &rec))
		return;
	ovpp_ring_write(site->ring, &rec);
}

/*
 * Samples every DER once in sample_ms, spread evenly over it rather than all in
 * one tick, and the site at the end of each round.
 */
static void ovpp_tick_sample(struct ovpp_site *site, u64 now)
{
	u64 round = site->sample_ms * OVPP_NS_PER_MS;
	u64 age = now - site->sampled_ns;
	unsigned int until = site->n_ders;

	if (age < round)
		until = div64_u64(age * site->n_ders, round);
	for (; site->sample_next < until; site->sample_next++)
		ovpp_der_record(site->ders[site->sample_next], now);
	if (age < round)
		return;

	ovpp_tick_record(site, now);
	site->sample_next = 0;
	/* A round that was late does not make the next ones hurry. */
	site->sampled_ns = age < 2 * round ? site->sampled_ns + round : now;
}

void ovpp_site_tick(struct ovpp_site *site, u64 now)
{
	struct ovpp_engine *eng = &site->eng;
	unsigned int i;

	for (i = 0; i < site->n_ders; i++)
		ovpp_der_look(site->ders[i], now);

	ovpp_site_take_heartbeat(site);
	if (ovpp_engine_decide(eng, now))
		ovpp_tick_state(site);
	if (ovpp_hook_at(OVPP_HOOK_CONTROL) && ovpp_lease_active(&eng->lease))
		ovpp_hook_control(site, now);
	ovpp_engine_apply(eng, now);
	ovpp_dispatch_report_ended(site, now);
	ovpp_tick_send(site, now);
	ovpp_tick_sample(site, now);
	trace_ovpp_tick_end(site->id, now, eng->pcc ? eng->pcc->p_mw : 0,
			    eng->control.target_mw, eng->control.demand_mw);
}
