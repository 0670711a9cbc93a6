/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits of a frame <-> scaled integers. */
#ifndef OVPP_CORE_SIGNAL_H
#define OVPP_CORE_SIGNAL_H

#include "types.h"

/**
 * struct ovpp_map - one entry of a signal's value map
 * @raw: raw bits
 * @value: value in the point's unit
 */
struct ovpp_map {
	u64 raw;
	s64 value;
};

/**
 * struct ovpp_signal - where a point sits in a message and what its bits mean
 * @num: value = raw * num / den + offset, rounded half away from zero; not 0
 * @offset: in the point's unit, added after scaling
 * @raw_min: least raw value (after sign extension, pairs taken as bits, a float
 *	rounded to a whole number) that is a value
 * @raw_max: greatest one. Unsigned 64-bit raws above S64_MAX are invalid.
 * @mux_value: the multiplexer's value under which a muxed signal is present; of
 *	a multiplexer in a sent message, and of a constant, the value sent
 * @den: see @num, >= 1
 * @map: first entry in the profile's map table
 * @maps: number of entries
 * @start: start bit as in DBC files: little endian, the least significant
 *	bit, counted from bit 0 of byte 0; big endian, the most significant
 *	bit, counted the same way
 * @scale_start: with OVPP_SIGNAL_SCALED, start of the 16 big-endian bits that
 *	hold the power of ten
 * @flags: enum ovpp_signal_flags
 * @length: 1 to 64 bits
 * @point: enum ovpp_point; of no meaning for a multiplexer or a constant
 */
struct ovpp_signal {
	s64 num;
	s64 offset;
	s64 raw_min;
	s64 raw_max;
	u64 mux_value;
	u32 den;
	u16 map;
	u16 maps;
	u16 start;
	u16 scale_start;
	u16 flags;
	u8 length;
	u8 point;
};

/**
 * ovpp_signal_fits() - does a signal lie within a payload?
 * @sig: signal
 * @len: length of the payload in bytes
 *
 * Return: true if every bit of @sig is within @len bytes.
 */
bool ovpp_signal_fits(const struct ovpp_signal *sig, size_t len);

/**
 * ovpp_signal_raw() - read the bits of a signal
 * @sig: signal; ovpp_signal_fits() holds for @len
 * @data: payload
 * @len: its length in bytes
 *
 * Return: the bits, right-aligned, not sign-extended.
 */
u64 ovpp_signal_raw(const struct ovpp_signal *sig, const u8 *data, size_t len);

/**
 * ovpp_signal_put() - write the bits of a signal, leaving all others
 * @sig: signal; ovpp_signal_fits() holds for @len
 * @data: payload
 * @len: its length in bytes
 * @raw: right-aligned bits; those beyond the length are ignored
 */
void ovpp_signal_put(const struct ovpp_signal *sig, u8 *data, size_t len,
		     u64 raw);

/**
 * ovpp_signal_decode() - raw bits to a value in the point's unit
 * @sig: signal
 * @maps: the profile's map table, for signals with OVPP_SIGNAL_MAP
 * @raw: bits from ovpp_signal_raw()
 * @value: result
 *
 * Return: 0; -ENODATA when the raw value is outside raw_min..raw_max or not in
 * the map or is a NaN; -ERANGE when the scaled value does not fit.
 */
int ovpp_signal_decode(const struct ovpp_signal *sig,
		       const struct ovpp_map *maps, u64 raw, s64 *value);

/**
 * ovpp_signal_keep() - bits of its point that a signal does not decide
 * @sig: signal
 * @maps: the profile's map table
 *
 * Return: with OVPP_SIGNAL_BITS those that no value of it can set, else none.
 */
s64 ovpp_signal_keep(const struct ovpp_signal *sig,
		     const struct ovpp_map *maps);

/**
 * ovpp_signal_encode() - value to raw bits
 * @sig: signal
 * @maps: the profile's map table
 * @value: in the point's unit
 * @raw: result
 *
 * A value beyond what the signal can carry is held at the nearest value that
 * it can: a command is never wrapped into another one.
 *
 * Return: 0; -ENODATA when the signal's map lacks @value.
 */
int ovpp_signal_encode(const struct ovpp_signal *sig,
		       const struct ovpp_map *maps, s64 value, u64 *raw);

/**
 * ovpp_signal_range() - raw values that a signal can carry
 * @sig: signal without OVPP_SIGNAL_MAP
 * @lo: least
 * @hi: greatest; less than @lo if raw_min and raw_max leave none
 */
void ovpp_signal_range(const struct ovpp_signal *sig, s64 *lo, s64 *hi);

#endif /* OVPP_CORE_SIGNAL_H */
