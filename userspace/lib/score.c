// SPDX-License-Identifier: GPL-2.0-or-later
#include "score.h"

#include <errno.h>

#include "record.h"

#define MS_PER_S 1000
/* mW ms in a mWh. */
#define HOUR_MS 3600000
#define NS_PER_MS 1000000
/* Base units in a millionth of a token, of 18 decimals. */
#define MICROTOKEN UINT64_C(1000000000000)
/* The most power that a device can have taken, in nameplates. */
#define TAKEN_TIMES 10
/* Weight of a kWh. */
#define KWH 1000000

static ovpp_i128 max128(ovpp_i128 a, ovpp_i128 b)
{
	return a > b ? a : b;
}

static ovpp_i128 min128(ovpp_i128 a, ovpp_i128 b)
{
	return a < b ? a : b;
}

static ovpp_i128 abs128(ovpp_i128 x)
{
	return x < 0 ? -x : x;
}

static int64_t abs64(int64_t x)
{
	return x < 0 ? -x : x;
}

static uint64_t slot_ms(const struct ovpp_score *s)
{
	return s->params->slot_s * MS_PER_S;
}

static bool powers_hold(const int64_t *mw, uint64_t n, bool unknown_too)
{
	for (uint64_t i = 0; mw && i < n; i++) {
		if (unknown_too && mw[i] == OVPP_SCORE_UNKNOWN)
			continue;
		if (mw[i] < -OVPP_SCORE_P_MAX || mw[i] > OVPP_SCORE_P_MAX)
			return false;
	}
	return true;
}

/* In order, each within the epoch and a slot, and within what the device can do. */
static bool dispatches_hold(const struct ovpp_score *s)
{
	const struct ovpp_score_device *d = s->device;
	uint64_t from = s->start_ms, ms = slot_ms(s);

	for (size_t i = 0; i < d->n_dispatch; i++) {
		const struct ovpp_score_dispatch *x = &d->dispatch[i];

		if (x->start_ms < from || x->end_ms <= x->start_ms ||
		    x->end_ms > s->start_ms + s->slots * ms ||
		    x->start_ms / ms != (x->end_ms - 1) / ms || x->p_mw < -d->nameplate_mw ||
		    x->p_mw > d->nameplate_mw)
			return false;
		from = x->end_ms;
	}
	return true;
}

int ovpp_score_check(const struct ovpp_score *s)
{
	const struct ovpp_score_device *d = s->device;
	const struct ovpp_score_state *st = &s->state;

	if (s->slots < 1 || s->slots > OVPP_SCORE_SLOTS || s->start_ms % slot_ms(s) ||
	    s->start_ms > UINT64_C(1) << 50)
		return -EINVAL;
	if (d->nameplate_mw < 1 || d->nameplate_mw > OVPP_SCORE_P_MAX || d->capacity_mwh < 0 ||
	    d->capacity_mwh > OVPP_SCORE_CAPACITY_MAX || !dispatches_hold(s))
		return -EINVAL;
	for (uint64_t i = 0; s->tariff_ppm && i < s->slots; i++)
		if (s->tariff_ppm[i] > OVPP_SCORE_TARIFF_MAX)
			return -EINVAL;
	if (!powers_hold(d->ceiling_mw, s->slots, false) ||
	    !powers_hold(d->baseline_mw, s->slots, true))
		return -EINVAL;
	return st->debt_mwh < 0 || st->debt_mwh > OVPP_SCORE_DEBT_MAX || st->shown_mw < 0 ||
			       st->shown_mw > OVPP_SCORE_P_MAX ||
			       abs128(st->drift_mwh) > OVPP_SCORE_DEBT_MAX ||
			       abs128(st->soc_drift_mwh) > OVPP_SCORE_DEBT_MAX
		       ? -EINVAL
		       : 0;
}

/* ---- a dispatch ---------------------------------------------------------------------- */

