// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bms_frame.h"
#include "bus.h"
#include "der_frame.h"
#include "port.h"
#include "report.h"

/* Behind the clock by more than this, bus time gives up the rest. */
#define LATE_MAX_NS 1000000000LL

/* At the end masters have so long to read the registers that the results hold. */
#define FAREWELL_NS 2000000000LL

/**
 * struct run - a simulation and where it meets the world
 * @opt: what the command line says
 * @sim: simulation
 * @bus: CAN bus, or record only
 * @port: lines
 * @ports: their number
 * @commands: where commands go, or NULL
 * @taken: commands that each device had taken when they were last looked at
 * @stop: file descriptor, see stop_signals()
 * @late: by how many ns bus time has fallen behind the clock
 */
struct run {
	const struct run_options *opt;
	struct sim sim;
	struct bus bus;
	struct port port[SIM_LINES_MAX];
	size_t ports;
	FILE *commands;
	uint64_t taken[SIM_DEVICES_MAX];
	int stop;
	int64_t late;
};

/* SIGINT and SIGTERM end the simulation in order: results are still written. */
int stop_signals(void)
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

/* Until @due the slaves on lines are served; returns by how much the clock is given up. */
static int wait_until(struct run *r, int64_t due)
{
	int64_t late = now_ns() - due;

	if (late > LATE_MAX_NS)
		r->late += late;
	return ports_serve(r->port, r->ports, r->stop, due);
}

/* One line for each device that has taken a command in this step. */
static void write_commands(struct run *r)
{
	for (size_t i = 0; i < r->sim.devices && r->commands; i++) {
		const struct device *dev = r->sim.device[i];
		long long p_mw;

		if (dev->commands == r->taken[i])
			continue;
		r->taken[i] = dev->commands;
		p_mw = isnan(dev->command_w) ? 0 : llround(dev->command_w * 1e3);
		fprintf(r->commands,
			"{\"mono_ns\": %" PRId64 ", \"device\": \"%s\", \"p_mw\": %lld, "
			"\"connect\": %d}\n",
			now_ns(), dev->name, p_mw, dev->command_run);
	}
}

static bool in_real_time(const struct run *r)
{
	return r->bus.fd >= 0 || r->ports;
}

static int simulate(struct run *r)
{
	const struct wire_sink sink = {bus_send, &r->bus};
	struct sim *sim = &r->sim;
	int64_t step_ns = (int64_t)sim->step_ms * 1000000;
	int64_t start = now_ns();
	uint64_t length = sim_length(sim);
	struct can_frame frame;
	int ret = 0;

	while (!ret && sim->steps < length && !stop_asked(r->stop)) {
		if (in_real_time(r))
			ret = wait_until(r, start + r->late + (int64_t)(sim->steps + 1) * step_ns);
		while (bus_receive(&r->bus, &frame))
			sim_receive(sim, &frame);
		r->bus.now_ms = (sim->steps + 1) * sim->step_ms;
		if (!ret)
			ret = sim_step(sim, &sink);
		write_commands(r);
	}
	if (!ret)
		sim_farewell(sim, &sink);
	if (!ret && r->ports)
		ret = ports_serve(r->port, r->ports, r->stop, now_ns() + FAREWELL_NS);
	return ret;
}

static int open_bus(struct run *r)
{
	const struct sim *sim = &r->sim;
	canid_t ids[BUS_FILTERS_MAX];
	size_t n = 0;
	int ret;

	ids[n++] = BMS_ID_KEEPALIVE;
	for (size_t i = 0; i < sim->devices && n < BUS_FILTERS_MAX; i++)
		if (!sim->unit[i] && der_frame_command_id(sim->device[i]))
			ids[n++] = der_frame_command_id(sim->device[i]);
	ret = bus_open(&r->bus, r->opt->can, r->opt->record, ids, n);
	if (ret)
		fprintf(stderr, "ovpp-sim: %s: %s\n", r->opt->can ?: r->opt->record,
			strerror(-ret));
	return ret;
}

static struct line *find_line(struct sim *sim, const char *name, size_t n)
{
	for (size_t i = 0; i < sim->lines; i++)
		if (strlen(sim->line[i].name) == n && !strncmp(sim->line[i].name, name, n))
			return &sim->line[i];
	return NULL;
}

