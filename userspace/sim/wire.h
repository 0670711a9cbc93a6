/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's side of the bus: which frames it sends and when, what reaches it,
 * and what can go wrong with both. Times are bus time.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <linux/can.h>
#include <stdbool.h>
#include <stdint.h>

#include "device.h"

/* What is wrong with the frames of a device. */
enum wire_fault {
	WIRE_OK,
	WIRE_TRUNCATED, /* one byte too short */
	WIRE_REMOTE,	/* remote frames instead of data */
	WIRE_EXTENDED,	/* the same number as a 29-bit identifier */
	WIRE_UNKNOWN,	/* every value "not available" */
	WIRE_GARBAGE,	/* random bytes of the right length */
	WIRE_FROZEN,	/* the values of the moment when the fault began */
	WIRE_FAULTS,
};

/* Name of a fault in scenarios, NULL beyond the last. */
const char *wire_fault_name(enum wire_fault fault);

/* Takes frames on their way to the bus. */
struct wire_sink {
	void (*send)(void *context, const struct can_frame *frame);
	void *context;
};

#define WIRE_FRAMES_MAX 16

/**
 * struct wire - a device's connection
 * @dev: device
 * @unplugged: nothing passes in either direction
 * @fault: what is wrong with its frames
 * @last: newest frame of each message, sent again while frozen
 * @frames: frames sent
 * @bits: their length on the bus with the greatest possible bit stuffing
 */
struct wire {
	struct device *dev;
	bool unplugged;
	enum wire_fault fault;
	struct can_frame last[WIRE_FRAMES_MAX];
	uint64_t frames;
	uint64_t bits;
};

/**
 * wire_send() - send what is due
 * @w: connection
 * @now_ms: bus time of this step
 * @step_ms: since the last one
 * @sink: where to
 */
void wire_send(struct wire *w, uint64_t now_ms, uint64_t step_ms, const struct wire_sink *sink);

/* A frame from the bus; the device takes it if it is for it. */
void wire_receive(struct wire *w, const struct can_frame *frame);

/* Bits of a frame with the greatest possible stuffing and the pause after it. */
unsigned int wire_bits(const struct can_frame *frame);

#endif /* SIM_WIRE_H */
