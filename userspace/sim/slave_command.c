// SPDX-License-Identifier: GPL-2.0-or-later
#include "slave_command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "port.h"
#include "profile.h"
#include "run.h"
#include "spec.h"
#include "sunspec_dump.h"
#include "units.h"

#define DUMP_MAX (16 << 20)

/**
 * struct options - what the command line says
 * @profile: name or path, or NULL
 * @image: path of a dump, or NULL
 * @base: address of the first register of a dump without addresses, -1: it has some
 * @where: see port_open()
 * @unit: address
 * @fault: what is wrong with it
 * @arg: argument of the fault
 * @seed: seed of the faults
 * @json: commands as JSON
 * @line: the line's settings
 * @points: values of the device
 * @start_ns: when it began, times are printed since then
 */
struct options {
	const char *profile;
	const char *image;
	long base;
	char where[160];
	unsigned int unit;
	enum unit_fault fault;
	double arg;
	uint64_t seed;
	bool json;
	struct line line;
	struct points points;
	int64_t start_ns;
};

static const char usage_text[] =
	"usage: ovpp-sim slave PROFILE [options]        a device with that profile\n"
	"       ovpp-sim slave --image FILE [options]   the registers of a dump\n"
	"\n"
	"  -t, --tty PATH         on this serial port\n"
	"  -p, --pty LINK         on a new pty; LINK becomes a symbolic link to it\n"
	"  -u, --unit N           its address, 1 to 247 (1)\n"
	"  -b, --baud N           bits a second (19200)\n"
	"      --parity P         none, even or odd (none)\n"
	"      --stop-bits N      1 or 2 (1)\n"
	"      --turnaround MS    time that it takes for an answer (0)\n"
	"      --set POINT=VALUE  a value that it measures: p=1500W, soc=55%, state=running\n"
	"      --fault NAME[:ARG] none, silent, late:MS, babbling:MS,\n"
	"                         bit-errors:PROBABILITY, wrong-unit, exception:CODE\n"
	"      --seed N           seed of the random numbers of faults (1)\n"
	"      --echo             the line repeats what the master sends\n"
	"      --image FILE       serve the registers of this dump, text or JSON\n"
	"      --base ADDRESS     of the first register of a dump without addresses\n"
	"  -j, --json             print what is written to it as lines of JSON\n"
	"  -h, --help             this text\n";

static int wrong(const char *what, const char *value)
{
	fprintf(stderr, "ovpp-sim: %s '%s'; see ovpp-sim slave --help\n", what, value);
	return -EINVAL;
}

/* ---- the device ---- */

static void measure(struct slave *slave, struct points *out)
{
	const struct options *opt = slave->context;

	*out = opt->points;
}

static double seconds(const struct options *opt)
{
	return (double)(now_ns() - opt->start_ns) / 1e9;
}

