/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of contracts as a node has them, for tests of what follows from them. */
#ifndef OVPP_TEST_CHAIN_MADE_H
#define OVPP_TEST_CHAIN_MADE_H

#include "chain_event.h"
#include "evidence_made.h"

/**
 * struct log - an event
 * @log: it
 * @data: that it points to
 */
struct log {
	struct ovpp_eth_log log;
	struct ovpp_buffer data;
};

/* @n values, of which the first @topics are indexed; @type is that of the others. */
static inline void make_log(struct log *l, enum ovpp_chain_event_kind kind,
			    const struct ovpp_abi *v, size_t topics, size_t n, const char *type)
{
	*l = (struct log){.log.topics = topics + 1};
	ovpp_abi_topic(ovpp_chain_event_signature(kind), l->log.topic[0]);
	for (size_t i = 0; i < topics; i++)
		memcpy(l->log.topic[i + 1], v[i].word, OVPP_HASH_SIZE);
	if (n > topics)
		MUST(!ovpp_abi_encode(type, v + topics, n - topics, &l->data));
	l->log.data = l->data.data;
	l->log.size = l->data.size;
}

/* The next event, added to a list; each is in a block of its own. */
static inline struct ovpp_chain_event *make_event(uint64_t *block, enum ovpp_chain_event_kind kind,
						  const struct ovpp_abi *v, size_t topics, size_t n,
						  const char *type, struct ovpp_chain_events *list)
{
	struct ovpp_chain_event *e;
	struct log l;

	make_log(&l, kind, v, topics, n, type);
	l.log.block = ++*block;
	l.log.tx[0] = (uint8_t)*block;
	MUST(!ovpp_chain_event_new(kind, &l.log, &e));
	MUST(!ovpp_chain_events_add(list, e));
	ovpp_buffer_free(&l.data);
	return e;
}

/* @self has the fault @f of the call. */
#define EXPECT_NO(call, words)                                                           \
	do {                                                                             \
		EXPECT_EQ(call, -EBADMSG);                                               \
		EXPECT_NE(strstr(self->f.text, words), NULL) TH_LOG("%s", self->f.text); \
	} while (0)

#endif /* OVPP_TEST_CHAIN_MADE_H */
