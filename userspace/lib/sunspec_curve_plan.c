// SPDX-License-Identifier: GPL-2.0-or-later
/* A curve as people write it -> registers of a device, or what is wrong with it. */
#include "sunspec_curve.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ratio.h"

#define NUMBER_TEXT 32
#define EXPONENT_MAX 10
#define IN_PROGRESS 0

/**
 * struct limit - what a point may be, in its own unit
 * @name: name
 * @min: least value
 * @max: greatest value
 * @above: it is greater than @min
 */
struct limit {
	const char *name;
	int64_t min;
	int64_t max;
	bool above;
};

/* Percent of nominal voltage, of ratings; a droop of 0 would be a step. */
static const struct limit limits[] = {
	{"V", 0, 200, true},	    {"W", -100, 100, false}, {"Var", -100, 100, false},
	{"PMin", -100, 100, false}, {"KOf", 0, 65535, true}, {"KUf", 0, 65535, true},
};

/* Of a curve, what is not for us to write. */
static const char *const read_only[] = {"ReadOnly", "VRefAuto"};

/* Of a curve, what a device need not have. */
static const char *const optional[] = {"Pri",	      "VRef",	"VRefAutoEna",
				       "VRefAutoTms", "RspTms", "PMin"};

#define HAS(list, name) has(list, sizeof(list) / sizeof(*(list)), name)

static bool has(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(list[i], name))
			return true;
	}
	return false;
}

/**
 * struct planner - a plan that is being made
 * @curves: of the device
 * @plan: plan
 * @points: points that the curve has
 * @err: room for a text
 * @err_size: its size
 */
struct planner {
	const struct ovpp_sunspec_curves *curves;
	struct ovpp_sunspec_curve_plan *plan;
	size_t points;
	char *err;
	size_t err_size;
};

__attribute__((format(printf, 3, 4))) static int fail(struct planner *p, int ret, const char *fmt,
						      ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->err_size, fmt, ap);
	va_end(ap);
	return ret;
}

/* ---- one value ---- */

/* A number or a word as text; NULL for what is neither. */
static const char *text_of(const json_t *value, char *buf)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "1" : "0";
	if (!json_is_integer(value))
		return NULL;
	snprintf(buf, NUMBER_TEXT, "%lld", (long long)json_integer_value(value));
	return buf;
}

/* @a <= @b, exactly. */
static bool no_more(struct ovpp_ratio a, int64_t b)
{
	return (__int128)a.num <= (__int128)b * a.den;
}

static bool no_less(struct ovpp_ratio a, int64_t b, bool above)
{
	return above ? !no_more(a, b) : (__int128)a.num >= (__int128)b * a.den;
}

static int check_limit(struct planner *p, const char *name, const char *text,
		       struct ovpp_ratio value)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *l = &limits[i];

		if (strcmp(l->name, name) ||
		    (no_less(value, l->min, l->above) && no_more(value, l->max)))
			continue;
		return fail(p, -EINVAL, "%s: %s is not %s %lld and at most %lld", name, text,
			    l->above ? "above" : "at least", (long long)l->min, (long long)l->max);
	}
	return 0;
}

/* The raw value of an exact one; the device's own exponent says how fine it can be. */
static int scale(struct planner *p, const struct ovpp_sunspec_point *point, const char *text,
		 struct ovpp_ratio value, int64_t *raw)
{
	struct ovpp_ratio step = {1, 1};
	const struct ovpp_sunspec_value *sf = NULL;
	int64_t exponent = 0;

	if (point->scale) {
		sf = ovpp_sunspec_curve_get(p->curves, 0, 0, point->scale);
		exponent = sf && sf->state == OVPP_SUNSPEC_GOOD ? (int64_t)sf->raw : INT64_MAX;
		if (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)
			return fail(p, -ERANGE, "%s: the device does not give %s", point->name,
				    point->scale);
	}
	for (int64_t e = exponent; e > 0; e--)
		step.num *= 10;
	for (int64_t e = exponent; e < 0; e++)
		step.den *= 10;
	if (ovpp_ratio_div(value, step, &value) || value.den != 1)
		return fail(p, -ERANGE, "%s: the device cannot hold %s, its steps are of 1e%lld",
			    point->name, text, (long long)exponent);
	*raw = value.num;
	return 0;
}

