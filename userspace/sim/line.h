/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A serial line and the Modbus slaves on it. It does no input or output and knows
 * no clock: its owner gives it the bytes that come and sends those that are due.
 *
 * A pty passes bytes at once. So that a master on one sees what it would see on a
 * real line, a paced line counts the time that they would take: an answer begins
 * t3.5 (and the turnaround) after the end of the request; its first byte comes when
 * that one would have arrived, all others together with the last one.
 */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include <core/modbus.h>
#include <jansson.h>
#include <linux/openvpp_netlink.h>

#include "unit.h"

#define LINE_NAME_MAX 31
#define LINE_UNITS_MAX 64
#define LINE_RX_MAX (2 * OVPP_MODBUS_ADU_MAX)

/**
 * struct line - a line
 *
 * Of its owner:
 * @name: its name in the scenario
 * @baud: bits a second
 * @parity: parity bit
 * @stop_bits: 1 or 2
 * @turnaround_ms: time that every unit takes for an answer
 * @paced: nothing else makes the bytes take their time
 * @echo: it repeats what the master sends, as some half-duplex adapters do
 * @unit: units
 * @units: their number
 *
 * Its own:
 * @timing: times of the line
 * @rx: bytes since the last request
 * @rx_len: their number
 * @rx_end_ns: when the last of them was on the line
 * @rx_checked: they were looked at after the silence that followed them
 * @echoes: bytes to be repeated
 * @echo_len: their number
 * @sender: unit whose bytes are on the line, or NULL
 * @free_ns: until then the line is not free
 */
struct line {
	char name[LINE_NAME_MAX + 1];
	uint32_t baud;
	enum ovpp_parity parity;
	unsigned int stop_bits;
	double turnaround_ms;
	bool paced;
	bool echo;
	struct unit *unit[LINE_UNITS_MAX];
	size_t units;

	struct ovpp_modbus_timing timing;
	uint8_t rx[LINE_RX_MAX];
	size_t rx_len;
	uint64_t rx_end_ns;
	bool rx_checked;
	uint8_t echoes[LINE_RX_MAX];
	size_t echo_len;
	struct unit *sender;
	uint64_t free_ns;
};

/* Completes a line whose settings are in place; -EINVAL has a text in @err. */
int line_setup(struct line *line, struct sim_error *err);

/* Takes a line's settings out of its mapping in a scenario, and completes it. */
int line_take(struct line *line, json_t *map, struct sim_error *err);

/* "e", "even" and so on; -EINVAL for another text. */
int line_parse_parity(const char *text, enum ovpp_parity *out);

/* Puts a unit on the line; false: there is one of its address, or no room. */
bool line_add(struct line *line, struct unit *unit);

/* Bytes came from the master. */
void line_receive(struct line *line, const uint8_t *data, size_t n, uint64_t now_ns);

/**
 * line_send() - what is due to be sent to the master
 * @line: line
 * @now_ns: current time
 * @out: room for LINE_RX_MAX bytes
 * @wake_ns: set to when to look again if nothing comes before; UINT64_MAX: never
 *
 * Return: number of bytes; to be called again until it is 0.
 */
size_t line_send(struct line *line, uint64_t now_ns, uint8_t *out, uint64_t *wake_ns);

#endif /* SIM_LINE_H */
