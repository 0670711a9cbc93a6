// SPDX-License-Identifier: GPL-2.0-or-later
/* What a device's curves are. */
#include "sunspec_curve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_ONLY 1

static const char *const curve_needs[] = {"DeptRef", NULL};
static const char *const droop_needs[] = {"DbOf", "DbUf", "KOf", "KUf", "RspTms", NULL};

static const struct ovpp_sunspec_curve_kind kinds[] = {
	{705, "volt-var", "Crv", "NCrv", "AdptCrvReq", "AdptCrvRslt", "RvrtCrv", curve_needs},
	{706, "volt-watt", "Crv", "NCrv", "AdptCrvReq", "AdptCrvRslt", "RvrtCrv", curve_needs},
	{711, "frequency droop", "Ctl", "NCtl", "AdptCtlReq", "AdptCtlRslt", "RvrtCtl",
	 droop_needs},
	{712, "watt-var", "Crv", "NCrv", "AdptCrvReq", "AdptCrvRslt", "RvrtCrv", curve_needs},
};

const struct ovpp_sunspec_curve_kind *ovpp_sunspec_curve_kind(uint16_t id)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].id == id)
			return &kinds[i];
	}
	return NULL;
}

/* ---- all points, with their places ---- */

/* @depth: of the groups that are open: 1 in a curve, 2 in a point of one. */
struct walk {
	struct ovpp_sunspec_curves *out;
	size_t depth;
	size_t curve;
	size_t pt;
};

static int walk_enter(void *ctx, const struct ovpp_sunspec_group *group, size_t index)
{
	struct walk *walk = ctx;

	(void)group;
	*(walk->depth++ ? &walk->pt : &walk->curve) = index + 1;
	return 0;
}

static int walk_leave(void *ctx, const struct ovpp_sunspec_group *group)
{
	struct walk *walk = ctx;

	(void)group;
	*(--walk->depth ? &walk->pt : &walk->curve) = 0;
	return 0;
}

static int walk_point(void *ctx, const struct ovpp_sunspec_value *v)
{
	struct walk *walk = ctx;
	struct ovpp_sunspec_curves *out = walk->out;

	out->value[out->n++] = (struct ovpp_sunspec_curve_value){walk->curve, walk->pt, *v};
	return 0;
}

const struct ovpp_sunspec_value *ovpp_sunspec_curve_get(const struct ovpp_sunspec_curves *curves,
							size_t curve, size_t pt, const char *name)
{
	for (size_t i = 0; i < curves->n; i++) {
		const struct ovpp_sunspec_curve_value *at = &curves->value[i];

		if (at->curve == curve && at->pt == pt && !strcmp(at->v.point->name, name))
			return &at->v;
	}
	return NULL;
}

/* The number of a point, 0 if the device does not give it. */
static size_t count(const struct ovpp_sunspec_curves *curves, size_t curve, const char *name)
{
	const struct ovpp_sunspec_value *v = ovpp_sunspec_curve_get(curves, curve, 0, name);

	return v && v->state == OVPP_SUNSPEC_GOOD ? (size_t)v->raw : 0;
}

size_t ovpp_sunspec_curve_points(const struct ovpp_sunspec_curves *curves, size_t curve)
{
	size_t n = count(curves, curve, "ActPt");

	return n <= curves->room ? n : 0;
}

bool ovpp_sunspec_curve_read_only(const struct ovpp_sunspec_curves *curves, size_t curve)
{
	return count(curves, curve, "ReadOnly") == READ_ONLY;
}

/* Are all curves there, with all their points? Of a model that ends early some are not. */
static bool is_whole(const struct ovpp_sunspec_curves *curves)
{
	const struct ovpp_sunspec_group *top = &curves->block.model->top, *curve = top->group;
	size_t pt = curve->n_groups ? curve->group->n_points : 0;

	return curves->curves && (!pt || curves->room) &&
	       curves->n == top->n_points + curves->curves * (curve->n_points + curves->room * pt);
}

int ovpp_sunspec_curves(const struct ovpp_sunspec_block *block, struct ovpp_sunspec_curves *out)
{
	struct walk walk = {.out = out};
	const struct ovpp_sunspec_visitor visitor = {walk_point, walk_enter, walk_leave, &walk};
	size_t used;

	*out = (struct ovpp_sunspec_curves){.block = *block};
	out->kind = ovpp_sunspec_curve_kind(block->id);
	if (!out->kind)
		return -ENOENT;
	/* A point has one register at least. */
	out->value = calloc(block->n + 1, sizeof(*out->value));
	if (!out->value)
		return -ENOMEM;
	ovpp_sunspec_decode(block, &visitor, &used);
	out->curves = count(out, 0, out->kind->n_curves);
	out->room = count(out, 0, "NPt");
	if (!is_whole(out)) {
		ovpp_sunspec_curves_free(out);
		return -EBADMSG;
	}
	out->copies = ovpp_sunspec_curve_read_only(out, 1);
	out->active = out->copies ? 1 : count(out, 0, out->kind->request);
	if (out->active > out->curves)
		out->active = 0;
	return 0;
}

void ovpp_sunspec_curves_free(struct ovpp_sunspec_curves *curves)
{
	free(curves->value);
	curves->value = NULL;
}
