/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A day of a site for measurements: eight DER and the site, each recorded once a
 * second, with the steps and the noise of real devices. Every run has the same day.
 *
 * Power: a curve over the day, an Ornstein-Uhlenbeck process (clouds, wind, people),
 * appliances that come and go, and noise, rounded to what the device tells. Battery
 * and generator follow what is asked of them, which moves with the PCC. Voltage and
 * frequency: drift of the grid and noise. Energy: counters of the devices, or mWh
 * integrated from P where they have none. Ticks: a grid of 1 ms and a wake-up latency
 * of 4 us and an exponential part with a mean of 3 us, of 60 us once in a thousand.
 */
#ifndef BENCH_DAY_H
#define BENCH_DAY_H

#include <linux/openvpp.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DAY_DERS 8
#define DAY_RECORDS (DAY_DERS + 1)
#define DAY_SECONDS 86400
#define DAY_S UINT64_C(1000000000)

/**
 * struct day_der - a device
 * @level_w: mean power at night
 * @sun_w: more of it at noon
 * @drift_w: standard deviation of what comes and goes
 * @drift_s: how slowly it does
 * @appliance_w: what switches on and off, about every 20 minutes; 0: nothing
 * @noise_w: of the measurement
 * @p_step: mW that are told apart, likewise the others in their units
 * @q_step: 0: does not tell, likewise the others
 * @v_step: mV
 * @i_step: mA
 * @f_step: mHz
 * @temp_step: m°C
 * @soc_step: ppm
 * @wh_step: mWh; 0: integrated by the module
 * @cycle_ms: how often it tells
 * @follows: it takes commands
 */
struct day_der {
	double level_w;
	double sun_w;
	double drift_w;
	double drift_s;
	double appliance_w;
	double noise_w;
	int p_step;
	int q_step;
	int v_step;
	int i_step;
	int f_step;
	int temp_step;
	int soc_step;
	int wh_step;
	int cycle_ms;
	int follows;
};

static const struct day_der day_ders[DAY_DERS] = {
	/* PCC meter: a good one, IEEE floats at 25 Hz. */
	{-900, 0, 60, 90, 0, 3, 100, 100, 10, 1, 1, 0, 0, 100, 40, 0},
	/* PV inverter, SunSpec. */
	{0, 9500, 500, 200, 0, 6, 1000, 1000, 100, 10, 10, 100, 0, 1000, 200, 1},
	/* Wind turbine. */
	{1400, 0, 500, 25, 0, 15, 1000, 0, 100, 100, 10, 100, 0, 10000, 500, 0},
	/* Battery, CAN. */
	{-200, 1500, 300, 60, 0, 8, 100, 0, 10, 100, 0, 100, 1000, 0, 100, 1},
	/* Second battery, sunny-day hybrid on Modbus. */
	{-150, 1100, 200, 80, 0, 8, 1000, 0, 100, 100, 10, 100, 10000, 100000, 1000, 1},
	/* Car on a charger. */
	{-3600, 0, 10, 300, 0, 10, 10000, 0, 1000, 100, 0, 1000, 10000, 100000, 1000, 1},
	/* Generator, at rest nearly always. */
	{0, 0, 0, 100, 0, 0, 100000, 0, 1000, 1000, 10, 1000, 0, 100000, 250, 1},
	/* House: sub-meter. */
	{-450, 0, 80, 120, 2000, 2, 100, 100, 100, 10, 10, 0, 0, 10000, 500, 0},
};

/**
 * struct day_state - what moves of a device
 * @drift_w: Ornstein-Uhlenbeck
 * @on_w: appliances now
 * @import_mwh: register
 * @export_mwh: register
 * @soc: 0 to 1
 * @temp_c: degrees
 */
struct day_state {
	double drift_w;
	double on_w;
	double import_mwh;
	double export_mwh;
	double soc;
	double temp_c;
};

struct day {
	unsigned short seed[3];
	uint64_t second;
	uint64_t seq;
	double f_hz;
	double v_v;
	double site_w;
	struct day_state state[DAY_DERS];
};

static inline double day_uniform(struct day *d)
{
	return erand48(d->seed);
}

