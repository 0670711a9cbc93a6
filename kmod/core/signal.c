// SPDX-License-Identifier: GPL-2.0-only
/* Bits of a frame <-> scaled integers, see signal.h. */
#include "signal.h"
#include "wide.h"

/*
 * The part of a signal in one byte: @take bits from bit @low of @byte are bits
 * @at and up of the raw value.
 */
struct slice {
	unsigned int byte;
	unsigned int low;
	unsigned int take;
	unsigned int at;
};

/* Greatest power of ten in a register, of either sign. */
#define POWER_MAX 10
#define POWER_UNKNOWN 0x8000
#define POWER_BITS 16

static bool next_slice(const struct ovpp_signal *sig, unsigned int done,
		       struct slice *s)
{
	unsigned int left = sig->length - done;
	unsigned int bit = ovpp_signal_first(sig) + done;
	unsigned int room = 8 - bit % 8;

	if (!left)
		return false;
	s->byte = bit / 8;
	s->take = left < room ? left : room;
	if (sig->flags & OVPP_SIGNAL_BIG_ENDIAN) {
		s->low = room - s->take;
		s->at = left - s->take;
	} else {
		s->low = bit % 8;
		s->at = done;
	}
	return true;
}

bool ovpp_signal_fits(const struct ovpp_signal *sig, size_t len)
{
	return sig->length >= 1 && sig->length <= 64 &&
	       ovpp_signal_first(sig) + sig->length <= len * 8;
}

/* The 16-bit registers in the reverse order, which is its own inverse. */
static u64 reorder(const struct ovpp_signal *sig, u64 raw)
{
	u64 swapped = 0;
	unsigned int done;

	if (!(sig->flags & OVPP_SIGNAL_SWAPPED))
		return raw;
	for (done = 0; done < sig->length; done += 16, raw >>= 16)
		swapped = swapped << 16 | (raw & 0xffff);
	return swapped;
}

u64 ovpp_signal_raw(const struct ovpp_signal *sig, const u8 *data, size_t len)
{
	unsigned int done;
	struct slice s;
	u64 raw = 0;

	if (!ovpp_signal_fits(sig, len))
		return 0;
	for (done = 0; next_slice(sig, done, &s); done += s.take) {
		u64 bits = (data[s.byte] >> s.low) & ((1U << s.take) - 1);

		raw |= bits << s.at;
	}
	return reorder(sig, raw);
}

void ovpp_signal_put(const struct ovpp_signal *sig, u8 *data, size_t len,
		     u64 raw)
{
	unsigned int done;
	struct slice s;

	if (!ovpp_signal_fits(sig, len))
		return;
	raw = reorder(sig, raw);
	for (done = 0; next_slice(sig, done, &s); done += s.take) {
		unsigned int mask = ((1U << s.take) - 1) << s.low;
		unsigned int bits = (unsigned int)(raw >> s.at) << s.low;

		data[s.byte] = (data[s.byte] & ~mask) | (bits & mask);
	}
}

/* Round(a * b / (d * 2^shift)), halves up; -ERANGE beyond 64 bits. */
static int scale(u64 a, u64 b, unsigned int shift, u64 d, u64 *result)
{
	u64 lo, rem, hi = ovpp_mul_wide(a, b, &lo);

	if (shift) {
		/*
		 * Bits that leave here cannot change the rounding: half of the
		 * divisor is a whole number after it has been doubled.
		 */
		shift--;
		d *= 2;
		if (shift >= 64) {
			lo = shift < 128 ? hi >> (shift - 64) : 0;
			hi = 0;
		} else if (shift) {
			lo = lo >> shift | hi << (64 - shift);
			hi >>= shift;
		}
	}
	if (hi >= d)
		return -ERANGE;
	*result = ovpp_div_wide(hi, lo, d, &rem);
	if (rem >= d - rem && !++*result)
		return -ERANGE;
	return 0;
}

/* -ERANGE where s64 cannot hold it. */
static int with_sign(bool negative, u64 magnitude, s64 *value)
{
	if (magnitude > (u64)S64_MAX + negative)
		return -ERANGE;
	*value = negative ? (s64)-magnitude : (s64)magnitude;
	return 0;
}

/* The scale of a signal, num / den * 10^power, without its sign. */
struct factor {
	u64 num;
	u64 den;
};

static int factor_of(const struct ovpp_signal *sig, int power, struct factor *f)
{
	u64 ten = 1;
	int n;

	for (n = power < 0 ? -power : power; n; n--)
		ten *= 10;
	f->num = ovpp_magnitude(sig->num);
	f->den = sig->den;
	if (check_mul_overflow(power < 0 ? f->den : f->num, ten,
			       power < 0 ? &f->den : &f->num))
		return -ERANGE;
	return 0;
}

