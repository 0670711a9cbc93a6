// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp reward show */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "epoch_ledger.h"
#include "ledger_verbs.h"
#include "quantity.h"
#include "reward.h"
#include "reward_verbs.h"
#include "show.h"
#include "table.h"

#define NS_PER_MS 1000000
/* Base units in a millionth of a token. */
#define MICROTOKEN UINT64_C(1000000000000)

/**
 * struct device - a device of the ledger
 * @name: of the DER
 * @kind: of it
 * @guessed: the nameplate is the most that it ever gave or took
 */
struct device {
	char name[OVPP_NAME_SIZE];
	char kind[OVPP_NAME_SIZE];
	bool guessed;
};

/**
 * struct show - what is shown
 * @cli: command line
 * @reward: is computed
 * @file: what --params has, or NULL
 * @device: beside the epoch's
 */
struct show {
	struct cli *cli;
	struct ovpp_reward reward;
	json_t *file;
	struct device *device;
};

/* Devices by key: newest name and kind, and the most power of an hour. */
static const char devices_sql[] =
	"SELECT d.key, der.name, der.kind,"
	" (SELECT max(max(abs(p_max_mw)), max(abs(p_min_mw))) FROM rollup WHERE device = d.id)"
	" FROM device d JOIN der ON der.device = d.id"
	" AND der.instance = (SELECT max(instance) FROM der WHERE device = d.id)"
	" GROUP BY d.id ORDER BY d.key";

static int wrong_device(struct show *s, const char *name)
{
	return cli_wrong(s->cli,
			 "--params: devices: %s: not {nameplate_mw, capacity_mwh}, or out of "
			 "their bounds",
			 name);
}

/* What the file says of a device, if anything. */
static int rate(struct show *s, struct ovpp_score_device *rated, struct device *d)
{
	json_t *given = json_object_get(json_object_get(s->file, "devices"), d->name), *value;
	const char *key;

	json_object_foreach (given, key, value) {
		int64_t x = json_integer_value(value);

		if (!json_is_integer(value))
			return wrong_device(s, d->name);
		if (!strcmp(key, "nameplate_mw"))
			rated->nameplate_mw = x;
		else if (!strcmp(key, "capacity_mwh"))
			rated->capacity_mwh = x;
		else
			return wrong_device(s, d->name);
		d->guessed &= strcmp(key, "nameplate_mw") != 0;
	}
	if (rated->nameplate_mw < 1 || rated->nameplate_mw > OVPP_SCORE_P_MAX ||
	    rated->capacity_mwh < 0 || rated->capacity_mwh > OVPP_SCORE_CAPACITY_MAX)
		return wrong_device(s, d->name);
	return CLI_OK;
}

static void copy_text(char *to, const unsigned char *from)
{
	snprintf(to, OVPP_NAME_SIZE, "%s", from ? (const char *)from : "");
}

static int add_device(struct show *s, sqlite3_stmt *st, const uint8_t gateway[OVPP_KEY_SIZE])
{
	struct ovpp_epoch *e = &s->reward.epoch;
	struct ovpp_epoch_device *all, *d;
	struct device *names;
	int64_t most = sqlite3_column_int64(st, 3);

	all = reallocarray(e->device, e->n_devices + 1, sizeof(*all));
	if (all)
		e->device = all;
	names = reallocarray(s->device, e->n_devices + 1, sizeof(*names));
	if (names)
		s->device = names;
	if (!all || !names)
		return -ENOMEM;
	if (sqlite3_column_bytes(st, 0) != OVPP_KEY_SIZE)
		return -EBADMSG;
	d = &all[e->n_devices];
	*d = (struct ovpp_epoch_device){.rated.nameplate_mw = most > 0 ? most : 1};
	if (d->rated.nameplate_mw > OVPP_SCORE_P_MAX)
		d->rated.nameplate_mw = OVPP_SCORE_P_MAX;
	memcpy(d->id, sqlite3_column_blob(st, 0), OVPP_KEY_SIZE);
	memcpy(d->gateway, gateway, OVPP_KEY_SIZE);
	names[e->n_devices] = (struct device){.guessed = true};
	copy_text(names[e->n_devices].name, sqlite3_column_text(st, 1));
	copy_text(names[e->n_devices++].kind, sqlite3_column_text(st, 2));
	return 0;
}

