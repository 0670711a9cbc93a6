// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulator as Modbus slaves, on lines in memory: registers against the decoder
 * that the kernel uses, requests and exceptions, faults, times, scenarios.
 */
#include "test_sim.h"

#include <core/modbus.h>
#include <core/profile.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../userspace/sim/battery.h"
#include "../../userspace/sim/report.h"
#include "../../userspace/sim/slave_device.h"
#include "../../userspace/sim/slave_encode.h"
#include "profile.h"
#include "sunspec_dump.h"

#define MS 1000000ULL

/* What a battery's inverter might have: every type, every table, every way to write. */
static const char profile_text[] =
	"name: test-inverter\n"
	"kind: battery\n"
	"bus: modbus\n"
	"messages:\n"
	"  - name: power\n"
	"    read: input\n"
	"    address: 0\n"
	"    count: 20\n"
	"    period_ms: 100\n"
	"    timeout_ms: 5000\n"
	"    signals:\n"
	"      - { point: p, register: 0, type: float32, scale: -1 }\n"
	"      - { point: e_import, register: 2, type: u32, unit: Wh, scale: 1 }\n"
	"      - { point: e_export, register: 4, type: u32, unit: Wh, scale: 1, words: little }\n"
	"      - { point: v, register: 6, type: u16, scale: 0.1 }\n"
	"      - { point: i, register: 7, type: i16, scale: 0.01 }\n"
	"      - { point: soc, register: 8, type: u16, scale: 0.1, max_raw: 1000 }\n"
	"      - { point: temp, register: 9, type: i16, scale: 0.1, min_raw: -1000 }\n"
	"      - { point: state, register: 10, type: u16, map: { 7: standby, 8: running } }\n"
	"      - { point: q, register: 11, type: i64, words: little }\n"
	"      - { point: soh, register: 15, type: float32 }\n"
	"  - name: scaled\n"
	"    read: holding\n"
	"    address: 100\n"
	"    count: 9\n"
	"    period_ms: 1000\n"
	"    timeout_ms: 5000\n"
	"    signals:\n"
	"      - { point: p_max, register: 100, type: i16, scale_register: 102 }\n"
	"      - { point: p_min, register: 101, type: i16, scale_register: 102 }\n"
	"      - { point: f, register: 103, type: u16, scale_register: 104 }\n"
	"      - { point: temp, register: 105, type: i16, scale_register: 106, min_raw: -32767 }\n"
	"      - { point: e_export, register: 107, type: u16, unit: Wh, scale: 1 }\n"
	"  - name: allowed\n"
	"    read: coils\n"
	"    period_ms: 1000\n"
	"    timeout_ms: 5000\n"
	"    signals:\n"
	"      - { point: charge_ok, coil: 3 }\n"
	"      - { point: discharge_ok, coil: 4 }\n"
	"  - name: alarms\n"
	"    read: discrete\n"
	"    period_ms: 1000\n"
	"    timeout_ms: 5000\n"
	"    signals:\n"
	"      - { point: alarm, coil: 0, length: 12 }\n"
	"  - name: set\n"
	"    write: registers\n"
	"    period_ms: 1000\n"
	"    signals:\n"
	"      - { point: p_set, register: 200, type: i32, scale: -0.1, min_raw: -100000, max_raw: "
	"100000 }\n"
	"      - { register: 202, type: u16, const: 60 }\n"
	"  - name: mode\n"
	"    write: register\n"
	"    signals:\n"
	"      - { point: q_set, register: 210, type: i16 }\n"
	"  - name: connect\n"
	"    write: coil\n"
	"    signals:\n"
	"      - { point: connect, coil: 20 }\n"
	"  - name: limit\n"
	"    write: mask\n"
	"    signals:\n"
	"      - { point: p_limit, register: 220, bit: 4, length: 8, scale: 100 }\n";

static const char battery_text[] =
	"{\"name\": \"b\", \"kind\": \"battery\", \"unit\": 7, \"modules\": 2,"
	" \"power_w\": 9000, \"soc_start\": 0.62, \"safe_w\": -2500, \"watchdog_s\": 2}";

static struct ovpp_profile *profile_of(const char *text)
{
	char path[] = "/tmp/test_sim_modbus_XXXXXX.yaml";
	int fd = mkstemps(path, 5);
	struct sim_error err = {.text = ""};
	struct ovpp_profile *prof = NULL;

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		ksft_exit_fail_msg("no scratch file\n");
	if (slave_profile(path, &prof, &err))
		ksft_exit_fail_msg("test data: %s\n", err.text);
	unlink(path);
	return prof;
}

/* A device as the unit 7 of a line, and a master at its other end. */
struct bench {
	struct device *dev;
	struct unit *unit;
	struct line line;
	struct env env;
	uint64_t now;
	uint8_t got[4 * LINE_RX_MAX]; /* everything that came since the last request */
	size_t n;
	uint64_t first_ns; /* when its first and last byte came */
	uint64_t last_ns;
	uint8_t answer[OVPP_MODBUS_PDU_MAX];
	size_t answer_len;
};

static void bench_open(struct bench *b)
{
	struct sim_error err;

	*b = (struct bench){.env = env_of(1), .now = 1000 * MS};
	b->dev = device_of(battery_text);
	b->dev->command_run = true;
	b->unit = unit_new(7, slave_new(profile_of(profile_text), &slave_device, b->dev), 1, "b");
	b->line = (struct line){.baud = 9600, .stop_bits = 1, .paced = true};
	line_setup(&b->line, &err);
	line_add(&b->line, b->unit);
	device_step(b->dev, &b->env);
}

static void bench_close(struct bench *b)
{
	unit_free(b->unit);
	device_free(b->dev);
}

/* The time passes until @until, or until nothing more is due. */
static void listen(struct bench *b, uint64_t until)
{
	uint64_t wake;
	size_t n;

	for (;;) {
		n = line_send(&b->line, b->now, b->got + b->n, &wake);
		if (n) {
			b->first_ns = b->n ? b->first_ns : b->now;
			b->last_ns = b->now;
			b->n += n;
			continue;
		}
		if (wake > until)
			return;
		if (wake <= b->now)
			ksft_exit_fail_msg("the line wants to be looked at in the past\n");
		b->now = wake;
	}
}

static void say(struct bench *b, uint8_t unit, const uint8_t *pdu, size_t len)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t n = ovpp_modbus_adu(unit, pdu, len, adu);

	b->n = 0;
	line_receive(&b->line, adu, n, b->now);
}

/*
 * A request as the master makes it: 0 and its answer, an exception's code, or -errno.
 * It waits for a second.
 */
