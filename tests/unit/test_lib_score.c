// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: what a device contributed, and what that is worth. */
#include "kselftest_harness.h"

#include <errno.h>

#include "score.h"

#define START_MS (UINT64_C(1772323200) * 1000)
#define HOUR_MS UINT64_C(3600000)
#define KW INT64_C(1000000)
#define KWH KW
#define SLOTS 4
#define STEP_MS UINT64_C(5000)

/**
 * struct at_work - an honest device: registers are the integral of its power
 * @sample: the next one
 * @rest: mW ms that the registers do not have yet
 */
struct at_work {
	struct ovpp_score_sample sample;
	int64_t rest;
};

FIXTURE(score)
{
	struct ovpp_score_params p;
	struct ovpp_score_device d;
	struct ovpp_score_dispatch dispatch[SLOTS];
	int64_t baseline[SLOTS];
	int64_t ceiling[SLOTS];
	uint32_t tariff[SLOTS];
	int64_t mean[SLOTS];
	struct ovpp_score s;
	struct at_work w;
};

typedef struct _test_data_score fixture;

/* A new device at the begin of an epoch. */
static void begin(fixture *self)
{
	memset(&self->s, 0, sizeof(self->s));
	self->s.params = &self->p;
	self->s.device = &self->d;
	self->s.start_ms = START_MS;
	self->s.slots = SLOTS;
	self->s.mean_mw = self->mean;
	memset(&self->w, 0, sizeof(self->w));
	self->w.sample = (struct ovpp_score_sample){
		.real_ms = START_MS,
		.mono_ms = 1000,
		.e_import_mwh = 7 * KWH,
		.e_export_mwh = 9 * KWH,
		.soc_ppm = 500000,
		.has_import = true,
		.has_export = true,
		.has_soc = true,
		.synchronized = true,
	};
}

FIXTURE_SETUP(score)
{
	ovpp_score_params_default(&self->p);
	self->d = (struct ovpp_score_device){.nameplate_mw = 5 * KW};
	begin(self);
}

FIXTURE_TEARDOWN(score)
{
}

/* The device gives this power for a step, and tells it at its begin. */
static void give(struct at_work *w, int64_t p_mw, uint64_t ms, int64_t capacity)
{
	int64_t moved;

	w->rest += p_mw * (int64_t)ms;
	moved = w->rest / (int64_t)HOUR_MS;
	w->rest -= moved * (int64_t)HOUR_MS;
	if (moved > 0)
		w->sample.e_export_mwh += (uint64_t)moved;
	else
		w->sample.e_import_mwh += (uint64_t)-moved;
	if (capacity)
		w->sample.soc_ppm -= (uint32_t)(moved * OVPP_PPM / capacity);
	w->sample.real_ms += ms;
	w->sample.mono_ms += ms;
}

static void tell(fixture *self, int64_t p_mw)
{
	self->w.sample.p_mw = p_mw;
	ovpp_score_add(&self->s, &self->w.sample);
}

/* Power for some hours. */
static void run(fixture *self, int64_t p_mw, uint64_t ms)
{
	for (; ms; ms -= STEP_MS) {
		tell(self, p_mw);
		give(&self->w, p_mw, STEP_MS, self->d.capacity_mwh);
	}
}

static uint64_t day(fixture *self, int64_t p_mw)
{
	begin(self);
	run(self, p_mw, SLOTS * HOUR_MS);
	ovpp_score_end(&self->s);
	return self->s.weight;
}

TEST_F(score, energy_of_an_hour)
{
	run(self, 3 * KW, HOUR_MS);
	tell(self, 0);
	ovpp_score_end(&self->s);
	/* 719 of 720 steps: the last register lies in the second hour, which is not covered. */
	EXPECT_EQ(self->s.energy_mwh, 2995833);
	EXPECT_EQ(self->s.covered_ms, HOUR_MS);
	EXPECT_EQ(self->s.weight, 2995833);
	EXPECT_EQ(self->s.available_mwh, 0);
	EXPECT_EQ(self->s.state.shown_mw, 2982036);
	EXPECT_EQ(self->mean[0], 3 * KW);
	EXPECT_EQ(self->mean[1], OVPP_SCORE_UNKNOWN);
}

