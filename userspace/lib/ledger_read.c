// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "columns.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

/* A writer's checkpoint or the retention may hold a reader up for so long. */
#define BUSY_MS 5000

enum statement {
	BATCHES,
	BATCH,
	SPAN_NEXT,
	SPAN_END,
	BATCH_NEXT,
	BATCH_LAST,
	DEVICES,
	STATEMENT,
	KEY,
	N_STATEMENTS,
};

/* What a filter asks for: see bind_filter(). */
#define MATCHES                                                                 \
	"seq BETWEEN ?1 AND ?2 AND real_max_ns >= ?3 AND real_min_ns <= ?4"     \
	" AND last_seq >= ?5 AND first_seq <= ?6 AND (?7 < 0 OR instance = ?7)" \
	" AND columns IS NOT NULL"

static const char *const statement_sql[N_STATEMENTS] = {
	[BATCHES] = "SELECT COALESCE(MAX(seq) + 1, 0) FROM batch",
	[BATCH] = "SELECT instance, devices, header, seed, columns, records, nodes FROM batch"
		  " WHERE seq = ?",
	/* A row covers at most so many batches: those before need not be looked at. */
	[SPAN_NEXT] = "SELECT first_batch, last_batch FROM span WHERE first_batch > ?1 - ?4"
		      " AND last_batch >= ?1 AND real_max_ns >= ?2 AND real_min_ns <= ?3"
		      " ORDER BY first_batch LIMIT 1",
	[SPAN_END] = "SELECT last_batch + 1 FROM span ORDER BY first_batch DESC LIMIT 1",
	[BATCH_NEXT] = "SELECT seq FROM batch WHERE " MATCHES " ORDER BY seq LIMIT 1",
	[BATCH_LAST] = "SELECT seq FROM batch WHERE " MATCHES " ORDER BY seq DESC LIMIT 1",
	[DEVICES] = "SELECT cbor FROM device_table WHERE id = ?",
	[STATEMENT] = "SELECT statement FROM key WHERE epoch = ?",
	[KEY] = "SELECT public FROM key WHERE epoch = ?",
};

/**
 * struct ovpp_reader - an open ledger
 * @sql: connection
 * @own: it is the reader's
 * @unlocked: path of a file that is read without locks, else NULL
 * @begun: how that file was when ovpp_reader_begin() was called
 * @st: statements
 * @columns: working memory
 * @node: of the batch read last
 * @cose: header of the newest batch read
 * @table: row of the device table decoded last; -1: none
 * @device: that table
 * @n_devices: its length
 * @rec: records of the newest batch read
 */
struct ovpp_reader {
	sqlite3 *sql;
	bool own;
	char *unlocked;
	struct stat begun;
	sqlite3_stmt *st[N_STATEMENTS];
	struct ovpp_columns *columns;
	ovpp_hash node[OVPP_BATCH_RECORDS >> OVPP_LEDGER_GROUP];
	struct ovpp_buffer cose;
	int64_t table;
	struct ovpp_device *device;
	size_t n_devices;
	struct ovpp_record rec[OVPP_BATCH_RECORDS];
};

/* Is it a ledger that is understood here? */
static int check_version(sqlite3 *sql, char *err, size_t size)
{
	int64_t version = ovpp_sql_number(sql, "PRAGMA user_version");

	if (version == OVPP_LEDGER_VERSION)
		return 0;
	if (version < 0)
		return ovpp_sql_errno(sqlite3_errcode(sql));
	if (!version)
		snprintf(err, size, "this is no ledger");
	else
		snprintf(err, size, "a ledger of version %d; this program reads version %d",
			 (int)version, OVPP_LEDGER_VERSION);
	return -EPROTO;
}

static int set_up(struct ovpp_reader *r, char *err, size_t size)
{
	int ret = check_version(r->sql, err, size);

	for (size_t i = 0; i < N_STATEMENTS && !ret; i++)
		ret = ovpp_sql_prepare(r->sql, statement_sql[i], &r->st[i]);
	if (!ret) {
		r->columns = ovpp_columns_new();
		ret = r->columns ? 0 : -ENOMEM;
	}
	if (ret && !*err)
		snprintf(err, size, "%s",
			 ret == -ENOMEM ? strerror(ENOMEM) : sqlite3_errmsg(r->sql));
	return ret;
}