static int ask(struct bench *b, const struct ovpp_modbus_request *req)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	int len = ovpp_modbus_pdu(req, pdu);
	size_t at, n = 0;
	int ret;

	if (len < 0)
		ksft_exit_fail_msg("test data: no request\n");
	say(b, 7, pdu, (size_t)len);
	listen(b, b->now + 1000 * MS);
	ret = ovpp_modbus_find_answer(req, 7, b->got, b->n, &at, &n);
	memcpy(b->answer, b->got + (ret >= 0 ? at : 0), n);
	b->answer_len = n;
	return ret;
}

static int get(struct bench *b, uint8_t function, uint16_t address, uint16_t quantity)
{
	const struct ovpp_modbus_request req = {
		.function = function,
		.address = address,
		.quantity = quantity,
	};

	return ask(b, &req);
}

static int put(struct bench *b, uint8_t function, uint16_t address, uint16_t quantity,
	       const void *data, uint8_t len)
{
	const struct ovpp_modbus_request req = {
		.function = function,
		.address = address,
		.quantity = quantity,
		.write_address = address,
		.write_quantity = quantity,
		.data = data,
		.len = len,
	};

	return ask(b, &req);
}

/* A register of the newest answer. */
static uint16_t word(const struct bench *b, size_t i)
{
	return (uint16_t)(b->answer[2 + 2 * i] << 8 | b->answer[3 + 2 * i]);
}

static const struct ovpp_message *message_at(const struct ovpp_profile *prof, uint8_t function,
					     uint16_t address)
{
	for (int i = 0; i < prof->n_messages; i++)
		if (prof->message[i].id == OVPP_MODBUS_ID(function, 0, address))
			return &prof->message[i];
	ksft_exit_fail_msg("test data: no message %u at %u\n", function, address);
}

/* What the gateway makes of a message that it reads. */
static bool read_message(struct bench *b, uint8_t function, uint16_t address,
			 struct ovpp_image *img)
{
	const struct ovpp_profile *prof = b->unit->slave->profile;
	const struct ovpp_message *msg = message_at(prof, function, address);
	struct ovpp_update up[OVPP_UPDATE_MAX];
	int n;

	if (get(b, function, address, (uint16_t)ovpp_message_quantity(prof, msg)))
		return HOLDS(!"answered");
	n = ovpp_message_decode(prof, msg, b->answer + 2, b->answer_len - 2, up);
	if (n > 0)
		ovpp_image_update(img, up, (unsigned int)n, 1, 0);
	return HOLDS(n > 0);
}

static bool shows(const struct ovpp_image *img, enum ovpp_point point, double value, double by)
{
	const struct ovpp_value *v = &img->point[point];

	if (v->quality == OVPP_QUALITY_GOOD && fabs((double)v->value - value) <= by)
		return true;
	ksft_print_msg("point %d: %" PRId64 ", quality %u, want %.1f\n", point, v->value,
		       v->quality, value);
	return false;
}

static bool unknown(const struct ovpp_image *img, enum ovpp_point point)
{
	return img->point[point].quality == OVPP_QUALITY_INVALID;
}

/* ---- registers ---- */

static bool registers_say_what_is_measured(void)
{
	struct ovpp_image img = {0};
	struct bench b;
	bool ok;

	bench_open(&b);
	for (int i = 0; i < 500; i++)
		device_step(b.dev, &b.env);
	b.dev->alarm = BATTERY_OVER_TEMPERATURE | BATTERY_SYSTEM_ERROR;
	b.dev->state = OVPP_DER_STATE_LIMITED;
	ok = read_message(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, &img);
	ok &= read_message(&b, OVPP_MODBUS_READ_COILS, 3, &img);
	ok &= read_message(&b, OVPP_MODBUS_READ_INPUTS, 0, &img);
	ok &= HOLDS(b.dev->p_w < -2000 && b.dev->import_wh > 1);
	ok &= shows(&img, OVPP_POINT_P, b.dev->p_w * 1e3, 1);
	ok &= shows(&img, OVPP_POINT_E_IMPORT, b.dev->import_wh * 1e3, 1000);
	ok &= shows(&img, OVPP_POINT_E_EXPORT, 0, 0);
	ok &= shows(&img, OVPP_POINT_V, 230e3, 0);
	ok &= shows(&img, OVPP_POINT_I, b.dev->i_a * 1e3, 5);
	ok &= shows(&img, OVPP_POINT_SOC, b.dev->soc * 1e6, 500);
	ok &= shows(&img, OVPP_POINT_SOH, 1e6, 0);
	ok &= shows(&img, OVPP_POINT_TEMP, b.dev->temp_c * 1e3, 50);
	/* Its map has no such state, but the one that it is a kind of. */
	ok &= shows(&img, OVPP_POINT_STATE, OVPP_DER_STATE_RUNNING, 0);
	ok &= shows(&img, OVPP_POINT_Q, 0, 0);
	ok &= shows(&img, OVPP_POINT_CHARGE_OK, 1, 0);
	ok &= shows(&img, OVPP_POINT_DISCHARGE_OK, 1, 0);
	ok &= shows(&img, OVPP_POINT_ALARM, b.dev->alarm, 0);
	/* The profile's sign, words in the profile's order. */
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 4) && !(b.answer[2] & 0x80));
	ok &= HOLDS(word(&b, 2) == 0 && word(&b, 3) == (uint16_t)b.dev->import_wh);
	bench_close(&b);
	return ok;
}

static bool not_known_is_not_zero(void)
{
	struct ovpp_image img = {0};
	struct bench b;
	bool ok;

	bench_open(&b);
	b.dev->p_w = b.dev->soc = b.dev->temp_c = b.dev->soh = b.dev->f_hz = NAN;
	b.dev->v_v = NAN;
	b.dev->state = OVPP_DER_STATE_UNKNOWN;
	ok = read_message(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, &img);
	ok &= HOLDS(unknown(&img, OVPP_POINT_P) && unknown(&img, OVPP_POINT_SOC));
	ok &= HOLDS(unknown(&img, OVPP_POINT_TEMP) && unknown(&img, OVPP_POINT_SOH));
	ok &= HOLDS(unknown(&img, OVPP_POINT_STATE));
	/* Every raw value is one: nothing can be said. */
	ok &= shows(&img, OVPP_POINT_V, 0, 0);
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(unknown(&img, OVPP_POINT_F) && unknown(&img, OVPP_POINT_TEMP));
	/* One with its own raw value, one by its power of ten. */
	ok &= HOLDS(word(&b, 5) == 0x8000 && word(&b, 4) == 0x8000);
	bench_close(&b);
	return ok;
}