/* Power that is asked beyond the baseline, and its sign. */
static int64_t request_mw(const struct ovpp_score *s, const struct ovpp_score_dispatch *x,
			  int *sign, int64_t *baseline)
{
	uint64_t slot = (x->start_ms - s->start_ms) / slot_ms(s);
	int64_t mw;

	*baseline = s->device->baseline_mw ? s->device->baseline_mw[slot] : OVPP_SCORE_UNKNOWN;
	if (*baseline == OVPP_SCORE_UNKNOWN)
		return 0;
	mw = x->p_mw - *baseline;
	*sign = mw < 0 ? -1 : 1;
	return (int64_t)min128(abs64(mw), s->device->nameplate_mw);
}

/* Power @p_mw flowed from @from to @to, which lie within it. */
static void account(const struct ovpp_score *s, struct ovpp_score_dispatch *x, uint64_t from,
		    uint64_t to, int64_t p_mw)
{
	int64_t baseline, error = abs64(p_mw - x->p_mw), asked;
	uint64_t ms = to - from;
	int sign = 1;

	asked = request_mw(s, x, &sign, &baseline);
	if (!asked)
		return;
	x->delivered += (ovpp_i128)(p_mw - baseline) * sign * ms;
	x->error += (ovpp_i128)error * ms;
	x->covered_ms += ms;
	if (!x->reached &&
	    (ovpp_i128)error * OVPP_PPM <= (ovpp_i128)asked * s->params->delay_band_ppm) {
		x->reached = true;
		x->delay_ms = from - x->start_ms;
	}
}

/* @part of @whole, 0 to OVPP_PPM. */
static uint32_t share(ovpp_i128 part, ovpp_i128 whole)
{
	if (part <= 0)
		return 0;
	return part >= whole ? OVPP_PPM : (uint32_t)(part * OVPP_PPM / whole);
}

/* How well it responded; what it weighs, mWh. */
static uint64_t respond(const struct ovpp_score *s, struct ovpp_score_dispatch *x)
{
	uint64_t ms = x->end_ms - x->start_ms, late = s->params->delay_max_ms;
	int64_t baseline, asked;
	uint32_t sum;
	ovpp_i128 whole;
	int sign = 1;

	asked = request_mw(s, x, &sign, &baseline);
	if (!asked)
		return 0;
	whole = (ovpp_i128)asked * ms;
	/* What is not known is as if nothing was done. */
	x->error += (ovpp_i128)asked * (ms - x->covered_ms);
	if (x->reached && x->delay_ms < late)
		late -= x->delay_ms;
	else
		late = 0;
	sum = share(x->delivered, whole) + share(whole - x->error, whole) +
	      share(late, s->params->delay_max_ms);
	x->response_ppm = sum / 3 < s->params->response_min_ppm ? 0 : sum / 3;
	return (uint64_t)(whole / HOUR_MS * x->response_ppm / OVPP_PPM);
}

/* ---- a slot --------------------------------------------------------------------------- */

/*
 * A bucket with a leak holds by how much two measures of the same differ: what was
 * believed once is not believed again. @level, at most 2 * @slack, is what is in it;
 * returns the check.
 */
static uint32_t bucket(int64_t *level, ovpp_i128 in, ovpp_i128 leak, int64_t slack)
{
	ovpp_i128 x = *level + in, size;

	slack = slack < 1 ? 1 : slack;
	size = min128(max128(abs128(x) - leak, 0), 2 * (ovpp_i128)slack);
	*level = (int64_t)(x < 0 ? -size : size);
	return share(2 * (ovpp_i128)slack - size, slack);
}

static uint32_t energy_check(struct ovpp_score *s, ovpp_i128 through_mwh)
{
	const struct ovpp_score_params *p = s->params;
	ovpp_i128 slack = (ovpp_i128)s->device->nameplate_mw * p->energy_slack_ms / HOUR_MS;

	return bucket(&s->state.drift_mwh, s->slot.net - s->slot.flow / HOUR_MS,
		      through_mwh * p->energy_leak_ppm / OVPP_PPM, (int64_t)slack);
}

