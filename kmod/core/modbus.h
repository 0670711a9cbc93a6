/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modbus RTU: requests and answers as bytes, the silences of a line. Both ends
 * use it: the module's master, and in user space the proxy and the simulator.
 *
 * Source: Modbus over Serial Line 1.02, Modbus Application Protocol 1.1b3.
 */
#ifndef OVPP_CORE_MODBUS_H
#define OVPP_CORE_MODBUS_H

#include "types.h"

#define OVPP_MODBUS_UNIT_MIN 1
#define OVPP_MODBUS_UNIT_MAX 247

/* Unit, PDU (OVPP_MODBUS_PDU_MAX), CRC. */
#define OVPP_MODBUS_ADU_MAX 256

/* Greatest quantities of one request. */
#define OVPP_MODBUS_READ_MAX 125
#define OVPP_MODBUS_WRITE_MAX 123
#define OVPP_MODBUS_READ_WRITE_MAX 121
#define OVPP_MODBUS_READ_BITS_MAX 2000
#define OVPP_MODBUS_WRITE_BITS_MAX 1968

enum ovpp_modbus_function {
	OVPP_MODBUS_READ_COILS = 1,
	OVPP_MODBUS_READ_INPUTS = 2,
	OVPP_MODBUS_READ_HOLDING = 3,
	OVPP_MODBUS_READ_INPUT_REGISTERS = 4,
	OVPP_MODBUS_WRITE_COIL = 5,
	OVPP_MODBUS_WRITE_REGISTER = 6,
	OVPP_MODBUS_WRITE_COILS = 15,
	OVPP_MODBUS_WRITE_REGISTERS = 16,
	OVPP_MODBUS_MASK_WRITE = 22,
	OVPP_MODBUS_READ_WRITE = 23,
};

/* Set in the function code of an exception. */
#define OVPP_MODBUS_EXCEPTION 0x80

/* Is what answers a function registers or coils? */
static inline bool ovpp_modbus_reads(u8 function)
{
	return (function >= OVPP_MODBUS_READ_COILS &&
		function <= OVPP_MODBUS_READ_INPUT_REGISTERS) ||
	       function == OVPP_MODBUS_READ_WRITE;
}

enum ovpp_modbus_exception {
	OVPP_MODBUS_ILLEGAL_FUNCTION = 1,
	OVPP_MODBUS_ILLEGAL_ADDRESS = 2,
	OVPP_MODBUS_ILLEGAL_VALUE = 3,
	OVPP_MODBUS_DEVICE_FAILURE = 4,
	OVPP_MODBUS_ACKNOWLEDGE = 5,
	OVPP_MODBUS_BUSY = 6,
	OVPP_MODBUS_GATEWAY_PATH = 10,
	OVPP_MODBUS_GATEWAY_TARGET = 11,
};

/**
 * struct ovpp_modbus_timing - the times of a line
 * @char_ns: length of a character, start, parity and stop bits included
 * @t15_ns: silence within which the characters of a frame follow each other
 * @t35_ns: silence between two frames
 *
 * Up to 19,200 Bd 1.5 and 3.5 characters, above it 750 and 1,750 us. Fractions of
 * a nanosecond are rounded up: a silence is never too short.
 */
struct ovpp_modbus_timing {
	u32 char_ns;
	u32 t15_ns;
	u32 t35_ns;
};

/**
 * ovpp_modbus_timing() - the times of a line
 * @t: result
 * @baud: bits a second, 50 to 12,000,000
 * @bits: bits of a character, 7 to 12
 *
 * Return: 0 or -EINVAL.
 */
int ovpp_modbus_timing(struct ovpp_modbus_timing *t, u32 baud,
		       unsigned int bits);

/* CRC-16/MODBUS; on the line its lower byte comes first. */
u16 ovpp_modbus_crc(const u8 *data, size_t len);

