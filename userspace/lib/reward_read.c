// SPDX-License-Identifier: GPL-2.0-or-later
/* The inputs of a reward: from JSON. */
#include "reward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AMOUNT_MAX ((ovpp_u128)1 << 127)
/* More is nothing that anybody publishes. */
#define MEMBERS_MAX 1000000
#define TIME_MAX_MS (INT64_C(1) << 50)

/**
 * struct in - what is read
 * @ret: 0, or why it went wrong
 * @err: text
 * @size: its size
 * @list: name of the list that is at work, or NULL
 * @at: member of it
 */
struct in {
	int ret;
	char *err;
	size_t size;
	const char *list;
	size_t at;
};

/* Only the first one is told. */
static void wrong(struct in *in, const char *key, const char *what)
{
	if (in->ret)
		return;
	in->ret = -EINVAL;
	if (in->list)
		snprintf(in->err, in->size, "%s[%zu].%s: %s", in->list, in->at, key, what);
	else
		snprintf(in->err, in->size, "%s: %s", key, what);
}

/* An object has no other members than these. */
static void only(struct in *in, const json_t *object, const char *const *keys)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object)) {
		wrong(in, "", "not an object");
		return;
	}
	json_object_foreach ((json_t *)object, key, value) {
		const char *const *k = keys;

		while (*k && strcmp(*k, key))
			k++;
		if (!*k)
			wrong(in, key, "there is no such member");
	}
}

static int64_t integer(struct in *in, const json_t *value, const char *key, int64_t least,
		       int64_t most)
{
	int64_t x = json_integer_value(value);

	if (json_is_integer(value) && x >= least && x <= most)
		return x;
	wrong(in, key, "not an integer, or out of its bounds");
	return least;
}

static int64_t member(struct in *in, const json_t *object, const char *key, int64_t least,
		      int64_t most)
{
	return integer(in, json_object_get(object, key), key, least, most);
}

/* Bytes in lower-case hexadecimal, behind @prefix. */
static void hex(struct in *in, const json_t *object, const char *key, const char *prefix,
		uint8_t *out, size_t size)
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t skip = strlen(prefix);

	if (!text || strncmp(text, prefix, skip) || ovpp_unhex(text + skip, out, size) ||
	    strpbrk(text + skip, "ABCDEF"))
		wrong(in, key, "not that many bytes in lower-case hexadecimal");
}

static ovpp_u128 amount(struct in *in, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	ovpp_u128 x = 0;

	if (!text || ovpp_amount_parse(text, &x))
		wrong(in, key, "not an amount in decimal digits");
	return x;
}

int ovpp_amount_parse(const char *text, ovpp_u128 *x)
{
	if (!*text || (*text == '0' && text[1]))
		return -EINVAL;
	for (*x = 0; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (*x > (AMOUNT_MAX - 10) / 10)
			return -ERANGE;
		*x = *x * 10 + (ovpp_u128)(*text - '0');
	}
	return 0;
}

/* Room for the members of a list, which may be missing; NULL without any. */
static void *list(struct in *in, const json_t *array, const char *key, size_t n, size_t size)
{
	void *room;

	if (!array || in->ret)
		return NULL;
	if (!json_is_array(array) || n > MEMBERS_MAX) {
		wrong(in, key, "not a list, or too long");
		return NULL;
	}
	room = calloc(n + 1, size);
	if (!room)
		in->ret = -ENOMEM;
	return room;
}

/* A number for each slot. */
static int64_t *series(struct in *in, const json_t *object, const char *key, uint64_t slots,
		       int64_t least, int64_t most)
{
	const json_t *array = json_object_get(object, key);
	size_t n = json_array_size(array);
	int64_t *out;

	if (array && n != slots)
		wrong(in, key, "not a list with a number for each slot");
	out = list(in, array, key, n, sizeof(*out));
	for (size_t i = 0; out && i < n; i++)
		out[i] = integer(in, json_array_get(array, i), key, least, most);
	return out;
}

static void read_tariff(struct in *in, const json_t *inputs, struct ovpp_epoch *e)
{
	int64_t *x = series(in, inputs, "tariff_ppm", e->slots, 0, OVPP_SCORE_TARIFF_MAX);

	e->tariff_ppm = x ? calloc(e->slots, sizeof(*e->tariff_ppm)) : NULL;
	if (x && !e->tariff_ppm)
		in->ret = -ENOMEM;
	for (uint64_t i = 0; e->tariff_ppm && i < e->slots; i++)
		e->tariff_ppm[i] = (uint32_t)x[i];
	free(x);
}