static void print_json(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static void print_command(struct slave *slave, enum ovpp_point point, int64_t value)
{
	const struct options *opt = slave->context;
	const char *name = ovpp_enum_name("point", point);
	char text[OVPP_UNITS_TEXT];

	if (opt->json) {
		print_json(json_pack("{s:f, s:i, s:s, s:I}", "time_s", seconds(opt), "unit",
				     (int)opt->unit, "point", name, "value", (json_int_t)value));
		return;
	}
	ovpp_units_format(value, ovpp_units_of_point(name), -1, text, sizeof(text));
	printf("%.3f unit %u %s %s\n", seconds(opt), opt->unit, name, text);
	fflush(stdout);
}

static void print_store(struct slave *slave, enum registers_table table, size_t address,
			uint16_t value)
{
	const struct options *opt = slave->context;

	if (table != REGISTERS_HOLDING)
		return;
	if (opt->json) {
		print_json(json_pack("{s:f, s:i, s:i, s:i}", "time_s", seconds(opt), "unit",
				     (int)opt->unit, "register", (int)address, "value",
				     (int)value));
		return;
	}
	printf("%.3f unit %u register %zu 0x%04X\n", seconds(opt), opt->unit, address, value);
	fflush(stdout);
}

static const struct slave_owner owner = {
	.measure = measure,
	.command = print_command,
	.store = print_store,
};

static int load_image(struct options *opt, struct slave **out, struct sim_error *err)
{
	struct ovpp_sunspec_dump *dump = malloc(sizeof(*dump));
	char *text = NULL;
	size_t size;
	int ret;

	ret = dump ? ovpp_file_read(opt->image, DUMP_MAX, &text, &size) : -ENOMEM;
	if (ret)
		sim_fail(err, "%s: %s", opt->image, strerror(-ret));
	else
		ret = ovpp_sunspec_dump_parse(text, size, opt->image, opt->base, dump, err->text,
					      sizeof(err->text));
	if (!ret)
		*out = slave_new_dump(dump, &owner, opt);
	free(text);
	free(dump);
	return ret;
}

static int load_profile(struct options *opt, struct slave **out, struct sim_error *err)
{
	struct ovpp_profile *profile;
	int ret = slave_profile(opt->profile, &profile, err);

	if (ret)
		return ret;
	*out = slave_new(profile, &owner, opt);
	if (!*out)
		ovpp_profile_free(profile);
	return 0;
}

static struct unit *load_unit(struct options *opt, struct sim_error *err)
{
	struct slave *slave = NULL;
	struct unit *unit;
	int ret;

	ret = opt->image ? load_image(opt, &slave, err) : load_profile(opt, &slave, err);
	if (ret)
		return NULL;
	unit = slave ? unit_new(opt->unit, slave, opt->seed, "slave") : NULL;
	if (!unit) {
		sim_fail(err, "%s", strerror(ENOMEM));
		slave_free(slave);
		return NULL;
	}
	unit_set_fault(unit, opt->fault, opt->arg);
	return unit;
}

/* Until a signal comes. */
static int serve(struct options *opt, struct port *port, struct sim_error *err)
{
	int stop = stop_signals(), ret;

	if (stop < 0)
		return sim_fail(err, "signalfd: %s", strerror(-stop));
	if (!opt->json) {
		printf("ovpp-sim: %s as unit %u on %s\n", opt->image ?: opt->profile, opt->unit,
		       port->link[0] ? port->link : port->path);
		fflush(stdout);
	}
	ret = ports_serve(port, 1, stop, INT64_MAX);
	if (ret)
		sim_fail(err, "%s: %s", port->path, strerror(-ret));
	close(stop);
	return ret;
}

static int be_slave(struct options *opt)
{
	struct port port = PORT_CLOSED;
	struct sim_error err = {.text = ""};
	struct unit *unit;
	int status = NO;

	unit = line_setup(&opt->line, &err) ? NULL : load_unit(opt, &err);
	if (unit) {
		line_add(&opt->line, unit);
		status = port_open(&port, &opt->line, opt->where, &err) ? REFUSED : DONE;
	}
	if (status == DONE && serve(opt, &port, &err))
		status = REFUSED;
	port_close(&port);
	unit_free(unit);
	if (status != DONE)
		fprintf(stderr, "ovpp-sim: %s\n", err.text);
	return status;
}

/* ---- the command line ---- */

static int parse_value(enum ovpp_point point, const char *name, const char *text, int64_t *value)
{
	int state = point == OVPP_POINT_STATE ? ovpp_spec_value(ovpp_spec_enum("der-state"), text)
					      : -1;

	*value = state;
	return state >= 0 ? 0 : ovpp_units_parse(text, ovpp_units_of_point(name), value);
}

static int take_set(struct options *opt, const char *text)
{
	char name[32], why[200];
	size_t n = strcspn(text, "=");
	int64_t value;
	int point, ret;

	snprintf(name, sizeof(name), "%.*s", (int)n, text);
	point = ovpp_spec_value(ovpp_spec_enum("point"), name);
	if (point < 0 || !text[n])
		return wrong("no POINT=VALUE", text);
	ret = parse_value((enum ovpp_point)point, name, text + n + 1, &value);
	if (ret) {
		ovpp_units_explain(ret, text + n + 1, ovpp_units_of_point(name), why, sizeof(why));
		fprintf(stderr, "ovpp-sim: %s: %s\n", name, why);
		return ret;
	}
	points_set(&opt->points, (enum ovpp_point)point, value);
	return 0;
}

static int take_fault(struct options *opt, const char *text)
{
	struct sim_error err;
	int ret = unit_fault_parse(text, &opt->fault, &opt->arg, &err);

	if (ret)
		fprintf(stderr, "ovpp-sim: %s\n", err.text);
	return ret;
}

static int take_where(struct options *opt, const char *kind, const char *path)
{
	int n = snprintf(opt->where, sizeof(opt->where), "%s%s", kind, path);

	return (size_t)n < sizeof(opt->where) ? 0 : wrong("too long", path);
}

static int take_number(const char *what, const char *text, unsigned long min, unsigned long max,
		       unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 0);
	if (errno || end == text || *end || text[0] == '-' || *out < min || *out > max)
		return wrong(what, text);
	return 0;
}

