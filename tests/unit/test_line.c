// SPDX-License-Identifier: GPL-2.0-or-later
/* core/line.c and its parts: the master of a Modbus line, in virtual time. */
#include <stdio.h>

#include "kselftest_harness.h"

#include "core/line.h"
#include "wire.h"

#define ITEMS 80

/* @a and @b differ by @by at most. */
#define EXPECT_NEAR(a, b, by) EXPECT_GE((s64)(by), ovpp_abs((s64)(a) - (s64)(b)))

FIXTURE(line)
{
	struct wire w;
	struct ovpp_line_unit unit[WIRE_DEVICES];
	unsigned int n_units;
	struct ovpp_line_item item[ITEMS];
	struct ovpp_line_item *table[ITEMS];
	u8 data[ITEMS][OVPP_MODBUS_PDU_MAX];
	unsigned int n;
};

#define SELF FIXTURE_DATA(line) * self

/* A line of 9,600 Bd 8E1. */
FIXTURE_SETUP(line)
{
	wire_init(&self->w, 9600, 11);
}

static void restart(SELF, u32 baud, unsigned int bits)
{
	memset(self, 0, sizeof(*self));
	wire_init(&self->w, baud, bits);
}

FIXTURE_TEARDOWN(line)
{
}

/* A device that answers at once, or after @latency_ms, and what the master knows of it. */
static struct wire_device *device(SELF, u64 latency_ms)
{
	struct ovpp_line_unit *u = &self->unit[self->n_units++];

	ovpp_line_unit_init(u, self->n_units);
	return wire_add(&self->w, u->address, MS(latency_ms));
}

static struct ovpp_line_item *item(SELF, u8 unit, u8 function, u16 address, u16 quantity)
{
	struct ovpp_line_item *it = &self->item[self->n];

	*it = (struct ovpp_line_item){
		.unit = &self->unit[unit - 1],
		.req = {.function = function, .address = address, .quantity = quantity},
	};
	self->table[self->n++] = it;
	ovpp_line_set_items(&self->w.line, self->table, self->n);
	return it;
}

static struct ovpp_line_item *read_item(SELF, u8 unit, u8 function, u16 address, u16 quantity,
					u32 period_ms)
{
	struct ovpp_line_item *it = item(self, unit, function, address, quantity);

	it->period_ms = period_ms;
	return it;
}

static struct ovpp_line_item *write_item(SELF, u8 unit, u8 function, u16 address, u16 quantity,
					 u8 len)
{
	struct ovpp_line_item *it = item(self, unit, function, address, quantity);

	it->data = self->data[self->n - 1];
	it->req.write_address = address;
	it->req.write_quantity = quantity;
	it->req.data = it->data;
	it->req.len = len;
	return it;
}

static struct ovpp_line_item *register_item(SELF, u8 unit, u16 address)
{
	return write_item(self, unit, OVPP_MODBUS_WRITE_REGISTERS, address, 1, 2);
}

static void put16(struct ovpp_line_item *it, u16 x)
{
	ovpp_line_put(it, (u8[]){x >> 8, x});
}

/* Outcomes of an item since number @from, of one kind. */
static unsigned int count(SELF, unsigned int from, const struct ovpp_line_item *it, int result)
{
	unsigned int i, n = 0;

	for (i = from; i < self->w.n_out; i++)
		n += self->w.out[i % WIRE_OUTCOMES].item == it &&
		     self->w.out[i % WIRE_OUTCOMES].result == result;
	return n;
}

/* Answers of all devices but one. */
static unsigned int answers(SELF, const struct wire_device *but)
{
	unsigned int i, n = 0;

	for (i = 0; i < self->w.n_dev; i++)
		n += &self->w.dev[i] != but ? self->w.dev[i].answered : 0;
	return n;
}

/* Answers in that time, of all devices but one. */
static unsigned int answers_in(SELF, u64 ns, const struct wire_device *but)
{
	unsigned int before = answers(self, but);

	wire_run(&self->w, ns);
	return answers(self, but) - before;
}

/* @n devices that are read as fast as it goes, 10 registers each. */
static void crowd(SELF, unsigned int n)
{
	while (n--) {
		device(self, 0);
		read_item(self, self->n_units, OVPP_MODBUS_READ_HOLDING, 0, 10, 10);
	}
}

static struct ovpp_line_foreign foreign(SELF, u8 unit, const u8 *pdu, u8 len)
{
	struct ovpp_line_foreign f = {
		.unit = unit,
		.len = len,
		.queued_ns = self->w.now,
		.expires_ns = self->w.now + MS(5000),
	};

	memcpy(f.pdu, pdu, len);
	return f;
}

static struct ovpp_line_foreign foreign_read(SELF, u8 unit)
{
	return foreign(self, unit, (const u8[]){OVPP_MODBUS_READ_HOLDING, 0, 5, 0, 1}, 5);
}

/* The outcome of a request from outside; NULL: there was none within @ns. */
static const struct ovpp_line_outcome *foreign_wait(SELF, const struct ovpp_line_foreign *f, u64 ns)
{
	u64 until = self->w.now + ns;
	const struct ovpp_line_outcome *out;

	while ((out = wire_wait(&self->w, until - self->w.now)))
		if (out->foreign == f)
			return out;
	return NULL;
}

/* ---- what is asked, and what comes back ------------------------------------ */

/* Items of every function, with data for those that write. */
static void every_function(SELF, u8 unit)
{
	struct ovpp_line_item *it;

	ovpp_line_put(write_item(self, unit, 5, 100, 1, 1), (u8[]){1});
	ovpp_line_put(write_item(self, unit, 6, 101, 1, 2), (u8[]){0x12, 0x34});
	ovpp_line_put(write_item(self, unit, 15, 102, 9, 2), (u8[]){0x55, 0x01});
	ovpp_line_put(write_item(self, unit, 16, 120, 2, 4), (u8[]){1, 2, 3, 4});
	ovpp_line_put(write_item(self, unit, 22, 130, 1, 4), (u8[]){0xff, 0x0f, 0x00, 0xa0});
	it = write_item(self, unit, 23, 140, 1, 2);
	ovpp_line_put(it, (u8[]){0xca, 0xfe});
	it->req.write_address = 150;
	it->req.quantity = 2;
	it->period_ms = 1000;
	read_item(self, unit, 1, 100, 10, 1000);
	read_item(self, unit, 2, 0, 17, 1000);
	read_item(self, unit, 3, 10, 3, 1000);
	read_item(self, unit, 4, 20, 125, 1000);
}

static bool is_data(const struct ovpp_line_outcome *out, size_t len, const u8 *data)
{
	return out->len == len && !memcmp(out->data, data, len);
}

