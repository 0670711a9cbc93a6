// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulator's frames: the packs' against frames of real packs, our own
 * protocol against the profiles that are shipped for it, with the decoder that
 * the kernel uses.
 */
#include "test_sim.h"

#include <core/profile.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../userspace/sim/battery.h"
#include "../../userspace/sim/bms_frame.h"
#include "../../userspace/sim/der_frame.h"
#include "profile.h"

/* Real packs say the same, old firmware of a US5000 with six modules. */
static bool packs_speak_as_real_ones(void)
{
	static const struct {
		canid_t id;
		uint8_t length;
		const char *data;
	} real[BMS_FRAMES] = {
		{0x351, 8, "\x14\x02\xc0\x12\xc0\x12\xc2\x01"},
		{0x355, 4, "\x58\x00\x5e\x00"},
		{0x356, 6, "\x7a\x13\xf2\xfe\x6b\x01"},
		{0x359, 7, "\x00\x00\x00\x00\x06PN"},
		{0x35c, 2, "\xc0\x00"},
		{0x35e, 8, "PYLON   "},
	};
	const struct bms_values bms = {
		.charge_v = 53.2,
		.charge_a = 480,
		.discharge_a = 480,
		.discharge_v = 45,
		.soc = 0.88,
		.soh = 0.94,
		.v = 49.86,
		.a = -27,
		.temp_c = 36.3,
		.modules = 6,
		.charge_ok = true,
		.discharge_ok = true,
	};
	struct can_frame frame[BMS_FRAMES];
	bool ok = true;

	bms_frames(&bms, frame);
	for (int i = 0; i < BMS_FRAMES; i++) {
		ok &= HOLDS(frame[i].can_id == real[i].id);
		ok &= HOLDS(frame[i].len == real[i].length);
		ok &= HOLDS(!memcmp(frame[i].data, real[i].data, real[i].length));
	}
	return ok;
}

/* What a gateway with a profile makes of a node's frames. */
struct gateway {
	struct ovpp_profile *profile;
	unsigned int node;
	struct ovpp_image image;
	unsigned int unclaimed;
};

static bool gateway_open(struct gateway *g, const char *profile, unsigned int node)
{
	char path[512], err[512] = "";
	json_t *obj = NULL;
	int ret;

	*g = (struct gateway){.node = node};
	snprintf(path, sizeof(path), "userspace/profiles/%s.yaml", profile);
	ret = ovpp_profile_load(path, &obj, err, sizeof(err));
	if (!ret)
		ret = ovpp_profile_compile(obj, &g->profile, err, sizeof(err));
	json_decref(obj);
	if (ret)
		ksft_print_msg("%s: %s\n", profile, err);
	return !ret;
}

static const struct ovpp_message *claimed(const struct gateway *g, canid_t id, bool tx)
{
	for (int i = 0; i < g->profile->n_messages; i++) {
		const struct ovpp_message *msg = &g->profile->message[i];
		u32 at;

		if (!(msg->flags & OVPP_MESSAGE_TX) == !tx && !ovpp_message_id(msg, g->node, &at) &&
		    at == id)
			return msg;
	}
	return NULL;
}

static void gateway_hear(void *context, const struct can_frame *frame)
{
	struct gateway *g = context;
	const struct ovpp_message *msg = claimed(g, frame->can_id, false);
	struct ovpp_update up[OVPP_UPDATE_MAX];
	int n;

	if (!msg) {
		g->unclaimed++;
		return;
	}
	n = ovpp_message_decode(g->profile, msg, frame->data, frame->len, up);
	if (n > 0)
		ovpp_image_update(&g->image, up, (unsigned int)n, 1, msg->timeout_ms);
}

/* Ten seconds of a device's life on the bus. */
static void listen(struct gateway *g, struct wire *wire, struct env *env)
{
	const struct wire_sink sink = {gateway_hear, g};

	for (uint64_t ms = 10; ms <= 10000; ms += 10) {
		device_step(wire->dev, env);
		wire_send(wire, ms, 10, &sink);
	}
}

static bool shows(const struct gateway *g, unsigned int point, double value, double by)
{
	const struct ovpp_value *v = &g->image.point[point];

	if (v->quality == OVPP_QUALITY_GOOD && fabs((double)v->value - value) <= by)
		return true;
	ksft_print_msg("point %u: %lld, quality %u, want %.1f\n", point, (long long)v->value,
		       v->quality, value);
	return false;
}

#define BATTERY                                                                 \
	"{\"name\": \"b\", \"kind\": \"battery\", \"node\": 4, \"modules\": 2," \
	" \"power_w\": 9000, \"soc_start\": 0.62, \"safe_w\": -2500}"

