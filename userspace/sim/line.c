// SPDX-License-Identifier: GPL-2.0-or-later
#include "line.h"

#include <string.h>

#include "params.h"

/* Unit, function, CRC. */
#define ADU_MIN 4

int line_parse_parity(const char *text, enum ovpp_parity *out)
{
	static const char *const names[] = {"none", "even", "odd"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) && (text[0] != names[i][0] || text[1]))
			continue;
		*out = (enum ovpp_parity)i;
		return 0;
	}
	return -EINVAL;
}

int line_setup(struct line *line, struct sim_error *err)
{
	unsigned int bits = 1 + 8 + (line->parity != OVPP_PARITY_NONE) + line->stop_bits;

	if (ovpp_modbus_timing(&line->timing, line->baud, bits))
		return sim_fail(err, "there is no line of %u Bd", line->baud);
	return 0;
}

int line_take(struct line *line, json_t *map, struct sim_error *err)
{
	struct params_text name, parity;
	double baud, stop_bits;
	int ret;

	ret = params_take_text(map, "name", true, &name, err);
	if (!ret && (!name.text[0] || strlen(name.text) > LINE_NAME_MAX))
		ret = sim_fail(err, "'name' has 1 to %d characters", LINE_NAME_MAX);
	if (!ret)
		ret = params_take_number(map, "baud", 19200, 50, 12e6, &baud, err);
	if (!ret)
		ret = params_take_text(map, "parity", false, &parity, err);
	if (!ret)
		ret = params_take_number(map, "stop_bits", 1, 1, 2, &stop_bits, err);
	if (!ret)
		ret = params_take_number(map, "turnaround_ms", 0, 0, 10000, &line->turnaround_ms,
					 err);
	if (!ret)
		ret = params_end(map, err);
	if (ret)
		return ret;
	strcpy(line->name, name.text);
	line->baud = (uint32_t)baud;
	line->stop_bits = (unsigned int)stop_bits;
	line->parity = OVPP_PARITY_NONE;
	if (parity.text[0] && line_parse_parity(parity.text, &line->parity))
		return sim_fail(err, "'parity' is none, even or odd");
	return line_setup(line, err);
}

bool line_add(struct line *line, struct unit *unit)
{
	for (size_t i = 0; i < line->units; i++)
		if (line->unit[i]->address == unit->address)
			return false;
	if (line->units == LINE_UNITS_MAX)
		return false;
	line->unit[line->units++] = unit;
	return true;
}

static uint64_t length_ns(const struct line *line, size_t bytes)
{
	return line->paced ? (uint64_t)line->timing.char_ns * bytes : 0;
}

static void hear(struct line *line, const uint8_t *adu, size_t len)
{
	uint64_t ready =
		line->rx_end_ns + line->timing.t35_ns + (uint64_t)(line->turnaround_ms * 1e6);

	for (size_t i = 0; i < line->units; i++)
		unit_hear(line->unit[i], adu, len, ready);
}

static void forget(struct line *line, size_t n)
{
	line->rx_len -= n;
	memmove(line->rx, line->rx + n, line->rx_len);
}

/* What no request can begin with any more makes room. */
static void store(struct line *line, const uint8_t *data, size_t n)
{
	if (line->rx_len + n > LINE_RX_MAX)
		forget(line, line->rx_len + n - LINE_RX_MAX);
	memcpy(line->rx + line->rx_len, data, n);
	line->rx_len += n;
	line->rx_checked = false;
}

static void repeat(struct line *line, const uint8_t *data, size_t n)
{
	size_t room = sizeof(line->echoes) - line->echo_len;

	n = n < room ? n : room;
	memcpy(line->echoes + line->echo_len, data, n);
	line->echo_len += n;
}

static void find_requests(struct line *line)
{
	size_t len;
	int at;

	while ((at = ovpp_modbus_find_request(line->rx, line->rx_len, &len)) >= 0) {
		hear(line, line->rx + at, len);
		forget(line, (size_t)at + len);
	}
}

void line_receive(struct line *line, const uint8_t *data, size_t n, uint64_t now)
{
	if (line->rx_end_ns < now)
		line->rx_end_ns = now;
	line->rx_end_ns += length_ns(line, n);
	if (line->echo)
		repeat(line, data, n);
	while (n) {
		size_t part = n < OVPP_MODBUS_ADU_MAX ? n : OVPP_MODBUS_ADU_MAX;

		store(line, data, part);
		find_requests(line);
		data += part;
		n -= part;
	}
}

/*
 * The length of a function that nobody knows is told by the silence after it: all
 * that came is one frame then, if its CRC is right.
 */
static void check_silence(struct line *line, uint64_t now, uint64_t *wake)
{
	uint64_t silence = line->rx_end_ns + line->timing.t35_ns;
	size_t len = line->rx_len;

	if (line->rx_checked || len < ADU_MIN || len > OVPP_MODBUS_ADU_MAX)
		return;
	if (now < silence) {
		*wake = silence < *wake ? silence : *wake;
		return;
	}
	line->rx_checked = true;
	/* Over a frame and its own CRC it is 0. */
	if (ovpp_modbus_crc(line->rx, len))
		return;
	hear(line, line->rx, len);
	line->rx_len = 0;
}

static size_t send_echo(struct line *line, uint64_t now, uint8_t *out, uint64_t *wake)
{
	size_t n = line->echo_len;

	if (!n)
		return 0;
	if (now < line->rx_end_ns) {
		*wake = line->rx_end_ns < *wake ? line->rx_end_ns : *wake;
		return 0;
	}
	memcpy(out, line->echoes, n);
	line->echo_len = 0;
	return n;
}

/* Who is on the line or next on it. */
static struct unit *next_sender(const struct line *line)
{
	struct unit *next = line->sender;

	for (size_t i = 0; i < line->units && !line->sender; i++) {
		struct unit *u = line->unit[i];

		if (u->tx_len && (!next || u->tx_ns < next->tx_ns))
			next = u;
	}
	return next;
}

static size_t put_out(struct line *line, struct unit *u, size_t n, uint8_t *out)
{
	memcpy(out, u->tx + u->tx_sent, n);
	u->tx_sent += n;
	line->sender = u;
	if (u->tx_sent == u->tx_len) {
		u->tx_len = 0;
		u->tx_sent = 0;
		line->sender = NULL;
	}
	return n;
}

/* The first byte in its own time, the rest when the last one has arrived. */
static size_t send_unit(struct line *line, struct unit *u, uint64_t now, uint8_t *out,
			uint64_t *wake)
{
	uint64_t begin, first, end;

	if (!u->tx_sent && u->tx_ns < line->free_ns)
		u->tx_ns = line->free_ns;
	begin = u->tx_ns;
	first = begin + length_ns(line, 1);
	end = begin + length_ns(line, u->tx_len);
	if (now >= end) {
		line->free_ns = end + line->timing.t35_ns;
		return put_out(line, u, u->tx_len - u->tx_sent, out);
	}
	if (!u->tx_sent && now >= first)
		return put_out(line, u, 1, out);
	if (!u->tx_sent)
		end = first;
	*wake = end < *wake ? end : *wake;
	return 0;
}

size_t line_send(struct line *line, uint64_t now, uint8_t *out, uint64_t *wake)
{
	struct unit *u;
	size_t n;

	*wake = UINT64_MAX;
	n = send_echo(line, now, out, wake);
	if (n)
		return n;
	check_silence(line, now, wake);
	for (size_t i = 0; i < line->units; i++)
		unit_babble(line->unit[i], now, wake);
	u = next_sender(line);
	return u ? send_unit(line, u, now, out, wake) : 0;
}
