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
 * ovpp_signal_first() - where a signal begins, in the order of its bits
 * @sig: signal
 *
 * Return: bits that lie before it, counted through a payload from byte 0 on:
 * little endian from bit 0 of each byte, big endian from bit 7.
 */
static inline unsigned int ovpp_signal_first(const struct ovpp_signal *sig)
{
	return sig->flags & OVPP_SIGNAL_BIG_ENDIAN ? sig->start ^ 7 :
						     sig->start;
}

/**
 * ovpp_signal_decode() - raw bits to a value in the point's unit
 * @sig: signal
 * @maps: the profile's map table, for signals with OVPP_SIGNAL_MAP
 * @raw: bits from ovpp_signal_raw()
 * @value: result
 *
 * The power of ten of a scaled signal is not among its bits: here it is 0, see
 * ovpp_signal_read().
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
 * ovpp_signal_read() - the value of a signal in a payload
 * @sig: signal; ovpp_signal_fits() holds for @len
 * @maps: the profile's map table
 * @data: payload
 * @len: its length in bytes
 * @value: result
 *
 * Return: 0, or what ovpp_signal_decode() returns; -ENODATA also when the power
 * of ten of a scaled signal is beyond +-10 or not known (-32768), -ERANGE also
 * when it makes the scale overflow.
 */
int ovpp_signal_read(const struct ovpp_signal *sig, const struct ovpp_map *maps,
		     const u8 *data, size_t len, s64 *value);

/**
 * ovpp_signal_write() - the reverse: put a value into a payload
 * @sig: signal; ovpp_signal_fits() holds for @len
 * @maps: the profile's map table
 * @value: in the point's unit
 * @data: payload; a scaled signal takes the power of ten that is in it
 * @len: its length in bytes
 *
 * Return: 0, or what ovpp_signal_encode() returns; -ENODATA and -ERANGE also as
 * ovpp_signal_read(). On error the payload is as it was.
 */
int ovpp_signal_write(const struct ovpp_signal *sig,
		      const struct ovpp_map *maps, s64 value, u8 *data,
		      size_t len);

/**
 * ovpp_signal_range() - raw values that a signal can carry
 * @sig: signal without OVPP_SIGNAL_MAP
 * @lo: least
 * @hi: greatest; less than @lo if raw_min and raw_max leave none
 */
void ovpp_signal_range(const struct ovpp_signal *sig, s64 *lo, s64 *hi);

#endif /* OVPP_CORE_SIGNAL_H */