/* What the type can hold, but for its value that says "not implemented". */
static bool fits(const struct ovpp_sunspec_point *point, int64_t raw)
{
	int64_t half = INT64_C(1) << (16 * point->size - 1);

	switch (point->type) {
	case OVPP_SUNSPEC_INT16:
	case OVPP_SUNSPEC_INT32:
		return raw > -half && raw < half;
	default:
		return raw >= 0 && raw < 2 * half - 1;
	}
}

static int symbol(struct planner *p, const struct ovpp_sunspec_point *point, const char *text,
		  int64_t *raw)
{
	char number[NUMBER_TEXT];

	for (const struct ovpp_sunspec_symbol *s = point->symbol; s->name; s++) {
		snprintf(number, sizeof(number), "%u", s->value);
		*raw = s->value;
		if (!strcmp(s->name, text) || !strcmp(number, text))
			return 0;
	}
	return fail(p, -EINVAL, "%s: '%s' is none of its values", point->name, text);
}

static int raw_of(struct planner *p, const struct ovpp_sunspec_point *point, const json_t *value,
		  int64_t *raw)
{
	char buf[NUMBER_TEXT];
	const char *text = text_of(value, buf);
	struct ovpp_ratio ratio;
	int ret;

	if (!text)
		return fail(p, -EINVAL, "%s: neither a number nor a word", point->name);
	if (point->symbol)
		return symbol(p, point, text, raw);
	if (ovpp_ratio_parse(text, &ratio))
		return fail(p, -EINVAL, "%s: '%s' is no number", point->name, text);
	ret = check_limit(p, point->name, text, ratio) ?: scale(p, point, text, ratio, raw);
	if (!ret && !fits(point, *raw))
		return fail(p, -ERANGE, "%s: %s does not fit into its register", point->name, text);
	return ret;
}

/* ---- registers ---- */

static uint16_t *place(const struct planner *p, const struct ovpp_sunspec_value *v)
{
	return p->plan->want + (v->reg - p->curves->block.reg);
}

static void put(struct planner *p, const struct ovpp_sunspec_value *v, int64_t raw)
{
	uint16_t *reg = place(p, v);

	for (size_t i = v->point->size; i; raw >>= 16)
		reg[--i] = (uint16_t)raw;
}

static void mark(struct planner *p, const struct ovpp_sunspec_value *v)
{
	memset(p->plan->write + (v->reg - p->curves->block.reg), true, v->point->size);
}

/* Is the value, as it is to be, one that says "not implemented"? */
static bool is_absent(const struct planner *p, const struct ovpp_sunspec_value *v)
{
	bool is_signed = v->point->type == OVPP_SUNSPEC_INT16;
	const uint16_t *reg = place(p, v);

	if (is_signed)
		return reg[0] == 0x8000;
	return reg[0] == 0xffff && (v->point->size < 2 || reg[1] == 0xffff);
}

/* No curve of the device has it. */
static bool nowhere(const struct planner *p, const char *name)
{
	for (size_t i = 1; i <= p->curves->curves; i++) {
		const struct ovpp_sunspec_value *v = ovpp_sunspec_curve_get(p->curves, i, 0, name);

		if (v && v->state != OVPP_SUNSPEC_ABSENT)
			return false;
	}
	return true;
}

/* ---- where to ---- */

static int check_curve(struct planner *p, size_t curve)
{
	if (curve < 1 || curve > p->curves->curves)
		return fail(p, -EINVAL, "curve: the device has curves 1 to %zu", p->curves->curves);
	if (ovpp_sunspec_curve_read_only(p->curves, curve))
		return fail(p, -EBUSY, "curve %zu is read only", curve);
	if (curve == p->curves->active)
		return fail(p, -EBUSY, "curve %zu is the active one", curve);
	return 0;
}

/* The first one that may be written, unless the file names one. */
static int choose(struct planner *p, const json_t *file)
{
	const json_t *wanted = json_object_get(file, "curve");

	if (wanted && !json_is_integer(wanted))
		return fail(p, -EINVAL, "curve: not the number of a curve");
	if (wanted) {
		p->plan->curve = (size_t)json_integer_value(wanted);
		return check_curve(p, p->plan->curve);
	}
	for (size_t i = 1; i <= p->curves->curves; i++) {
		p->plan->curve = i;
		if (!check_curve(p, i))
			return 0;
	}
	return fail(p, -EBUSY, "the device has no curve but those that are active or read only");
}