/* What every_function() should have led to. */
static const char *wrong_function(SELF, const struct ovpp_line_outcome *out)
{
	const u16 *reg = self->w.dev[0].reg;

	if (out->result != OVPP_LINE_ANSWERED)
		return "no answer";
	switch (out->item->req.function) {
	case 1:
		return is_data(out, 2, (u8[]){0x55, 0x01}) ? NULL : "coils";
	case 2:
		return is_data(out, 3, (u8[]){0xaa, 0xaa, 0}) ? NULL : "inputs";
	case 3:
		return is_data(out, 6, (u8[]){1, 10, 1, 11, 1, 12}) ? NULL : "registers";
	case 4:
		return out->len == 250 && out->data[249] == 144 ? NULL : "input registers";
	case 5:
		return !out->len && reg[100] == 357 ? NULL : "coil";
	case 6:
		return !out->len && reg[101] == 0x1234 ? NULL : "register";
	case 15:
		return !out->len && (reg[104] & 1) && !(reg[105] & 1) ? NULL : "more coils";
	case 16:
		return !out->len && reg[120] == 0x0102 && reg[121] == 0x0304 ? NULL : "block";
	case 22:
		return !out->len && reg[130] == 0x01a2 ? NULL : "mask";
	default:
		return is_data(out, 4, (u8[]){1, 140, 1, 141}) && reg[150] == 0xcafe ? NULL
										     : "both";
	}
}

static const char *wrong_exchange(SELF)
{
	const char *wrong = NULL;
	unsigned int i;

	device(self, 5);
	every_function(self, 1);
	wire_run(&self->w, MS(3000));
	for (i = 0; i < self->w.n_out && !wrong; i++)
		wrong = wrong_function(self, &self->w.out[i]);
	for (i = 0; i < self->n && !wrong; i++)
		if (self->item[i].pending || count(self, 0, &self->item[i], 0) < 1)
			wrong = "not done";
	return wrong;
}

/* Whoever takes an answer knows when there is something to send again. */
TEST_F(line, an_idle_line_is_not_looked_at_before_something_is_due)
{
	const struct ovpp_line_outcome *out;
	struct ovpp_line_item *it, *set;
	struct ovpp_line_foreign f;

	device(self, 5);
	it = read_item(self, 1, OVPP_MODBUS_READ_HOLDING, 10, 3, 1000);
	set = register_item(self, 1, 100);
	out = wire_wait(&self->w, MS(500));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(it->due_ns, ovpp_line_wake(&self->w.line));
	EXPECT_LT(self->w.now + MS(800), it->due_ns);
	f = foreign_read(self, 1);
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	EXPECT_EQ(out->time_ns + self->w.line.timing.t35_ns, ovpp_line_wake(&self->w.line));
	ovpp_line_withdraw(&self->w.line, &f);
	put16(set, 5);
	EXPECT_EQ(out->time_ns + self->w.line.timing.t35_ns, ovpp_line_wake(&self->w.line));
	/* Nobody writes or reads by itself what is gone. */
	ovpp_line_set_items(&self->w.line, self->table, 0);
	EXPECT_EQ(U64_MAX, ovpp_line_wake(&self->w.line));
}

TEST_F(line, every_function_is_answered_in_any_split)
{
	unsigned int chunk;

	for (chunk = 1; chunk <= 256; chunk += chunk < 20 ? 1 : 59) {
		restart(self, 19200, 11);
		self->w.chunk = chunk;
		ASSERT_STREQ("", wrong_exchange(self) ?: "");
		EXPECT_EQ(0, self->w.line.stats.noise);
		EXPECT_EQ(0, self->w.line.stats.timeouts);
		EXPECT_EQ(OVPP_LINE_ECHO_NO, self->w.line.echo);
	}
}

TEST_F(line, every_function_is_answered_on_a_line_that_echoes)
{
	unsigned int chunk;

	for (chunk = 1; chunk <= 256; chunk += chunk < 20 ? 1 : 59) {
		restart(self, 19200, 11);
		self->w.chunk = chunk;
		self->w.echo = true;
		ASSERT_STREQ("", wrong_exchange(self) ?: "");
		EXPECT_EQ(0, self->w.line.stats.noise);
		EXPECT_EQ(0, self->w.line.stats.timeouts);
		EXPECT_EQ(OVPP_LINE_ECHO_YES, self->w.line.echo);
	}
}

TEST_F(line, every_function_is_answered_between_noise)
{
	unsigned int echo;

	for (echo = 0; echo < 2; echo++) {
		restart(self, 9600, 10);
		device(self, 30)->glitch = true;
		self->n_units = 0;
		self->w.n_dev = 0;
		self->w.echo = echo;
		ASSERT_STREQ("", wrong_exchange(self) ?: "");
	}
}

TEST_F(line, refusals_are_told_with_their_code)
{
	struct ovpp_line_item *it = (device(self, 5), read_item(self, 1, 3, 0, 4, 100));
	const struct ovpp_line_outcome *out;

	self->w.dev[0].exception = OVPP_MODBUS_ILLEGAL_ADDRESS;
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(it, out->item);
	EXPECT_EQ(OVPP_LINE_EXCEPTION, out->result);
	EXPECT_EQ(OVPP_MODBUS_ILLEGAL_ADDRESS, out->exception);
	EXPECT_EQ(0, out->len);
	EXPECT_EQ(1, self->unit[0].exceptions);
	EXPECT_EQ(OVPP_MODBUS_ILLEGAL_ADDRESS, self->unit[0].exception);
	EXPECT_EQ(0, self->unit[0].failures);
	/* and asked again at its time */
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(MS(100), self->w.sent_ns - MS(1000) - self->w.line.timing.t35_ns);
}

TEST_F(line, answer_is_as_old_as_its_last_byte)
{
	const struct ovpp_line_outcome *out;
	const struct ovpp_modbus_timing *t = &self->w.line.timing;

	device(self, 50);
	read_item(self, 1, 3, 0, 10, 1000);
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(self->w.sent_ns + 8 * t->char_ns + MS(50) + 25 * t->char_ns, out->time_ns);
}

/* ---- silences and speed ---------------------------------------------------- */

TEST_F(line, silence_before_a_request_is_exact_at_every_speed)
{
	static const u32 baud[] = {1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200};
	unsigned int bits, i;

	for (i = 0; i < sizeof(baud) / sizeof(baud[0]); i++) {
		for (bits = 10; bits <= 12; bits++) {
			restart(self, baud[i], bits);
			crowd(self, 3);
			wire_run(&self->w, MS(2000));
			EXPECT_LT(3, self->w.sent);
			EXPECT_EQ(self->w.line.timing.t35_ns, self->w.shortest_ns);
		}
	}
}

TEST_F(line, polls_are_as_fast_as_the_line)
{
	static const u32 baud[] = {9600, 19200, 115200};
	unsigned int i;

	for (i = 0; i < sizeof(baud) / sizeof(baud[0]); i++) {
		u64 poll, limit;

		restart(self, baud[i], 11);
		crowd(self, 8);
		poll = (8 + 25) * (u64)self->w.line.timing.char_ns +
		       2 * (u64)self->w.line.timing.t35_ns;
		limit = 20 * OVPP_NS_PER_S / poll;
		wire_run(&self->w, MS(1000));
		EXPECT_LE(limit * 97 / 100, answers_in(self, MS(20000), NULL));
		EXPECT_LT(999000, ovpp_line_busy(&self->w.line, self->w.now));
	}
}

