// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp sunspec curve: show what a device's curves are, write one and have it adopted. */
#include "show.h"
#include "sunspec_curve.h"
#include "sunspec_line.h"
#include "sunspec_scan.h"
#include "sunspec_verbs.h"
#include "table.h"
#include "yaml.h"

#include <core/modbus.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WHY_MAX 256
#define WAIT_MS 30000

/**
 * struct job - an invocation
 * @cli: invocation
 * @line: line
 * @unit: device
 * @model: model; 0: all that have curves
 * @base: where its map is; < 0: to be looked for
 * @wait_ms: how long it may take to adopt a curve
 * @path: file of a curve that is to be written, or NULL
 * @file: that curve
 * @image: map of the device
 */
struct job {
	struct cli *cli;
	struct sunspec_line line;
	uint8_t unit;
	uint16_t model;
	long base;
	unsigned int wait_ms;
	const char *path;
	json_t *file;
	struct ovpp_sunspec_image *image;
};

/* ---- what is wanted ---- */

static int number(struct job *job, const char *name, long min, long max, long *value)
{
	const char *text = cli_value(job->cli, name), *end;

	if (!text)
		return CLI_OK;
	*value = sunspec_number(text, &end, max);
	if (*value < min || *end)
		return cli_wrong(job->cli, "--%s: '%s' is no number from %ld to %ld", name, text,
				 min, max);
	return CLI_OK;
}

static int load(struct job *job)
{
	char why[WHY_MAX];
	long model;

	if (ovpp_yaml_load_exact(job->path, &job->file, why, sizeof(why)))
		return cli_wrong(job->cli, "%s", why);
	model = (long)json_integer_value(json_object_get(job->file, "model"));
	if (!job->model && (model < 1 || model > UINT16_MAX))
		return cli_wrong(job->cli, "which model? Give --model, or 'model' in %s",
				 job->path);
	if (!job->model)
		job->model = (uint16_t)model;
	return CLI_OK;
}

static int parse_words(struct job *job)
{
	const struct cli *cli = job->cli;
	const char *word = cli->n_words ? cli->words[0] : "show";

	if (!strcmp(word, "show") && cli->n_words <= 1)
		return CLI_OK;
	if (strcmp(word, "write") || cli->n_words != 2)
		return cli_wrong(job->cli, "%s", "say 'show', or 'write FILE'");
	job->path = cli->words[1];
	return load(job);
}

static int parse(struct job *job)
{
	long unit = 0, model = 0;
	int64_t wait = WAIT_MS;
	int ret;

	job->base = -1;
	ret = number(job, "unit", OVPP_MODBUS_UNIT_MIN, OVPP_MODBUS_UNIT_MAX, &unit)
		      ?: number(job, "model", 1, UINT16_MAX, &model)
				 ?: number(job, "base", 0, UINT16_MAX, &job->base)
					    ?: cli_quantity(job->cli, "wait", "wait_ms", &wait);
	if (ret)
		return ret;
	if (!unit)
		return cli_wrong(job->cli, "which device? Give --unit");
	if (wait < 0 || wait > 600000)
		return cli_wrong(job->cli, "--wait: at most 10 min");
	job->unit = (uint8_t)unit;
	job->model = (uint16_t)model;
	job->wait_ms = (unsigned int)wait;
	ret = parse_words(job);
	if (!ret && job->model && !ovpp_sunspec_curve_kind(job->model))
		return cli_wrong(job->cli,
				 "model %u has no curves that can be written; 705, 706, "
				 "711 and 712 have",
				 job->model);
	return ret;
}

/* ---- the device ---- */

static int scan_read(void *ctx, uint16_t address, uint16_t n, uint16_t *reg, bool patient)
{
	struct job *job = ctx;

	(void)patient;
	return sunspec_line_read(&job->line, job->unit, 0, true, address, n, reg);
}

static int device_read(void *ctx, uint16_t address, uint16_t n, uint16_t *reg)
{
	return scan_read(ctx, address, n, reg, true);
}

static int device_write(void *ctx, uint16_t address, uint16_t n, const uint16_t *reg)
{
	struct job *job = ctx;

	return sunspec_line_write(&job->line, job->unit, address, n, reg);
}

