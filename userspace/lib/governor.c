// SPDX-License-Identifier: GPL-2.0-or-later
#include "governor.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evm_views.h"
#include "keccak.h"

#define CREATED                                                                                 \
	"ProposalCreated(uint256,address,address[],uint256[],string[],bytes[],uint256,uint256," \
	"string)"
#define WORD 32

const char *ovpp_vote_state_name(enum ovpp_vote_state state)
{
	static const char *const names[N_OVPP_VOTE_STATES] = {
		"pending",   "active", "canceled", "defeated",
		"succeeded", "queued", "expired",  "executed",
	};

	return state < N_OVPP_VOTE_STATES ? names[state] : "unknown";
}

struct ovpp_vote *ovpp_vote_copy(const struct ovpp_vote *vote)
{
	size_t size = vote->text_size;
	struct ovpp_vote *copy;
	uint8_t *data;

	for (size_t i = 0; i < vote->n; i++)
		size += vote->action[i].size;
	copy = malloc(sizeof(*copy) + size);
	if (!copy)
		return NULL;
	*copy = *vote;
	data = (uint8_t *)(copy + 1);
	for (size_t i = 0; i < vote->n; i++) {
		copy->action[i].data = memcpy(data, vote->action[i].data, vote->action[i].size);
		data += vote->action[i].size;
	}
	copy->text = memcpy(data, vote->text, vote->text_size);
	return copy;
}

/* ---- ids ---- */

size_t ovpp_vote_arguments(const struct ovpp_vote *vote, bool hashed, struct ovpp_abi *v)
{
	size_t n = vote->n;
	ovpp_hash hash;

	v[0] = v[n + 1] = v[2 * n + 2] = ovpp_abi_array(n);
	for (size_t i = 0; i < n; i++) {
		const struct ovpp_vote_action *a = &vote->action[i];

		v[1 + i] = ovpp_abi_address(a->target);
		v[n + 2 + i] = ovpp_abi_u256(&a->value);
		v[2 * n + 3 + i] = ovpp_abi_bytes(a->data, a->size);
	}
	ovpp_keccak256(vote->text, vote->text_size, hash);
	v[3 * n + 3] = hashed ? ovpp_abi_word(hash) : ovpp_abi_bytes(vote->text, vote->text_size);
	return 3 * n + 4;
}

int ovpp_vote_id(const struct ovpp_vote *vote, uint8_t id[WORD])
{
	struct ovpp_abi v[OVPP_VOTE_ARGUMENTS];
	size_t n = ovpp_vote_arguments(vote, true, v);
	struct ovpp_buffer data = {0};
	int ret = ovpp_abi_encode("(address[],uint256[],bytes[],bytes32)", v, n, &data);

	if (!ret)
		ovpp_keccak256(data.data, data.size, id);
	ovpp_buffer_free(&data);
	return ret;
}

void ovpp_vote_id_text(const uint8_t id[WORD], char text[OVPP_VOTE_ID_TEXT])
{
	memcpy(text, "0x", 2);
	ovpp_hex(id, WORD, text + 2);
}

bool ovpp_vote_id_is(const uint8_t id[WORD], const char *text)
{
	char hex[OVPP_VOTE_ID_TEXT], decimal[OVPP_U256_TEXT];
	struct ovpp_u256 x;

	ovpp_vote_id_text(id, hex);
	ovpp_u256_load(&x, id);
	ovpp_u256_to_decimal(&x, decimal);
	if (!strcmp(text, decimal))
		return true;
	if (!strncmp(text, "0x", 2))
		text += 2;
	return *text && !strncasecmp(text, hex + 2, strlen(text));
}

/* ---- events ---- */

/* Of the next array of @v; its number of elements. */
static const struct ovpp_abi *array_at(const struct ovpp_abi **v, size_t *n)
{
	const struct ovpp_abi *first = *v + 1;

	*n = (*v)->size;
	*v = first + *n;
	return first;
}

static int take_actions(const struct ovpp_abi **v, struct ovpp_vote *vote)
{
	const struct ovpp_abi *target, *value, *data;
	size_t values, signatures, calls;

	target = array_at(v, &vote->n);
	value = array_at(v, &values);
	array_at(v, &signatures);
	data = array_at(v, &calls);
	if (vote->n > OVPP_VOTE_ACTIONS)
		return -ENOBUFS;
	if (values != vote->n || calls != vote->n)
		return -EBADMSG;
	for (size_t i = 0; i < vote->n; i++) {
		struct ovpp_vote_action *a = &vote->action[i];

		memcpy(a->target, ovpp_abi_to_address(&target[i]), sizeof(a->target));
		ovpp_u256_load(&a->value, value[i].word);
		a->data = data[i].data;
		a->size = data[i].size;
	}
	return 0;
}

static int take_values(const struct ovpp_abi *v, struct ovpp_vote *vote)
{
	uint8_t id[WORD];
	int ret;

	memcpy(vote->id, v[0].word, sizeof(vote->id));
	memcpy(vote->proposer, ovpp_abi_to_address(&v[1]), sizeof(vote->proposer));
	v += 2;
	ret = take_actions(&v, vote);
	if (ret)
		return ret;
	if (ovpp_abi_to_uint(&v[0], &vote->start_s) || ovpp_abi_to_uint(&v[1], &vote->end_s))
		return -EBADMSG;
	vote->text = (const char *)v[2].data;
	vote->text_size = v[2].size;
	ret = ovpp_vote_id(vote, id);
	return !ret && memcmp(id, vote->id, sizeof(id)) ? -EBADMSG : ret;
}