TEST_F(line, use_of_the_line_is_that_of_the_last_second)
{
	const struct ovpp_modbus_timing *t = &self->w.line.timing;
	u64 poll = (8 + 25) * (u64)t->char_ns + 2 * (u64)t->t35_ns;

	device(self, 0);
	read_item(self, 1, 3, 0, 10, 500);
	wire_run(&self->w, MS(3100));
	EXPECT_EQ(2 * poll / 1000, ovpp_line_busy(&self->w.line, self->w.now));
	self->item[0].period_ms = 0;
	wire_run(&self->w, MS(1000));
	EXPECT_LT(0, ovpp_line_busy(&self->w.line, self->w.now));
	/* though nothing was asked of the line in between */
	EXPECT_EQ(0, ovpp_line_busy(&self->w.line, self->w.now + MS(7000)));
}

TEST_F(line, reads_keep_their_phase)
{
	u64 first;
	unsigned int i;

	device(self, 3);
	read_item(self, 1, 3, 0, 10, 200);
	wire_wait(&self->w, MS(1000));
	first = self->w.sent_ns;
	for (i = 1; i < 50; i++) {
		/* a slow answer does not move the next one */
		self->w.dev[0].late_ns = MS(i % 15);
		self->w.dev[0].late = 1;
		wire_wait(&self->w, MS(1000));
		EXPECT_EQ(first + i * MS(200), self->w.sent_ns);
	}
	EXPECT_EQ(0, self->w.line.stats.late);
}

TEST_F(line, unit_is_left_its_pause)
{
	u64 first;

	device(self, 3);
	self->unit[0].spacing_ms = 500;
	read_item(self, 1, 3, 0, 10, 100);
	read_item(self, 1, 3, 20, 10, 100);
	wire_wait(&self->w, MS(1000));
	first = self->w.sent_ns + self->w.adu_len * (u64)self->w.line.timing.char_ns;
	wire_wait(&self->w, MS(1000));
	EXPECT_EQ(first + MS(500), self->w.sent_ns);
	/* and both have their turn */
	wire_run(&self->w, MS(10000));
	EXPECT_GE(1, abs((int)count(self, 0, &self->item[0], 0) -
			 (int)count(self, 0, &self->item[1], 0)));
}

/* ---- time-outs and dead units ---------------------------------------------- */

TEST_F(line, first_answer_is_waited_for_as_long_as_it_may_take)
{
	const struct ovpp_line_outcome *out;

	device(self, 490);
	read_item(self, 1, 3, 0, 10, 100);
	out = wire_wait(&self->w, MS(2000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
}

TEST_F(line, timeout_is_learnt_from_answers)
{
	struct wire_device *d = device(self, 80);

	read_item(self, 1, 3, 0, 10, 200);
	wire_run(&self->w, MS(20000));
	EXPECT_EQ(0, self->unit[0].timeouts);
	EXPECT_NEAR(80000, self->unit[0].srtt_us, 100);
	EXPECT_NEAR(100000, self->unit[0].timeout_us, 500);
	/* it becomes slower, step by step: no answer is lost */
	for (; d->latency_ns < MS(400); d->latency_ns += MS(10))
		wire_run(&self->w, MS(1000));
	EXPECT_EQ(0, self->unit[0].timeouts);
	wire_run(&self->w, MS(20000));
	EXPECT_NEAR(400000, self->unit[0].srtt_us, 1000);
	/* in one step: it is found again all the same */
	d->latency_ns = MS(20);
	wire_run(&self->w, MS(20000));
	EXPECT_GT(45000, self->unit[0].timeout_us);
	d->latency_ns = MS(300);
	wire_run(&self->w, MS(20000));
	EXPECT_NEAR(300000, self->unit[0].srtt_us, 1000);
	EXPECT_FALSE(self->unit[0].suspect);
}

TEST_F(line, timeout_is_never_beyond_what_the_profile_allows)
{
	struct wire_device *d = device(self, 80);
	unsigned int i;

	self->unit[0].response_ms = 90;
	read_item(self, 1, 3, 0, 10, 200);
	for (i = 0; i < 2000; i++) {
		d->latency_ns = MS(i * 37 % 90);
		d->drop = i % 7 == 0;
		wire_wait(&self->w, MS(60000));
		ASSERT_GE(90000, self->unit[0].timeout_us);
		ASSERT_LE(20000, self->unit[0].timeout_us);
	}
}

TEST_F(line, write_may_take_longer_than_reads)
{
	struct wire_device *d = device(self, 5);
	struct ovpp_line_item *it;

	read_item(self, 1, 3, 0, 10, 100);
	it = register_item(self, 1, 50);
	wire_run(&self->w, MS(5000));
	EXPECT_GT(30000, self->unit[0].timeout_us);
	d->late_ns = MS(400); /* stores it first */
	d->late = 1;
	put16(it, 1);
	wire_run(&self->w, MS(1000));
	EXPECT_FALSE(it->pending);
	EXPECT_EQ(0, self->unit[0].timeouts);
	EXPECT_GT(30000, self->unit[0].timeout_us);
}

TEST_F(line, single_loss_costs_one_timeout_and_a_pause_as_long)
{
	struct wire_device *d = device(self, 10);
	const struct ovpp_line_outcome *out;
	u64 at;

	read_item(self, 1, 3, 0, 10, 100);
	wire_run(&self->w, MS(10000));
	d->drop = 1;
	out = wire_wait(&self->w, MS(1000));
	at = self->w.sent_ns;
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_TIMEOUT, out->result);
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
	EXPECT_GT(MS(150), self->w.sent_ns - at);
	EXPECT_FALSE(self->unit[0].suspect);
}

TEST_F(line, garbled_answer_is_asked_for_again_at_once)
{
	struct wire_device *d = device(self, 10);
	const struct ovpp_line_outcome *out;
	u64 at;

	read_item(self, 1, 3, 0, 10, 200);
	wire_run(&self->w, MS(5000));
	d->garble = 2;
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_GARBLED, out->result);
	at = out->time_ns;
	wire_step(&self->w, self->w.now + MS(1000));
	EXPECT_EQ(at, self->w.sent_ns);
	wire_wait(&self->w, MS(1000));
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
	EXPECT_EQ(2, self->unit[0].garbled);
	EXPECT_EQ(0, self->unit[0].timeouts);
}

TEST_F(line, unit_that_always_garbles_is_left_alone)
{
	struct wire_device *d = device(self, 10);

	read_item(self, 1, 3, 0, 10, 100);
	wire_run(&self->w, MS(1000));
	d->garble = 1000000;
	wire_run(&self->w, MS(60000));
	d->garble = 1000000;
	wire_run(&self->w, MS(300000));
	EXPECT_GE(12, 1000000 - d->garble);
}

