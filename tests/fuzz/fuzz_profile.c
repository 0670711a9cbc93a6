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
	sig->start = draw_below(in, 3) ? draw_below(in, 64) : draw_below(in, 600);
	sig->length = draw_below(in, 66);
	sig->flags = draw(in, 1);
	if (draw_below(in, 3))
		sig->flags &= OVPP_SIGNAL_BIG_ENDIAN | OVPP_SIGNAL_SIGNED;
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

static void check_decode(struct input *in, const struct ovpp_profile *prof,
			 const struct ovpp_message *msg)
{
	struct ovpp_update up[OVPP_UPDATE_MAX];
	struct ovpp_image img = {0};
	size_t len = draw_below(in, 65);
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
	struct ovpp_profile prof = {
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

	for (i = 0; i < signals; i++)
		draw_signal(&in, &prof.signal[i]);
	for (i = 0; i < maps; i++) {
		prof.map[i].raw = draw_below(&in, 4);
		prof.map[i].value = draw_below(&in, 4);
	}
	for (i = 0; i < messages; i++)
		draw_message(&in, &prof.message[i]);

	if (ovpp_profile_check(&prof, &err)) {
		PROMISE(err.text && *err.text);
		PROMISE(err.message < messages);
		goto out;
	}
	PROMISE(!(prof.required & ~prof.measured));
	PROMISE(!(prof.measured & prof.commands));
	for (i = 0; i < messages; i++) {
		PROMISE(!ovpp_message_id(&prof.message[i], 0, &id));
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