static uint32_t soc_check(struct ovpp_score *s, ovpp_i128 through_mwh)
{
	const struct ovpp_score_params *p = s->params;
	ovpp_i128 capacity = s->device->capacity_mwh;
	ovpp_i128 in = s->slot.soc_ppm * capacity + s->slot.net * OVPP_PPM;

	if (!capacity)
		return OVPP_PPM;
	return bucket(&s->state.soc_drift_mwh, in / OVPP_PPM,
		      through_mwh * p->soc_leak_ppm / OVPP_PPM,
		      (int64_t)(capacity * p->soc_slack_ppm / OVPP_PPM));
}

/* What @ms of the covered time cost, each @loss. */
static uint32_t time_check(const struct ovpp_score_slot *slot, uint64_t ms, uint64_t loss)
{
	if (!ms)
		return OVPP_PPM;
	return (uint32_t)(OVPP_PPM - (ovpp_i128)loss * ms / slot->covered_ms);
}

/* Product of all checks, rounded down after each. */
static uint64_t quality(struct ovpp_score *s)
{
	const struct ovpp_score_slot *slot = &s->slot;
	ovpp_i128 through_mwh = slot->through / HOUR_MS;
	const uint32_t check[] = {
		share(slot->covered_ms, slot_ms(s)),
		time_check(slot, slot->unsynchronized_ms, s->params->clock_loss_ppm),
		time_check(slot, slot->integrated_ms, s->params->integrated_loss_ppm),
		energy_check(s, through_mwh),
		soc_check(s, through_mwh),
	};
	uint64_t product = OVPP_PPM;

	for (size_t i = 0; i < sizeof(check) / sizeof(*check); i++)
		product = product * check[i] / OVPP_PPM;
	return product;
}

/* The most that the device can have given in the slot. */
static int64_t limit_mw(const struct ovpp_score *s)
{
	const int64_t *ceiling = s->device->ceiling_mw;

	return ceiling ? (int64_t)max128(min128(s->device->nameplate_mw, ceiling[s->at]), 0)
		       : s->device->nameplate_mw;
}

/* Net delivery: what was taken before has to be given back first. */
static int64_t deliver(struct ovpp_score *s)
{
	ovpp_i128 clip = (ovpp_i128)limit_mw(s) * s->slot.covered_ms / HOUR_MS;
	ovpp_i128 net = min128(s->slot.net + s->slot.taken, clip);
	ovpp_i128 debt = s->state.debt_mwh;

	s->state.debt_mwh = (int64_t)min128(max128(debt - net, 0), OVPP_SCORE_DEBT_MAX);
	return (int64_t)max128(net - debt, 0);
}

/* Power that it can be believed to have, times the time in which it could be asked. */
static int64_t offer(struct ovpp_score *s)
{
	int64_t *shown = &s->state.shown_mw;
	ovpp_i128 now = abs128(s->slot.flow) / slot_ms(s);
	int64_t kept =
		*shown - (int64_t)((ovpp_i128)*shown * s->params->shown_decay_ppm / OVPP_PPM);

	*shown = (int64_t)min128(max128(now, kept), s->device->nameplate_mw);
	return (int64_t)(min128(*shown, limit_mw(s)) * s->slot.bins * s->params->bin_s / 3600);
}

/* What was asked of the device in the slot, and how well it responded: mWh. */
static uint64_t responses(struct ovpp_score *s)
{
	const struct ovpp_score_device *d = s->device;
	uint64_t end = s->start_ms + (s->at + 1) * slot_ms(s), sum = 0;

	for (; s->answered < d->n_dispatch && d->dispatch[s->answered].start_ms < end;
	     s->answered++)
		sum += respond(s, &d->dispatch[s->answered]);
	return sum;
}

static void close_bin(struct ovpp_score *s)
{
	ovpp_u128 whole = (ovpp_u128)s->params->bin_s * MS_PER_S * s->params->bin_coverage_ppm;

	s->slot.bins += s->bin_ms && (ovpp_u128)s->bin_ms * OVPP_PPM >= whole;
	s->bin_ms = 0;
}

