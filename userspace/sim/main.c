// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp-sim: a site's devices and their grid, on a CAN bus. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "bms_frame.h"
#include "bus.h"
#include "der_frame.h"
#include "params.h"
#include "report.h"
#include "scenario.h"

/* Exit statuses that scripts rely on. */
enum { DONE = 0, NO = 1, USAGE = 2, REFUSED = 3 };

/* Behind the clock by more than this, bus time gives up the rest. */
#define LATE_MAX_NS 1000000000LL

struct options {
	const char *scenario;
	const char *can;
	const char *json;
	const char *record;
	struct scenario_choice choice;
	uint64_t seed;
};

static const char usage_text[] =
	"usage: ovpp-sim run SCENARIO [options]   simulate\n"
	"       ovpp-sim check SCENARIO           is the scenario right?\n"
	"\n"
	"  -c, --can IFNAME     be the devices on this CAN net device, in real time;\n"
	"                       without it run as fast as possible\n"
	"  -s, --speed N        simulated seconds in a second of bus time\n"
	"  -d, --duration TIME  simulated length: 90s, 15m, 24h\n"
	"      --seed N         seed of the random numbers\n"
	"  -j, --json FILE      write the results there (-: standard output)\n"
	"  -r, --record FILE    write all frames there, as candump -L does\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n";

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* SIGINT and SIGTERM end the simulation in order: results are still written. */
static int stop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool stop_asked(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info);
}

/* Waits for @due; returns by how much the clock is given up. */
static int64_t wait_until(int64_t due)
{
	int64_t late = now_ns() - due;
	struct timespec t = {
		.tv_sec = due / 1000000000LL,
		.tv_nsec = due % 1000000000LL,
	};

	if (late < 0)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	return late > LATE_MAX_NS ? late : 0;
}

static int simulate(struct sim *sim, struct bus *bus, int stop, int64_t *late)
{
	const struct wire_sink sink = {bus_send, bus};
	int64_t step_ns = (int64_t)sim->step_ms * 1000000;
	int64_t start = now_ns();
	uint64_t length = sim_length(sim);
	struct can_frame frame;

	*late = 0;
	while (sim->steps < length && !stop_asked(stop)) {
		int ret;

		if (bus->fd >= 0)
			*late += wait_until(start + *late + (int64_t)(sim->steps + 1) * step_ns);
		while (bus_receive(bus, &frame))
			sim_receive(sim, &frame);
		bus->now_ms = (sim->steps + 1) * sim->step_ms;
		ret = sim_step(sim, &sink);
		if (ret)
			return ret;
	}
	sim_farewell(sim, &sink);
	return 0;
}

static int open_bus(const struct options *opt, const struct sim *sim, struct bus *bus)
{
	canid_t ids[BUS_FILTERS_MAX];
	size_t n = 0;

	ids[n++] = BMS_ID_KEEPALIVE;
	for (size_t i = 0; i < sim->devices && n < BUS_FILTERS_MAX; i++)
		if (der_frame_command_id(sim->device[i]))
			ids[n++] = der_frame_command_id(sim->device[i]);
	return bus_open(bus, opt->can, opt->record, ids, n);
}

static int write_results(const char *path, const struct sim *sim, const struct bus *bus,
			 int64_t late)
{
	json_t *results = report_results(sim, bus, (uint64_t)late / 1000000);
	FILE *file = strcmp(path, "-") ? fopen(path, "we") : stdout;
	int ret = 0;

	if (!results)
		ret = -ENOMEM;
	else if (!file)
		ret = -errno;
	else if (json_dumpf(results, file, JSON_INDENT(1)) || fputc('\n', file) == EOF)
		ret = -EIO;
	if (file && file != stdout && fclose(file) && !ret)
		ret = -errno;
	json_decref(results);
	if (ret)
		fprintf(stderr, "ovpp-sim: %s: %s\n", path, strerror(-ret));
	return ret;
}

