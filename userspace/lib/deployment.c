// SPDX-License-Identifier: GPL-2.0-or-later
#include "deployment.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evm_key.h"
#include "file.h"

#define FILE_SIZE_MAX 1000000

static const char *const names[N_OVPP_CONTRACTS] = {
	[OVPP_DEVICE_REGISTRY] = "DeviceRegistry", [OVPP_TELEMETRY_ANCHOR] = "TelemetryAnchor",
	[OVPP_REWARD_LEDGER] = "RewardLedger",	   [OVPP_REWARD_CLAIMS] = "RewardClaims",
	[OVPP_PARAMETER_STORE] = "ParameterStore", [OVPP_TOKEN] = "OVPPToken",
	[OVPP_GOVERNOR] = "OVPPGovernor",	   [OVPP_TIMELOCK] = "OVPPTimelock",
	[OVPP_DEVICE_NFT] = "DeviceNFT",
};

const char *ovpp_contract_name(enum ovpp_contract contract)
{
	return names[contract];
}

/* "0x" and 64 digits; zero would be the hash of what has no code. */
static bool read_hash(const char *text, ovpp_hash hash)
{
	static const ovpp_hash none;

	return text && !strncmp(text, "0x", 2) && !ovpp_unhex(text + 2, hash, OVPP_HASH_SIZE) &&
	       memcmp(hash, none, OVPP_HASH_SIZE);
}

static int read_contract(const json_t *j, const char *name, struct ovpp_deployed *out, char *err,
			 size_t size)
{
	const char *address = json_string_value(json_object_get(j, "address"));

	if (!address || ovpp_address_parse(address, out->address)) {
		snprintf(err, size, "contracts.%s.address: is no address", name);
		return -EINVAL;
	}
	if (!read_hash(json_string_value(json_object_get(j, "code_hash")), out->code)) {
		snprintf(err, size, "contracts.%s.code_hash: is no hash of a contract's code",
			 name);
		return -EINVAL;
	}
	out->known = true;
	return 0;
}

static int read_number(const json_t *j, const char *key, json_int_t min, uint64_t *out, char *err,
		       size_t size)
{
	const json_t *number = json_object_get(j, key);

	if (!json_is_integer(number) || json_integer_value(number) < min) {
		snprintf(err, size, "%s: is missing, or no such number", key);
		return -EINVAL;
	}
	*out = (uint64_t)json_integer_value(number);
	return 0;
}

static int read_all(const json_t *j, struct ovpp_deployment *d, char *err, size_t size)
{
	const json_t *contracts = json_object_get(j, "contracts"), *contract;
	int ret = read_number(j, "chain_id", 1, &d->chain_id, err, size);

	if (!ret)
		ret = read_number(j, "first_block", 0, &d->first_block, err, size);
	if (!ret && !json_is_object(contracts)) {
		snprintf(err, size, "contracts: is missing");
		ret = -EINVAL;
	}
	for (int i = 0; i < N_OVPP_CONTRACTS && !ret; i++) {
		contract = json_object_get(contracts, names[i]);
		if (contract)
			ret = read_contract(contract, names[i], &d->contract[i], err, size);
	}
	return ret;
}

int ovpp_deployment_read(const char *path, struct ovpp_deployment *d, char *err, size_t size)
{
	char *text, why[200];
	json_error_t where;
	size_t length;
	json_t *j;
	int ret = ovpp_file_read(path, FILE_SIZE_MAX, &text, &length);

	*d = (struct ovpp_deployment){0};
	if (ret) {
		snprintf(err, size, "%s: %s", path, strerror(-ret));
		return ret;
	}
	j = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
	free(text);
	if (!j) {
		snprintf(err, size, "%s:%d: %s", path, where.line, where.text);
		return -EINVAL;
	}
	ret = read_all(j, d, why, sizeof(why));
	if (ret)
		snprintf(err, size, "%s: %s", path, why);
	json_decref(j);
	return ret;
}