static inline double day_normal(struct day *d)
{
	return sqrt(-2 * log(1 - day_uniform(d))) * cos(2 * M_PI * day_uniform(d));
}

static inline double day_drift(struct day *d, double x, double sd, double tau_s)
{
	double keep = exp(-1 / tau_s);

	return x * keep + sd * sqrt(1 - keep * keep) * day_normal(d);
}

static inline int64_t day_round(double value, int step)
{
	return step ? llround(value / step) * step : 0;
}

static inline void day_init(struct day *d)
{
	*d = (struct day){.seed = {1, 2, 3}, .f_hz = 50, .v_v = 231};
	for (int i = 0; i < DAY_DERS; i++)
		d->state[i] = (struct day_state){.import_mwh = 7.1e8 + 1e8 * i,
						 .export_mwh = 3.3e9 + 1e8 * i,
						 .soc = 0.5,
						 .temp_c = 18};
}

static inline double day_power(struct day *d, int i)
{
	const struct day_der *der = &day_ders[i];
	struct day_state *s = &d->state[i];
	double sun = -cos(2 * M_PI * (double)(d->second % DAY_SECONDS) / DAY_SECONDS);
	double p;

	s->drift_w = day_drift(d, s->drift_w, der->drift_w, der->drift_s);
	if (der->appliance_w > 0 && day_uniform(d) < 1 / 1200.)
		s->on_w = s->on_w < 0 ? 0 : -der->appliance_w * (0.2 + day_uniform(d));
	if (sun < 0)
		sun = 0;
	p = der->level_w + der->sun_w * sun + s->on_w;
	/* Clouds are there while the sun is. */
	p += der->sun_w > 5000 ? s->drift_w * sun : s->drift_w;
	return p + (p != 0 ? der->noise_w * day_normal(d) : 0);
}

static inline void day_energy(struct day_state *s, double p_w)
{
	if (p_w < 0)
		s->import_mwh -= p_w * 1000 / 3600;
	else
		s->export_mwh += p_w * 1000 / 3600;
}

/* Grid of 1 ms, eight DER evenly over the second, and the latency. */
static inline void day_time(struct day *d, struct ovpp_record *rec, int slot)
{
	double late_ns = 4000 - 3000 * log(1 - day_uniform(d));

	if (day_uniform(d) < 0.001)
		late_ns += 60000;
	rec->seq = d->seq++;
	rec->mono_ns = 7200 * DAY_S + d->second * DAY_S + (uint64_t)((slot + 1) * 125) * 1000000 +
		       (uint64_t)late_ns;
	rec->real_ns = rec->mono_ns + UINT64_C(1795342307278466304);
	rec->site = 1;
}

static inline void day_values(struct day *d, struct ovpp_sample *s, int i, double p_w)
{
	const struct day_der *der = &day_ders[i];
	struct day_state *st = &d->state[i];
	int wh = der->wh_step ? der->wh_step : 1;

	day_energy(st, p_w);
	st->temp_c += (18 + fabs(p_w) / 500 - st->temp_c) / 900 + 0.002 * day_normal(d);
	st->soc -= p_w / 3600 / 15000;
	st->soc = st->soc < 0.1 ? 0.1 : st->soc > 0.95 ? 0.95 : st->soc;
	s->p_mw = day_round(p_w * 1000, der->p_step);
	s->q_mvar = day_round(60000 + 2500 * day_normal(d), der->q_step);
	s->e_import_mwh = (uint64_t)(st->import_mwh / wh) * (uint64_t)wh;
	s->e_export_mwh = (uint64_t)(st->export_mwh / wh) * (uint64_t)wh;
	s->v_mv = (int32_t)day_round(d->v_v * 1000 + 40 * day_normal(d), der->v_step);
	s->i_ma = (int32_t)day_round(p_w / 3 / d->v_v * 1000 + 5 * day_normal(d), der->i_step);
	s->f_mhz = (int32_t)day_round(d->f_hz * 1000 + day_normal(d), der->f_step);
	s->temp_mc = (int32_t)day_round(st->temp_c * 1000, der->temp_step);
	s->soc_ppm = (uint32_t)day_round(st->soc * 1e6, der->soc_step);
	s->soh_ppm = der->soc_step ? 987000 : 0;
	if (der->follows) {
		s->p_set_mw = llround((p_w + 5 * day_normal(d)) * 100) * 10;
		s->flags = OVPP_SAMPLE_CONTROLLED;
	}
}

