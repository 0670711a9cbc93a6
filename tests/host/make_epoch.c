// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make_epoch bundle DEVICES SECONDS STEP    the evidence of some hours of a site, with a
 *                                           sample of each device every STEP seconds
 * make_epoch ledger DEVICES SECONDS STEP FILE    the same as a ledger, with keys of its own
 * make_epoch inputs DEVICES                 what is published of that day: its inputs
 *
 * Device 0 is a battery that charges for an hour and is dispatched in the second one,
 * device 1 gives power by the hour, device 2 is the PCC meter, the others draw it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/evidence_made.h"
#include "ledger.h"
#include "reward.h"

#define HOUR_S 3600
#define KW INT64_C(1000000)
#define CAPACITY (10 * KW)
#define START_MS (MADE_REAL_NS / 1000000)
/* The dispatch: in the second hour, for 20 minutes. */
#define ASKED_S (HOUR_S + 600)
#define ASKED_END_S (ASKED_S + 1200)
#define BATCH 600

/**
 * struct plant - what a device did
 * @import_mwh: register
 * @export_mwh: register
 * @rest: mW s that they do not have yet
 */
struct plant {
	uint64_t import_mwh;
	uint64_t export_mwh;
	int64_t rest;
};

static int64_t power(size_t device, uint64_t t)
{
	switch (device) {
	case 0:
		if (t < HOUR_S)
			return -2 * KW;
		/* It takes 15 s to get there. */
		return t >= ASKED_S + 15 && t < ASKED_END_S ? 3 * KW : -KW / 2;
	case 1:
		return (int64_t)(t / HOUR_S % 12) * KW / 3 + (int64_t)(t % 60) * 1000;
	case 2:
		return KW / 7;
	default:
		return -KW / 4 * (int64_t)device;
	}
}

static void move(struct plant *p, int64_t p_mw, uint64_t step_s)
{
	int64_t moved;

	p->rest += p_mw * (int64_t)step_s;
	moved = p->rest / HOUR_S;
	p->rest -= moved * HOUR_S;
	if (moved > 0)
		p->export_mwh += (uint64_t)moved;
	else
		p->import_mwh += (uint64_t)-moved;
}

static void sample(const struct plant *p, size_t device, uint64_t t, struct ovpp_sample *s)
{
	int64_t inside = CAPACITY / 2 + (int64_t)p->import_mwh - (int64_t)p->export_mwh;

	s->p_mw = power(device, t);
	s->e_import_mwh = p->import_mwh;
	s->e_export_mwh = p->export_mwh;
	s->soc_ppm = (uint32_t)((inside < 0	     ? 0
				 : inside > CAPACITY ? CAPACITY
						     : inside) *
				OVPP_PPM / CAPACITY);
	s->flags = device == 2	 ? OVPP_SAMPLE_PCC
		   : device == 0 ? OVPP_SAMPLE_CONTROLLED
				 : OVPP_SAMPLE_E_INTEGRATED;
	s->supervision = OVPP_SUPERVISION_ONLINE;
	s->state = OVPP_DER_STATE_RUNNING;
}

/* Records that go somewhere in batches. */
typedef void (*batch_fn)(void *arg, struct made *m, const struct ovpp_record *rec, size_t n);

static void records(size_t devices, uint64_t seconds, uint64_t step_s, struct made *m,
		    batch_fn batch, void *arg)
{
	static struct ovpp_record rec[BATCH];
	struct plant plant[MADE_DEVICES] = {0};
	uint64_t seq = 0;
	size_t n = 0;

	m->step_ns = step_s * 1000000000 / devices;
	for (uint64_t t = 0; t < seconds; t += step_s) {
		for (size_t i = 0; i < devices; i++) {
			made_records(m, &rec[n], 1, devices);
			rec[n].seq = seq++;
			rec[n].der = 2 * (uint32_t)i + 1;
			sample(&plant[i], i, t, &rec[n].sample);
			move(&plant[i], power(i, t), step_s);
			if (++n < BATCH)
				continue;
			batch(arg, m, rec, n);
			n = 0;
		}
	}
	if (n)
		batch(arg, m, rec, n);
}

static void to_bundle(void *arg, struct made *m, const struct ovpp_record *rec, size_t n)
{
	(void)arg;
	made_batch(m, rec, n, n);
}

static void write_bundle(size_t devices, uint64_t seconds, uint64_t step_s)
{
	struct made *m = made_new(devices);

	made_begin(m);
	made_table(m);
	records(devices, seconds, step_s, m, to_bundle, NULL);
	made_head(m);
	MUST(fwrite(m->out.data, 1, m->out.size, stdout) == m->out.size);
	made_free(m);
}

/* The DER of the site, as the daemon notes them. */
static json_t *notes(const struct made *m, size_t devices)
{
	json_t *ders = json_array();

	for (size_t i = 0; i < devices; i++)
		json_array_append_new(ders, json_pack("{s:I,s:s,s:s,s:s}", "id",
						      (json_int_t)m->device[i].der, "name",
						      m->device[i].name, "kind", m->device[i].kind,
						      "serial", m->device[i].serial));
	return json_pack("{s:[{s:i,s:i,s:s,s:o}]}", "instance", "site", 1, "node", 4711, "name",
			 "home", "ders", ders);
}

