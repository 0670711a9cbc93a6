// SPDX-License-Identifier: GPL-2.0-or-later
/* A plan carried out: the curve is written, read back, adopted, seen to be followed. */
#include "sunspec_curve.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/modbus.h"

/* Points of two registers stay together: no request ends between them. */
#define WRITE_MAX (OVPP_MODBUS_WRITE_MAX - OVPP_MODBUS_WRITE_MAX % 2)

#define POLL_MS 200

/* AdptCrvRslt */
#define COMPLETED 1
#define FAILED 2

/**
 * struct job - a plan that is being carried out
 * @curves: of the device
 * @plan: plan
 * @access: the device
 * @err: room for a text
 * @err_size: its size
 */
struct job {
	const struct ovpp_sunspec_curves *curves;
	const struct ovpp_sunspec_curve_plan *plan;
	const struct ovpp_sunspec_access *access;
	char *err;
	size_t err_size;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct job *job, int ret,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->err, job->err_size, fmt, ap);
	va_end(ap);
	return ret;
}

/* ---- registers ---- */

/* The run of registers to be written from @at on, or behind it; 0: there is none. */
static uint16_t run(const struct job *job, size_t *at)
{
	size_t n = 0, end = job->curves->block.n;

	while (*at < end && !job->plan->write[*at])
		++*at;
	while (*at + n < end && job->plan->write[*at + n] && n < WRITE_MAX)
		n++;
	return (uint16_t)n;
}

static uint16_t address(const struct job *job, size_t at)
{
	return (uint16_t)(job->curves->block.address + at);
}

static size_t index_of(const struct job *job, const struct ovpp_sunspec_value *v)
{
	return (size_t)(v->reg - job->curves->block.reg);
}

static const struct ovpp_sunspec_value *own(const struct job *job, const char *name)
{
	return ovpp_sunspec_curve_get(job->curves, 0, 0, name);
}

static int write_one(const struct job *job, const char *name, uint16_t value)
{
	return job->access->write(job->access->ctx, address(job, index_of(job, own(job, name))), 1,
				  &value);
}

static int read_one(const struct job *job, const char *name, uint16_t *value)
{
	return job->access->read(job->access->ctx, address(job, index_of(job, own(job, name))), 1,
				 value);
}

/* ---- before it is adopted ---- */

static int write_curve(const struct job *job)
{
	const struct ovpp_sunspec_access *a = job->access;
	uint16_t n;

	for (size_t at = 0; (n = run(job, &at)); at += n) {
		int ret = a->write(a->ctx, address(job, at), n, job->plan->want + at);

		if (ret)
			return fail(job, ret,
				    "curve %zu, registers from %u on: %s; what is active was not "
				    "touched",
				    job->plan->curve, address(job, at), strerror(-ret));
	}
	return 0;
}

static int read_back(const struct job *job)
{
	const struct ovpp_sunspec_access *a = job->access;
	uint16_t reg[WRITE_MAX], n;

	for (size_t at = 0; (n = run(job, &at)); at += n) {
		int ret = a->read(a->ctx, address(job, at), n, reg);

		if (ret)
			return fail(job, ret, "curve %zu cannot be read back: %s; not adopted",
				    job->plan->curve, strerror(-ret));
		for (size_t i = 0; i < n; i++) {
			if (reg[i] != job->plan->want[at + i])
				return fail(job, -EBADMSG,
					    "curve %zu: register %u is %u, not %u as written; not "
					    "adopted",
					    job->plan->curve, address(job, at + i), reg[i],
					    job->plan->want[at + i]);
		}
	}
	return 0;
}

/* ---- adopted ---- */

/* Is curve 1, a copy of what was adopted, the one that was written? 1, 0 or -errno. */
static int is_copied(const struct job *job)
{
	size_t from = job->plan->curve, distance;
	const struct ovpp_sunspec_access *a = job->access;
	uint16_t reg[WRITE_MAX], n;

	distance = index_of(job, ovpp_sunspec_curve_get(job->curves, from, 0, "ReadOnly")) -
		   index_of(job, ovpp_sunspec_curve_get(job->curves, 1, 0, "ReadOnly"));
	for (size_t at = 0; (n = run(job, &at)); at += n) {
		int ret;

		/* The model's own points are before the curves. */
		if (at < job->curves->block.model->top.size)
			continue;
		ret = a->read(a->ctx, address(job, at - distance), n, reg);
		if (ret)
			return ret;
		if (memcmp(reg, job->plan->want + at, n * sizeof(reg[0])))
			return 0;
	}
	return 1;
}

/* Does the device follow it? 1, 0 for not yet, or -errno; -EREMOTEIO if it will not. */
static int is_adopted(const struct job *job)
{
	const struct ovpp_sunspec_curve_kind *kind = job->curves->kind;
	uint16_t result, request;
	int ret = read_one(job, kind->result, &result);

	if (ret)
		return ret;
	if (result == FAILED)
		return -EREMOTEIO;
	if (result != COMPLETED)
		return 0;
	if (job->curves->copies)
		return is_copied(job);
	ret = read_one(job, kind->request, &request);
	return ret ?: request == job->plan->curve;
}

static int adopt(const struct job *job, unsigned int wait_ms)
{
	int ret = write_one(job, job->curves->kind->request, (uint16_t)job->plan->curve);

	if (ret)
		return fail(job, ret, "%s: %s; curve %zu is written, but not adopted",
			    job->curves->kind->request, strerror(-ret), job->plan->curve);
	for (unsigned int ms = 0;; ms += POLL_MS) {
		ret = is_adopted(job);
		if (ret > 0)
			return 0;
		if (ret == -EREMOTEIO)
			return fail(job, ret, "the device did not adopt curve %zu",
				    job->plan->curve);
		if (ret && ret != -ETIMEDOUT && ret != -EBADMSG)
			return fail(job, ret, "%s: %s; is curve %zu adopted?",
				    job->curves->kind->result, strerror(-ret), job->plan->curve);
		if (ms >= wait_ms)
			return fail(job, -ETIMEDOUT,
				    "the device does not say in time that it has adopted curve %zu",
				    job->plan->curve);
		job->access->pause(job->access->ctx, POLL_MS);
	}
}

static int enable(const struct job *job)
{
	uint16_t wanted = (uint16_t)job->plan->enable, value;
	int ret;

	if (job->plan->enable < 0)
		return 0;
	ret = write_one(job, "Ena", wanted) ?: read_one(job, "Ena", &value);
	if (ret)
		return fail(job, ret, "Ena: %s; curve %zu is adopted", strerror(-ret),
			    job->plan->curve);
	if (value != wanted)
		return fail(job, -EBADMSG, "Ena stays %u; curve %zu is adopted", value,
			    job->plan->curve);
	return 0;
}

int ovpp_sunspec_curve_write(const struct ovpp_sunspec_curves *curves,
			     const struct ovpp_sunspec_curve_plan *plan,
			     const struct ovpp_sunspec_access *access, unsigned int wait_ms,
			     char *err, size_t err_size)
{
	const struct job job = {curves, plan, access, err, err_size};

	return write_curve(&job) ?: read_back(&job) ?: adopt(&job, wait_ms) ?: enable(&job);
}
