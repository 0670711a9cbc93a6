// SPDX-License-Identifier: GPL-2.0-or-later
// timeout: 240
/* Modbus lines over ptys, with a device that answers: values, commands, faults. */
#include "helpers.h"

#include <linux/tty.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "modbus_slave.h"
#include "serial.h"
#include "uring.h"

#define PROFILE "kselftest-modbus"

/* Where the device has what, see the profile. */
#define AT_P 0
#define AT_SOC 2
#define AT_P_SET 100

#define POWER_MW 10000000

FIXTURE(modbus)
{
	struct bench b;
	struct slave dev;
	int node;
	int bus;
	int der;
	struct io_uring io;
};

static json_t *profile(void)
{
	/* clang-format off */
	return json_loads(BENCH_JSON({
		"name": "kselftest-modbus", "version": 1, "kind": "battery", "bus": "modbus",
		"spacing_ms": 0, "response_ms": 300,
		"message": [
			{ "id": 50331648, "length": 8, "period_ms": 20, "timeout_ms": 1500,
			  "signal": [
				{ "point": "p", "start": 7, "length": 32,
				  "flags": ["signed", "big_endian"] },
				{ "point": "soc", "start": 39, "length": 32,
				  "flags": ["big_endian"] }] },
			{ "id": 268435556, "length": 4, "period_ms": 500, "flags": ["tx"],
			  "signal": [
				{ "point": "p_set", "start": 7, "length": 32,
				  "flags": ["signed", "big_endian"] }] }]
	}), 0, NULL);
	/* clang-format on */
}