static void to_ledger(void *ledger, struct made *m, const struct ovpp_record *rec, size_t n)
{
	const struct ovpp_life life = {.site = 1, .node = 4711};
	const struct ovpp_now now = {
		m->mono_ns, rec[n - 1].real_ns, {.synchronized = true, .error_us = 1500}};
	json_t *names = rec[0].seq ? NULL : notes(m, MADE_DEVICES);
	struct ovpp_written done;

	MUST(!ovpp_ledger_write(ledger, &life, rec, n, names, &now, &done));
	json_decref(names);
}

static void write_ledger(size_t devices, uint64_t seconds, uint64_t step_s, const char *path)
{
	char keys[4096], err[256];
	const struct ovpp_ledger_options options = {
		.path = path,
		.keys = keys,
		.boot_id = "11111111-2222-3333-4444-555555555555",
		.software = "test 1",
		.chain = &ovpp_chain_embedded,
	};
	struct made *m = made_new(MADE_DEVICES);
	struct ovpp_ledger *ledger;

	snprintf(keys, sizeof(keys), "%s.keys", path);
	MUST(!ovpp_ledger_open(&options, &ledger, err, sizeof(err)));
	records(devices, seconds, step_s, m, to_ledger, ledger);
	ovpp_ledger_close(ledger);
	made_free(m);
}

/* Three days before, the battery rested. */
static json_t *history(void)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < 24; i++)
		json_array_append_new(array, json_pack("[i,i,i]", 0, 1000, -1000));
	return array;
}

static json_t *device_json(const struct made *m, size_t i)
{
	char id[2 * OVPP_KEY_SIZE + 1], gateway[2 * OVPP_KEY_SIZE + 1], account[43];
	json_t *d;

	ovpp_hex(m->device[i].id, OVPP_KEY_SIZE, id);
	ovpp_hex(m->key[0].public, OVPP_KEY_SIZE, gateway);
	snprintf(account, sizeof(account), "0x%040zx", i / 2 + 1);
	d = json_pack("{s:s,s:s,s:s,s:I,s:I}", "id", id, "gateway", gateway, "account", account,
		      "nameplate_mw", (json_int_t)(5 * KW), "capacity_mwh",
		      (json_int_t)(i ? 0 : CAPACITY));
	if (!i)
		json_object_set_new(d, "dispatches",
				    json_pack("[[I,I,I]]", (json_int_t)START_MS + ASKED_S * 1000,
					      (json_int_t)START_MS + ASKED_END_S * 1000, 3 * KW));
	json_object_set_new(d, "history", history());
	return d;
}

static int compare(const void *a, const void *b)
{
	return strcmp(json_string_value(json_object_get(*(json_t *const *)a, "id")),
		      json_string_value(json_object_get(*(json_t *const *)b, "id")));
}

static void write_inputs(size_t devices)
{
	struct made *m = made_new(devices);
	json_t *array = json_array(), *d[MADE_DEVICES], *inputs;
	struct ovpp_score_params p;

	ovpp_score_params_default(&p);
	p.epoch_start_s = START_MS / 1000;
	for (size_t i = 0; i < devices; i++)
		d[i] = device_json(m, i);
	qsort(d, devices, sizeof(*d), compare);
	for (size_t i = 0; i < devices; i++)
		json_array_append_new(array, d[i]);
	inputs = json_pack("{s:i,s:i,s:s,s:i,s:o,s:o,s:[{s:s,s:s}],s:s}", "version", 1, "chain_id",
			   31337, "contract", "0x00000000000000000000000000000000000000c0", "epoch",
			   1, "params", ovpp_score_params_json(&p), "devices", array, "accounts",
			   "account", "0x00000000000000000000000000000000000000ff", "total",
			   "340282366920938463463374607", "carried", "5000000000000000000000");
	MUST(inputs && !json_dumpf(inputs, stdout, JSON_INDENT(1)));
	json_decref(inputs);
	made_free(m);
}

static int usage(void)
{
	fputs("usage: make_epoch bundle DEVICES SECONDS STEP\n"
	      "       make_epoch ledger DEVICES SECONDS STEP FILE\n"
	      "       make_epoch inputs DEVICES\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	size_t devices = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t seconds = argc > 4 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t step_s = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;

	if (!devices || devices > MADE_DEVICES || (argc > 3 && (!seconds || !step_s)))
		return usage();
	if (argc == 3 && !strcmp(argv[1], "inputs"))
		write_inputs(devices);
	else if (argc == 5 && !strcmp(argv[1], "bundle"))
		write_bundle(devices, seconds, step_s);
	else if (argc == 6 && !strcmp(argv[1], "ledger"))
		write_ledger(devices, seconds, step_s, argv[5]);
	else
		return usage();
	return fflush(stdout) ? 3 : 0;
}
