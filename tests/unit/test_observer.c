// SPDX-License-Identifier: GPL-2.0-or-later
/* timeout: 300 */
/* core/observer.c: no steady error and no oscillation, whatever lags and delays. */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest_harness.h"

#include "sim.h"

FIXTURE(loop)
{
	struct sim s;
	struct sim_der *a, *b, *c;
};

FIXTURE_SETUP(loop)
{
	sim_init(&self->s);
	self->a = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->b = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
	self->c = sim_add(&self->s, &sim_storage, KW(-10), KW(10));
}

FIXTURE_TEARDOWN(loop)
{
}

#define SELF FIXTURE_DATA(loop) * self

static void start(SELF, s64 target)
{
	sim_target(&self->s, target);
	sim_run(&self->s, 1000);
}

/* How a site answers a step of its load or its target by STEP. */
#define STEP KW(5)

struct answer {
	double overshoot;  /* beyond the target, share of the step */
	double late_swing; /* greatest error in the last quarter of the run, W */
	double last;	   /* error at the end, W */
	int crossings;	   /* of the target, by more than 1 % of the step */
};

struct setting {
	double lag;  /* ticks */
	double gain; /* of the first DER */
	unsigned int command_delay;
	unsigned int measure_delay;
	unsigned int meter_delay;
	unsigned int meter_every;
	unsigned int report_every;
	bool target_step; /* else the load steps */
};

static void build(struct sim *s, const struct setting *set)
{
	unsigned int i;

	sim_init(s);
	for (i = 0; i < 3; i++) {
		struct sim_der *der = sim_add(s, &sim_storage, KW(-10), KW(10));

		der->lag = set->lag;
		der->command_delay = set->command_delay;
		der->measure_delay = set->measure_delay;
		der->report_every = set->report_every;
	}
	s->der[0].gain = set->gain;
	s->meter_delay = set->meter_delay;
	s->meter_every = set->meter_every;
	s->load = KW(3);
	s->eng.policy.settle_ms = (u32)(5 * set->lag) + 50;
}

static struct answer run(struct sim *s, const struct setting *set)
{
	unsigned int slowest = set->meter_every > set->report_every ? set->meter_every
								    : set->report_every;
	unsigned int ticks = 400 + 40 * slowest + (unsigned int)(16 * set->lag);
	struct answer a = {0};
	double side = 0, error = 0;
	unsigned int t;

	if (set->gain != 1)
		ticks += 40 * s->eng.policy.settle_ms;
	sim_target(s, 0);
	sim_run(s, ticks);
	if (set->target_step)
		sim_target(s, -STEP);
	else
		s->load += STEP;
	for (t = 0; t < ticks; t++) {
		sim_step(s);
		error = s->pcc - (double)s->target_block.p_mw;
		if (set->target_step)
			error = -error; /* < 0: not there yet */
		a.overshoot = fmax(a.overshoot, error / STEP);
		if (t > ticks * 3 / 4)
			a.late_swing = fmax(a.late_swing, fabs(error) / 1000);
		if (fabs(error) > STEP / 100.0) {
			a.crossings += side && (error > 0) != (side > 0);
			side = error;
		}
	}
	a.last = fabs(error) / 1000;
	return a;
}

/*
 * Runs a setting under every combination of bus delays up to 5 periods (each
 * @stride-th one) and keeps the worst of all answers.
 */
static struct answer worst(struct setting set, unsigned int stride)
{
	static struct sim s;
	struct answer w = {0};

	for (set.command_delay = 0; set.command_delay <= 5; set.command_delay += stride)
		for (set.measure_delay = 0; set.measure_delay <= 5; set.measure_delay += stride)
			for (set.meter_delay = 0; set.meter_delay <= 5; set.meter_delay += stride) {
				struct answer a;

				build(&s, &set);
				a = run(&s, &set);
				w.overshoot = fmax(w.overshoot, a.overshoot);
				w.late_swing = fmax(w.late_swing, a.late_swing);
				w.last = fmax(w.last, a.last);
				if (a.crossings > w.crossings)
					w.crossings = a.crossings;
			}
	return w;
}

#define EXPECT_CALM(set_, stride_)                                                          \
	do {                                                                                \
		struct setting on = set_;                                                   \
		struct answer w = worst(on, stride_);                                       \
		EXPECT_TRUE(w.overshoot <= 0.25 && w.crossings <= 4 && w.late_swing <= 1 && \
			    w.last <= 0.1)                                                  \
		TH_LOG("lag %g gain %g meter %u report %u step %d: "                        \
		       "overshoot %.3f crossings %d late %.3f W "                           \
		       "last %.3f W",                                                       \
		       on.lag, on.gain, on.meter_every, on.report_every, on.target_step,    \
		       w.overshoot, w.crossings, w.late_swing, w.last);                     \
	} while (0)

static const unsigned int intervals[] = {1, 10, 100};

TEST(fast_der_end_on_target_without_oscillation_for_all_delays_to_5_periods)
{
	unsigned int meter, step;

	for (meter = 0; meter < 3; meter++)
		for (step = 0; step < 2; step++)
			EXPECT_CALM(((struct setting){.gain = 1,
						      .report_every = 1,
						      .meter_every = intervals[meter],
						      .target_step = step}),
				    1);
}