int ovpp_reader_attach(sqlite3 *sql, struct ovpp_reader **out, char *err, size_t size)
{
	struct ovpp_reader *r = calloc(1, sizeof(*r));
	int ret;

	*err = '\0';
	if (!r) {
		snprintf(err, size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r->sql = sql;
	r->table = -1;
	ret = set_up(r, err, size);
	if (ret) {
		ovpp_reader_close(r);
		return ret;
	}
	*out = r;
	return 0;
}

static int connect(const char *name, int flags, sqlite3 **sql, char *err, size_t size)
{
	int ret = ovpp_sql_errno(sqlite3_open_v2(
		name, sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | flags, NULL));

	if (!ret)
		ret = ovpp_sql_errno(sqlite3_busy_timeout(*sql, BUSY_MS));
	/* The file is looked at only now. */
	if (!ret)
		ret = ovpp_sql_exec(*sql, "PRAGMA schema_version");
	if (ret) {
		snprintf(err, size, "%s", sqlite3_errmsg(*sql));
		sqlite3_close(*sql);
	}
	return ret;
}

/* A file: URI of a path, with everything escaped that might mean something. */
static char *immutable_uri(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._-";
	char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1"));
	char *to = uri;

	if (!uri)
		return NULL;
	to += sprintf(to, "file:");
	for (const char *c = path; *c; c++)
		to += sprintf(to, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c);
	sprintf(to, "?immutable=1");
	return uri;
}

static bool has_wal(const char *path)
{
	char wal[4096];
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	return !stat(wal, &st) && st.st_size;
}

/*
 * A ledger in WAL mode without the files that its writer makes beside it, and that
 * we may not make: nobody has it open, all is in the file itself.
 */
static int connect_unlocked(const char *path, sqlite3 **sql, char *err, size_t size)
{
	char *uri = immutable_uri(path);
	int ret = uri ? connect(uri, SQLITE_OPEN_URI, sql, err, size) : -ENOMEM;

	free(uri);
	return ret;
}

/* What keeps a file from being opened, in better words than SQLite's. */
static int explain(const char *path, int ret, char *err, size_t size)
{
	if (eaccess(path, R_OK)) {
		ret = -errno;
		snprintf(err, size, "%s", strerror(errno));
	} else if (has_wal(path)) {
		ret = -EACCES;
		snprintf(err, size,
			 "what was written last is in %s-wal, which cannot be read without %s-shm; "
			 "read it as root or as who writes it",
			 path, path);
	}
	return ret;
}

int ovpp_reader_open(const char *path, struct ovpp_reader **out, char *err, size_t size)
{
	bool unlocked = false;
	sqlite3 *sql;
	int ret = connect(path, 0, &sql, err, size);

	if (ret && !eaccess(path, R_OK) && !has_wal(path)) {
		unlocked = true;
		ret = connect_unlocked(path, &sql, err, size);
	}
	if (ret)
		return explain(path, ret, err, size);
	ret = ovpp_reader_attach(sql, out, err, size);
	if (ret) {
		sqlite3_close(sql);
		return ret;
	}
	(*out)->own = true;
	if (!unlocked)
		return 0;
	(*out)->unlocked = strdup(path);
	if ((*out)->unlocked)
		return 0;
	snprintf(err, size, "%s", strerror(ENOMEM));
	ovpp_reader_close(*out);
	return -ENOMEM;
}

void ovpp_reader_close(struct ovpp_reader *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(r->st[i]);
	if (r->own)
		sqlite3_close(r->sql);
	ovpp_columns_free(r->columns);
	ovpp_buffer_free(&r->cose);
	free(r->device);
	free(r->unlocked);
	free(r);
}

sqlite3 *ovpp_reader_sql(struct ovpp_reader *r)
{
	return r->sql;
}

int ovpp_reader_begin(struct ovpp_reader *r)
{
	int ret = 0;

	if (r->unlocked && stat(r->unlocked, &r->begun))
		return -errno;
	ret = ovpp_sql_exec(r->sql, "BEGIN");
	/* The moment is that of the first look. */
	if (!ret && ovpp_reader_batches(r) < 0) {
		ret = ovpp_sql_errno(sqlite3_errcode(r->sql));
		ovpp_sql_exec(r->sql, "ROLLBACK");
	}
	return ret;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int ovpp_reader_end(struct ovpp_reader *r)
{
	struct stat now;

	if (!sqlite3_get_autocommit(r->sql))
		ovpp_sql_exec(r->sql, "COMMIT");
	if (!r->unlocked)
		return 0;
	if (stat(r->unlocked, &now))
		return -errno;
	return now.st_ino == r->begun.st_ino && now.st_size == r->begun.st_size &&
			       same_time(&now.st_mtim, &r->begun.st_mtim)
		       ? 0
		       : -ESTALE;
}

int64_t ovpp_reader_batches(struct ovpp_reader *r)
{
	int64_t n;
	int ret = ovpp_sql_row(r->st[BATCHES], 1, &n);

	return ret ? ret : n;
}

/* A blob of the row that a statement is at. */
static int add_blob(sqlite3_stmt *st, int column, struct ovpp_buffer *out)
{
	const void *data = sqlite3_column_blob(st, column);
	int n = sqlite3_column_bytes(st, column);

	return data ? ovpp_buffer_add(out, data, (size_t)n) : n ? -ENOMEM : -EBADMSG;
}

static int copy_nodes(struct ovpp_reader *r, sqlite3_stmt *st, struct ovpp_read_batch *b)
{
	const void *nodes = sqlite3_column_blob(st, 6);

	b->n_nodes = b->n >> OVPP_LEDGER_GROUP;
	if ((size_t)sqlite3_column_bytes(st, 6) != b->n_nodes * sizeof(ovpp_hash))
		return -EBADMSG;
	if (b->n_nodes)
		memcpy(r->node, nodes, b->n_nodes * sizeof(ovpp_hash));
	b->node = r->node;
	return 0;
}

static int unpack(struct ovpp_reader *r, sqlite3_stmt *st, struct ovpp_read_batch *b)
{
	const void *columns = sqlite3_column_blob(st, 4);
	int ret;

	b->pruned = !columns && sqlite3_column_type(st, 4) == SQLITE_NULL;
	if (b->pruned)
		return 0;
	if (!columns || sqlite3_column_bytes(st, 3) != OVPP_SEED_SIZE)
		return -EBADMSG;
	memcpy(b->seed, sqlite3_column_blob(st, 3), OVPP_SEED_SIZE);
	ret = ovpp_columns_unpack(r->columns, columns, (size_t)sqlite3_column_bytes(st, 4), r->rec,
				  &b->n);
	if (!ret && b->n != (uint64_t)sqlite3_column_int64(st, 5))
		ret = -EBADMSG;
	return ret ? ret : copy_nodes(r, st, b);
}

int ovpp_reader_batch(struct ovpp_reader *r, uint64_t seq, struct ovpp_read_batch *b)
{
	sqlite3_stmt *st = r->st[BATCH];
	int ret;

	*b = (struct ovpp_read_batch){.seq = seq, .rec = r->rec};
	r->cose.size = 0;
	sqlite3_bind_int64(st, 1, (int64_t)seq);
	ret = sqlite3_step(st);
	if (ret != SQLITE_ROW) {
		ret = ret == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(ret);
	} else {
		b->instance = sqlite3_column_int64(st, 0);
		b->devices = sqlite3_column_int64(st, 1);
		ret = add_blob(st, 2, &r->cose);
		b->cose = r->cose.data;
		b->cose_size = r->cose.size;
		if (!ret)
			ret = unpack(r, st, b);
	}
	sqlite3_reset(st);
	return ret;
}

static void bind_filter(sqlite3_stmt *st, uint64_t first, uint64_t last,
			const struct ovpp_read_filter *f)
{
	sqlite3_bind_int64(st, 1, (int64_t)first);
	sqlite3_bind_int64(st, 2, (int64_t)last);
	sqlite3_bind_int64(st, 3, f->min_ns);
	sqlite3_bind_int64(st, 4, f->max_ns);
	sqlite3_bind_int64(st, 5, f->min_seq);
	sqlite3_bind_int64(st, 6, f->max_seq);
	sqlite3_bind_int64(st, 7, f->instance);
}

/* The number that a statement finds. */
static int find(sqlite3_stmt *st, uint64_t *found)
{
	int64_t seq;
	int ret = ovpp_sql_row(st, 1, &seq);

	if (!ret)
		*found = (uint64_t)seq;
	return ret;
}

/* Among the batches from @first to @last. */
static int next_of(struct ovpp_reader *r, uint64_t first, uint64_t last,
		   const struct ovpp_read_filter *f, uint64_t *found)
{
	bind_filter(r->st[BATCH_NEXT], first, last < f->last ? last : f->last, f);
	return find(r->st[BATCH_NEXT], found);
}

int ovpp_reader_last(struct ovpp_reader *r, const struct ovpp_read_filter *f, uint64_t *found)
{
	bind_filter(r->st[BATCH_LAST], 0, f->last, f);
	return find(r->st[BATCH_LAST], found);
}

/* Batches that a row of the table span covers, from @seq on. 0, -ENOENT, -errno. */
static int next_span(struct ovpp_reader *r, uint64_t seq, const struct ovpp_read_filter *f,
		     uint64_t *first, uint64_t *last)
{
	sqlite3_stmt *st = r->st[SPAN_NEXT];
	int64_t column[2];
	int ret;

	sqlite3_bind_int64(st, 1, (int64_t)seq);
	sqlite3_bind_int64(st, 2, f->min_ns);
	sqlite3_bind_int64(st, 3, f->max_ns);
	sqlite3_bind_int64(st, 4, OVPP_LEDGER_SPAN);
	ret = ovpp_sql_row(st, 2, column);
	if (ret)
		return ret;
	*first = (uint64_t)column[0] > seq ? (uint64_t)column[0] : seq;
	*last = (uint64_t)column[1];
	return 0;
}

int ovpp_reader_next(struct ovpp_reader *r, uint64_t seq, const struct ovpp_read_filter *f,
		     uint64_t *found)
{
	uint64_t first, last;
	int64_t end = 0;
	int ret;

	if (seq > INT64_MAX)
		return -ENOENT;
	while (!(ret = next_span(r, seq, f, &first, &last)) && first <= f->last) {
		ret = next_of(r, first, last, f, found);
		if (ret != -ENOENT)
			return ret;
		seq = last + 1;
	}
	if (ret != -ENOENT)
		return ret ? ret : -ENOENT;
	/* The newest ones are in no row yet. */
	ret = ovpp_sql_row(r->st[SPAN_END], 1, &end);
	if (ret && ret != -ENOENT)
		return ret;
	return next_of(r, seq > (uint64_t)end ? seq : (uint64_t)end, INT64_MAX, f, found);
}

/* The blob that a statement finds by a number. */
static int find_blob(sqlite3_stmt *st, int64_t id, struct ovpp_buffer *out)
{
	int ret;

	sqlite3_bind_int64(st, 1, id);
	ret = sqlite3_step(st);
	if (ret == SQLITE_ROW)
		ret = add_blob(st, 0, out);
	else
		ret = ret == SQLITE_DONE ? -ENOENT : ovpp_sql_errno(ret);
	sqlite3_reset(st);
	return ret;
}

int ovpp_reader_table(struct ovpp_reader *r, const struct ovpp_read_batch *b,
		      const struct ovpp_device **device, size_t *n)
{
	struct ovpp_buffer table = {0};
	size_t wrong;
	int ret = 0;

	if (r->table != b->devices) {
		free(r->device);
		r->device = NULL;
		r->n_devices = 0;
		r->table = -1;
		ret = ovpp_reader_devices(r, b->devices, &table);
		if (!ret)
			ret = ovpp_devices_decode(table.data, table.size, &r->device, &r->n_devices,
						  &wrong);
		ovpp_buffer_free(&table);
		if (!ret)
			r->table = b->devices;
	}
	*device = r->device;
	*n = r->n_devices;
	return ret == -ENOENT ? -EBADMSG : ret;
}

static int compare_der(const void *key, const void *device)
{
	uint32_t der = *(const uint32_t *)key;
	uint32_t other = ((const struct ovpp_device *)device)->der;

	return der < other ? -1 : der > other;
}

const struct ovpp_device *ovpp_device_find(const struct ovpp_device *device, size_t n, uint32_t der)
{
	return n ? bsearch(&der, device, n, sizeof(*device), compare_der) : NULL;
}

int ovpp_reader_devices(struct ovpp_reader *r, int64_t id, struct ovpp_buffer *out)
{
	return find_blob(r->st[DEVICES], id, out);
}

int ovpp_reader_statement(struct ovpp_reader *r, uint32_t epoch, struct ovpp_buffer *out)
{
	return find_blob(r->st[STATEMENT], epoch, out);
}

int ovpp_reader_key(struct ovpp_reader *r, uint32_t epoch, uint8_t key[OVPP_KEY_SIZE])
{
	struct ovpp_buffer b = {0};
	int ret = find_blob(r->st[KEY], epoch, &b);

	if (!ret && b.size != OVPP_KEY_SIZE)
		ret = -EBADMSG;
	if (!ret)
		memcpy(key, b.data, OVPP_KEY_SIZE);
	ovpp_buffer_free(&b);
	return ret;
}
