// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any signal over any payload: nothing is read outside, what is written is read
 * back, and what was decoded is encoded to the same value again.
 */
#include "core/signal.h"
#include "input.h"

/* Bits that differ between two payloads. */
static unsigned int differing(const u8 *a, const u8 *b, size_t len)
{
	unsigned int n = 0;

	while (len--)
		n += __builtin_popcount(*a++ ^ *b++);
	return n;
}

static void check_bits(const struct ovpp_signal *sig, u8 *data, size_t len)
{
	u64 raw = ovpp_signal_raw(sig, data, len);
	u64 mask = sig->length < 64 ? (1ULL << sig->length) - 1 : U64_MAX;
	u8 *copy = malloc(len + 1);

	memcpy(copy, data, len);
	PROMISE(!(raw & ~mask));
	ovpp_signal_put(sig, copy, len, raw);
	PROMISE(!memcmp(copy, data, len));
	ovpp_signal_put(sig, copy, len, ~raw);
	PROMISE(ovpp_signal_raw(sig, copy, len) == (~raw & mask));
	PROMISE(differing(copy, data, len) == sig->length);
	free(copy);
}

/* The same in a payload, where a scaled signal finds its power of ten. */
static void check_payload(const struct ovpp_signal *sig, u8 *data, size_t len)
{
	s64 value, again;

	if (ovpp_signal_read(sig, NULL, data, len, &value) || sig->flags & OVPP_SIGNAL_FLOAT)
		return;
	PROMISE(!ovpp_signal_write(sig, NULL, value, data, len));
	PROMISE(!ovpp_signal_read(sig, NULL, data, len, &again));
	PROMISE(again == value);
}

/* As ovpp_profile_check() has them: whole registers, the power beside the value. */
static void draw_registers(struct input *in, struct ovpp_signal *sig)
{
	unsigned int first = ovpp_signal_first(sig), last = first + sig->length - 1;
	unsigned int power = 16 * draw_below(in, 130);

	if (first % 16 == 0 && (sig->length == 32 || sig->length == 64))
		sig->flags |= OVPP_SIGNAL_SWAPPED;
	if (sig->flags & (OVPP_SIGNAL_FLOAT | OVPP_SIGNAL_PAIRS))
		return;
	if (power / 8 > last / 8 || power / 8 + 1 < first / 8) {
		sig->flags |= OVPP_SIGNAL_SCALED;
		sig->scale_start = power + 7;
	}
}

static void check_value(const struct ovpp_signal *sig, u64 raw)
{
	s64 value, again;
	u64 back;

	if (ovpp_signal_decode(sig, NULL, raw, &value))
		return;
	PROMISE(!ovpp_signal_encode(sig, NULL, value, &back));
	if (sig->flags & OVPP_SIGNAL_FLOAT)
		return; /* 24 bits of a mantissa cannot hold every value */
	if (sig->length < 64)
		back &= (1ULL << sig->length) - 1;
	PROMISE(!ovpp_signal_decode(sig, NULL, back, &again));
	PROMISE(again == value);
}

/* Whatever is commanded, the frame holds a value within the signal's range. */
static void check_command(const struct ovpp_signal *sig, s64 value)
{
	s64 lo, hi, held;
	u64 raw;

	PROMISE(!ovpp_signal_encode(sig, NULL, value, &raw));
	ovpp_signal_range(sig, &lo, &hi);
	if (lo > hi || sig->flags & (OVPP_SIGNAL_FLOAT | OVPP_SIGNAL_PAIRS))
		return;
	held = (s64)raw;
	PROMISE(held >= lo && held <= hi);
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	static const u8 readings[] = {0, OVPP_SIGNAL_SIGNED, OVPP_SIGNAL_FLOAT, OVPP_SIGNAL_PAIRS};
	struct input in = {bytes, bytes + size};
	struct ovpp_signal sig = {
		.start = draw_below(&in, 2100),
		.length = draw_below(&in, 70),
		.flags = readings[draw_below(&in, 4)] | draw_below(&in, 2),
		.num = draw_s64(&in),
		.den = draw(&in, 4),
		.offset = draw_s64(&in),
		.raw_min = draw_s64(&in),
		.raw_max = draw_s64(&in),
	};
	size_t len = draw_below(&in, 251);
	s64 command = draw_s64(&in);
	u8 *data = draw_bytes(&in, len);

	if (sig.length && draw_below(&in, 2))
		draw_registers(&in, &sig);
	if (!ovpp_signal_fits(&sig, len)) {
		PROMISE(!ovpp_signal_raw(&sig, data, len));
		ovpp_signal_put(&sig, data, len, U64_MAX);
		free(data);
		return 0;
	}
	check_bits(&sig, data, len);
	if (sig.flags & OVPP_SIGNAL_FLOAT)
		sig.length = 32;
	if (sig.flags & OVPP_SIGNAL_PAIRS)
		sig.length &= ~1U;
	if (sig.length && ovpp_signal_fits(&sig, len) && sig.num && sig.den) {
		check_value(&sig, ovpp_signal_raw(&sig, data, len));
		check_command(&sig, command);
		check_payload(&sig, data, len);
	}
	free(data);
	return 0;
}