static bool powers_of_ten_follow_the_values(void)
{
	struct ovpp_image img = {0};
	struct bench b;
	bool ok;

	bench_open(&b);
	b.dev->p_max_w = 321.09;
	b.dev->p_min_w = -12.34;
	ok = read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS((int16_t)word(&b, 2) == -2 && word(&b, 0) == 32109);
	ok &= shows(&img, OVPP_POINT_P_MAX, 321090, 0) & shows(&img, OVPP_POINT_P_MIN, -12340, 0);
	ok &= shows(&img, OVPP_POINT_F, 50e3, 5);
	/* One value that does not fit moves all that share its power. */
	b.dev->p_min_w = -45678;
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(word(&b, 2) == 1 && (int16_t)word(&b, 1) == -4568 && word(&b, 0) == 32);
	ok &= shows(&img, OVPP_POINT_P_MIN, -45678e3, 5e3);
	ok &= shows(&img, OVPP_POINT_P_MAX, 321e3, 5e3);
	/* It stays where it is. */
	b.dev->p_min_w = 0;
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(word(&b, 2) == 1);
	/* Unknown, and back. */
	b.dev->p_min_w = b.dev->p_max_w = NAN;
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(word(&b, 2) == 0x8000 && unknown(&img, OVPP_POINT_P_MAX));
	b.dev->p_min_w = b.dev->p_max_w = 1;
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= shows(&img, OVPP_POINT_P_MAX, 1e3, 0);
	bench_close(&b);
	return ok;
}

static bool energy_goes_round(void)
{
	struct ovpp_image img = {0};
	struct bench b;
	bool ok;

	bench_open(&b);
	b.dev->export_wh = 65535.9;
	ok = read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(word(&b, 7) == 0xffff);
	b.dev->export_wh = 65536 + 3.2;
	ok &= read_message(&b, OVPP_MODBUS_READ_HOLDING, 100, &img);
	ok &= HOLDS(word(&b, 7) == 3);
	/* The wider register has not come to its end. */
	ok &= read_message(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, &img);
	ok &= shows(&img, OVPP_POINT_E_EXPORT, 65539e3, 0);
	bench_close(&b);
	return ok;
}

static bool any_part_can_be_read(void)
{
	struct bench b;
	uint16_t whole[20];
	bool ok;

	bench_open(&b);
	ok = HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 20));
	for (int i = 0; i < 20; i++)
		whole[i] = word(&b, (size_t)i);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 6, 3));
	ok &= HOLDS(word(&b, 0) == whole[6] && word(&b, 2) == whole[8]);
	/* Two messages that lie beside each other are one range. */
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 200, 3));
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 21) ==
		    OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 65535, 1) ==
		    OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_HOLDING, 0, 1) == OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_COILS, 4, 1) && b.answer[2] == 1);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 5, 1) == OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(b.unit->requests == 8 && b.unit->answers == 8 && b.unit->exceptions == 4);
	bench_close(&b);
	return ok;
}

/* ---- writes ---- */

static bool writes_are_commands(void)
{
	static const uint8_t set[] = {0xff, 0xff, 0xb1, 0xe0, 0, 60}; /* -20,000 */
	static const uint8_t off = 0, on = 1;
	struct bench b;
	bool ok;

	bench_open(&b);
	ok = HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTERS, 200, 3, set, 6));
	/* The profile's scale is -0.1. */
	ok &= HOLDS(b.dev->command_w == 2000 && b.dev->commands == 1);
	device_step(b.dev, &b.env);
	ok &= HOLDS(device_wanted(b.dev) == 2000);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 200, 3) && word(&b, 1) == 0xb1e0);
	ok &= HOLDS(word(&b, 2) == 60);
	/* One half of it: 0xffffb1e0 becomes 0xffffffff. */
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 201, 1, "\xff\xff", 2));
	ok &= HOLDS(b.dev->command_w == 0.1 && b.dev->commands == 2);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_COIL, 20, 1, &off, 1));
	ok &= HOLDS(!b.dev->command_run && device_wanted(b.dev) == 0);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_COILS, 20, 1, &on, 1) && b.dev->command_run);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_COILS, 20, 1) && b.answer[2] == 1);
	bench_close(&b);
	return ok;
}

/* What was told, for what the model does not take. */
struct told {
	int64_t value[OVPP_POINT_N];
	unsigned int count;
};

static void note(struct slave *slave, enum ovpp_point point, int64_t value)
{
	struct told *told = slave->context;

	told->value[point] = value;
	told->count++;
}

static bool masks_and_exchanges(void)
{
	static const struct slave_owner owner = {.command = note};
	const struct ovpp_modbus_request exchange = {
		.function = OVPP_MODBUS_READ_WRITE,
		.address = 200,
		.quantity = 3,
		.write_address = 200,
		.write_quantity = 2,
		.data = (const uint8_t *)"\0\0\0\x64",
		.len = 4,
	};
	struct told told = {0};
	struct bench b;
	bool ok;

	bench_open(&b);
	b.unit->slave->owner = &owner;
	b.unit->slave->context = &told;
	/* Read what was just written. */
	ok = HOLDS(!ask(&b, &exchange) && word(&b, 1) == 100 && word(&b, 2) == 0);
	ok &= HOLDS(told.count == 1 && told.value[OVPP_POINT_P_SET] == -10000);
	/* AND 0xf00f keeps what is outside of the bits, OR sets 0x0a5. */
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 220, 1, "\x7f\xff", 2));
	ok &= HOLDS(told.value[OVPP_POINT_P_LIMIT] == 255 * 100000);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_MASK_WRITE, 220, 1, "\xf0\x0f\x0a\x50", 4));
	ok &= HOLDS(told.value[OVPP_POINT_P_LIMIT] == 165 * 100000);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 220, 1) && word(&b, 0) == 0x7a5f);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 210, 1, "\xff\xfe", 2));
	ok &= HOLDS(told.value[OVPP_POINT_Q_SET] == -2000 && told.count == 4);
	bench_close(&b);
	return ok;
}

static bool refusals(void)
{
	static const uint8_t over[] = {0, 1, 0x86, 0xa1, 0, 60}; /* 100,001 */
	struct bench b;
	bool ok;

	bench_open(&b);
	ok = HOLDS(put(&b, OVPP_MODBUS_WRITE_REGISTERS, 200, 3, over, 6) ==
		   OVPP_MODBUS_ILLEGAL_VALUE);
	ok &= HOLDS(isnan(b.dev->command_w) && !b.dev->commands);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 200, 3) && !word(&b, 1) && !word(&b, 2));
	/* What can be read only, and what is not there. */
	ok &= HOLDS(put(&b, OVPP_MODBUS_WRITE_REGISTER, 100, 1, "\0\1", 2) ==
		    OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(put(&b, OVPP_MODBUS_WRITE_REGISTERS, 201, 3, over, 6) ==
		    OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(put(&b, OVPP_MODBUS_WRITE_COIL, 3, 1, "\1", 1) == OVPP_MODBUS_ILLEGAL_ADDRESS);
	/* Quantities that the protocol does not have; a function that nobody has. */
	say(&b, 7, (const uint8_t *)"\x03\0\x64\0\0", 5);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 5 && b.got[1] == 0x83 && b.got[2] == OVPP_MODBUS_ILLEGAL_VALUE);
	say(&b, 7, (const uint8_t *)"\x05\0\x14\x12\x34", 5);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 5 && b.got[1] == 0x85 && b.got[2] == OVPP_MODBUS_ILLEGAL_VALUE);
	say(&b, 7, (const uint8_t *)"\x2b\x0e\x01\0", 4);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 5 && b.got[1] == 0xab && b.got[2] == OVPP_MODBUS_ILLEGAL_FUNCTION);
	bench_close(&b);
	return ok;
}