static inline void day_sample(struct day *d, struct ovpp_record *rec, int i)
{
	const struct day_der *der = &day_ders[i];
	struct ovpp_sample *s = &rec->sample;
	double p_w = day_power(d, i);
	const int known[] = {1,
			     der->q_step,
			     1,
			     1,
			     der->v_step,
			     der->i_step,
			     der->f_step,
			     der->temp_step,
			     der->soc_step,
			     der->soc_step,
			     1,
			     1,
			     1};

	d->site_w += i ? p_w : 0;
	if (!i)
		p_w = d->site_w + der->noise_w * day_normal(d);
	if (!i)
		d->site_w = 0;
	rec->type = OVPP_RECORD_SAMPLE;
	rec->der = (uint32_t)i + 1;
	day_values(d, s, i, p_w);
	if (!der->wh_step)
		s->flags |= OVPP_SAMPLE_E_INTEGRATED;
	if (!i)
		s->flags |= OVPP_SAMPLE_PCC;
	s->state = p_w != 0 ? OVPP_DER_STATE_RUNNING : OVPP_DER_STATE_STANDBY;
	s->supervision = OVPP_SUPERVISION_ONLINE;
	for (unsigned int k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		s->quality |= (uint32_t)(known[k] ? OVPP_QUALITY_GOOD : OVPP_QUALITY_NEVER)
			      << (2 * k);
	/* Its cycle drifts through ours; its messages are late by up to 5 ms. */
	s->age_ms = (uint32_t)(d->second * 1000 * (uint64_t)(10007 + i) / 10000) %
			    (uint32_t)der->cycle_ms +
		    (uint32_t)(5 * day_uniform(d));
}

static inline void day_site(struct day *d, struct ovpp_record *rec, const struct ovpp_sample *pcc)
{
	struct ovpp_site_sample *s = &rec->site_sample;

	rec->type = OVPP_RECORD_SITE;
	s->pcc_mw = pcc->p_mw;
	s->demand_mw = pcc->p_mw + day_round(4000 * day_normal(d), 1);
	s->load_mw = s->demand_mw - pcc->p_mw;
	s->ticks = d->second * 1025 + (uint64_t)(2 * day_uniform(d));
	s->wake_max_ns = (uint32_t)(14000 - 6000 * log(1 - day_uniform(d)));
	s->tick_max_ns = (uint32_t)(21000 - 5000 * log(1 - day_uniform(d)));
	s->f_mhz = pcc->f_mhz;
	s->state = 2;
	s->cause = 2;
	s->pcc_quality = OVPP_QUALITY_GOOD;
	s->flags = OVPP_SITE_TARGET;
	s->lease_left_ms = 2000 + (uint32_t)(1000 - d->second * 37 % 1000);
}

/* The records of the next second: DAY_RECORDS. */
static inline void day_next(struct day *d, struct ovpp_record *rec)
{
	d->f_hz = 50 + day_drift(d, d->f_hz - 50, 0.015, 60);
	d->v_v = 231 + day_drift(d, d->v_v - 231, 1.5, 300);
	memset(rec, 0, DAY_RECORDS * sizeof(*rec));
	for (int i = 0; i < DAY_DERS; i++) {
		day_time(d, &rec[i], i);
		day_sample(d, &rec[i], i);
	}
	/* The site is recorded in the tick of the last DER. */
	rec[DAY_DERS].mono_ns = rec[DAY_DERS - 1].mono_ns;
	rec[DAY_DERS].real_ns = rec[DAY_DERS - 1].real_ns;
	rec[DAY_DERS].site = 1;
	rec[DAY_DERS].seq = d->seq++;
	day_site(d, &rec[DAY_DERS], &rec[0].sample);
	d->second++;
}

#endif /* BENCH_DAY_H */
