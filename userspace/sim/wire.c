// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"

#include <math.h>

#include "battery.h"
#include "bms_frame.h"
#include "der_frame.h"

#define FAST_MS 100
#define SLOW_MS 1000

/* Spreads the messages over the period: no two devices start together. */
#define PHASE_MS 10

static const char *const fault_names[] = {
	[WIRE_OK] = "none",	      [WIRE_TRUNCATED] = "truncated", [WIRE_REMOTE] = "remote",
	[WIRE_EXTENDED] = "extended", [WIRE_UNKNOWN] = "unknown",     [WIRE_GARBAGE] = "garbage",
	[WIRE_FROZEN] = "frozen",
};

const char *wire_fault_name(enum wire_fault fault)
{
	return fault < WIRE_FAULTS ? fault_names[fault] : NULL;
}

unsigned int wire_bits(const struct can_frame *frame)
{
	unsigned int data = frame->can_id & CAN_RTR_FLAG ? 0 : 8 * frame->len;

	/* Frame, its stuffable part, three bits of pause: 11 and 29 bits. */
	if (frame->can_id & CAN_EFF_FLAG)
		return 67 + data + (54 + data - 1) / 4;
	return 47 + data + (34 + data - 1) / 4;
}

static void spoil(struct wire *w, struct can_frame *frame, size_t slot)
{
	switch (w->fault) {
	case WIRE_TRUNCATED:
		if (frame->len)
			frame->len--;
		break;
	case WIRE_REMOTE:
		frame->can_id |= CAN_RTR_FLAG;
		break;
	case WIRE_EXTENDED:
		frame->can_id |= CAN_EFF_FLAG;
		break;
	case WIRE_GARBAGE:
		for (unsigned int i = 0; i < frame->len; i++)
			frame->data[i] = (uint8_t)rng_bits(&w->dev->rng);
		break;
	case WIRE_FROZEN:
		if (w->last[slot].can_id)
			*frame = w->last[slot];
		break;
	default:
		break;
	}
	if (w->fault == WIRE_OK)
		w->last[slot] = *frame;
}

static void emit(struct wire *w, struct can_frame *frame, size_t slot, const struct wire_sink *sink)
{
	spoil(w, frame, slot);
	w->frames++;
	w->bits += wire_bits(frame);
	sink->send(sink->context, frame);
}

/* Does a multiple of the period lie within the step that ends now? */
static bool due(const struct wire *w, size_t slot, double period_ms, uint64_t now_ms,
		uint64_t step_ms)
{
	uint64_t period = (uint64_t)period_ms;
	uint64_t phase = (w->dev->node * 3 + slot * 2) * PHASE_MS;

	return (now_ms + phase) % period < step_ms;
}

static bool is_meter(const struct device *dev)
{
	return dev->ops->kind == OVPP_KIND_METER;
}

static bool is_no_meter(const struct device *dev)
{
	return !is_meter(dev);
}

static bool is_any(const struct device *dev)
{
	return dev != NULL;
}

/* A battery's packs tell the charge themselves. */
static bool has_storage(const struct device *dev)
{
	return dev->ops->kind == OVPP_KIND_EV;
}

/* The messages of our own protocol, and which devices send them. */
static const struct message {
	void (*fill)(const struct device *dev, struct can_frame *frame);
	unsigned int period_ms; /* 0: the device's own */
	bool (*has)(const struct device *dev);
} messages[] = {
	{der_frame_meter, 0, is_meter},	     {der_frame_power, 0, is_no_meter},
	{der_frame_status, FAST_MS, is_any}, {der_frame_offer, FAST_MS, is_no_meter},
	{der_frame_energy, SLOW_MS, is_any}, {der_frame_storage, SLOW_MS, has_storage},
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

_Static_assert(MESSAGES + BMS_FRAMES <= WIRE_FRAMES_MAX, "no room for a frame");

static void send_packs(struct wire *w, const struct device *dev, uint64_t now_ms, uint64_t step_ms,
		       const struct wire_sink *sink)
{
	const struct battery *b = battery_of(w->dev);
	struct can_frame frames[BMS_FRAMES];
	const struct bms_values bms = {
		.charge_v = battery_charge_v(b),
		.charge_a = b->charge_max_a,
		.discharge_a = b->discharge_max_a,
		.discharge_v = battery_discharge_v(b),
		.soc = dev->soc,
		.soh = dev->soh,
		.v = isnan(dev->v_v) ? NAN : b->dc_v,
		.a = isnan(dev->i_a) ? NAN : -b->dc_a,
		.temp_c = dev->temp_c,
		.protection = dev->alarm,
		.warning = dev->warning,
		.modules = (uint8_t)b->modules,
		.charge_ok = b->charge_max_a > 0,
		.discharge_ok = b->discharge_max_a > 0,
	};

	if (!due(w, MESSAGES, b->bms_ms, now_ms, step_ms))
		return;
	bms_frames(&bms, frames);
	for (size_t i = 0; i < BMS_FRAMES; i++)
		emit(w, &frames[i], MESSAGES + i, sink);
}

/* The device as its frames tell it. */
static struct device told(const struct wire *w)
{
	struct device dev = *w->dev;

	if (w->fault == WIRE_UNKNOWN) {
		dev.p_w = dev.v_v = dev.i_a = dev.f_hz = NAN;
		dev.p_max_w = dev.p_min_w = NAN;
		dev.import_wh = dev.export_wh = NAN;
		dev.soc = dev.soh = dev.temp_c = NAN;
		dev.state = OVPP_DER_STATE_UNKNOWN;
	}
	return dev;
}

void wire_send(struct wire *w, uint64_t now_ms, uint64_t step_ms, const struct wire_sink *sink)
{
	const struct device dev = told(w);
	struct can_frame frame;

	if (w->unplugged)
		return;
	for (size_t i = 0; i < MESSAGES; i++) {
		const struct message *m = &messages[i];
		double period = m->period_ms ? m->period_ms : w->dev->power_ms;

		if (!m->has(w->dev) || !due(w, i, period, now_ms, step_ms))
			continue;
		m->fill(&dev, &frame);
		emit(w, &frame, i, sink);
	}
	if (w->dev->ops->kind == OVPP_KIND_BATTERY)
		send_packs(w, &dev, now_ms, step_ms, sink);
}

void wire_receive(struct wire *w, const struct can_frame *frame)
{
	if (w->unplugged)
		return;
	if (w->dev->ops->kind == OVPP_KIND_BATTERY && bms_is_keepalive(frame))
		battery_keepalive(battery_of(w->dev));
	else
		der_frame_command(w->dev, frame);
}