/* An open tty with the discipline, or -errno. */
static int open_tty(const char *path)
{
	const struct ovpp_serial serial = {
		.baud = 115200, .parity = OVPP_PARITY_NONE, .stop_bits = 1};
	char why[256];
	int fd = ovpp_serial_open(path, &serial, why, sizeof(why));
	int ret = fd < 0 ? fd : ovpp_serial_give(fd, why, sizeof(why));

	if (!ret)
		return fd;
	fprintf(stderr, "# %s: %s\n", path, why);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* Gives a tty to a new bus (op bus-new), or to the bus again (bus-set). */
static int give_tty(struct bench *b, const char *op, const char *tty)
{
	int fd = open_tty(tty), ret;

	if (fd < 0)
		return fd;
	ret = !strcmp(op, "bus-new")
		      ? bench_do(b->nl, op,
				 json_pack("{s:I,s:s,s:s,s:i,s:s}", "site", (json_int_t)b->site,
					   "name", "line", "type", "modbus", "tty_fd", fd, "path",
					   tty),
				 NULL)
		      : bench_do(b->nl, op,
				 json_pack("{s:I,s:s,s:i}", "site", (json_int_t)b->site, "name",
					   "line", "tty_fd", fd),
				 NULL);
	close(fd);
	return ret;
}

static json_t *bus_req(const struct bench *b)
{
	return json_pack("{s:I,s:s}", "site", (json_int_t)b->site, "name", "line");
}

static json_t *der_req(const struct bench *b)
{
	return json_pack("{s:I,s:s}", "site", (json_int_t)b->site, "name", "device");
}

static bool bus_is(struct bench *b, const char *state)
{
	return bench_is(b->nl, "bus-get", bus_req(b), "state", state);
}

static bool der_is(struct bench *b, const char *supervision)
{
	return bench_is(b->nl, "der-get", der_req(b), "supervision", supervision);
}

static json_int_t of_bus(struct bench *b, const char *key)
{
	return bench_get(b->nl, "bus-get", bus_req(b), key);
}

static json_int_t of_der(struct bench *b, const char *key)
{
	return bench_get(b->nl, "der-get", der_req(b), key);
}

/* Value of a point of the device if it is good, else INT64_MIN. */
static json_int_t point(struct bench *b, const char *name)
{
	json_int_t value = INT64_MIN;
	json_t *der = NULL, *p;
	size_t i;

	if (!bench_do(b->nl, "der-get", der_req(b), &der)) {
		json_array_foreach (json_object_get(der, "point"), i, p) {
			if (!strcmp(json_string_value(json_object_get(p, "id")), name) &&
			    !strcmp(json_string_value(json_object_get(p, "quality")), "good"))
				value = json_integer_value(json_object_get(p, "value"));
		}
	}
	json_decref(der);
	return value;
}

static int add_device(struct bench *b)
{
	json_t *reply = NULL;
	int id;

	if (bench_must(b->nl, "der-new",
		       json_pack("{s:I,s:s,s:s,s:s,s:i,s:i}", "site", (json_int_t)b->site, "name",
				 "device", "bus_name", "line", "profile", PROFILE, "node",
				 SLAVE_UNIT, "safe_mw", -1000),
		       &reply))
		return -1;
	id = (int)json_integer_value(json_object_get(reply, "id"));
	json_decref(reply);
	return bench_must(b->nl, "envelope-set",
			  json_pack("{s:I,s:i,s:i,s:i}", "site", (json_int_t)b->site, "der", id,
				    "p_min_mw", -100000000, "p_max_mw", 100000000),
			  NULL)
		       ? -1
		       : id;
}

/* Tells the device to give @p_mw, for an hour. */
static int command(struct bench *b, int der, int p_mw)
{
	bench_must(b->nl, "heartbeat", json_pack("{s:I}", "id", (json_int_t)b->site), NULL);
	return bench_must(b->nl, "dispatch-new",
			  json_pack("{s:I,s:[{s:i,s:i,s:i}]}", "site", (json_int_t)b->site, "block",
				    "der", der, "p_mw", p_mw, "duration_ms", 3600000),
			  NULL);
}

FIXTURE_SETUP(modbus)
{
	struct bench *b = &self->b;

	self->node = -1;
	self->dev = (struct slave){.fd = -1};
	self->io.ring_fd = -1;
	ASSERT_EQ(0, bench_new(b, "kselftest-modbus", json_pack("{s:i}", "heartbeat_ms", 3600000)));
	ASSERT_EQ(0, bench_profile(b->nl, profile()));
	slave_set32(&self->dev, AT_P, 4200000);
	slave_set32(&self->dev, AT_SOC, 500000);
	ASSERT_EQ(0, slave_start(&self->dev));
	ASSERT_EQ(0, give_tty(b, "bus-new", self->dev.tty));
	self->bus = (int)of_bus(b, "id");
	self->der = add_device(b);
	ASSERT_LT(0, self->der);
	ASSERT_TRUE(bench_wait(point(b, "p") == 4200000));
	self->node = open(b->node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->node);
	ASSERT_EQ(0, io_uring_queue_init(64, &self->io, 0));
}

FIXTURE_TEARDOWN(modbus)
{
	if (self->io.ring_fd >= 0)
		io_uring_queue_exit(&self->io);
	if (self->node >= 0)
		close(self->node);
	bench_end(&self->b);
	slave_stop(&self->dev);
}

TEST_F(modbus, values_come_with_their_age)
{
	struct bench *b = &self->b;

	EXPECT_TRUE(bus_is(b, "up"));
	EXPECT_EQ(115200, of_bus(b, "baud"));
	EXPECT_EQ(1, of_bus(b, "stop_bits"));
	EXPECT_TRUE(bench_is(b->nl, "bus-get", bus_req(b), "parity", "none"));
	EXPECT_TRUE(bench_is(b->nl, "bus-get", bus_req(b), "path", self->dev.tty));
	EXPECT_EQ(500000, point(b, "soc"));
	slave_set32(&self->dev, AT_P, -77000);
	EXPECT_TRUE(bench_wait(point(b, "p") == -77000));
	EXPECT_TRUE(bench_wait(der_is(b, "online")));
	EXPECT_LT(0, of_der(b, "response_us"));
	EXPECT_LT(0, of_der(b, "timeout_us"));
	EXPECT_LT(0, of_bus(b, "rx_frames"));
}

TEST_F(modbus, a_setpoint_is_written_and_read_back_by_nobody_else)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, command(b, self->der, POWER_MW));
	EXPECT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == POWER_MW));
	ASSERT_EQ(0, command(b, self->der, -2 * POWER_MW));
	EXPECT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == -2 * POWER_MW));
}

