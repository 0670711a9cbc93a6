// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as values of types of the contract ABI: refused, or they are the one
 * encoding of the values. Any text as a type: never more than refused.
 */
#include <errno.h>
#include <string.h>

#include "abi.h"
#include "input.h"

#define VALUES 256

static const char *const type[] = {
	"(uint256,uint48,bytes32,uint32,uint48,uint48)",
	"(((uint256,uint48,bytes32,uint32,uint48,uint48),bytes32,bytes32)[])",
	"(address,uint48,uint48,bytes32)",
	"((address,address,uint8,uint8,bytes,uint48,uint256),bytes,bytes)",
	"(uint256[][],string[],(bool,bytes)[])",
};

static void values(const char *t, const u8 *data, size_t size)
{
	static struct ovpp_abi v[VALUES];
	struct ovpp_buffer b = {0};
	size_t n = VALUES;
	int ret = ovpp_abi_decode(t, data, size, v, &n);

	PROMISE(!ret || ret == -EBADMSG || ret == -ENOBUFS || ret == -EINVAL);
	PROMISE(n <= VALUES);
	if (!ret) {
		PROMISE(!ovpp_abi_encode(t, v, n, &b));
		PROMISE(b.size == size && (!size || !memcmp(b.data, data, size)));
	}
	ovpp_buffer_free(&b);
}

/* The first byte says which type, or that it is in the input, up to a zero. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data + 1, data + size};
	const u8 *end = size ? memchr(data + 1, 0, size - 1) : NULL;
	u8 *exact;

	if (!size || (data[0] & 0x80 && !end))
		return 0;
	if (data[0] & 0x80)
		in.at = end + 1;
	size = (size_t)(in.end - in.at);
	exact = draw_bytes(&in, size);
	if (data[0] & 0x80)
		values((const char *)data + 1, exact, size);
	else
		values(type[data[0] % (sizeof(type) / sizeof(*type))], exact, size);
	free(exact);
	return 0;
}
