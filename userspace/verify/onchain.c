// SPDX-License-Identifier: GPL-2.0-or-later
#include "onchain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the session ---- */

static int tell(const char *text, int ret)
{
	fprintf(stderr, "ovpp-verify: %s\n", text);
	return ret;
}

/*
 * Finality by receipt needs no tag. A node that knows of no final block is asked for its
 * newest one, unless that was not wanted.
 */
static int pin(struct onchain *c, const struct onchain_options *opt)
{
	bool by_receipt = c->config.network->finality == OVPP_FINALITY_RECEIPT;
	int ret = -ENOENT;

	if (!opt->latest && !(by_receipt && !opt->finalized)) {
		ret = ovpp_evm_session_pin(c->session, OVPP_ETH_FINALIZED, &c->block);
		c->is_final = !ret;
		if (ret && opt->finalized)
			return ret;
	}
	if (!ret)
		return 0;
	c->is_final = by_receipt;
	return ovpp_evm_session_pin(c->session, OVPP_ETH_LATEST, &c->block);
}

int onchain_open(struct onchain *c, const struct onchain_options *opt)
{
	struct ovpp_chain_config *config = &c->config;
	char err[512];
	int ret = ovpp_deployment_read(opt->deployment, &config->deployment, err, sizeof(err));

	if (ret)
		return tell(err, ret);
	config->network = ovpp_network_of(config->deployment.chain_id);
	if (!config->network) {
		snprintf(err, sizeof(err), "%s: a chain that is not known here: %llu",
			 opt->deployment, (unsigned long long)config->deployment.chain_id);
		return tell(err, -EINVAL);
	}
	memcpy(config->url, opt->url, sizeof(config->url));
	config->urls = opt->urls;
	config->ca_file = opt->ca_file;
	/* Nothing is sent. */
	config->mainnet = true;
	ret = ovpp_evm_session_open(config, &c->session, err, sizeof(err));
	if (ret)
		return tell(err, ret);
	ret = pin(c, opt);
	return ret ? tell(ovpp_evm_session_error(c->session), ret) : 0;
}

void onchain_close(struct onchain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		ovpp_chain_evidence_free(&c->gateway[i].evidence);
		ovpp_chain_history_free(&c->gateway[i].history);
	}
	free(c->gateway);
	ovpp_chain_rewards_free(&c->rewards);
	ovpp_evm_session_close(c->session);
	*c = (struct onchain){0};
}

/* ---- what is proven ---- */

/* Gateways come one after the other. */
static struct onchain_gateway *gateway_of(struct onchain *c, const uint8_t name[OVPP_KEY_SIZE])
{
	struct onchain_gateway *more;

	if (c->n && !memcmp(c->gateway[c->n - 1].name, name, OVPP_KEY_SIZE))
		return &c->gateway[c->n - 1];
	more = reallocarray(c->gateway, c->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	c->gateway = more;
	more[c->n] = (struct onchain_gateway){0};
	memcpy(more[c->n].name, name, OVPP_KEY_SIZE);
	return &more[c->n++];
}

void onchain_root(void *onchain, const struct ovpp_header *h, const ovpp_hash root)
{
	struct onchain *c = onchain;
	struct onchain_gateway *g = gateway_of(c, h->gateway);

	if (!c->evidence_ret)
		c->evidence_ret = g ? ovpp_chain_evidence_batch(&g->evidence, h, root) : -ENOMEM;
}

void onchain_proven(void *onchain, const struct ovpp_verify *v)
{
	struct onchain *c = onchain;
	struct onchain_gateway *g = gateway_of(c, ovpp_verify_result(v)->head.gateway);

	if (!c->evidence_ret)
		c->evidence_ret = g ? ovpp_chain_evidence_end(&g->evidence, v) : -ENOMEM;
}

/* ---- evidence ---- */

static struct ovpp_registry registry_of(const struct onchain *c)
{
	const struct ovpp_deployment *d = &c->config.deployment;
	struct ovpp_registry r = {.chain_id = d->chain_id};

