// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ovppd's Modbus proxy: frames, rules, the queue of a line, and the servers on real
 * sockets and a real pty. The line behind them is the test's.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/loop.c"
#include "../../userspace/ovppd/mbap.c"
#include "../../userspace/ovppd/proxy_address.c"
#include "../../userspace/ovppd/proxy_gate.c"
#include "../../userspace/ovppd/proxy_line.c"
#include "../../userspace/ovppd/proxy_rtu.c"
#include "../../userspace/ovppd/proxy_session.c"
#include "../../userspace/ovppd/proxy_tcp.c"
#include "../../userspace/ovppd/rtu_slave.c"

#include "proxy_line_fake.h"

/* Reads 2 input registers from 52 on; their answer. */
static const uint8_t read_pdu[] = {4, 0, 52, 0, 2};
static const uint8_t values_pdu[] = {4, 4, 0x12, 0x34, 0x56, 0x78};
static const uint8_t write_pdu[] = {6, 0, 1, 0, 2};

/* ---- frames of Modbus TCP ---------------------------------------------------- */

static const uint8_t frame_bytes[] = {0x12, 0x34, 0, 0, 0, 6, 7, 4, 0, 52, 0, 2};

TEST(mbap_a_frame_is_complete_only_with_its_last_byte)
{
	struct mbap f;

	for (size_t n = 0; n < sizeof(frame_bytes); n++)
		EXPECT_EQ(-EAGAIN, mbap_get(frame_bytes, n, &f));
	ASSERT_EQ(sizeof(frame_bytes), mbap_get(frame_bytes, sizeof(frame_bytes), &f));
	EXPECT_EQ(0x1234, f.transaction);
	EXPECT_EQ(7, f.unit);
	EXPECT_EQ(sizeof(read_pdu), f.len);
	EXPECT_EQ(0, memcmp(read_pdu, f.pdu, sizeof(read_pdu)));
}

TEST(mbap_what_is_written_reads_the_same)
{
	uint8_t pdu[OVPP_MODBUS_PDU_MAX] = {16}, out[MBAP_MAX];
	const struct mbap in = {.transaction = 0xfffe, .unit = 247, .len = sizeof(pdu), .pdu = pdu};
	struct mbap f;

	ASSERT_EQ(MBAP_MAX, mbap_put(out, &in));
	ASSERT_EQ(MBAP_MAX, mbap_get(out, sizeof(out), &f));
	EXPECT_EQ(in.transaction, f.transaction);
	EXPECT_EQ(in.unit, f.unit);
	EXPECT_EQ(in.len, f.len);
	EXPECT_EQ(0, memcmp(pdu, f.pdu, sizeof(pdu)));
}

TEST(mbap_another_protocol_or_an_impossible_length_is_told_at_once)
{
	static const uint16_t lengths[] = {0, 1, 2 + OVPP_MODBUS_PDU_MAX, 0xffff};
	uint8_t bytes[sizeof(frame_bytes)];
	struct mbap f;

	for (size_t i = 2; i < 4; i++) {
		memcpy(bytes, frame_bytes, sizeof(bytes));
		bytes[i] = 1;
		EXPECT_EQ(-EPROTO, mbap_get(bytes, 4, &f));
	}
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memcpy(bytes, frame_bytes, sizeof(bytes));
		bytes[4] = (uint8_t)(lengths[i] >> 8);
		bytes[5] = (uint8_t)lengths[i];
		EXPECT_EQ(-EPROTO, mbap_get(bytes, 6, &f));
	}
}

/* ---- addresses ---------------------------------------------------------------- */

static int address_of(const char *text, char *out, size_t size)
{
	struct sockaddr_storage addr;
	const struct sockaddr_in *in = (const void *)&addr;
	const struct sockaddr_in6 *in6 = (const void *)&addr;
	char host[INET6_ADDRSTRLEN];
	socklen_t len;

	if (proxy_address(text, &addr, &len))
		return -EINVAL;
	if (addr.ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
	return snprintf(out, size, "%s %u", host, ntohs(in->sin_port));
}

TEST(address_a_port_alone_is_of_this_machine_only)
{
	char text[80];

	ASSERT_LT(0, address_of("1502", text, sizeof(text)));
	EXPECT_STREQ("127.0.0.1 1502", text);
	ASSERT_LT(0, address_of("0.0.0.0:502", text, sizeof(text)));
	EXPECT_STREQ("0.0.0.0 502", text);
	ASSERT_LT(0, address_of("[::1]:65535", text, sizeof(text)));
	EXPECT_STREQ("::1 65535", text);
}

TEST(address_what_is_none_is_refused)
{
	static const char *const wrong[] = {
		"",	  ":1502",	  "127.0.0.1:",	   "127.0.0.1:0",   "127.0.0.1:65536",
		"::1:80", "localhost:80", "[::1]",	   "[::1:80",	    "127.0.0.1:http",
		"[]:80",  "127.0.0.1",	  "127.0.0.1: 80", "127.0.0.1:+80",
	};
	char text[80];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_EQ(-EINVAL, address_of(wrong[i], text, sizeof(text)))
		TH_LOG("\"%s\"", wrong[i]);
	}
}