TEST(der_with_a_lag_of_5_periods_end_on_target_without_oscillation)
{
	unsigned int meter, step;

	for (meter = 0; meter < 3; meter++)
		for (step = 0; step < 2; step++)
			EXPECT_CALM(((struct setting){.lag = 5,
						      .gain = 1,
						      .report_every = 1,
						      .meter_every = intervals[meter],
						      .target_step = step}),
				    1);
}

TEST(slow_der_end_on_target_without_oscillation)
{
	unsigned int meter, step;

	for (meter = 0; meter < 3; meter++) {
		for (step = 0; step < 2; step++) {
			EXPECT_CALM(((struct setting){.lag = 50,
						      .gain = 1,
						      .report_every = 1,
						      .meter_every = intervals[meter],
						      .target_step = step}),
				    5);
			EXPECT_CALM(((struct setting){.lag = 500,
						      .gain = 1,
						      .report_every = 1,
						      .meter_every = intervals[meter],
						      .target_step = step}),
				    5);
		}
	}
}

TEST(der_that_report_their_power_rarely_do_not_make_the_loop_ring)
{
	unsigned int report, lag;

	for (report = 0; report < 3; report++)
		for (lag = 0; lag <= 50; lag += 50)
			EXPECT_CALM(((struct setting){.lag = lag,
						      .gain = 1,
						      .meter_every = 1,
						      .report_every = 10 * intervals[report]}),
				    5);
}

TEST(gain_error_of_a_der_leaves_no_steady_error)
{
	unsigned int meter;

	for (meter = 0; meter < 3; meter++) {
		EXPECT_CALM(((struct setting){.gain = 0.97,
					      .report_every = 1,
					      .meter_every = intervals[meter]}),
			    5);
		EXPECT_CALM(((struct setting){.lag = 50,
					      .gain = 1.03,
					      .report_every = 1,
					      .meter_every = intervals[meter]}),
			    5);
	}
}

TEST_F(loop, der_of_all_speeds_together_end_on_target)
{
	static const double lag[] = {0, 5, 50, 500};
	struct sim *s = &self->s;
	unsigned int i;
	double peak = 0;

	sim_add(s, &sim_storage, KW(-10), KW(10));
	for (i = 0; i < 4; i++) {
		s->der[i].lag = lag[i];
		s->der[i].command_delay = i;
		s->der[i].measure_delay = 5 - i;
	}
	s->meter_delay = 2;
	s->eng.policy.settle_ms = 2500;
	s->load = KW(2);
	start(self, 0);
	s->load = KW(22);
	for (i = 0; i < 8000; i++) {
		sim_step(s);
		peak = fmax(peak, s->pcc);
	}
	EXPECT_GT(KW(1), peak);
	EXPECT_NEAR_W(0, s->pcc, 1);
}

TEST_F(loop, der_with_ramps_of_their_own_do_not_wind_the_trim_up)
{
	double peak = 0;
	unsigned int i;

	for (i = 0; i < 3; i++)
		self->s.der[i].ramp = W(1); /* a step of 5 kW takes 1.7 s */
	self->s.eng.policy.settle_ms = 2000;
	start(self, 0);
	self->s.load = KW(5);
	for (i = 0; i < 20000; i++) {
		sim_step(&self->s);
		peak = fmax(peak, self->s.pcc);
	}
	EXPECT_GT(KW(0.25), peak);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
}

TEST_F(loop, ramps_of_the_envelope_do_not_wind_the_trim_up)
{
	double peak = 0;
	unsigned int i;

	for (i = 0; i < 3; i++)
		self->s.der[i].ctl.envelope.ramp_mw_s = KW(0.2);
	start(self, 0);
	self->s.load = KW(5);
	for (i = 0; i < 20000; i++) {
		sim_step(&self->s);
		peak = fmax(peak, self->s.pcc);
	}
	EXPECT_GT(KW(0.05), peak);
	EXPECT_NEAR_W(0, self->s.pcc, 1);
}

TEST_F(loop, der_that_measures_no_power_is_led_to_the_target)
{
	struct sim *s = &self->s;
	double peak = 0;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		s->der[i].ctl.profile = &sim_blind;
		s->der[i].report_every = 0;
		s->der[i].lag = 200;
	}
	start(self, 0);
	s->load = KW(6);
	for (i = 0; i < 10000; i++) {
		sim_step(s);
		peak = fmax(peak, s->pcc);
	}
	EXPECT_GT(KW(1), peak);
	EXPECT_NEAR_W(0, s->pcc, 1);
}

TEST_F(loop, noisy_load_is_followed_and_its_noise_not_amplified)
{
	double sum = 0, square = 0;
	unsigned int i;

	start(self, KW(1));
	srand48(5);
	for (i = 0; i < 20000; i++) {
		self->s.load = KW(4) + (drand48() - 0.5) * W(200);
		sim_step(&self->s);
		if (i < 1000)
			continue;
		sum += self->s.pcc - KW(1);
		square += pow(self->s.pcc - KW(1), 2);
	}
	EXPECT_NEAR_W(0, sum / 19000, 1);
	/* white noise of 200 W from peak to peak has 57.7 W rms */
	EXPECT_GT(W(75), sqrt(square / 19000));
}

TEST_HARNESS_MAIN