TEST_F(modbus, a_device_that_falls_silent_is_quarantined_and_comes_back_safe)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, command(b, self->der, POWER_MW));
	ASSERT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == POWER_MW));
	atomic_store(&self->dev.fault, SLAVE_SILENT);
	EXPECT_TRUE(bench_wait(der_is(b, "silent")));
	EXPECT_EQ(INT64_MIN, point(b, "p"));
	EXPECT_TRUE(bench_wait(of_der(b, "p_set_mw") == -1000));
	EXPECT_TRUE(bench_wait(of_der(b, "timeouts") > 0));
	EXPECT_LT(0, of_bus(b, "timeouts"));
	/* Held there, or the setpoint would be back as soon as it answers. */
	ASSERT_EQ(0, bench_must(b->nl, "policy-set",
				json_pack("{s:I,s:i,s:i}", "site", (json_int_t)b->site, "der",
					  self->der, "enable", 0),
				NULL));
	atomic_store(&self->dev.fault, SLAVE_WELL);
	EXPECT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == -1000));
	ASSERT_EQ(0, bench_must(b->nl, "policy-set",
				json_pack("{s:I,s:i,s:i}", "site", (json_int_t)b->site, "der",
					  self->der, "enable", 1),
				NULL));
	EXPECT_TRUE(bench_wait(der_is(b, "online")));
	EXPECT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == POWER_MW));
}

TEST_F(modbus, refusals_are_counted_and_reported)
{
	struct bench *b = &self->b;
	json_int_t head = (json_int_t)bench_head(b);

	atomic_store(&self->dev.fault, SLAVE_REFUSES);
	EXPECT_TRUE(bench_wait(of_der(b, "exceptions") > 2));
	EXPECT_EQ(OVPP_MODBUS_ILLEGAL_ADDRESS, of_der(b, "exception"));
	EXPECT_LT(2, of_bus(b, "exceptions"));
	EXPECT_LT(head, (json_int_t)bench_head(b));
}

TEST_F(modbus, answers_in_pieces_and_noise_do_no_harm)
{
	struct bench *b = &self->b;

	atomic_store(&self->dev.fault, SLAVE_NOISY);
	slave_set32(&self->dev, AT_P, 1234);
	EXPECT_TRUE(bench_wait(point(b, "p") == 1234));
}

TEST_F(modbus, garbled_answers_change_nothing)
{
	struct bench *b = &self->b;

	atomic_store(&self->dev.fault, SLAVE_GARBLED);
	ASSERT_TRUE(bench_wait(of_bus(b, "rx_malformed") > 0));
	slave_set32(&self->dev, AT_P, 666);
	EXPECT_TRUE(bench_wait(der_is(b, "silent")));
	EXPECT_EQ(INT64_MIN, point(b, "p"));
	atomic_store(&self->dev.fault, SLAVE_WELL);
	EXPECT_TRUE(bench_wait(point(b, "p") == 666));
}

/* Rubbish all the time: whatever of the answers gets through, the loop goes on. */
TEST_F(modbus, a_babbler_does_not_take_the_machine)
{
	struct bench *b = &self->b;
	json_int_t ticks;

	atomic_store(&self->dev.fault, SLAVE_BABBLING);
	ASSERT_TRUE(bench_wait(atomic_load(&self->dev.reads) > 10));
	ticks = bench_get(b->nl, "stats-get", bench_req(b), "ticks");
	EXPECT_TRUE(bench_wait(bench_get(b->nl, "stats-get", bench_req(b), "ticks") > ticks + 20));
	atomic_store(&self->dev.fault, SLAVE_WELL);
	slave_set32(&self->dev, AT_P, 4321);
	EXPECT_TRUE(bench_wait(point(b, "p") == 4321));
}

