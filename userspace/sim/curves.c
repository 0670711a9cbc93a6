// SPDX-License-Identifier: GPL-2.0-or-later
#include "curves.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sunspec_curve.h"
#include "sunspec_dump.h"

/* So many reads find it in progress. */
#define READS 2

enum { IN_PROGRESS, COMPLETED, FAILED };

/**
 * struct model - a model with curves
 * @next: the next one of the device
 * @request: address of AdptCrvReq
 * @result: address of AdptCrvRslt
 * @first: address of curve 1
 * @size: registers of a curve
 * @curves: how many there are
 * @room: points of a curve; 0: it has none
 * @fixed: registers of a curve before its points
 * @copies: curve 1 is a copy of what was adopted
 * @reads: that find it in progress yet
 */
struct model {
	struct model *next;
	size_t request;
	size_t result;
	size_t first;
	size_t size;
	size_t curves;
	size_t room;
	size_t fixed;
	bool copies;
	unsigned int reads;
};

struct curves {
	struct model *models;
};

/* ---- out of the dump ---- */

static bool is_the_devices(const struct ovpp_sunspec_curves *c,
			   const struct ovpp_sunspec_curve_value *at)
{
	static const char *const names[] = {"NPt",     "NCrv",	   "NCtl",
					    "RvrtRem", "ReadOnly", "VRefAuto"};
	const struct ovpp_sunspec_point *point = at->v.point;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(point->name, names[i]))
			return true;
	}
	return point->type == OVPP_SUNSPEC_SUNSSF || !strcmp(point->name, c->kind->result) ||
	       (at->curve && ovpp_sunspec_curve_read_only(c, at->curve));
}

static void forbid(struct registers *regs, size_t address, size_t n)
{
	for (; n; n--)
		regs->has[REGISTERS_HOLDING][address++] &= (uint8_t)~REGISTERS_WRITE;
}

static void protect(struct registers *regs, const struct ovpp_sunspec_curves *c)
{
	/* ID and L. */
	forbid(regs, c->block.address, 2);
	for (size_t i = 0; i < c->n; i++) {
		if (is_the_devices(c, &c->value[i]))
			forbid(regs, c->value[i].v.address, c->value[i].v.point->size);
	}
}

static void describe(struct model *m, const struct ovpp_sunspec_curves *c)
{
	const struct ovpp_sunspec_group *top = &c->block.model->top, *curve = top->group;

	m->request = ovpp_sunspec_curve_get(c, 0, 0, c->kind->request)->address;
	m->result = ovpp_sunspec_curve_get(c, 0, 0, c->kind->result)->address;
	m->first = c->block.address + top->size;
	m->fixed = curve->size;
	m->size = curve->size + (curve->n_groups ? c->room * curve->group->size : 0);
	m->curves = c->curves;
	m->room = c->room;
	m->copies = c->copies;
}

static int add_model(struct curves *curves, struct registers *regs,
		     const struct ovpp_sunspec_block *block)
{
	struct ovpp_sunspec_curves c;
	struct model *m;
	int ret = ovpp_sunspec_curves(block, &c);

	/* Any other model is memory. */
	if (ret)
		return ret == -ENOMEM ? ret : 0;
	m = calloc(1, sizeof(*m));
	if (m) {
		describe(m, &c);
		protect(regs, &c);
		m->next = curves->models;
		curves->models = m;
	}
	ovpp_sunspec_curves_free(&c);
	return m ? 0 : -ENOMEM;
}

int curves_new(const struct ovpp_sunspec_dump *dump, struct registers *regs, struct curves **out)
{
	struct ovpp_sunspec_block block;
	struct ovpp_sunspec_map map;
	struct curves *curves;
	size_t at;
	int ret = 0;

	*out = NULL;
	if (ovpp_sunspec_dump_find(dump, &map, &at))
		return 0;
	curves = calloc(1, sizeof(*curves));
	if (!curves)
		return -ENOMEM;
	while (!ret && ovpp_sunspec_next(&map, &at, &block) > 0)
		ret = add_model(curves, regs, &block);
	if (!ret && curves->models)
		*out = curves;
	else
		curves_free(curves);
	return ret;
}

void curves_free(struct curves *curves)
{
	struct model *next;

	if (!curves)
		return;
	for (struct model *m = curves->models; m; m = next) {
		next = m->next;
		free(m);
	}
	free(curves);
}

/* ---- adopting ---- */

/* A device looks at what it is to follow: the points are there, from left to right. */
static bool is_good(const struct model *m, const uint16_t *curve)
{
	const uint16_t *x = curve + m->fixed;

	if (!m->room)
		return true;
	if (curve[0] < 1 || curve[0] > m->room)
		return false;
	for (size_t i = 1; i < curve[0]; i++) {
		if ((int16_t)x[2 * i] < (int16_t)x[2 * i - 2])
			return false;
	}
	return true;
}

/* The last register of a curve without its points is ReadOnly. */
static void copy(const struct model *m, uint16_t *to, const uint16_t *from)
{
	uint16_t read_only = to[m->fixed - 1];

	memcpy(to, from, m->size * sizeof(*to));
	to[m->fixed - 1] = read_only;
}

static void adopt(const struct model *m, uint16_t *value)
{
	size_t wanted = value[m->request];
	uint16_t *first = value + m->first;
	bool good = wanted >= 1 && wanted <= m->curves &&
		    is_good(m, first + (wanted - 1) * m->size);

	if (good && m->copies && wanted > 1)
		copy(m, first, first + (wanted - 1) * m->size);
	value[m->result] = good ? COMPLETED : FAILED;
}

void curves_written(struct curves *curves, struct registers *regs, size_t address, size_t n)
{
	for (struct model *m = curves ? curves->models : NULL; m; m = m->next) {
		if (m->request < address || m->request >= address + n)
			continue;
		m->reads = READS;
		regs->value[REGISTERS_HOLDING][m->result] = IN_PROGRESS;
	}
}

void curves_step(struct curves *curves, struct registers *regs)
{
	for (struct model *m = curves ? curves->models : NULL; m; m = m->next) {
		if (m->reads && !--m->reads)
			adopt(m, regs->value[REGISTERS_HOLDING]);
	}
}