/* ---- rules and the line ------------------------------------------------------- */

FIXTURE(gate)
{
	struct fake fake;
	struct proxy_gate gate;
	struct proxy_request req;
	int answers;
};

static void count(void *arg)
{
	(*(int *)arg)++;
}

FIXTURE_SETUP(gate)
{
	fake_init(&self->fake);
	self->gate.line = &self->fake.line;
	proxy_gate_all_units(&self->gate);
	proxy_request_init(&self->req, &self->gate, count, &self->answers);
}

FIXTURE_TEARDOWN(gate)
{
}

#define ASK(unit, pdu) proxy_request_ask(&self->req, unit, pdu, sizeof(pdu))

/* The request at hand was answered with this exception. */
#define EXPECT_EXCEPTION(function, code)                             \
	do {                                                         \
		EXPECT_FALSE(self->req.call.busy);                   \
		EXPECT_EQ(2, self->req.call.len);                    \
		EXPECT_EQ((function) | 0x80, self->req.call.pdu[0]); \
		EXPECT_EQ(code, self->req.call.pdu[1]);              \
	} while (0)

TEST_F(gate, an_answer_of_the_line_goes_through_as_it_is)
{
	static const uint8_t exception[] = {0x84, 2};

	ASK(7, read_pdu);
	ASSERT_EQ(1, self->fake.n);
	EXPECT_EQ(7, self->fake.call[0]->unit);
	EXPECT_EQ(sizeof(read_pdu), self->fake.call[0]->len);
	EXPECT_EQ(0, memcmp(read_pdu, self->fake.call[0]->pdu, sizeof(read_pdu)));
	EXPECT_EQ(0, self->answers);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	EXPECT_EQ(1, self->answers);
	EXPECT_EQ(sizeof(values_pdu), self->req.call.len);
	EXPECT_EQ(0, memcmp(values_pdu, self->req.call.pdu, sizeof(values_pdu)));

	/* The device's own exception too: it is an answer. */
	ASK(7, read_pdu);
	fake_end(&self->fake, 0, sizeof(exception), exception);
	EXPECT_EXCEPTION(4, 2);
	EXPECT_EQ(2, self->gate.requests);
	EXPECT_EQ(0, self->gate.refused);
	EXPECT_EQ(0, self->gate.errors);
}

TEST_F(gate, broadcasts_and_units_that_are_none_do_not_reach_the_line)
{
	static const uint8_t units[] = {0, 248, 255};

	self->gate.write = true;
	for (size_t i = 0; i < sizeof(units); i++) {
		ASK(units[i], write_pdu);
		EXPECT_EXCEPTION(6, OVPP_MODBUS_GATEWAY_PATH);
	}
	EXPECT_EQ(0, self->fake.taken);
	EXPECT_EQ(3, self->gate.refused);
}

TEST_F(gate, only_listed_units_are_reached)
{
	memset(self->gate.units, 0, sizeof(self->gate.units));
	proxy_gate_add_unit(&self->gate, 1);
	proxy_gate_add_unit(&self->gate, 247);
	for (unsigned int unit = 0; unit < 256; unit++) {
		ASK((uint8_t)unit, read_pdu);
		ASSERT_EQ(unit == 1 || unit == 247, self->fake.n);
		if (self->fake.n)
			fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
		else
			EXPECT_EXCEPTION(4, OVPP_MODBUS_GATEWAY_PATH);
	}
	EXPECT_EQ(256, self->answers);
	EXPECT_EQ(254, self->gate.refused);
}

TEST_F(gate, writes_pass_only_where_they_are_allowed)
{
	static const struct {
		size_t len;
		uint8_t pdu[16];
	} writes[] = {
		{5, {5, 0, 1, 0xff, 0}},	{5, {6, 0, 1, 0, 2}},
		{7, {15, 0, 1, 0, 3, 1, 5}},	{8, {16, 0, 1, 0, 1, 2, 0, 9}},
		{7, {22, 0, 1, 0xff, 0, 0, 1}}, {12, {23, 0, 1, 0, 1, 0, 2, 0, 1, 2, 0, 9}},
	};

	for (int allowed = 0; allowed < 2; allowed++) {
		self->gate.write = allowed;
		for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
			proxy_request_ask(&self->req, 1, writes[i].pdu, writes[i].len);
			ASSERT_EQ(allowed, self->fake.n);
			if (allowed)
				fake_end(&self->fake, 0, -ETIMEDOUT, NULL);
			else
				EXPECT_EXCEPTION(writes[i].pdu[0], OVPP_MODBUS_ILLEGAL_FUNCTION);
		}
	}
}