TEST_F(line, dead_unit_is_asked_less_and_less_and_at_least_each_half_minute)
{
	struct wire_device *d = device(self, 10);
	u64 before = 0, gap = 0, last = 0;
	unsigned int i;

	d->silent = true;
	read_item(self, 1, 3, 0, 10, 100);
	for (i = 0; i < 20; i++) {
		ASSERT_NE(NULL, wire_wait(&self->w, MS(40000)));
		if (before)
			gap = d->asked_ns - before;
		EXPECT_LE(ovpp_min(last * 19 / 10, MS(OVPP_LINE_BACKOFF_MAX_MS)), gap);
		before = d->asked_ns;
		last = gap;
	}
	EXPECT_GT(MS(OVPP_LINE_BACKOFF_MAX_MS + 600), gap);
}

TEST_F(line, request_that_a_unit_is_deaf_to_does_not_silence_the_unit)
{
	unsigned int write;

	for (write = 0; write < 2; write++) {
		struct ovpp_line_item *it;

		restart(self, 19200, 11);
		device(self, 10);
		read_item(self, 1, 3, 0, 10, 200);
		read_item(self, 1, 3, 20, 4, 200);
		if (write)
			put16(register_item(self, 1, 200), 1);
		else
			read_item(self, 1, 3, 200, 7, 200);
		it = &self->item[2];
		self->w.dev[0].deaf_from = 200;
		wire_run(&self->w, MS(60000));
		EXPECT_EQ(0, count(self, 0, it, OVPP_LINE_ANSWERED));
		EXPECT_GE(12, count(self, 0, it, OVPP_LINE_TIMEOUT));
		EXPECT_LE(240, count(self, 0, &self->item[0], OVPP_LINE_ANSWERED));
		EXPECT_LE(240, count(self, 0, &self->item[1], OVPP_LINE_ANSWERED));
		/* it is not given up */
		self->w.dev[0].deaf_from = 0;
		wire_run(&self->w, MS(OVPP_LINE_BACKOFF_MAX_MS + 2000));
		EXPECT_LE(1, count(self, 0, it, OVPP_LINE_ANSWERED));
	}
}

TEST_F(line, write_that_a_unit_is_deaf_to_may_be_put_again_and_again)
{
	struct ovpp_line_item *it;
	unsigned int i;

	device(self, 10);
	read_item(self, 1, 3, 0, 10, 200);
	it = register_item(self, 1, 200);
	self->w.dev[0].deaf_from = 200;
	for (i = 0; i < 120; i++) {
		put16(it, i);
		wire_run(&self->w, MS(500));
	}
	EXPECT_GE(12, count(self, 0, it, OVPP_LINE_TIMEOUT));
	EXPECT_LE(200, count(self, 0, &self->item[0], OVPP_LINE_ANSWERED));
}

TEST_F(line, unit_that_comes_back_is_at_full_rate_after_its_first_answer)
{
	struct wire_device *d = device(self, 10);

	read_item(self, 1, 3, 0, 10, 100);
	read_item(self, 1, 3, 20, 10, 100);
	wire_run(&self->w, MS(10000));
	d->silent = true;
	wire_run(&self->w, MS(300000));
	EXPECT_TRUE(self->unit[0].suspect);
	d->silent = false;
	while (!self->unit[0].answers || self->unit[0].failures)
		ASSERT_NE(NULL, wire_wait(&self->w, MS(31000)));
	EXPECT_LE(39, answers_in(self, MS(2000), NULL));
	EXPECT_GT(40000, self->unit[0].timeout_us);
}

TEST_F(line, one_dead_unit_among_32_costs_the_others_less_than_a_tenth)
{
	struct wire_device *d;
	unsigned int with, i;

	for (i = 0; i < 3; i++) {
		restart(self, (const u32[]){9600, 19200, 115200}[i], 11);
		crowd(self, 32);
		d = &self->w.dev[7];
		with = answers_in(self, MS(20000), d);
		d->silent = true;
		EXPECT_LE(with * 9 / 10, answers_in(self, MS(20000), d));
	}
}

TEST_F(line, unit_that_never_was_there_costs_the_others_less_than_a_tenth)
{
	unsigned int with, without;

	crowd(self, 32);
	with = answers_in(self, MS(20000), &self->w.dev[7]);
	restart(self, 9600, 11);
	crowd(self, 32);
	self->w.dev[7].silent = true;
	without = answers_in(self, MS(20000), NULL);
	EXPECT_LE(with * 9 / 10, without);
}

TEST_F(line, many_dead_units_cost_no_more_than_one)
{
	unsigned int i, all, live = 0, rest;

	crowd(self, 32);
	all = answers_in(self, MS(60000), NULL);
	for (i = 0; i < 16; i++)
		self->w.dev[i].silent = true;
	wire_run(&self->w, MS(60000));
	rest = answers_in(self, MS(60000), NULL);
	EXPECT_LE(all * 9 / 10, rest);
	for (i = 0; i < 32; i++)
		live += !self->unit[i].suspect;
	EXPECT_EQ(16, live);
}

TEST_F(line, all_come_back_when_the_cable_is_mended)
{
	unsigned int i, back = 0, before[32];

	crowd(self, 32);
	wire_run(&self->w, MS(10000));
	for (i = 0; i < 32; i++)
		self->w.dev[i].silent = true;
	wire_run(&self->w, MS(600000));
	for (i = 0; i < 32; i++) {
		self->w.dev[i].silent = false;
		before[i] = self->w.dev[i].answered;
	}
	wire_run(&self->w, MS(OVPP_LINE_BACKOFF_MAX_MS + 2000));
	for (i = 0; i < 32; i++)
		back += self->w.dev[i].answered > before[i] && !self->unit[i].suspect;
	EXPECT_EQ(32, back);
}

TEST_F(line, new_timing_forgives_all_units)
{
	device(self, 0)->silent = true;
	read_item(self, 1, 3, 0, 10, 100);
	wire_run(&self->w, MS(100000));
	self->w.dev[0].silent = false;
	ovpp_line_set_timing(&self->w.line, &self->w.line.timing, self->w.now);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(100)));
	EXPECT_EQ(1, self->w.dev[0].answered);
}

/* ---- late answers, noise, echo ---------------------------------------------- */

/* Two blocks of one length: what is told for one must never be the other's. */
static unsigned int mixed_up(SELF, const struct ovpp_line_item *a)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < self->w.n_out && i < WIRE_OUTCOMES; i++) {
		const struct ovpp_line_outcome *out = &self->w.out[i];

		if (out->result == OVPP_LINE_ANSWERED)
			wrong += out->data[1] != (out->item == a ? 0 : 100);
	}
	return wrong;
}

