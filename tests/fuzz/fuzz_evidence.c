// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a signed header, a device table and a key's statement: what is taken is
 * the one encoding, so that it is made again byte by byte of what was read.
 */
#include "input.h"

#include <errno.h>
#include <string.h>

#include "evidence.h"

static u8 signature[OVPP_SIGNATURE_SIZE];

/* Signs as what was read was signed. */
static int sign(void *arg, const void *data, size_t size, u8 out[OVPP_SIGNATURE_SIZE])
{
	(void)data;
	(void)size;
	memcpy(out, arg, OVPP_SIGNATURE_SIZE);
	return 0;
}

static void same(struct ovpp_buffer *made, const u8 *data, size_t size)
{
	PROMISE(made->size == size && !memcmp(made->data, data, size));
	ovpp_buffer_free(made);
}

static void header(const u8 *data, size_t size)
{
	static struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	struct ovpp_buffer again = {0};
	struct ovpp_header h;
	size_t at = SIZE_MAX;

	if (ovpp_header_open(data, size, NULL, &h, gaps, &at)) {
		PROMISE(at <= size);
		return;
	}
	for (unsigned int field = 1; field <= OVPP_HEADER_SOFTWARE; field++)
		PROMISE(ovpp_header_at(data, size, field) < size);
	memcpy(signature, data + size - sizeof(signature), sizeof(signature));
	PROMISE(!ovpp_header_sign(&h, sign, signature, &again));
	same(&again, data, size);
}

static void devices(const u8 *data, size_t size)
{
	struct ovpp_buffer again = {0};
	struct ovpp_device *d;
	size_t n, at = SIZE_MAX;

	if (ovpp_devices_decode(data, size, &d, &n, &at)) {
		PROMISE(at <= size);
		return;
	}
	PROMISE(!ovpp_devices_encode(d, n, &again));
	same(&again, data, size);
	free(d);
}

/* Nobody signed it, so it is read no further than to the signatures. */
static void statement(const u8 *data, size_t size)
{
	struct ovpp_key_statement prev = {0}, s;
	size_t at = SIZE_MAX;
	int ret;

	ret = ovpp_key_statement_open(data, size, NULL, &s, &at);
	PROMISE(at <= size && (!ret || ret == -EBADMSG || ret == -EKEYREJECTED));
	memcpy(prev.gateway, s.gateway, sizeof(prev.gateway));
	prev.epoch = s.epoch - 1;
	ret = ovpp_key_statement_open(data, size, &prev, &s, &at);
	PROMISE(at <= size && (ret == -EBADMSG || ret == -EKEYREJECTED));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data, data + size};
	u8 *exact = draw_bytes(&in, size);

	header(exact, size);
	devices(exact, size);
	statement(exact, size);
	free(exact);
	return 0;
}
