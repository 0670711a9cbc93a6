// SPDX-License-Identifier: GPL-2.0-or-later
#include "reward_chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "chain_event.h"
#include "evm_views.h"
#include "keccak.h"

static void hash_of(struct ovpp_evm_views *q, enum ovpp_contract contract, const char *signature,
		    ovpp_hash hash)
{
	struct ovpp_abi v;

	ovpp_views_ask(q, contract, signature, NULL, 0, "(bytes32)", &v, 1);
	memcpy(hash, v.word, sizeof(ovpp_hash));
}

static void read_terms(struct ovpp_evm_views *q, struct ovpp_reward_chain *c)
{
	struct ovpp_abi v[4];

	ovpp_views_ask(q, OVPP_REWARD_LEDGER, "terms()", NULL, 0,
		       "((uint128,uint128,uint48,uint32))", v, 4);
	c->step_cap = ovpp_views_to_amount(q, &v[0]);
	c->bond = ovpp_views_to_amount(q, &v[1]);
	c->window_s = ovpp_views_to_uint(q, &v[2]);
	c->quorum = ovpp_views_to_uint(q, &v[3]);
}

static void read_pending(struct ovpp_evm_views *q, struct ovpp_reward_chain *c)
{
	struct ovpp_reward_proposal *p = &c->proposal;
	struct ovpp_abi v[9];

	ovpp_views_ask(q, OVPP_REWARD_LEDGER, "pending()", NULL, 0,
		       "((bytes32,bytes32,address,uint48,uint48,uint128,uint128,uint32,uint64))", v,
		       9);
	memcpy(p->root, v[0].word, sizeof(p->root));
	memcpy(p->id, v[1].word, sizeof(p->id));
	memcpy(p->proposer, ovpp_abi_to_address(&v[2]), sizeof(p->proposer));
	p->ready_s = ovpp_views_to_uint(q, &v[3]);
	p->epoch = ovpp_views_to_uint(q, &v[4]);
	p->total = ovpp_views_to_amount(q, &v[5]);
	p->bond = ovpp_views_to_amount(q, &v[6]);
	p->agreed = ovpp_views_to_uint(q, &v[7]);
	p->revision = ovpp_views_to_uint(q, &v[8]);
	c->pending = p->ready_s;
}

static void address_of(struct ovpp_evm_views *q, const char *signature, ovpp_address address)
{
	struct ovpp_abi v;

	ovpp_views_ask(q, OVPP_REWARD_LEDGER, signature, NULL, 0, "(address)", &v, 1);
	memcpy(address, ovpp_abi_to_address(&v), OVPP_ADDRESS_SIZE);
}

/* Of an account. */
static ovpp_u128 amount_of(struct ovpp_evm_views *q, enum ovpp_contract contract,
			   const char *signature, const ovpp_address account)
{
	struct ovpp_abi arg = ovpp_abi_address(account);

	return ovpp_views_amount(q, contract, signature, &arg, 1, "(uint256)");
}

static void read_money(struct ovpp_evm_views *q, struct ovpp_reward_chain *c)
{
	ovpp_address claims;

	address_of(q, "claims()", claims);
	c->total = ovpp_views_amount(q, OVPP_REWARD_LEDGER, "total()", NULL, 0, "(uint128)");
	c->funded = ovpp_views_amount(q, OVPP_REWARD_LEDGER, "funded()", NULL, 0, "(uint128)");
	c->unclaimed = amount_of(q, OVPP_TOKEN, "balanceOf(address)", claims);
}

int ovpp_reward_chain_read(struct ovpp_evm_session *s, struct ovpp_reward_chain *c)
{
	struct ovpp_evm_views q = {.s = s};

	*c = (struct ovpp_reward_chain){0};
	c->time_s = ovpp_views_pin(&q);
	read_money(&q, c);
	read_terms(&q, c);
	read_pending(&q, c);
	c->epoch = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "epoch()", NULL, 0, "(uint48)");
	c->attestors = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "attestors()", NULL, 0, "(uint32)");
	c->revision = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "revision()", NULL, 0, "(uint64)");
	c->proposals = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "proposals()", NULL, 0, "(uint64)");
	hash_of(&q, OVPP_REWARD_CLAIMS, "root()", c->root);
	hash_of(&q, OVPP_PARAMETER_STORE, "paramsHash()", c->params);
	address_of(&q, "guardian()", c->guardian);
	return q.ret;
}