/**
 * struct ovpp_modbus_request - what a request asks for
 * @function: enum ovpp_modbus_function
 * @address: first register or coil read, or the one written
 * @quantity: registers or coils read or, if it reads none, written; >= 1
 * @write_address: function 23: first register written, else @address
 * @write_quantity: registers or coils written; 0: it reads only
 * @data: what is written, as it stands on the line (registers big-endian, coils
 *	packed from bit 0; a single coil: 1 byte 0 or 1; function 22: AND mask, OR
 *	mask, 4 bytes); points to the caller's bytes
 * @len: bytes at @data
 */
struct ovpp_modbus_request {
	u8 function;
	u16 address;
	u16 quantity;
	u16 write_address;
	u16 write_quantity;
	const u8 *data;
	u8 len;
};

/**
 * ovpp_modbus_parse() - a PDU to the request that it is
 * @pdu: function code and data
 * @len: length
 * @req: result; req->data points into @pdu, of function 5 to a constant
 *
 * For masters from outside and for slaves. What is asked for may end beyond the
 * last address: that is the slave's to refuse.
 *
 * Return: 0; -EOPNOTSUPP: another function; -EINVAL: lengths or quantities that
 * its function does not have.
 */
int ovpp_modbus_parse(const u8 *pdu, size_t len, struct ovpp_modbus_request *req);

/**
 * ovpp_modbus_pdu() - a request to its PDU
 * @req: request
 * @pdu: room for OVPP_MODBUS_PDU_MAX
 *
 * Return: length; -EINVAL: quantities or lengths that its function does not have.
 */
int ovpp_modbus_pdu(const struct ovpp_modbus_request *req, u8 *pdu);

/**
 * ovpp_modbus_adu() - a PDU to what goes on the line
 * @unit: unit
 * @pdu: PDU
 * @len: its length, 1 to OVPP_MODBUS_PDU_MAX
 * @adu: room for OVPP_MODBUS_ADU_MAX
 *
 * Return: length.
 */
size_t ovpp_modbus_adu(u8 unit, const u8 *pdu, size_t len, u8 *adu);

/* Length of the PDU that answers a request, exceptions aside. */
size_t ovpp_modbus_answer_len(const struct ovpp_modbus_request *req);

/**
 * ovpp_modbus_is_answer() - does a PDU answer a request?
 * @req: request
 * @pdu: PDU
 * @len: its length
 *
 * Checks the function code, the length, and what an answer repeats of its request.
 *
 * Return: 0; the exception's code, > 0; -EBADMSG.
 */
int ovpp_modbus_is_answer(const struct ovpp_modbus_request *req, const u8 *pdu,
			  size_t len);

/**
 * ovpp_modbus_find_answer() - an answer among received bytes
 * @req: request
 * @unit: unit asked
 * @buf: everything received since the request was sent
 * @len: bytes at @buf
 * @pdu: set to the offset of its PDU
 * @pdu_len: set to the length of its PDU
 *
 * Looks at every offset, so that noise before the answer does no harm; an answer
 * needs unit, function, length and CRC. For the functions 5, 6 and 22 the request
 * itself looks like its answer: on a line that echoes the caller leaves the echo
 * out of @buf.
 *
 * Return: 0; the exception's code, > 0; -EAGAIN: there is none yet.
 */
int ovpp_modbus_find_answer(const struct ovpp_modbus_request *req, u8 unit,
			    const u8 *buf, size_t len, size_t *pdu,
			    size_t *pdu_len);

/**
 * ovpp_modbus_find_request() - a request among received bytes, for a slave
 * @buf: received bytes
 * @len: bytes at @buf
 * @adu_len: set to the length of the ADU found
 *
 * Return: offset of the first ADU with a known function, its length and CRC;
 * -EAGAIN: there is none yet.
 */
int ovpp_modbus_find_request(const u8 *buf, size_t len, size_t *adu_len);

#endif /* OVPP_CORE_MODBUS_H */
