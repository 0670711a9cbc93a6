// SPDX-License-Identifier: GPL-2.0-only
/* Modbus RTU: requests and answers as bytes; see modbus.h. */
#include "modbus.h"

/* Unit and CRC. */
#define ADU_EXTRA 3

#define COIL_ON 0xff00

/* Up to here the silences are a number of characters. */
#define SLOW_BAUD 19200

/**
 * struct form - what requests of a function look like
 * @head: bytes before what is written, its count included; if nothing is counted
 *	the whole PDU
 * @counted: the last byte of @head is the number of those that follow
 * @bits: coils, not registers
 * @fixed: bytes written where that does not follow from a quantity
 * @read_max: greatest quantity read; 0: reads nothing
 * @write_max: greatest quantity written; 0: writes nothing
 */
struct form {
	u8 head;
	bool counted;
	bool bits;
	u8 fixed;
	u16 read_max;
	u16 write_max;
};

static const struct form forms[] = {
	[OVPP_MODBUS_READ_COILS] = {
		.head = 5, .bits = true,
		.read_max = OVPP_MODBUS_READ_BITS_MAX,
	},
	[OVPP_MODBUS_READ_INPUTS] = {
		.head = 5, .bits = true,
		.read_max = OVPP_MODBUS_READ_BITS_MAX,
	},
	[OVPP_MODBUS_READ_HOLDING] = {
		.head = 5, .read_max = OVPP_MODBUS_READ_MAX,
	},
	[OVPP_MODBUS_READ_INPUT_REGISTERS] = {
		.head = 5, .read_max = OVPP_MODBUS_READ_MAX,
	},
	[OVPP_MODBUS_WRITE_COIL] = {
		.head = 5, .bits = true, .fixed = 1, .write_max = 1,
	},
	[OVPP_MODBUS_WRITE_REGISTER] = {
		.head = 5, .fixed = 2, .write_max = 1,
	},
	[OVPP_MODBUS_WRITE_COILS] = {
		.head = 6, .counted = true, .bits = true,
		.write_max = OVPP_MODBUS_WRITE_BITS_MAX,
	},
	[OVPP_MODBUS_WRITE_REGISTERS] = {
		.head = 6, .counted = true, .write_max = OVPP_MODBUS_WRITE_MAX,
	},
	[OVPP_MODBUS_MASK_WRITE] = {
		.head = 7, .fixed = 4, .write_max = 1,
	},
	[OVPP_MODBUS_READ_WRITE] = {
		.head = 10, .counted = true, .read_max = OVPP_MODBUS_READ_MAX,
		.write_max = OVPP_MODBUS_READ_WRITE_MAX,
	},
};

/* Functions that are not there have no head. */
static const struct form *form_of(u8 function)
{
	if (function > OVPP_MODBUS_READ_WRITE || !forms[function].head)
		return NULL;
	return &forms[function];
}

static u16 get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static void put16(u8 *p, u16 x)
{
	p[0] = x >> 8;
	p[1] = x;
}

/* Bytes that @n registers or coils take. */
static unsigned int bytes_of(const struct form *f, unsigned int n)
{
	return f->bits ? (n + 7) / 8 : 2 * n;
}

static u32 div_up(u64 a, u32 b)
{
	return (a + b - 1) / b;
}

int ovpp_modbus_timing(struct ovpp_modbus_timing *t, u32 baud,
		       unsigned int bits)
{
	if (baud < 50 || baud > 12000000 || bits < 7 || bits > 12)
		return -EINVAL;
	t->char_ns = div_up(bits * OVPP_NS_PER_S, baud);
	if (baud > SLOW_BAUD) {
		t->t15_ns = 750000;
		t->t35_ns = 1750000;
	} else {
		t->t15_ns = div_up(bits * 3 * OVPP_NS_PER_S, 2 * baud);
		t->t35_ns = div_up(bits * 7 * OVPP_NS_PER_S, 2 * baud);
	}
	return 0;
}

