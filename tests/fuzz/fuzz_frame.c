// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any frames from a battery: what the engine makes of it never lets it do more
 * than the envelope, the frames or their absence allow.
 */
#include "../unit/pylontech.h"
#include "core/engine.h"
#include "input.h"

#define KW(x) ((s64)(x)*1000000)

static void receive(struct input *in, const struct ovpp_profile *prof, struct ovpp_image *img,
		    u64 now)
{
	/* the last message is the one that is sent */
	const struct ovpp_message *msg = &prof->message[draw_below(in, prof->n_messages - 1)];
	struct ovpp_update up[OVPP_UPDATE_MAX];
	size_t len = draw_below(in, 9);
	u8 *data = draw_bytes(in, len);
	int n = ovpp_message_decode(prof, msg, data, len, up);

	free(data);
	PROMISE((n < 0) == (len < msg->length));
	if (n < 0)
		return;
	ovpp_image_update(img, up, n, now, msg->timeout_ms);
	ovpp_image_derive(prof, img);
}

static bool good(const struct ovpp_image *img, enum ovpp_point p, u64 now, s64 *value)
{
	return ovpp_value_good(&img->point[p], now, value);
}

static void check_der(const struct ovpp_der_ctl *der, const struct ovpp_image *img, u64 now)
{
	s64 v, i, soc, ok;

	if (der->tripped)
		return;
	PROMISE(der->supervision == OVPP_SUPERVISION_ONLINE);
	PROMISE(der->lo_mw <= der->hi_mw);
	PROMISE(der->lo_mw >= KW(-5) && der->hi_mw <= KW(5));
	if (!good(img, OVPP_POINT_SOC, now, &soc))
		PROMISE(der->lo_mw >= 0 && der->hi_mw <= 0);
	else if (soc <= 100000)
		PROMISE(der->hi_mw <= 0);
	else if (soc >= 950000)
		PROMISE(der->lo_mw >= 0);
	if (!good(img, OVPP_POINT_V, now, &v) || v < 0)
		v = 0;
	if (!good(img, OVPP_POINT_I_CHARGE_MAX, now, &i) || i < 0)
		i = 0;
	PROMISE(der->lo_mw >= -(v * i / 1000));
	if (!good(img, OVPP_POINT_I_DISCHARGE_MAX, now, &i) || i < 0)
		i = 0;
	PROMISE(der->hi_mw <= v * i / 1000);
	if (good(img, OVPP_POINT_CHARGE_OK, now, &ok) && !ok)
		PROMISE(der->lo_mw >= 0);
	if (good(img, OVPP_POINT_DISCHARGE_OK, now, &ok) && !ok)
		PROMISE(der->hi_mw <= 0);
	if (good(img, OVPP_POINT_ALARM, now, &ok))
		PROMISE(!ok);
}

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t size)
{
	struct ovpp_message message[OPENVPP_MESSAGE_MAX];
	struct ovpp_signal signal[OPENVPP_SIGNAL_MAX];
	struct input in = {bytes, bytes + size};
	struct ovpp_profile_error err;
	struct ovpp_image img = {0};
	struct ovpp_profile prof;
	struct ovpp_der_ctl der;
	u64 now = OVPP_NS_PER_S;

	pylontech(&prof, message, signal);
	PROMISE(!ovpp_profile_check(&prof, &err));
	/* the inverter behind the battery takes the command */
	prof.commands = OVPP_POINT_BIT(OVPP_POINT_P_SET);
	ovpp_der_ctl_init(&der, 1, &prof, OVPP_KIND_BATTERY, false);
	der.reachable = true;
	der.envelope.p_min_mw = KW(-5);
	der.envelope.p_max_mw = KW(5);
	der.envelope.soc_min_ppm = 100000;
	der.policy.soc_max_ppm = 950000;
	while (in.at < in.end) {
		now += draw(&in, 1) * draw(&in, 1) * OVPP_NS_PER_MS / 8;
		receive(&in, &prof, &img, now);
		ovpp_der_sense(&der, &img, now);
		check_der(&der, &img, now);
	}
	return 0;
}