TEST_F(line, late_answer_is_never_taken_for_another_of_its_length)
{
	unsigned int i, late, n;

	for (late = 20; late < 390; late += 7) {
		for (n = 1; n < 4; n++) {
			struct wire_device *d;

			restart(self, 9600, 11);
			d = device(self, 80);
			read_item(self, 1, 3, 0, 10, 100);
			read_item(self, 1, 3, 100, 10, 150);
			wire_run(&self->w, MS(3000));
			for (i = 0; i < 5; i++) {
				d->late_ns = MS(late);
				d->late = n;
				wire_run(&self->w, MS(6000));
			}
			ASSERT_EQ(0, mixed_up(self, &self->item[0]));
			EXPECT_FALSE(self->unit[0].suspect);
		}
	}
}

TEST_F(line, late_answer_to_a_foreign_request_is_not_taken_for_an_own_one)
{
	struct wire_device *d = device(self, 80);
	const struct ovpp_line_outcome *out;
	struct ovpp_line_foreign f;
	unsigned int late;

	read_item(self, 1, 3, 0, 10, 400);
	wire_run(&self->w, MS(10000));
	for (late = 40; late < 390; late += 7) {
		while (!self->w.line.adu_len)
			wire_step(&self->w, self->w.now + MS(1000));
		wire_wait(&self->w, MS(1000));
		d->late_ns = MS(late);
		d->late = 1;
		f = foreign(self, 1, (const u8[]){3, 0, 100, 0, 10}, 5);
		ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
		out = foreign_wait(self, &f, MS(1000));
		ASSERT_NE(NULL, out);
		if (out->result == OVPP_LINE_ANSWERED)
			EXPECT_EQ(100, out->data[3]);
		wire_run(&self->w, MS(10000));
	}
	while (self->w.n_out--)
		if (self->w.out[self->w.n_out].item &&
		    self->w.out[self->w.n_out].result == OVPP_LINE_ANSWERED)
			ASSERT_EQ(0, self->w.out[self->w.n_out].data[1]);
}

TEST_F(line, late_answer_of_another_unit_is_not_taken)
{
	struct wire_device *d = device(self, 10);

	device(self, 300);
	read_item(self, 1, 3, 0, 10, 100);
	read_item(self, 2, 3, 0, 10, 100);
	self->unit[1].response_ms = 600;
	wire_run(&self->w, MS(10000));
	d->late_ns = MS(150);
	d->late = 1;
	wire_run(&self->w, MS(3000));
	EXPECT_LT(0, self->w.line.stats.timeouts);
	EXPECT_LE(25, self->w.line.stats.noise);
	EXPECT_EQ(0, self->unit[1].failures);
	while (self->w.n_out--)
		if (self->w.out[self->w.n_out].result == OVPP_LINE_ANSWERED)
			ASSERT_EQ(self->w.out[self->w.n_out].item->unit->address,
				  self->w.out[self->w.n_out].data[0]);
}

TEST_F(line, stray_bytes_restart_the_silence)
{
	const struct ovpp_modbus_timing *t = &self->w.line.timing;
	static const u8 stray[12];
	u64 at;

	device(self, 10);
	read_item(self, 1, 3, 0, 10, 500);
	wire_wait(&self->w, MS(1000));
	at = self->w.sent_ns + MS(500) - 2 * t->char_ns;
	wire_put_all(&self->w, at, stray, sizeof(stray));
	wire_wait(&self->w, MS(1000));
	EXPECT_EQ(at + 12 * t->char_ns + t->t35_ns, self->w.sent_ns);
	EXPECT_EQ(12, self->w.line.stats.noise);
}

TEST_F(line, babbling_device_does_not_stop_the_line)
{
	device(self, 10);
	read_item(self, 1, 3, 0, 10, 100);
	wire_run(&self->w, MS(1000));
	/* never a silence, and one of its characters in each answer */
	self->w.babble_ns = 3 * self->w.line.timing.char_ns;
	self->w.babble_at = self->w.now;
	wire_run(&self->w, MS(10000));
	EXPECT_LT(10, self->w.sent);
	EXPECT_LT(1000, self->w.line.stats.noise);
	EXPECT_LT(5, answers(self, NULL));
}

TEST_F(line, endless_noise_after_a_request_ends_it)
{
	const struct ovpp_line_outcome *out;

	device(self, 10)->silent = true;
	read_item(self, 1, 3, 0, 10, 100);
	self->w.babble_ns = self->w.line.timing.char_ns;
	self->w.babble_at = self->w.now;
	out = wire_wait(&self->w, MS(2000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_GARBLED, out->result);
	EXPECT_GT(MS(1000), out->time_ns - self->w.sent_ns);
}

TEST_F(line, first_write_that_looks_like_its_echo_is_preceded_by_a_read)
{
	unsigned int echo;

	for (echo = 0; echo < 2; echo++) {
		struct ovpp_line_item *it;

		restart(self, 9600, 11);
		self->w.echo = echo;
		device(self, 10);
		it = write_item(self, 1, OVPP_MODBUS_WRITE_REGISTER, 7, 1, 2);
		put16(it, 55);
		ASSERT_NE(NULL, wire_wait(&self->w, MS(1000)));
		EXPECT_EQ(2, self->w.sent);
		EXPECT_EQ(1, self->w.n_out);
		EXPECT_FALSE(it->pending);
		EXPECT_EQ(55, self->w.dev[0].reg[7]);
		EXPECT_EQ(echo ? OVPP_LINE_ECHO_YES : OVPP_LINE_ECHO_NO, self->w.line.echo);
	}
}

/* Nobody is there; what is heard is the echo, in pieces. */
static const char *wrong_echo(SELF, const struct ovpp_line_item *it)
{
	self->w.echo = true;
	self->w.dev[0].silent = true;
	wire_run(&self->w, MS(60000));
	if (!it->pending || self->unit[0].answers)
		return "taken for the answer";
	if (self->w.line.echo != OVPP_LINE_ECHO_YES)
		return "not known";
	self->w.dev[0].silent = false;
	wire_run(&self->w, MS(60000));
	return it->pending ? "not answered" : NULL;
}

TEST_F(line, echo_is_never_taken_for_an_answer)
{
	static const struct {
		u8 function, len, data[4];
	} writes[] = {
		{5, 1, {1}},
		{6, 2, {1, 2}},
		{22, 4, {0, 0, 1, 2}},
	};
	unsigned int i, chunk;

	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		for (chunk = 1; chunk < 12; chunk++) {
			struct ovpp_line_item *it;

			restart(self, 9600, 11);
			self->w.chunk = chunk;
			self->w.glitch = chunk % 2;
			device(self, 10);
			it = write_item(self, 1, writes[i].function, 7, 1, writes[i].len);
			ovpp_line_put(it, writes[i].data);
			EXPECT_STREQ("", wrong_echo(self, it) ?: "");
		}
	}
}

/* A write whose count and first byte are the CRC of what stands before them. */
static struct ovpp_line_item *treacherous(SELF)
{
	u8 adu[OVPP_MODBUS_ADU_MAX] = {0};
	struct ovpp_line_item *it;
	u16 address;