TEST_F(gate, what_is_no_request_does_not_reach_the_line)
{
	static const uint8_t unknown[] = {43, 14, 1, 0};
	static const uint8_t strange[] = {0x83, 0, 0, 0, 1};
	static const uint8_t too_many[] = {3, 0, 0, 0, 126};
	static const uint8_t too_short[] = {3, 0, 0, 0};
	static const uint8_t alone[] = {16};

	ASK(1, unknown);
	EXPECT_EXCEPTION(43, OVPP_MODBUS_ILLEGAL_FUNCTION);
	ASK(1, strange);
	EXPECT_EXCEPTION(0x83, OVPP_MODBUS_ILLEGAL_FUNCTION);
	ASK(1, too_many);
	EXPECT_EXCEPTION(3, OVPP_MODBUS_ILLEGAL_VALUE);
	ASK(1, too_short);
	EXPECT_EXCEPTION(3, OVPP_MODBUS_ILLEGAL_VALUE);
	self->gate.write = true;
	ASK(1, alone);
	EXPECT_EXCEPTION(16, OVPP_MODBUS_ILLEGAL_VALUE);
	EXPECT_EQ(0, self->fake.taken);
	EXPECT_EQ(5, self->gate.refused);
}

TEST_F(gate, an_error_of_the_line_becomes_an_exception)
{
	static const struct {
		int err;
		uint8_t code;
		bool refused;
	} errors[] = {
		{-ETIMEDOUT, OVPP_MODBUS_GATEWAY_TARGET, false},
		{-EBADMSG, OVPP_MODBUS_GATEWAY_TARGET, false},
		{-EBUSY, OVPP_MODBUS_BUSY, false},
		{-ENODEV, OVPP_MODBUS_GATEWAY_PATH, false},
		{-EPERM, OVPP_MODBUS_ILLEGAL_FUNCTION, true},
		{-EOPNOTSUPP, OVPP_MODBUS_ILLEGAL_FUNCTION, true},
		{-EACCES, OVPP_MODBUS_ILLEGAL_ADDRESS, true},
		{-EINVAL, OVPP_MODBUS_ILLEGAL_VALUE, true},
		{-ECANCELED, OVPP_MODBUS_DEVICE_FAILURE, false},
		{0, OVPP_MODBUS_DEVICE_FAILURE, false},
		{OVPP_MODBUS_PDU_MAX + 1, OVPP_MODBUS_DEVICE_FAILURE, false},
	};
	uint64_t refused = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		ASK(1, read_pdu);
		ASSERT_EQ(1, self->fake.n);
		fake_end(&self->fake, 0, errors[i].err, NULL);
		EXPECT_EXCEPTION(4, errors[i].code);
		refused += errors[i].refused;
		EXPECT_EQ(refused, self->gate.refused);
		EXPECT_EQ(i + 1, self->gate.refused + self->gate.errors);
	}
	/* The line itself is not there. */
	self->fake.refuse = -ENODEV;
	ASK(1, read_pdu);
	EXPECT_EXCEPTION(4, OVPP_MODBUS_GATEWAY_PATH);
}

#define MANY (OVPP_MODBUS_QUEUE_MAX + 4)

FIXTURE(line)
{
	struct fake fake;
	struct proxy_call call[MANY];
	int done;
};

static void count_done(void *arg, int res)
{
	(void)res;
	(*(int *)arg)++;
}

FIXTURE_SETUP(line)
{
	fake_init(&self->fake);
	for (int i = 0; i < MANY; i++) {
		self->call[i] = (struct proxy_call){.done = count_done, .arg = &self->done};
		proxy_line_put(&self->fake.line, &self->call[i]);
	}
}

FIXTURE_TEARDOWN(line)
{
}

TEST_F(line, the_kernel_never_has_more_than_it_takes)
{
	EXPECT_EQ(OVPP_MODBUS_QUEUE_MAX, self->fake.n);
	for (int i = 0; i < MANY; i++) {
		EXPECT_EQ(&self->call[i], self->fake.call[0]);
		fake_end(&self->fake, 0, -ETIMEDOUT, NULL);
		EXPECT_GE(OVPP_MODBUS_QUEUE_MAX, (int)self->fake.n);
		EXPECT_EQ(i + 1, self->done);
	}
	EXPECT_EQ(0, self->fake.n);
	EXPECT_EQ(0, self->fake.line.running);
}

TEST_F(line, who_waits_can_be_forgotten_and_who_runs_ends_by_itself)
{
	/* The first, the last and one in between of those that wait. */
	for (int i = OVPP_MODBUS_QUEUE_MAX; i < MANY; i++) {
		if (i == OVPP_MODBUS_QUEUE_MAX + 2)
			continue;
		proxy_line_forget(&self->call[i]);
		EXPECT_FALSE(self->call[i].busy);
	}
	proxy_line_forget(&self->call[0]);
	EXPECT_TRUE(self->call[0].busy);
	for (int i = 0; i < 4; i++) {
		if (self->call[MANY - 1].busy)
			break;
		/* The queue still knows where its end is. */
		proxy_line_put(&self->fake.line, &self->call[MANY - 1]);
	}
	while (self->fake.n)
		fake_end(&self->fake, 0, -ETIMEDOUT, NULL);
	EXPECT_EQ(OVPP_MODBUS_QUEUE_MAX + 2, self->done);
	EXPECT_EQ(OVPP_MODBUS_QUEUE_MAX + 2, self->fake.taken);
}