int ovpp_vote_decode(const struct ovpp_eth_log *log, struct ovpp_vote *vote)
{
	/* Each value takes a word at least. */
	size_t n = log->size / WORD;
	struct ovpp_abi *v = calloc(n + 1, sizeof(*v));
	ovpp_hash topic;
	int ret = v ? 0 : -ENOMEM;

	*vote = (struct ovpp_vote){.block = log->block};
	ovpp_abi_topic(CREATED, topic);
	if (!ret && (log->topics != 1 || memcmp(topic, log->topic[0], sizeof(topic))))
		ret = -EBADMSG;
	if (!ret)
		ret = ovpp_abi_decode(strchr(CREATED, '('), log->data, log->size, v, &n);
	if (!ret)
		ret = take_values(v, vote);
	free(v);
	return ret;
}

/**
 * struct visitor - who wants to see proposals
 * @visit: called
 * @arg: its argument
 */
struct visitor {
	int (*visit)(void *arg, const struct ovpp_vote *vote);
	void *arg;
};

static int visit_log(void *arg, const struct ovpp_eth_log *log)
{
	const struct visitor *to = arg;
	struct ovpp_vote vote;
	int ret = ovpp_vote_decode(log, &vote);

	/* Anybody with enough votes can propose what is not read here. */
	if (ret)
		return ret == -ENOMEM ? ret : 0;
	return to->visit(to->arg, &vote);
}

int ovpp_votes_visit(struct ovpp_evm_session *s,
		     int (*visit)(void *arg, const struct ovpp_vote *vote), void *arg)
{
	struct visitor to = {visit, arg};

	return ovpp_evm_events(s, OVPP_GOVERNOR, CREATED, visit_log, &to);
}

/* ---- state ---- */

int ovpp_vote_now(struct ovpp_evm_session *s, const struct ovpp_vote *vote,
		  struct ovpp_vote_now *now)
{
	struct ovpp_abi id = ovpp_abi_word(vote->id), start = ovpp_abi_uint(vote->start_s), v[3];
	struct ovpp_evm_views q = {.s = s};

	*now = (struct ovpp_vote_now){0};
	now->time_s = ovpp_views_pin(&q);
	now->state = (enum ovpp_vote_state)ovpp_views_uint(&q, OVPP_GOVERNOR, "state(uint256)", &id,
							   1, "(uint8)");
	ovpp_views_ask(&q, OVPP_GOVERNOR, "proposalVotes(uint256)", &id, 1,
		       "(uint256,uint256,uint256)", v, 3);
	now->against = ovpp_views_to_amount(&q, &v[0]);
	now->in_favour = ovpp_views_to_amount(&q, &v[1]);
	now->abstained = ovpp_views_to_amount(&q, &v[2]);
	now->eta_s =
		ovpp_views_uint(&q, OVPP_GOVERNOR, "proposalEta(uint256)", &id, 1, "(uint256)");
	/* What is not over yet cannot be looked up. */
	if (now->state != OVPP_VOTE_PENDING && now->state != OVPP_VOTE_CANCELED)
		now->quorum = ovpp_views_amount(&q, OVPP_GOVERNOR, "quorum(uint256)", &start, 1,
						"(uint256)");
	return q.ret;
}

int ovpp_vote_times(struct ovpp_evm_session *s, struct ovpp_vote *vote)
{
	struct ovpp_abi id = ovpp_abi_word(vote->id);
	struct ovpp_evm_views q = {.s = s};

	ovpp_views_pin(&q);
	vote->start_s = ovpp_views_uint(&q, OVPP_GOVERNOR, "proposalSnapshot(uint256)", &id, 1,
					"(uint256)");
	vote->end_s = ovpp_views_uint(&q, OVPP_GOVERNOR, "proposalDeadline(uint256)", &id, 1,
				      "(uint256)");
	return q.ret;
}

int ovpp_vote_power(struct ovpp_evm_session *s, const ovpp_address account,
		    struct ovpp_vote_power *power)
{
	struct ovpp_abi who = ovpp_abi_address(account), v;
	struct ovpp_evm_views q = {.s = s};

	*power = (struct ovpp_vote_power){0};
	power->tokens =
		ovpp_views_amount(&q, OVPP_TOKEN, "balanceOf(address)", &who, 1, "(uint256)");
	power->votes = ovpp_views_amount(&q, OVPP_TOKEN, "getVotes(address)", &who, 1, "(uint256)");
	ovpp_views_ask(&q, OVPP_TOKEN, "delegates(address)", &who, 1, "(address)", &v, 1);
	memcpy(power->delegate, ovpp_abi_to_address(&v), sizeof(power->delegate));
	power->threshold =
		ovpp_views_amount(&q, OVPP_GOVERNOR, "proposalThreshold()", NULL, 0, "(uint256)");
	power->delay_s = ovpp_views_uint(&q, OVPP_GOVERNOR, "votingDelay()", NULL, 0, "(uint256)");
	power->period_s =
		ovpp_views_uint(&q, OVPP_GOVERNOR, "votingPeriod()", NULL, 0, "(uint256)");
	return q.ret;
}

int ovpp_vote_weight(struct ovpp_evm_session *s, const struct ovpp_vote *vote,
		     const ovpp_address account, ovpp_u128 *weight, bool *cast)
{
	struct ovpp_abi at[2] = {ovpp_abi_address(account), ovpp_abi_uint(vote->start_s)};
	struct ovpp_abi of[2] = {ovpp_abi_word(vote->id), ovpp_abi_address(account)}, v;
	struct ovpp_evm_views q = {.s = s};

	*weight = ovpp_views_amount(&q, OVPP_GOVERNOR, "getVotes(address,uint256)", at, 2,
				    "(uint256)");
	ovpp_views_ask(&q, OVPP_GOVERNOR, "hasVoted(uint256,address)", of, 2, "(bool)", &v, 1);
	*cast = v.word[WORD - 1];
	return q.ret;
}