/* It starts as a copy of the active one. */
static void copy_active(struct planner *p)
{
	const struct ovpp_sunspec_curves *c = p->curves;

	p->points = ovpp_sunspec_curve_points(c, c->active ?: p->plan->curve);
	for (size_t i = 0; c->active && i < c->n; i++) {
		const struct ovpp_sunspec_curve_value *from = &c->value[i];
		const struct ovpp_sunspec_value *to;

		if (from->curve != c->active || HAS(read_only, from->v.point->name))
			continue;
		to = ovpp_sunspec_curve_get(c, p->plan->curve, from->pt, from->v.point->name);
		memcpy(place(p, to), from->v.reg, from->v.point->size * sizeof(uint16_t));
	}
}

/* ---- the file ---- */

static int take_pt(struct planner *p, size_t index, const json_t *pt)
{
	const struct ovpp_sunspec_value *v;
	const char *name;
	json_t *value;
	size_t n = 0;
	int64_t raw;
	int ret;

	json_object_foreach ((json_t *)pt, name, value) {
		v = ovpp_sunspec_curve_get(p->curves, p->plan->curve, index, name);
		if (!v)
			return fail(p, -EINVAL, "Pt %zu: there is no %s", index, name);
		ret = raw_of(p, v->point, value, &raw);
		if (ret)
			return ret;
		put(p, v, raw);
		n++;
	}
	return n == 2 ? 0 : fail(p, -EINVAL, "Pt %zu: a point has two values", index);
}

static int take_pts(struct planner *p, const json_t *list)
{
	const struct ovpp_sunspec_value *points;
	json_t *pt;
	size_t i;
	int ret;

	points = ovpp_sunspec_curve_get(p->curves, p->plan->curve, 0, "ActPt");
	if (!points)
		return fail(p, -EINVAL, "Pt: this model has none");
	if (!json_array_size(list))
		return fail(p, -EINVAL, "Pt: not a list of points");
	p->points = json_array_size(list);
	if (p->points > p->curves->room)
		return fail(p, -ERANGE, "Pt: %zu points; the device has room for %zu", p->points,
			    p->curves->room);
	json_array_foreach (list, i, pt) {
		ret = take_pt(p, i + 1, pt);
		if (ret)
			return ret;
	}
	put(p, points, (int64_t)p->points);
	return 0;
}

static int take_enable(struct planner *p, const struct ovpp_sunspec_value *v, const json_t *value)
{
	int64_t raw;
	int ret = raw_of(p, v->point, value, &raw);

	if (!ret)
		p->plan->enable = (int)raw;
	return ret;
}

/* The model's own points that may be written: what is behind the reversion time. */
static int take_own(struct planner *p, const char *name, const json_t *value)
{
	const struct ovpp_sunspec_value *v = ovpp_sunspec_curve_get(p->curves, 0, 0, name);
	int64_t raw;
	int ret;

	if (v->state == OVPP_SUNSPEC_ABSENT)
		return fail(p, -ERANGE, "%s: the device does not have it", name);
	ret = raw_of(p, v->point, value, &raw);
	if (!ret && strcmp(name, "RvrtTms") && (raw < 1 || raw > (int64_t)p->curves->curves))
		return fail(p, -EINVAL, "%s: the device has curves 1 to %zu", name,
			    p->curves->curves);
	if (ret)
		return ret;
	put(p, v, raw);
	mark(p, v);
	return 0;
}

static int take_curve(struct planner *p, const char *name, const json_t *value)
{
	const struct ovpp_sunspec_value *v;
	int64_t raw;
	int ret;

	v = ovpp_sunspec_curve_get(p->curves, p->plan->curve, 0, name);
	if (!v || HAS(read_only, name) || !strcmp(name, "ActPt"))
		return fail(p, -EINVAL, "'%s' is nothing to write to a curve of model %u", name,
			    p->curves->kind->id);
	if (HAS(optional, name) && nowhere(p, name))
		return fail(p, -ERANGE, "%s: the device does not have it", name);
	ret = raw_of(p, v->point, value, &raw);
	if (!ret)
		put(p, v, raw);
	return ret;
}