TEST_F(line, a_line_that_goes_ends_all_that_wait)
{
	self->fake.refuse = -ENODEV;
	fake_end(&self->fake, 0, -ENODEV, NULL);
	EXPECT_EQ(1 + MANY - OVPP_MODBUS_QUEUE_MAX, self->done);
	EXPECT_EQ(NULL, self->fake.line.first);
}

/* ---- a connection without its socket ------------------------------------------ */

FIXTURE(session)
{
	struct fake fake;
	struct proxy_gate gate;
	struct proxy_session s;
	int answers;
};

FIXTURE_SETUP(session)
{
	fake_init(&self->fake);
	self->gate.line = &self->fake.line;
	proxy_gate_all_units(&self->gate);
	proxy_session_init(&self->s, &self->gate, count, &self->answers);
}

FIXTURE_TEARDOWN(session)
{
}

/* A frame with the read request. Return: its length. */
static size_t put_read(uint8_t *out, uint16_t transaction, uint8_t unit)
{
	const struct mbap f = {
		.transaction = transaction,
		.unit = unit,
		.len = sizeof(read_pdu),
		.pdu = read_pdu,
	};

	return mbap_put(out, &f);
}

TEST_F(session, requests_split_anywhere_are_answered_in_order)
{
	uint8_t bytes[64];
	size_t len = put_read(bytes, 1, 1);
	struct mbap f;

	len += put_read(bytes + len, 0x8002, 2);
	for (size_t a = 0; a <= len; a++) {
		for (size_t b = a; b <= len; b++) {
			const size_t cut[] = {0, a, b, len};

			for (int i = 0; i < 3; i++)
				ASSERT_EQ(0, proxy_session_received(&self->s, bytes + cut[i],
								    cut[i + 1] - cut[i]));
			for (int i = 1; i <= 2; i++) {
				/* One at a time, whatever is in the buffer. */
				ASSERT_EQ(1, self->fake.n);
				fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
				ASSERT_EQ(0, self->fake.n);
				ASSERT_LT(0, mbap_get(self->s.tx, self->s.tx_len, &f));
				ASSERT_EQ(i == 1 ? 1 : 0x8002, f.transaction);
				ASSERT_EQ(i, f.unit);
				ASSERT_EQ(sizeof(values_pdu), f.len);
				ASSERT_EQ(0, proxy_session_sent(&self->s));
			}
			ASSERT_EQ(sizeof(self->s.rx), proxy_session_room(&self->s));
		}
	}
	EXPECT_EQ(self->gate.requests, (uint64_t)self->answers);
}

TEST_F(session, refused_requests_are_answered_in_order_as_well)
{
	uint8_t bytes[64];
	size_t len = put_read(bytes, 7, 0);
	struct mbap f;

	len += put_read(bytes + len, 8, 1);
	ASSERT_EQ(0, proxy_session_received(&self->s, bytes, len));
	EXPECT_EQ(0, self->fake.n);
	ASSERT_LT(0, mbap_get(self->s.tx, self->s.tx_len, &f));
	EXPECT_EQ(7, f.transaction);
	EXPECT_EQ(2, f.len);
	EXPECT_EQ(0x84, f.pdu[0]);
	EXPECT_EQ(OVPP_MODBUS_GATEWAY_PATH, f.pdu[1]);
	ASSERT_EQ(0, proxy_session_sent(&self->s));
	EXPECT_EQ(1, self->fake.n);
}

TEST_F(session, what_does_not_fit_waits_for_an_answer)
{
	uint8_t bytes[MBAP_MAX];
	size_t len = put_read(bytes, 1, 1);

	while (proxy_session_room(&self->s) >= len)
		ASSERT_EQ(0, proxy_session_received(&self->s, bytes, len));
	ASSERT_EQ(0, proxy_session_received(&self->s, bytes, proxy_session_room(&self->s)));
	EXPECT_EQ(0, proxy_session_room(&self->s));
	fake_end(&self->fake, 0, -ETIMEDOUT, NULL);
	EXPECT_EQ(0, proxy_session_room(&self->s));
	ASSERT_EQ(0, proxy_session_sent(&self->s));
	EXPECT_EQ(len, proxy_session_room(&self->s));
}

TEST_F(session, what_is_no_modbus_ends_it_after_what_came_before)
{
	static const char http[] = "GET / HTTP/1.1\r\n";
	uint8_t bytes[64];
	size_t len = put_read(bytes, 1, 1);

	memcpy(bytes + len, http, sizeof(http));
	ASSERT_EQ(0, proxy_session_received(&self->s, bytes, len + sizeof(http)));
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	EXPECT_EQ(1, self->answers);
	EXPECT_EQ(-EPROTO, proxy_session_sent(&self->s));
}

