// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any device with any samples: nothing overflows, what it scores is within its bounds,
 * and what it leaves to the next epoch can be gone on with.
 */
#include "input.h"
#include "score.h"

#define SLOTS 4
#define DISPATCHES 4

static int64_t ceiling[SLOTS], baseline[SLOTS], mean[SLOTS];
static uint32_t tariff[SLOTS];
static struct ovpp_score_dispatch dispatch[DISPATCHES];

static void params(struct input *in, struct ovpp_score_params *p)
{
	ovpp_score_params_default(p);
	for (u32 n = draw_below(in, 8); n; n--)
		*ovpp_score_param(p, draw_below(in, OVPP_SCORE_PARAMS)) = draw(in, 8);
}

static struct ovpp_score_sample sample(struct input *in, const struct ovpp_score_sample *last)
{
	u32 flags = draw_below(in, 256);
	u64 step = draw(in, 2);

	return (struct ovpp_score_sample){
		.real_ms = flags & 1 ? draw(in, 8) : last->real_ms + step,
		.mono_ms = flags & 2 ? draw(in, 8) : last->mono_ms + step,
		.run = flags & flags >> 1 & 1,
		.p_mw = draw_s64(in),
		.e_import_mwh = flags & 4 ? draw(in, 8) : last->e_import_mwh + draw(in, 1),
		.e_export_mwh = flags & 8 ? draw(in, 8) : last->e_export_mwh + draw(in, 2),
		.soc_ppm = (u32)draw(in, 4) % (OVPP_PPM + 2),
		.has_import = flags & 16,
		.has_export = flags & 32,
		.has_soc = !(flags & 64),
		.ready = flags & 128,
		.integrated = flags & 64,
		.synchronized = !(flags & 1),
	};
}

static void device(struct input *in, struct ovpp_score *s, struct ovpp_score_device *d)
{
	u64 at = s->start_ms;

	*d = (struct ovpp_score_device){
		.nameplate_mw = draw_s64(in),
		.capacity_mwh = draw_s64(in),
		.ceiling_mw = draw_below(in, 2) ? ceiling : NULL,
		.baseline_mw = draw_below(in, 2) ? baseline : NULL,
		.dispatch = dispatch,
		.n_dispatch = draw_below(in, DISPATCHES + 1),
	};
	for (u32 i = 0; i < DISPATCHES; i++) {
		dispatch[i] = (struct ovpp_score_dispatch){.start_ms = at + draw(in, 2),
							   .end_ms = at + draw(in, 3),
							   .p_mw = draw_s64(in)};
		at = dispatch[i].end_ms;
	}
	for (u32 i = 0; i < SLOTS; i++) {
		ceiling[i] = draw_s64(in);
		baseline[i] = draw_below(in, 3) ? draw_s64(in) : OVPP_SCORE_UNKNOWN;
		tariff[i] = (u32)draw(in, 3);
	}
	s->tariff_ppm = draw_below(in, 2) ? tariff : NULL;
	s->state.debt_mwh = draw_s64(in);
	s->state.shown_mw = draw_s64(in);
	s->state.drift_mwh = draw_s64(in);
}

static void bounds(const struct ovpp_score *s)
{
	u64 ms = s->slots * s->params->slot_s * 1000;
	ovpp_i128 most = (ovpp_i128)s->device->nameplate_mw * ms / 3600000;
	ovpp_u128 pool = ovpp_reward_pool(s->params, 0);

	PROMISE(s->covered_ms <= ms);
	PROMISE(s->energy_mwh <= most && s->available_mwh <= most && s->response_mwh <= most);
	PROMISE(s->weight <= s->full && s->full <= most * 120);
	PROMISE(s->full < UINT64_C(1) << 60);
	PROMISE(ovpp_reward_pay(s->params, pool, s->weight, s->full) <= pool);
	for (size_t i = 0; i < s->device->n_dispatch; i++)
		PROMISE(s->device->dispatch[i].response_ppm <= OVPP_PPM);
	PROMISE(!ovpp_score_check(s));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, data + size};
	struct ovpp_score_sample last = {0};
	struct ovpp_score_params p;
	struct ovpp_score_device d;
	struct ovpp_score s = {.params = &p, .device = &d, .mean_mw = mean};

	params(&in, &p);
	if (ovpp_score_params_check(&p))
		return 0;
	s.slots = 1 + draw_below(&in, SLOTS);
	s.start_ms = draw(&in, 3) * p.slot_s * 1000;
	device(&in, &s, &d);
	if (ovpp_score_check(&s))
		return 0;
	last.real_ms = s.start_ms;
	while (in.at < in.end) {
		last = sample(&in, &last);
		ovpp_score_add(&s, &last);
	}
	ovpp_score_end(&s);
	bounds(&s);
	return 0;
}
