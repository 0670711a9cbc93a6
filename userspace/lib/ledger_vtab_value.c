// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of the virtual tables, and what a record has in them. */
#include "ledger_vtab_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "record.h"

static const char head_columns[] = "t TEXT, site TEXT, der TEXT, seq INTEGER, mono_ns INTEGER,"
				   " real_ns INTEGER, der_id INTEGER, instance INTEGER,"
				   " batch INTEGER";

/* Room for the declaration of the widest table. */
#define DECLARATION_SIZE 1024

bool vtab_of_type(const struct vtab_table *table, uint16_t type)
{
	bool known = type >= OVPP_RECORD_SAMPLE && type <= OVPP_RECORD_DISPATCH;

	return table->type ? type == table->type : !known;
}

/* The fields of a type's own that have a name. */
static const struct ovpp_leaf_field *next_field(uint16_t type, size_t *i)
{
	size_t n;
	const struct ovpp_leaf_field *f = ovpp_leaf_fields(type, &n);

	while (*i < n && (*i < OVPP_LEAF_HEAD_FIELDS || !f[*i].name))
		++*i;
	return *i < n ? &f[(*i)++] : NULL;
}

int vtab_declare(sqlite3 *sql, const struct vtab_table *table)
{
	char text[DECLARATION_SIZE];
	const struct ovpp_leaf_field *f;
	size_t len, i = 0;

	len = (size_t)snprintf(text, sizeof(text), "CREATE TABLE x(%s%s", head_columns,
			       table->type ? "" : ", type INTEGER, body TEXT");
	while ((f = next_field(table->type, &i)))
		len += (size_t)snprintf(text + len, sizeof(text) - len, ", %s INTEGER", f->name);
	snprintf(text + len, sizeof(text) - len, ")");
	return sqlite3_declare_vtab(sql, text);
}

void vtab_time_text(int64_t ms, char text[VTAB_TIME_SIZE])
{
	time_t s = ms / 1000;
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(text, VTAB_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	text[19] = '.';
	for (int i = 22; i > 19; i--, ms /= 10)
		text[i] = (char)('0' + ms % 10);
	text[23] = '\0';
}

static bool good_or_stale(enum ovpp_quality quality)
{
	return quality == OVPP_QUALITY_GOOD || quality == OVPP_QUALITY_STALE;
}

#define AT(member) offsetof(struct ovpp_record, member)

/* Where the values with a quality are, in the order of its bits. */
static const uint8_t quality_order[] = {
	[OVPP_SAMPLE_P] = AT(sample.p_mw),
	[OVPP_SAMPLE_Q] = AT(sample.q_mvar),
	[OVPP_SAMPLE_E_IMPORT] = AT(sample.e_import_mwh),
	[OVPP_SAMPLE_E_EXPORT] = AT(sample.e_export_mwh),
	[OVPP_SAMPLE_V] = AT(sample.v_mv),
	[OVPP_SAMPLE_I] = AT(sample.i_ma),
	[OVPP_SAMPLE_F] = AT(sample.f_mhz),
	[OVPP_SAMPLE_TEMP] = AT(sample.temp_mc),
	[OVPP_SAMPLE_SOC] = AT(sample.soc_ppm),
	[OVPP_SAMPLE_SOH] = AT(sample.soh_ppm),
	[OVPP_SAMPLE_STATE] = AT(sample.state),
	[OVPP_SAMPLE_ALARM] = AT(sample.alarm),
	[OVPP_SAMPLE_WARNING] = AT(sample.warning),
};

static bool known_of_sample(const struct ovpp_sample *s, size_t offset)
{
	if (offset == AT(sample.p_set_mw))
		return s->flags & OVPP_SAMPLE_CONTROLLED;
	for (size_t v = 0; v < sizeof(quality_order); v++)
		if (quality_order[v] == offset)
			return good_or_stale(ovpp_sample_quality(s, (enum ovpp_sample_value)v));
	return true;
}

static bool known_of_site(const struct ovpp_site_sample *s, size_t offset)
{
	switch (offset) {
	case AT(site_sample.pcc_mw):
		return good_or_stale((enum ovpp_quality)s->pcc_quality);
	case AT(site_sample.target_mw):
		return s->flags & OVPP_SITE_TARGET;
	case AT(site_sample.f_mhz):
		return s->f_mhz;
	case AT(site_sample.lease_left_ms):
		return s->lease_left_ms != UINT32_MAX;
	default:
		return true;
	}
}

/* Does a field of a record mean anything? */
static bool is_known(const struct ovpp_record *rec, size_t offset)
{
	switch (rec->type) {
	case OVPP_RECORD_SAMPLE:
		return known_of_sample(&rec->sample, offset);
	case OVPP_RECORD_SITE:
		return known_of_site(&rec->site_sample, offset);
	default:
		return true;
	}
}

/* The column-th field with a name. */
static void put_field(sqlite3_context *to, const struct ovpp_record *rec, int column)
{
	const struct ovpp_leaf_field *f;
	size_t i = 0;

	do {
		f = next_field(rec->type, &i);
	} while (f && column--);
	if (f && is_known(rec, f->offset))
		sqlite3_result_int64(to, ovpp_leaf_get(rec, f));
}

static void put_other(sqlite3_context *to, const struct ovpp_record *rec, int column)
{
	uint8_t leaf[OVPP_LEAF_SIZE];
	char text[2 * OVPP_LEAF_SIZE + 1];

	if (!column) {
		sqlite3_result_int64(to, rec->type);
		return;
	}
	ovpp_leaf_encode(rec, leaf);
	ovpp_hex(leaf + AT(sample), sizeof(leaf) - AT(sample), text);
	sqlite3_result_text(to, text, -1, SQLITE_TRANSIENT);
}

static void put_time(sqlite3_context *to, int64_t real_ns)
{
	char text[VTAB_TIME_SIZE];

	if (real_ns < 0)
		return;
	vtab_time_text(real_ns / 1000000, text);
	sqlite3_result_text(to, text, VTAB_TIME_SIZE - 1, SQLITE_TRANSIENT);
}

void vtab_value(sqlite3_context *to, const struct vtab_row *row, int column)
{
	const struct ovpp_record *rec = row->rec;

	/* What is not set is NULL. */
	switch (column) {
	case VTAB_T:
		return put_time(to, (int64_t)rec->real_ns);
	case VTAB_SITE:
		return sqlite3_result_text(to, row->site, -1, SQLITE_TRANSIENT);
	case VTAB_DER:
		return sqlite3_result_text(to, row->der, -1, SQLITE_TRANSIENT);
	case VTAB_SEQ:
		return sqlite3_result_int64(to, (int64_t)rec->seq);
	case VTAB_MONO_NS:
		return sqlite3_result_int64(to, (int64_t)rec->mono_ns);
	case VTAB_REAL_NS:
		return sqlite3_result_int64(to, (int64_t)rec->real_ns);
	case VTAB_DER_ID:
		return sqlite3_result_int64(to, rec->der);
	case VTAB_INSTANCE:
		return sqlite3_result_int64(to, row->batch->instance);
	case VTAB_BATCH:
		return sqlite3_result_int64(to, (int64_t)row->batch->seq);
	}
	column -= N_VTAB_COLUMNS;
	if (rec->type >= OVPP_RECORD_SAMPLE && rec->type <= OVPP_RECORD_DISPATCH)
		put_field(to, rec, column);
	else
		put_other(to, rec, column);
}