TEST_F(score, availability_of_what_was_shown)
{
	self->w.sample.ready = true;
	run(self, -2 * KW, HOUR_MS);
	run(self, 0, HOUR_MS);
	tell(self, 0);
	ovpp_score_end(&self->s);
	/* 60 bins of 2 kW, then 60 of what is left of it: 0.2 % less. */
	EXPECT_EQ(self->s.available_mwh, 2000000 + 1996000);
	EXPECT_EQ(self->s.energy_mwh, 0);
	EXPECT_EQ(self->s.weight, 100000 + 99800);
}

/* A dispatch of a quarter of an hour: 4 kW from a baseline of 1 kW. */
static uint64_t dispatched(fixture *self, int64_t p_mw, uint64_t late_ms)
{
	begin(self);
	self->baseline[0] = 1 * KW;
	self->d.baseline_mw = self->baseline;
	self->dispatch[0] = (struct ovpp_score_dispatch){.start_ms = START_MS + HOUR_MS / 4,
							 .end_ms = START_MS + HOUR_MS / 2,
							 .p_mw = 4 * KW};
	self->d.dispatch = self->dispatch;
	self->d.n_dispatch = 1;
	run(self, 1 * KW, HOUR_MS / 4 + late_ms);
	run(self, p_mw, HOUR_MS / 4 - late_ms);
	run(self, 1 * KW, HOUR_MS / 2);
	ovpp_score_end(&self->s);
	return self->s.response_mwh;
}

TEST_F(score, response_to_a_dispatch)
{
	/* 3 kW for 900 s. */
	EXPECT_EQ(dispatched(self, 4 * KW, 0), 750000);
	EXPECT_EQ(self->dispatch[0].response_ppm, 1000000);
	/* 30 s late: 870/900, 870/900, 30/60. */
	EXPECT_EQ(dispatched(self, 4 * KW, 30000), 608332);
	EXPECT_EQ(self->dispatch[0].response_ppm, (966666 + 966666 + 500000) / 3);
	/* Two thirds: never in the band. */
	EXPECT_EQ(dispatched(self, 3 * KW, 0), 333333);
	EXPECT_EQ(self->dispatch[0].response_ppm, (666666 + 666666) / 3);
	/* Half: 333,333 are below the threshold. */
	EXPECT_EQ(dispatched(self, 2500000, 0), 0);
	EXPECT_EQ(dispatched(self, 1 * KW, 0), 0);
	/* The other way round. */
	EXPECT_EQ(dispatched(self, -2 * KW, 0), 0);
	/* More than asked is no better. */
	EXPECT_EQ(dispatched(self, 5 * KW, 0), (3 * KW / 4) * ((1000000 + 666666) / 3) / 1000000);
}

