// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any tables at all: the check refuses them or they can be used with any frame
 * and any command, and never reach outside.
 */
#include "core/profile.h"
#include "input.h"

static void draw_message(struct input *in, struct ovpp_message *msg)
{
	msg->flags = draw_below(in, 4) ? draw(in, 1) & 0x27 : draw(in, 1);
	msg->id = draw(in, 4) >> draw_below(in, 32);
	msg->stride = draw_below(in, 3) ? 0 : draw(in, 4);
	msg->length = draw_below(in, 70);
	msg->timeout_ms = msg->flags & OVPP_MESSAGE_TX ? 0 : draw(in, 2);
	msg->period_ms = msg->flags & OVPP_MESSAGE_TX ? draw(in, 2) : 0;
	msg->fill = draw(in, 1);
	msg->signal = draw_below(in, 12);
	msg->signals = draw_below(in, 6);
}

static void draw_signal(struct input *in, struct ovpp_signal *sig)
{
	sig->start = draw_below(in, 3) ? draw_below(in, 64) : draw_below(in, 2100);
	sig->length = draw_below(in, 66);
	sig->flags = draw(in, 2) >> draw_below(in, 9);
	if (draw_below(in, 3))
		sig->flags &= OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SIGNED;
	sig->scale_start = draw_below(in, 2100);
	sig->point = draw_below(in, 30);
	sig->num = draw_below(in, 4) ? 1 : draw_s64(in);
	sig->den = draw_below(in, 4) ? 1 : draw(in, 4);
	sig->offset = draw_below(in, 4) ? 0 : draw_s64(in);
	sig->raw_min = draw_below(in, 4) ? S64_MIN : draw_s64(in);
	sig->raw_max = draw_below(in, 4) ? S64_MAX : draw_s64(in);
	sig->mux_value = draw_below(in, 4);
	sig->map = draw_below(in, 5);
	sig->maps = draw_below(in, 5);
}

/* Register @at and up; most are right, so that many requests are. */
static void draw_register(struct input *in, struct ovpp_signal *sig, bool tx, unsigned int at)
{
	static const u16 flags[] = {0,
				    OVPP_SIGNAL_SIGNED,
				    OVPP_SIGNAL_FLOAT,
				    OVPP_SIGNAL_SWAPPED,
				    OVPP_SIGNAL_SCALED,
				    OVPP_SIGNAL_SWAPPED | OVPP_SIGNAL_SCALED,
				    OVPP_SIGNAL_CONST,
				    OVPP_SIGNAL_BITS};

	draw_signal(in, sig);
	if (!draw_below(in, 8))
		return;
	sig->start = 16 * at + 7;
	sig->length = 16 << draw_below(in, 3);
	sig->flags = OVPP_SIGNAL_BIG_ENDIAN | flags[draw_below(in, 8)];
	sig->scale_start = 16 * draw_below(in, 6) + 7;
	sig->point = tx ? OVPP_POINT_P_SET + at : at + draw_below(in, 8);
}

/* A request and those of the signals from @at on that it has. */
static unsigned int draw_request(struct input *in, const struct ovpp_profile *prof,
				 struct ovpp_message *msg, unsigned int at)
{
	static const u8 reads[] = {1, 2, 3, 4, 23}, writes[] = {5, 6, 15, 16, 22, 23};
	unsigned int registers = 0, left = prof->n_signals - at;
	bool tx = draw_below(in, 2);
	u16 i;

	msg->id = OVPP_MODBUS_ID(tx ? writes[draw_below(in, 6)] : reads[draw_below(in, 5)], 0,
				 draw(in, 2));
	msg->flags = tx ? OVPP_MESSAGE_TX : 0;
	msg->period_ms = draw_below(in, 8);
	msg->timeout_ms = tx ? 0 : draw(in, 1);
	msg->signal = at;
	msg->signals = ovpp_min(draw_below(in, 4), left);
	for (i = 0; i < msg->signals; i++) {
		draw_register(in, &prof->signal[at + i], tx, registers);
		registers += prof->signal[at + i].length / 16;
	}
	msg->length = draw_below(in, 4) ? 2 * (registers + draw_below(in, 2)) : draw(in, 1);
	return msg->signals;
}

static void draw_requests(struct input *in, struct ovpp_profile *prof)
{
	unsigned int i, at = 0;

	for (i = 0; i < prof->n_messages; i++)
		at += draw_request(in, prof, &prof->message[i], at);
}