static void read_dispatches(struct in *in, const json_t *object, struct ovpp_score_device *d)
{
	const json_t *array = json_object_get(object, "dispatches"), *x;
	size_t n = json_array_size(array);

	d->dispatch = list(in, array, "dispatches", n, sizeof(*d->dispatch));
	for (size_t i = 0; d->dispatch && i < n; i++) {
		x = json_array_get(array, i);
		if (json_array_size(x) != 3)
			wrong(in, "dispatches", "not [start_ms, end_ms, p_mw]");
		d->dispatch[i] = (struct ovpp_score_dispatch){
			.start_ms = (uint64_t)integer(in, json_array_get(x, 0), "dispatches", 0,
						      TIME_MAX_MS),
			.end_ms = (uint64_t)integer(in, json_array_get(x, 1), "dispatches", 0,
						    TIME_MAX_MS),
			.p_mw = integer(in, json_array_get(x, 2), "dispatches", -OVPP_SCORE_P_MAX,
					OVPP_SCORE_P_MAX),
		};
	}
	d->n_dispatch = d->dispatch ? n : 0;
}

static void read_state(struct in *in, const json_t *object, struct ovpp_score_state *st)
{
	static const char *const keys[] = {
		"known",    "has_import", "has_export", "e_import_mwh",	 "e_export_mwh", "real_ms",
		"debt_mwh", "drift_mwh",  "shown_mw",	"soc_drift_mwh", NULL,
	};
	const json_t *x = json_object_get(object, "state");

	if (!x)
		return;
	only(in, x, keys);
	*st = (struct ovpp_score_state){
		.known = member(in, x, "known", 0, 1),
		.has_import = member(in, x, "has_import", 0, 1),
		.has_export = member(in, x, "has_export", 0, 1),
		.e_import_mwh = (uint64_t)member(in, x, "e_import_mwh", 0, INT64_MAX),
		.e_export_mwh = (uint64_t)member(in, x, "e_export_mwh", 0, INT64_MAX),
		.real_ms = (uint64_t)member(in, x, "real_ms", 0, TIME_MAX_MS),
		.debt_mwh = member(in, x, "debt_mwh", 0, OVPP_SCORE_DEBT_MAX),
		.drift_mwh = member(in, x, "drift_mwh", -OVPP_SCORE_DEBT_MAX, OVPP_SCORE_DEBT_MAX),
		.soc_drift_mwh =
			member(in, x, "soc_drift_mwh", -OVPP_SCORE_DEBT_MAX, OVPP_SCORE_DEBT_MAX),
		.shown_mw = member(in, x, "shown_mw", 0, OVPP_SCORE_P_MAX),
	};
}

static void read_history(struct in *in, const json_t *object, uint64_t slots,
			 struct ovpp_epoch_device *d)
{
	const json_t *array = json_object_get(object, "history"), *slot;
	size_t n = json_array_size(array);

	if (array && n != slots)
		wrong(in, "history", "not a list with a list for each slot");
	d->history = list(in, array, "history", n, sizeof(*d->history));
	for (size_t i = 0; d->history && i < n; i++) {
		slot = json_array_get(array, i);
		if (!json_is_array(slot) || json_array_size(slot) > OVPP_HISTORY) {
			wrong(in, "history", "more epochs than it may have");
			return;
		}
		d->history[i].n = (uint32_t)json_array_size(slot);
		for (uint32_t k = 0; k < d->history[i].n; k++)
			d->history[i].mean_mw[k] = integer(in, json_array_get(slot, k), "history",
							   -OVPP_SCORE_P_MAX, OVPP_SCORE_P_MAX);
	}
}

