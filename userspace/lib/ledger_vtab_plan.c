// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which batches a query needs. SQLite says which columns are compared with what; the
 * plan is a text of two characters for each comparison that narrows the choice: the
 * column and the operator. SQLite compares once more itself, so that a choice may be
 * too wide, but never too narrow.
 */
#include "ledger_vtab_priv.h"

#include <math.h>
#include <string.h>

#define COLUMN_CHAR 'a'

/* Milliseconds of Unix time that a record can have. */
#define TIME_MAX_MS (INT64_MAX / 1000000)
#define NS_PER_MS 1000000

static char operator_char(unsigned char op)
{
	switch (op) {
	case SQLITE_INDEX_CONSTRAINT_EQ:
		return '=';
	case SQLITE_INDEX_CONSTRAINT_LT:
		return '<';
	case SQLITE_INDEX_CONSTRAINT_LE:
		return 'l';
	case SQLITE_INDEX_CONSTRAINT_GT:
		return '>';
	case SQLITE_INDEX_CONSTRAINT_GE:
		return 'g';
	default:
		return 0;
	}
}

static bool is_text(int column)
{
	return column == VTAB_T || column == VTAB_SITE || column == VTAB_DER;
}

static bool is_ordered(int column)
{
	return column == VTAB_T || column == VTAB_SEQ || column == VTAB_REAL_NS ||
	       column == VTAB_BATCH;
}

/* Can it narrow the choice? Returns the operator, or 0. */
static char usable(sqlite3_index_info *info, int i)
{
	const struct sqlite3_index_constraint *c = &info->aConstraint[i];
	char op = operator_char(c->op);

	if (!c->usable || !op || c->iColumn < 0 || c->iColumn == VTAB_MONO_NS ||
	    c->iColumn >= N_VTAB_COLUMNS)
		return 0;
	if (!is_ordered(c->iColumn) && op != '=')
		return 0;
	if (is_text(c->iColumn) && sqlite3_stricmp(sqlite3_vtab_collation(info, i), "BINARY"))
		return 0;
	/* IN would have the same batches unpacked once for each of its values. */
	if (!is_ordered(c->iColumn) && sqlite3_vtab_in(info, i, -1))
		return 0;
	return op;
}

/* How much a comparison leaves: of the batches to unpack, and of the rows. */
static void estimate(sqlite3_index_info *info, int column, char op)
{
	double batches = 1, rows = 1;

	if (column == VTAB_BATCH || column == VTAB_SEQ)
		batches = op == '=' ? 1e-3 : 0.25;
	else if (column == VTAB_T || column == VTAB_REAL_NS)
		batches = op == '=' ? 1e-4 : 0.1;
	else if (column == VTAB_INSTANCE)
		batches = 0.25;
	else
		rows = 0.1;
	info->estimatedCost *= batches;
	info->estimatedRows = (sqlite3_int64)((double)info->estimatedRows * batches * rows) + 1;
}

/* Rows come by batch and seq; those of one life by seq alone, too. */
static bool is_ordered_by(const sqlite3_index_info *info, bool one_life)
{
	int i = 0;

	for (int n = 0; n < info->nOrderBy; n++)
		if (info->aOrderBy[n].desc)
			return false;
	if (info->nOrderBy && info->aOrderBy[0].iColumn == VTAB_BATCH)
		i = 1;
	else if (!one_life)
		return false;
	/* batch and seq together name a row: what follows them decides nothing. */
	return i == info->nOrderBy || info->aOrderBy[i].iColumn == VTAB_SEQ;
}

int vtab_plan(sqlite3_index_info *info)
{
	char *plan = sqlite3_malloc(2 * info->nConstraint + 1);
	bool one_life = false;
	int n = 0;

	if (!plan)
		return SQLITE_NOMEM;
	info->estimatedCost = 1e7;
	info->estimatedRows = 10000000;
	for (int i = 0; i < info->nConstraint; i++) {
		int column = info->aConstraint[i].iColumn;
		char op = usable(info, i);

		if (!op)
			continue;
		plan[2 * n] = (char)(COLUMN_CHAR + column);
		plan[2 * n + 1] = op;
		info->aConstraintUsage[i].argvIndex = ++n;
		estimate(info, column, op);
		one_life |= column == VTAB_INSTANCE;
	}
	plan[2 * n] = '\0';
	info->idxStr = plan;
	info->needToFreeIdxStr = 1;
	info->orderByConsumed = info->nOrderBy && is_ordered_by(info, one_life);
	return SQLITE_OK;
}

/* How the text of a time compares with @text, as SQLite compares texts. */
static int compare_time(int64_t ms, const char *text, size_t n)
{
	char own[VTAB_TIME_SIZE];
	size_t size = VTAB_TIME_SIZE - 1;
	int order;

	vtab_time_text(ms, own);
	order = memcmp(own, text, n < size ? n : size);
	return order ? order : size < n ? -1 : size > n;
}

/*
 * The first millisecond whose text is not less than @text, with @beyond the first
 * one whose text is greater: any text will do, of any length.
 */