static bool battery_is_understood(void)
{
	struct device *dev = device_of(BATTERY);
	const struct battery *b = battery_of(dev);
	struct wire wire = {.dev = dev};
	struct env env = env_of(1);
	struct gateway g;
	bool ok = gateway_open(&g, "battery", 4);

	if (!ok)
		goto out;
	listen(&g, &wire, &env);
	ok &= shows(&g, OVPP_POINT_P, -2500e3, 100);
	ok &= shows(&g, OVPP_POINT_V, b->dc_v * 1e3, 10);
	/* Charging: negative, whatever the packs' own sign is. */
	ok &= HOLDS(b->dc_a < 0);
	ok &= shows(&g, OVPP_POINT_I, b->dc_a * 1e3, 100);
	ok &= shows(&g, OVPP_POINT_F, 50e3, 0);
	ok &= shows(&g, OVPP_POINT_SOC, dev->soc * 1e6, 10000);
	ok &= shows(&g, OVPP_POINT_SOH, 1e6, 0);
	ok &= shows(&g, OVPP_POINT_TEMP, dev->temp_c * 1e3, 100);
	ok &= shows(&g, OVPP_POINT_STATE, OVPP_DER_STATE_RUNNING, 0);
	ok &= shows(&g, OVPP_POINT_ALARM, 0, 0);
	ok &= shows(&g, OVPP_POINT_I_CHARGE_MAX, 160e3, 100);
	ok &= shows(&g, OVPP_POINT_I_DISCHARGE_MAX, 160e3, 100);
	ok &= shows(&g, OVPP_POINT_V_CHARGE_MAX, 53.25e3, 50);
	ok &= shows(&g, OVPP_POINT_V_DISCHARGE_MIN, 45e3, 0);
	ok &= shows(&g, OVPP_POINT_CHARGE_OK, 1, 0);
	ok &= shows(&g, OVPP_POINT_P_MIN, dev->p_min_w * 1e3, 100);
	ok &= shows(&g, OVPP_POINT_P_MAX, dev->p_max_w * 1e3, 100);
	ok &= shows(&g, OVPP_POINT_E_IMPORT, dev->import_wh * 1e3, 1000);
	/* Only the packs' name is nobody's. */
	ok &= HOLDS(g.unclaimed == 10);
	ovpp_profile_free(g.profile);
out:
	device_free(dev);
	return ok;
}

static bool pack_alarms_are_understood(void)
{
	struct device *dev = device_of(BATTERY);
	struct wire wire = {.dev = dev};
	struct env env = env_of(1);
	struct gateway g;
	bool ok = gateway_open(&g, "pylontech-bms", 0);

	if (!ok)
		goto out;
	dev->temp_c = 62;
	env.ambient_c = 62;
	listen(&g, &wire, &env);
	ok &= shows(&g, OVPP_POINT_ALARM, BATTERY_OVER_TEMPERATURE << 16, 0);
	ok &= shows(&g, OVPP_POINT_CHARGE_OK, 0, 0);
	ok &= shows(&g, OVPP_POINT_I_DISCHARGE_MAX, 0, 0);
	ovpp_profile_free(g.profile);
out:
	device_free(dev);
	return ok;
}

/* Every bit of the packs' alarms arrives, beside those of 0x35A; bit 15 and bit 11 are one thing.
 */
static bool pack_alarm_bits_arrive(void)
{
	static const uint16_t bits[] = {0x0002, 0x0004, 0x0008, 0x0010, 0x0080, 0x0100, 0x0800};
	struct can_frame frame[BMS_FRAMES];
	struct gateway g;
	bool ok = gateway_open(&g, "pylontech-bms", 0);

	if (!ok)
		return false;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		const struct bms_values bms = {.protection = bits[i], .warning = 0x0112};

		bms_frames(&bms, frame);
		gateway_hear(&g, &frame[3]);
		ok &= shows(&g, OVPP_POINT_ALARM, bits[i] << 16, 0);
		ok &= shows(&g, OVPP_POINT_WARNING, 0x0112 << 16, 0);
	}
	frame[3].data[0] = 0;
	frame[3].data[1] = 0x80;
	gateway_hear(&g, &frame[3]);
	ok &= shows(&g, OVPP_POINT_ALARM, BATTERY_SYSTEM_ERROR << 16, 0);
	ovpp_profile_free(g.profile);
	return ok;
}

