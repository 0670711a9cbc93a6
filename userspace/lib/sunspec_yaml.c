// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages and signals of a profile, as text. */
#include "sunspec_yaml.h"

#include <inttypes.h>
#include <stdarg.h>

/* Greatest number of digits that an exponent can add. */
#define EXPONENT_MAX 10

/* A type of registers as profiles call it, and what keeps "not implemented" out. */
static const struct {
	const char *name;
	const char *range;
} types[] = {
	[OVPP_SUNSPEC_INT16] = {"i16", ", min_raw: -32767"},
	[OVPP_SUNSPEC_UINT16] = {"u16", ", max_raw: 65534"},
	[OVPP_SUNSPEC_ACC16] = {"u16", ", min_raw: 1"},
	[OVPP_SUNSPEC_ENUM16] = {"u16", ", max_raw: 65534"},
	[OVPP_SUNSPEC_INT32] = {"i32", ", min_raw: -2147483647"},
	[OVPP_SUNSPEC_UINT32] = {"u32", ", max_raw: 4294967294"},
	[OVPP_SUNSPEC_ACC32] = {"u32", ", min_raw: 1"},
	[OVPP_SUNSPEC_INT64] = {"i64", ", min_raw: -9223372036854775807"},
	/* No value beyond 63 bits is one, so all ones are none. */
	[OVPP_SUNSPEC_UINT64] = {"u64", ""},
	[OVPP_SUNSPEC_ACC64] = {"u64", ", min_raw: 1"},
	/* Nor is a float that is no number. */
	[OVPP_SUNSPEC_FLOAT32] = {"float32", ""},
};

void ovpp_sunspec_message(struct ovpp_sunspec_writer *w, const char *head)
{
	w->message = head;
}

static void begin(struct ovpp_sunspec_writer *w)
{
	if (!w->message)
		return;
	fprintf(w->out, "%s    signals:\n", w->message);
	w->message = NULL;
	w->messages++;
}

void ovpp_sunspec_signal(struct ovpp_sunspec_writer *w, const char *fmt, ...)
{
	va_list ap;

	begin(w);
	fputs("      - { ", w->out);
	va_start(ap, fmt);
	vfprintf(w->out, fmt, ap);
	va_end(ap);
	fputs(" }\n", w->out);
}

void ovpp_sunspec_note(struct ovpp_sunspec_writer *w, const char *fmt, ...)
{
	va_list ap;

	fputs("  # ", w->out);
	va_start(ap, fmt);
	vfprintf(w->out, fmt, ap);
	va_end(ap);
	fputc('\n', w->out);
}

bool ovpp_sunspec_good(const struct ovpp_sunspec_block *block, const char *name,
		       struct ovpp_sunspec_value *v)
{
	return ovpp_sunspec_there(block) && !ovpp_sunspec_get(block, name, v) &&
	       v->state == OVPP_SUNSPEC_GOOD;
}

static struct ovpp_ratio power_of_ten(int exponent)
{
	struct ovpp_ratio r = {1, 1};

	for (; exponent > 0; exponent--)
		r.num *= 10;
	for (; exponent < 0; exponent++)
		r.den *= 10;
	return r;
}

bool ovpp_sunspec_number(const struct ovpp_sunspec_block *block, const char *name,
			 struct ovpp_ratio *out)
{
	struct ovpp_sunspec_value v;

	if (!ovpp_sunspec_good(block, name, &v) || !ovpp_sunspec_is_integer(v.point))
		return false;
	return !ovpp_ratio_mul(ovpp_ratio_int((int64_t)v.raw), power_of_ten(v.exponent), out);
}

/*
 * A counter that stands at 0 may be one that has nothing to count yet, though SunSpec
 * says that 0 is not implemented. It is taken up as soon as it counts.
 */
static bool is_counter(const struct ovpp_sunspec_value *v)
{
	return v->point->type == OVPP_SUNSPEC_ACC16 || v->point->type == OVPP_SUNSPEC_ACC32 ||
	       v->point->type == OVPP_SUNSPEC_ACC64;
}

/* Where the exponent of a point is; false if the device gives none that can be one. */
static bool find_scale(const struct ovpp_sunspec_block *block,
		       const struct ovpp_sunspec_value *value, uint32_t *address)
{
	struct ovpp_sunspec_value scale;

	if (!ovpp_sunspec_good(block, value->point->scale, &scale))
		return false;
	*address = scale.address;
	return (int64_t)scale.raw >= -EXPONENT_MAX && (int64_t)scale.raw <= EXPONENT_MAX;
}

bool ovpp_sunspec_measure(struct ovpp_sunspec_writer *w, const char *point,
			  const struct ovpp_sunspec_block *block, const char *name,
			  const char *more)
{
	struct ovpp_sunspec_value v;
	char scale[40] = "";
	uint32_t address;

	if (!ovpp_sunspec_there(block) || ovpp_sunspec_get(block, name, &v) ||
	    v.point->type >= sizeof(types) / sizeof(types[0]) || !types[v.point->type].name)
		return false;
	if (v.state != OVPP_SUNSPEC_GOOD && !is_counter(&v))
		return false;
	if (v.point->scale) {
		if (!find_scale(block, &v, &address))
			return false;
		snprintf(scale, sizeof(scale), ", scale_register: %" PRIu32, address);
	}
	ovpp_sunspec_signal(w, "point: %s, register: %" PRIu32 ", type: %s%s%s%s", point, v.address,
			    types[v.point->type].name, scale, types[v.point->type].range, more);
	return true;
}

/* The run of ones that begins at the lowest one. */
static unsigned int run(uint32_t mask, unsigned int *from)
{
	unsigned int n = 0;

	*from = (unsigned int)__builtin_ctz(mask);
	/* A register ends a run. */
	while (*from + n < 32 && mask >> (*from + n) & 1 && (!n || (*from + n) % 16))
		n++;
	return n;
}

void ovpp_sunspec_bits(struct ovpp_sunspec_writer *w, const char *point,
		       const struct ovpp_sunspec_block *block, const char *name, uint32_t mask,
		       int at)
{
	struct ovpp_sunspec_value v;

	if (!ovpp_sunspec_good(block, name, &v))
		return;
	while (mask) {
		unsigned int from, n = run(mask, &from);
		uint32_t last = v.address + v.point->size - 1;

		ovpp_sunspec_signal(w,
				    "point: %s, register: %" PRIu32
				    ", bit: %u, length: %u, bits: true, scale: %" PRIu32,
				    point, last - from / 16, from % 16, n,
				    UINT32_C(1) << (at < 0 ? from : (unsigned int)at));
		mask &= ~(uint32_t)(((UINT64_C(1) << n) - 1) << from);
	}
}
