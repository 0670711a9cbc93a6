// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp sunspec */
#include "sunspec_verbs.h"

static const struct cli_option decode_options[] = {
	{"base", "N", "The dump has no addresses, only registers; the first one has this."},
	{0},
};

/* Where the devices are. */
#define LINE_OPTIONS                                                                          \
	{"tty", "DEVICE", "A serial line, /dev/ttyUSB0. Nobody else may be on it."},          \
		{"baud", "N", "Its bit rate. Default 9600."},                                 \
		{"parity", "n|e|o", "Its parity. Default n."},                                \
		{"stop-bits", "N", "Its stop bits, 1 or 2. Default 1."},                      \
		{"tcp", "HOST[:PORT]", "A device or a gateway. Default port 502."},           \
	{                                                                                     \
		"bus", "BUS", "A serial line of a site, which goes on with its own requests." \
	}

static const struct cli_option curve_options[] = {
	LINE_OPTIONS,
	{"unit", "N", "The device, 1 to 247."},
	{"model", "N",
	 "705 volt-var, 706 volt-watt, 711 frequency droop or 712 watt-var. Default "
	 "of show: all that the device has; of write: what the file says."},
	{"base", "N", "Address of its map. Default: where devices have it."},
	{"wait", "TIME", "How long it may take to adopt a curve. Default 30 s."},
	{0},
};

static const struct cli_option scan_options[] = {
	LINE_OPTIONS,
	{"units", "LIST", "Units that are asked, '1-247' or '1,2,126'. Default 1-247."},
	{"base", "LIST", "Addresses where a map may be. Default 40000,0,50000,1000,4096."},
	{"timeout", "TIME", "How long a unit may take to say that it is there. Default 300 ms."},
	{"out", "DIR",
	 "Folder of the profiles, made if need be. Default '.'; an older file is replaced."},
	{"revert", "TIME",
	 "Devices let go of a command after this time without another one. Default 60 s."},
	{"meter-positive", "import|export",
	 "What meters count as positive power. Default: import, but for makers that are known "
	 "to differ."},
	{"connect", NULL, "Write a command that connects and disconnects, too."},
	{"read-only", NULL, "Write no commands."},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "scan",
	 .doc = "Find the SunSpec devices of a line and write a profile for each DER and meter. "
		"Exit status 1 if there is none.",
	 .op = "bus-get",
	 .dump = true,
	 .options = scan_options,
	 .json = "Print JSON: an array of devices with their models, ratings and profiles.",
	 .run = sunspec_scan},
	{.name = "curve",
	 .doc = "Show the curves of a device, or write one from FILE and have it adopted: it is "
		"written where the device does not follow it, read back, and then adopted as a "
		"whole. Exit status 1 if the device has none, or cannot hold this one.",
	 .op = "bus-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "[show | write FILE]",
	 .options = curve_options,
	 .json = "Print JSON. show: an array of models with their curves, named as in the file; "
		 "write: {unit, model, curve, changed}.",
	 .run = sunspec_curve},
	{.name = "decode",
	 .doc = "Decode every point of a dump of registers: lines 'ADDRESS: HEX HEX ...' or "
		"'ADDRESS HEX', or JSON. Exit status 1 if there is no SunSpec map in it.",
	 .subject = SUBJECT_WORDS,
	 .args = "FILE",
	 .options = decode_options,
	 .json = "Print JSON: an array of models with their points. Values are exact: integers "
		 "where they are whole, else decimal strings.",
	 .run = sunspec_decode},
	{0},
};

const struct cli_command cmd_sunspec = {
	.name = "sunspec",
	.doc = "SunSpec: registers of Modbus devices that describe themselves.",
	.about = "examples:\n"
		 "  ovpp sunspec scan --tty /dev/ttyUSB0 --baud 19200 --parity e --units 1-10\n"
		 "  ovpp sunspec scan --tcp 192.168.1.20 --units 1,126 --out profiles\n"
		 "  ovpp sunspec scan --bus meters --units 1-20\n"
		 "  ovpp sunspec curve --tcp 192.168.1.20 --unit 1\n"
		 "  ovpp sunspec curve write volt-var.yaml --bus meters --unit 3\n"
		 "  ovpp sunspec decode inverter.txt\n"
		 "  ovpp sunspec decode meter.hex --base 40000 --json\n",
	.verbs = verbs,
};