static void device_pause(void *ctx, unsigned int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	(void)ctx;
	nanosleep(&t, NULL);
}

static int read_map(struct job *job)
{
	const struct ovpp_sunspec_reader reader = {scan_read, job};
	uint32_t base = (uint32_t)job->base;
	int ret;

	ret = job->base < 0 ? ovpp_sunspec_scan(&reader, ovpp_sunspec_bases, ovpp_sunspec_n_bases,
						job->image)
			    : ovpp_sunspec_scan(&reader, &base, 1, job->image);
	/* What was read of a chain that breaks may be enough. */
	if (job->image->map.n)
		return CLI_OK;
	cli_error(job->cli, "unit %u: %s", job->unit,
		  ret == -ENOENT ? "no SunSpec map" : strerror(-ret));
	return ret == -ENOENT ? CLI_NO : CLI_REFUSED;
}

/* The next model with curves of those that are wanted; false: there is none. */
static bool next_curves(const struct job *job, size_t *at, struct ovpp_sunspec_curves *out)
{
	struct ovpp_sunspec_block block;

	while (ovpp_sunspec_next(&job->image->map, at, &block) > 0) {
		if ((!job->model || block.id == job->model) && !ovpp_sunspec_curves(&block, out))
			return true;
	}
	return false;
}

/* ---- JSON, as it can be written again ---- */

static json_t *json_of(const struct ovpp_sunspec_value *v)
{
	char text[OVPP_SUNSPEC_TEXT];

	for (const struct ovpp_sunspec_symbol *s = v->point->symbol; s && s->name; s++) {
		if (ovpp_sunspec_has(v, s))
			return json_string(s->name);
	}
	if (ovpp_sunspec_format(v, text))
		return NULL;
	return text[strspn(text, "-0123456789")] ? json_string(text)
						 : json_integer(strtoll(text, NULL, 10));
}

/* All points at one place; those that are not implemented are left out. */
static json_t *json_place(const struct ovpp_sunspec_curves *c, size_t curve, size_t pt)
{
	json_t *out = json_object();

	for (size_t i = 0; i < c->n; i++) {
		const struct ovpp_sunspec_curve_value *at = &c->value[i];
		json_t *value = at->curve == curve && at->pt == pt ? json_of(&at->v) : NULL;

		if (value)
			json_object_set_new(out, at->v.point->name, value);
	}
	return out;
}

static json_t *json_curve(const struct ovpp_sunspec_curves *c, size_t curve)
{
	json_t *out = json_place(c, curve, 0), *points = json_array();

	for (size_t pt = 1; pt <= ovpp_sunspec_curve_points(c, curve); pt++)
		json_array_append_new(points, json_place(c, curve, pt));
	json_object_set_new(out, "curve", json_integer((json_int_t)curve));
	json_object_set_new(out, "active", json_boolean(curve == c->active));
	json_object_set_new(out, "read_only", json_boolean(ovpp_sunspec_curve_read_only(c, curve)));
	if (c->room)
		json_object_set_new(out, "Pt", points);
	else
		json_decref(points);
	return out;
}

static json_t *json_model(const struct job *job, const struct ovpp_sunspec_curves *c)
{
	json_t *out = json_place(c, 0, 0), *curves = json_array();

	for (size_t i = 1; i <= c->curves; i++)
		json_array_append_new(curves, json_curve(c, i));
	json_object_update_new(out, json_pack("{s:i, s:i, s:s, s:i, s:o}", "unit", job->unit,
					      "model", c->kind->id, "what", c->kind->what,
					      "address", (int)c->block.address, "curves", curves));
	return out;
}

/* ---- for people ---- */

/* "V 92 Var 44" as "92:44"; a place of the curve itself as "DeptRef W_MAX_PCT". */
static void tell_place(FILE *out, const struct ovpp_sunspec_curves *c, size_t curve, size_t pt)
{
	const char *name, *between = "";
	json_t *place = json_place(c, curve, pt), *value;

	json_object_foreach (place, name, value) {
		char number[32];
		const char *text = json_string_value(value);

		if (!strcmp(name, "ActPt") || !strcmp(name, "ReadOnly"))
			continue;
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		fprintf(out, "%s%s%s%s", between, pt ? "" : name, pt ? "" : " ", text ?: number);
		between = pt ? ":" : ", ";
	}
	json_decref(place);
}

