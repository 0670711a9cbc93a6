// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evm_key.h"

#define REGISTRATION "(address,address,uint8,uint8,bytes,uint48,uint256)"
#define ROTATION "(uint256,uint8,bytes,uint48,uint256)"

/* Values of an event, at most. */
#define VALUES 12

/**
 * struct kind - what an event looks like
 * @contract: whose
 * @signature: name and types
 * @indexed: types of the topics behind the first one
 * @data: types of the rest, a tuple
 */
static const struct kind {
	enum ovpp_contract contract;
	const char *signature;
	const char *indexed;
	const char *data;
} kinds[N_OVPP_CHAIN_EVENTS] = {
	[OVPP_CHAIN_REGISTERED] = {OVPP_DEVICE_REGISTRY,
				   "DeviceRegistered(uint256,address,bytes32," REGISTRATION
				   ",bytes)",
				   "(uint256,address,bytes32)", "(" REGISTRATION ",bytes)"},
	[OVPP_CHAIN_ROTATED] = {OVPP_DEVICE_REGISTRY,
				"KeyRotated(uint256,uint256,bytes32," ROTATION ",uint256,bytes)",
				"(uint256,uint256,bytes32)", "(" ROTATION ",uint256,bytes)"},
	[OVPP_CHAIN_REVOKED] = {OVPP_DEVICE_REGISTRY, "KeyRevoked(uint256,uint256,uint48,uint8)",
				"(uint256,uint256)", "(uint48,uint8)"},
	[OVPP_CHAIN_OPERATOR] = {OVPP_DEVICE_REGISTRY, "OperatorSet(uint256,address)",
				 "(uint256,address)", "()"},
	[OVPP_CHAIN_OWNER] = {OVPP_DEVICE_REGISTRY, "Transfer(address,address,uint256)",
			      "(address,address,uint256)", "()"},
	[OVPP_CHAIN_ENROLLED] = {OVPP_TELEMETRY_ANCHOR, "Enrolled(uint256,address,uint48)",
				 "(uint256,address)", "(uint48)"},
	[OVPP_CHAIN_AUTHORIZED] = {OVPP_TELEMETRY_ANCHOR, "Authorized(uint256,address)",
				   "(uint256,address)", "()"},
	[OVPP_CHAIN_ANCHORED] = {OVPP_TELEMETRY_ANCHOR,
				 "Anchored(uint256,uint48,bytes32,uint32,uint48,uint48)",
				 "(uint256,uint48)", "(bytes32,uint32,uint48,uint48)"},
	[OVPP_CHAIN_PROPOSED] = {OVPP_REWARD_LEDGER,
				 "EpochProposed(uint48,bytes32,address,bytes32,uint256,bytes32,"
				 "bytes32,uint48)",
				 "(uint48,bytes32,address)",
				 "(bytes32,uint256,bytes32,bytes32,uint48)"},
	[OVPP_CHAIN_CANCELED] = {OVPP_REWARD_LEDGER, "EpochCanceled(uint48,bytes32)",
				 "(uint48,bytes32)", "()"},
	[OVPP_CHAIN_VETOED] = {OVPP_REWARD_LEDGER, "EpochVetoed(uint48,bytes32,address,uint256)",
			       "(uint48,bytes32,address)", "(uint256)"},
	[OVPP_CHAIN_EPOCH_FINAL] = {OVPP_REWARD_LEDGER,
				    "EpochFinal(uint48,bytes32,bytes32,uint256)",
				    "(uint48,bytes32)", "(bytes32,uint256)"},
	[OVPP_CHAIN_FUNDED] = {OVPP_REWARD_LEDGER, "Funded(address,uint256)", "(address)",
			       "(uint256)"},
	[OVPP_CHAIN_WITHDRAWN] = {OVPP_REWARD_LEDGER, "Withdrawn(address,uint256)", "(address)",
				  "(uint256)"},
	[OVPP_CHAIN_ROOT_SET] = {OVPP_REWARD_CLAIMS, "RootSet(bytes32)", "()", "(bytes32)"},
	[OVPP_CHAIN_CLAIMED] = {OVPP_REWARD_CLAIMS, "Claimed(address,uint256)", "(address)",
				"(uint256)"},
	[OVPP_CHAIN_TOKENS] = {OVPP_TOKEN, "Transfer(address,address,uint256)", "(address,address)",
			       "(uint256)"},
};

enum ovpp_contract ovpp_chain_event_contract(enum ovpp_chain_event_kind kind)
{
	return kinds[kind].contract;
}

const char *ovpp_chain_event_signature(enum ovpp_chain_event_kind kind)
{
	return kinds[kind].signature;
}

/* ---- events ---- */

