// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp sunspec scan */
#include "profile.h"
#include "show.h"
#include "sunspec_line.h"
#include "sunspec_profile.h"
#include "sunspec_scan.h"
#include "sunspec_verbs.h"

#include <core/modbus.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASES_MAX 32

#define PROFILE_ERR 512

/**
 * struct scan - a scan
 * @cli: invocation
 * @line: line
 * @unit: units that are asked, by number
 * @units: their number
 * @base: addresses where a map may be
 * @bases: their number
 * @timeout_ms: for a unit to say that it is there
 * @wish: how profiles are written; its unit is the one that is asked now
 * @out: folder of the profiles
 * @image: map of the device that is read
 * @devices: JSON of those that were found
 * @names: of the profiles that were written
 * @failed: a profile could not be written
 */
struct scan {
	struct cli *cli;
	struct sunspec_line line;
	bool unit[OVPP_MODBUS_UNIT_MAX + 1];
	size_t units;
	uint32_t base[BASES_MAX];
	size_t bases;
	unsigned int timeout_ms;
	struct ovpp_sunspec_wish wish;
	const char *out;
	struct ovpp_sunspec_image *image;
	json_t *devices;
	json_t *names;
	bool failed;
};

/* ---- what is wanted ---- */

/* "1-10,126" */
static int parse_units(struct scan *scan)
{
	const char *text = cli_value(scan->cli, "units"), *at = text ? text : "1-247";

	do {
		long from = sunspec_number(at, &at, OVPP_MODBUS_UNIT_MAX), to = from;

		if (*at == '-')
			to = sunspec_number(at + 1, &at, OVPP_MODBUS_UNIT_MAX);
		if (from < 1 || to < from || (*at && *at != ','))
			return cli_wrong(scan->cli, "--units: '%s' is no list of units, 1 to 247",
					 text);
		for (; from <= to; from++) {
			scan->units += !scan->unit[from];
			scan->unit[from] = true;
		}
	} while (*at++);
	return CLI_OK;
}

static int parse_bases(struct scan *scan)
{
	const char *text = cli_value(scan->cli, "base"), *at = text;

	if (!text) {
		scan->bases = ovpp_sunspec_n_bases;
		memcpy(scan->base, ovpp_sunspec_bases, scan->bases * sizeof(*scan->base));
		return CLI_OK;
	}
	do {
		long base = sunspec_number(at, &at, 65535);

		if (base < 0 || (*at && *at != ',') || scan->bases == BASES_MAX)
			return cli_wrong(scan->cli,
					 "--base: '%s' is no list of addresses, 0 to 65535", text);
		scan->base[scan->bases++] = (uint32_t)base;
	} while (*at++);
	return CLI_OK;
}

static int parse_times(struct scan *scan)
{
	int64_t timeout = 300, revert = 60000;
	int ret = cli_quantity(scan->cli, "timeout", "timeout_ms", &timeout);

	if (!ret)
		ret = cli_quantity(scan->cli, "revert", "revert_ms", &revert);
	if (ret)
		return ret;
	if (timeout < 1 || timeout > 60000)
		return cli_wrong(scan->cli, "--timeout: 1 ms to 60 s");
	if (revert < 2000 || revert > 65534000 || revert % 1000)
		return cli_wrong(scan->cli, "--revert: whole seconds, 2 to 65534");
	scan->timeout_ms = (unsigned int)timeout;
	scan->wish.revert_s = (uint16_t)(revert / 1000);
	return CLI_OK;
}

static int parse_positive(struct scan *scan)
{
	const char *text = cli_value(scan->cli, "meter-positive");

	if (text && !strcmp(text, "import"))
		scan->wish.positive = OVPP_SUNSPEC_IMPORT;
	else if (text && !strcmp(text, "export"))
		scan->wish.positive = OVPP_SUNSPEC_EXPORT;
	else if (text)
		return cli_wrong(scan->cli, "--meter-positive: import or export, not '%s'", text);
	return CLI_OK;
}

