/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CAN protocol of Pylontech packs, as they speak it to an inverter:
 * 500 kbit/s, 11-bit identifiers, little-endian, every second.
 */
#ifndef SIM_BMS_FRAME_H
#define SIM_BMS_FRAME_H

#include <linux/can.h>
#include <stdbool.h>
#include <stdint.h>

#define BMS_ID_KEEPALIVE 0x305
#define BMS_ID_LIMITS 0x351
#define BMS_ID_CHARGE 0x355
#define BMS_ID_MEASURED 0x356
#define BMS_ID_ALARMS 0x359
#define BMS_ID_REQUESTS 0x35c
#define BMS_ID_NAME 0x35e

#define BMS_FRAMES 6

/**
 * struct bms_values - what the packs say
 * @charge_v: voltage to charge up to
 * @charge_a: greatest charging current
 * @discharge_a: greatest discharging current
 * @discharge_v: voltage to discharge down to
 * @soc: state of charge, 0..1
 * @soh: state of health, 0..1
 * @v: voltage
 * @a: current, > 0 charging, as on the wire
 * @temp_c: temperature
 * @protection: bits of bytes 0 and 1 of 0x359
 * @warning: likewise, bytes 2 and 3
 * @modules: number of packs
 * @charge_ok: charging is allowed
 * @discharge_ok: discharging is allowed
 */
struct bms_values {
	double charge_v;
	double charge_a;
	double discharge_a;
	double discharge_v;
	double soc;
	double soh;
	double v;
	double a;
	double temp_c;
	uint16_t protection;
	uint16_t warning;
	uint8_t modules;
	bool charge_ok;
	bool discharge_ok;
};

/* All frames of one round, in the order in which packs send them. */
void bms_frames(const struct bms_values *bms, struct can_frame frames[BMS_FRAMES]);

/* Is it the gateway's keep-alive? */
bool bms_is_keepalive(const struct can_frame *frame);

#endif /* SIM_BMS_FRAME_H */