/* "()" is no type of the ABI's: there is nothing to decode. */
static int decode(const char *type, const uint8_t *data, size_t size, struct ovpp_abi *v, size_t *n)
{
	if (strcmp(type, "()"))
		return ovpp_abi_decode(type, data, size, v, n);
	*n = 0;
	return size ? -EBADMSG : 0;
}

static int read_values(const struct kind *kind, const struct ovpp_eth_log *log,
		       struct ovpp_abi *value, size_t *n)
{
	size_t indexed = VALUES, rest;
	ovpp_hash topic;
	int ret;

	ovpp_abi_topic(kind->signature, topic);
	if (!log->topics || memcmp(topic, log->topic[0], sizeof(topic)))
		return -EBADMSG;
	ret = decode(kind->indexed, log->topic[1], (log->topics - 1) * sizeof(ovpp_hash), value,
		     &indexed);
	if (ret)
		return ret;
	rest = VALUES - indexed;
	ret = decode(kind->data, log->data, log->size, value + indexed, &rest);
	*n = indexed + rest;
	return ret;
}

/* The values with their bytes, which move along. */
static void copy_values(struct ovpp_chain_event *e, const struct ovpp_eth_log *log,
			const struct ovpp_abi *value)
{
	uint8_t *data = (uint8_t *)&e->value[e->n];

	if (log->size)
		memcpy(data, log->data, log->size);
	for (size_t i = 0; i < e->n; i++) {
		e->value[i] = value[i];
		if (value[i].data)
			e->value[i].data = data + (value[i].data - log->data);
	}
}

int ovpp_chain_event_new(enum ovpp_chain_event_kind kind, const struct ovpp_eth_log *log,
			 struct ovpp_chain_event **out)
{
	struct ovpp_abi value[VALUES];
	struct ovpp_chain_event *e;
	size_t n;
	int ret = read_values(&kinds[kind], log, value, &n);

	if (ret)
		return ret;
	e = calloc(1, sizeof(*e) + n * sizeof(*value) + log->size);
	if (!e)
		return -ENOMEM;
	e->kind = kind;
	e->block = log->block;
	e->index = log->index;
	memcpy(e->tx, log->tx, sizeof(e->tx));
	e->n = n;
	copy_values(e, log, value);
	*out = e;
	return 0;
}

int ovpp_chain_events_add(struct ovpp_chain_events *list, struct ovpp_chain_event *event)
{
	size_t room = list->room ? 2 * list->room : 64;
	struct ovpp_chain_event **more;

	if (list->n == list->room) {
		more = reallocarray(list->event, room, sizeof(struct ovpp_chain_event *));
		if (!more) {
			free(event);
			return -ENOMEM;
		}
		list->event = more;
		list->room = room;
	}
	list->event[list->n++] = event;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct ovpp_chain_event *x = *(struct ovpp_chain_event *const *)a;
	const struct ovpp_chain_event *y = *(struct ovpp_chain_event *const *)b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

int ovpp_chain_events_sort(struct ovpp_chain_events *list)
{
	if (list->n)
		qsort(list->event, list->n, sizeof(struct ovpp_chain_event *), by_place);
	for (size_t i = 1; i < list->n; i++)
		if (!by_place(&list->event[i - 1], &list->event[i]))
			return -EBADMSG;
	return 0;
}

void ovpp_chain_events_free(struct ovpp_chain_events *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->event[i]);
	free(list->event);
	*list = (struct ovpp_chain_events){0};
}

/* ---- what is wrong ---- */

int ovpp_chain_no(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e, const char *fmt,
		  ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	if (!e)
		return -EBADMSG;
	f->contract = ovpp_contract_name(kinds[e->kind].contract);
	f->has_event = true;
	f->block = e->block;
	memcpy(f->tx, e->tx, sizeof(f->tx));
	return -EBADMSG;
}

static void show(enum ovpp_chain_form form, const struct ovpp_abi *v, char text[OVPP_CHAIN_VALUE])
{
	struct ovpp_u256 number;

	switch (form) {
	case OVPP_CHAIN_NUMBER:
		ovpp_u256_load(&number, v->word);
		ovpp_u256_to_decimal(&number, text);
		break;
	case OVPP_CHAIN_ADDRESS:
		ovpp_address_format(ovpp_abi_to_address(v), text);
		break;
	case OVPP_CHAIN_HASH:
		memcpy(text, "0x", 2);
		ovpp_hex(v->word, sizeof(v->word), text + 2);
		break;
	}
}

int ovpp_chain_same(struct ovpp_chain_fault *f, const struct ovpp_chain_event *e,
		    enum ovpp_chain_form form, struct ovpp_abi expected, struct ovpp_abi found,
		    const char *text)
{
	if (!memcmp(expected.word, found.word, sizeof(found.word)))
		return 0;
	show(form, &expected, f->expected);
	show(form, &found, f->found);
	return ovpp_chain_no(f, e, "%s", text);
}
