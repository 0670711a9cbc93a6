// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a serial line carries, and the peer of the module's master: libmodbus in a
 * loop. tests/bench/modbus.sh makes a report of it.
 *
 *	modbus limit BAUD REGISTERS		polls a second that a line can carry
 *	modbus peer TTY BAUD REGISTERS UNITS SECONDS
 *
 * Characters have 10 bits: a pty knows no parity. "peer" reads REGISTERS holding
 * registers from address 0 of the units 1 to UNITS, one after the other, with the
 * library's own time-outs. Each prints lines "KEY VALUE".
 */
#include <core/modbus.h>
#include <errno.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define BITS 10
/* Unit, function, address, quantity, CRC; unit, function, length, CRC. */
#define REQUEST 8
#define ANSWER 5

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* A request, its answer at once, and the silence before either. */
static int limit(unsigned int baud, unsigned int registers)
{
	struct ovpp_modbus_timing t;
	uint64_t poll_ns;

	if (ovpp_modbus_timing(&t, baud, BITS))
		return 2;
	poll_ns = (uint64_t)(REQUEST + ANSWER + 2 * registers) * t.char_ns + 2ULL * t.t35_ns;
	printf("limit %.3f\n", 1e9 / (double)poll_ns);
	return 0;
}

/**
 * struct count - what became of the requests
 * @asked: requests
 * @answered: with registers
 * @longest_ns: of a request that failed
 */
struct count {
	unsigned int asked;
	unsigned int answered;
	uint64_t longest_ns;
};

static void poll_units(modbus_t *bus, int units, int registers, uint64_t until, struct count *n)
{
	uint16_t reg[MODBUS_MAX_READ_REGISTERS];

	for (int unit = 1; now_ns() < until; unit = unit % units + 1) {
		uint64_t start = now_ns();

		modbus_set_slave(bus, unit);
		n->asked++;
		if (modbus_read_registers(bus, 0, registers, reg) == registers)
			n->answered++;
		else if (now_ns() - start > n->longest_ns)
			n->longest_ns = now_ns() - start;
	}
}

static int peer(const char *tty, int baud, int registers, int units, int seconds)
{
	modbus_t *bus = modbus_new_rtu(tty, baud, 'N', 8, 1);
	struct count n = {0};
	uint64_t start, cpu;

	if (!bus || modbus_connect(bus)) {
		fprintf(stderr, "%s: %s\n", tty, modbus_strerror(errno));
		modbus_free(bus);
		return 1;
	}
	start = now_ns();
	cpu = cpu_us();
	poll_units(bus, units, registers, start + (uint64_t)seconds * 1000000000, &n);
	printf("asked %u\nanswered %u\nrate %.3f\ncpu_us %llu\nlost_ms %llu\n", n.asked, n.answered,
	       n.answered * 1e9 / (double)(now_ns() - start), (unsigned long long)(cpu_us() - cpu),
	       (unsigned long long)(n.longest_ns / 1000000));
	modbus_close(bus);
	modbus_free(bus);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "limit"))
		return limit((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	if (argc == 7 && !strcmp(argv[1], "peer"))
		return peer(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), atoi(argv[6]));
	fputs("usage: modbus limit BAUD REGISTERS | peer TTY BAUD REGISTERS UNITS SECONDS\n",
	      stderr);
	return 2;
}