TEST_F(modbus, a_line_survives_its_tty)
{
	struct bench *b = &self->b;

	slave_stop(&self->dev);
	EXPECT_TRUE(bench_wait(bus_is(b, "absent")));
	EXPECT_TRUE(bench_wait(!der_is(b, "online")));
	ASSERT_EQ(0, slave_start(&self->dev));
	slave_set32(&self->dev, AT_P, 99);
	ASSERT_EQ(0, give_tty(b, "bus-set", self->dev.tty));
	EXPECT_TRUE(bus_is(b, "up"));
	EXPECT_TRUE(bench_wait(point(b, "p") == 99));
	EXPECT_EQ(-EBUSY, give_tty(b, "bus-set", self->dev.tty));
}

TEST_F(modbus, a_tty_that_gets_another_discipline_is_lost)
{
	struct bench *b = &self->b;
	int fd, normal = N_TTY;

	slave_stop(&self->dev);
	ASSERT_TRUE(bench_wait(bus_is(b, "absent")));
	ASSERT_EQ(0, slave_start(&self->dev));
	fd = open_tty(self->dev.tty);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bench_must(b->nl, "bus-set",
				json_pack("{s:I,s:s,s:i}", "site", (json_int_t)b->site, "name",
					  "line", "tty_fd", fd),
				NULL));
	EXPECT_TRUE(bus_is(b, "up"));
	/* Nobody reads or writes beside it. */
	EXPECT_EQ(-1, read(fd, &normal, 1));
	EXPECT_EQ(-1, write(fd, "x", 1));
	ASSERT_EQ(0, ioctl(fd, TIOCSETD, &normal));
	EXPECT_TRUE(bus_is(b, "absent"));
	close(fd);
}