/* "NAME=WHERE" */
static int open_line(struct run *r, const char *text)
{
	size_t n = strcspn(text, "=");
	struct line *line = find_line(&r->sim, text, n);
	struct sim_error err = {.text = ""};
	int ret;

	if (!line || !text[n])
		ret = sim_fail(&err, "--line '%s': %s", text,
			       line ? "NAME=TTY or NAME=pty:LINK is wanted"
				    : "the scenario has no such line");
	else
		ret = port_open(&r->port[r->ports++], line, text + n + 1, &err);
	if (ret)
		fprintf(stderr, "ovpp-sim: %s\n", err.text);
	return ret;
}

static int open_commands(struct run *r)
{
	const char *path = r->opt->commands;

	if (!path)
		return 0;
	r->commands = fopen(path, "we");
	if (r->commands)
		return 0;
	fprintf(stderr, "ovpp-sim: %s: %s\n", path, strerror(errno));
	return -errno;
}

static int open_all(struct run *r)
{
	int ret = open_commands(r) ?: open_bus(r);

	for (size_t i = 0; i < r->opt->lines && !ret; i++)
		ret = open_line(r, r->opt->line[i]);
	return ret;
}

static int close_all(struct run *r)
{
	int ret = bus_close(&r->bus);

	if (ret)
		fprintf(stderr, "ovpp-sim: %s: %s\n", r->opt->record, strerror(-ret));
	for (size_t i = 0; i < r->ports; i++)
		port_close(&r->port[i]);
	if (r->commands && fclose(r->commands)) {
		ret = -errno;
		fprintf(stderr, "ovpp-sim: %s: %s\n", r->opt->commands, strerror(-ret));
	}
	if (r->stop >= 0)
		close(r->stop);
	return ret;
}

static int write_results(const struct run *r)
{
	const char *path = r->opt->json;
	json_t *results = report_results(&r->sim, &r->bus, (uint64_t)r->late / 1000000);
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

static void announce(const struct run *r)
{
	const struct sim *sim = &r->sim;

	if (!in_real_time(r))
		return;
	printf("ovpp-sim: '%s'", sim->name);
	if (r->opt->can)
		printf(" on %s", r->opt->can);
	for (size_t i = 0; i < r->ports; i++)
		printf(", %s on %s", r->port[i].line->name, r->port[i].path);
	printf(": %.2f h in %.1f s, from %02d:%02d\n", sim->duration_s / 3600,
	       sim->duration_s / sim->speed, (int)(sim->start_s / 3600),
	       (int)(sim->start_s / 60) % 60);
	fflush(stdout);
}

static int load(const struct run_options *opt, struct sim *sim)
{
	struct sim_error err = {.text = ""};
	int ret = scenario_load(opt->scenario, &opt->choice, sim, &err);

	if (ret)
		fprintf(stderr, "ovpp-sim: %s\n", err.text[0] ? err.text : strerror(-ret));
	return ret;
}

static int run_all(struct run *r)
{
	int ret = simulate(r);

	if (ret)
		fprintf(stderr, "ovpp-sim: %s: %s\n", r->sim.name, strerror(-ret));
	else if (r->opt->json)
		ret = write_results(r);
	return ret;
}

int run_scenario(const struct run_options *opt)
{
	struct run r = {.opt = opt, .bus = {.fd = -1}};
	int ret, closed;

	if (load(opt, &r.sim)) {
		sim_release(&r.sim);
		return NO;
	}
	r.stop = stop_signals();
	ret = r.stop < 0 ? r.stop : open_all(&r);
	if (!ret) {
		announce(&r);
		ret = run_all(&r);
	}
	closed = close_all(&r);
	sim_release(&r.sim);
	return ret || closed ? REFUSED : DONE;
}

int check_scenario(const struct run_options *opt)
{
	struct sim sim;
	int ret = load(opt, &sim);

	if (!ret)
		printf("%s: right: %zu devices, %zu events\n", opt->scenario, sim.devices,
		       sim.events);
	sim_release(&sim);
	return ret ? NO : DONE;
}