/* ---- the server on real sockets ------------------------------------------------ */

FIXTURE(tcp)
{
	struct loop loop;
	bool looping;
	struct fake fake;
	struct proxy_gate gate;
	struct proxy_tcp tcp;
	char address[32];
};

static unsigned int port_of(int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	return getsockname(fd, (struct sockaddr *)&addr, &len) ? 0 : ntohs(addr.sin_port);
}

/* A port of this machine that nobody has. */
static void free_address(char *text, size_t size)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		perror("bind");
	snprintf(text, size, "127.0.0.1:%u", port_of(fd));
	close(fd);
}

FIXTURE_SETUP(tcp)
{
	int ret = loop_init(&self->loop);

	if (ret == -EPERM || ret == -ENOSYS)
		SKIP(return, "no io_uring here");
	ASSERT_EQ(0, ret);
	self->looping = true;
	fake_init(&self->fake);
	self->gate.line = &self->fake.line;
	proxy_gate_all_units(&self->gate);
	free_address(self->address, sizeof(self->address));
	ASSERT_EQ(0, proxy_tcp_open(&self->tcp, &self->loop, &self->gate, self->address, 2));
}

/* Ends the server, with nothing left behind. */
FIXTURE_TEARDOWN(tcp)
{
	if (!self->looping)
		return;
	proxy_tcp_close(&self->tcp);
	while (self->fake.n)
		fake_end(&self->fake, 0, -ENODEV, NULL);
	while (!proxy_tcp_closed(&self->tcp))
		ASSERT_EQ(0, loop_round(&self->loop, true));
	EXPECT_EQ(0, self->tcp.n);
	loop_exit(&self->loop);
}

/* Rounds of the loop until something holds; the test's time limit is the harness's. */
#define UNTIL(condition)                                      \
	while (!(condition)) {                                \
		ASSERT_EQ(0, loop_round(&self->loop, false)); \
		usleep(100);                                  \
	}

static int connect_to(const char *address)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int fd;

	if (proxy_address(address, &addr, &len))
		return -1;
	fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&addr, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Has the other side closed? Bytes that wait are not looked at. */
static bool hung_up(int fd)
{
	uint8_t byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EINTR);
}

static ssize_t waiting(int fd)
{
	uint8_t bytes[MBAP_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_PEEK);

	return n < 0 ? 0 : n;
}

TEST_F(tcp, a_client_is_answered_with_its_transaction)
{
	uint8_t bytes[MBAP_MAX];
	size_t len = put_read(bytes, 0xabcd, 9);
	int fd = connect_to(self->address);
	struct mbap f;

	ASSERT_LE(0, fd);
	/* Byte by byte. */
	for (size_t i = 0; i < len; i++) {
		EXPECT_EQ(0, self->fake.n);
		ASSERT_EQ(1, send(fd, bytes + i, 1, 0));
		ASSERT_EQ(0, loop_round(&self->loop, false));
	}
	UNTIL(self->fake.n);
	EXPECT_EQ(9, self->fake.call[0]->unit);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	UNTIL(waiting(fd) == MBAP_HEADER + sizeof(values_pdu));
	len = (size_t)recv(fd, bytes, sizeof(bytes), 0);
	ASSERT_LT(0, mbap_get(bytes, len, &f));
	EXPECT_EQ(0xabcd, f.transaction);
	EXPECT_EQ(9, f.unit);
	EXPECT_EQ(0, memcmp(values_pdu, f.pdu, sizeof(values_pdu)));
	close(fd);
	UNTIL(!self->tcp.n);
	EXPECT_EQ(0, self->tcp.cut_off);
}

TEST_F(tcp, one_who_asks_much_does_not_keep_out_one_who_asks_once)
{
	int many = connect_to(self->address), once;
	uint8_t bytes[8 * MBAP_MAX];
	size_t len = 0;

	for (uint16_t i = 0; i < 8; i++)
		len += put_read(bytes + len, i, 1);
	ASSERT_EQ(len, (size_t)send(many, bytes, len, 0));
	UNTIL(self->fake.n);
	once = connect_to(self->address);
	len = put_read(bytes, 100, 2);
	ASSERT_EQ(len, (size_t)send(once, bytes, len, 0));
	UNTIL(self->fake.n == 2);
	/* Each has one on its way: the other seven wait. */
	EXPECT_EQ(1, self->fake.call[0]->unit);
	EXPECT_EQ(2, self->fake.call[1]->unit);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	UNTIL(self->fake.n == 2);
	EXPECT_EQ(2, self->fake.call[0]->unit);
	close(many);
	close(once);
}

