// SPDX-License-Identifier: GPL-2.0-or-later
#include "db_record.h"

#include <stdbool.h>
#include <stddef.h>

#include "record.h"

/* Where the columns of a row are bound, one after the other. */
struct row {
	sqlite3_stmt *st;
	int column;
};

static void put(struct row *r, int64_t value)
{
	sqlite3_bind_int64(r->st, ++r->column, value);
}

static void put_known(struct row *r, bool known, int64_t value)
{
	if (known)
		put(r, value);
	else
		sqlite3_bind_null(r->st, ++r->column);
}

static bool known(enum ovpp_quality quality)
{
	return quality == OVPP_QUALITY_GOOD || quality == OVPP_QUALITY_STALE;
}

static void put_value(struct row *r, const struct ovpp_sample *s, enum ovpp_sample_value v,
		      int64_t value)
{
	put_known(r, known(ovpp_sample_quality(s, v)), value);
}

static void put_sample(struct row *r, const struct ovpp_sample *s)
{
	put_value(r, s, OVPP_SAMPLE_P, s->p_mw);
	put_value(r, s, OVPP_SAMPLE_Q, s->q_mvar);
	put_value(r, s, OVPP_SAMPLE_E_IMPORT, (int64_t)s->e_import_mwh);
	put_value(r, s, OVPP_SAMPLE_E_EXPORT, (int64_t)s->e_export_mwh);
	put_known(r, s->flags & OVPP_SAMPLE_CONTROLLED, s->p_set_mw);
	put_value(r, s, OVPP_SAMPLE_V, s->v_mv);
	put_value(r, s, OVPP_SAMPLE_I, s->i_ma);
	put_value(r, s, OVPP_SAMPLE_F, s->f_mhz);
	put_value(r, s, OVPP_SAMPLE_TEMP, s->temp_mc);
	put_value(r, s, OVPP_SAMPLE_SOC, s->soc_ppm);
	put_value(r, s, OVPP_SAMPLE_SOH, s->soh_ppm);
	put_value(r, s, OVPP_SAMPLE_STATE, s->state);
	put_value(r, s, OVPP_SAMPLE_ALARM, s->alarm);
	put_value(r, s, OVPP_SAMPLE_WARNING, s->warning);
	put(r, s->age_ms);
	put(r, s->quality);
	put(r, s->supervision);
	put(r, s->flags);
}

static void put_site(struct row *r, const struct ovpp_site_sample *s)
{
	put_known(r, known((enum ovpp_quality)s->pcc_quality), s->pcc_mw);
	put_known(r, s->flags & OVPP_SITE_TARGET, s->target_mw);
	put(r, s->demand_mw);
	put(r, s->load_mw);
	put(r, (int64_t)s->ticks);
	put(r, (int64_t)s->missed);
	put(r, s->wake_max_ns);
	put(r, s->tick_max_ns);
	put_known(r, s->f_mhz, s->f_mhz);
	put(r, s->state);
	put(r, s->cause);
	put(r, s->pcc_quality);
	put(r, s->flags);
	put_known(r, s->lease_left_ms != UINT32_MAX, s->lease_left_ms);
}

static void put_event(struct row *r, const struct ovpp_event *e)
{
	put(r, e->code);
	put(r, e->bus);
	put(r, e->arg);
}

static void put_dispatch(struct row *r, const struct ovpp_dispatch_result *d)
{
	put(r, d->id);
	put(r, d->state);
	put(r, (int64_t)d->start_ns);
	put(r, (int64_t)d->end_ns);
	put(r, d->e_asked_mwh);
	put(r, d->e_delivered_mwh);
	put(r, (int64_t)d->error_mean_mw);
	put(r, (int64_t)d->unknown_ms);
}

/* The part of a record that its type decides. */
static void put_other(struct row *r, const struct ovpp_record *rec)
{
	const size_t head = offsetof(struct ovpp_record, sample);

	put(r, rec->type);
	sqlite3_bind_blob(r->st, ++r->column, (const char *)rec + head, (int)(sizeof(*rec) - head),
			  SQLITE_STATIC);
}

static struct row begin(sqlite3_stmt *st, int64_t instance, const struct ovpp_record *rec)
{
	struct row r = {.st = st};

	put(&r, instance);
	put(&r, (int64_t)rec->seq);
	put(&r, (int64_t)rec->mono_ns);
	put(&r, (int64_t)rec->real_ns);
	put(&r, rec->der);
	return r;
}

int db_insert_record(const struct db_insert *ins, int64_t instance, const struct ovpp_record *rec)
{
	struct row r;
	int rc;

	switch (rec->type) {
	case OVPP_RECORD_SAMPLE:
		r = begin(ins->sample, instance, rec);
		put_sample(&r, &rec->sample);
		break;
	case OVPP_RECORD_SITE:
		r = begin(ins->site, instance, rec);
		put_site(&r, &rec->site_sample);
		break;
	case OVPP_RECORD_EVENT:
		r = begin(ins->event, instance, rec);
		put_event(&r, &rec->event);
		break;
	case OVPP_RECORD_DISPATCH:
		r = begin(ins->dispatch, instance, rec);
		put_dispatch(&r, &rec->dispatch);
		break;
	default:
		r = begin(ins->other, instance, rec);
		put_other(&r, rec);
		break;
	}
	rc = sqlite3_step(r.st);
	sqlite3_reset(r.st);
	return rc;
}

#define FIVE "?,?,?,?,?,"

int db_insert_prepare(struct db_insert *ins, sqlite3 *sql)
{
	const struct {
		const char *text;
		sqlite3_stmt **st;
	} all[] = {
		{"INSERT INTO sample VALUES (" FIVE FIVE FIVE FIVE "?,?,?)", &ins->sample},
		{"INSERT INTO site_sample VALUES (" FIVE FIVE FIVE "?,?,?,?)", &ins->site},
		{"INSERT INTO event VALUES (" FIVE "?,?,?)", &ins->event},
		{"INSERT INTO dispatch VALUES (" FIVE FIVE "?,?,?)", &ins->dispatch},
		{"INSERT INTO other VALUES (" FIVE "?,?)", &ins->other},
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !rc; i++)
		rc = sqlite3_prepare_v3(sql, all[i].text, -1, SQLITE_PREPARE_PERSISTENT, all[i].st,
					NULL);
	return rc;
}

void db_insert_finalize(struct db_insert *ins)
{
	sqlite3_finalize(ins->sample);
	sqlite3_finalize(ins->site);
	sqlite3_finalize(ins->event);
	sqlite3_finalize(ins->dispatch);
	sqlite3_finalize(ins->other);
}
