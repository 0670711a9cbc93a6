// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any events of a node: each is one of its kind or none, with values that are in it, and
 * what follows from many of them is no crash but a fault with a text.
 */
#include <string.h>

#include "chain_history.h"
#include "chain_rewards.h"
#include "input.h"

#define EVENTS 16
#define WORDS 16

/* Words that types take: most are small, so that they are taken often. */
static void draw_word(struct input *in, u8 word[32])
{
	unsigned int bytes = draw_below(in, 4) ? draw_below(in, 3) : 32;

	memset(word, 0, 32);
	for (unsigned int i = 32 - bytes; i < 32; i++)
		word[i] = draw(in, 1);
}

static struct ovpp_chain_event *draw_event(struct input *in, enum ovpp_chain_event_kind kind)
{
	struct ovpp_eth_log log = {.topics = draw_below(in, OVPP_ETH_TOPICS + 1)};
	struct ovpp_chain_event *e = NULL;
	u8 data[WORDS][32];

	for (size_t i = 0; i < log.topics; i++)
		draw_word(in, log.topic[i]);
	if (draw_below(in, 16))
		ovpp_abi_topic(ovpp_chain_event_signature(kind), log.topic[0]);
	log.size = draw_below(in, WORDS + 1) * 32;
	for (size_t i = 0; i < log.size / 32; i++)
		draw_word(in, data[i]);
	log.data = data[0];
	log.block = draw_below(in, 4);
	if (ovpp_chain_event_new(kind, &log, &e))
		return NULL;
	for (size_t i = 0; i < e->n; i++)
		PROMISE(!e->value[i].size ||
			(e->value[i].data >= (u8 *)&e->value[e->n] &&
			 e->value[i].data + e->value[i].size <= (u8 *)&e->value[e->n] + log.size));
	return e;
}

static void check(int ret, const struct ovpp_chain_fault *f)
{
	PROMISE(!ret == !*f->text);
	PROMISE(memchr(f->text, 0, sizeof(f->text)));
	PROMISE(memchr(f->expected, 0, sizeof(f->expected)));
	PROMISE(memchr(f->found, 0, sizeof(f->found)));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, data + size};
	struct ovpp_chain_history h = {0};
	struct ovpp_chain_rewards x = {0};
	struct ovpp_chain_event *e;

	for (int i = 0; i < EVENTS && in.at < in.end; i++) {
		struct ovpp_chain_fault f = {0};
		enum ovpp_chain_event_kind kind = draw_below(&in, N_OVPP_CHAIN_EVENTS);

		e = draw_event(&in, kind);
		if (!e)
			continue;
		if (kind <= OVPP_CHAIN_ANCHORED) {
			PROMISE(!ovpp_chain_events_add(&h.events, e));
			check(ovpp_chain_history_take(&h, e, &f), &f);
		} else {
			PROMISE(!ovpp_chain_events_add(&x.events, e));
			check(ovpp_chain_rewards_take(&x, e, &f), &f);
		}
	}
	ovpp_chain_events_sort(&h.events);
	ovpp_chain_history_free(&h);
	ovpp_chain_rewards_free(&x);
	return 0;
}