TEST_F(tcp, more_clients_than_allowed_are_turned_away_until_one_leaves)
{
	int fd[3];

	for (int i = 0; i < 3; i++) {
		fd[i] = connect_to(self->address);
		ASSERT_LE(0, fd[i]);
	}
	UNTIL(hung_up(fd[2]));
	EXPECT_EQ(2, self->tcp.n);
	EXPECT_EQ(1, self->tcp.turned_away);
	EXPECT_FALSE(hung_up(fd[0]));
	close(fd[0]);
	UNTIL(self->tcp.n == 1);
	close(fd[2]);
	fd[2] = connect_to(self->address);
	UNTIL(self->tcp.n == 2);
	EXPECT_FALSE(hung_up(fd[2]));
	EXPECT_EQ(1, self->tcp.turned_away);
	close(fd[1]);
	close(fd[2]);
}

TEST_F(tcp, who_speaks_another_protocol_is_cut_off)
{
	static const char http[] = "GET / HTTP/1.1\r\n\r\n";
	int fd = connect_to(self->address);

	ASSERT_EQ(sizeof(http), (size_t)send(fd, http, sizeof(http), 0));
	UNTIL(hung_up(fd));
	EXPECT_EQ(1, self->tcp.cut_off);
	EXPECT_EQ(0, self->gate.requests);
	UNTIL(!self->tcp.clients);
	close(fd);
}

TEST_F(tcp, who_leaves_while_the_line_works_for_it_is_kept_until_that_ends)
{
	uint8_t bytes[MBAP_MAX];
	size_t len = put_read(bytes, 1, 1);
	int fd = connect_to(self->address);

	ASSERT_EQ(len, (size_t)send(fd, bytes, len, 0));
	UNTIL(self->fake.n);
	close(fd);
	UNTIL(!self->tcp.n);
	/* The kernel still writes to this call. */
	ASSERT_NE(NULL, self->tcp.clients);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	EXPECT_EQ(NULL, self->tcp.clients);
}

TEST_F(tcp, who_is_idle_is_cut_off_and_who_waits_for_the_line_is_not)
{
	uint8_t bytes[MBAP_MAX];
	size_t len = put_read(bytes, 1, 1);
	int fd = connect_to(self->address);
	struct proxy_client *c;

	UNTIL(self->tcp.n);
	c = self->tcp.clients;
	EXPECT_LT(clock_mono(), c->timer.at_ns);
	EXPECT_GE(clock_mono() + PROXY_TCP_IDLE_S * CLOCK_S, c->timer.at_ns);
	ASSERT_EQ(len, (size_t)send(fd, bytes, len, 0));
	UNTIL(self->fake.n);
	/* Its time is over. */
	c->timer.at_ns = 1;
	UNTIL(c->timer.at_ns > 1);
	EXPECT_EQ(1, self->tcp.n);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	UNTIL(waiting(fd));
	/* Half a request is no request. */
	ASSERT_EQ(5, send(fd, bytes, 5, 0));
	UNTIL(c->session.rx_len == 5);
	c->timer.at_ns = 1;
	UNTIL(!self->tcp.n);
	EXPECT_EQ(1, self->tcp.cut_off);
	close(fd);
}

TEST_F(tcp, who_does_not_read_is_cut_off)
{
	uint8_t bytes[MBAP_MAX];
	size_t len = put_read(bytes, 1, 0);
	int small = 4096, fd = connect_to(self->address);
	struct proxy_client *c;
	unsigned int still = 0;
	uint64_t answers;

	UNTIL(self->tcp.n);
	c = self->tcp.clients;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	/* Until nothing moves any more. */
	while (still < 1000) {
		answers = self->gate.requests;
		send(fd, bytes, len, MSG_DONTWAIT);
		ASSERT_EQ(0, loop_round(&self->loop, false));
		still = c->send.busy && answers == self->gate.requests ? still + 1 : 0;
	}
	EXPECT_GE(clock_mono() + PROXY_TCP_SEND_S * CLOCK_S, c->timer.at_ns);
	c->timer.at_ns = 1;
	UNTIL(!self->tcp.clients);
	EXPECT_EQ(1, self->tcp.cut_off);
	close(fd);
}

TEST_F(tcp, its_address_can_be_used_again_at_once)
{
	int fd = connect_to(self->address);
	struct proxy_tcp other;

	UNTIL(self->tcp.n);
	EXPECT_EQ(-EADDRINUSE, proxy_tcp_open(&other, &self->loop, &self->gate, self->address, 2));
	proxy_tcp_close(&self->tcp);
	UNTIL(proxy_tcp_closed(&self->tcp));
	UNTIL(hung_up(fd));
	close(fd);
	ASSERT_EQ(0, proxy_tcp_open(&self->tcp, &self->loop, &self->gate, self->address, 2));
	fd = connect_to(self->address);
	UNTIL(self->tcp.n);
	close(fd);
}

TEST_F(tcp, it_listens_on_ipv6_too)
{
	char address[48];
	struct proxy_tcp six;
	int fd, ret;

	snprintf(address, sizeof(address), "[::1]%s", strchr(self->address, ':'));
	ret = proxy_tcp_open(&six, &self->loop, &self->gate, address, 1);
	if (ret == -EAFNOSUPPORT || ret == -EADDRNOTAVAIL)
		SKIP(return, "no IPv6 here");
	ASSERT_EQ(0, ret);
	fd = connect_to(address);
	UNTIL(six.n);
	close(fd);
	proxy_tcp_close(&six);
	UNTIL(proxy_tcp_closed(&six));
}