/* The device goes on answering: whatever is on its way is on its way to nobody. */
TEST_F(modbus, a_line_loses_its_tty_under_traffic)
{
	struct bench *b = &self->b;
	int normal = N_TTY;

	for (int i = 0; i < 20; i++) {
		int fd = open(self->dev.tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
		unsigned int reads;

		ASSERT_LE(0, fd); /* root may, though it is a line's */
		ASSERT_EQ(0, ioctl(fd, TIOCSETD, &normal));
		ASSERT_TRUE(bus_is(b, "absent"));
		close(fd);
		slave_set32(&self->dev, AT_P, i);
		reads = atomic_load(&self->dev.reads);
		ASSERT_EQ(0, give_tty(b, "bus-set", self->dev.tty));
		ASSERT_TRUE(bench_wait(atomic_load(&self->dev.reads) > reads));
		ASSERT_TRUE(bench_wait(point(b, "p") == i));
	}
}

TEST_F(modbus, what_is_no_tty_of_ours_is_refused)
{
	struct bench *b = &self->b;
	json_t *bus = json_pack("{s:I,s:s,s:s}", "site", (json_int_t)b->site, "name", "other",
				"type", "modbus");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct slave other = {.fd = -1};
	int tty;

	EXPECT_EQ(-EINVAL, bench_do(b->nl, "bus-new", json_copy(bus), NULL));
	json_object_set_new(bus, "tty_fd", json_integer(null));
	EXPECT_EQ(-ENOTTY, bench_do(b->nl, "bus-new", json_copy(bus), NULL));
	json_object_set_new(bus, "tty_fd", json_integer(9999));
	EXPECT_EQ(-EBADF, bench_do(b->nl, "bus-new", json_copy(bus), NULL));
	/* A tty, but with the usual discipline. */
	ASSERT_EQ(0, slave_start(&other));
	tty = open(other.tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	json_object_set_new(bus, "tty_fd", json_integer(tty));
	EXPECT_EQ(-ENOTTY, bench_do(b->nl, "bus-new", json_copy(bus), NULL));
	json_object_del(bus, "tty_fd");
	json_object_set_new(bus, "ifname", json_string("serial9-9"));
	EXPECT_EQ(-ENODEV, bench_do(b->nl, "bus-new", json_copy(bus), NULL));
	json_object_set_new(bus, "ifname", json_string("vcan0"));
	json_object_set_new(bus, "loopback", json_integer(1));
	EXPECT_EQ(-EINVAL, bench_do(b->nl, "bus-new", bus, NULL));
	/* A CAN profile on a line. */
	ASSERT_EQ(0, bench_profile(b->nl, bench_battery_profile()));
	EXPECT_EQ(-EINVAL, bench_do(b->nl, "der-new",
				    json_pack("{s:I,s:s,s:s,s:s,s:i}", "site", (json_int_t)b->site,
					      "name", "can", "bus_name", "line", "profile",
					      BENCH_BATTERY, "node", 1),
				    NULL));
	/* The unit's registers are another DER's. */
	EXPECT_EQ(-EEXIST, bench_do(b->nl, "der-new",
				    json_pack("{s:I,s:s,s:s,s:s,s:i}", "site", (json_int_t)b->site,
					      "name", "twin", "bus_name", "line", "profile",
					      PROFILE, "node", SLAVE_UNIT),
				    NULL));
	close(tty);
	close(null);
	slave_stop(&other);
}

TEST_F(modbus, only_the_network_s_administrator_gives_a_tty)
{
	struct slave other = {.fd = -1};
	int status = 0, discipline = N_DEVELOPMENT;
	pid_t pid;

	if (geteuid())
		SKIP(return, "needs root, to be somebody else");
	ASSERT_EQ(0, slave_start(&other));
	pid = fork();
	if (!pid) {
		int tty = open(other.tty, O_RDWR | O_NOCTTY | O_CLOEXEC);

		if (tty < 0 || setuid(65534))
			_exit(1);
		_exit(ioctl(tty, TIOCSETD, &discipline) && errno == EPERM ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	slave_stop(&other);
}

/* ---- requests from outside ---- */

/* One request; the length of its answer, which takes its place, or -errno. */
static int ask(struct io_uring *io, int node, uint32_t bus, const char *request, size_t len,
	       uint8_t *pdu)
{
	struct __kernel_timespec patience = {BENCH_PATIENCE_MS / 1000, 0};
	const struct ovpp_uring_modbus cmd = {
		.pdu = (uintptr_t)pdu, .bus = bus, .unit = SLAVE_UNIT, .len = (uint8_t)len};
	struct io_uring_cqe *cqe;
	int ret;

	memcpy(pdu, request, len);
	ovpp_uring_prep_modbus(io_uring_get_sqe(io), node, &cmd);
	io_uring_submit(io);
	ret = io_uring_wait_cqe_timeout(io, &cqe, &patience);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(io, cqe);
	return ret;
}

#define ASK(request) \
	ask(&self->io, self->node, (uint32_t)self->bus, request, sizeof(request) - 1, pdu)

TEST_F(modbus, others_may_read)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];

	atomic_store(&self->dev.reg[200], 0xbeef);
	ASSERT_EQ(4, ASK("\x03\x00\xc8\x00\x01"));
	EXPECT_EQ(0, memcmp(pdu, "\x03\x02\xbe\xef", 4));
	EXPECT_EQ(1, of_bus(&self->b, "foreign"));
	atomic_store(&self->dev.fault, SLAVE_REFUSES);
	ASSERT_EQ(2, ASK("\x03\x00\xc8\x00\x01"));
	EXPECT_EQ(0, memcmp(pdu, "\x83\x02", 2));
	atomic_store(&self->dev.fault, SLAVE_SILENT);
	EXPECT_EQ(-ETIMEDOUT, ASK("\x03\x00\xc8\x00\x01"));
}

TEST_F(modbus, what_is_no_request_is_refused)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];

	EXPECT_EQ(-EOPNOTSUPP, ASK("\x2b\x0e\x01\x00"));
	EXPECT_EQ(-EINVAL, ASK("\x03\x00\xc8\x00"));
	EXPECT_EQ(-EINVAL, ASK("\x03\x00\xc8\x00\x7e"));
	self->bus = 77;
	EXPECT_EQ(-ENODEV, ASK("\x03\x00\xc8\x00\x01"));
	/* The site's CAN bus. */
	self->bus = (int)bench_get(
		self->b.nl, "bus-get",
		json_pack("{s:I,s:s}", "site", (json_int_t)self->b.site, "name", "bus"), "id");
	EXPECT_EQ(-ENODEV, ASK("\x03\x00\xc8\x00\x01"));
	self->bus = (int)of_bus(&self->b, "id");
	close(self->node);
	self->node = open(self->b.node, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(-EBADF, ASK("\x03\x00\xc8\x00\x01"));
}

TEST_F(modbus, others_write_when_they_may_and_never_commands)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	struct bench *b = &self->b;

	EXPECT_EQ(-EPERM, ASK("\x06\x00\xc8\x12\x34"));
	ASSERT_EQ(0, bench_must(b->nl, "bus-set",
				json_pack("{s:I,s:s,s:i}", "site", (json_int_t)b->site, "name",
					  "line", "foreign_write", 1),
				NULL));
	EXPECT_EQ(5, ASK("\x06\x00\xc8\x12\x34"));
	EXPECT_EQ(0x1234U, atomic_load(&self->dev.reg[200]));
	/* The second register of the setpoint, by each function that writes registers. */
	EXPECT_EQ(-EACCES, ASK("\x06\x00\x65\x00\x00"));
	EXPECT_EQ(-EACCES, ASK("\x10\x00\x65\x00\x01\x02\x00\x00"));
	EXPECT_EQ(-EACCES, ASK("\x16\x00\x65\xff\xff\x00\x00"));
	EXPECT_EQ(-EACCES, ASK("\x17\x00\x00\x00\x01\x00\x65\x00\x01\x02\x00\x00"));
	/* The one behind it is free, and so is a coil of this number. */
	EXPECT_EQ(5, ASK("\x06\x00\x66\x00\x07"));
	EXPECT_EQ(5, ASK("\x05\x00\x65\xff\x00"));
}

