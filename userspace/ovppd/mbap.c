// SPDX-License-Identifier: GPL-2.0-or-later
#include "mbap.h"

#include <errno.h>
#include <string.h>

/* The length field counts the unit, which is the header's last byte. */
#define COUNTED_FROM (MBAP_HEADER - 1)

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

int mbap_get(const uint8_t *buf, size_t len, struct mbap *frame)
{
	uint16_t counted;

	/* As soon as it is there: nobody waits for the rest of what is none. */
	if (len >= 4 && get16(buf + 2))
		return -EPROTO;
	if (len < COUNTED_FROM)
		return -EAGAIN;
	counted = get16(buf + 4);
	if (counted < 2 || counted > 1 + OVPP_MODBUS_PDU_MAX)
		return -EPROTO;
	if (len < COUNTED_FROM + (size_t)counted)
		return -EAGAIN;
	frame->transaction = get16(buf);
	frame->unit = buf[COUNTED_FROM];
	frame->len = (uint8_t)(counted - 1);
	frame->pdu = buf + MBAP_HEADER;
	return COUNTED_FROM + counted;
}

size_t mbap_put(uint8_t *buf, const struct mbap *frame)
{
	put16(buf, frame->transaction);
	put16(buf + 2, 0);
	put16(buf + 4, 1U + frame->len);
	buf[COUNTED_FROM] = frame->unit;
	memcpy(buf + MBAP_HEADER, frame->pdu, frame->len);
	return MBAP_HEADER + (size_t)frame->len;
}
