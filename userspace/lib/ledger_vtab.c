// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_vtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_vtab_priv.h"

static const struct vtab_table tables[] = {
	{"sample", OVPP_RECORD_SAMPLE},
	{"site_sample", OVPP_RECORD_SITE},
	{"event", OVPP_RECORD_EVENT},
	{"dispatch", OVPP_RECORD_DISPATCH},
	{"other", 0},
};

/* A table of one connection. */
struct vtab {
	sqlite3_vtab base;
	sqlite3 *sql;
	const struct vtab_table *table;
};

/**
 * struct cursor - a query at a record
 * @base: SQLite's
 * @reader: on the query's connection
 * @select: what it asks for
 * @batch: whose records it is among
 * @at: index of the record in it
 * @done: there is none any more
 * @header: of the batch
 * @gaps: of the header
 * @device: its device table
 * @n_devices: its length
 * @known: DER of the record, NULL for none
 */
struct cursor {
	sqlite3_vtab_cursor base;
	struct ovpp_reader *reader;
	struct vtab_select select;
	struct ovpp_read_batch batch;
	size_t at;
	bool done;
	struct ovpp_header header;
	struct ovpp_gap gaps[OVPP_BATCH_GAPS];
	const struct ovpp_device *device;
	size_t n_devices;
	const struct ovpp_device *known;
};

static struct vtab *vtab_of(struct cursor *c)
{
	return (struct vtab *)c->base.pVtab;
}

/* Notes what went wrong. */
static int fail(sqlite3_vtab *base, int rc, const char *text)
{
	sqlite3_free(base->zErrMsg);
	base->zErrMsg = sqlite3_mprintf("%s", text);
	return rc;
}

static int connect(sqlite3 *sql, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
		   char **err)
{
	struct vtab *v = sqlite3_malloc(sizeof(*v));
	int rc;

	(void)argc;
	(void)argv;
	(void)err;
	if (!v)
		return SQLITE_NOMEM;
	*v = (struct vtab){.sql = sql, .table = aux};
	rc = vtab_declare(sql, v->table);
	/* It only reads what the connection can read anyway. */
	if (!rc)
		rc = sqlite3_vtab_config(sql, SQLITE_VTAB_INNOCUOUS);
	if (rc) {
		sqlite3_free(v);
		return rc;
	}
	*out = &v->base;
	return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *base)
{
	sqlite3_free(base);
	return SQLITE_OK;
}

static int best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	(void)base;
	return vtab_plan(info);
}

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
	struct cursor *c = sqlite3_malloc(sizeof(*c));
	char err[256];
	int ret;

	if (!c)
		return SQLITE_NOMEM;
	memset(c, 0, sizeof(*c));
	ret = ovpp_reader_attach(((struct vtab *)base)->sql, &c->reader, err, sizeof(err));
	if (ret) {
		sqlite3_free(c);
		return ret == -ENOMEM ? SQLITE_NOMEM : fail(base, SQLITE_ERROR, err);
	}
	*out = &c->base;
	return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	ovpp_reader_close(c->reader);
	vtab_select_free(&c->select);
	sqlite3_free(c);
	return SQLITE_OK;
}

static int damaged(struct cursor *c, const char *what, uint64_t seq)
{
	char text[128];

	sqlite3_snprintf(sizeof(text), text, "%s of batch %llu is damaged", what,
			 (unsigned long long)seq);
	return fail(c->base.pVtab, SQLITE_CORRUPT_VTAB, text);
}

static int to_sqlite(struct cursor *c, int ret, const char *what, uint64_t seq)
{
	switch (ret) {
	case 0:
		return SQLITE_OK;
	case -ENOMEM:
		return SQLITE_NOMEM;
	case -EBADMSG:
		return damaged(c, what, seq);
	default:
		return fail(c->base.pVtab, SQLITE_IOERR, sqlite3_errmsg(vtab_of(c)->sql));
	}
}