	for (address = 0; adu[6] != 2; address++) {
		u8 pdu[] = {OVPP_MODBUS_WRITE_REGISTERS, address >> 8, address, 0, 1};

		ovpp_modbus_adu(1, pdu, sizeof(pdu), adu);
	}
	it = register_item(self, 1, address - 1);
	ovpp_line_put(it, (u8[]){adu[7], 0});
	return it;
}

TEST_F(line, echo_that_begins_like_an_answer_is_not_taken_for_one)
{
	unsigned int chunk, glitch;

	for (glitch = 0; glitch < 2; glitch++) {
		for (chunk = 1; chunk < 12; chunk++) {
			struct ovpp_line_item *it;

			restart(self, 9600, 11);
			self->w.chunk = chunk;
			device(self, 10);
			/* with noise before it the echo must be known */
			if (glitch) {
				read_item(self, 1, 3, 0, 10, 100);
				self->w.echo = true;
				wire_run(&self->w, MS(80));
				self->item[0].period_ms = 0;
				self->unit[0].answers = 0;
				self->w.glitch = true;
			}
			it = treacherous(self);
			EXPECT_STREQ("", wrong_echo(self, it) ?: "");
		}
	}
}

TEST_F(line, device_that_answers_no_reads_can_be_written)
{
	struct ovpp_line_item *it =
		(device(self, 10), write_item(self, 1, OVPP_MODBUS_WRITE_COIL, 7, 1, 1));

	self->w.dev[0].silent = true;
	ovpp_line_put(it, (u8[]){1});
	while (self->w.line.echo == OVPP_LINE_ECHO_UNKNOWN)
		ASSERT_LT(self->w.now, MS(60000) + 0 * wire_step(&self->w, MS(60000)));
	EXPECT_EQ(2, self->w.sent);
	self->w.dev[0].silent = false;
	wire_run(&self->w, MS(30000));
	EXPECT_FALSE(it->pending);
}

TEST_F(line, change_of_the_adapter_is_noticed)
{
	struct ovpp_line_item *it;
	unsigned int i;

	device(self, 10);
	read_item(self, 1, 3, 0, 10, 100);
	it = write_item(self, 1, OVPP_MODBUS_WRITE_REGISTER, 7, 1, 2);
	for (i = 0; i < 6; i++) {
		self->w.echo = i % 2;
		wire_run(&self->w, MS(3000));
		EXPECT_EQ(i % 2 ? OVPP_LINE_ECHO_YES : OVPP_LINE_ECHO_NO, self->w.line.echo);
		put16(it, i);
		wire_run(&self->w, MS(1000));
		EXPECT_FALSE(it->pending);
		EXPECT_EQ(i, self->w.dev[0].reg[7]);
		EXPECT_FALSE(self->unit[0].suspect);
	}
}

TEST_F(line, garbled_echo_does_no_harm)
{
	const struct ovpp_line_outcome *out;

	device(self, 10);
	read_item(self, 1, 3, 0, 10, 100);
	self->w.echo = true;
	wire_run(&self->w, MS(1080));
	ASSERT_EQ(0, self->w.n_bytes);
	while (!self->w.line.adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	self->w.byte[3].c ^= 1;
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
	EXPECT_EQ(OVPP_LINE_ECHO_YES, self->w.line.echo);
}

/* ---- writes ------------------------------------------------------------------ */

TEST_F(line, writes_go_before_reads_in_the_order_of_the_items)
{
	struct ovpp_line_item *w[3];
	unsigned int i, first;

	crowd(self, 4);
	for (i = 0; i < 3; i++)
		w[i] = register_item(self, 1 + i % 2, 50 + i);
	wire_run(&self->w, MS(500));
	put16(w[2], 1);
	put16(w[0], 1);
	put16(w[1], 1);
	/* what is under way ends first */
	first = self->w.n_out + !!self->w.line.adu_len;
	wire_run(&self->w, MS(500));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(w[i], self->w.out[first + i].item);
}

TEST_F(line, newest_data_win)
{
	struct ovpp_line_item *it = (device(self, 10), register_item(self, 1, 50));

	/* before it is sent: once */
	put16(it, 1);
	put16(it, 2);
	wire_run(&self->w, MS(500));
	EXPECT_EQ(1, self->w.sent);
	EXPECT_EQ(2, self->w.dev[0].reg[50]);
	/* while it is under way: its answer is to the older data */
	put16(it, 3);
	while (!self->w.line.adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	put16(it, 4);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(500)));
	EXPECT_EQ(3, self->w.dev[0].reg[50]);
	EXPECT_TRUE(it->pending);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(500)));
	EXPECT_EQ(4, self->w.dev[0].reg[50]);
	EXPECT_FALSE(it->pending);
	EXPECT_EQ(NULL, wire_wait(&self->w, MS(60000)));
}

TEST_F(line, write_without_an_answer_stays_pending)
{
	struct ovpp_line_item *it = (device(self, 10), register_item(self, 1, 50));

	self->w.dev[0].drop = 3;
	put16(it, 1);
	wire_run(&self->w, MS(120000));
	EXPECT_FALSE(it->pending);
	EXPECT_EQ(3, count(self, 0, it, OVPP_LINE_TIMEOUT));
	EXPECT_EQ(1, count(self, 0, it, OVPP_LINE_ANSWERED));
}

/* Time from the answer to a write to the next request. */
static u64 retry_ns(SELF, u8 exception)
{
	const struct ovpp_line_outcome *out;
	struct ovpp_line_item *it;
	u64 at;

	restart(self, 9600, 11);
	device(self, 10)->exception = exception;
	it = register_item(self, 1, 50);
	put16(it, 1);
	out = wire_wait(&self->w, MS(500));
	at = out && out->result == OVPP_LINE_EXCEPTION ? out->time_ns : 0;
	out = wire_wait(&self->w, MS(5000));
	return out && it->pending ? self->w.sent_ns - at : 0;
}

TEST_F(line, refused_write_is_tried_again)
{
	EXPECT_EQ(MS(1000), retry_ns(self, OVPP_MODBUS_ILLEGAL_VALUE));
	EXPECT_EQ(MS(1000), retry_ns(self, OVPP_MODBUS_DEVICE_FAILURE));
	EXPECT_EQ(MS(100), retry_ns(self, OVPP_MODBUS_BUSY));
	EXPECT_EQ(MS(100), retry_ns(self, OVPP_MODBUS_ACKNOWLEDGE));
	/* new data may please it */
	self->w.dev[0].exception = 0;
	put16(&self->item[0], 2);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(50)));
	EXPECT_FALSE(self->item[0].pending);
}