TEST_F(score, no_baseline_no_response)
{
	dispatched(self, 4 * KW, 0);
	self->baseline[0] = OVPP_SCORE_UNKNOWN;
	begin(self);
	run(self, 4 * KW, HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_EQ(self->s.response_mwh, 0);
}

TEST_F(score, baseline)
{
	const int64_t mw[] = {10, 20, -7};

	EXPECT_EQ(ovpp_score_baseline(&self->p, mw, 3), 7);
	EXPECT_EQ(ovpp_score_baseline(&self->p, mw, 2), OVPP_SCORE_UNKNOWN);
}

TEST_F(score, more_delivered_is_never_less_up_to_the_cap)
{
	uint64_t before = 0;

	for (int64_t p_mw = 0; p_mw <= 5 * KW; p_mw += KW / 4) {
		uint64_t now = day(self, p_mw);

		EXPECT_GE(now, before);
		EXPECT_TRUE(!p_mw || now > before);
		before = now;
	}
	/* Beyond the nameplate it is clipped, in the last hour to the 3,595 s that are
	 * covered, which is also its quality; beyond the margin it is nothing. */
	EXPECT_EQ(day(self, 5400000), 3 * 5 * KWH + 4986119);
	EXPECT_EQ(day(self, 6 * KW), 0);
}

TEST_F(score, ceiling_and_tariff)
{
	uint64_t all = day(self, 4 * KW);

	for (unsigned int i = 0; i < SLOTS; i++) {
		self->ceiling[i] = i == 1 ? -1 : 2 * KW;
		self->tariff[i] = i == 2 ? 2 * OVPP_PPM : OVPP_PPM;
	}
	self->d.ceiling_mw = self->ceiling;
	EXPECT_LT(day(self, 4 * KW), all / 2);
	EXPECT_EQ(self->s.energy_mwh, 2 * KWH * 3 - 2778);
	begin(self);
	self->s.tariff_ppm = self->tariff;
	EXPECT_EQ(ovpp_score_check(&self->s), 0);
	run(self, 4 * KW, SLOTS * HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_EQ(self->s.full - self->s.energy_mwh, 2 * KWH);
}

/* Each sample is left out with a probability of @ppm; a record left out ends the run. */
static uint64_t with_gaps(fixture *self, unsigned int ppm)
{
	unsigned int seed = 1;

	begin(self);
	for (uint64_t t = 0; t < SLOTS * HOUR_MS; t += STEP_MS) {
		/* The same ones are left out, and more. */
		seed = seed * 1103515245 + 12345;
		if (seed / 65536 % 32768 * 31 < ppm)
			self->w.sample.run++;
		else
			tell(self, 3 * KW);
		give(&self->w, 3 * KW, STEP_MS, 0);
	}
	ovpp_score_end(&self->s);
	return self->s.weight;
}

TEST_F(score, more_gaps_never_score_more)
{
	uint64_t before = UINT64_MAX;

	for (unsigned int ppm = 0; ppm <= 1000000; ppm += 10000) {
		uint64_t now = with_gaps(self, ppm);

		EXPECT_LE(now, before);
		before = now;
	}
	EXPECT_EQ(with_gaps(self, 1100000), 0);
}

TEST_F(score, what_was_taken_in_a_gap_is_owed)
{
	run(self, -4 * KW, HOUR_MS);
	/* Nobody is shown that it takes 4 kWh more. */
	for (unsigned int i = 0; i < 720; i++)
		give(&self->w, -4 * KW, STEP_MS, 0);
	self->w.sample.run++;
	run(self, 4 * KW, 2 * HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_EQ(self->s.weight, 0);
	EXPECT_GE(self->s.state.debt_mwh, 0);
}

TEST_F(score, a_register_misread_once_is_no_debt_for_ever)
{
	run(self, 4 * KW, HOUR_MS);
	self->w.sample.e_import_mwh += (uint64_t)1 << 40;
	run(self, 4 * KW, HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_LE(self->s.state.debt_mwh, 5 * KWH * 180 / 3600 + 5 * 10 * KWH * 5 / 3600);
	EXPECT_GE(self->s.energy_mwh, 7 * KWH);
}

TEST_F(score, cycling_earns_nothing)
{
	self->d.capacity_mwh = 10 * KWH;
	for (unsigned int day = 0; day < 5; day++) {
		struct ovpp_score_state before = self->s.state;

		begin(self);
		self->s.state = before;
		run(self, day ? -4 * KW : 4 * KW, HOUR_MS);
		run(self, 4 * KW, HOUR_MS);
		run(self, -4 * KW, HOUR_MS);
		run(self, 4 * KW, HOUR_MS);
		ovpp_score_end(&self->s);
		EXPECT_EQ(self->s.energy_mwh, 0);
		EXPECT_EQ(self->s.weight, 0);
	}
}

/* The sum over epochs of so many slots each. */
static uint64_t in_epochs(fixture *self, unsigned int slots)
{
	uint64_t sum = 0;

	begin(self);
	self->w.sample.ready = true;
	for (unsigned int at = 0; at < SLOTS; at += slots) {
		struct ovpp_score_state before = self->s.state;

		memset(&self->s, 0, sizeof(self->s));
		self->s = (struct ovpp_score){.params = &self->p,
					      .device = &self->d,
					      .start_ms = START_MS + at * HOUR_MS,
					      .slots = slots,
					      .state = before};
		for (unsigned int i = 0; i < slots; i++)
			run(self, (at + i) % 2 ? 4 * KW : -1 * KW, HOUR_MS);
		ovpp_score_end(&self->s);
		sum += self->s.weight;
	}
	return sum;
}

TEST_F(score, splitting_an_epoch_never_scores_more)
{
	uint64_t whole = in_epochs(self, 4);

	EXPECT_GT(whole, 0);
	EXPECT_LE(in_epochs(self, 2), whole);
	EXPECT_LE(in_epochs(self, 1), in_epochs(self, 2));
	/* What is lost is an interval at each end. */
	EXPECT_GE(in_epochs(self, 1) + 4 * 4 * KWH / 100, whole);
}

/* A part of a device: all that is about it is divided. */
static uint64_t part_of_device(fixture *self, int64_t parts)
{
	self->d = (struct ovpp_score_device){.nameplate_mw = 5 * KW / parts};
	self->baseline[1] = -1 * KW / parts;
	self->d.baseline_mw = self->baseline;
	self->dispatch[0] = (struct ovpp_score_dispatch){.start_ms = START_MS + HOUR_MS,
							 .end_ms = START_MS + 2 * HOUR_MS,
							 .p_mw = 4 * KW / parts};
	self->d.dispatch = self->dispatch;
	self->d.n_dispatch = 1;
	begin(self);
	self->w.sample.ready = true;
	run(self, -1 * KW / parts, HOUR_MS);
	run(self, 3500000 / parts, 2 * HOUR_MS);
	run(self, 0, HOUR_MS);
	ovpp_score_end(&self->s);
	return self->s.weight;
}

TEST_F(score, splitting_a_device_never_scores_more)
{
	uint64_t whole = part_of_device(self, 1);

	EXPECT_GT(whole, 0);
	for (int64_t parts = 2; parts < 100; parts += 7)
		EXPECT_LE((uint64_t)parts * part_of_device(self, parts),
			  whole + (uint64_t)parts * 4);
}

TEST_F(score, registers_beyond_power_are_not_believed_twice)
{
	uint64_t honest = day(self, 1 * KW), sum = 0;

	/* Each hour, 240 Wh more than power says. */
	for (unsigned int day = 0; day < 4; day++) {
		struct ovpp_score_state before = self->s.state;

		begin(self);
		self->s.state = day ? before : self->s.state;
		for (unsigned int i = 0; i < SLOTS; i++) {
			run(self, 1 * KW, HOUR_MS / 2);
			self->w.sample.e_export_mwh += 240000;
			run(self, 1 * KW, HOUR_MS / 2);
		}
		ovpp_score_end(&self->s);
		sum += self->s.weight;
	}
	EXPECT_LT(sum, 2 * honest);
	/* Once nothing more is claimed, it is forgiven. */
	for (unsigned int i = 0; i < 5; i++) {
		struct ovpp_score_state before = self->s.state;

		begin(self);
		self->s.state = before;
		run(self, 4 * KW, SLOTS * HOUR_MS);
		ovpp_score_end(&self->s);
	}
	EXPECT_EQ(self->s.weight, self->s.full * 1);
}

TEST_F(score, a_state_of_charge_that_does_not_move)
{
	uint64_t honest;

	self->d.capacity_mwh = 10 * KWH;
	self->w.sample.ready = true;
	run(self, -1 * KW, SLOTS * HOUR_MS);
	ovpp_score_end(&self->s);
	honest = self->s.weight;
	EXPECT_GT(honest, 0);
	begin(self);
	self->w.sample.ready = true;
	for (unsigned int i = 0; i < SLOTS * 720; i++) {
		tell(self, -1 * KW);
		give(&self->w, -1 * KW, STEP_MS, 0);
	}
	ovpp_score_end(&self->s);
	EXPECT_LT(self->s.weight, honest / 2);
}

TEST_F(score, bad_clock_and_borrowed_registers)
{
	uint64_t good = day(self, 4 * KW);

	begin(self);
	self->w.sample.synchronized = false;
	run(self, 4 * KW, SLOTS * HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_LE(self->s.weight, good / 2);
	EXPECT_GE(self->s.weight, good / 2 - SLOTS);
	begin(self);
	self->w.sample.integrated = true;
	run(self, 4 * KW, SLOTS * HOUR_MS);
	ovpp_score_end(&self->s);
	EXPECT_LE(self->s.weight, good * 8 / 10);
	EXPECT_GE(self->s.weight, good * 8 / 10 - SLOTS);
}

TEST_F(score, a_moment_counts_once)
{
	uint64_t good = day(self, 4 * KW), samples = self->s.samples;

	begin(self);
	for (uint64_t t = 0; t < SLOTS * HOUR_MS; t += STEP_MS) {
		tell(self, 4 * KW);
		tell(self, 4 * KW);
		self->w.sample.real_ms -= STEP_MS;
		tell(self, 5 * KW);
		self->w.sample.real_ms += STEP_MS;
		give(&self->w, 4 * KW, STEP_MS, 0);
	}
	ovpp_score_end(&self->s);
	EXPECT_EQ(self->s.weight, good);
	EXPECT_EQ(self->s.samples, samples);
}

TEST_F(score, a_clock_that_steps_makes_a_gap)
{
	run(self, 4 * KW, HOUR_MS / 2);
	self->w.sample.mono_ms -= 2500;
	run(self, 4 * KW, HOUR_MS / 2);
	ovpp_score_end(&self->s);
	EXPECT_EQ(self->s.covered_ms, HOUR_MS - 2 * STEP_MS);
}

TEST_F(score, records_that_count)
{
	const uint32_t good = 0x3;
	struct ovpp_score_sample b;
	struct ovpp_record rec = {
		.type = OVPP_RECORD_SAMPLE,
		.real_ns = 5999999,
		.sample = {.p_mw = -5,
			   .e_export_mwh = 6,
			   .flags = OVPP_SAMPLE_CONTROLLED,
			   .supervision = OVPP_SUPERVISION_ONLINE},
	};

	ASSERT_TRUE(OVPP_QUALITY_GOOD <= good);
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), -ENODATA);
	rec.sample.quality = OVPP_QUALITY_GOOD;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), 0);
	EXPECT_FALSE(b.has_import || b.has_export);
	rec.sample.quality |= OVPP_QUALITY_GOOD << 6;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), 0);
	EXPECT_TRUE(b.has_export && !b.has_import && b.ready && !b.has_soc && !b.integrated);
	EXPECT_EQ(b.real_ms, 5);
	rec.sample.quality |= OVPP_QUALITY_STALE << 4;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), -ENODATA);
	rec.sample.quality = OVPP_QUALITY_GOOD | OVPP_QUALITY_GOOD << 6 | OVPP_QUALITY_GOOD << 20;
	rec.sample.state = OVPP_DER_STATE_FAULT;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), 0);
	EXPECT_FALSE(b.ready);
	rec.sample.flags |= OVPP_SAMPLE_PCC;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), -ENODATA);
	rec.sample.flags = 0;
	rec.type = OVPP_RECORD_SITE;
	EXPECT_EQ(ovpp_score_sample_of(&rec, &b), -ENODATA);
}