/* Makes a batch the one whose records are looked at. */
static int load(struct cursor *c, uint64_t seq)
{
	size_t wrong;
	int ret = ovpp_reader_batch(c->reader, seq, &c->batch);

	if (ret)
		return to_sqlite(c, ret, "the content", seq);
	ret = ovpp_header_open(c->batch.cose, c->batch.cose_size, NULL, &c->header, c->gaps,
			       &wrong);
	if (ret)
		return to_sqlite(c, ret, "the header", seq);
	ret = ovpp_reader_table(c->reader, &c->batch, &c->device, &c->n_devices);
	return to_sqlite(c, ret, "the device table", seq);
}

static bool in(uint64_t value, int64_t min, int64_t max)
{
	return (int64_t)value >= min && (int64_t)value <= max;
}

/* Is the record of the table, and what the query asks for? */
static bool take(struct cursor *c, const struct ovpp_record *rec)
{
	const struct vtab_select *s = &c->select;

	if (!vtab_of_type(vtab_of(c)->table, rec->type) ||
	    (s->der_id >= 0 && rec->der != s->der_id) ||
	    !in(rec->seq, s->batch.min_seq, s->batch.max_seq) ||
	    !in(rec->real_ns, s->batch.min_ns, s->batch.max_ns))
		return false;
	c->known = ovpp_device_find(c->device, c->n_devices, rec->der);
	return !s->der || (c->known && !strcmp(c->known->name, s->der));
}

/* The first batch from @seq on that has a record to look at. */
static int next_batch(struct cursor *c, uint64_t seq)
{
	const struct vtab_select *s = &c->select;
	int ret, rc;

	do {
		ret = ovpp_reader_next(c->reader, seq, &s->batch, &seq);
		c->done = ret == -ENOENT;
		if (ret)
			return c->done ? SQLITE_OK : to_sqlite(c, ret, "the row", seq);
		rc = load(c, seq);
		if (rc)
			return rc;
		seq++;
	} while (s->site && strcmp(c->header.site, s->site));
	c->at = 0;
	return SQLITE_OK;
}

/* Goes on to the first record from the present one on that is meant. */
static int settle(struct cursor *c)
{
	int rc = SQLITE_OK;

	while (!rc && !c->done) {
		for (; c->at < c->batch.n; c->at++)
			if (take(c, &c->batch.rec[c->at]))
				return SQLITE_OK;
		rc = next_batch(c, c->batch.seq + 1);
	}
	return rc;
}

static int filter(sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
		  sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	int rc;

	(void)number;
	vtab_select_free(&c->select);
	rc = vtab_select_make(plan, argc, argv, &c->select);
	c->done = c->select.none;
	if (!rc && !c->done)
		rc = next_batch(c, c->select.first_batch);
	if (!rc)
		rc = settle(c);
	return rc;
}

static int next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	c->at++;
	return settle(c);
}

static int at_end(sqlite3_vtab_cursor *base)
{
	return ((struct cursor *)base)->done;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *to, int number)
{
	struct cursor *c = (struct cursor *)base;
	struct vtab_row row = {
		.rec = &c->batch.rec[c->at],
		.batch = &c->batch,
		.site = c->header.site,
		.der = c->known ? c->known->name : NULL,
	};

	vtab_value(to, &row, number);
	return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
	struct cursor *c = (struct cursor *)base;

	*id = (sqlite3_int64)(c->batch.seq * OVPP_BATCH_RECORDS + c->at);
	return SQLITE_OK;
}

/* Without xCreate: the tables are there without being made. */
static const sqlite3_module module = {
	.xConnect = connect,
	.xBestIndex = best_index,
	.xDisconnect = disconnect,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = at_end,
	.xColumn = column,
	.xRowid = row_id,
};

int ovpp_ledger_tables(sqlite3 *sql)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && !rc; i++)
		rc = sqlite3_create_module_v2(sql, tables[i].name, &module, (void *)&tables[i],
					      NULL);
	return rc;
}
