// SPDX-License-Identifier: GPL-2.0-or-later
#include "candump.h"

#include <ctype.h>
#include <errno.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* "(1436509052.249713) " if it is there; NULL if it does not end. */
static const char *parse_time(const char *s, struct candump_frame *frame)
{
	size_t n;

	s = skip_blanks(s);
	if (*s != '(')
		return s;
	n = strcspn(++s, ")\n");
	if (s[n] != ')' || n >= sizeof(frame->time))
		return NULL;
	memcpy(frame->time, s, n);
	return skip_blanks(s + n + 1);
}

/* Hex digits up to @end, in pairs, with blanks between pairs if @spaced. */
static const char *parse_data(const char *s, bool spaced, struct candump_frame *frame)
{
	while (isxdigit((unsigned char)s[0]) && isxdigit((unsigned char)s[1])) {
		char pair[3] = {s[0], s[1], '\0'};

		if (frame->len == sizeof(frame->data))
			return NULL;
		frame->data[frame->len++] = (uint8_t)strtoul(pair, NULL, 16);
		s += 2;
		if (spaced)
			s = skip_blanks(s);
		else if (*s == '.')
			s++;
	}
	return s;
}

static const char *parse_id(const char *s, struct candump_frame *frame)
{
	char *end;
	unsigned long id = strtoul(s, &end, 16);

	if (!isxdigit((unsigned char)*s) || (end - s != 3 && end - s != 8))
		return NULL;
	frame->ext = end - s == 8;
	frame->error = frame->ext && id & CAN_ERR_FLAG;
	frame->id = (uint32_t)id & (frame->ext ? CAN_EFF_MASK : CAN_SFF_MASK);
	return end;
}

/* What follows "351#": data, "R..." or, after a second '#', flags and data. */
static const char *parse_logged(const char *s, struct candump_frame *frame)
{
	if (*s == 'R') {
		frame->rtr = true;
		return s + 1 + strspn(s + 1, "0123456789");
	}
	if (*s == '#') {
		if (!isxdigit((unsigned char)s[1]))
			return NULL;
		frame->fd = true;
		s += 2;
	}
	s = parse_data(s, false, frame);
	/* A raw length code of a classic frame, "_9". */
	return s && *s == '_' ? s + 1 + strspn(s + 1, "9ABCDEF") : s;
}

/* What follows "  can0  351": "   [8]  14 02 ..."; two digits are a CAN FD frame's. */
static const char *parse_printed(const char *s, struct candump_frame *frame)
{
	unsigned long len;
	char *end;

	s = skip_blanks(s);
	if (*s != '[')
		return NULL;
	len = strtoul(s + 1, &end, 10);
	if (*end != ']')
		return NULL;
	frame->fd = end - s == 3;
	s = skip_blanks(end + 1);
	if (!strncmp(s, "remote request", 14)) {
		frame->rtr = true;
		return s + 14;
	}
	s = parse_data(s, true, frame);
	if (!s || frame->len != len)
		return NULL;
	/* -a adds the bytes as text, an error frame its name. */
	return frame->error || *s == '\'' ? s + strcspn(s, "\n") : s;
}

int candump_parse(const char *line, struct candump_frame *frame)
{
	const char *s;

	memset(frame, 0, sizeof(*frame));
	s = parse_time(line, frame);
	if (!s)
		return -EINVAL;
	s = skip_blanks(s + strcspn(s, " \t\n")); /* the net device */
	s = parse_id(s, frame);
	if (!s)
		return -EINVAL;
	s = *s == '#' ? parse_logged(s + 1, frame) : parse_printed(s, frame);
	if (!s)
		return -EINVAL;
	/* candump -x and -L may add a direction, ovpp hook tap the DER as well. */
	s = skip_blanks(s);
	if ((*s == 'T' || *s == 'R') && strchr(" \n", s[1]))
		s++;
	if (!strncmp(s, " der", 4))
		s += 4 + strspn(s + 4, "0123456789");
	return s[strspn(s, " \t\r\n")] ? -EINVAL : 0;
}
