// SPDX-License-Identifier: GPL-2.0-or-later
/* The history of an identity: from a node, and against what the contracts say. */
#include "chain_history.h"

#include <errno.h>
#include <string.h>

#include "chain_read.h"
#include "keccak.h"

/* Events that name an identity, and in which topic. */
static const struct {
	enum ovpp_chain_event_kind kind;
	unsigned int topic;
	bool of_gateways;
} wanted[] = {
	{OVPP_CHAIN_REGISTERED, 1, false}, {OVPP_CHAIN_ROTATED, 1, false},
	{OVPP_CHAIN_REVOKED, 1, false},	   {OVPP_CHAIN_OPERATOR, 1, false},
	{OVPP_CHAIN_OWNER, 3, false},	   {OVPP_CHAIN_ENROLLED, 1, true},
	{OVPP_CHAIN_AUTHORIZED, 1, true},  {OVPP_CHAIN_ANCHORED, 1, true},
};

/* ---- whose key is it? ---- */

/* The kind and the key's hash are behind each other in the event. */
enum { FIND_ID = 0, FIND_HASH = 2, FIND_KIND = 5 };

static bool is_gateway(const struct ovpp_chain_event *e)
{
	uint64_t kind = 0;

	ovpp_abi_to_uint(&e->value[FIND_KIND], &kind);
	return kind == OVPP_REGISTRY_GATEWAY;
}

static int first_that_holds(const struct ovpp_registry *r, const struct ovpp_chain_events *list,
			    bool gateway, uint8_t id[32], struct ovpp_chain_fault *f)
{
	const struct ovpp_chain_event *e = NULL;

	for (size_t i = 0; i < list->n; i++) {
		if (is_gateway(list->event[i]) != gateway)
			continue;
		e = list->event[i];
		if (ovpp_chain_registration_holds(r, e)) {
			memcpy(id, e->value[FIND_ID].word, 32);
			return 0;
		}
	}
	ovpp_chain_no(f, e,
		      e ? "somebody has registered this %s, but without a proof of its key that "
			  "holds"
			: "this %s is not registered on the chain, as of this block",
		      gateway ? "gateway" : "device");
	return -ENOENT;
}

int ovpp_chain_find(struct ovpp_evm_session *s, const struct ovpp_registry *r,
		    const uint8_t (*key)[OVPP_KEY_SIZE], size_t n, bool gateway, uint8_t id[32],
		    struct ovpp_chain_fault *f)
{
	struct ovpp_chain_events list = {0};
	ovpp_hash hash;
	int ret = 0;

	for (size_t i = 0; i < n && !ret; i++) {
		ovpp_keccak256(key[i], OVPP_KEY_SIZE, hash);
		ret = ovpp_chain_read(s, OVPP_CHAIN_REGISTERED, FIND_HASH + 1, hash, &list, f);
	}
	if (!ret)
		ret = ovpp_chain_read_end(&list, f);
	if (!ret)
		ret = first_that_holds(r, &list, gateway, id, f);
	ovpp_chain_events_free(&list);
	return ret;
}

/* ---- what the contracts say ---- */

static int compare_identity(struct ovpp_evm_session *s, const struct ovpp_chain_history *h,
			    struct ovpp_chain_fault *f)
{
	struct ovpp_abi id = ovpp_abi_word(h->id), v[5], operator;
	size_t n = 5;
	int ret = ovpp_chain_view(s, OVPP_DEVICE_REGISTRY, "identityOf(uint256)", &id, 1,
				  "(address,uint8,uint8,uint32,uint48)", v, &n, f);

	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_ADDRESS, ovpp_abi_address(h->owner), v[0],
				      "the registry has another owner than its events say");
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->nonce), v[3],
				      "the registry has seen another number of actions than its "
				      "events say");
	n = 1;
	if (!ret)
		ret = ovpp_chain_view(s, OVPP_DEVICE_REGISTRY, "operatorOf(uint256)", &id, 1,
				      "(address)", &operator, & n, f);
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_ADDRESS,
				      ovpp_abi_address(h->operator), operator,
				      "the registry has another operator than its events say");
	return ret;
}

