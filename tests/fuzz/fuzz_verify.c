// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a bundle, in pieces of any size. A fuzzer cannot sign, so it is also
 * given a good bundle to change: what differs from the good ones is not proven.
 */
#include "input.h"

#include <errno.h>

#include "../unit/evidence_made.h"
#include "verify.h"

static int verify(const u8 gateway[OVPP_KEY_SIZE], const u8 *data, size_t size, size_t piece)
{
	struct ovpp_verify *v = ovpp_verify_new(gateway, NULL);
	const struct ovpp_verify_result *result = ovpp_verify_result(v);
	int ret = 0;

	for (size_t at = 0; at < size && !ret; at += piece)
		ret = ovpp_verify_feed(v, data + at, size - at < piece ? size - at : piece);
	if (!ret)
		ret = ovpp_verify_end(v);
	PROMISE(ret == 0 || ret == -EBADMSG);
	PROMISE(result->proven == !ret && !*result->fault.text == !ret);
	PROMISE(result->fault.offset <= size);
	json_decref(ovpp_verify_json(v));
	ovpp_verify_free(v);
	return ret;
}

/* Bytes are replaced, left out or put in, at places that the input says. */
static void change(struct input *in, struct ovpp_buffer *b)
{
	while (in->at < in->end) {
		size_t at = draw_below(in, (u32)b->size), n = draw_below(in, 16);
		u8 bytes[16];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (u8)draw(in, 1);
		if (n > b->size - at)
			n = b->size - at;
		if (draw(in, 1) & 1) {
			memcpy(b->data + at, bytes, n);
		} else {
			memmove(b->data + at, b->data + at + n, b->size - at - n);
			b->size -= n;
		}
		if (!b->size)
			return;
	}
}

static bool is(const struct made *m, const struct input *in)
{
	size_t size = (size_t)(in->end - in->at);

	return size == m->out.size && !memcmp(in->at, m->out.data, size);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct made *good, *alone;
	struct input in = {data, data + size};
	struct ovpp_buffer b = {0};
	size_t piece;

	if (!good) {
		good = made_new(2);
		alone = made_new(2);
		made_proof(alone, 2);
		made_small(good);
		PROMISE(!verify(good->key[0].public, good->out.data, good->out.size, 100));
	}
	piece = 1 + draw_below(&in, 4096);
	PROMISE(verify(good->key[0].public, in.at, (size_t)(in.end - in.at), piece) ||
		is(good, &in) || is(alone, &in));
	PROMISE(!ovpp_buffer_add(&b, good->out.data, good->out.size));
	change(&in, &b);
	if (b.size != good->out.size || memcmp(b.data, good->out.data, b.size))
		PROMISE(verify(good->key[0].public, b.data, b.size, piece));
	ovpp_buffer_free(&b);
	return 0;
}