u16 ovpp_modbus_crc(const u8 *data, size_t len)
{
	/* Of the polynomial 0xa001, by half bytes. */
	static const u16 step[16] = {
		0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401,
		0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
	};
	u16 crc = 0xffff;

	for (; len; len--) {
		crc ^= *data++;
		crc = crc >> 4 ^ step[crc & 15];
		crc = crc >> 4 ^ step[crc & 15];
	}
	return crc;
}

/* With its own CRC behind it the CRC of anything is 0. */
static bool is_intact(const u8 *adu, size_t len)
{
	return !ovpp_modbus_crc(adu, len);
}

static bool is_valid(const struct ovpp_modbus_request *req)
{
	const struct form *f = form_of(req->function);

	if (!f)
		return false;
	if (f->read_max && (!req->quantity || req->quantity > f->read_max))
		return false;
	if (!f->write_max)
		return !req->write_quantity;
	if (!req->write_quantity || req->write_quantity > f->write_max ||
	    (!f->read_max && req->quantity != req->write_quantity))
		return false;
	return req->len == (f->fixed ?: bytes_of(f, req->write_quantity));
}

/* Length of the request that a PDU begins with; 0: not to be told from this. */
static size_t request_len(const u8 *pdu, size_t len)
{
	const struct form *f = len ? form_of(pdu[0]) : NULL;

	if (!f || (f->counted && len < f->head))
		return 0;
	return f->head + (f->counted ? pdu[f->head - 1] : 0);
}

int ovpp_modbus_parse(const u8 *pdu, size_t len, struct ovpp_modbus_request *req)
{
	static const u8 coil[] = { 0, 1 };

	if (!len)
		return -EINVAL;
	if (!form_of(pdu[0]))
		return -EOPNOTSUPP;
	if (len > OVPP_MODBUS_PDU_MAX || len != request_len(pdu, len))
		return -EINVAL;

	memset(req, 0, sizeof(*req));
	req->function = pdu[0];
	req->address = get16(pdu + 1);
	req->write_address = req->address;
	req->quantity = 1;
	switch (req->function) {
	case OVPP_MODBUS_WRITE_COIL:
		if (get16(pdu + 3) && get16(pdu + 3) != COIL_ON)
			return -EINVAL;
		req->write_quantity = 1;
		req->data = &coil[pdu[3] & 1];
		req->len = 1;
		break;
	case OVPP_MODBUS_WRITE_REGISTER:
	case OVPP_MODBUS_MASK_WRITE:
		req->write_quantity = 1;
		req->data = pdu + 3;
		req->len = len - 3;
		break;
	case OVPP_MODBUS_WRITE_COILS:
	case OVPP_MODBUS_WRITE_REGISTERS:
		req->quantity = get16(pdu + 3);
		req->write_quantity = req->quantity;
		req->data = pdu + 6;
		req->len = pdu[5];
		break;
	case OVPP_MODBUS_READ_WRITE:
		req->quantity = get16(pdu + 3);
		req->write_address = get16(pdu + 5);
		req->write_quantity = get16(pdu + 7);
		req->data = pdu + 10;
		req->len = pdu[9];
		break;
	default:
		req->quantity = get16(pdu + 3);
	}
	return is_valid(req) ? 0 : -EINVAL;
}

int ovpp_modbus_pdu(const struct ovpp_modbus_request *req, u8 *pdu)
{
	if (!is_valid(req))
		return -EINVAL;
	pdu[0] = req->function;
	put16(pdu + 1, req->address);
	switch (req->function) {
	case OVPP_MODBUS_WRITE_COIL:
		put16(pdu + 3, req->data[0] ? COIL_ON : 0);
		return 5;
	case OVPP_MODBUS_WRITE_REGISTER:
	case OVPP_MODBUS_MASK_WRITE:
		memcpy(pdu + 3, req->data, req->len);
		return 3 + req->len;
	case OVPP_MODBUS_WRITE_COILS:
	case OVPP_MODBUS_WRITE_REGISTERS:
		put16(pdu + 3, req->write_quantity);
		pdu[5] = req->len;
		memcpy(pdu + 6, req->data, req->len);
		return 6 + req->len;
	case OVPP_MODBUS_READ_WRITE:
		put16(pdu + 3, req->quantity);
		put16(pdu + 5, req->write_address);
		put16(pdu + 7, req->write_quantity);
		pdu[9] = req->len;
		memcpy(pdu + 10, req->data, req->len);
		return 10 + req->len;
	default:
		put16(pdu + 3, req->quantity);
		return 5;
	}
}