static void add_cell(struct table *t, const struct ovpp_sunspec_curves *c, size_t curve,
		     bool points)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	for (size_t pt = 1; points && pt <= ovpp_sunspec_curve_points(c, curve); pt++) {
		fputs(pt > 1 ? " " : "", f);
		tell_place(f, c, curve, pt);
	}
	if (!points)
		tell_place(f, c, curve, 0);
	fclose(f);
	table_add(t, text);
	free(text);
}

static const char *state_of(const struct ovpp_sunspec_curves *c, size_t curve)
{
	if (curve == c->active)
		return "active";
	return ovpp_sunspec_curve_read_only(c, curve) ? "read only" : "stored";
}

static void print_model(const struct job *job, const struct ovpp_sunspec_curves *c)
{
	static const char *const headings[] = {"-CURVE", "STATE", "POINTS", "SETTINGS"};
	const struct ovpp_sunspec_value *enabled = ovpp_sunspec_curve_get(c, 0, 0, "Ena");
	struct table *t = table_new(headings, 4);
	char number[24];

	if (!t)
		return;
	printf("unit %u: %s (%u) at %u, %s", job->unit, c->kind->what, c->kind->id,
	       c->block.address, enabled->raw == 1 ? "enabled" : "disabled");
	if (c->room)
		printf(", room for %zu points", c->room);
	putchar('\n');
	for (size_t i = 1; i <= c->curves; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		table_add(t, number);
		table_add(t, state_of(c, i));
		add_cell(t, c, i, true);
		add_cell(t, c, i, false);
	}
	table_print(t, stdout, "\n");
	table_free(t);
}

/* ---- show ---- */

static int show(struct job *job)
{
	struct ovpp_sunspec_curves curves;
	json_t *models = json_array();
	size_t at = OVPP_SUNSPEC_FIRST;
	bool none;

	while (next_curves(job, &at, &curves)) {
		json_array_append_new(models, json_model(job, &curves));
		if (!job->cli->json)
			print_model(job, &curves);
		ovpp_sunspec_curves_free(&curves);
	}
	none = !json_array_size(models);
	if (job->cli->json)
		show_json(models);
	else if (none)
		cli_error(job->cli, "unit %u: no curves", job->unit);
	json_decref(models);
	return none ? CLI_NO : CLI_OK;
}

/* ---- write ---- */

/* The points that the device follows, and the model's own, that are not as they were. */
static json_t *changes(const struct ovpp_sunspec_curves *was, const struct ovpp_sunspec_curves *is)
{
	json_t *out = json_array();

	for (size_t i = 0; i < is->n; i++) {
		const struct ovpp_sunspec_curve_value *at = &is->value[i];
		const struct ovpp_sunspec_value *old;
		json_t *before, *now = NULL;

		if ((at->curve && at->curve != is->active) ||
		    at->pt > ovpp_sunspec_curve_points(is, is->active))
			continue;
		old = ovpp_sunspec_curve_get(was, at->curve ? was->active : 0, at->pt,
					     at->v.point->name);
		before = old ? json_of(old) : NULL;
		now = json_of(&at->v);
		if (before && now ? !json_equal(before, now) : before != now)
			json_array_append_new(out, json_pack("{s:s, s:i, s:O?, s:O?}", "name",
							     at->v.point->name, "pt", (int)at->pt,
							     "before", before, "now", now));
		json_decref(before);
		json_decref(now);
	}
	return out;
}

static void add_value(struct table *t, const json_t *value)
{
	char number[32];

	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	table_add(t, json_is_integer(value) ? number : json_string_value(value));
}

static void print_changes(const struct job *job, const struct ovpp_sunspec_curves *is, size_t curve,
			  const json_t *list)
{
	static const char *const headings[] = {"POINT", "BEFORE", "NOW"};
	struct table *t = table_new(headings, 3);
	json_t *change;
	char name[64];
	size_t i;

	printf("unit %u: curve %zu of %s (%u) was written, read back and adopted; %s\n", job->unit,
	       curve, is->kind->what, is->kind->id,
	       ovpp_sunspec_curve_get(is, 0, 0, "Ena")->raw == 1 ? "it is enabled"
								 : "it is NOT enabled (Ena)");
	json_array_foreach (list, i, change) {
		const char *point = json_string_value(json_object_get(change, "name"));
		int pt = (int)json_integer_value(json_object_get(change, "pt"));

		snprintf(name, sizeof(name), "Pt %d %s", pt, point);
		table_add(t, pt ? name : point);
		add_value(t, json_object_get(change, "before"));
		add_value(t, json_object_get(change, "now"));
	}
	if (t && i)
		table_print(t, stdout, "\n");
	table_free(t);
}

