// SPDX-License-Identifier: GPL-2.0-or-later
/* What stands in the way of a call, before anybody pays for it. */
#include "reward_chain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/**
 * struct no - room for a text
 * @err: it
 * @size: its size
 */
struct no {
	char *err;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int no(const struct no *n, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(n->err, n->size, format, ap);
	va_end(ap);
	return -EPERM;
}

static const char *tokens(ovpp_u128 amount, char text[OVPP_TOKENS_TEXT])
{
	ovpp_tokens_text(amount, text);
	return text;
}

int ovpp_reward_here(const struct ovpp_reward_root *r, const struct ovpp_deployment *d, char *err,
		     size_t size)
{
	const struct ovpp_deployed *claims = &d->contract[OVPP_REWARD_CLAIMS];
	char document[OVPP_ADDRESS_TEXT], deployed[OVPP_ADDRESS_TEXT];
	const struct no n = {err, size};

	if (r->contract.chain_id != d->chain_id)
		return no(&n, "the document is of chain %llu, and this is %llu",
			  (unsigned long long)r->contract.chain_id,
			  (unsigned long long)d->chain_id);
	ovpp_address_format(r->contract.address, document);
	ovpp_address_format(claims->address, deployed);
	if (!claims->known || memcmp(claims->address, r->contract.address, OVPP_ADDRESS_SIZE))
		return no(&n, "the document is of the contract %s, and RewardClaims is %s",
			  document, claims->known ? deployed : "not in the deployment");
	return 0;
}

static int may_cover(const struct ovpp_reward_chain *c, const struct ovpp_reward_root *r,
		     const struct no *n)
{
	char a[OVPP_TOKENS_TEXT], b[OVPP_TOKENS_TEXT];

	if (r->total < c->total)
		return no(n,
			  "the total of the document, %s, is less than what is promised already, "
			  "%s",
			  tokens(r->total, a), tokens(c->total, b));
	if (r->total - c->total > c->step_cap)
		return no(
			n,
			"the epoch adds %s to the total, and the step cap is %s; a vote can raise "
			"it",
			tokens(r->total - c->total, a), tokens(c->step_cap, b));
	if (r->total > c->funded)
		return no(n, "%s OVPP are missing: see 'ovpp reward fund %s'",
			  tokens(r->total - c->funded, a), a);
	return 0;
}

int ovpp_reward_may_propose(const struct ovpp_reward_chain *c, const struct ovpp_reward_account *a,
			    const struct ovpp_reward_root *r, char *err, size_t size)
{
	const ovpp_hash none = {0};
	const struct no n = {err, size};
	char missing[OVPP_TOKENS_TEXT];

	if (c->pending)
		return no(&n, "epoch %llu is proposed already: see 'ovpp reward status'",
			  (unsigned long long)c->proposal.epoch);
	if (r->epoch != c->epoch + 1)
		return no(&n, "the document is of epoch %llu, and epoch %llu is next",
			  (unsigned long long)r->epoch, (unsigned long long)c->epoch + 1);
	if (memcmp(r->params, c->params, sizeof(r->params)))
		return no(&n, "the document was computed with other parameters than the chain has: "
			      "compute it again with 'ovpp reward compute --chain'");
	if (!memcmp(r->root, none, sizeof(none)))
		return no(&n, "nobody has earned anything yet: there is nothing to propose");
	if (may_cover(c, r, &n))
		return -EPERM;
	if (!a->attestor)
		return no(&n, "the account is no attestor: a vote makes it one");
	if (a->free < c->bond)
		return no(&n, "the bond is not there: 'ovpp reward bond %s'",
			  tokens(c->bond - a->free, missing));
	return 0;
}

static int differs(const struct no *n, const char *what, const ovpp_hash a, const ovpp_hash b)
{
	char proposed[2 * OVPP_HASH_SIZE + 1], document[2 * OVPP_HASH_SIZE + 1];

	if (!memcmp(a, b, sizeof(ovpp_hash)))
		return 0;
	ovpp_hex(a, OVPP_HASH_SIZE, proposed);
	ovpp_hex(b, OVPP_HASH_SIZE, document);
	return no(n, "%s that is proposed is 0x%s, and the document's is 0x%s", what, proposed,
		  document);
}

int ovpp_reward_same(const struct ovpp_reward_root *proposed, const struct ovpp_reward_root *r,
		     char *err, size_t size)
{
	char a[OVPP_TOKENS_TEXT], b[OVPP_TOKENS_TEXT];
	const struct no n = {err, size};

	if (proposed->epoch != r->epoch)
		return no(&n, "epoch %llu is proposed, and the document is of epoch %llu",
			  (unsigned long long)proposed->epoch, (unsigned long long)r->epoch);
	if (differs(&n, "the root", proposed->root, r->root))
		return -EPERM;
	if (proposed->total != r->total)
		return no(&n, "the total that is proposed is %s, and the document's is %s",
			  tokens(proposed->total, a), tokens(r->total, b));
	if (differs(&n, "the hash of the evidence", proposed->evidence, r->evidence))
		return -EPERM;
	return differs(&n, "the hash of the parameters", proposed->params, r->params);
}

static int is_pending(const struct ovpp_reward_chain *c, const struct no *n)
{
	if (!c->pending)
		return no(n, "no epoch is proposed: 'ovpp reward propose' comes first");
	if (c->proposal.revision != c->revision)
		return no(
			n,
			"the attestors have changed since the proposal: it has to be canceled and "
			"made again");
	return 0;
}

int ovpp_reward_may_attest(const struct ovpp_reward_chain *c, const struct ovpp_reward_account *a,
			   char *err, size_t size)
{
	const struct no n = {err, size};

	if (is_pending(c, &n))
		return -EPERM;
	if (!a->attestor)
		return no(&n, "the account is no attestor: a vote makes it one");
	if (a->attested)
		return no(&n, "the account has attested to it already");
	return 0;
}

int ovpp_reward_may_finalize(const struct ovpp_reward_chain *c, char *err, size_t size)
{
	const struct no n = {err, size};
	time_t ready = (time_t)c->proposal.ready_s;
	struct tm tm;
	char date[32];

	if (is_pending(c, &n))
		return -EPERM;
	if (c->proposal.agreed < c->quorum)
		return no(&n, "%llu of %llu attestors agree: others run 'ovpp reward attest'",
			  (unsigned long long)c->proposal.agreed, (unsigned long long)c->quorum);
	if (c->time_s < c->proposal.ready_s) {
		strftime(date, sizeof(date), "%F %T", gmtime_r(&ready, &tm));
		return no(&n, "the window is open until %s UTC", date);
	}
	if (c->proposal.total > c->funded)
		return no(&n, "the money for it was withdrawn: see 'ovpp reward fund'");
	return 0;
}

int ovpp_reward_is_final(const struct ovpp_reward_chain *c, const struct ovpp_reward_root *r,
			 char *err, size_t size)
{
	const struct no n = {err, size};

	if (!memcmp(c->root, r->root, sizeof(c->root)))
		return 0;
	if (r->epoch > c->epoch)
		return no(&n, "epoch %llu is not final yet: see 'ovpp reward status'",
			  (unsigned long long)r->epoch);
	if (r->epoch < c->epoch)
		return no(&n, "the document of epoch %llu is needed, the last one that is final",
			  (unsigned long long)c->epoch);
	return differs(&n, "the root of the epoch", c->root, r->root);
}