static int take(struct planner *p, const char *name, const json_t *value)
{
	if (!strcmp(name, "curve"))
		return 0;
	if (!strcmp(name, "model"))
		return json_integer_value(value) == p->curves->kind->id
			       ? 0
			       : fail(p, -EINVAL, "model: it is not for model %u",
				      p->curves->kind->id);
	if (!strcmp(name, "Pt"))
		return take_pts(p, value);
	if (!strcmp(name, "Ena"))
		return take_enable(p, ovpp_sunspec_curve_get(p->curves, 0, 0, name), value);
	if (!strcmp(name, "RvrtTms") || !strcmp(name, p->curves->kind->revert))
		return take_own(p, name, value);
	return take_curve(p, name, value);
}

/* ---- the whole ---- */

/* The raw value, as it is to be, of what a curve's points are sorted by. */
static int32_t abscissa(const struct planner *p, size_t pt)
{
	const struct ovpp_sunspec_value *v;

	v = ovpp_sunspec_curve_get(p->curves, p->plan->curve, pt, "V")
		    ?: ovpp_sunspec_curve_get(p->curves, p->plan->curve, pt, "W");
	return v->point->type == OVPP_SUNSPEC_INT16 ? (int16_t)*place(p, v) : *place(p, v);
}

static int check_whole(struct planner *p)
{
	for (const char *const *name = p->curves->kind->needed; *name; name++) {
		if (is_absent(p, ovpp_sunspec_curve_get(p->curves, p->plan->curve, 0, *name)))
			return fail(p, -EINVAL, "%s: not given, nor known of the active curve",
				    *name);
	}
	if (p->curves->room && !p->points)
		return fail(p, -EINVAL, "Pt: not given, nor known of the active curve");
	for (size_t pt = 2; pt <= p->points; pt++) {
		if (abscissa(p, pt) < abscissa(p, pt - 1))
			return fail(p, -EINVAL, "Pt %zu: points go from left to right", pt);
	}
	return 0;
}

/* Each point of the curve that is to be one; those behind its last one stay. */
static void mark_curve(struct planner *p)
{
	for (size_t i = 0; i < p->curves->n; i++) {
		const struct ovpp_sunspec_curve_value *at = &p->curves->value[i];

		if (at->curve == p->plan->curve && at->pt <= p->points &&
		    !HAS(read_only, at->v.point->name) && !is_absent(p, &at->v))
			mark(p, &at->v);
	}
}

/* The result of a device that was never asked for a curve is 0, too. */
static bool is_adopting(const struct ovpp_sunspec_curves *c)
{
	return ovpp_sunspec_curve_get(c, 0, 0, c->kind->request)->raw &&
	       ovpp_sunspec_curve_get(c, 0, 0, c->kind->result)->raw == IN_PROGRESS;
}

static int fill(struct planner *p, const json_t *file)
{
	const char *name;
	json_t *value;
	int ret;

	if (!json_is_object(file))
		return fail(p, -EINVAL, "not a curve: points by their names are");
	if (is_adopting(p->curves))
		return fail(p, -EBUSY, "the device is just adopting a curve");
	ret = choose(p, file);
	if (ret)
		return ret;
	copy_active(p);
	json_object_foreach ((json_t *)file, name, value) {
		ret = take(p, name, value);
		if (ret)
			return ret;
	}
	ret = check_whole(p);
	if (!ret)
		mark_curve(p);
	return ret;
}

int ovpp_sunspec_curve_plan(const struct ovpp_sunspec_curves *curves, const json_t *file,
			    struct ovpp_sunspec_curve_plan *plan, char *err, size_t err_size)
{
	struct planner p = {curves, plan, 0, err, err_size};
	size_t n = curves->block.n;
	int ret = -ENOMEM;

	*plan = (struct ovpp_sunspec_curve_plan){.enable = -1};
	plan->want = calloc(n, sizeof(*plan->want));
	plan->write = calloc(n, sizeof(*plan->write));
	if (plan->want && plan->write) {
		memcpy(plan->want, curves->block.reg, n * sizeof(*plan->want));
		ret = fill(&p, file);
	} else {
		fail(&p, ret, "%s", strerror(ENOMEM));
	}
	if (ret)
		ovpp_sunspec_curve_plan_free(plan);
	return ret;
}

void ovpp_sunspec_curve_plan_free(struct ovpp_sunspec_curve_plan *plan)
{
	free(plan->want);
	free(plan->write);
	*plan = (struct ovpp_sunspec_curve_plan){0};
}
