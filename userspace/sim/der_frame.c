// SPDX-License-Identifier: GPL-2.0-or-later
#include "der_frame.h"

#include "put.h"

#define W 0.1
#define WH 1.0
#define V 0.1
#define A 0.1
#define HZ 0.001
#define PERCENT_2 0.0001 /* of 1 */
#define DEGREE 0.1

/* Raw P of a command frame that sets nothing. */
#define NOT_AVAILABLE INT32_MIN
#define COMMAND_RUN 0x01
#define COMMAND_LENGTH 8

void der_frame_meter(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_METER + dev->node, 8);
	put_signed(frame, 0, 4, dev->p_w, W);
	put_unsigned(frame, 4, 2, dev->f_hz, HZ);
	put_unsigned(frame, 6, 2, dev->v_v, V);
}

void der_frame_power(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_POWER + dev->node, 8);
	put_signed(frame, 0, 4, dev->p_w, W);
	put_unsigned(frame, 4, 2, dev->v_v, V);
	put_signed(frame, 6, 2, dev->i_a, A);
}

void der_frame_status(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_STATUS + dev->node, 8);
	frame->data[0] = dev->state == OVPP_DER_STATE_UNKNOWN ? 0xff : dev->state;
	frame->data[1] = (uint8_t)dev->command_count;
	put_unsigned(frame, 2, 2, dev->f_hz, HZ);
	put_bytes(frame, 4, 2, dev->alarm);
	put_bytes(frame, 6, 2, dev->warning);
}

void der_frame_offer(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_OFFER + dev->node, 8);
	put_signed(frame, 0, 4, dev->p_max_w, W);
	put_signed(frame, 4, 4, dev->p_min_w, W);
}

void der_frame_energy(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_ENERGY + dev->node, 8);
	put_unsigned(frame, 0, 4, dev->import_wh, WH);
	put_unsigned(frame, 4, 4, dev->export_wh, WH);
}

void der_frame_storage(const struct device *dev, struct can_frame *frame)
{
	put_head(frame, DER_ID_STORAGE + dev->node, 6);
	put_unsigned(frame, 0, 2, dev->soc, PERCENT_2);
	put_unsigned(frame, 2, 2, dev->soh, PERCENT_2);
	put_signed(frame, 4, 2, dev->temp_c, DEGREE);
}

canid_t der_frame_command_id(const struct device *dev)
{
	switch (dev->ops->command) {
	case DEVICE_TAKES_SETPOINT:
		return DER_ID_SETPOINT + dev->node;
	case DEVICE_TAKES_LIMIT:
		return DER_ID_LIMIT + dev->node;
	default:
		return 0;
	}
}

static int32_t get_signed(const uint8_t *data)
{
	return (int32_t)((uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
			 (uint32_t)data[3] << 24);
}

bool der_frame_command(struct device *dev, const struct can_frame *frame)
{
	canid_t id = der_frame_command_id(dev);
	int32_t raw;

	if (!id || (frame->can_id & ~CAN_RTR_FLAG) != id)
		return false;
	if (frame->can_id & CAN_RTR_FLAG || frame->len < COMMAND_LENGTH) {
		dev->commands_bad++;
		return true;
	}
	raw = get_signed(frame->data);
	device_take_command(dev, raw == NOT_AVAILABLE ? NAN : raw * W, frame->data[4] & COMMAND_RUN,
			    frame->data[7]);
	return true;
}