/* magnitude / 2^shift * num / den * 10^power + offset */
static int to_value(const struct ovpp_signal *sig, bool negative, u64 magnitude,
		    unsigned int shift, int power, s64 *value)
{
	bool mirrored = sig->num < 0;
	struct factor f;
	u64 scaled;
	s64 v;

	if (factor_of(sig, power, &f) ||
	    scale(magnitude, f.num, shift, f.den, &scaled))
		return -ERANGE;
	if (with_sign(negative != mirrored, scaled, &v))
		return -ERANGE;
	return check_add_overflow(v, sig->offset, value) ? -ERANGE : 0;
}

static bool is_value(const struct ovpp_signal *sig, s64 raw)
{
	return raw >= sig->raw_min && raw <= sig->raw_max;
}

/*
 * A binary32 is mantissa * 2^exponent with a mantissa of 24 bits: exact as a
 * product with, or a quotient by, a power of two.
 */
static int decode_float(const struct ovpp_signal *sig, u32 raw, s64 *value)
{
	bool negative = raw >> 31;
	int exponent = raw >> 23 & 0xff;
	u64 mantissa = raw & 0x7fffff;
	unsigned int shift = 0;
	u64 whole;

	if (exponent == 0xff)
		return -ENODATA; /* NaN or infinity */
	if (exponent)
		mantissa |= 0x800000;
	else
		exponent = 1; /* subnormal */
	exponent -= 127 + 23;

	if (exponent > 63 - 24)
		return -ENODATA; /* beyond every raw_max */
	if (exponent >= 0)
		mantissa <<= exponent;
	else
		shift = -exponent;
	scale(mantissa, 1, shift, 1, &whole);
	if (!is_value(sig, negative ? -(s64)whole : (s64)whole))
		return -ENODATA;
	return to_value(sig, negative, mantissa, shift, 0, value);
}

static int decode_map(const struct ovpp_signal *sig,
		      const struct ovpp_map *maps, u64 raw, s64 *value)
{
	unsigned int i;

	for (i = 0; i < sig->maps; i++) {
		const struct ovpp_map *m = &maps[sig->map + i];

		if (m->raw == raw) {
			*value = m->value;
			return 0;
		}
	}
	return -ENODATA;
}

/* Bit n of the result: pair n is 01b. */
static u64 active_pairs(u64 raw)
{
	u64 active = raw & ~(raw >> 1) & 0x5555555555555555ULL;
	u64 bits = 0;
	unsigned int n;

	for (n = 0; active; n++, active >>= 2)
		bits |= (active & 1) << n;
	return bits;
}

static int decode(const struct ovpp_signal *sig, const struct ovpp_map *maps,
		  u64 raw, int power, s64 *value)
{
	unsigned int unused = 64 - sig->length;
	s64 v;

	if (sig->flags & OVPP_SIGNAL_FLOAT)
		return decode_float(sig, raw, value);
	if (sig->flags & OVPP_SIGNAL_MAP)
		return decode_map(sig, maps, raw, value);
	if (sig->flags & OVPP_SIGNAL_PAIRS)
		raw = active_pairs(raw);
	v = raw;
	if (sig->flags & OVPP_SIGNAL_SIGNED)
		v = (s64)(raw << unused) >> unused;
	else if (raw > S64_MAX)
		return -ENODATA;
	if (!is_value(sig, v))
		return -ENODATA;
	return to_value(sig, v < 0, ovpp_magnitude(v), 0, power, value);
}

int ovpp_signal_decode(const struct ovpp_signal *sig,
		       const struct ovpp_map *maps, u64 raw, s64 *value)
{
	return decode(sig, maps, raw, 0, value);
}

/* The power of ten that a payload gives a signal. */
static int read_power(const struct ovpp_signal *sig, const u8 *data, size_t len,
		      int *power)
{
	const struct ovpp_signal at = {
		.start = sig->scale_start,
		.length = POWER_BITS,
		.flags = OVPP_SIGNAL_BIG_ENDIAN,
	};
	u64 raw;

	*power = 0;
	if (!(sig->flags & OVPP_SIGNAL_SCALED))
		return 0;
	if (!ovpp_signal_fits(&at, len))
		return -ENODATA;
	raw = ovpp_signal_raw(&at, data, len);
	*power = (s16)raw;
	if (raw == POWER_UNKNOWN || *power < -POWER_MAX || *power > POWER_MAX)
		return -ENODATA;
	return 0;
}

int ovpp_signal_read(const struct ovpp_signal *sig, const struct ovpp_map *maps,
		     const u8 *data, size_t len, s64 *value)
{
	int power, err;

	err = read_power(sig, data, len, &power);
	if (err)
		return err;
	return decode(sig, maps, ovpp_signal_raw(sig, data, len), power, value);
}

/* Bits of the value before it is scaled. */
static unsigned int width(const struct ovpp_signal *sig)
{
	return sig->flags & OVPP_SIGNAL_PAIRS ? sig->length / 2 : sig->length;
}