static int allow(struct bench *b, int write)
{
	return bench_do(b->nl, "bus-set",
			json_pack("{s:I,s:s,s:i}", "site", (json_int_t)b->site, "name", "line",
				  "foreign_write", write),
			NULL);
}

/*
 * Who may write when the envelope is locked goes on; it can be forbidden, but never
 * allowed again. The site lives in a namespace that ends with the test's process.
 */
TEST(a_locked_envelope_lets_nobody_else_write)
{
	static const char write[] = "\x06\x00\xc8\x12\x34";
	struct slave dev = {.fd = -1};
	uint8_t pdu[OVPP_MODBUS_PDU_MAX];
	struct io_uring io;
	struct bench b;
	uint32_t bus;
	int node;

	if (geteuid())
		SKIP(return, "needs root, for a network namespace");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link add " BENCH_IFNAME " type vcan && ip link set " BENCH_IFNAME
			    " up"));
	ASSERT_EQ(0, bench_new(&b, "kselftest-shut", NULL));
	ASSERT_EQ(0, slave_start(&dev));
	ASSERT_EQ(0, give_tty(&b, "bus-new", dev.tty));
	bus = (uint32_t)of_bus(&b, "id");
	node = open(b.node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, node);
	ASSERT_EQ(0, io_uring_queue_init(4, &io, 0));

	ASSERT_EQ(0, allow(&b, 1));
	ASSERT_EQ(0, bench_must(b.nl, "envelope-lock", bench_req(&b), NULL));
	EXPECT_EQ(5, ask(&io, node, bus, write, sizeof(write) - 1, pdu));
	EXPECT_EQ(0, allow(&b, 0));
	EXPECT_EQ(-EPERM, ask(&io, node, bus, write, sizeof(write) - 1, pdu));
	EXPECT_EQ(-EPERM, allow(&b, 1));
	EXPECT_NE(NULL, strstr(ovpp_nl_error(b.nl), "locked"));
	EXPECT_EQ(-EPERM, ask(&io, node, bus, write, sizeof(write) - 1, pdu));
	EXPECT_EQ(0, of_bus(&b, "foreign_write"));

	io_uring_queue_exit(&io);
	close(node);
	bench_close(&b);
	slave_stop(&dev);
}

