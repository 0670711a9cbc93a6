// SPDX-License-Identifier: GPL-2.0-or-later
/* What ovpp-verify --chain says, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "onchain.h"

static const struct {
	const char *key;
	const char *text;
} device_remark[ONCHAIN_REMARKS] = {
	[ONCHAIN_SOLD] = {"sold", "were sold since"},
	[ONCHAIN_UNREGISTERED] = {"unregistered", "have no identity of their own: their gateway's "
						  "owner is paid"},
};

/* ---- for programs ---- */

static json_t *integer(uint64_t x)
{
	return json_integer((json_int_t)x);
}

static json_t *hash_json(const uint8_t hash[32])
{
	char text[2 + 2 * 32 + 1] = "0x";

	ovpp_hex(hash, 32, text + 2);
	return json_string(text);
}

static json_t *address_json(const ovpp_address address)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(address, text);
	return json_string(text);
}

static json_t *amount_json(ovpp_u128 amount)
{
	char text[OVPP_AMOUNT_TEXT];

	ovpp_amount_text(amount, text);
	return json_string(text);
}

static json_t *range_json(const struct ovpp_chain_range *r)
{
	return json_pack("{s:o,s:o,s:o}", "batches", integer(r->n), "first_batch",
			 r->n ? integer(r->first) : json_null(), "last_batch",
			 r->n ? integer(r->last) : json_null());
}

static json_t *remarks_json(const struct ovpp_chain_match *m)
{
	json_t *array = json_array(), *one;

	for (unsigned int kind = 0; kind < N_OVPP_CHAIN_REMARKS; kind++) {
		if (!m->remark[kind].n)
			continue;
		one = range_json(&m->remark[kind]);
		json_object_set_new(one, "kind", json_string(ovpp_chain_remark_name(kind)));
		json_object_set_new(one, "text", json_string(ovpp_chain_remark_text(kind)));
		json_array_append_new(array, one);
	}
	return array;
}

static json_t *gateway_json(const struct onchain_gateway *g)
{
	const struct ovpp_chain_history *h = &g->history;
	char key[2 * OVPP_KEY_SIZE + 1];

	ovpp_hex(g->name, sizeof(g->name), key);
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "key", key, "id", hash_json(h->id),
			 "owner", address_json(h->owner), "operator", address_json(h->operator),
			 "first_batch", integer(h->first), "next_batch", integer(h->head.next),
			 "anchored", range_json(&g->match.anchored), "remarks",
			 remarks_json(&g->match));
}

static json_t *place_json(const struct ovpp_chain_event *e)
{
	if (!e)
		return json_null();
	return json_pack("{s:o,s:o}", "block", integer(e->block), "tx", hash_json(e->tx));
}

static json_t *rewards_json(const struct onchain *c)
{
	const struct ovpp_chain_rewards *x = &c->rewards;
	json_t *obj;

	if (!x->reward)
		return json_null();
	obj = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "proposed", place_json(x->proposed), "final",
			place_json(x->finalized), "total", amount_json(x->total), "funded",
			amount_json(x->funded), "paid", amount_json(x->paid), "claims",
			integer(x->claims));
	for (size_t i = 0; i < ONCHAIN_REMARKS; i++)
		json_object_set_new(obj, device_remark[i].key, integer(c->remark[i]));
	return obj;
}

static json_t *text_json(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *fault_json(const struct ovpp_chain_fault *f)
{
	if (!*f->text)
		return json_null();
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "text", f->text, "contract",
			 text_json(f->contract), "block",
			 f->has_event ? integer(f->block) : json_null(), "tx",
			 f->has_event ? hash_json(f->tx) : json_null(), "gateway",
			 f->has_gateway ? hash_json(f->gateway) : json_null(), "batch",
			 f->has_batch ? integer(f->batch) : json_null(), "expected",
			 text_json(f->expected), "found", text_json(f->found));
}

json_t *onchain_json(const struct onchain *c)
{
	json_t *gateways = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(gateways, gateway_json(&c->gateway[i]));
	return json_pack("{s:o,s:s,s:o,s:b,s:o,s:o,s:o}", "chain_id",
			 integer(c->config.network->chain_id), "network", c->config.network->name,
			 "block", integer(c->block), "finalized", c->is_final, "gateways", gateways,
			 "reward", rewards_json(c), "fault", fault_json(&c->fault));
}