static int64_t mean(const struct ovpp_score *s)
{
	const struct ovpp_score_slot *slot = &s->slot;
	ovpp_u128 least = (ovpp_u128)slot_ms(s) * s->params->bin_coverage_ppm;

	if (!slot->covered_ms || (ovpp_u128)slot->covered_ms * OVPP_PPM < least)
		return OVPP_SCORE_UNKNOWN;
	return (int64_t)(slot->flow / slot->covered_ms);
}

static void close_slot(struct ovpp_score *s)
{
	uint64_t tariff = s->tariff_ppm ? s->tariff_ppm[s->at] : OVPP_PPM, response;
	const struct ovpp_score_params *p = s->params;
	int64_t energy, available;
	ovpp_i128 full;

	close_bin(s);
	energy = deliver(s);
	available = offer(s);
	response = responses(s);
	full = (ovpp_i128)energy * tariff / OVPP_PPM * p->alpha_ppm +
	       (ovpp_i128)available * p->beta_ppm + (ovpp_i128)response * p->gamma_ppm;
	full /= OVPP_PPM;
	s->energy_mwh += (uint64_t)energy;
	s->available_mwh += (uint64_t)available;
	s->response_mwh += response;
	s->covered_ms += s->slot.covered_ms;
	s->full += (uint64_t)full;
	s->weight += (uint64_t)(full * quality(s) / OVPP_PPM);
	if (s->mean_mw)
		s->mean_mw[s->at] = mean(s);
	s->slot = (struct ovpp_score_slot){0};
	s->at++;
}

static void go_to(struct ovpp_score *s, uint64_t real_ms)
{
	uint64_t slot = (real_ms - s->start_ms) / slot_ms(s);

	while (s->at < slot)
		close_slot(s);
}

/* ---- an interval ------------------------------------------------------------------------ */

/* Power @p_mw from @from to @to: what is it to the dispatches? */
static void follow(struct ovpp_score *s, uint64_t from, uint64_t to, int64_t p_mw)
{
	const struct ovpp_score_device *d = s->device;

	while (s->asked < d->n_dispatch && d->dispatch[s->asked].end_ms <= from)
		s->asked++;
	for (size_t i = s->asked; i < d->n_dispatch && d->dispatch[i].start_ms < to; i++) {
		struct ovpp_score_dispatch *x = &d->dispatch[i];
		uint64_t start = x->start_ms > from ? x->start_ms : from;
		uint64_t end = x->end_ms < to ? x->end_ms : to;

		account(s, x, start, end, p_mw);
	}
}

/* Between two samples the first one's power holds; @from to @to lie in one bin. */
static void hold(struct ovpp_score *s, uint64_t from, uint64_t to,
		 const struct ovpp_score_sample *b)
{
	uint64_t ms = to - from, bin = (from - s->start_ms) / (s->params->bin_s * MS_PER_S);
	const struct ovpp_score_sample *a = &s->last;

	go_to(s, from);
	if (bin != s->bin)
		close_bin(s);
	s->bin = bin;
	s->bin_ms += a->ready && b->ready ? ms : 0;
	s->slot.flow += (ovpp_i128)a->p_mw * ms;
	s->slot.through += (ovpp_i128)abs64(a->p_mw) * ms;
	s->slot.covered_ms += ms;
	s->slot.unsynchronized_ms += a->synchronized && b->synchronized ? 0 : ms;
	s->slot.integrated_ms += a->integrated || b->integrated ? ms : 0;
	follow(s, from, to, a->p_mw);
}