static int64_t first_ms(const char *text, size_t n, bool beyond)
{
	int64_t low = 0, high = TIME_MAX_MS + 1;

	while (low < high) {
		int64_t mid = low + (high - low) / 2;
		int order = compare_time(mid, text, n);

		if (order < 0 || (beyond && !order))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void at_least(int64_t *min, int64_t value)
{
	if (value > *min)
		*min = value;
}

static void at_most(int64_t *max, int64_t value)
{
	if (value < *max)
		*max = value;
}

static bool is_lower(char op)
{
	return op == '=' || op == '>' || op == 'g';
}

static bool is_upper(char op)
{
	return op == '=' || op == '<' || op == 'l';
}

static void narrow_time(struct vtab_select *s, char op, sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);
	size_t n = (size_t)sqlite3_value_bytes(value);
	int64_t ms;

	if (is_lower(op)) {
		ms = first_ms(text, n, op == '>');
		s->none |= ms > TIME_MAX_MS;
		at_least(&s->batch.min_ns, ms > TIME_MAX_MS ? INT64_MAX : ms * NS_PER_MS);
	}
	if (is_upper(op)) {
		ms = first_ms(text, n, op != '<');
		s->none |= !ms;
		if (ms <= TIME_MAX_MS)
			at_most(&s->batch.max_ns, ms * NS_PER_MS - 1);
	}
}

static int64_t clamp(double d)
{
	return d >= 9.2e18 ? INT64_MAX : d <= -9.2e18 ? INT64_MIN : (int64_t)d;
}

/* The least integer that compares like this with a number. */
static int64_t least(char op, sqlite3_value *value)
{
	int64_t v = sqlite3_value_int64(value);
	double d = sqlite3_value_double(value);

	if (sqlite3_value_type(value) == SQLITE_INTEGER)
		return op == '>' && v < INT64_MAX ? v + 1 : v;
	return clamp(op == '>' ? floor(d) + 1 : ceil(d));
}

static int64_t greatest(char op, sqlite3_value *value)
{
	int64_t v = sqlite3_value_int64(value);
	double d = sqlite3_value_double(value);

	if (sqlite3_value_type(value) == SQLITE_INTEGER)
		return op == '<' && v > INT64_MIN ? v - 1 : v;
	return clamp(op == '<' ? ceil(d) - 1 : floor(d));
}

static void narrow(int64_t *min, int64_t *max, char op, sqlite3_value *value)
{
	if (is_lower(op))
		at_least(min, least(op, value));
	if (is_upper(op))
		at_most(max, greatest(op, value));
}

static void narrow_number(struct vtab_select *s, int column, char op, sqlite3_value *value)
{
	int64_t first = 0, last = INT64_MAX;
	bool whole = sqlite3_value_type(value) == SQLITE_INTEGER;

	switch (column) {
	case VTAB_REAL_NS:
		narrow(&s->batch.min_ns, &s->batch.max_ns, op, value);
		break;
	case VTAB_SEQ:
		narrow(&s->batch.min_seq, &s->batch.max_seq, op, value);
		break;
	case VTAB_BATCH:
		narrow(&first, &last, op, value);
		s->none |= last < first;
		if ((uint64_t)first > s->first_batch)
			s->first_batch = (uint64_t)first;
		if (last >= 0 && (uint64_t)last < s->batch.last)
			s->batch.last = (uint64_t)last;
		break;
	case VTAB_INSTANCE:
		if (whole)
			s->batch.instance = sqlite3_value_int64(value);
		s->none |= whole && s->batch.instance < 0;
		break;
	case VTAB_DER_ID:
		if (whole)
			s->der_id = sqlite3_value_int64(value);
		s->none |= whole && s->der_id < 0;
		break;
	}
}

/* The first name counts; SQLite compares with any other. */
static int narrow_name(char **name, sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);

	if (*name)
		return SQLITE_OK;
	*name = text ? sqlite3_mprintf("%s", text) : NULL;
	return *name ? SQLITE_OK : SQLITE_NOMEM;
}

static int narrow_text(struct vtab_select *s, int column, char op, sqlite3_value *value)
{
	if (column == VTAB_DER)
		return narrow_name(&s->der, value);
	if (column == VTAB_SITE)
		return narrow_name(&s->site, value);
	narrow_time(s, op, value);
	return SQLITE_OK;
}

/* A comparison of another kind than the column's decides nothing here. */
static int narrow_by(struct vtab_select *s, int column, char op, sqlite3_value *value)
{
	int type = sqlite3_value_type(value);

	if (type == SQLITE_NULL)
		s->none = true;
	else if (is_text(column) && type == SQLITE_TEXT)
		return narrow_text(s, column, op, value);
	else if (!is_text(column) && (type == SQLITE_INTEGER || type == SQLITE_FLOAT))
		narrow_number(s, column, op, value);
	return SQLITE_OK;
}

int vtab_select_make(const char *plan, int argc, sqlite3_value **argv, struct vtab_select *s)
{
	int rc = SQLITE_OK;

	*s = (struct vtab_select){.batch = OVPP_READ_ALL, .der_id = -1};
	for (int i = 0; i < argc && !rc; i++)
		rc = narrow_by(s, plan[2 * i] - COLUMN_CHAR, plan[2 * i + 1], argv[i]);
	return rc;
}

void vtab_select_free(struct vtab_select *s)
{
	sqlite3_free(s->der);
	sqlite3_free(s->site);
	*s = (struct vtab_select){0};
}