static void announce(const struct options *opt, const struct sim *sim)
{
	if (!opt->can)
		return;
	printf("ovpp-sim: '%s' on %s: %.2f h in %.1f s, from %02d:%02d\n", sim->name, opt->can,
	       sim->duration_s / 3600, sim->duration_s / sim->speed, (int)(sim->start_s / 3600),
	       (int)(sim->start_s / 60) % 60);
	fflush(stdout);
}

static int load(const struct options *opt, struct sim *sim)
{
	struct sim_error err = {.text = ""};
	int ret = scenario_load(opt->scenario, &opt->choice, sim, &err);

	if (ret)
		fprintf(stderr, "ovpp-sim: %s\n", err.text[0] ? err.text : strerror(-ret));
	return ret;
}

static int run(const struct options *opt)
{
	struct bus bus = {.fd = -1};
	struct sim sim;
	int64_t late;
	int stop = -1, ret, closed;

	ret = load(opt, &sim);
	if (ret) {
		sim_release(&sim);
		return NO;
	}
	stop = stop_signals();
	ret = stop < 0 ? stop : open_bus(opt, &sim, &bus);
	if (!ret) {
		announce(opt, &sim);
		ret = simulate(&sim, &bus, stop, &late);
	}
	if (ret)
		fprintf(stderr, "ovpp-sim: %s: %s\n", opt->can ?: "sim", strerror(-ret));
	else if (opt->json)
		ret = write_results(opt->json, &sim, &bus, late);
	closed = bus_close(&bus);
	if (closed)
		fprintf(stderr, "ovpp-sim: %s: %s\n", opt->record, strerror(-closed));
	if (stop >= 0)
		close(stop);
	sim_release(&sim);
	return ret || closed ? REFUSED : DONE;
}

static int check(const struct options *opt)
{
	struct sim sim;
	int ret = load(opt, &sim);

	if (!ret)
		printf("%s: right: %zu devices, %zu events\n", opt->scenario, sim.devices,
		       sim.events);
	sim_release(&sim);
	return ret ? NO : DONE;
}

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "ovpp-sim: %s '%s'; see ovpp-sim --help\n", what, value);
	return -EINVAL;
}

static int parse_number(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end == text || *end || !(*out > 0 && *out <= 1e6) ? -EINVAL : 0;
}

static int take_option(struct options *opt, int c)
{
	char *end;

	switch (c) {
	case 'c':
		opt->can = optarg;
		return 0;
	case 's':
		return parse_number(optarg, &opt->choice.speed) ? wrong("no speed", optarg) : 0;
	case 'd':
		return params_parse_span(optarg, &opt->choice.duration_s)
			       ? wrong("no duration", optarg)
			       : 0;
	case 'S':
		opt->seed = strtoull(optarg, &end, 0);
		opt->choice.seed = &opt->seed;
		return end == optarg || *end ? wrong("no seed", optarg) : 0;
	case 'j':
		opt->json = optarg;
		return 0;
	case 'r':
		opt->record = optarg;
		return 0;
	default:
		return -EINVAL;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"can", required_argument, NULL, 'c'},
		{"speed", required_argument, NULL, 's'},
		{"duration", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 'S'},
		{"json", required_argument, NULL, 'j'},
		{"record", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct options opt = {.choice = {NAN, NAN, NULL}};
	int c;

	while ((c = getopt_long(argc, argv, "c:s:d:j:r:hV", longs, NULL)) >= 0) {
		if (c == 'h')
			return fputs(usage_text, stdout) < 0 ? REFUSED : DONE;
		if (c == 'V')
			return puts("ovpp-sim " OVPP_VERSION) < 0 ? REFUSED : DONE;
		if (take_option(&opt, c))
			return USAGE;
	}
	if (argc - optind != 2) {
		fputs(usage_text, stderr);
		return USAGE;
	}
	opt.scenario = argv[optind + 1];
	if (!strcmp(argv[optind], "run"))
		return run(&opt);
	if (!strcmp(argv[optind], "check"))
		return check(&opt);
	wrong("no command", argv[optind]);
	return USAGE;
}