/* Before the line is touched: minutes later it would be a pity. */
static int make_folder(struct scan *scan)
{
	if (!mkdir(scan->out, 0755) || errno == EEXIST)
		return CLI_OK;
	cli_error(scan->cli, "%s: %s", scan->out, strerror(errno));
	return CLI_REFUSED;
}

static int parse(struct scan *scan)
{
	const char *out = cli_value(scan->cli, "out");
	int ret = parse_units(scan);

	if (!ret)
		ret = parse_bases(scan);
	if (!ret)
		ret = parse_times(scan);
	if (!ret)
		ret = parse_positive(scan);
	scan->wish.connect = cli_flag(scan->cli, "connect");
	scan->wish.read_only = cli_flag(scan->cli, "read-only");
	scan->out = out ? out : ".";
	return ret ? ret : make_folder(scan);
}

/* ---- the line ---- */

static int read_registers(void *ctx, uint16_t address, uint16_t n, uint16_t *reg, bool patient)
{
	struct scan *scan = ctx;

	return sunspec_line_read(&scan->line, scan->wish.unit, scan->timeout_ms, patient, address,
				 n, reg);
}

/* ---- profiles ---- */

static int save(const char *path, const char *text)
{
	FILE *f = fopen(path, "wx");
	int ret = 0;

	if (!f)
		return -errno;
	if (fputs(text, f) == EOF)
		ret = -errno;
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}

/* A profile that is there is a good one, as a whole. */
static int put_profile(struct scan *scan, const struct ovpp_sunspec_profile *p, char *path,
		       size_t size)
{
	char err[PROFILE_ERR], draft[PATH_MAX];
	json_t *obj = NULL;
	int ret;

	if (snprintf(path, size, "%s/%s.yaml", scan->out, p->name) >= (int)size ||
	    snprintf(draft, sizeof(draft), "%s/.%s.%d.yaml", scan->out, p->name, (int)getpid()) >=
		    (int)sizeof(draft))
		return -ENAMETOOLONG;
	ret = save(draft, p->yaml);
	if (ret) {
		cli_error(scan->cli, "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ovpp_profile_load(draft, &obj, err, sizeof(err));
	if (ret)
		cli_error(scan->cli, "unit %u: no profile %s: %s", scan->wish.unit, p->name, err);
	json_decref(obj);
	if (!ret && rename(draft, path)) {
		ret = -errno;
		cli_error(scan->cli, "%s: %s", path, strerror(-ret));
	}
	if (ret)
		unlink(draft);
	return ret;
}

/* Two devices may have the same serial number: then they are named after their units. */
static bool is_taken(const struct scan *scan, const struct ovpp_sunspec_profile *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (json_object_get(scan->names, p[i].name))
			return true;
	}
	return false;
}

static int make_profiles(struct scan *scan, struct ovpp_sunspec_profile **p, size_t *n)
{
	struct ovpp_sunspec_wish by_unit = scan->wish;
	const struct ovpp_sunspec_map *map = &scan->image->map;
	int ret = ovpp_sunspec_profiles(map, OVPP_SUNSPEC_FIRST, &scan->wish, p, n);

	if (ret || !is_taken(scan, *p, *n))
		return ret;
	ovpp_sunspec_profiles_free(*p, *n);
	by_unit.by_unit = true;
	return ovpp_sunspec_profiles(map, OVPP_SUNSPEC_FIRST, &by_unit, p, n);
}

static int put_profiles(struct scan *scan, json_t *device)
{
	json_t *list = json_array();
	struct ovpp_sunspec_profile *p;
	char path[PATH_MAX];
	size_t n;
	int ret;

	json_object_set_new(device, "profiles", list);
	ret = make_profiles(scan, &p, &n);
	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++) {
		json_object_set_new(scan->names, p[i].name, json_true());
		ret = put_profile(scan, &p[i], path, sizeof(path));
		scan->failed |= ret;
		json_array_append_new(list, json_pack("{s:s, s:s, s:s?}", "name", p[i].name, "kind",
						      p[i].kind, "file", ret ? NULL : path));
	}
	ovpp_sunspec_profiles_free(p, n);
	return 0;
}

