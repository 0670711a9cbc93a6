// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp-sim: a site's devices and their grid, on a CAN bus and serial lines. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"
#include "run.h"
#include "slave_command.h"

struct options {
	struct run_options run;
	uint64_t seed;
};

static const char usage_text[] =
	"usage: ovpp-sim run SCENARIO [options]   simulate\n"
	"       ovpp-sim check SCENARIO           is the scenario right?\n"
	"       ovpp-sim slave PROFILE [options]  be one Modbus device; see slave --help\n"
	"\n"
	"  -c, --can IFNAME     be the devices on this CAN net device, in real time;\n"
	"                       without it and --line run as fast as possible\n"
	"  -l, --line NAME=TTY  be the devices on this serial line of the scenario;\n"
	"                       NAME=pty:LINK makes a pty, and LINK to it\n"
	"  -s, --speed N        simulated seconds in a second of bus time\n"
	"  -d, --duration TIME  simulated length: 90s, 15m, 24h\n"
	"      --seed N         seed of the random numbers\n"
	"  -j, --json FILE      write the results there (-: standard output)\n"
	"  -r, --record FILE    write all frames there, as candump -L does\n"
	"      --commands FILE  write the commands that devices take there, JSON lines\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n";

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
		opt->run.can = optarg;
		return 0;
	case 'l':
		if (opt->run.lines == SIM_LINES_MAX)
			return wrong("too many lines", optarg);
		opt->run.line[opt->run.lines++] = optarg;
		return 0;
	case 's':
		return parse_number(optarg, &opt->run.choice.speed) ? wrong("no speed", optarg) : 0;
	case 'd':
		return params_parse_span(optarg, &opt->run.choice.duration_s)
			       ? wrong("no duration", optarg)
			       : 0;
	case 'S':
		opt->seed = strtoull(optarg, &end, 0);
		opt->run.choice.seed = &opt->seed;
		return end == optarg || *end ? wrong("no seed", optarg) : 0;
	case 'j':
		opt->run.json = optarg;
		return 0;
	case 'r':
		opt->run.record = optarg;
		return 0;
	case 'C':
		opt->run.commands = optarg;
		return 0;
	default:
		return -EINVAL;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"can", required_argument, NULL, 'c'},
		{"line", required_argument, NULL, 'l'},
		{"speed", required_argument, NULL, 's'},
		{"duration", required_argument, NULL, 'd'},
		{"seed", required_argument, NULL, 'S'},
		{"json", required_argument, NULL, 'j'},
		{"record", required_argument, NULL, 'r'},
		{"commands", required_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct options opt = {.run.choice = {NAN, NAN, NULL}};
	int c;

	if (argc > 1 && !strcmp(argv[1], "slave"))
		return slave_command(argc - 1, argv + 1);
	while ((c = getopt_long(argc, argv, "c:l:s:d:j:r:hV", longs, NULL)) >= 0) {
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
	opt.run.scenario = argv[optind + 1];
	if (!strcmp(argv[optind], "run"))
		return run_scenario(&opt.run);
	if (!strcmp(argv[optind], "check"))
		return check_scenario(&opt.run);
	wrong("no command", argv[optind]);
	return USAGE;
}