	memcpy(r.address, d->contract[OVPP_DEVICE_REGISTRY].address, sizeof(r.address));
	return r;
}

static int check_gateway(struct onchain *c, struct onchain_gateway *g,
			 const struct ovpp_chain_rules *rules)
{
	const struct ovpp_registry r = registry_of(c);
	uint8_t id[32];
	int ret = ovpp_chain_find(c->session, &r, (const uint8_t(*)[OVPP_KEY_SIZE])g->evidence.key,
				  g->evidence.n_keys, true, id, &c->fault);

	if (ret)
		return ret == -ENOENT ? -EBADMSG : ret;
	ret = ovpp_chain_history_read(c->session, &r, id, &g->history, &c->fault);
	return ret ? ret : ovpp_chain_match(&g->history, &g->evidence, rules, &g->match, &c->fault);
}

static int check_gateways(struct onchain *c, const struct ovpp_chain_rules *rules)
{
	int ret = c->evidence_ret;

	for (size_t i = 0; i < c->n && !ret; i++)
		ret = check_gateway(c, &c->gateway[i], rules);
	return ret;
}

/* A text for what is neither yes nor no. */
static int finish(struct onchain *c, int ret)
{
	const char *text = ovpp_evm_session_error(c->session);

	c->asked = !ret || ret == -EBADMSG;
	if (c->asked)
		return ret;
	return tell(*c->fault.text ? c->fault.text : *text ? text : strerror(-ret), ret);
}

int onchain_evidence(struct onchain *c, const struct ovpp_chain_rules *rules)
{
	return finish(c, check_gateways(c, rules));
}

/* ---- a reward ---- */

static int check_contract(struct onchain *c, const struct ovpp_reward *reward)
{
	const struct ovpp_deployment *d = &c->config.deployment;
	int ret = ovpp_chain_same(&c->fault, NULL, OVPP_CHAIN_NUMBER, ovpp_abi_uint(d->chain_id),
				  ovpp_abi_uint(reward->contract.chain_id),
				  "the document is of another chain");

	return ret ? ret
		   : ovpp_chain_same(&c->fault, NULL, OVPP_CHAIN_ADDRESS,
				     ovpp_abi_address(d->contract[OVPP_REWARD_CLAIMS].address),
				     ovpp_abi_address(reward->contract.address),
				     "the document is of another contract that pays claims");
}

/* Who owned a device's gateway; NULL: nothing is known of that. */
static const uint8_t *gateway_owner(const struct onchain *c, const struct ovpp_epoch_device *d,
				    uint64_t block)
{
	for (size_t i = 0; i < c->n; i++)
		if (!memcmp(c->gateway[i].name, d->gateway, OVPP_KEY_SIZE))
			return ovpp_chain_owner_at(&c->gateway[i].history, block);
	return NULL;
}

static int check_account(struct onchain *c, const struct ovpp_epoch_device *d, const uint8_t id[32],
			 const uint8_t *owner, const char *text)
{
	int ret = ovpp_chain_same(&c->fault, NULL, OVPP_CHAIN_ADDRESS, ovpp_abi_address(owner),
				  ovpp_abi_address(d->account), text);

	if (!ret)
		return 0;
	c->fault.contract = ovpp_contract_name(OVPP_DEVICE_REGISTRY);
	c->fault.has_gateway = true;
	memcpy(c->fault.gateway, id, sizeof(c->fault.gateway));
	return ret;
}

/* Without an identity of its own a device belongs to its gateway's owner. */
static int check_unregistered(struct onchain *c, const struct ovpp_epoch_device *d, uint64_t block)
{
	const uint8_t *owner = gateway_owner(c, d, block);

	c->fault = (struct ovpp_chain_fault){0};
	c->remark[ONCHAIN_UNREGISTERED]++;
	/* One that is not there any more, and earns nothing. */
	if (!owner && !d->score.weight)
		return 0;
	if (!owner)
		return ovpp_chain_no(&c->fault, NULL, "nothing is known of a device's gateway");
	return check_account(c, d, d->id, owner,
			     "a device that is not registered is paid to somebody else than its "
			     "gateway's owner");
}

static int check_registered(struct onchain *c, const struct ovpp_registry *r,
			    const struct ovpp_epoch_device *d, const uint8_t id[32], uint64_t block)
{
	struct ovpp_chain_history h = {0};
	const uint8_t *owner;
	int ret = ovpp_chain_history_read(c->session, r, id, &h, &c->fault);

	owner = ovpp_chain_owner_at(&h, block);
	if (!ret && !owner) {
		ret = check_unregistered(c, d, block);
	} else if (!ret) {
		c->remark[ONCHAIN_SOLD] += !!memcmp(h.owner, owner, sizeof(h.owner));
		ret = check_account(c, d, id, owner,
				    "a device is paid to somebody else than its owner");
	}
	ovpp_chain_history_free(&h);
	return ret;
}

static int check_device(struct onchain *c, const struct ovpp_epoch_device *d)
{
	const struct ovpp_registry r = registry_of(c);
	uint64_t block = c->rewards.proposed->block;
	uint8_t id[32];
	int ret = ovpp_chain_find(c->session, &r, &d->id, 1, false, id, &c->fault);

	if (ret == -ENOENT)
		return check_unregistered(c, d, block);
	return ret ? ret : check_registered(c, &r, d, id, block);
}

int onchain_reward(struct onchain *c, const struct ovpp_reward *reward, const json_t *inputs)
{
	const struct ovpp_chain_rules rules = {.all = true};
	int ret = check_contract(c, reward);

	c->rewards.reward = reward;
	if (!ret)
		ret = ovpp_reward_evidence(inputs, c->rewards.evidence);
	if (!ret)
		ret = check_gateways(c, &rules);
	if (!ret)
		ret = ovpp_chain_rewards_read(c->session, &c->config.deployment, &c->rewards,
					      &c->fault);
	for (size_t i = 0; i < reward->epoch.n_devices && !ret; i++)
		ret = check_device(c, &reward->epoch.device[i]);
	return finish(c, ret);
}
