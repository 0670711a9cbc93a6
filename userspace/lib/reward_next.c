// SPDX-License-Identifier: GPL-2.0-or-later
/* From an epoch's reward to the next one. */
#include "reward.h"

#include <errno.h>
#include <string.h>

/* What a device brings with it: as registered, and as the epoch left it. */
static json_t *next_device(const json_t *input, const json_t *result)
{
	json_t *d = json_deep_copy(input);

	if (!d)
		return NULL;
	json_object_del(d, "dispatches");
	json_object_del(d, "ceiling_mw");
	json_object_set(d, "state", json_object_get(result, "state"));
	json_object_set(d, "history", json_object_get(result, "history"));
	return d;
}

static json_t *next_devices(const json_t *inputs, const json_t *results)
{
	const json_t *in = json_object_get(inputs, "devices");
	const json_t *out = json_object_get(results, "devices");
	json_t *array = json_array();

	for (size_t i = 0; i < json_array_size(in) && array; i++)
		json_array_append_new(array,
				      next_device(json_array_get(in, i), json_array_get(out, i)));
	return array;
}

static json_t *next_accounts(const json_t *results)
{
	json_t *array = json_array(), *account;
	size_t i;

	json_array_foreach (json_object_get(results, "accounts"), i, account) {
		json_array_append_new(array, json_pack("{s:O,s:O}", "account",
						       json_object_get(account, "account"), "total",
						       json_object_get(account, "total")));
	}
	return array;
}

int ovpp_reward_next(const json_t *document, json_t **inputs)
{
	const json_t *before = json_object_get(document, "inputs");
	const json_t *results = json_object_get(document, "results");
	json_int_t epoch = json_integer_value(json_object_get(before, "epoch"));
	json_t *next = json_deep_copy(before);

	if (!next || !json_is_object(results) || epoch < 1 || epoch == INT64_MAX) {
		json_decref(next);
		return -EBADMSG;
	}
	json_object_del(next, "tariff_ppm");
	json_object_del(next, "gateways");
	json_object_set_new(next, "epoch", json_integer(epoch + 1));
	json_object_set_new(next, "devices", next_devices(before, results));
	json_object_set_new(next, "accounts", next_accounts(results));
	json_object_set(next, "carried", json_object_get(results, "carried"));
	*inputs = next;
	return 0;
}

static json_t *device_of(const json_t *devices, const json_t *id)
{
	json_t *d;
	size_t i;

	json_array_foreach (devices, i, d) {
		if (json_equal(json_object_get(d, "id"), id))
			return d;
	}
	return NULL;
}

/* A device that was there is still there, with what it brings; a new one brings nothing. */
static void expect_devices(json_t *devices, const json_t *next)
{
	json_t *d, *was;
	size_t i;

	json_array_foreach (devices, i, d) {
		was = device_of(next, json_object_get(d, "id"));
		json_object_del(d, "state");
		json_object_del(d, "history");
		if (!was)
			continue;
		json_object_set(d, "state", json_object_get(was, "state"));
		json_object_set(d, "history", json_object_get(was, "history"));
	}
	json_array_foreach (next, i, was) {
		if (!device_of(devices, json_object_get(was, "id")))
			json_array_append(devices, was);
	}
}

int ovpp_reward_follows(const json_t *inputs, const json_t *document, json_t **expected)
{
	static const char *const keys[] = {"chain_id", "contract", "epoch", "accounts", "carried"};
	json_t *next;
	int ret = ovpp_reward_next(document, &next);

	if (ret)
		return ret;
	*expected = json_deep_copy(inputs);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys) && *expected; i++)
		json_object_set(*expected, keys[i], json_object_get(next, keys[i]));
	expect_devices(json_object_get(*expected, "devices"), json_object_get(next, "devices"));
	json_decref(next);
	return *expected ? 0 : -ENOMEM;
}