/* ---- a slave without its port -------------------------------------------------- */

FIXTURE(slave)
{
	struct fake fake;
	struct proxy_gate gate;
	struct rtu_slave s;
	int answers;
};

FIXTURE_SETUP(slave)
{
	fake_init(&self->fake);
	self->gate.line = &self->fake.line;
	self->gate.write = true;
	proxy_gate_add_unit(&self->gate, 3);
	rtu_slave_init(&self->s, &self->gate, count, &self->answers);
}

FIXTURE_TEARDOWN(slave)
{
}

#define ADU(unit, pdu, adu) ovpp_modbus_adu(unit, pdu, sizeof(pdu), adu)
#define HEAR(bytes, len) rtu_slave_received(&self->s, bytes, len, 1)

TEST_F(slave, a_request_is_taken_when_the_line_is_silent)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX], want[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu), want_len = ADU(3, values_pdu, want);

	for (size_t cut = 0; cut <= len; cut++) {
		HEAR(adu, cut);
		/* An adapter may pause within a frame. */
		if (cut && cut < len)
			rtu_slave_silence(&self->s);
		ASSERT_EQ(0, self->fake.n);
		HEAR(adu + cut, len - cut);
		ASSERT_EQ(0, self->fake.n);
		rtu_slave_silence(&self->s);
		ASSERT_EQ(1, self->fake.n);
		fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
		ASSERT_EQ(cut + 1, (size_t)self->answers);
		ASSERT_EQ(want_len, self->s.tx_len);
		ASSERT_EQ(0, memcmp(want, self->s.tx, want_len));
	}
}

TEST_F(slave, noise_before_and_after_a_request_does_no_harm)
{
	uint8_t noise[300], adu[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu);

	memset(noise, 0xff, sizeof(noise));
	for (int i = 1; i <= 5; i++) {
		HEAR(noise, 256);
		rtu_slave_silence(&self->s);
		HEAR(noise, 44);
		HEAR(adu, len);
		HEAR(noise, 2);
		rtu_slave_silence(&self->s);
		ASSERT_EQ(1, self->fake.n);
		fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
		EXPECT_EQ(i, self->answers);
	}
}

TEST_F(slave, it_is_silent_for_other_units_and_broadcasts)
{
	static const uint8_t units[] = {0, 1, 4, 247};
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t len;

	for (size_t i = 0; i < sizeof(units); i++) {
		len = ADU(units[i], write_pdu, adu);
		HEAR(adu, len);
		rtu_slave_silence(&self->s);
	}
	EXPECT_EQ(0, self->answers);
	EXPECT_EQ(0, self->gate.requests);
}

TEST_F(slave, an_answer_that_nobody_waits_for_is_not_sent)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu);

	HEAR(adu, len);
	rtu_slave_silence(&self->s);
	ASSERT_EQ(1, self->fake.n);
	/* The master has given up and writes instead. */
	len = ADU(3, write_pdu, adu);
	HEAR(adu, len);
	rtu_slave_silence(&self->s);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	EXPECT_EQ(0, self->answers);
	ASSERT_EQ(1, self->fake.n);
	EXPECT_EQ(6, self->fake.call[0]->pdu[0]);
	fake_end(&self->fake, 0, sizeof(write_pdu), write_pdu);
	EXPECT_EQ(1, self->answers);
	EXPECT_EQ(6, self->s.tx[1]);
}

TEST_F(slave, an_answer_waits_for_silence)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu);

	HEAR(adu, len);
	rtu_slave_silence(&self->s);
	/* A glitch, while the line works. */
	HEAR(adu, 1);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	EXPECT_EQ(0, self->answers);
	rtu_slave_silence(&self->s);
	EXPECT_EQ(1, self->answers);
}

/* Asks for a write and says what the port would hear then. */
#define WRITE_ONCE(echo)                                                \
	do {                                                            \
		size_t n = ADU(3, write_pdu, adu);                      \
		HEAR(adu, n);                                           \
		rtu_slave_silence(&self->s);                            \
		ASSERT_EQ(1, self->fake.n);                             \
		fake_end(&self->fake, 0, sizeof(write_pdu), write_pdu); \
		rtu_slave_sent(&self->s, 1);                            \
		if (echo)                                               \
			HEAR(self->s.tx, self->s.tx_len);               \
		rtu_slave_silence(&self->s);                            \
		ASSERT_EQ(0, self->fake.n);                             \
	} while (0)

#define READ_ONCE(echo)                                                   \
	do {                                                              \
		size_t n = ADU(3, read_pdu, adu);                         \
		HEAR(adu, n);                                             \
		rtu_slave_silence(&self->s);                              \
		ASSERT_EQ(1, self->fake.n);                               \
		fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu); \
		rtu_slave_sent(&self->s, 1);                              \
		for (size_t i = 0; (echo) && i < self->s.tx_len; i++)     \
			HEAR(self->s.tx + i, 1);                          \
		rtu_slave_silence(&self->s);                              \
		ASSERT_EQ(0, self->fake.n);                               \
	} while (0)

