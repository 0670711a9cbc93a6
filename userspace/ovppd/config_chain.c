// SPDX-License-Identifier: GPL-2.0-or-later
#include "config_chain.h"

#include <errno.h>
#include <string.h>

#include "chain_config.h"

/* The deployment, of which the daemon needs these. */
static const enum ovpp_contract needed[] = {OVPP_DEVICE_REGISTRY, OVPP_TELEMETRY_ANCHOR};

static void check_contracts(struct config *c, const struct ovpp_deployment *d)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!d->contract[needed[i]].known)
			config_error(c, "deployment", "has no %s", ovpp_contract_name(needed[i]));
}

void config_chain(struct config *c, const json_t *map, json_t *out)
{
	json_t *section = json_object_get(map, "chain");
	struct ovpp_chain_config chain;
	char err[600], *what;

	if (!section)
		return;
	config_enter(c, "chain", -1);
	if (!ovpp_chain_config_read(section, &chain, err, sizeof(err))) {
		check_contracts(c, &chain.deployment);
		json_object_set(out, "chain", section);
	} else if ((what = strstr(err, ": "))) {
		*what = '\0';
		config_error(c, err, "%s", what + 2);
	} else {
		config_error(c, "", "%s", err);
	}
	ovpp_chain_config_free(&chain);
	config_leave(c);
}

int config_chain_target(const json_t *desired, struct ovpp_outbox_target *target)
{
	const json_t *section = json_object_get(desired, "chain");
	struct ovpp_chain_config chain;
	char err[600];
	int ret;

	if (!section)
		return -ENOENT;
	ret = ovpp_chain_config_read(section, &chain, err, sizeof(err));
	if (!ret)
		*target = ovpp_chain_config_target(&chain);
	ovpp_chain_config_free(&chain);
	return ret;
}