/* ---- what was found ---- */

/* A point of the first model of some that gives it, as text; keys are the caller's. */
static void tell(json_t *device, const char *key, const struct ovpp_sunspec_block *block,
		 const char *name)
{
	struct ovpp_sunspec_value v;
	char text[OVPP_SUNSPEC_TEXT];

	if (json_object_get(device, key) || ovpp_sunspec_get(block, name, &v) ||
	    ovpp_sunspec_format(&v, text))
		return;
	json_object_set_new(device, key, json_string(sunspec_clean(text)));
}

static void tell_model(json_t *device, const struct ovpp_sunspec_block *block)
{
	static const struct {
		uint16_t id;
		const char *key;
		const char *name;
	} facts[] = {
		{1, "manufacturer", "Mn"},    {1, "model", "Md"},
		{1, "version", "Vr"},	      {1, "serial", "SN"},
		{121, "rating_w", "WMax"},    {120, "nameplate_w", "WRtg"},
		{702, "rating_w", "WMax"},    {702, "nameplate_w", "WMaxRtg"},
		{120, "storage_wh", "WHRtg"}, {713, "storage_wh", "WHRtg"},
		{802, "storage_wh", "WHRtg"}, {124, "storage_w", "WChaMax"},
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (facts[i].id == block->id)
			tell(device, facts[i].key, block, facts[i].name);
	}
	json_array_append_new(json_object_get(device, "models"),
			      json_pack("{s:i, s:s?, s:i, s:i, s:b}", "id", block->id, "name",
					block->model ? block->model->top.name : NULL, "address",
					(int)block->address, "length", block->length, "complete",
					block->complete));
}

static const char *problem(int ret)
{
	switch (ret) {
	case 0:
		return NULL;
	case -ENODATA:
		return "the device refuses registers before its chain of models ends";
	case -EBADMSG:
		return "the chain of models breaks";
	case -ETIMEDOUT:
		return "the device fell silent";
	default:
		return strerror(-ret);
	}
}

static json_t *describe(struct scan *scan, int ret)
{
	const struct ovpp_sunspec_map *map = &scan->image->map;
	struct ovpp_sunspec_block block;
	size_t at = OVPP_SUNSPEC_FIRST;
	json_t *device;

	device = json_pack("{s:i, s:i, s:[], s:b, s:s?}", "unit", scan->wish.unit, "base",
			   (int)map->base, "models", "complete", !ret, "problem", problem(ret));
	while (device && ovpp_sunspec_next(map, &at, &block) > 0)
		tell_model(device, &block);
	return device;
}

static const char *str(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static void print_models(const json_t *device)
{
	json_t *model;
	size_t i;

	printf("  models   ");
	json_array_foreach (json_object_get(device, "models"), i, model)
		printf("%s%lld %s", i ? ", " : "",
		       (long long)json_integer_value(json_object_get(model, "id")),
		       str(model, "name"));
	putchar('\n');
}

static void print_device(const json_t *device)
{
	static const struct {
		const char *label;
		const char *key;
	} facts[] = {
		{"version", "version"},	    {"serial", "serial"}, {"W max", "rating_w"},
		{"W rated", "nameplate_w"}, {"Wh", "storage_wh"}, {"W charge", "storage_w"},
		{"problem", "problem"},
	};
	json_t *p;
	size_t i;

	printf("unit %lld at %lld: %s %s\n",
	       (long long)json_integer_value(json_object_get(device, "unit")),
	       (long long)json_integer_value(json_object_get(device, "base")),
	       str(device, "manufacturer"), str(device, "model"));
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (json_is_string(json_object_get(device, facts[i].key)))
			printf("  %-8s %s\n", facts[i].label, str(device, facts[i].key));
	}
	print_models(device);
	json_array_foreach (json_object_get(device, "profiles"), i, p)
		printf("  profile  %s, %s\n",
		       json_is_string(json_object_get(p, "file")) ? str(p, "file") : "refused",
		       str(p, "kind"));
	if (!i)
		printf("  profile  none: nothing in it is a DER or a meter\n");
	fflush(stdout);
}

