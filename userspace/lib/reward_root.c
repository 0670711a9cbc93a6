// SPDX-License-Identifier: GPL-2.0-or-later
#include "reward_root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A device's weight is below it. */
#define WEIGHT_MAX (INT64_C(1) << 60)

/* The weights are as the document has them. */
static int take_weights(struct ovpp_epoch *e, const json_t *devices, char *err, size_t size)
{
	for (size_t i = 0; i < e->n_devices; i++) {
		const json_t *weight = json_object_get(json_array_get(devices, i), "weight");
		json_int_t x = json_integer_value(weight);

		if (!json_is_integer(weight) || x < 0 || x >= WEIGHT_MAX) {
			snprintf(err, size, "results.devices[%zu].weight: no weight", i);
			return -EBADMSG;
		}
		e->device[i].score.weight = (uint64_t)x;
	}
	return 0;
}

static void value_text(const json_t *value, char *text, size_t size)
{
	size_t n = value ? json_dumpb(value, text, size - 1, JSON_COMPACT | JSON_ENCODE_ANY) : 0;

	if (!value)
		snprintf(text, size, "nothing");
	else if (n >= size)
		snprintf(text, size, "something else");
	else
		text[n] = '\0';
}

/* What follows from the weights is what the document says. */
static int compare(struct ovpp_reward *r, const json_t *inputs, const json_t *found, char *err,
		   size_t size)
{
	char has[96], wanted[96];
	struct ovpp_json_difference d;
	json_t *expected;
	int ret = ovpp_reward_results(r, inputs, &expected);

	if (ret) {
		snprintf(err, size, "%s", strerror(-ret));
		return ret == -ENOMEM ? ret : -EBADMSG;
	}
	json_object_set(expected, "devices", json_object_get(found, "devices"));
	if (!ovpp_json_same(expected, found, &d)) {
		value_text(d.b, has, sizeof(has));
		value_text(d.a, wanted, sizeof(wanted));
		snprintf(err, size, "results.%s is %s, but %s follows from the rest", d.path, has,
			 wanted);
		ret = -EBADMSG;
	}
	json_decref(expected);
	return ret;
}

/* What was compared before is there, and what it should be. */
static void take_results(const json_t *results, struct ovpp_reward_root *r)
{
	const char *total = json_string_value(json_object_get(results, "total"));

	ovpp_unhex(json_string_value(json_object_get(results, "root")), r->root, sizeof(r->root));
	ovpp_unhex(json_string_value(json_object_get(results, "evidence")), r->evidence,
		   sizeof(r->evidence));
	ovpp_unhex(json_string_value(json_object_get(results, "params_hash")), r->params,
		   sizeof(r->params));
	ovpp_amount_parse(total, &r->total);
}

int ovpp_reward_root_read(const json_t *document, struct ovpp_reward_root *r, char *err,
			  size_t size)
{
	const json_t *results = json_object_get(document, "results");
	const json_t *inputs = json_object_get(document, "inputs");
	struct ovpp_reward reward = {0};
	int ret;

	if (!json_is_object(inputs) || !json_is_object(results)) {
		snprintf(err, size, "this is no document of a reward");
		return -EBADMSG;
	}
	ret = ovpp_reward_read(&reward, inputs, err, size);
	if (!ret)
		ret = take_weights(&reward.epoch, json_object_get(results, "devices"), err, size);
	if (!ret)
		ret = compare(&reward, inputs, results, err, size);
	if (!ret) {
		*r = (struct ovpp_reward_root){.contract = reward.contract, .epoch = reward.number};
		take_results(results, r);
	}
	ovpp_reward_free(&reward);
	return ret == -EINVAL ? -EBADMSG : ret;
}