static const struct {
	const char *profile;
	const char *device;
} fleet[] = {
	{"pv", "{\"name\": \"x\", \"kind\": \"pv\", \"node\": 9,"
	       " \"peak_w\": 9000, \"safe_w\": 3000}"},
	{"wind", "{\"name\": \"x\", \"kind\": \"wind\", \"node\": 9,"
		 " \"power_w\": 5000, \"safe_w\": 4000}"},
	{"ev", "{\"name\": \"x\", \"kind\": \"ev\", \"node\": 9,"
	       " \"safe_w\": -3000, \"sessions\": [ { \"arrive\": \"22:00\","
	       " \"depart\": \"08:00\", \"soc\": 0.5 } ]}"},
	{"generator", "{\"name\": \"x\", \"kind\": \"generator\","
		      " \"node\": 9, \"power_w\": 5000, \"safe_w\": 4000}"},
	{"load", "{\"name\": \"x\", \"kind\": \"load\", \"node\": 9,"
		 " \"noise\": 0, \"curve\": { \"00:00\": 1234.5 }}"},
	{"meter", "{\"name\": \"x\", \"kind\": \"meter\", \"node\": 9,"
		  " \"noise_w\": 0}"},
};

static bool is_understood(const char *profile, const char *text)
{
	struct device *dev = device_of(text);
	bool meter = dev->ops->kind == OVPP_KIND_METER;
	struct wire wire = {.dev = dev};
	struct env env = env_of(1);
	struct gateway g;
	bool ok = gateway_open(&g, profile, 9);

	if (!ok)
		goto out;
	env.sun_w_m2 = 500;
	env.site_w = -321.5;
	listen(&g, &wire, &env);
	ok &= HOLDS(fabs(dev->p_w) > 100);
	/* A gust in the frames' age of 100 ms. */
	ok &= shows(&g, OVPP_POINT_P, dev->p_w * 1e3,
		    dev->ops->kind == OVPP_KIND_WIND ? 200e3 : 100);
	ok &= shows(&g, OVPP_POINT_V, 230e3, 0);
	ok &= shows(&g, OVPP_POINT_F, 50e3, 0);
	ok &= shows(&g, OVPP_POINT_STATE, dev->state, 0);
	ok &= shows(&g, OVPP_POINT_ALARM, 0, 0);
	ok &= meter || shows(&g, OVPP_POINT_P_MIN, dev->p_min_w * 1e3, 100);
	ok &= dev->ops->kind != OVPP_KIND_EV || shows(&g, OVPP_POINT_SOC, dev->soc * 1e6, 100);
	ok &= shows(&g, OVPP_POINT_E_IMPORT, dev->import_wh * 1e3, 1000);
	ok &= shows(&g, OVPP_POINT_E_EXPORT, dev->export_wh * 1e3, 1000);
	ok &= HOLDS(g.unclaimed == 0);

	wire.fault = WIRE_UNKNOWN;
	listen(&g, &wire, &env);
	ok &= HOLDS(g.image.point[OVPP_POINT_P].quality == OVPP_QUALITY_INVALID);
	ok &= HOLDS(g.image.point[OVPP_POINT_F].quality == OVPP_QUALITY_INVALID);
	ok &= HOLDS(g.image.point[OVPP_POINT_E_IMPORT].quality == OVPP_QUALITY_INVALID);
	ovpp_profile_free(g.profile);
out:
	device_free(dev);
	return ok;
}

static bool all_are_understood(void)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof(fleet) / sizeof(fleet[0]); i++)
		ok &= is_understood(fleet[i].profile, fleet[i].device);
	return ok;
}

/* A command as the gateway's encoder writes it moves the device. */
static bool obeys(const char *profile, const char *text, double p_w)
{
	struct device *dev = device_of(text);
	bool limit = dev->ops->command == DEVICE_TAKES_LIMIT;
	s64 command[OVPP_POINT_N] = {0};
	const struct ovpp_message *msg;
	struct can_frame frame = {0};
	struct gateway g;
	bool ok = gateway_open(&g, profile, dev->node);

	if (!ok)
		goto out;
	frame.can_id = der_frame_command_id(dev);
	msg = claimed(&g, frame.can_id, true);
	ok = HOLDS(msg);
	if (ok) {
		command[limit ? OVPP_POINT_P_LIMIT : OVPP_POINT_P_SET] = llround(p_w * 1000);
		command[OVPP_POINT_CONNECT] = 1;
		command[OVPP_POINT_HEARTBEAT] = 0x1ff;
		frame.len = (uint8_t)ovpp_message_encode(g.profile, msg, command, frame.data);
		ok &= HOLDS(der_frame_command(dev, &frame));
		ok &= NEAR(dev->command_w, p_w, 0.05) &&
		      HOLDS(dev->command_run && dev->command_count == 0xff);
	}
	ovpp_profile_free(g.profile);
out:
	device_free(dev);
	return ok;
}

static bool all_obey(void)
{
	return obeys("battery", BATTERY, -4321.9) & obeys("pv", fleet[0].device, 2222.2) &
	       obeys("wind", fleet[1].device, 0) & obeys("ev", fleet[2].device, 10999.9) &
	       obeys("generator", fleet[3].device, 5000);
}