/* ---- the scan ---- */

static void progress(const struct scan *scan, size_t done)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (done == scan->units)
		fprintf(stderr, "\r\033[K");
	else
		fprintf(stderr, "\r\033[Kunit %u, %zu of %zu, %zu found", scan->wish.unit, done + 1,
			scan->units, json_array_size(scan->devices));
	fflush(stderr);
}

/* Nobody there, no map there: no device. Anything else ends the scan. */
static int scan_unit(struct scan *scan)
{
	const struct ovpp_sunspec_reader reader = {read_registers, scan};
	int ret = ovpp_sunspec_scan(&reader, scan->base, scan->bases, scan->image), bad;
	json_t *device;

	if (!scan->image->map.n)
		return ret == -ETIMEDOUT || ret == -ENOENT ? 0 : ret;
	if (ret == -EINTR)
		return ret;
	device = describe(scan, ret);
	if (!device)
		return -ENOMEM;
	json_array_append_new(scan->devices, device);
	bad = put_profiles(scan, device);
	if (!bad && !scan->cli->json) {
		progress(scan, scan->units);
		print_device(device);
	}
	return bad;
}

static int scan_units(struct scan *scan)
{
	size_t done = 0;
	int ret = 0;

	for (unsigned int unit = 1; unit <= OVPP_MODBUS_UNIT_MAX && !ret && !sunspec_line_stopped();
	     unit++) {
		if (!scan->unit[unit])
			continue;
		scan->wish.unit = (uint8_t)unit;
		progress(scan, done++);
		ret = scan_unit(scan);
	}
	progress(scan, scan->units);
	if (sunspec_line_stopped())
		cli_error(scan->cli, "stopped at unit %u", scan->wish.unit);
	else if (ret)
		cli_error(scan->cli, "unit %u: %s", scan->wish.unit, strerror(-ret));
	return sunspec_line_stopped() || ret ? CLI_REFUSED : CLI_OK;
}

static int conclude(struct scan *scan)
{
	if (scan->cli->json)
		show_json(scan->devices);
	if (!json_array_size(scan->devices)) {
		cli_error(scan->cli, "no SunSpec device found");
		return CLI_NO;
	}
	if (!scan->cli->json && json_object_size(scan->names))
		printf("\nTo use a profile:\n"
		       "  ovpp profile add FILE\n"
		       "  ovpp der add NAME --bus BUS --profile PROFILE --node UNIT\n");
	return scan->failed ? CLI_NO : CLI_OK;
}

static int find_all(void *ctx)
{
	struct scan *scan = ctx;
	int ret = sunspec_line_open(scan->cli, &scan->line), last;

	if (ret)
		return ret;
	ret = scan_units(scan);
	sunspec_line_close(&scan->line);
	last = conclude(scan);
	return ret ? ret : last;
}

int sunspec_scan(struct cli *cli)
{
	struct scan scan = {.cli = cli};
	int ret = parse(&scan);

	if (ret)
		return ret;
	scan.image = malloc(sizeof(*scan.image));
	scan.devices = json_array();
	scan.names = json_object();
	ret = scan.image && scan.devices && scan.names ? sunspec_line_run(find_all, &scan)
						       : CLI_REFUSED;
	json_decref(scan.names);
	json_decref(scan.devices);
	free(scan.image);
	return ret;
}