/* The first key's hash is in the id, not here. */
static int compare_key(struct ovpp_evm_session *s, const struct ovpp_chain_history *h, size_t epoch,
		       struct ovpp_chain_fault *f)
{
	static const char text[] = "the registry has another key than its events say";
	struct ovpp_abi arg[] = {ovpp_abi_word(h->id), ovpp_abi_uint(epoch)}, v[4];
	const struct ovpp_chain_key *key = &h->key[epoch];
	static const ovpp_hash none;
	size_t n = 4;
	int ret = ovpp_chain_view(s, OVPP_DEVICE_REGISTRY, "keyAt(uint256,uint256)", arg, 2,
				  "(bytes32,uint48,uint48,uint8)", v, &n, f);

	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_HASH,
				      ovpp_abi_word(epoch ? key->hash : none), v[0], text);
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(key->from), v[1],
				      text);
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(key->until), v[2],
				      text);
	return ret;
}

static int compare_keys(struct ovpp_evm_session *s, const struct ovpp_chain_history *h,
			struct ovpp_chain_fault *f)
{
	struct ovpp_abi id = ovpp_abi_word(h->id), count;
	size_t n = 1;
	int ret = ovpp_chain_view(s, OVPP_DEVICE_REGISTRY, "keyCount(uint256)", &id, 1, "(uint256)",
				  &count, &n, f);

	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->n_keys), count,
				      "the registry has another number of keys than its events "
				      "say");
	for (size_t epoch = 0; epoch < h->n_keys && !ret; epoch++)
		ret = compare_key(s, h, epoch, f);
	return ret;
}

static int compare_head(struct ovpp_evm_session *s, const struct ovpp_chain_history *h,
			struct ovpp_chain_fault *f)
{
	struct ovpp_abi id = ovpp_abi_word(h->id), v[4];
	size_t n = 4;
	int ret = ovpp_chain_view(s, OVPP_TELEMETRY_ANCHOR, "head(uint256)", &id, 1,
				  "(address,uint48,uint48,bytes32)", v, &n, f);

	f->contract = ovpp_contract_name(OVPP_TELEMETRY_ANCHOR);
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->head.next), v[1],
				      "the contract waits for another batch than its events say");
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_HASH, ovpp_abi_word(h->head.acc), v[3],
				      "the anchored batches do not make the head of the gateway");
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(h->head.t1_ms),
				      v[2], "the head has another time than its last batch");
	if (!ret)
		ret = ovpp_chain_same(f, NULL, OVPP_CHAIN_ADDRESS, ovpp_abi_address(h->head.signer),
				      v[0],
				      "the contract takes batches of another account than its "
				      "events say");
	return ret;
}

/* Only the operator anchors, and nobody while the last key is revoked. */
static int compare_signer(const struct ovpp_chain_history *h, struct ovpp_chain_fault *f)
{
	static const ovpp_address nobody;
	bool ended = h->key[h->n_keys - 1].revoked;

	return ovpp_chain_same(f, NULL, OVPP_CHAIN_ADDRESS,
			       ovpp_abi_address(ended ? nobody : h->operator),
			       ovpp_abi_address(h->head.signer),
			       "another account than the operator anchors batches");
}

static int compare(struct ovpp_evm_session *s, const struct ovpp_chain_history *h,
		   struct ovpp_chain_fault *f)
{
	int ret;

	f->contract = ovpp_contract_name(OVPP_DEVICE_REGISTRY);
	ret = compare_identity(s, h, f);
	if (!ret)
		ret = compare_keys(s, h, f);
	if (!ret && h->kind == OVPP_REGISTRY_GATEWAY)
		ret = compare_head(s, h, f);
	if (!ret && h->kind == OVPP_REGISTRY_GATEWAY)
		ret = compare_signer(h, f);
	if (ret == -EBADMSG) {
		f->has_gateway = true;
		memcpy(f->gateway, h->id, sizeof(f->gateway));
	} else {
		f->contract = NULL;
	}
	return ret;
}

static int replay(struct ovpp_chain_history *h, struct ovpp_chain_fault *f)
{
	int ret = ovpp_chain_read_end(&h->events, f);

	for (size_t i = 0; i < h->events.n && !ret; i++)
		ret = ovpp_chain_history_take(h, h->events.event[i], f);
	if (!ret && !h->n_keys)
		ret = ovpp_chain_no(f, NULL, "the identity was never registered");
	return ret;
}

int ovpp_chain_history_read(struct ovpp_evm_session *s, const struct ovpp_registry *r,
			    const uint8_t id[32], struct ovpp_chain_history *h,
			    struct ovpp_chain_fault *f)
{
	int ret = 0;

	h->registry = *r;
	memcpy(h->id, id, sizeof(h->id));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted) && !ret; i++)
		ret = ovpp_chain_read(s, wanted[i].kind, wanted[i].topic, id, &h->events, f);
	if (!ret)
		ret = replay(h, f);
	return ret ? ret : compare(s, h, f);
}