TEST_F(line, writes_without_end_starve_nobody)
{
	unsigned int i, n;

	device(self, 0);
	device(self, 0);
	for (i = 0; i < 4; i++)
		register_item(self, 1, 50 + i);
	read_item(self, 2, 3, 0, 10, 100);
	for (n = 0; n < 4000; n++) {
		for (i = 0; i < 4; i++)
			if (!self->item[i].pending)
				put16(&self->item[i], n);
		ASSERT_NE(NULL, wire_wait(&self->w, MS(1000)));
	}
	for (i = 0; i < 4; i++)
		EXPECT_LE(700, count(self, 0, &self->item[i], OVPP_LINE_ANSWERED));
	/* about one a second */
	EXPECT_LE(90, count(self, 0, &self->item[4], OVPP_LINE_ANSWERED));
}

TEST_F(line, exchange_waits_for_its_first_data)
{
	struct ovpp_line_item *it;

	device(self, 10);
	it = write_item(self, 1, OVPP_MODBUS_READ_WRITE, 10, 1, 2);
	it->req.write_address = 50;
	it->period_ms = 1000;
	EXPECT_EQ(NULL, wire_wait(&self->w, MS(5000)));
	put16(it, 7);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(100)));
	EXPECT_EQ(7, self->w.dev[0].reg[50]);
	/* then it is read, with the same data, and at once with new ones */
	wire_run(&self->w, MS(10000));
	EXPECT_NEAR(11, self->w.n_out, 1);
	put16(it, 8);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(100)));
	EXPECT_EQ(8, self->w.dev[0].reg[50]);
}

TEST_F(line, request_that_cannot_be_made_is_left_out)
{
	device(self, 10);
	read_item(self, 1, 3, 0, 126, 100);
	read_item(self, 1, 3, 0, 125, 1000);
	wire_run(&self->w, MS(5000));
	EXPECT_EQ(5, self->w.n_out);
}

/* ---- fairness ---------------------------------------------------------------- */

TEST_F(line, overloaded_line_serves_all_alike)
{
	unsigned int i;

	crowd(self, 20);
	wire_run(&self->w, MS(60000));
	for (i = 1; i < 20; i++)
		EXPECT_GE(1, abs((int)self->w.dev[i].answered - (int)self->w.dev[0].answered));
	EXPECT_LT(1000, self->w.line.stats.late);
}

TEST_F(line, slow_reads_are_not_starved_by_fast_ones)
{
	struct ovpp_line_item *slow;

	crowd(self, 20);
	slow = read_item(self, 3, 4, 0, 2, 5000);
	wire_run(&self->w, MS(60000));
	EXPECT_LE(11, count(self, 0, slow, OVPP_LINE_ANSWERED));
}

/* ---- requests from outside ---------------------------------------------------- */

TEST_F(line, foreign_request_is_answered_on_an_idle_line)
{
	struct ovpp_line_foreign f = (device(self, 10), foreign_read(self, 1));
	const struct ovpp_line_outcome *out;

	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	out = foreign_wait(self, &f, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
	EXPECT_TRUE(is_data(out, 4, (u8[]){3, 2, 1, 5}));
	self->w.dev[0].exception = 2;
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	out = foreign_wait(self, &f, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_EXCEPTION, out->result);
	EXPECT_TRUE(is_data(out, 2, (u8[]){0x83, 2}));
	self->w.dev[0].silent = true;
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	out = foreign_wait(self, &f, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_TIMEOUT, out->result);
	EXPECT_EQ(3, self->w.line.stats.foreign);
	EXPECT_EQ(0, self->w.line.n_queue);
}

TEST_F(line, foreign_write_is_answered_whatever_is_known_of_the_echo)
{
	unsigned int echo;

	for (echo = 0; echo < 2; echo++) {
		const struct ovpp_line_outcome *out;
		struct ovpp_line_foreign f;

		restart(self, 9600, 11);
		self->w.echo = echo;
		device(self, 10);
		f = foreign(self, 1, (const u8[]){6, 0, 5, 0, 77}, 5);
		ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
		out = foreign_wait(self, &f, MS(1000));
		ASSERT_NE(NULL, out);
		EXPECT_EQ(OVPP_LINE_ANSWERED, out->result);
		EXPECT_TRUE(is_data(out, 5, (u8[]){6, 0, 5, 0, 77}));
		EXPECT_EQ(77, self->w.dev[0].reg[5]);
	}
}

TEST_F(line, foreign_requests_are_checked_and_bounded)
{
	struct ovpp_line_foreign f[OVPP_MODBUS_QUEUE_MAX + 1];
	struct ovpp_line *line = &self->w.line;
	unsigned int i;

	for (i = 0; i <= OVPP_MODBUS_QUEUE_MAX; i++) {
		f[i] = foreign_read(self, 9);
		EXPECT_EQ(i < OVPP_MODBUS_QUEUE_MAX ? 0 : -EBUSY, ovpp_line_submit(line, &f[i]));
	}
	for (i = 0; i < OVPP_MODBUS_QUEUE_MAX; i++)
		ovpp_line_withdraw(line, &f[i]);
	EXPECT_EQ(0, line->n_queue);
	f[0].unit = 0;
	EXPECT_EQ(-EINVAL, ovpp_line_submit(line, &f[0]));
	f[0].unit = 248;
	EXPECT_EQ(-EINVAL, ovpp_line_submit(line, &f[0]));
	f[0].unit = 1;
	f[0].len = 4;
	EXPECT_EQ(-EINVAL, ovpp_line_submit(line, &f[0]));
	f[0].pdu[0] = 43;
	EXPECT_EQ(-EOPNOTSUPP, ovpp_line_submit(line, &f[0]));
	EXPECT_EQ(NULL, wire_wait(&self->w, MS(10000)));
	EXPECT_EQ(0, self->w.sent);
}

TEST_F(line, foreign_request_waits_for_a_gap)
{
	struct ovpp_line_foreign f;
	u64 own;

	device(self, 10);
	read_item(self, 1, 3, 0, 10, 400);
	wire_run(&self->w, MS(4000));
	/* one that would not end before the next read */
	while (!self->w.line.adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	wire_wait(&self->w, MS(1000));
	own = self->w.sent_ns;
	self->w.now = own + MS(380);
	f = foreign_read(self, 1);
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	wire_wait(&self->w, MS(1000));
	EXPECT_EQ(own + MS(400), self->w.sent_ns);
	ASSERT_NE(NULL, foreign_wait(self, &f, MS(300)));
	EXPECT_EQ(0, self->w.line.stats.late);
}

/* Keeps the queue full of requests to @unit. Return: how many were answered. */
static unsigned int flood(SELF, u8 unit, u64 ns, int result)
{
	struct ovpp_line_foreign f[OVPP_MODBUS_QUEUE_MAX];
	u64 until = self->w.now + ns;
	const struct ovpp_line_outcome *out;
	unsigned int i, n = 0;

	for (i = 0; i < OVPP_MODBUS_QUEUE_MAX; i++) {
		f[i] = foreign_read(self, unit);
		ovpp_line_submit(&self->w.line, &f[i]);
	}
	while (self->w.now < until && (out = wire_wait(&self->w, until - self->w.now))) {
		struct ovpp_line_foreign *over = out->foreign;

		if (!over)
			continue;
		n += out->result == result;
		*over = foreign_read(self, unit);
		ovpp_line_submit(&self->w.line, over);
	}
	for (i = 0; i < OVPP_MODBUS_QUEUE_MAX; i++)
		ovpp_line_withdraw(&self->w.line, &f[i]);
	return n;
}

/* Reads of all items that were answered. */
static unsigned int own_reads(SELF)
{
	unsigned int i, n = 0;

	for (i = 0; i < self->n; i++)
		n += count(self, 0, &self->item[i], OVPP_LINE_ANSWERED);
	return n;
}

TEST_F(line, foreign_requests_take_no_more_than_their_share_of_a_full_line)
{
	unsigned int unit, own, n;

	crowd(self, 16);
	wire_run(&self->w, MS(100000));
	own = own_reads(self);
	/* to a unit that is there, and to one that is not */
	for (unit = 3; unit < 100; unit += 90) {
		restart(self, 9600, 11);
		crowd(self, 16);
		n = flood(self, unit, MS(100000),
			  unit == 3 ? OVPP_LINE_ANSWERED : OVPP_LINE_TIMEOUT);
		EXPECT_LE(own * 95 / 100, own_reads(self));
		EXPECT_LE(unit == 3 ? 60 : 5, n);
	}
}

TEST_F(line, foreign_requests_have_all_of_an_idle_line)
{
	device(self, 10);
	read_item(self, 1, 3, 0, 10, 1000);
	EXPECT_LE(500, flood(self, 1, MS(20000), OVPP_LINE_ANSWERED));
	EXPECT_LE(20, count(self, 0, &self->item[0], OVPP_LINE_ANSWERED));
	EXPECT_EQ(0, self->w.line.stats.late);
}

TEST_F(line, foreign_request_that_is_never_sent_expires)
{
	struct ovpp_line_foreign f;
	const struct ovpp_line_outcome *out;

	device(self, 10)->silent = true;
	read_item(self, 1, 3, 0, 10, 100);
	wire_run(&self->w, MS(60000));
	f = foreign_read(self, 1);
	f.expires_ns = self->w.now + MS(200);
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, &f));
	out = foreign_wait(self, &f, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_EXPIRED, out->result);
	EXPECT_EQ(f.expires_ns, out->time_ns);
	EXPECT_EQ(NULL, foreign_wait(self, &f, MS(60000)));
}