/* The devices that the ledger has ever had, as they would be registered. */
static int find_devices(struct show *s, struct ovpp_reader *r)
{
	struct ovpp_epoch *e = &s->reward.epoch;
	uint8_t gateway[OVPP_KEY_SIZE];
	sqlite3_stmt *st = NULL;
	int rc, ret = ovpp_reader_key(r, 0, gateway);

	if (ret)
		return ledger_failed(s->cli, r, ret);
	rc = sqlite3_prepare_v2(ovpp_reader_sql(r), devices_sql, -1, &st, NULL);
	while (!rc && !ret && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		ret = add_device(s, st, gateway);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(st);
	if (!ret && rc != SQLITE_DONE)
		ret = -EIO;
	if (ret)
		return ledger_failed(s->cli, r, ret);
	for (size_t i = 0; i < e->n_devices && !ret; i++)
		ret = rate(s, &e->device[i].rated, &s->device[i]);
	return ret;
}

static int number_of(struct cli *cli, const char *name, uint64_t *x)
{
	const char *text = cli_value(cli, name);
	uint64_t last;

	if (!text)
		return CLI_OK;
	if (strchr(text, '-') || ledger_range(text, x, &last))
		return cli_wrong(cli, "--%s: not a number", name);
	return CLI_OK;
}

/* Whole slots of a period that was asked for. */
static int period(struct show *s, int64_t now_ns)
{
	struct ovpp_epoch *e = &s->reward.epoch;
	int64_t from = 0, to = now_ns, slot_ns = (int64_t)e->params.slot_s * 1000 * NS_PER_MS;
	int ret = ledger_moment(s->cli, "from", &from);

	if (!ret)
		ret = ledger_moment(s->cli, "to", &to);
	if (ret)
		return ret;
	if (!cli_value(s->cli, "from"))
		return cli_wrong(s->cli, "--to needs --from");
	if (from < 0 || to / slot_ns <= from / slot_ns ||
	    to / slot_ns - from / slot_ns > OVPP_SCORE_SLOTS)
		return cli_wrong(s->cli, "the period has no slot of %llu s, or more than %d",
				 (unsigned long long)e->params.slot_s, OVPP_SCORE_SLOTS);
	e->start_ms = (uint64_t)(from / slot_ns * slot_ns / NS_PER_MS);
	e->slots = (uint64_t)(to / slot_ns - from / slot_ns);
	return CLI_OK;
}

static int find_period(struct show *s)
{
	const struct ovpp_score_params *p = &s->reward.epoch.params;
	int64_t now_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	uint64_t now_s = (uint64_t)now_ns / 1000000000;
	int ret;

	if (cli_value(s->cli, "from") || cli_value(s->cli, "to"))
		return cli_value(s->cli, "epoch") ? cli_wrong(s->cli, "--epoch or --from and --to")
						  : period(s, now_ns);
	if (now_s >= p->epoch_start_s)
		s->reward.number = (now_s - p->epoch_start_s) / p->epoch_s;
	ret = number_of(s->cli, "epoch", &s->reward.number);
	if (!ret && ovpp_epoch_number(&s->reward.epoch, s->reward.number))
		return cli_wrong(s->cli, "there is no such epoch");
	return ret;
}

/* All that was published is in the file. */
static int prepare_document(struct show *s, const json_t *inputs)
{
	char text[512];

	if (cli_value(s->cli, "epoch") || cli_value(s->cli, "from") || cli_value(s->cli, "to"))
		return cli_wrong(s->cli, "--params has an epoch of its own");
	if (ovpp_reward_read(&s->reward, inputs, text, sizeof(text)))
		return cli_wrong(s->cli, "--params: %s", text);
	s->device = calloc(s->reward.epoch.n_devices + 1, sizeof(*s->device));
	for (size_t i = 0; s->device && i < s->reward.epoch.n_devices; i++)
		ovpp_hex(s->reward.epoch.device[i].id, 8, s->device[i].name);
	return s->device ? CLI_OK : CLI_REFUSED;
}

static int prepare(struct show *s, struct ovpp_reader *r)
{
	const json_t *inputs = json_object_get(s->file, "inputs");
	const char *bad;
	char text[512];
	int ret;

	if (inputs)
		return prepare_document(s, inputs);
	ovpp_score_params_default(&s->reward.epoch.params);
	bad = ovpp_score_params_read(json_object_get(s->file, "params"), &s->reward.epoch.params);
	if (bad)
		return cli_wrong(s->cli,
				 "--params: %s: there is no such parameter, or it is out of "
				 "its bounds",
				 bad);
	ret = find_period(s);
	if (!ret)
		ret = find_devices(s, r);
	if (!ret && ovpp_epoch_begin(&s->reward.epoch, text, sizeof(text)))
		return cli_wrong(s->cli, "%s", text);
	return ret;
}

/* What the site would get: its weight of @total. */
static ovpp_u128 worth(const struct ovpp_epoch *e, uint64_t total)
{
	return ovpp_reward_pay(&e->params, ovpp_reward_pool(&e->params, 0), e->weight, total);
}

static uint64_t quality_of(const struct ovpp_score *s)
{
	return s->full ? (uint64_t)((ovpp_u128)s->weight * OVPP_PPM / s->full) : 0;
}

static json_t *device_json(const struct ovpp_epoch_device *d, const struct device *name)
{
	const struct ovpp_score *s = &d->score;
	char id[2 * OVPP_KEY_SIZE + 1];

	ovpp_hex(d->id, sizeof(d->id), id);
	return json_pack("{s:s,s:s,s:s,s:I,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "id", id,
			 "name", name->name, "kind", name->kind, "nameplate_mw",
			 (json_int_t)d->rated.nameplate_mw, "nameplate_guessed", name->guessed,
			 "capacity_mwh", (json_int_t)d->rated.capacity_mwh, "samples",
			 (json_int_t)s->samples, "covered_ms", (json_int_t)s->covered_ms,
			 "energy_mwh", (json_int_t)s->energy_mwh, "available_mwh",
			 (json_int_t)s->available_mwh, "response_mwh", (json_int_t)s->response_mwh,
			 "quality_ppm", (json_int_t)quality_of(s), "weight", (json_int_t)s->weight,
			 "debt_mwh", (json_int_t)s->state.debt_mwh);
}

static int print_json(const struct show *s, uint64_t total)
{
	const struct ovpp_epoch *e = &s->reward.epoch;
	char hash[2 * OVPP_HASH_SIZE + 1], amount[OVPP_AMOUNT_TEXT];
	json_t *devices = json_array(), *obj;
	ovpp_hash params;

	for (size_t i = 0; i < e->n_devices; i++)
		json_array_append_new(devices, device_json(&e->device[i], &s->device[i]));
	ovpp_score_params_hash(&e->params, params);
	ovpp_hex(params, sizeof(params), hash);
	ovpp_amount_text(worth(e, total), amount);
	obj = json_pack("{s:o?,s:I,s:I,s:s,s:o,s:I,s:I,s:s}", "epoch",
			s->reward.number ? json_integer((json_int_t)s->reward.number) : NULL,
			"start_ms", (json_int_t)e->start_ms, "end_ms",
			(json_int_t)(e->start_ms + e->slots * e->params.slot_s * 1000),
			"params_hash", hash, "devices", devices, "weight", (json_int_t)e->weight,
			"total_weight", (json_int_t)total, "worth", amount);
	show_json(obj);
	json_decref(obj);
	return CLI_OK;
}

static void add_row(struct table *t, const struct ovpp_epoch *e, const struct ovpp_epoch_device *d,
		    const struct device *name)
{
	const struct ovpp_score *s = &d->score;
	const int64_t covered = (int64_t)((ovpp_u128)s->covered_ms * OVPP_PPM /
					  (e->slots * e->params.slot_s * 1000));
	const struct {
		enum ovpp_unit unit;
		int64_t value;
	} cell[] = {
		{OVPP_UNIT_MW, d->rated.nameplate_mw},
		{OVPP_UNIT_PPM, covered},
		{OVPP_UNIT_MWH, (int64_t)s->energy_mwh},
		{OVPP_UNIT_MWH, (int64_t)s->available_mwh},
		{OVPP_UNIT_MWH, (int64_t)s->response_mwh},
		{OVPP_UNIT_PPM, (int64_t)quality_of(s)},
		{OVPP_UNIT_MWH, (int64_t)s->weight},
	};
	char text[OVPP_UNITS_TEXT + 1];

	table_add(t, name->name);
	table_add(t, name->kind);
	for (size_t i = 0; i < sizeof(cell) / sizeof(*cell); i++) {
		quantity_rounded(cell[i].unit, cell[i].value, text);
		if (!i && name->guessed)
			strcat(text, "?");
		table_add(t, text);
	}
}

static int print_text(const struct show *s, uint64_t total)
{
	static const char *const headings[] = {
		"DEVICE",     "KIND",	   "-NAMEPLATE", "-COVERED", "-ENERGY",
		"-AVAILABLE", "-RESPONSE", "-QUALITY",	 "-WEIGHT",
	};
	const struct ovpp_epoch *e = &s->reward.epoch;
	struct table *t = table_new(headings, sizeof(headings) / sizeof(*headings));
	char from[SHOW_TEXT], to[SHOW_TEXT], weight[OVPP_UNITS_TEXT], whole[OVPP_UNITS_TEXT];
	uint64_t micro = (uint64_t)(worth(e, total) / MICROTOKEN);
	int64_t start_ns = (int64_t)e->start_ms * NS_PER_MS;
	bool guessed = false;

	for (size_t i = 0; t && i < e->n_devices; i++) {
		add_row(t, e, &e->device[i], &s->device[i]);
		guessed |= s->device[i].guessed;
	}
	ledger_time(start_ns, from);
	ledger_time(start_ns + (int64_t)(e->slots * e->params.slot_s) * 1000 * NS_PER_MS, to);
	printf("%s to %s UTC\n\n", from, to);
	if (t)
		table_print(t, stdout, "\n");
	table_free(t);
	printf("\nWeight %s of %s: worth %llu.%06llu tokens%s.\n",
	       quantity_rounded(OVPP_UNIT_MWH, (int64_t)e->weight, weight),
	       quantity_rounded(OVPP_UNIT_MWH, (int64_t)total, whole),
	       (unsigned long long)(micro / 1000000), (unsigned long long)(micro % 1000000),
	       cli_value(s->cli, "total") ? "" : ", at most");
	if (guessed)
		puts("? no nameplate was given: the most that the device ever gave or took.");
	return CLI_OK;
}

static int show(struct show *s, struct ovpp_reader *r)
{
	struct ovpp_epoch *e = &s->reward.epoch;
	uint64_t total;
	int ret = prepare(s, r), err;

	if (ret)
		return ret;
	err = ovpp_epoch_ledger(e, r);
	if (!err)
		err = ovpp_epoch_end(e);
	if (err)
		return ledger_failed(s->cli, r, err);
	total = e->weight;
	ret = number_of(s->cli, "total", &total);
	if (ret)
		return ret;
	if (total < e->weight)
		return cli_wrong(s->cli, "--total: less than the weight of this site");
	return s->cli->json ? print_json(s, total) : print_text(s, total);
}

int reward_show(struct cli *cli)
{
	const char *path = cli_value(cli, "params");
	struct show s = {.cli = cli};
	struct ovpp_reader *r;
	int ret = path ? reward_load(cli, path, &s.file) : CLI_OK;

	if (!ret)
		ret = ledger_open(cli, &r);
	if (!ret)
		ret = ledger_close(cli, r, show(&s, r));
	ovpp_reward_free(&s.reward);
	free(s.device);
	json_decref(s.file);
	return ret;
}