TEST_F(score, what_cannot_be_computed_is_refused)
{
	self->dispatch[0] = (struct ovpp_score_dispatch){.start_ms = START_MS + HOUR_MS - 1,
							 .end_ms = START_MS + HOUR_MS + 1};
	self->d.dispatch = self->dispatch;
	EXPECT_EQ(ovpp_score_check(&self->s), 0);
	self->d.n_dispatch = 1;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	self->dispatch[0].end_ms--;
	EXPECT_EQ(ovpp_score_check(&self->s), 0);
	self->dispatch[1] = self->dispatch[0];
	self->d.n_dispatch = 2;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	self->d.n_dispatch = 1;
	self->dispatch[0].p_mw = 5 * KW + 1;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	self->d.n_dispatch = 0;
	self->d.nameplate_mw = OVPP_SCORE_P_MAX + 1;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	self->d.nameplate_mw = 1;
	self->s.start_ms++;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	begin(self);
	self->s.slots = OVPP_SCORE_SLOTS + 1;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
	begin(self);
	self->s.state.debt_mwh = -1;
	EXPECT_EQ(ovpp_score_check(&self->s), -EINVAL);
}

TEST_F(score, pay)
{
	ovpp_u128 pool = ovpp_reward_pool(&self->p, 5), sum = 0, one;
	uint64_t weight[] = {1, 2, 3, UINT64_C(1) << 60, UINT64_C(0x123456789abcdef)}, total = 0;

	EXPECT_TRUE(pool == (ovpp_u128)10000 * 1000000000000000000 + 5);
	self->p.price_max_microtokens = 1000000000;
	self->p.owner_cap_ppm = OVPP_PPM;
	for (unsigned int i = 0; i < 5; i++)
		total += weight[i];
	for (unsigned int i = 0; i < 5; i++)
		sum += ovpp_reward_pay(&self->p, pool, weight[i], total);
	EXPECT_TRUE(sum <= pool && pool - sum < 5);
	EXPECT_TRUE(ovpp_reward_pay(&self->p, pool, weight[3], weight[3]) == pool);
	EXPECT_TRUE(ovpp_reward_pay(&self->p, pool, 0, 0) == 0);
	/* A tenth; a token a kWh; a third. */
	self->p.owner_cap_ppm = 100000;
	one = ovpp_reward_pay(&self->p, 1000, 7, 7);
	EXPECT_TRUE(one == 100);
	self->p.price_max_microtokens = 1000000;
	one = ovpp_reward_pay(&self->p, pool, 2500000, 2500000);
	EXPECT_TRUE(one == (ovpp_u128)2500 * 1000000000000000);
	one = ovpp_reward_pay(&self->p, 100, 1, 30);
	EXPECT_TRUE(one == 3);
	EXPECT_TRUE(ovpp_reward_carry(&self->p, 5) == 5);
	EXPECT_TRUE(ovpp_reward_carry(&self->p, 9 * pool) == pool - 5);
}

TEST_F(score, parameters)
{
	json_t *json = ovpp_score_params_json(&self->p), *change;
	struct ovpp_score_params read = {0};
	ovpp_hash a, b;

	EXPECT_EQ(ovpp_score_params_check(&self->p), NULL);
	EXPECT_EQ(ovpp_score_params_read(json, &read), NULL);
	EXPECT_EQ(memcmp(&read, &self->p, sizeof(read)), 0);
	ovpp_score_params_hash(&self->p, a);
	self->p.gamma_ppm++;
	ovpp_score_params_hash(&self->p, b);
	EXPECT_NE(memcmp(a, b, sizeof(a)), 0);
	change = json_pack("{s:i}", "alfa_ppm", 1);
	EXPECT_STREQ(ovpp_score_params_read(change, &read), "alfa_ppm");
	json_decref(change);
	change = json_pack("{s:f}", "alpha_ppm", 1.0);
	EXPECT_STREQ(ovpp_score_params_read(change, &read), "alpha_ppm");
	json_decref(change);
	change = json_pack("{s:i}", "slot_s", 3599);
	EXPECT_STREQ(ovpp_score_params_read(change, &read), "bin_s");
	json_decref(change);
	json_decref(json);
}

TEST_HARNESS_MAIN
