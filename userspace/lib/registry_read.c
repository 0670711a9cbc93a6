// SPDX-License-Identifier: GPL-2.0-or-later
#include "registry_read.h"

#include <errno.h>
#include <string.h>

#include "keccak.h"

/* A view of an identity, with one more argument if @epoch is not NULL. */
static int view(struct ovpp_evm_session *s, const char *signature, const uint8_t id[32],
		const uint64_t *epoch, const char *result, struct ovpp_abi *value, size_t n)
{
	struct ovpp_abi arg[2] = {ovpp_abi_word(id), ovpp_abi_uint(epoch ? *epoch : 0)};
	enum ovpp_contract contract = strncmp(signature, "next", 4) ? OVPP_DEVICE_REGISTRY
								    : OVPP_TELEMETRY_ANCHOR;

	return ovpp_evm_view(s, contract, signature, arg, epoch ? 2 : 1, result, value, &n);
}

static int number(struct ovpp_evm_session *s, const char *signature, const uint8_t id[32],
		  const char *result, uint64_t *x)
{
	struct ovpp_abi value;
	int ret = view(s, signature, id, NULL, result, &value, 1);

	return ret ? ret : ovpp_abi_to_uint(&value, x);
}

static int read_key(struct ovpp_evm_session *s, const uint8_t id[32], uint64_t epoch,
		    struct ovpp_registry_key *key)
{
	struct ovpp_abi value[4];
	int ret = view(s, "keyAt(uint256,uint256)", id, &epoch, "(bytes32,uint48,uint48,uint8)",
		       value, 4);

	if (ret)
		return ret;
	memcpy(key->hash, value[0].word, sizeof(key->hash));
	ret = ovpp_abi_to_uint(&value[1], &key->from);
	return ret ? ret : ovpp_abi_to_uint(&value[2], &key->until);
}

static int read_keys(struct ovpp_evm_session *s, const uint8_t id[32],
		     const uint8_t first[OVPP_KEY_SIZE], struct ovpp_registry_state *state)
{
	uint64_t n;
	int ret = number(s, "keyCount(uint256)", id, "(uint256)", &n);

	if (!ret && (!n || n > OVPP_REGISTRY_KEYS))
		ret = -E2BIG;
	for (state->keys = 0; !ret && state->keys < n; state->keys++)
		ret = read_key(s, id, state->keys, &state->key[state->keys]);
	if (!ret)
		ovpp_keccak256(first, OVPP_KEY_SIZE, state->key[0].hash);
	return ret;
}

int ovpp_registry_read(struct ovpp_evm_session *s, const uint8_t id[32],
		       const uint8_t first[OVPP_KEY_SIZE], struct ovpp_registry_state *state)
{
	struct ovpp_abi value[5];
	int ret;

	*state = (struct ovpp_registry_state){0};
	ret = view(s, "identityOf(uint256)", id, NULL, "(address,uint8,uint8,uint32,uint48)", value,
		   5);
	/* The contract refuses for what is not there, and for nothing else. */
	if (ret)
		return ret == -EPROTO ? 0 : ret;
	state->registered = true;
	memcpy(state->owner, ovpp_abi_to_address(&value[0]), sizeof(state->owner));
	ret = ovpp_abi_to_uint(&value[3], &state->nonce);
	if (!ret)
		ret = ovpp_abi_to_uint(&value[4], &state->since);
	if (!ret)
		ret = view(s, "operatorOf(uint256)", id, NULL, "(address)", value, 1);
	if (!ret)
		memcpy(state->operator, ovpp_abi_to_address(&value[0]), sizeof(state->operator));
	if (!ret)
		ret = number(s, "next(uint256)", id, "(uint48)", &state->next);
	return ret ? ret : read_keys(s, id, first, state);
}
