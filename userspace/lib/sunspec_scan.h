/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the SunSpec map of a device, model by model. How registers are read is the
 * caller's: over a line, a network, or out of an image.
 */
#ifndef OVPP_SUNSPEC_SCAN_H
#define OVPP_SUNSPEC_SCAN_H

#include "sunspec_dump.h"

/**
 * struct ovpp_sunspec_reader - reads registers of one device
 * @read: reads @n registers from @address on,
 *	OVPP_MODBUS_READ_MAX at most; @patient: the device is there, so wait
 *	for it and ask again where that can help. Returns 0; -ETIMEDOUT for silence;
 *	-EREMOTEIO if the device refuses; another -errno ends the scan.
 * @ctx: its first argument
 */
struct ovpp_sunspec_reader {
	int (*read)(void *ctx, uint16_t address, uint16_t n, uint16_t *reg, bool patient);
	void *ctx;
};

/**
 * struct ovpp_sunspec_image - the map of a device
 * @reg: registers
 * @map: the map that they are, "SunS" first
 */
struct ovpp_sunspec_image {
	uint16_t reg[OVPP_SUNSPEC_REGISTERS];
	struct ovpp_sunspec_map map;
};

/* Index of the first model's ID in an image. */
#define OVPP_SUNSPEC_FIRST 2

/**
 * ovpp_sunspec_scan() - read the map of a device
 * @reader: reads registers
 * @bases: addresses where the map may be, the likeliest first
 * @n: their number
 * @image: set; what was read before an error stays in it
 *
 * A device that says nothing at two bases is taken for absent.
 *
 * Return: 0 with the whole chain; -ETIMEDOUT if nobody is there; -ENOENT if it has
 * no map; -ENODATA if the device has not all registers of its chain; -EBADMSG if the
 * chain breaks or runs beyond the last address; what @reader returned.
 */
int ovpp_sunspec_scan(const struct ovpp_sunspec_reader *reader, const uint32_t *bases, size_t n,
		      struct ovpp_sunspec_image *image);

#endif /* OVPP_SUNSPEC_SCAN_H */
