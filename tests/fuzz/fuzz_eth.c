// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as the answer of a node, to each kind of request: an answer or a fault, and
 * what it points to is in it.
 */
#include <string.h>

#include "eth.h"
#include "input.h"

static void check(const struct ovpp_eth_answer *a)
{
	PROMISE(a->result < N_OVPP_ETH_RESULTS);
	PROMISE(ovpp_eth_result_name(a->result));
	PROMISE(memchr(a->text, 0, sizeof(a->text)));
	for (size_t i = 0; i < a->logs && !a->result; i++) {
		const struct ovpp_eth_log *l = &a->log[i];

		PROMISE(l->topics >= 1 && l->topics <= OVPP_ETH_TOPICS);
		PROMISE(!l->size || (l->data >= a->data.data &&
				     l->data + l->size <= a->data.data + a->data.size));
	}
}

/* The first byte says which request it is; what follows is in its envelope or not. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":";
	struct ovpp_eth_request req = {.tag = OVPP_ETH_LATEST, .last = UINT64_MAX};
	struct ovpp_eth_answer a = {0};
	struct ovpp_buffer text = {0};

	if (!size)
		return 0;
	req.method = data[0] % (OVPP_ETH_LOGS + 1);
	if (data[0] & 0x80) {
		PROMISE(!ovpp_buffer_add(&text, head, sizeof(head) - 1));
		PROMISE(!ovpp_buffer_add(&text, data + 1, size - 1));
		PROMISE(!ovpp_buffer_add(&text, "}", 1));
		ovpp_eth_decode(&req, 7, (const char *)text.data, text.size, &a);
	} else {
		ovpp_eth_decode(&req, 7, (const char *)data + 1, size - 1, &a);
	}
	check(&a);
	ovpp_buffer_free(&text);
	ovpp_eth_answer_free(&a);
	return 0;
}