TEST_F(line, withdrawn_request_has_no_outcome_and_is_not_touched)
{
	struct ovpp_line_foreign *f = malloc(sizeof(*f));
	unsigned int sent;

	device(self, 100);
	*f = foreign_read(self, 1);
	ASSERT_EQ(0, ovpp_line_submit(&self->w.line, f));
	while (!self->w.line.adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	ovpp_line_withdraw(&self->w.line, f);
	free(f);
	/* its answer is nobody's, and the line waits for it */
	read_item(self, 1, 3, 0, 10, 1000);
	sent = self->w.sent;
	wire_run(&self->w, MS(100));
	EXPECT_EQ(sent, self->w.sent);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(1000)));
	EXPECT_EQ(&self->item[0], self->w.out[0].item);
	EXPECT_EQ(NULL, self->w.out[0].foreign);
	EXPECT_EQ(0, self->w.line.stats.noise);
}

/* ---- changes under way --------------------------------------------------------- */

TEST_F(line, nothing_of_an_old_table_is_touched)
{
	struct ovpp_line_item *old[3], **table = malloc(sizeof(*table) * 3);
	struct ovpp_line_unit *u = malloc(sizeof(*u));
	u8 *data = malloc(OVPP_MODBUS_PDU_MAX);
	unsigned int i, which;

	for (which = 0; which < 3; which++) {
		restart(self, 9600, 11);
		device(self, 10);
		table = malloc(sizeof(*table) * 3);
		data = malloc(OVPP_MODBUS_PDU_MAX);
		u = malloc(sizeof(*u));
		ovpp_line_unit_init(u, 1);
		for (i = 0; i < 3; i++) {
			old[i] = table[i] = calloc(1, sizeof(*old[i]));
			old[i]->unit = u;
			old[i]->req = (struct ovpp_modbus_request){
				(const u8[]){3, 6, 16}[which], 0, 1, 0, which ? 1 : 0, data, 2};
			old[i]->period_ms = which ? 0 : 100;
			old[i]->data = data;
		}
		self->w.line.echo = OVPP_LINE_ECHO_NO;
		ovpp_line_set_items(&self->w.line, table, 3);
		if (which)
			put16(old[1], 0x1234);
		while (!self->w.line.adu_len)
			wire_step(&self->w, self->w.now + MS(1000));
		/* a new table in the middle of it */
		read_item(self, 1, 3, 9, 4, 1000);
		for (i = 0; i < 3; i++)
			free(old[i]);
		free(table);
		free(data);
		free(u);
		wire_run(&self->w, MS(1500));
		ASSERT_EQ(2, self->w.n_out);
		EXPECT_EQ(&self->item[0], self->w.out[0].item);
		EXPECT_EQ(0, self->w.line.stats.timeouts);
		EXPECT_EQ(0, self->w.line.stats.noise);
	}
}

TEST_F(line, what_stays_in_the_table_keeps_its_answer)
{
	struct ovpp_line_item *it = (device(self, 10), read_item(self, 1, 3, 0, 10, 1000));
	const struct ovpp_line_outcome *out;

	while (!self->w.line.adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	read_item(self, 1, 3, 20, 10, 1000);
	out = wire_wait(&self->w, MS(1000));
	ASSERT_NE(NULL, out);
	EXPECT_EQ(it, out->item);
}

TEST_F(line, new_timing_ends_what_is_under_way)
{
	struct ovpp_line_foreign f = (device(self, 100), foreign_read(self, 1));
	struct ovpp_line *line = &self->w.line;
	const struct ovpp_line_outcome *out;
	struct ovpp_line_item *it;

	ASSERT_EQ(0, ovpp_line_submit(line, &f));
	while (!line->adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	self->w.n_bytes = 0;
	ovpp_line_set_timing(line, &line->timing, self->w.now);
	out = foreign_wait(self, &f, 1);
	ASSERT_NE(NULL, out);
	EXPECT_EQ(OVPP_LINE_TIMEOUT, out->result);
	EXPECT_EQ(0, self->unit[0].timeouts);
	/* an item is asked again */
	it = register_item(self, 1, 50);
	put16(it, 3);
	while (!line->adu_len)
		wire_step(&self->w, self->w.now + MS(1000));
	self->w.n_bytes = 0;
	ovpp_line_set_timing(line, &line->timing, self->w.now);
	EXPECT_TRUE(it->pending);
	ASSERT_NE(NULL, wire_wait(&self->w, MS(1000)));
	EXPECT_FALSE(it->pending);
}

TEST_HARNESS_MAIN