static bool is_valid(const struct ovpp_score *s, const struct ovpp_score_sample *b)
{
	const struct ovpp_score_sample *a = &s->last;
	uint64_t real = b->real_ms - a->real_ms, mono = b->mono_ms - a->mono_ms;
	uint64_t step = real > mono ? real - mono : mono - real;

	return s->has_last && a->run == b->run && a->mono_ms <= b->mono_ms &&
	       real <= s->params->interval_max_ms && step <= s->params->clock_step_max_ms &&
	       a->has_import == b->has_import && a->has_export == b->has_export &&
	       (!b->has_import || b->e_import_mwh >= a->e_import_mwh) &&
	       (!b->has_export || b->e_export_mwh >= a->e_export_mwh);
}

/*
 * What registers say since they were known last; one that went back says nothing. One that
 * was misread once must not make a debt for ever.
 */
static ovpp_i128 net_since(const struct ovpp_score *s, const struct ovpp_score_sample *b)
{
	const struct ovpp_score_state *st = &s->state;
	uint64_t ms = b->real_ms > st->real_ms ? b->real_ms - st->real_ms : 0;
	ovpp_i128 net = 0, most;

	if (st->has_export && b->has_export && b->e_export_mwh >= st->e_export_mwh)
		net += b->e_export_mwh - st->e_export_mwh;
	if (st->has_import && b->has_import && b->e_import_mwh >= st->e_import_mwh)
		net -= b->e_import_mwh - st->e_import_mwh;
	most = (ovpp_i128)s->device->nameplate_mw *
	       ((ovpp_i128)ms * TAKEN_TIMES + s->params->energy_slack_ms) / HOUR_MS;
	return max128(net, -most);
}

static void interval(struct ovpp_score *s, const struct ovpp_score_sample *b)
{
	uint64_t bin_ms = s->params->bin_s * MS_PER_S, to;
	bool valid = is_valid(s, b);
	ovpp_i128 net;

	for (uint64_t t = s->last.real_ms; valid && t < b->real_ms; t = to) {
		to = t - (t - s->start_ms) % bin_ms + bin_ms;
		to = to < b->real_ms ? to : b->real_ms;
		hold(s, t, to, b);
	}
	go_to(s, b->real_ms);
	net = net_since(s, b);
	if (valid) {
		s->slot.net += net;
		s->slot.soc_ppm += (ovpp_i128)b->soc_ppm - s->last.soc_ppm;
	} else {
		s->slot.taken += min128(net, 0);
	}
}

/* What a storage holds when it comes was taken somewhere else. */
static void meet(struct ovpp_score *s, const struct ovpp_score_sample *b)
{
	if (!s->state.known)
		s->state.debt_mwh =
			(int64_t)((ovpp_i128)s->device->capacity_mwh * b->soc_ppm / OVPP_PPM);
	s->state.known = true;
}

static bool is_usable(const struct ovpp_score *s, const struct ovpp_score_sample *b)
{
	ovpp_i128 most = (ovpp_i128)s->device->nameplate_mw *
			 (OVPP_PPM + s->params->power_margin_ppm) / OVPP_PPM;

	return b->real_ms >= s->start_ms && b->real_ms < s->start_ms + s->slots * slot_ms(s) &&
	       (!s->has_last || b->real_ms > s->last.real_ms) && abs128(b->p_mw) <= most &&
	       (!s->device->capacity_mwh || (b->has_soc && b->soc_ppm <= OVPP_PPM)) &&
	       (b->has_import || b->has_export) &&
	       (!b->has_import || b->e_import_mwh <= INT64_MAX) &&
	       (!b->has_export || b->e_export_mwh <= INT64_MAX);
}

void ovpp_score_add(struct ovpp_score *s, const struct ovpp_score_sample *sample)
{
	struct ovpp_score_state *st = &s->state;

	if (!is_usable(s, sample))
		return;
	meet(s, sample);
	interval(s, sample);
	if (sample->has_import && sample->e_import_mwh > st->e_import_mwh)
		st->e_import_mwh = sample->e_import_mwh;
	if (sample->has_export && sample->e_export_mwh > st->e_export_mwh)
		st->e_export_mwh = sample->e_export_mwh;
	st->real_ms = sample->real_ms;
	st->has_import |= sample->has_import;
	st->has_export |= sample->has_export;
	s->last = *sample;
	s->has_last = true;
	s->samples++;
}

