// SPDX-License-Identifier: GPL-2.0-or-later
#include "bms_frame.h"

#include <string.h>

#include "put.h"

#define REQUEST_CHARGE_OK 0x80
#define REQUEST_DISCHARGE_OK 0x40

void bms_frames(const struct bms_values *bms, struct can_frame frames[BMS_FRAMES])
{
	struct can_frame *f = frames;

	put_head(f, BMS_ID_LIMITS, 8);
	put_unsigned(f, 0, 2, bms->charge_v, 0.1);
	put_signed(f, 2, 2, bms->charge_a, 0.1);
	put_signed(f, 4, 2, bms->discharge_a, 0.1);
	put_unsigned(f, 6, 2, bms->discharge_v, 0.1);

	put_head(++f, BMS_ID_CHARGE, 4);
	put_unsigned(f, 0, 2, bms->soc, 0.01);
	put_unsigned(f, 2, 2, bms->soh, 0.01);

	put_head(++f, BMS_ID_MEASURED, 6);
	put_signed(f, 0, 2, bms->v, 0.01);
	put_signed(f, 2, 2, bms->a, 0.1);
	put_signed(f, 4, 2, bms->temp_c, 0.1);

	put_head(++f, BMS_ID_ALARMS, 7);
	put_bytes(f, 0, 2, bms->protection);
	put_bytes(f, 2, 2, bms->warning);
	f->data[4] = bms->modules;
	memcpy(&f->data[5], "PN", 2);

	put_head(++f, BMS_ID_REQUESTS, 2);
	if (bms->charge_ok)
		f->data[0] |= REQUEST_CHARGE_OK;
	if (bms->discharge_ok)
		f->data[0] |= REQUEST_DISCHARGE_OK;

	put_head(++f, BMS_ID_NAME, 8);
	memcpy(f->data, "PYLON   ", 8);
}

bool bms_is_keepalive(const struct can_frame *frame)
{
	return frame->can_id == BMS_ID_KEEPALIVE;
}
