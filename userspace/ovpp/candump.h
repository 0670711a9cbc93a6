/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of candump. */
#ifndef OVPP_CANDUMP_H
#define OVPP_CANDUMP_H

#include <core/profile.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct candump_frame - a frame as logged
 * @time: time stamp as written, "" if there is none
 * @id: identifier without flags
 * @ext: 29-bit identifier
 * @fd: CAN FD frame
 * @rtr: remote frame
 * @error: error frame
 * @len: bytes at @data
 * @data: payload; of a Modbus device, as hook tap prints it, all registers
 */
struct candump_frame {
	char time[32];
	uint32_t id;
	bool ext;
	bool fd;
	bool rtr;
	bool error;
	uint8_t len;
	uint8_t data[OVPP_PAYLOAD_MAX];
};

/**
 * candump_parse() - a line to a frame
 * @line: as candump prints it, "  can0  351   [4]  14 02 C0 12", or logs it with
 *	-l or -L, "(1436509052.249713) can0 351#1402C012"
 * @frame: result
 *
 * Return: 0, or -EINVAL for any other line.
 */
int candump_parse(const char *line, struct candump_frame *frame);

#endif /* OVPP_CANDUMP_H */