static void read_device(struct in *in, const json_t *x, uint64_t slots, struct ovpp_epoch_device *d)
{
	static const char *const keys[] = {
		"id",	      "gateway",    "account", "nameplate_mw", "capacity_mwh",
		"ceiling_mw", "dispatches", "state",   "history",      NULL,
	};

	only(in, x, keys);
	hex(in, x, "id", "", d->id, sizeof(d->id));
	hex(in, x, "gateway", "", d->gateway, sizeof(d->gateway));
	hex(in, x, "account", "0x", d->account, sizeof(d->account));
	d->rated.nameplate_mw = member(in, x, "nameplate_mw", 1, OVPP_SCORE_P_MAX);
	d->rated.capacity_mwh = member(in, x, "capacity_mwh", 0, OVPP_SCORE_CAPACITY_MAX);
	d->rated.ceiling_mw =
		series(in, x, "ceiling_mw", slots, -OVPP_SCORE_P_MAX, OVPP_SCORE_P_MAX);
	read_dispatches(in, x, &d->rated);
	read_state(in, x, &d->score.state);
	read_history(in, x, slots, d);
}

static void read_devices(struct in *in, const json_t *inputs, struct ovpp_epoch *e)
{
	const json_t *array = json_object_get(inputs, "devices");
	size_t n = json_array_size(array);

	if (!array)
		wrong(in, "devices", "missing");
	e->device = list(in, array, "devices", n, sizeof(*e->device));
	e->n_devices = e->device ? n : 0;
	in->list = "devices";
	for (in->at = 0; in->at < e->n_devices && !in->ret; in->at++)
		read_device(in, json_array_get(array, in->at), e->slots, &e->device[in->at]);
	in->list = NULL;
}

static void read_accounts(struct in *in, const json_t *inputs, struct ovpp_epoch *e)
{
	static const char *const keys[] = {"account", "total", NULL};
	const json_t *array = json_object_get(inputs, "accounts");
	size_t n = json_array_size(array);

	e->account = list(in, array, "accounts", n, sizeof(*e->account));
	e->n_accounts = e->account ? n : 0;
	in->list = "accounts";
	for (in->at = 0; in->at < e->n_accounts && !in->ret; in->at++) {
		const json_t *x = json_array_get(array, in->at);

		only(in, x, keys);
		hex(in, x, "account", "0x", e->account[in->at].account, OVPP_ACCOUNT_SIZE);
		e->account[in->at].total = amount(in, x, "total");
	}
	in->list = NULL;
}

static void read_head(struct in *in, const json_t *inputs, struct ovpp_reward *r)
{
	static const char *const keys[] = {
		"version",    "chain_id", "contract", "epoch",	  "params", "devices",
		"tariff_ppm", "accounts", "carried",  "gateways", NULL,
	};
	const json_t *params = json_object_get(inputs, "params");
	const char *bad;

	only(in, inputs, keys);
	member(in, inputs, "version", OVPP_REWARD_VERSION, OVPP_REWARD_VERSION);
	r->contract.chain_id = (uint64_t)member(in, inputs, "chain_id", 0, INT64_MAX);
	hex(in, inputs, "contract", "0x", r->contract.address, OVPP_ACCOUNT_SIZE);
	r->number = (uint64_t)member(in, inputs, "epoch", 1, INT64_MAX);
	ovpp_score_params_default(&r->epoch.params);
	if (!json_is_object(params) || json_object_size(params) != OVPP_SCORE_PARAMS)
		wrong(in, "params", "not an object with all of them");
	bad = ovpp_score_params_read(params, &r->epoch.params);
	if (bad)
		wrong(in, bad, "there is no such parameter, or it is out of its bounds");
	if (!in->ret && ovpp_epoch_number(&r->epoch, r->number))
		wrong(in, "epoch", "too large");
}

int ovpp_reward_read(struct ovpp_reward *r, const json_t *inputs, char *err, size_t size)
{
	struct in in = {.err = err, .size = size};

	snprintf(err, size, "%s", strerror(ENOMEM));
	read_head(&in, inputs, r);
	if (!in.ret)
		read_tariff(&in, inputs, &r->epoch);
	if (!in.ret)
		read_devices(&in, inputs, &r->epoch);
	if (!in.ret)
		read_accounts(&in, inputs, &r->epoch);
	if (!in.ret && json_object_get(inputs, "carried"))
		r->epoch.carried = amount(&in, inputs, "carried");
	return in.ret ? in.ret : ovpp_epoch_begin(&r->epoch, err, size);
}

void ovpp_reward_free(struct ovpp_reward *r)
{
	ovpp_epoch_free(&r->epoch);
}
