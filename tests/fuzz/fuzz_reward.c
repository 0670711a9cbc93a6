// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as the inputs of a reward: refused with a reason, or computed; then what comes
 * out is in its bounds, and the next epoch can go on from it.
 */
#include <errno.h>
#include <string.h>

#include "input.h"
#include "reward.h"

static void compute(struct ovpp_reward *r, const json_t *inputs)
{
	struct ovpp_json_difference d;
	json_t *results = NULL, *again;
	int ret = ovpp_reward_results(r, inputs, &results);

	PROMISE(!ret || ret == -EOVERFLOW);
	if (ret)
		return;
	again = json_deep_copy(results);
	PROMISE(ovpp_json_same(results, again, &d));
	json_object_set_new(again, "weight", json_integer(-1));
	PROMISE(!ovpp_json_same(results, again, &d) && !strcmp(d.path, "weight"));
	json_decref(again);
	json_decref(results);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	json_t *inputs = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	struct ovpp_reward r = {0};
	char err[128] = "";
	int ret;

	if (!inputs)
		return 0;
	ret = ovpp_reward_read(&r, inputs, err, sizeof(err));
	PROMISE(!ret || *err);
	if (!ret)
		compute(&r, inputs);
	ovpp_reward_free(&r);
	json_decref(inputs);
	return 0;
}
