// SPDX-License-Identifier: GPL-2.0-or-later
/* What a ledger keeps of samples beside the records: registers and roll-ups. */
#include <errno.h>

#include "ledger_priv.h"
#include "record.h"

#define MINUTE_NS INT64_C(60000000000)

/* Periods of roll-ups, s. */
static const int64_t periods[] = {60, 900, 3600};

static bool known(const struct ovpp_sample *s, enum ovpp_sample_value v)
{
	enum ovpp_quality q = ovpp_sample_quality(s, v);

	return q == OVPP_QUALITY_GOOD || q == OVPP_QUALITY_STALE;
}

/*
 * A device's own register begins anew when it is exchanged, reset or full. What
 * evidence has goes on from where it was.
 */
static uint64_t register_take(struct ledger_register *r, uint64_t own)
{
	if (own + r->base < r->last)
		r->base = r->last - own;
	r->last = own + r->base;
	return r->last;
}

static void take_registers(struct ledger_device *d, struct ovpp_sample *s)
{
	struct ledger_register import = d->import, export = d->export;

	if (known(s, OVPP_SAMPLE_E_IMPORT))
		s->e_import_mwh = register_take(&d->import, s->e_import_mwh);
	if (known(s, OVPP_SAMPLE_E_EXPORT))
		s->e_export_mwh = register_take(&d->export, s->e_export_mwh);
	d->dirty |= import.base != d->import.base || import.last != d->import.last ||
		    export.base != d->export.base || export.last != d->export.last;
}

static void take_rollup(struct ledger_rollup *r, const struct ovpp_sample *s)
{
	r->dirty = true;
	if (known(s, OVPP_SAMPLE_P)) {
		r->p_min = !r->samples || s->p_mw < r->p_min ? s->p_mw : r->p_min;
		r->p_max = !r->samples || s->p_mw > r->p_max ? s->p_mw : r->p_max;
		/* Powers are of 39 bits at most; whatever comes must not overflow. */
		r->p_sum = (int64_t)((uint64_t)r->p_sum + (uint64_t)s->p_mw);
		r->samples++;
	}
	if (known(s, OVPP_SAMPLE_SOC))
		r->soc_ppm = s->soc_ppm;
	r->e_known |= known(s, OVPP_SAMPLE_E_IMPORT) && known(s, OVPP_SAMPLE_E_EXPORT);
}

static void bind_known(sqlite3_stmt *st, int at, bool is_known, int64_t value)
{
	if (is_known)
		sqlite3_bind_int64(st, at, value);
}

static int write_rollup(struct ovpp_ledger *l, const struct ledger_member *m, int64_t period)
{
	const struct ledger_rollup *r = &m->rollup;
	sqlite3_stmt *st = l->st[LEDGER_ROLLUP_ADD];

	sqlite3_bind_int64(st, 1, period);
	sqlite3_bind_int64(st, 2, r->minute * 60 / period * period);
	sqlite3_bind_int64(st, 3, m->device->id);
	sqlite3_bind_int64(st, 4, r->samples);
	bind_known(st, 5, r->samples, r->p_sum);
	bind_known(st, 6, r->samples, r->p_min);
	bind_known(st, 7, r->samples, r->p_max);
	bind_known(st, 8, r->e_known, (int64_t)m->device->import.last);
	bind_known(st, 9, r->e_known, (int64_t)m->device->export.last);
	bind_known(st, 10, r->soc_ppm >= 0, r->soc_ppm);
	return ovpp_sql_step(st);
}

static int write_minute(struct ovpp_ledger *l, struct ledger_member *m)
{
	int ret = 0;

	if (!m->rollup.dirty)
		return 0;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]) && !ret; i++)
		ret = write_rollup(l, m, periods[i]);
	m->rollup.dirty = false;
	return ret;
}

int ledger_sample_take(struct ovpp_ledger *l, struct ledger_member *m, struct ovpp_record *rec)
{
	int64_t minute = (int64_t)rec->real_ns / MINUTE_NS;
	int ret;

	if (!m->rollup.dirty || m->rollup.minute != minute) {
		ret = write_minute(l, m);
		if (ret)
			return ret;
		m->rollup = (struct ledger_rollup){.minute = minute, .soc_ppm = -1};
	}
	take_registers(m->device, &rec->sample);
	take_rollup(&m->rollup, &rec->sample);
	return 0;
}

static int write_registers(struct ovpp_ledger *l, struct ledger_device *d)
{
	d->dirty = false;
	return OVPP_SQL_RUN(l->st[LEDGER_REGISTER_SET], d->id, (int64_t)d->import.base,
			    (int64_t)d->export.base, (int64_t)d->import.last,
			    (int64_t)d->export.last);
}

int ledger_samples_write(struct ovpp_ledger *l, struct ledger_life *life)
{
	int ret = 0;

	for (struct ledger_member *m = life->member; m < life->member + life->n_members; m++) {
		if (!ret)
			ret = write_minute(l, m);
		if (ret || !m->device->dirty)
			continue;
		ret = write_registers(l, m->device);
	}
	return ret;
}