static bool falls_back(void)
{
	static const uint8_t set[] = {0, 0, 0, 0, 0, 60};
	struct bench b;
	bool ok;

	bench_open(&b);
	ok = HOLDS(device_wanted(b.dev) == -2500);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTERS, 200, 3, set, 6));
	for (int i = 0; i < 190; i++)
		device_step(b.dev, &b.env);
	ok &= HOLDS(device_wanted(b.dev) == 0);
	/* Reading is no sign of life, the timer's register alone is one. */
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 200, 3));
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 202, 1, "\0\x3c", 2));
	for (int i = 0; i < 190; i++)
		device_step(b.dev, &b.env);
	ok &= HOLDS(device_wanted(b.dev) == 0);
	for (int i = 0; i < 20; i++)
		device_step(b.dev, &b.env);
	ok &= HOLDS(device_wanted(b.dev) == -2500 && b.dev->watchdog_trips == 1);
	bench_close(&b);
	return ok;
}

static bool heartbeats_count(void)
{
	static const char text[] = "name: beat\n"
				   "kind: pv\n"
				   "bus: modbus\n"
				   "messages:\n"
				   "  - name: limit\n"
				   "    write: register\n"
				   "    signals:\n"
				   "      - { point: p_limit, register: 1, type: u16 }\n"
				   "  - name: beat\n"
				   "    write: register\n"
				   "    signals:\n"
				   "      - { point: heartbeat, register: 5, type: u16 }\n";
	struct bench b;
	bool ok;

	bench_open(&b);
	device_free(b.dev);
	unit_free(b.unit);
	b.dev = device_of("{\"name\": \"pv\", \"kind\": \"pv\", \"unit\": 7, \"peak_w\": 9000,"
			  " \"safe_w\": 500}");
	b.dev->command_run = true;
	b.unit = unit_new(7, slave_new(profile_of(text), &slave_device, b.dev), 1, "pv");
	b.line.unit[0] = b.unit;
	/* A limit without a heartbeat is kept, but keeps nothing alive. */
	ok = HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 1, 1, "\x03\xe8", 2));
	ok &= HOLDS(b.dev->command_w == 1000 && device_wanted(b.dev) == 500);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 5, 1, "\0\1", 2));
	ok &= HOLDS(device_wanted(b.dev) == 1000);
	for (int i = 0; i < 80; i++)
		device_step(b.dev, &b.env);
	/* The same count again is a stuck sender's. */
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 5, 1, "\0\1", 2));
	for (int i = 0; i < 40; i++)
		device_step(b.dev, &b.env);
	ok &= HOLDS(device_wanted(b.dev) == 500);
	bench_close(&b);
	return ok;
}

static bool dumps_are_served(void)
{
	static struct ovpp_sunspec_dump dump;
	static const char text[] = "40000: 5375 6e53 0001 0042\n7: 00ff\n";
	char err[200];
	struct bench b;
	bool ok;

	bench_open(&b);
	if (ovpp_sunspec_dump_parse(text, sizeof(text) - 1, "test", -1, &dump, err, sizeof(err)))
		ksft_exit_fail_msg("test data: %s\n", err);
	slave_free(b.unit->slave);
	b.unit->slave = slave_new_dump(&dump, &slave_device, b.dev);
	ok = HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 40000, 4) && word(&b, 1) == 0x6e53);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 7, 1) && word(&b, 0) == 0xff);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_HOLDING, 40000, 5) == OVPP_MODBUS_ILLEGAL_ADDRESS);
	ok &= HOLDS(!put(&b, OVPP_MODBUS_WRITE_REGISTER, 40003, 1, "\x12\x34", 2));
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_HOLDING, 40003, 1) && word(&b, 0) == 0x1234);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 7, 1) == OVPP_MODBUS_ILLEGAL_ADDRESS);
	bench_close(&b);
	return ok;
}

/* ---- the line ---- */

static bool keeps_the_times_of_its_line(void)
{
	struct bench b;
	uint64_t sent, begin, chr;
	bool ok;

	bench_open(&b);
	chr = b.line.timing.char_ns;
	ok = NEAR(chr, 10 * 1e9 / 9600, 1);
	sent = b.now;
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 10) && b.n == 25);
	begin = sent + 8 * chr + b.line.timing.t35_ns;
	ok &= HOLDS(b.first_ns == begin + chr && b.last_ns == begin + 25 * chr);

	b.line.turnaround_ms = 30;
	b.now = sent = b.now + 1000 * MS;
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 10));
	ok &= HOLDS(b.last_ns == sent + begin - 1000 * MS + 30 * MS + 25 * chr);

	/* On a UART the bytes take their time without our doing. */
	b.line.paced = false;
	b.line.turnaround_ms = 0;
	b.now = sent = b.now + 1000 * MS;
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 10));
	ok &= HOLDS(b.first_ns == sent + b.line.timing.t35_ns && b.last_ns == b.first_ns);
	bench_close(&b);
	return ok;
}

static bool hears_its_own_among_others(void)
{
	static const uint8_t noise[] = {7, 3, 0, 0, 0xff};
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	struct bench b;
	size_t n;
	bool ok;

	bench_open(&b);
	n = ovpp_modbus_adu(8, (const uint8_t *)"\x04\0\0\0\1", 5, adu);
	line_receive(&b.line, adu, n, b.now);
	listen(&b, b.now + 1000 * MS);
	ok = HOLDS(!b.n && !b.unit->requests);
	/* Noise, then a request byte by byte. */
	line_receive(&b.line, noise, sizeof(noise), b.now);
	n = ovpp_modbus_adu(7, (const uint8_t *)"\x04\0\0\0\1", 5, adu);
	for (size_t i = 0; i < n; i++) {
		b.now += 50 * MS;
		listen(&b, b.now);
		ok &= HOLDS(!b.n);
		line_receive(&b.line, adu + i, 1, b.now);
	}
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 7 && b.unit->answers == 1);
	/* One with a wrong CRC is none. */
	adu[n - 1] ^= 1;
	b.n = 0;
	line_receive(&b.line, adu, n, b.now);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(!b.n && b.unit->requests == 1);
	bench_close(&b);
	return ok;
}