/* Requests that nobody answers, then what ends them. */
static void queue(struct io_uring *io, int node, uint32_t bus, uint8_t (*pdu)[8], int n)
{
	for (int i = 0; i < n; i++) {
		const struct ovpp_uring_modbus cmd = {.pdu = (uintptr_t)pdu[i],
						      .bus = bus,
						      .unit = SLAVE_UNIT,
						      .timeout_ms = 60000,
						      .len = 5};

		memcpy(pdu[i], "\x03\x00\xc8\x00\x01", 5);
		ovpp_uring_prep_modbus(io_uring_get_sqe(io), node, &cmd);
	}
	io_uring_submit(io);
}

static int next_result(struct io_uring *io)
{
	struct __kernel_timespec patience = {BENCH_PATIENCE_MS / 1000, 0};
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(io, &cqe, &patience);

	if (ret)
		return -ETIME;
	ret = cqe->res;
	io_uring_cqe_seen(io, cqe);
	return ret;
}

TEST_F(modbus, requests_end_when_the_tty_goes)
{
	uint8_t pdu[4][8];

	atomic_store(&self->dev.fault, SLAVE_SILENT);
	queue(&self->io, self->node, (uint32_t)self->bus, pdu, 4);
	bench_sleep_ms(50); /* most are queued by now, whichever are not fail likewise */
	slave_stop(&self->dev);
	for (int i = 0; i < 4; i++) {
		int ret = next_result(&self->io);

		EXPECT_TRUE(ret == -ENODEV || ret == -ETIMEDOUT);
	}
}

TEST_F(modbus, requests_end_with_their_site_and_with_their_ring)
{
	uint8_t pdu[8][8];

	atomic_store(&self->dev.fault, SLAVE_SILENT);
	queue(&self->io, self->node, (uint32_t)self->bus, pdu, 8);
	bench_sleep_ms(50);
	io_uring_queue_exit(&self->io);
	ASSERT_EQ(0, io_uring_queue_init(64, &self->io, 0));
	queue(&self->io, self->node, (uint32_t)self->bus, pdu, 8);
	ASSERT_EQ(0, bench_site_del(&self->b));
	for (int i = 0; i < 8; i++) {
		int ret = next_result(&self->io);

		EXPECT_TRUE(ret == -ENODEV || ret == -ETIMEDOUT);
	}
}

/* ---- ends ---- */

TEST_F(modbus, the_last_command_of_a_der_is_its_safe_value)
{
	struct bench *b = &self->b;

	ASSERT_EQ(0, command(b, self->der, POWER_MW));
	ASSERT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == POWER_MW));
	ASSERT_EQ(0, bench_must(b->nl, "der-del", der_req(b), NULL));
	EXPECT_EQ(-1000, slave_get32(&self->dev, AT_P_SET));
	/* Also when all of the site goes. */
	self->der = add_device(b);
	ASSERT_TRUE(bench_wait(der_is(b, "online")));
	ASSERT_EQ(0, command(b, self->der, POWER_MW));
	ASSERT_TRUE(bench_wait(slave_get32(&self->dev, AT_P_SET) == POWER_MW));
	ASSERT_EQ(0, bench_site_del(b));
	EXPECT_EQ(-1000, slave_get32(&self->dev, AT_P_SET));
}

TEST_F(modbus, der_and_lines_come_and_go_under_traffic)
{
	struct bench *b = &self->b;

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, bench_must(b->nl, "der-del", der_req(b), NULL));
		ASSERT_EQ(0, bench_must(b->nl, "bus-del", bus_req(b), NULL));
		ASSERT_EQ(0, give_tty(b, "bus-new", self->dev.tty));
		ASSERT_LT(0, add_device(b));
		if (i % 4 == 0)
			ASSERT_TRUE(bench_wait(point(b, "p") == 4200000));
	}
}

TEST_HARNESS_MAIN
