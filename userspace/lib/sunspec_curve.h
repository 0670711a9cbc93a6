/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SunSpec models that hold curves: 705 volt-var, 706 volt-watt, 711 frequency
 * droop, 712 watt-var. A device stores several and follows one. A new one is written
 * where nothing is followed, read back, and only then adopted, all of it at once.
 */
#ifndef OVPP_SUNSPEC_CURVE_H
#define OVPP_SUNSPEC_CURVE_H

#include <jansson.h>

#include "sunspec.h"

/**
 * struct ovpp_sunspec_curve_kind - a model that holds curves
 * @id: model
 * @what: what its curves are for
 * @curve: group of a curve
 * @n_curves: point that counts them
 * @request: point that asks for a curve to be adopted
 * @result: point that says what came of it
 * @revert: point that names the curve of after the reversion time
 * @needed: points that a curve cannot do without, ended by NULL
 */
struct ovpp_sunspec_curve_kind {
	uint16_t id;
	const char *what;
	const char *curve;
	const char *n_curves;
	const char *request;
	const char *result;
	const char *revert;
	const char *const *needed;
};

/* Of a model; NULL if it holds no curves that can be written. */
const struct ovpp_sunspec_curve_kind *ovpp_sunspec_curve_kind(uint16_t id);

/**
 * struct ovpp_sunspec_curve_value - a point at its place
 * @curve: curve, from 1; 0: the model's own
 * @pt: point of the curve, from 1; 0: the curve's own
 * @v: value
 */
struct ovpp_sunspec_curve_value {
	size_t curve;
	size_t pt;
	struct ovpp_sunspec_value v;
};

/**
 * struct ovpp_sunspec_curves - a model's curves
 * @block: model
 * @kind: what it is
 * @curves: how many there are
 * @room: the most points that one has; 0 where curves have none
 * @active: the curve that the device follows when it is enabled; 0: not known
 * @copies: curve 1 is read only: a copy of what was adopted
 * @value: all points
 * @n: their number
 */
struct ovpp_sunspec_curves {
	struct ovpp_sunspec_block block;
	const struct ovpp_sunspec_curve_kind *kind;
	size_t curves;
	size_t room;
	size_t active;
	bool copies;
	struct ovpp_sunspec_curve_value *value;
	size_t n;
};

/**
 * ovpp_sunspec_curves() - the curves of a model
 * @block: model; its registers stay the caller's
 * @out: set; to be freed with ovpp_sunspec_curves_free()
 *
 * Return: 0; -ENOENT: no model with curves; -EBADMSG: it ends before them; -ENOMEM.
 */
int ovpp_sunspec_curves(const struct ovpp_sunspec_block *block, struct ovpp_sunspec_curves *out);
void ovpp_sunspec_curves_free(struct ovpp_sunspec_curves *curves);

/* A point by its place and name, see struct ovpp_sunspec_curve_value; NULL: there is none. */
const struct ovpp_sunspec_value *ovpp_sunspec_curve_get(const struct ovpp_sunspec_curves *curves,
							size_t curve, size_t pt, const char *name);

/* Points of a curve that count; 0 if it has none, or says nonsense. */
size_t ovpp_sunspec_curve_points(const struct ovpp_sunspec_curves *curves, size_t curve);

/* Does the device let nobody write this curve? */
bool ovpp_sunspec_curve_read_only(const struct ovpp_sunspec_curves *curves, size_t curve);

/**
 * struct ovpp_sunspec_curve_plan - what is to be written
 * @curve: the curve that is written and adopted
 * @want: registers of the model as they are to be; its own
 * @write: which of them are written before the curve is adopted; its own
 * @enable: what Ena is set to at the end; -1: it stays
 */
struct ovpp_sunspec_curve_plan {
	size_t curve;
	uint16_t *want;
	bool *write;
	int enable;
};

/**
 * ovpp_sunspec_curve_plan() - check a curve against a device
 * @curves: the device's
 * @file: the curve: points by their names in the model; "Pt", a list of its points;
 *	"Ena" and the reversion points of the model; "model"; "curve", where to write it,
 *	from 1. Numbers are integers, or strings with decimals. What it does not give is
 *	as in the active curve.
 * @plan: set; to be freed with ovpp_sunspec_curve_plan_free()
 * @err: room for a text that says what is wrong
 * @err_size: its size
 *
 * Return: 0; -EINVAL: it is no such curve; -ERANGE: the device cannot hold it; -EBUSY:
 * it has no curve that may be written, or is adopting one; -ENOMEM.
 */
int ovpp_sunspec_curve_plan(const struct ovpp_sunspec_curves *curves, const json_t *file,
			    struct ovpp_sunspec_curve_plan *plan, char *err, size_t err_size);
void ovpp_sunspec_curve_plan_free(struct ovpp_sunspec_curve_plan *plan);

/**
 * struct ovpp_sunspec_access - registers of the device
 * @read: reads @n registers, OVPP_MODBUS_READ_MAX at most
 * @write: writes @n registers in one request, OVPP_MODBUS_WRITE_MAX at most
 * @pause: waits so many ms
 * @ctx: their first argument
 *
 * read() and write() return 0 or -errno.
 */
struct ovpp_sunspec_access {
	int (*read)(void *ctx, uint16_t address, uint16_t n, uint16_t *reg);
	int (*write)(void *ctx, uint16_t address, uint16_t n, const uint16_t *reg);
	void (*pause)(void *ctx, unsigned int ms);
	void *ctx;
};

/**
 * ovpp_sunspec_curve_write() - carry a plan out
 * @curves: as the plan was made with
 * @plan: plan
 * @access: the device
 * @wait_ms: how long it may take to adopt the curve
 * @err: room for a text that says how far it came
 * @err_size: its size
 *
 * Until the curve is adopted nothing that the device follows is touched. It is asked
 * to adopt it only after the whole curve was read back as it was written.
 *
 * Return: 0: the device follows it; -EBADMSG: it kept something else; -EREMOTEIO: it
 * refused; -ETIMEDOUT: it did not say in time that it has adopted it; what @access
 * returned.
 */
int ovpp_sunspec_curve_write(const struct ovpp_sunspec_curves *curves,
			     const struct ovpp_sunspec_curve_plan *plan,
			     const struct ovpp_sunspec_access *access, unsigned int wait_ms,
			     char *err, size_t err_size);

#endif /* OVPP_SUNSPEC_CURVE_H */