static bool floods_do_no_harm(void)
{
	uint8_t flood[3 * LINE_RX_MAX];
	struct bench b;
	bool ok;

	bench_open(&b);
	memset(flood, 7, sizeof(flood));
	line_receive(&b.line, flood, sizeof(flood), b.now);
	b.now += 5000 * MS;
	listen(&b, b.now);
	ok = HOLDS(!b.unit->requests);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 10));
	bench_close(&b);
	return ok;
}

static bool broadcasts_are_not_answered(void)
{
	struct bench b;
	bool ok;

	bench_open(&b);
	say(&b, 0, (const uint8_t *)"\x05\0\x14\0\0", 5);
	listen(&b, b.now + 1000 * MS);
	ok = HOLDS(!b.n && !b.dev->command_run && b.dev->commands == 1);
	bench_close(&b);
	return ok;
}

static bool echoes(void)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	struct bench b;
	size_t n = ovpp_modbus_adu(7, (const uint8_t *)"\x04\0\0\0\1", 5, adu);
	bool ok;

	bench_open(&b);
	b.line.echo = true;
	line_receive(&b.line, adu, n, b.now);
	ok = HOLDS(line_send(&b.line, b.now, b.got, &(uint64_t){0}) == 0);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == n + 7 && !memcmp(b.got, adu, n));
	ok &= HOLDS(b.first_ns == 1000 * MS + n * b.line.timing.char_ns);
	bench_close(&b);
	return ok;
}

static bool several_units_take_turns(void)
{
	uint8_t adu[2 * OVPP_MODBUS_ADU_MAX];
	struct unit *other;
	struct bench b;
	size_t n;
	bool ok;

	bench_open(&b);
	other = unit_new(9, slave_new(profile_of(profile_text), &slave_device, b.dev), 1, "c");
	ok = HOLDS(line_add(&b.line, other) && !line_add(&b.line, other));
	/* Two requests at once: nobody speaks while another one does. */
	n = ovpp_modbus_adu(9, (const uint8_t *)"\x04\0\0\0\x0a", 5, adu);
	n += ovpp_modbus_adu(7, (const uint8_t *)"\x04\0\0\0\1", 5, adu + n);
	line_receive(&b.line, adu, n, b.now);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 25 + 7);
	ok &= HOLDS((b.got[0] == 7 && b.got[7] == 9) || (b.got[0] == 9 && b.got[25] == 7));
	ok &= HOLDS(b.last_ns == 1000 * MS + (16 + 25 + 7) * (uint64_t)b.line.timing.char_ns +
					 2 * (uint64_t)b.line.timing.t35_ns);
	unit_free(other);
	bench_close(&b);
	return ok;
}

/* ---- faults ---- */

static bool faults_have_names(void)
{
	static const char *const wrong[] = {"odd",	"late:x",      "late:-1", "bit-errors:2",
					    "silent:1", "exception:0", "late:"};
	struct sim_error err;
	enum unit_fault fault;
	double arg;
	bool ok = true;

	for (int i = 0; i < UNIT_FAULTS; i++) {
		const struct unit_fault_kind *kind = &unit_fault_kinds[i];

		ok &= HOLDS(!unit_fault_parse(kind->name, &fault, &arg, &err));
		ok &= HOLDS((int)fault == i && arg == kind->def);
	}
	ok &= HOLDS(!unit_fault_parse("late:300", &fault, &arg, &err));
	ok &= HOLDS(fault == UNIT_LATE && arg == 300);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok &= HOLDS(unit_fault_parse(wrong[i], &fault, &arg, &err) == -EINVAL);
	return ok;
}

static bool silence(void)
{
	static const uint8_t off = 0;
	struct bench b;
	bool ok;

	bench_open(&b);
	unit_set_fault(b.unit, UNIT_SILENT, 0);
	ok = HOLDS(put(&b, OVPP_MODBUS_WRITE_COIL, 20, 1, &off, 1) == -EAGAIN && !b.n);
	ok &= HOLDS(b.dev->command_run && !b.unit->requests);
	unit_set_fault(b.unit, UNIT_OK, 0);
	unit_plug(b.unit, false);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 3, 1) == -EAGAIN && !b.n);
	unit_plug(b.unit, true);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_COILS, 3, 1));
	bench_close(&b);
	return ok;
}

static bool lateness(void)
{
	struct bench b;
	uint64_t asked;
	bool ok;

	bench_open(&b);
	unit_set_fault(b.unit, UNIT_LATE, 300);
	asked = b.now;
	say(&b, 7, (const uint8_t *)"\x04\0\0\0\1", 5);
	listen(&b, b.now + 200 * MS);
	ok = HOLDS(!b.n);
	/* Deaf until it has answered: asked again, it answers once. */
	b.now = asked + 200 * MS;
	say(&b, 7, (const uint8_t *)"\x04\0\0\0\2", 5);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(b.n == 7 && b.first_ns > asked + 300 * MS && b.unit->requests == 1);
	/* Pulled out before it spoke, it says nothing. */
	say(&b, 7, (const uint8_t *)"\x04\0\0\0\1", 5);
	unit_plug(b.unit, false);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(!b.n);
	bench_close(&b);
	return ok;
}

static bool babble(void)
{
	uint8_t before[sizeof(((struct bench *)0)->got)];
	struct bench b;
	size_t n;
	bool ok;

	bench_open(&b);
	unit_set_fault(b.unit, UNIT_BABBLING, 20);
	listen(&b, b.now + 200 * MS);
	n = b.n;
	memcpy(before, b.got, n);
	ok = HOLDS(n > 5);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 3, 1) == -EAGAIN && b.n > 20);
	unit_set_fault(b.unit, UNIT_OK, 0);
	listen(&b, b.now + 1000 * MS);
	ok &= HOLDS(!get(&b, OVPP_MODBUS_READ_COILS, 3, 1) && b.n == 6);
	bench_close(&b);
	/* The same seed, the same noise. */
	bench_open(&b);
	unit_set_fault(b.unit, UNIT_BABBLING, 20);
	listen(&b, b.now + 200 * MS);
	ok &= HOLDS(b.n == n && !memcmp(b.got, before, n));
	bench_close(&b);
	return ok;
}

static bool bit_errors(void)
{
	struct bench b;
	int good = 0;
	bool ok;

	bench_open(&b);
	unit_set_fault(b.unit, UNIT_BIT_ERRORS, 0.002);
	for (int i = 0; i < 200; i++)
		good += !get(&b, OVPP_MODBUS_READ_INPUT_REGISTERS, 0, 10) && b.n == 25;
	/* 200 bits: about 2 of 3 come through. */
	ok = HOLDS(good > 100 && good < 170);
	unit_set_fault(b.unit, UNIT_BIT_ERRORS, 1);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 3, 1) == -EAGAIN);
	ok &= HOLDS(b.n == 6 && b.got[0] == (uint8_t)~7);
	bench_close(&b);
	return ok;
}

