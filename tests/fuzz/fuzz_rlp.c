// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as RLP and as a transaction: refused, or they are the one encoding of what
 * was read.
 */
#include <errno.h>
#include <string.h>

#include "evm_tx.h"
#include "input.h"
#include "rlp.h"

/* Lists in each other; more shows nothing new. */
#define DEPTH 8

/* Writes again what it reads. */
static void copy(struct ovpp_rlp *r, struct ovpp_rlp_out *w, int depth)
{
	while (r->at < r->end && !r->bad) {
		if (ovpp_rlp_is_list(r) && depth < DEPTH) {
			struct ovpp_rlp in = ovpp_rlp_list(r);
			size_t from = w->out->size;

			copy(&in, w, depth + 1);
			ovpp_rlp_end(&in, r);
			ovpp_rlp_put_list(w, from);
		} else {
			size_t size;
			const u8 *data = ovpp_rlp_bytes(r, &size);

			if (!r->bad)
				ovpp_rlp_put_bytes(w, data, size);
		}
	}
}

static void items(const u8 *data, size_t size)
{
	struct ovpp_rlp r = ovpp_rlp(data, size);
	struct ovpp_buffer b = {0};
	struct ovpp_rlp_out w = {.out = &b};

	copy(&r, &w, 0);
	PROMISE(!w.ret);
	PROMISE(r.bad || (b.size == size && (!size || !memcmp(b.data, data, size))));
	ovpp_buffer_free(&b);
}

static void transaction(const u8 *data, size_t size)
{
	struct ovpp_evm_tx tx;
	ovpp_address from;
	int ret = ovpp_evm_tx_decode(data, size, &tx, from);

	PROMISE(!ret || ret == -EBADMSG);
	PROMISE(ret || (tx.data >= data && tx.data + tx.size <= data + size));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, data + size};
	u8 *exact = draw_bytes(&in, size);

	items(exact, size);
	transaction(exact, size);
	free(exact);
	return 0;
}