s64 ovpp_signal_keep(const struct ovpp_signal *sig, const struct ovpp_map *maps)
{
	unsigned int i;
	u64 set = 0;

	if (!(sig->flags & OVPP_SIGNAL_BITS))
		return 0;
	if (sig->flags & OVPP_SIGNAL_MAP) {
		for (i = 0; i < sig->maps; i++)
			set |= maps[sig->map + i].value;
		return ~set;
	}
	set = U64_MAX >> (64 - width(sig));
	return ~(set * sig->num);
}

void ovpp_signal_range(const struct ovpp_signal *sig, s64 *lo, s64 *hi)
{
	unsigned int bits = width(sig);

	*lo = sig->raw_min;
	*hi = sig->raw_max;
	if (sig->flags & OVPP_SIGNAL_FLOAT)
		return;
	if (sig->flags & OVPP_SIGNAL_SIGNED) {
		*lo = ovpp_max(*lo, S64_MIN >> (64 - bits));
		*hi = ovpp_min(*hi, S64_MAX >> (64 - bits));
	} else {
		*lo = ovpp_max(*lo, 0);
		if (bits < 63)
			*hi = ovpp_min(*hi, (s64)((1ULL << bits) - 1));
	}
}

/* Nearest binary32 to a quotient, ties to even; it is always a normal one. */
static u32 encode_float(bool negative, u64 a, u64 b, u64 d)
{
	u64 lo, q, rem, hi = ovpp_mul_wide(a, b, &lo);
	int exponent = 127 + 63;
	u64 mantissa, cut;

	if (!d || (!hi && !lo))
		return 0;
	/* Bring the quotient between 2^63 and 2^64. */
	for (; hi >= d; hi >>= 1, exponent++)
		lo = hi << 63 | lo >> 1 | (lo & 1);
	for (; (hi << 1 | lo >> 63) < d; lo <<= 1, exponent--)
		hi = hi << 1 | lo >> 63;
	q = ovpp_div_wide(hi, lo, d, &rem);

	mantissa = q >> 40;
	cut = q << 24;
	if (cut > 1ULL << 63 ||
	    (cut == 1ULL << 63 && (rem || (mantissa & 1))))
		mantissa++;
	/* A mantissa that rounds up to 2^24 carries into the exponent. */
	return (u32)negative << 31 |
	       (((u32)exponent << 23) + (u32)(mantissa - 0x800000));
}

static int encode_map(const struct ovpp_signal *sig,
		      const struct ovpp_map *maps, s64 value, u64 *raw)
{
	unsigned int i;

	for (i = 0; i < sig->maps; i++) {
		const struct ovpp_map *m = &maps[sig->map + i];

		if (m->value == value) {
			*raw = m->raw;
			return 0;
		}
	}
	return -ENODATA;
}

static u64 spread_pairs(u64 bits)
{
	u64 raw = 0;
	unsigned int n;

	for (n = 0; n < 32; n++)
		raw |= (bits >> n & 1) << (2 * n);
	return raw;
}

/* Round(mag / factor), held at the ends of s64. */
static s64 nearest_raw(bool negative, u64 mag, const struct factor *f)
{
	s64 nearest;
	u64 q;

	if (scale(mag, f->den, 0, f->num, &q) ||
	    with_sign(negative, q, &nearest))
		return negative ? S64_MIN : S64_MAX;
	return nearest;
}

static int encode(const struct ovpp_signal *sig, const struct ovpp_map *maps,
		  s64 value, int power, u64 *raw)
{
	s64 x = ovpp_sub_sat(value, sig->offset);
	bool negative = (x < 0) != (sig->num < 0);
	u64 mag = ovpp_magnitude(x);
	s64 lo, hi, nearest, held;
	struct factor f;

	if (sig->flags & OVPP_SIGNAL_MAP)
		return encode_map(sig, maps, value, raw);
	if (factor_of(sig, power, &f))
		return -ERANGE;

	nearest = nearest_raw(negative, mag, &f);
	ovpp_signal_range(sig, &lo, &hi);
	held = ovpp_clamp(nearest, lo, hi);

	if (sig->flags & OVPP_SIGNAL_PAIRS)
		*raw = spread_pairs(held);
	else if (!(sig->flags & OVPP_SIGNAL_FLOAT))
		*raw = held;
	else if (held != nearest)
		*raw = encode_float(held < 0, ovpp_magnitude(held), 1, 1);
	else
		*raw = encode_float(negative, mag, f.den, f.num);
	return 0;
}

int ovpp_signal_encode(const struct ovpp_signal *sig,
		       const struct ovpp_map *maps, s64 value, u64 *raw)
{
	return encode(sig, maps, value, 0, raw);
}

int ovpp_signal_write(const struct ovpp_signal *sig,
		      const struct ovpp_map *maps, s64 value, u8 *data,
		      size_t len)
{
	int power, err;
	u64 raw;

	err = read_power(sig, data, len, &power);
	if (!err)
		err = encode(sig, maps, value, power, &raw);
	if (!err)
		ovpp_signal_put(sig, data, len, raw);
	return err;
}