static bool wrong_names_and_refusals(void)
{
	static const uint8_t off = 0;
	struct bench b;
	bool ok;

	bench_open(&b);
	unit_set_fault(b.unit, UNIT_WRONG_UNIT, 0);
	ok = HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 3, 1) == -EAGAIN);
	ok &= HOLDS(b.n == 6 && b.got[0] == 8 && !ovpp_modbus_crc(b.got, b.n));
	unit_set_fault(b.unit, UNIT_EXCEPTION, 6);
	ok &= HOLDS(put(&b, OVPP_MODBUS_WRITE_COIL, 20, 1, &off, 1) == 6 && b.dev->command_run);
	ok &= HOLDS(get(&b, OVPP_MODBUS_READ_COILS, 3, 1) == 6 && b.unit->exceptions == 2);
	bench_close(&b);
	return ok;
}

/* ---- scenarios ---- */

#define HEAD "{\"name\": \"t\", \"speed\": 60, \"duration\": \"10m\", "
#define LINES                                                                               \
	"\"lines\": [ {\"name\": \"a\", \"baud\": 9600, \"parity\": \"even\"}, {\"name\": " \
	"\"b\", \"stop_bits\": 2} ], "
#define UNIT(name, kind, line, unit, rest)                                   \
	"{\"name\": \"" name "\", \"kind\": \"" kind "\", \"line\": \"" line \
	"\", \"unit\": " #unit ", \"profile\": \"PROFILE\"" rest "}"
#define STORE UNIT("store", "battery", "a", 1, "")
#define OTHER UNIT("other", "battery", "a", 2, "")
#define FAR UNIT("far", "battery", "b", 1, ", \"safe_w\": 1000")
#define METER "{\"name\": \"meter\", \"kind\": \"meter\", \"node\": 1}"

/* The text with a file in the place of PROFILE. */
static int load(const char *text, struct sim *sim, struct sim_error *err)
{
	char path[] = "/tmp/test_sim_modbus_XXXXXX.yaml", *whole = calloc(1, 65536), *end = whole;
	const char *at;
	int fd = mkstemps(path, 5), ret;

	if (!whole || fd < 0 || write(fd, profile_text, strlen(profile_text)) < 0 || close(fd))
		ksft_exit_fail_msg("no scratch file\n");
	while ((at = strstr(text, "PROFILE"))) {
		end += sprintf(end, "%.*s%s", (int)(at - text), text, path);
		text = at + strlen("PROFILE");
	}
	strcpy(end, text);
	ret = sim_of(whole, sim, err);
	unlink(path);
	free(whole);
	return ret;
}

static bool refuses(const char *text, const char *why)
{
	struct sim_error err;
	struct sim sim;
	int ret = load(text, &sim, &err);

	sim_release(&sim);
	if (ret && strstr(err.text, why))
		return true;
	ksft_print_msg("for %s\n# said '%s', not '%s'\n", text, err.text, why);
	return false;
}