enum { PARITY = 256, STOP_BITS, TURNAROUND, SET, FAULT, SEED, ECHO_ALL, IMAGE, BASE };

/* Those with a number. */
static int take_count(struct options *opt, int c)
{
	unsigned long n;
	int ret;

	switch (c) {
	case 'u':
		ret = take_number("no unit", optarg, OVPP_MODBUS_UNIT_MIN, OVPP_MODBUS_UNIT_MAX,
				  &n);
		opt->unit = (unsigned int)n;
		return ret;
	case 'b':
		ret = take_number("no speed", optarg, 50, 12000000, &n);
		opt->line.baud = (uint32_t)n;
		return ret;
	case STOP_BITS:
		ret = take_number("no number of stop bits", optarg, 1, 2, &n);
		opt->line.stop_bits = (unsigned int)n;
		return ret;
	case TURNAROUND:
		ret = take_number("no time in ms", optarg, 0, 10000, &n);
		opt->line.turnaround_ms = (double)n;
		return ret;
	case SEED:
		ret = take_number("no seed", optarg, 0, UINT64_MAX, &n);
		opt->seed = n;
		return ret;
	default:
		return -EINVAL;
	}
}

static int take_option(struct options *opt, int c)
{
	switch (c) {
	case 't':
		return take_where(opt, "", optarg);
	case 'p':
		return take_where(opt, "pty:", optarg);
	case 'j':
		opt->json = true;
		return 0;
	case ECHO_ALL:
		opt->line.echo = true;
		return 0;
	case PARITY:
		return line_parse_parity(optarg, &opt->line.parity) ? wrong("no parity", optarg)
								    : 0;
	case SET:
		return take_set(opt, optarg);
	case FAULT:
		return take_fault(opt, optarg);
	case IMAGE:
		opt->image = optarg;
		return 0;
	case BASE:
		opt->base = ovpp_sunspec_address(optarg);
		return opt->base < 0 ? wrong("no address", optarg) : 0;
	default:
		return take_count(opt, c);
	}
}

int slave_command(int argc, char **argv)
{
	static const struct option longs[] = {
		{"tty", required_argument, NULL, 't'},
		{"pty", required_argument, NULL, 'p'},
		{"unit", required_argument, NULL, 'u'},
		{"baud", required_argument, NULL, 'b'},
		{"parity", required_argument, NULL, PARITY},
		{"stop-bits", required_argument, NULL, STOP_BITS},
		{"turnaround", required_argument, NULL, TURNAROUND},
		{"set", required_argument, NULL, SET},
		{"fault", required_argument, NULL, FAULT},
		{"seed", required_argument, NULL, SEED},
		{"echo", no_argument, NULL, ECHO_ALL},
		{"image", required_argument, NULL, IMAGE},
		{"base", required_argument, NULL, BASE},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct options opt = {
		.base = -1,
		.unit = 1,
		.seed = 1,
		.line = {.baud = 19200, .stop_bits = 1},
		.start_ns = now_ns(),
	};
	int c;

	while ((c = getopt_long(argc, argv, "t:p:u:b:jh", longs, NULL)) >= 0) {
		if (c == 'h')
			return fputs(usage_text, stdout) < 0 ? REFUSED : DONE;
		if (take_option(&opt, c))
			return USAGE;
	}
	if (!opt.image && optind < argc)
		opt.profile = argv[optind++];
	if (optind != argc || !(opt.profile || opt.image) || !opt.where[0]) {
		fputs(usage_text, stderr);
		return USAGE;
	}
	return be_slave(&opt);
}