/* The model once more, to say what it is now. */
static int tell_changes(struct job *job, const struct ovpp_sunspec_curves *was, size_t curve)
{
	struct ovpp_sunspec_block block = was->block;
	struct ovpp_sunspec_curves is;
	uint16_t *reg = calloc(block.n, sizeof(*reg));
	json_t *out;
	int ret = reg ? 0 : -ENOMEM;

	for (size_t at = 0, n; at < block.n && !ret; at += n) {
		n = block.n - at < OVPP_MODBUS_READ_MAX ? block.n - at : OVPP_MODBUS_READ_MAX;
		ret = device_read(job, (uint16_t)(block.address + at), (uint16_t)n, reg + at);
	}
	block.reg = reg;
	ret = ret ?: ovpp_sunspec_curves(&block, &is);
	if (ret) {
		cli_error(job->cli,
			  "unit %u: curve %zu is adopted; what it changed cannot be read: %s",
			  job->unit, curve, strerror(-ret));
		free(reg);
		return CLI_REFUSED;
	}
	out = json_pack("{s:i, s:i, s:i, s:o}", "unit", job->unit, "model", is.kind->id, "curve",
			(int)curve, "changed", changes(was, &is));
	if (job->cli->json)
		show_json(out);
	else
		print_changes(job, &is, curve, json_object_get(out, "changed"));
	json_decref(out);
	ovpp_sunspec_curves_free(&is);
	free(reg);
	return CLI_OK;
}

static int write_to(struct job *job, const struct ovpp_sunspec_curves *curves)
{
	const struct ovpp_sunspec_access access = {device_read, device_write, device_pause, job};
	struct ovpp_sunspec_curve_plan plan;
	char why[WHY_MAX];
	size_t curve;
	int ret;

	ret = ovpp_sunspec_curve_plan(curves, job->file, &plan, why, sizeof(why));
	if (ret) {
		cli_error(job->cli, "%s: %s", job->path, why);
		return ret == -EINVAL ? CLI_USAGE : CLI_NO;
	}
	curve = plan.curve;
	ret = ovpp_sunspec_curve_write(curves, &plan, &access, job->wait_ms, why, sizeof(why));
	ovpp_sunspec_curve_plan_free(&plan);
	if (!ret)
		return tell_changes(job, curves, curve);
	cli_error(job->cli, "unit %u: %s", job->unit, why);
	if (ret == -EPERM)
		cli_error(job->cli, "see: ovpp bus set %s --foreign-write",
			  cli_value(job->cli, "bus"));
	return CLI_REFUSED;
}

static int write_curve(struct job *job)
{
	struct ovpp_sunspec_curves curves;
	size_t at = OVPP_SUNSPEC_FIRST;
	int ret;

	if (!next_curves(job, &at, &curves)) {
		cli_error(job->cli, "unit %u: no curves of model %u", job->unit, job->model);
		return CLI_NO;
	}
	ret = write_to(job, &curves);
	ovpp_sunspec_curves_free(&curves);
	return ret;
}

static int run(void *ctx)
{
	struct job *job = ctx;
	int ret = sunspec_line_open(job->cli, &job->line);

	if (ret)
		return ret;
	ret = read_map(job);
	if (!ret)
		ret = job->path ? write_curve(job) : show(job);
	sunspec_line_close(&job->line);
	return ret;
}

int sunspec_curve(struct cli *cli)
{
	struct job job = {.cli = cli};
	int ret = parse(&job);

	job.image = malloc(sizeof(*job.image));
	if (!ret)
		ret = job.image ? sunspec_line_run(run, &job) : CLI_REFUSED;
	json_decref(job.file);
	free(job.image);
	return ret;
}
