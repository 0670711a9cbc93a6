// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * score_run: what libovpp's scorer makes of the devices on standard input, for
 * reward.py. All are integers with space between them: the parameters; start and number
 * of slots; nameplate and capacity; a tariff, a ceiling and a baseline, each as 0, or 1
 * and a number for each slot; dispatches and samples, their number first; the state in
 * between. A line of numbers comes out for each device.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "score.h"

enum { HAS_IMPORT = 1, HAS_EXPORT = 2, HAS_SOC = 4, READY = 8, INTEGRATED = 16, SYNC = 32 };

static int64_t mean[OVPP_SCORE_SLOTS];

/* Numbers of 64 bits, with a sign or up to 2^64 - 1. */
static uint64_t number(void)
{
	char text[32];

	if (scanf("%31s", text) != 1)
		exit(EXIT_FAILURE);
	return *text == '-' ? (uint64_t)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
}

static int64_t *series(uint64_t slots)
{
	int64_t *x = number() ? calloc(slots, sizeof(*x)) : NULL;

	for (uint64_t i = 0; x && i < slots; i++)
		x[i] = (int64_t)number();
	return x;
}

static void read_state(struct ovpp_score_state *st)
{
	*st = (struct ovpp_score_state){
		.known = number(),
		.has_import = number(),
		.has_export = number(),
		.e_import_mwh = number(),
		.e_export_mwh = number(),
		.real_ms = number(),
		.debt_mwh = (int64_t)number(),
		.drift_mwh = (int64_t)number(),
		.soc_drift_mwh = (int64_t)number(),
		.shown_mw = (int64_t)number(),
	};
}

static struct ovpp_score_sample read_sample(void)
{
	struct ovpp_score_sample b = {
		.real_ms = number(),
		.mono_ms = number(),
		.run = number(),
		.p_mw = (int64_t)number(),
		.e_import_mwh = number(),
		.e_export_mwh = number(),
		.soc_ppm = (uint32_t)number(),
	};
	uint64_t flags = number();

	b.has_import = flags & HAS_IMPORT;
	b.has_export = flags & HAS_EXPORT;
	b.has_soc = flags & HAS_SOC;
	b.ready = flags & READY;
	b.integrated = flags & INTEGRATED;
	b.synchronized = flags & SYNC;
	return b;
}

static void print(const struct ovpp_score *s)
{
	const struct ovpp_score_state *st = &s->state;

	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, s->samples,
	       s->energy_mwh, s->available_mwh, s->response_mwh, s->covered_ms, s->full);
	printf(" %" PRIu64 " %d %d %d %" PRIu64 " %" PRIu64, s->weight, st->known, st->has_import,
	       st->has_export, st->e_import_mwh, st->e_export_mwh);
	printf(" %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, st->real_ms,
	       st->debt_mwh, st->drift_mwh, st->soc_drift_mwh, st->shown_mw);
	for (size_t i = 0; i < s->device->n_dispatch; i++)
		printf(" %" PRIu32, s->device->dispatch[i].response_ppm);
	for (uint64_t i = 0; i < s->slots; i++)
		printf(" %" PRId64, mean[i]);
	putchar('\n');
}

static void read_dispatches(struct ovpp_score_device *d)
{
	d->n_dispatch = number();
	d->dispatch = calloc(d->n_dispatch + 1, sizeof(*d->dispatch));
	for (size_t i = 0; d->dispatch && i < d->n_dispatch; i++)
		d->dispatch[i] = (struct ovpp_score_dispatch){
			.start_ms = number(), .end_ms = number(), .p_mw = (int64_t)number()};
}

static void run(struct ovpp_score_params *p)
{
	struct ovpp_score_device d = {0};
	struct ovpp_score s = {.params = p, .device = &d, .mean_mw = mean};
	uint32_t tariff[OVPP_SCORE_SLOTS];
	int64_t *prices;

	s.start_ms = number();
	s.slots = number();
	d.nameplate_mw = (int64_t)number();
	d.capacity_mwh = (int64_t)number();
	prices = series(s.slots);
	for (uint64_t i = 0; prices && i < s.slots; i++)
		tariff[i] = (uint32_t)prices[i];
	s.tariff_ppm = prices ? tariff : NULL;
	d.ceiling_mw = series(s.slots);
	d.baseline_mw = series(s.slots);
	read_dispatches(&d);
	read_state(&s.state);
	if (ovpp_score_params_check(p) || ovpp_score_check(&s))
		exit(EXIT_FAILURE);
	for (uint64_t n = number(); n; n--) {
		struct ovpp_score_sample b = read_sample();

		ovpp_score_add(&s, &b);
	}
	ovpp_score_end(&s);
	print(&s);
	free(prices);
	free((void *)d.ceiling_mw);
	free((void *)d.baseline_mw);
	free(d.dispatch);
}

int main(void)
{
	struct ovpp_score_params p;
	int c;

	/* Until the end: what follows a number is space. */
	while ((c = getchar()) != EOF) {
		ungetc(c, stdin);
		for (size_t i = 0; i < OVPP_SCORE_PARAMS; i++)
			*ovpp_score_param(&p, i) = number();
		run(&p);
		if ((c = getchar()) != '\n' && c != EOF)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