/* ---- for people ---- */

static void print_hash(const char *before, const uint8_t hash[32])
{
	char text[2 * 32 + 1];

	ovpp_hex(hash, 32, text);
	printf("%s0x%s", before, text);
}

static void print_fault(const struct ovpp_chain_fault *f)
{
	const char *sep = "  at ";

	printf("NOT PROVEN: %s\n", f->text);
	if (f->contract) {
		printf("%s%s", sep, f->contract);
		sep = ", ";
	}
	if (f->has_event) {
		printf("%sblock %" PRIu64, sep, f->block);
		print_hash(", transaction ", f->tx);
		sep = ", ";
	}
	if (f->has_gateway) {
		fputs(sep, stdout);
		print_hash("identity ", f->gateway);
		sep = ", ";
	}
	if (f->has_batch) {
		printf("%sbatch %" PRIu64, sep, f->batch);
		sep = ", ";
	}
	if (*sep == ',')
		putchar('\n');
	if (*f->expected)
		printf("  expected: %s\n", f->expected);
	if (*f->found)
		printf("  found:    %s\n", f->found);
}

static void print_gateway(const struct onchain_gateway *g)
{
	const struct ovpp_chain_history *h = &g->history;
	const struct ovpp_chain_range *a = &g->match.anchored, *r;
	char owner[OVPP_ADDRESS_TEXT], operator[OVPP_ADDRESS_TEXT];

	ovpp_address_format(h->owner, owner);
	ovpp_address_format(h->operator, operator);
	print_hash("Identity: ", h->id);
	printf("\n          owner %s, operator %s\n", owner, operator);
	printf("Anchored: %" PRIu64 " batches of the evidence", a->n);
	if (a->n)
		printf(" (%" PRIu64 " to %" PRIu64 ")", a->first, a->last);
	putchar('\n');
	for (unsigned int kind = 0; kind < N_OVPP_CHAIN_REMARKS; kind++) {
		r = &g->match.remark[kind];
		if (r->n)
			printf("Remark:   %s (batches: %" PRIu64 ", %" PRIu64 " to %" PRIu64 ")\n",
			       ovpp_chain_remark_text(kind), r->n, r->first, r->last);
	}
}

static void print_rewards(const struct onchain *c)
{
	const struct ovpp_chain_rewards *x = &c->rewards;
	char total[OVPP_AMOUNT_TEXT], funded[OVPP_AMOUNT_TEXT], paid[OVPP_AMOUNT_TEXT];

	ovpp_amount_text(x->total, total);
	ovpp_amount_text(x->funded, funded);
	ovpp_amount_text(x->paid, paid);
	printf("Proposed: block %" PRIu64, x->proposed->block);
	print_hash(", transaction ", x->proposed->tx);
	if (x->finalized) {
		printf("\nFinal:    block %" PRIu64, x->finalized->block);
		print_hash(", transaction ", x->finalized->tx);
		putchar('\n');
	} else {
		printf("\nRemark:   the epoch is not final yet\n");
	}
	printf("Paid:     %s in %" PRIu64 " claims, of %s earned and %s funded\n", paid, x->claims,
	       total, funded);
	for (size_t i = 0; i < ONCHAIN_REMARKS; i++)
		if (c->remark[i])
			printf("Remark:   %" PRIu64 " devices %s\n", c->remark[i],
			       device_remark[i].text);
}

void onchain_print(const struct onchain *c)
{
	if (*c->fault.text) {
		print_fault(&c->fault);
		printf("  as of block %" PRIu64 " of %s\n", c->block, c->config.network->name);
		return;
	}
	printf("Chain:    %s (%" PRIu64 "), block %" PRIu64 "%s\n", c->config.network->name,
	       c->config.network->chain_id, c->block,
	       c->is_final ? ", which is final" : ", which is NOT final yet: it may be undone");
	for (size_t i = 0; i < c->n; i++)
		print_gateway(&c->gateway[i]);
	if (c->rewards.reward)
		print_rewards(c);
}