static bool bad_commands_move_nothing(void)
{
	struct device *dev = device_of(BATTERY);
	struct can_frame frame = {.can_id = DER_ID_SETPOINT + 4, .len = 7};
	bool ok;

	ok = HOLDS(der_frame_command(dev, &frame));
	frame.len = 8;
	frame.can_id |= CAN_RTR_FLAG;
	ok &= HOLDS(der_frame_command(dev, &frame));
	ok &= HOLDS(dev->commands_bad == 2 && dev->commands == 0);
	frame.can_id = DER_ID_SETPOINT + 5;
	ok &= HOLDS(!der_frame_command(dev, &frame));
	frame.can_id = (DER_ID_SETPOINT + 4) | CAN_EFF_FLAG;
	ok &= HOLDS(!der_frame_command(dev, &frame));
	memcpy(frame.data, "\x00\x00\x00\x80\x01\x00\x00\x07", 8);
	frame.can_id = DER_ID_SETPOINT + 4;
	ok &= HOLDS(der_frame_command(dev, &frame));
	ok &= HOLDS(isnan(dev->command_w) && dev->commands == 1);
	device_free(dev);
	return ok;
}

/* Beyond what a field holds stands its nearest value, never a wrapped one. */
static bool values_never_wrap(void)
{
	struct device *dev = device_of(BATTERY);
	struct can_frame frame;
	bool ok = true;

	dev->p_w = 1e12;
	dev->v_v = 1e9;
	dev->i_a = -1e9;
	der_frame_power(dev, &frame);
	ok &= HOLDS(!memcmp(frame.data, "\xff\xff\xff\x7f\xfe\xff\x01\x80", 8));
	dev->soc = dev->soh = dev->temp_c = NAN;
	der_frame_storage(dev, &frame);
	ok &= HOLDS(frame.len == 6 && !memcmp(frame.data, "\xff\xff\xff\xff\x00\x80", 6));
	device_free(dev);
	return ok;
}

static const json_t *message_of(const json_t *profile, json_int_t id)
{
	json_t *messages = json_object_get(profile, "message");

	for (size_t i = 0; i < json_array_size(messages); i++) {
		json_t *msg = json_array_get(messages, i);

		if (json_integer_value(json_object_get(msg, "id")) == id)
			return msg;
	}
	return NULL;
}

/* Profile objects of the DBC file's node Storage and of ev.yaml. */
static int load_both(json_t **dbc, json_t **yaml)
{
	char path[] = "/tmp/ovpp-test-XXXXXX.yaml", err[512] = "", *text = NULL;
	int fd, ret;

	ret = ovpp_profile_import_dbc("userspace/profiles/ovpp-der.dbc", "Storage", &text, err,
				      sizeof(err));
	if (ret)
		goto out;
	fd = mkstemps(path, 5);
	ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
	if (!ret)
		ret = ovpp_profile_load(path, dbc, err, sizeof(err));
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	if (!ret)
		ret = ovpp_profile_load("userspace/profiles/ev.yaml", yaml, err, sizeof(err));
out:
	free(text);
	if (ret)
		ksft_print_msg("%s\n", err);
	return ret;
}

static bool dbc_says_the_same(void)
{
	json_t *dbc = NULL, *yaml = NULL, *messages;
	bool ok = HOLDS(!load_both(&dbc, &yaml));

	messages = json_object_get(dbc, "message");
	ok &= HOLDS(json_array_size(messages) == 6);
	for (size_t i = 0; i < json_array_size(messages); i++) {
		const json_t *msg = json_array_get(messages, i);
		json_int_t id = json_integer_value(json_object_get(msg, "id"));

		if (json_equal(msg, message_of(yaml, id)))
			continue;
		ksft_print_msg("message 0x%llx differs\n", (long long)id);
		ok = false;
	}
	json_decref(dbc);
	json_decref(yaml);
	return ok;
}

int main(void)
{
	static const struct sim_test tests[] = {
		{"packs: their frames are those of real packs, byte for byte",
		 packs_speak_as_real_ones},
		{"packs: the battery profile shows what battery and inverter mean",
		 battery_is_understood},
		{"packs: an alarm that they raise is understood", pack_alarms_are_understood},
		{"packs: every alarm bit has its place", pack_alarm_bits_arrive},
		{"protocol: the shipped profiles show what each device means, and what it does not "
		 "know",
		 all_are_understood},
		{"protocol: a command that the gateway encodes is the one that the device takes",
		 all_obey},
		{"protocol: a command that is short, remote or for another moves nothing",
		 bad_commands_move_nothing},
		{"protocol: a value beyond its field is held, never wrapped", values_never_wrap},
		{"protocol: the DBC file and the YAML profiles say the same", dbc_says_the_same},
	};

	return sim_tests_run(tests, sizeof(tests) / sizeof(tests[0]));
}