static void draw_messages(struct input *in, struct ovpp_profile *prof)
{
	unsigned int i;

	for (i = 0; i < prof->n_signals; i++)
		draw_signal(in, &prof->signal[i]);
	for (i = 0; i < prof->n_messages; i++)
		draw_message(in, &prof->message[i]);
}

static void check_decode(struct input *in, const struct ovpp_profile *prof,
			 const struct ovpp_message *msg)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_image img = {0};
	size_t len = draw_below(in, OVPP_PAYLOAD_MAX + 1);
	u8 *data = draw_bytes(in, len);
	int n = ovpp_message_decode(prof, msg, data, len, up);
	u32 seen = 0;
	int i;

	free(data);
	if (n < 0) {
		PROMISE(n == -EMSGSIZE && len < msg->length);
		return;
	}
	PROMISE(n <= OVPP_UPDATE_MAX);
	for (i = 0; i < n; i++) {
		u32 bit = OVPP_POINT_BIT(up[i].point);

		PROMISE(up[i].point < OVPP_POINT_P_SET);
		PROMISE(prof->measured & bit);
		PROMISE(!(seen & bit));
		seen |= bit;
	}
	ovpp_image_update(&img, up, n, 1, msg->timeout_ms);
	ovpp_image_derive(prof, &img);
}

/* Its payload holds exactly what it asks for, within the addresses. */
static void check_quantity(const struct ovpp_profile *prof, const struct ovpp_message *msg)
{
	unsigned int n = ovpp_message_quantity(prof, msg);

	PROMISE(n >= 1 && OVPP_MODBUS_ADDRESS(msg->id) + n <= 65536);
	PROMISE(msg->length <= OVPP_PAYLOAD_MAX);
	PROMISE(msg->length == 2 * n || msg->length == (n + 7) / 8);
}

static void check_encode(struct input *in, const struct ovpp_profile *prof,
			 const struct ovpp_message *msg)
{
	s64 command[OVPP_POINT_N];
	u8 *data = malloc(msg->length + 1);
	u8 *other = malloc(msg->length + 1);
	int i;

	for (i = 0; i < OVPP_POINT_N; i++)
		command[i] = draw_s64(in);
	PROMISE(ovpp_message_encode(prof, msg, command, data) == msg->length);
	/* what is sent depends on the commands alone */
	memset(other, 0x5a, msg->length);
	ovpp_message_encode(prof, msg, command, other);
	PROMISE(!memcmp(data, other, msg->length));
	free(data);
	free(other);
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct input in = {bytes, bytes + size};
	u16 messages = draw_below(&in, 5);
	u16 signals = draw_below(&in, 14);
	u16 maps = draw_below(&in, 5);
	bool modbus = draw_below(&in, 2);
	struct ovpp_profile prof = {
		.bus = modbus ? OVPP_BUS_MODBUS : OVPP_BUS_CAN,
		.response_ms = modbus,
		.kind = draw_below(&in, 10),
		.n_messages = messages,
		.n_signals = signals,
		.n_maps = maps,
		/* exact sizes, so that an index beyond is seen */
		.message = calloc(messages ? messages : 1, sizeof(*prof.message)),
		.signal = calloc(signals ? signals : 1, sizeof(*prof.signal)),
		.map = calloc(maps ? maps : 1, sizeof(*prof.map)),
	};
	struct ovpp_profile_error err = {0};
	u32 id;
	int i;

	for (i = 0; i < maps; i++) {
		prof.map[i].raw = draw_below(&in, 4);
		prof.map[i].value = draw_below(&in, 4);
	}
	(modbus ? draw_requests : draw_messages)(&in, &prof);

	if (ovpp_profile_check(&prof, &err)) {
		PROMISE(err.text && *err.text);
		PROMISE(err.message < messages);
		goto out;
	}
	PROMISE(!(prof.required & ~prof.measured));
	PROMISE(!(prof.measured & prof.commands));
	for (i = 0; i < messages; i++) {
		PROMISE(!ovpp_message_id(&prof.message[i], modbus, &id));
		if (modbus)
			check_quantity(&prof, &prof.message[i]);
		if (prof.message[i].flags & OVPP_MESSAGE_TX)
			check_encode(&in, &prof, &prof.message[i]);
		else
			check_decode(&in, &prof, &prof.message[i]);
	}
out:
	free(prof.message);
	free(prof.signal);
	free(prof.map);
	return 0;
}
