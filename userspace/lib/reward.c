// SPDX-License-Identifier: GPL-2.0-or-later
/* The results of a reward: to JSON. */
#include "reward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX(bytes) (2 * (bytes) + 1)

void ovpp_amount_text(ovpp_u128 amount, char text[OVPP_AMOUNT_TEXT])
{
	char digits[OVPP_AMOUNT_TEXT];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + amount % 10);
		amount /= 10;
	} while (amount);
	while (n)
		*text++ = digits[--n];
	*text = '\0';
}

static json_t *amount_json(ovpp_u128 amount)
{
	char text[OVPP_AMOUNT_TEXT];

	ovpp_amount_text(amount, text);
	return json_string(text);
}

static json_t *hex_json(const uint8_t *data, size_t size, const char *prefix)
{
	char text[2 + HEX(OVPP_KEY_SIZE)];

	snprintf(text, sizeof(text), "%s", prefix);
	ovpp_hex(data, size, text + strlen(prefix));
	return json_string(text);
}

static json_t *state_json(const struct ovpp_score_state *st)
{
	return json_pack("{s:i,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "known", st->known,
			 "has_import", st->has_import, "has_export", st->has_export, "e_import_mwh",
			 (json_int_t)st->e_import_mwh, "e_export_mwh", (json_int_t)st->e_export_mwh,
			 "real_ms", (json_int_t)st->real_ms, "debt_mwh", (json_int_t)st->debt_mwh,
			 "drift_mwh", (json_int_t)st->drift_mwh, "soc_drift_mwh",
			 (json_int_t)st->soc_drift_mwh, "shown_mw", (json_int_t)st->shown_mw);
}

static json_t *history_json(const struct ovpp_epoch *e, const struct ovpp_epoch_device *d)
{
	json_t *array = json_array(), *slot;

	for (uint64_t i = 0; i < e->slots; i++) {
		slot = json_array();
		for (uint32_t k = 0; k < d->history[i].n; k++)
			json_array_append_new(slot,
					      json_integer((json_int_t)d->history[i].mean_mw[k]));
		json_array_append_new(array, slot);
	}
	return array;
}

static json_t *responses_json(const struct ovpp_score_device *d)
{
	json_t *array = json_array();

	for (size_t i = 0; i < d->n_dispatch; i++)
		json_array_append_new(array, json_integer(d->dispatch[i].response_ppm));
	return array;
}

static json_t *device_json(const struct ovpp_epoch *e, const struct ovpp_epoch_device *d)
{
	const struct ovpp_score *s = &d->score;

	return json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "id",
			 hex_json(d->id, sizeof(d->id), ""), "samples", (json_int_t)s->samples,
			 "covered_ms", (json_int_t)s->covered_ms, "energy_mwh",
			 (json_int_t)s->energy_mwh, "available_mwh", (json_int_t)s->available_mwh,
			 "response_mwh", (json_int_t)s->response_mwh, "full", (json_int_t)s->full,
			 "weight", (json_int_t)s->weight, "responses_ppm",
			 responses_json(&d->rated), "state", state_json(&s->state), "history",
			 history_json(e, d));
}

static json_t *account_json(const struct ovpp_epoch_account *a)
{
	return json_pack("{s:o,s:I,s:o,s:o}", "account",
			 hex_json(a->account, sizeof(a->account), "0x"), "weight",
			 (json_int_t)a->weight, "pay", amount_json(a->pay), "total",
			 amount_json(a->total));
}

int ovpp_reward_evidence(const json_t *inputs, ovpp_hash hash)
{
	char *text = json_dumps(inputs, JSON_COMPACT | JSON_SORT_KEYS);

	if (!text)
		return -ENOMEM;
	ovpp_sha256(text, strlen(text), hash);
	free(text);
	return 0;
}

int ovpp_reward_results(struct ovpp_reward *r, const json_t *inputs, json_t **results)
{
	json_t *devices = json_array(), *accounts = json_array();
	struct ovpp_epoch *e = &r->epoch;
	ovpp_hash params, evidence, root;
	int ret = ovpp_epoch_end(e);

	if (!ret)
		ret = ovpp_epoch_root(e, &r->contract, root);
	if (!ret)
		ret = ovpp_reward_evidence(inputs, evidence);
	for (size_t i = 0; i < e->n_devices && !ret; i++)
		ret = json_array_append_new(devices, device_json(e, &e->device[i])) ? -ENOMEM : 0;
	for (size_t i = 0; i < e->n_accounts && !ret; i++)
		ret = json_array_append_new(accounts, account_json(&e->account[i])) ? -ENOMEM : 0;
	if (ret) {
		json_decref(devices);
		json_decref(accounts);
		return ret;
	}
	ovpp_score_params_hash(&e->params, params);
	*results = json_pack("{s:o,s:o,s:o,s:o,s:I,s:o,s:o,s:o}", "params_hash",
			     hex_json(params, sizeof(params), ""), "evidence",
			     hex_json(evidence, sizeof(evidence), ""), "devices", devices,
			     "accounts", accounts, "weight", (json_int_t)e->weight, "total",
			     amount_json(ovpp_epoch_total(e)), "carried", amount_json(e->carried),
			     "root", hex_json(root, sizeof(root), ""));
	return *results ? 0 : -ENOMEM;
}

/* The place of what differs grows from its end. */
static void before(struct ovpp_json_difference *d, const char *part)
{
	bool dot = *d->path && *d->path != '[';
	char rest[sizeof(d->path)];

	memcpy(rest, d->path, sizeof(rest));
	/* One that is too long loses its end. */
	if (snprintf(d->path, sizeof(d->path), "%s%s%s", part, dot ? "." : "", rest) < 0)
		*d->path = '\0';
}

static bool lists_same(const json_t *a, const json_t *b, struct ovpp_json_difference *d)
{
	char index[32];

	for (size_t i = 0; i < json_array_size(a) || i < json_array_size(b); i++) {
		if (ovpp_json_same(json_array_get(a, i), json_array_get(b, i), d))
			continue;
		snprintf(index, sizeof(index), "[%zu]", i);
		before(d, index);
		return false;
	}
	return true;
}

static bool objects_same(const json_t *a, const json_t *b, struct ovpp_json_difference *d)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)a, key, value) {
		if (ovpp_json_same(value, json_object_get(b, key), d))
			continue;
		before(d, key);
		return false;
	}
	json_object_foreach ((json_t *)b, key, value) {
		if (json_object_get(a, key))
			continue;
		*d = (struct ovpp_json_difference){.b = value};
		before(d, key);
		return false;
	}
	return true;
}

bool ovpp_json_same(const json_t *a, const json_t *b, struct ovpp_json_difference *d)
{
	if (json_is_object(a) && json_is_object(b))
		return objects_same(a, b, d);
	if (json_is_array(a) && json_is_array(b))
		return lists_same(a, b, d);
	*d = (struct ovpp_json_difference){.a = a, .b = b};
	return a && b && json_equal(a, b);
}