void ovpp_score_end(struct ovpp_score *s)
{
	while (s->at < s->slots)
		close_slot(s);
}

/* ---- around it --------------------------------------------------------------------------- */

/* Good; or never there at all, which is as good as 0. */
static bool register_of(const struct ovpp_sample *s, enum ovpp_sample_value v, bool *has)
{
	enum ovpp_quality q = ovpp_sample_quality(s, v);

	*has = q == OVPP_QUALITY_GOOD;
	return *has || q == OVPP_QUALITY_NEVER;
}

static bool is_ready(const struct ovpp_sample *s)
{
	bool told = ovpp_sample_quality(s, OVPP_SAMPLE_STATE) == OVPP_QUALITY_GOOD;

	return s->flags & OVPP_SAMPLE_CONTROLLED && s->supervision == OVPP_SUPERVISION_ONLINE &&
	       !(told && (s->state == OVPP_DER_STATE_OFF || s->state == OVPP_DER_STATE_FAULT));
}

int ovpp_score_sample_of(const struct ovpp_record *rec, struct ovpp_score_sample *sample)
{
	const struct ovpp_sample *s = &rec->sample;

	*sample = (struct ovpp_score_sample){
		.real_ms = rec->real_ns / NS_PER_MS,
		.mono_ms = rec->mono_ns / NS_PER_MS,
		.p_mw = s->p_mw,
		.e_import_mwh = s->e_import_mwh,
		.e_export_mwh = s->e_export_mwh,
		.soc_ppm = s->soc_ppm,
		.has_soc = ovpp_sample_quality(s, OVPP_SAMPLE_SOC) == OVPP_QUALITY_GOOD,
		.ready = is_ready(s),
		.integrated = s->flags & OVPP_SAMPLE_E_INTEGRATED,
	};
	if (rec->type != OVPP_RECORD_SAMPLE || s->flags & OVPP_SAMPLE_PCC ||
	    ovpp_sample_quality(s, OVPP_SAMPLE_P) != OVPP_QUALITY_GOOD ||
	    !register_of(s, OVPP_SAMPLE_E_IMPORT, &sample->has_import) ||
	    !register_of(s, OVPP_SAMPLE_E_EXPORT, &sample->has_export))
		return -ENODATA;
	return 0;
}

int64_t ovpp_score_baseline(const struct ovpp_score_params *p, const int64_t *mean_mw, size_t n)
{
	ovpp_i128 sum = 0;

	if (n < p->baseline_min)
		return OVPP_SCORE_UNKNOWN;
	for (size_t i = 0; i < n; i++)
		sum += mean_mw[i];
	return (int64_t)(sum / (ovpp_i128)n);
}

ovpp_u128 ovpp_reward_pool(const struct ovpp_score_params *p, ovpp_u128 carried)
{
	return (ovpp_u128)p->pool_microtokens * MICROTOKEN + carried;
}

ovpp_u128 ovpp_reward_pay(const struct ovpp_score_params *p, ovpp_u128 pool, uint64_t weight,
			  uint64_t total)
{
	ovpp_u128 dear = (ovpp_u128)weight * p->price_max_microtokens * (MICROTOKEN / KWH);
	ovpp_u128 most =
		pool / OVPP_PPM * p->owner_cap_ppm + pool % OVPP_PPM * p->owner_cap_ppm / OVPP_PPM;
	ovpp_u128 pay;

	if (!total)
		return 0;
	/* floor(pool * weight / total), whose product may not fit. */
	pay = pool / total * weight + pool % total * weight / total;
	pay = pay < most ? pay : most;
	return pay < dear ? pay : dear;
}

ovpp_u128 ovpp_reward_carry(const struct ovpp_score_params *p, ovpp_u128 left)
{
	ovpp_u128 most = (ovpp_u128)p->pool_microtokens * MICROTOKEN / OVPP_PPM * p->carry_max_ppm;

	return left < most ? left : most;
}