static bool names_what_is_wrong(void)
{
	static const char *const wrong[][2] = {
		{HEAD "\"lines\": 1}", "'lines' is a list"},
		{HEAD "\"lines\": [1]}", "lines: a line is a mapping"},
		{HEAD "\"lines\": [{}]}", "lines: 'name' is missing"},
		{HEAD "\"lines\": [{\"name\": \"a\", \"baud\": 1}]}", "'baud' is 1"},
		{HEAD "\"lines\": [{\"name\": \"a\", \"parity\": \"no\"}]}", "'parity' is none"},
		{HEAD "\"lines\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}",
		 "two lines are called 'a'"},
		{HEAD LINES "\"devices\": [" UNIT("x", "pv", "c", 1, ", \"peak_w\": 1") "]}",
		 "x: there is no line 'c'"},
		{HEAD LINES "\"devices\": [" UNIT("x", "pv", "a", 0, ", \"peak_w\": 1") "]}",
		 "x: 'unit' is 0"},
		{HEAD LINES "\"devices\": [" UNIT("x", "pv", "a", 248, ", \"peak_w\": 1") "]}",
		 "x: 'unit' is 248"},
		{HEAD LINES "\"devices\": [{\"name\": \"x\", \"kind\": \"pv\", \"line\": \"a\", "
			    "\"unit\": 1, \"peak_w\": 1}]}",
		 "x: 'profile' is missing"},
		{HEAD LINES "\"devices\": [{\"name\": \"x\", \"kind\": \"pv\", \"line\": \"a\", "
			    "\"profile\": \"PROFILE\", \"peak_w\": 1}]}",
		 "x: 'unit' is missing"},
		{HEAD "\"devices\": [{\"name\": \"x\", \"kind\": \"pv\", \"unit\": 1}]}",
		 "x: 'unit' and 'profile' are for devices on a 'line'"},
		{HEAD LINES "\"devices\": [{\"name\": \"x\", \"kind\": \"pv\", \"line\": \"a\", "
			    "\"unit\": 1, \"profile\": \"nosuch\", \"peak_w\": 1}]}",
		 "x: there is no profile 'nosuch'"},
		{HEAD LINES "\"devices\": [{\"name\": \"x\", \"kind\": \"pv\", \"line\": \"a\", "
			    "\"unit\": 1, \"profile\": \"userspace/profiles/pv.yaml\", "
			    "\"peak_w\": 1}]}",
		 "is not for Modbus"},
		{HEAD LINES "\"devices\": [" STORE "," UNIT("x", "battery", "a", 1, "") "]}",
		 "x: there is a unit 1 already"},
		{HEAD LINES "\"devices\": [" STORE "], \"events\": [{\"at\": \"00:01\", \"do\": "
			    "\"fault\", \"device\": \"store\", \"fault\": \"remote\"}]}",
		 "no fault 'remote' of a device on a serial line"},
		{HEAD LINES "\"devices\": [" STORE "], \"events\": [{\"at\": \"00:01\", \"do\": "
			    "\"fault\", \"device\": \"store\", \"fault\": \"late\", \"ms\": -1}]}",
		 "'ms' is -1"},
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok &= refuses(wrong[i][0], wrong[i][1]);
	return ok;
}

static struct sim site_of(const char *text)
{
	struct sim_error err;
	struct sim sim;

	if (load(text, &sim, &err))
		ksft_exit_fail_msg("test data: %s\n", err.text);
	return sim;
}

static void count_frame(void *context, const struct can_frame *frame)
{
	(void)frame;
	++*(unsigned int *)context;
}

static bool devices_live_on_lines(void)
{
	struct sim sim = site_of(HEAD LINES "\"devices\": [" STORE "," OTHER "," FAR "]}");
	unsigned int frames = 0;
	const struct wire_sink sink = {count_frame, &frames};
	bool ok;

	ok = HOLDS(sim.lines == 2 && sim.line[0].units == 2 && sim.line[1].units == 1);
	ok &= HOLDS(sim.line[0].parity == OVPP_PARITY_EVEN && sim.line[1].stop_bits == 2);
	ok &= NEAR(sim.line[0].timing.char_ns, 11 * 1e9 / 9600, 1);
	for (int i = 0; i < 300; i++)
		sim_step(&sim, &sink);
	sim_farewell(&sim, &sink);
	/* They say nothing on the CAN bus, and are part of the site. */
	ok &= HOLDS(!frames);
	ok &= NEAR(sim.site_w, 1000, 1);
	sim_release(&sim);
	sim = site_of(HEAD LINES "\"devices\": [" METER "," STORE "]}");
	sim_step(&sim, &sink);
	sim_farewell(&sim, &sink);
	ok &= HOLDS(frames > 0 && !sim.unit[0] && sim.unit[1]);
	sim_release(&sim);
	return ok;
}

static bool events_reach_them(void)
{
	struct sim sim =
		site_of(HEAD LINES
			"\"devices\": [" STORE "," OTHER "], \"events\": ["
			"{\"at\": \"00:01\", \"do\": \"fault\", \"device\": \"other\","
			" \"fault\": \"exception\", \"code\": 6, \"for\": \"1m\"},"
			"{\"at\": \"00:03\", \"do\": \"unplug\", \"device\": \"store\", \"for\": "
			"\"1m\"}]}");
	unsigned int frames = 0;
	const struct wire_sink sink = {count_frame, &frames};
	bool ok = true;

	for (int minute = 0; minute < 6; minute++) {
		ok &= HOLDS((sim.unit[1]->fault == UNIT_EXCEPTION && sim.unit[1]->arg == 6) ==
			    (minute == 1));
		ok &= HOLDS(sim.unit[0]->unplugged == (minute == 3));
		ok &= HOLDS(sim.unit[0]->fault == UNIT_OK && !sim.unit[1]->unplugged);
		/* A minute is a second; the events come in its first step. */
		for (int i = 0; i < (minute ? 100 : 101); i++)
			sim_step(&sim, &sink);
	}
	sim_release(&sim);
	return ok;
}

/* A minute with commands in some steps; the results as text. */
static char *live(const char *text)
{
	static const uint8_t pdu[] = {16, 0, 200, 0, 3, 6, 0xff, 0xff, 0xb1, 0xe0, 0, 60};
	struct sim sim = site_of(text);
	const struct bus none = {.fd = -1};
	unsigned int frames = 0;
	const struct wire_sink sink = {count_frame, &frames};
	uint8_t adu[OVPP_MODBUS_ADU_MAX], out[LINE_RX_MAX];
	size_t n = ovpp_modbus_adu(2, pdu, sizeof(pdu), adu);
	uint64_t wake;
	json_t *json;
	char *results;

	for (int i = 0; i < 1000; i++) {
		uint64_t now = (uint64_t)i * 10 * MS;

		if (i % 30 == 7)
			line_receive(&sim.line[0], adu, n, now);
		while (line_send(&sim.line[0], now, out, &wake))
			;
		sim_step(&sim, &sink);
	}
	json = report_results(&sim, &none, 0);
	results = json_dumps(json, JSON_SORT_KEYS);
	json_decref(json);
	sim_release(&sim);
	return results;
}

static bool repeats_itself(void)
{
	static const char text[] = HEAD LINES
		"\"devices\": [" STORE "," OTHER "], \"events\": [{\"at\": \"00:01\", \"do\": "
		"\"fault\", \"device\": \"other\", \"fault\": \"bit-errors\", \"probability\": "
		"0.5}]}";
	char *one = live(text), *two = live(text);
	bool ok;

	ok = HOLDS(one && two && !strcmp(one, two));
	ok &= HOLDS(strstr(one, "\"unit\": 2") && strstr(one, "\"requests\": 34"));
	ok &= HOLDS(strstr(one, "\"answers\": 34") && strstr(one, "\"commands\": 34"));
	free(one);
	free(two);
	return ok;
}

/* ---- every profile that is shipped ---- */

/* Values that any device might have; sources and chargers have their own signs. */
static void plausible(struct slave *slave, struct points *p)
{
	static const struct {
		enum ovpp_point point;
		int64_t value;
	} all[] = {
		{OVPP_POINT_Q, 120000},
		{OVPP_POINT_V, 231200},
		{OVPP_POINT_I, 5400},
		{OVPP_POINT_F, 49980},
		{OVPP_POINT_E_IMPORT, 1234500000},
		{OVPP_POINT_E_EXPORT, 7654300000},
		{OVPP_POINT_SOC, 640000},
		{OVPP_POINT_SOH, 970000},
		{OVPP_POINT_TEMP, 21500},
		{OVPP_POINT_P_MAX, 4000000},
		{OVPP_POINT_P_MIN, -4000000},
		{OVPP_POINT_I_CHARGE_MAX, 50000},
		{OVPP_POINT_I_DISCHARGE_MAX, 60000},
		{OVPP_POINT_V_CHARGE_MAX, 53200},
		{OVPP_POINT_V_DISCHARGE_MIN, 45000},
		{OVPP_POINT_CHARGE_OK, 1},
		{OVPP_POINT_DISCHARGE_OK, 1},
		{OVPP_POINT_STATE, OVPP_DER_STATE_RUNNING},
		{OVPP_POINT_ALARM, 0},
		{OVPP_POINT_WARNING, 0},
	};
	const int64_t *sign = slave->context;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		points_set(p, all[i].point, all[i].value);
	points_set(p, OVPP_POINT_P, *sign * 3456789);
	points_set(p, OVPP_POINT_I, *sign * 5400);
}

/* One message as the gateway reads it: is each value there, to a step of its register? */
static bool message_is_read(struct bench *b, const struct ovpp_message *msg)
{
	const struct ovpp_profile *prof = b->unit->slave->profile;
	const struct ovpp_signal *sig = prof->signal + msg->signal;
	struct points want = {0};
	bool ok;

	ok = HOLDS(!get(b, OVPP_MODBUS_FUNCTION(msg->id), OVPP_MODBUS_ADDRESS(msg->id),
			(uint16_t)ovpp_message_quantity(prof, msg)));
	plausible(b->unit->slave, &want);
	if (prof->derive_p)
		want.value[OVPP_POINT_I] =
			want.value[OVPP_POINT_P] * 1000 / want.value[OVPP_POINT_V];
	for (int i = 0; i < msg->signals; i++, sig++) {
		double step = fabs((double)sig->num) / sig->den;
		int64_t value = 0, keep = ovpp_signal_keep(sig, prof->map);
		int64_t to = want.value[sig->point] & ~keep;

		if (sig->flags & OVPP_SIGNAL_SCALED)
			step *= 1000;
		if (ovpp_signal_read(sig, prof->map, b->answer + 2, b->answer_len - 2, &value) ||
		    fabs((double)(value - to)) > fmax(step, fabs((double)to) * 1e-6)) {
			ksft_print_msg("%s: point %u: %" PRId64 ", want %" PRId64 "\n", prof->name,
				       sig->point, value, to);
			ok = false;
		}
	}
	return ok;
}

/* All that it writes for a command, as the gateway does. */
static bool message_is_written(struct bench *b, const struct ovpp_message *msg,
			       const int64_t *command)
{
	const struct ovpp_profile *prof = b->unit->slave->profile;
	uint8_t function = OVPP_MODBUS_FUNCTION(msg->id), data[OVPP_PAYLOAD_MAX];
	int len = ovpp_message_encode(prof, msg, command, data);

	return HOLDS(!put(b, function, OVPP_MODBUS_ADDRESS(msg->id),
			  (uint16_t)ovpp_message_quantity(prof, msg), data, (uint8_t)len));
}

/* Would the command that was understood be written in the same way? */
static bool same_registers(const struct ovpp_profile *prof, const int64_t *a, const int64_t *b)
{
	uint8_t one[OVPP_PAYLOAD_MAX], two[OVPP_PAYLOAD_MAX];

	for (int i = 0; i < prof->n_messages; i++) {
		const struct ovpp_message *msg = &prof->message[i];

		if (!(msg->flags & OVPP_MESSAGE_TX))
			continue;
		ovpp_message_encode(prof, msg, a, one);
		ovpp_message_encode(prof, msg, b, two);
		if (memcmp(one, two, msg->length))
			return HOLDS(!"understood");
	}
	return true;
}

/* The compiled profile of a file if it is for Modbus, else NULL. */
static struct ovpp_profile *modbus_profile(const char *path)
{
	struct ovpp_profile *prof;
	struct sim_error err;

	if (!slave_profile(path, &prof, &err))
		return prof;
	if (!strstr(err.text, "is not for Modbus"))
		ksft_exit_fail_msg("%s\n", err.text);
	return NULL;
}

/* A slave with a shipped profile instead of the bench's own. */
static bool profile_is_served(struct ovpp_profile *prof)
{
	static const struct slave_owner reader = {.measure = plausible};
	static const struct slave_owner writer = {.command = note};
	static const int64_t commands[] = {-7000000, -100000, 0, 3000000};
	int64_t sign = prof->kind == OVPP_KIND_EV ? -1 : 1;
	struct bench b;
	bool ok = true;

	bench_open(&b);
	slave_free(b.unit->slave);
	b.unit->slave = slave_new(prof, &reader, &sign);
	for (int i = 0; i < prof->n_messages; i++)
		if (!(prof->message[i].flags & OVPP_MESSAGE_TX))
			ok &= message_is_read(&b, &prof->message[i]);
	b.unit->slave->owner = &writer;
	for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
		int64_t command[OVPP_POINT_N] = {
			[OVPP_POINT_P_SET] = commands[c],
			[OVPP_POINT_P_LIMIT] = llabs(commands[c]),
			[OVPP_POINT_CONNECT] = 1,
		};
		struct told told = {0};

		b.unit->slave->context = &told;
		for (int i = 0; i < prof->n_messages; i++)
			if (prof->message[i].flags & OVPP_MESSAGE_TX)
				ok &= message_is_written(&b, &prof->message[i], command);
		ok &= same_registers(prof, command, told.value);
	}
	bench_close(&b);
	return ok;
}