TEST_F(slave, a_write_that_is_echoed_does_not_repeat_itself)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];

	WRITE_ONCE(true);
	READ_ONCE(true);
	WRITE_ONCE(true);
	WRITE_ONCE(true);
	EXPECT_EQ(4, self->fake.taken);
	EXPECT_EQ(4, self->answers);
}

TEST_F(slave, a_write_that_is_repeated_is_written_again)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];

	READ_ONCE(false);
	WRITE_ONCE(false);
	WRITE_ONCE(false);
	WRITE_ONCE(false);
	EXPECT_EQ(4, self->fake.taken);
}

TEST_F(slave, what_comes_too_late_is_no_echo)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t len;

	WRITE_ONCE(false);
	len = ADU(3, write_pdu, adu);
	rtu_slave_received(&self->s, adu, len, 2 + ECHO_LATE_NS);
	rtu_slave_silence(&self->s);
	EXPECT_EQ(1, self->fake.n);
}

/* ---- a slave on a pty ---------------------------------------------------------- */

FIXTURE(port)
{
	struct loop loop;
	bool looping;
	struct fake fake;
	struct proxy_gate gate;
	struct proxy_rtu rtu;
	int master;
	int lost;
	char path[64];
};

static const struct ovpp_serial serial = {.baud = 115200, .stop_bits = 1};

FIXTURE_SETUP(port)
{
	int slave, ret = loop_init(&self->loop);
	char err[128];

	if (ret == -EPERM || ret == -ENOSYS)
		SKIP(return, "no io_uring here");
	ASSERT_EQ(0, ret);
	self->looping = true;
	fake_init(&self->fake);
	self->gate.line = &self->fake.line;
	proxy_gate_add_unit(&self->gate, 3);
	ASSERT_EQ(0, openpty(&self->master, &slave, self->path, NULL, NULL));
	self->rtu.lost = count;
	self->rtu.arg = &self->lost;
	ASSERT_EQ(0, proxy_rtu_open(&self->rtu, &self->loop, &self->gate, self->path, &serial, err,
				    sizeof(err)));
	close(slave);
}

FIXTURE_TEARDOWN(port)
{
	if (!self->looping)
		return;
	proxy_rtu_close(&self->rtu);
	while (self->fake.n)
		fake_end(&self->fake, 0, -ENODEV, NULL);
	while (!proxy_rtu_closed(&self->rtu))
		ASSERT_EQ(0, loop_round(&self->loop, true));
	close(self->master);
	loop_exit(&self->loop);
}

TEST_F(port, a_master_on_the_line_is_answered)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX], want[OVPP_MODBUS_ADU_MAX], got[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu), want_len = ADU(3, values_pdu, want), n = 0;
	struct pollfd in = {.fd = self->master, .events = POLLIN};

	ASSERT_EQ(5, write(self->master, adu, 5));
	ASSERT_EQ(0, loop_round(&self->loop, false));
	ASSERT_EQ(len - 5, (size_t)write(self->master, adu + 5, len - 5));
	UNTIL(self->fake.n);
	EXPECT_EQ(3, self->fake.call[0]->unit);
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	while (n < want_len) {
		UNTIL(poll(&in, 1, 0) == 1);
		n += (size_t)read(self->master, got + n, sizeof(got) - n);
	}
	EXPECT_EQ(want_len, n);
	EXPECT_EQ(0, memcmp(want, got, want_len));
	EXPECT_EQ(1, self->gate.requests);
}

TEST_F(port, it_is_for_one_at_a_time)
{
	struct proxy_rtu other = {0};
	char err[128];

	EXPECT_EQ(-EBUSY, proxy_rtu_open(&other, &self->loop, &self->gate, self->path, &serial, err,
					 sizeof(err)));
	proxy_rtu_close(&self->rtu);
	UNTIL(proxy_rtu_closed(&self->rtu));
	ASSERT_EQ(0, proxy_rtu_open(&self->rtu, &self->loop, &self->gate, self->path, &serial, err,
				    sizeof(err)));
}

TEST_F(port, a_port_that_goes_is_told_once)
{
	uint8_t adu[OVPP_MODBUS_ADU_MAX];
	size_t len = ADU(3, read_pdu, adu);

	ASSERT_EQ(len, (size_t)write(self->master, adu, len));
	UNTIL(self->fake.n);
	close(self->master);
	self->master = -1;
	UNTIL(self->lost);
	EXPECT_EQ(1, self->lost);
	EXPECT_FALSE(proxy_rtu_closed(&self->rtu));
	/* The answer has nowhere to go. */
	fake_end(&self->fake, 0, sizeof(values_pdu), values_pdu);
	UNTIL(proxy_rtu_closed(&self->rtu));
	EXPECT_EQ(1, self->lost);
}

TEST_HARNESS_MAIN
