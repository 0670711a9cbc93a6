// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as stored columns, as they are or as what is in their frame: refused or
 * records, and never more than a batch has. Any records come back from their columns.
 */
#include <errno.h>
#include <string.h>
#include <zstd.h>

#include "columns.h"
#include "evidence.h"
#include "input.h"
#include "leaf.h"

/* More records cost time and show nothing new. */
#define RECORDS 300

static struct ovpp_record out[OVPP_BATCH_RECORDS];

static struct ovpp_columns *columns(void)
{
	static struct ovpp_columns *c;

	if (!c)
		c = ovpp_columns_new();
	PROMISE(c);
	return c;
}

/* What was taken can be packed again, and is the same then. */
static void unpack(const u8 *data, size_t size)
{
	static struct ovpp_record again[OVPP_BATCH_RECORDS];
	size_t n, m;
	int ret = ovpp_columns_unpack(columns(), data, size, out, &n);

	PROMISE(!ret || ret == -EBADMSG);
	if (ret)
		return;
	PROMISE(n >= 1 && n <= OVPP_BATCH_RECORDS);
	PROMISE(!ovpp_columns_pack(columns(), out, n, &data, &size));
	PROMISE(!ovpp_columns_unpack(columns(), data, size, again, &m));
	PROMISE(m == n && !memcmp(out, again, n * sizeof(*out)));
}

/* A frame of some bytes, and the others as bits behind it. */
static void frame(struct input *in)
{
	size_t left, bytes, room, size;
	u8 *data;

	bytes = draw(in, 2);
	left = (size_t)(in->end - in->at);
	bytes = bytes < left ? bytes : left;
	room = 1 + ZSTD_compressBound(bytes) + left - bytes;
	data = malloc(room);
	data[0] = 1;
	size = ZSTD_compress(data + 1, room - 1, in->at, bytes, 1);
	PROMISE(!ZSTD_isError(size));
	memcpy(data + 1 + size, in->at + bytes, left - bytes);
	data = realloc(data, 1 + size + left - bytes);
	unpack(data, 1 + size + left - bytes);
	free(data);
}

/* The next number of a column: near the one before, or anything. */
static s64 step(struct input *in, s64 before)
{
	switch (draw_below(in, 4)) {
	case 0:
		return before;
	case 1:
		return (s64)((u64)before + draw_below(in, 16));
	case 2:
		return (s64)((u64)before + 1000 * draw(in, 1));
	default:
		return draw_s64(in);
	}
}

static void records(struct input *in)
{
	static struct ovpp_record rec[RECORDS];
	size_t n = 1 + draw_below(in, RECORDS), size, m, fields;
	const struct ovpp_leaf_field *field;
	const u8 *data;
	u8 *copy;

	for (size_t i = 0; i < n; i++) {
		rec[i] = i ? rec[i - 1] : (struct ovpp_record){0};
		rec[i].type = draw_below(in, 6);
		rec[i].der = draw_below(in, 5);
		rec[i].seq++;
		field = ovpp_leaf_fields(rec[i].type, &fields);
		for (u32 changes = draw_below(in, 4); changes; changes--) {
			const struct ovpp_leaf_field *f = &field[draw_below(in, (u32)fields)];

			ovpp_leaf_set(&rec[i], f, step(in, ovpp_leaf_get(&rec[i], f)));
		}
	}
	PROMISE(!ovpp_columns_pack(columns(), rec, n, &data, &size));
	copy = malloc(size);
	memcpy(copy, data, size);
	PROMISE(!ovpp_columns_unpack(columns(), copy, size, out, &m));
	PROMISE(m == n && !memcmp(rec, out, n * sizeof(*rec)));
	free(copy);
}

/* The first byte says what the others are. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = {data + 1, data + size};

	if (!size)
		return 0;
	if (data[0] % 4 == 0)
		unpack(data + 1, size - 1);
	else if (data[0] % 4 == 1)
		frame(&in);
	else
		records(&in);
	return 0;
}