int ovpp_reward_account_read(struct ovpp_evm_session *s, const struct ovpp_reward_chain *c,
			     const ovpp_address account, struct ovpp_reward_account *a)
{
	struct ovpp_abi arg[2] = {ovpp_abi_word(c->proposal.id), ovpp_abi_address(account)};
	struct ovpp_evm_views q = {.s = s};

	*a = (struct ovpp_reward_account){0};
	a->attestor = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "isAttestor(address)", &arg[1], 1,
				      "(bool)");
	a->attested = ovpp_views_uint(&q, OVPP_REWARD_LEDGER, "hasAttested(bytes32,address)", arg,
				      2, "(bool)");
	a->free = amount_of(&q, OVPP_REWARD_LEDGER, "bondOf(address)", account);
	a->tokens = amount_of(&q, OVPP_TOKEN, "balanceOf(address)", account);
	return q.ret;
}

int ovpp_reward_claimed(struct ovpp_evm_session *s, const ovpp_address account, ovpp_u128 *paid)
{
	struct ovpp_evm_views q = {.s = s};

	*paid = amount_of(&q, OVPP_REWARD_CLAIMS, "claimed(address)", account);
	return q.ret;
}

/* ---- the event of a proposal ------------------------------------------------------------ */

int ovpp_reward_id(uint64_t number, const struct ovpp_reward_root *r, ovpp_hash id)
{
	const struct ovpp_abi v[] = {
		ovpp_abi_uint(number),	   ovpp_abi_uint(r->epoch),    ovpp_abi_word(r->root),
		ovpp_abi_amount(r->total), ovpp_abi_word(r->evidence), ovpp_abi_word(r->params),
	};
	struct ovpp_buffer data = {0};
	int ret = ovpp_abi_encode("(uint64,uint48,bytes32,uint128,bytes32,bytes32)", v,
				  sizeof(v) / sizeof(*v), &data);

	if (!ret)
		ovpp_keccak256(data.data, data.size, id);
	ovpp_buffer_free(&data);
	return ret;
}

/* What is proposed, by the values of the event. */
static int from_event(const struct ovpp_chain_event *e, struct ovpp_reward_root *r)
{
	const struct ovpp_abi *epoch = &e->value[0], *root = &e->value[3], *total = &e->value[4];

	memcpy(r->root, root->word, sizeof(r->root));
	memcpy(r->evidence, e->value[5].word, sizeof(r->evidence));
	memcpy(r->params, e->value[6].word, sizeof(r->params));
	if (ovpp_abi_to_uint(epoch, &r->epoch) || ovpp_abi_to_amount(total, &r->total))
		return -EBADMSG;
	return 0;
}

/* 1: taken. There is one event of an id. */
static int take_proposal(void *arg, const struct ovpp_eth_log *log)
{
	struct ovpp_chain_event *e;
	int ret = ovpp_chain_event_new(OVPP_CHAIN_PROPOSED, log, &e);

	if (ret)
		return ret;
	ret = from_event(e, arg);
	free(e);
	return ret ? ret : 1;
}

int ovpp_reward_proposed_read(struct ovpp_evm_session *s, const struct ovpp_reward_chain *c,
			      struct ovpp_reward_root *r)
{
	ovpp_hash id;
	int ret;

	*r = (struct ovpp_reward_root){0};
	ret = ovpp_evm_events_of(s, OVPP_REWARD_LEDGER,
				 ovpp_chain_event_signature(OVPP_CHAIN_PROPOSED), 2, c->proposal.id,
				 take_proposal, r);
	if (ret < 0 || !ret)
		return ret ? ret : -ENOENT;
	ret = ovpp_reward_id(c->proposals, r, id);
	/* The contract keeps the id alone: what a node says of the past has to fit it. */
	return !ret && memcmp(id, c->proposal.id, sizeof(id)) ? -EBADMSG : ret;
}
