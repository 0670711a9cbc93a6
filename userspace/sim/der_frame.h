/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device protocol of OpenVPP on CAN, see docs/simulator.md and
 * profiles/ovpp-der.dbc: 11-bit identifiers, base + node, little-endian.
 */
#ifndef SIM_DER_FRAME_H
#define SIM_DER_FRAME_H

#include <linux/can.h>
#include <stdbool.h>
#include <stdint.h>

#include "device.h"

/* Bases of the identifiers, 32 nodes each; the lower, the more urgent. */
#define DER_ID_SETPOINT 0x080
#define DER_ID_LIMIT 0x0a0
#define DER_ID_METER 0x0c0
#define DER_ID_POWER 0x0e0
#define DER_ID_STATUS 0x220
#define DER_ID_OFFER 0x240
#define DER_ID_ENERGY 0x260
#define DER_ID_STORAGE 0x280

/* Each fills a frame with what the device knows now. */
void der_frame_meter(const struct device *dev, struct can_frame *frame);
void der_frame_power(const struct device *dev, struct can_frame *frame);
void der_frame_status(const struct device *dev, struct can_frame *frame);
void der_frame_offer(const struct device *dev, struct can_frame *frame);
void der_frame_energy(const struct device *dev, struct can_frame *frame);
void der_frame_storage(const struct device *dev, struct can_frame *frame);

/**
 * der_frame_command() - give a command frame to the device
 * @dev: device
 * @frame: frame from the bus
 *
 * Return: true if it is this device's command, well-formed or not.
 */
bool der_frame_command(struct device *dev, const struct can_frame *frame);

/* Identifier of the command that the device takes; 0: none. */
canid_t der_frame_command_id(const struct device *dev);

#endif /* SIM_DER_FRAME_H */