size_t ovpp_modbus_adu(u8 unit, const u8 *pdu, size_t len, u8 *adu)
{
	u16 crc;

	adu[0] = unit;
	memcpy(adu + 1, pdu, len);
	crc = ovpp_modbus_crc(adu, 1 + len);
	adu[1 + len] = crc;
	adu[2 + len] = crc >> 8;
	return len + ADU_EXTRA;
}

size_t ovpp_modbus_answer_len(const struct ovpp_modbus_request *req)
{
	const struct form *f = form_of(req->function);

	if (!f)
		return 0;
	if (f->read_max)
		return 2 + bytes_of(f, req->quantity);
	return f->counted ? 5 : f->head;
}

/* Does the answer to a write repeat what was written, or how much? */
static bool repeats(const struct ovpp_modbus_request *req, const u8 *pdu)
{
	if (get16(pdu + 1) != req->address)
		return false;
	switch (req->function) {
	case OVPP_MODBUS_WRITE_COIL:
		return get16(pdu + 3) == (req->data[0] ? COIL_ON : 0);
	case OVPP_MODBUS_WRITE_REGISTER:
	case OVPP_MODBUS_MASK_WRITE:
		return !memcmp(pdu + 3, req->data, req->len);
	default:
		return get16(pdu + 3) == req->write_quantity;
	}
}

int ovpp_modbus_is_answer(const struct ovpp_modbus_request *req, const u8 *pdu,
			  size_t len)
{
	if (len == 2 && pdu[0] == (req->function | OVPP_MODBUS_EXCEPTION))
		return pdu[1] ?: -EBADMSG;
	if (!len || len != ovpp_modbus_answer_len(req) ||
	    pdu[0] != req->function)
		return -EBADMSG;
	if (ovpp_modbus_reads(req->function))
		return pdu[1] == len - 2 ? 0 : -EBADMSG;
	return repeats(req, pdu) ? 0 : -EBADMSG;
}

/* Length of the PDU that would answer @req, if it begins with @function. */
static size_t expected_len(const struct ovpp_modbus_request *req, u8 function)
{
	if (function == (req->function | OVPP_MODBUS_EXCEPTION))
		return 2;
	return function == req->function ? ovpp_modbus_answer_len(req) : 0;
}

int ovpp_modbus_find_answer(const struct ovpp_modbus_request *req, u8 unit,
			    const u8 *buf, size_t len, size_t *pdu,
			    size_t *pdu_len)
{
	size_t at, n;
	int ret;

	for (at = 0; at + 2 + ADU_EXTRA <= len; at++) {
		if (buf[at] != unit)
			continue;
		n = expected_len(req, buf[at + 1]);
		if (!n || at + n + ADU_EXTRA > len)
			continue;
		ret = ovpp_modbus_is_answer(req, buf + at + 1, n);
		if (ret < 0 || !is_intact(buf + at, n + ADU_EXTRA))
			continue;
		*pdu = at + 1;
		*pdu_len = n;
		return ret;
	}
	return -EAGAIN;
}

int ovpp_modbus_find_request(const u8 *buf, size_t len, size_t *adu_len)
{
	size_t at, n;

	for (at = 0; at + ADU_EXTRA < len; at++) {
		n = request_len(buf + at + 1, len - at - 1);
		if (!n || n > OVPP_MODBUS_PDU_MAX || at + n + ADU_EXTRA > len ||
		    !is_intact(buf + at, n + ADU_EXTRA))
			continue;
		*adu_len = n + ADU_EXTRA;
		return at;
	}
	return -EAGAIN;
}
