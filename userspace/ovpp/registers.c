// SPDX-License-Identifier: GPL-2.0-or-later
#include "registers.h"

#include <core/modbus.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* A number up to @max that ends with @stop; what is behind it, or NULL. */
static const char *parse_number(const char *s, char stop, unsigned long max, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return NULL;
	*out = strtoul(s, &end, strncmp(s, "0x", 2) ? 10 : 16);
	return *end == stop && *out <= max ? end + 1 : NULL;
}

static const char *parse_bytes(const char *s, struct registers *out)
{
	s += strspn(s, BLANKS);
	while (isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1])) {
		char pair[3] = {s[0], s[1], '\0'};

		if (out->len == sizeof(out->data))
			return NULL;
		out->data[out->len++] = (uint8_t)strtoul(pair, NULL, 16);
		s += 2 + strspn(s + 2, BLANKS);
	}
	return s;
}

int registers_parse(const char *line, struct registers *out)
{
	unsigned long function, address;
	const char *s;

	memset(out, 0, sizeof(*out));
	s = parse_number(line + strspn(line, BLANKS), ':', UINT8_MAX, &function);
	if (s)
		s = parse_number(s, '=', UINT16_MAX, &address);
	if (!s)
		return -EINVAL;
	out->function = (uint8_t)function;
	out->address = (uint16_t)address;
	s = parse_bytes(s, out);
	return s && !*s && out->len ? 0 : -EINVAL;
}

const uint8_t *registers_of(const struct registers *r, const struct ovpp_message *msg)
{
	bool coils = r->function == OVPP_MODBUS_READ_COILS ||
		     r->function == OVPP_MODBUS_READ_INPUTS;
	int offset = OVPP_MODBUS_ADDRESS(msg->id) - r->address;

	if (r->function != OVPP_MODBUS_FUNCTION(msg->id) || offset < 0 || (coils && offset % 8))
		return NULL;
	offset = coils ? offset / 8 : offset * 2;
	return offset + msg->length <= r->len ? r->data + offset : NULL;
}