static bool shipped_profiles_are_served(void)
{
	unsigned int served = 0;
	glob_t files;
	bool ok = true;

	if (glob("userspace/profiles/*.yaml", 0, NULL, &files))
		ksft_exit_fail_msg("no profiles\n");
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct ovpp_profile *prof = modbus_profile(files.gl_pathv[i]);

		if (!prof)
			continue;
		if (!profile_is_served(prof)) {
			ksft_print_msg("profile %s\n", files.gl_pathv[i]);
			ok = false;
		}
		served++;
	}
	ksft_print_msg("%u profiles\n", served);
	globfree(&files);
	return ok & HOLDS(served > 0);
}

int main(void)
{
	static const struct sim_test tests[] = {
		{"modbus: registers say what the device measures", registers_say_what_is_measured},
		{"modbus: what is not known is not a number", not_known_is_not_zero},
		{"modbus: powers of ten follow the values", powers_of_ten_follow_the_values},
		{"modbus: energy registers go round", energy_goes_round},
		{"modbus: any part of the registers can be read, nothing beside",
		 any_part_can_be_read},
		{"modbus: writes are commands and memory", writes_are_commands},
		{"modbus: masks and exchanges", masks_and_exchanges},
		{"modbus: a wrong request is refused with its exception, and changes nothing",
		 refusals},
		{"modbus: a device whose commands stop falls back by itself", falls_back},
		{"modbus: where there is a heartbeat, only a new one is a sign of life",
		 heartbeats_count},
		{"modbus: a dump is served, and keeps what is written", dumps_are_served},
		{"modbus: an answer takes the time that its line takes",
		 keeps_the_times_of_its_line},
		{"modbus: a unit hears its own requests among others and noise",
		 hears_its_own_among_others},
		{"modbus: a flood of bytes does no harm", floods_do_no_harm},
		{"modbus: broadcasts are taken and not answered", broadcasts_are_not_answered},
		{"modbus: a line can echo", echoes},
		{"modbus: units on a line take turns", several_units_take_turns},
		{"modbus: faults have names and arguments", faults_have_names},
		{"modbus: fault silent, and an unplugged unit", silence},
		{"modbus: fault late", lateness},
		{"modbus: fault babbling", babble},
		{"modbus: fault bit-errors", bit_errors},
		{"modbus: faults wrong-unit and exception", wrong_names_and_refusals},
		{"modbus: a wrong line or place in a scenario is named", names_what_is_wrong},
		{"modbus: devices of a scenario live on lines", devices_live_on_lines},
		{"modbus: events reach devices on lines", events_reach_them},
		{"modbus: the same scenario and frames give the same results", repeats_itself},
		{"modbus: every profile that is shipped can be served, read and written",
		 shipped_profiles_are_served},
	};

	return sim_tests_run(tests, sizeof(tests) / sizeof(tests[0]));
}
