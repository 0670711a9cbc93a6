// SPDX-License-Identifier: GPL-2.0-or-later
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chain_log.h"
#include "ledger.h"
#include "ledger_key.h"
#include "ledger_read.h"
#include "ledger_sql.h"
#include "verify.h"
#include "work.h"

#define EPOCHS_MAX 16
#define LIVES_MAX 1024
#define DEVICES_MAX 32

/* A life of a site: where its records go on. */
struct life {
	int64_t instance;
	uint64_t next_seq;
};

/* A device, by its name in evidence, and its registers so far. */
struct device {
	uint8_t id[OVPP_KEY_SIZE];
	uint64_t import;
	uint64_t export;
};

/**
 * struct checker - a ledger that is being looked at
 * @marks: what was promised
 * @r: result
 * @dir: folder
 * @reader: open ledger
 * @key: of the gateway, by epoch
 * @n_keys: their number
 * @next: number of the next batch
 * @prev: header of the batch before it
 * @prev_hash: of it, signed
 * @log: of the batches
 * @kept: a batch with records was seen: those after it have theirs, too
 * @pruned: batches without records
 * @life: lives seen
 * @n_lives: their number
 * @device: devices seen
 * @n_devices: their number
 */
struct checker {
	const struct marks *marks;
	struct check_result *r;
	const char *dir;
	struct ovpp_reader *reader;
	struct ovpp_key_statement key[EPOCHS_MAX];
	size_t n_keys;
	uint64_t next;
	struct ovpp_header prev;
	ovpp_hash prev_hash;
	struct ovpp_merkle log;
	bool kept;
	uint64_t pruned;
	struct life life[LIVES_MAX];
	size_t n_lives;
	struct device device[DEVICES_MAX];
	size_t n_devices;
};

__attribute__((format(printf, 2, 3))) static int broken(struct checker *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->r->why, sizeof(c->r->why), format, args);
	va_end(args);
	return -EBADMSG;
}

/* ---- keys ---- */

static int check_key(struct checker *c, uint32_t epoch)
{
	const struct ovpp_key_statement *prev = epoch ? &c->key[epoch - 1] : NULL;
	struct ovpp_key_statement *s = &c->key[epoch];
	struct ovpp_buffer statement = {0};
	uint8_t key[OVPP_KEY_SIZE];
	size_t at;
	int ret = ovpp_reader_statement(c->reader, epoch, &statement);

	if (!ret)
		ret = ovpp_key_statement_open(statement.data, statement.size, prev, s, &at);
	ovpp_buffer_free(&statement);
	if (ret)
		return broken(c, "statement of epoch %u: %s", epoch, strerror(-ret));
	if (ovpp_reader_key(c->reader, epoch, key) || memcmp(key, s->key, sizeof(key)))
		return broken(c, "key of epoch %u is not the one of its statement", epoch);
	c->n_keys = epoch + 1;
	return 0;
}

/* The file of a key that was replaced must not be of use to who finds it later. */
static int check_old_key(struct checker *c, uint32_t epoch)
{
	const struct mark *said = marks_said(c->marks, MARK_EPOCH);
	struct ovpp_keyring *k;
	char keys[PATH_MAX], err[256];

	snprintf(keys, sizeof(keys), "%s/" CHECK_KEYS, c->dir);
	if (!said || epoch >= said->number ||
	    ovpp_keyring_open(keys, epoch, NULL, &k, err, sizeof(err)))
		return 0;
	ovpp_keyring_close(k);
	return broken(c, "the key of epoch %u was erased and is there", epoch);
}

static int check_keys(struct checker *c)
{
	const struct mark *said = marks_said(c->marks, MARK_EPOCH);
	const struct mark *gateway = marks_said(c->marks, MARK_GATEWAY);
	uint32_t epoch;
	int ret = ovpp_ledger_key_current(ovpp_reader_sql(c->reader), &epoch);

	if (ret || epoch >= EPOCHS_MAX)
		return broken(c, "no key: %s", strerror(-ret));
	for (uint32_t e = 0; e <= epoch && !ret; e++)
		ret = check_key(c, e);
	for (uint32_t e = 0; e < epoch && !ret; e++)
		ret = check_old_key(c, e);
	if (ret)
		return ret;
	if (said && epoch < said->number)
		return broken(c, "epoch %" PRIu64 " was acknowledged, %u is in force", said->number,
			      epoch);
	if (gateway && memcmp(gateway->hash, c->key[0].gateway, OVPP_KEY_SIZE))
		return broken(c, "another gateway than before");
	return 0;
}

static const struct ovpp_key_statement *key_of(const struct checker *c, uint64_t seq)
{
	size_t epoch = c->n_keys - 1;

	while (epoch && c->key[epoch].from > seq)
		epoch--;
	return &c->key[epoch];
}

/* ---- batches ---- */

static int check_life(struct checker *c, int64_t instance, const struct ovpp_header *h)
{
	struct life *life = c->life;

	while (life < c->life + c->n_lives && life->instance != instance)
		life++;
	if (life == c->life + LIVES_MAX)
		return broken(c, "more lives than there were");
	if (life == c->life + c->n_lives) {
		c->n_lives++;
		*life = (struct life){.instance = instance};
	}
	if (h->first != life->next_seq)
		return broken(c, "batch %" PRIu64 " begins at record %" PRIu64 ", not %" PRIu64,
			      h->seq, h->first, life->next_seq);
	life->next_seq = h->last + 1;
	return 0;
}

static struct device *device_of(struct checker *c, const struct ovpp_device *table, size_t n,
				uint32_t der)
{
	struct device *d = c->device;
	size_t i = 0;

	while (i < n && table[i].der != der)
		i++;
	if (i == n)
		return NULL;
	while (d < c->device + c->n_devices && memcmp(d->id, table[i].id, sizeof(d->id)))
		d++;
	if (d == c->device + DEVICES_MAX)
		return NULL;
	if (d == c->device + c->n_devices) {
		c->n_devices++;
		*d = (struct device){0};
		memcpy(d->id, table[i].id, sizeof(d->id));
	}
	return d;
}

static int check_registers(struct checker *c, const struct ovpp_read_batch *b,
			   const struct ovpp_device *table, size_t n)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct ovpp_sample *s = &b->rec[i].sample;
		struct device *d;

		if (b->rec[i].type != OVPP_RECORD_SAMPLE)
			continue;
		d = device_of(c, table, n, b->rec[i].der);
		if (!d)
			return broken(c, "batch %" PRIu64 ": DER %u is not in its table", b->seq,
				      b->rec[i].der);
		if (s->e_import_mwh < d->import || s->e_export_mwh < d->export)
			return broken(c, "batch %" PRIu64 ": a register went back", b->seq);
		d->import = s->e_import_mwh;
		d->export = s->e_export_mwh;
	}
	return 0;
}

static int check_devices(struct checker *c, const struct ovpp_read_batch *b,
			 const struct ovpp_header *h)
{
	struct ovpp_buffer cbor = {0};
	struct ovpp_device *table = NULL;
	ovpp_hash hash;
	size_t n = 0, at;
	int ret = ovpp_reader_devices(c->reader, b->devices, &cbor);

	if (!ret)
		ret = ovpp_devices_decode(cbor.data, cbor.size, &table, &n, &at);
	for (size_t i = 0; i < n && !ret; i++)
		ret = ovpp_device_check(&table[i], h->gateway);
	ovpp_sha256(cbor.data, cbor.size, hash);
	if (ret || memcmp(hash, h->devices, sizeof(hash)))
		ret = broken(c, "batch %" PRIu64 ": not its device table: %s", b->seq,
			     strerror(-ret));
	else
		ret = check_registers(c, b, table, n);
	ovpp_buffer_free(&cbor);
	free(table);
	return ret;
}

/* The records are those of the tree that was signed. */
static int check_records(struct checker *c, const struct ovpp_read_batch *b,
			 const struct ovpp_header *h)
{
	static ovpp_hash leaf[OVPP_BATCH_RECORDS];
	uint8_t entry[OVPP_ENTRY_SIZE];
	ovpp_hash root;

	for (size_t i = 0; i < b->n; i++) {
		ovpp_entry(b->seed, &b->rec[i], entry);
		ovpp_entry_hash(entry, leaf[i]);
	}
	ovpp_merkle_root_of(leaf, b->n, root);
	if (b->n != h->records || memcmp(root, h->root, sizeof(root)))
		return broken(c, "batch %" PRIu64 ": records that were not signed", b->seq);
	return check_devices(c, b, h);
}

/* What the retention took away was asked for, and is the beginning. */
static int check_pruned(struct checker *c, uint64_t seq)
{
	const struct mark *said = marks_said(c->marks, MARK_PRUNED);
	const struct mark *next = marks_next(c->marks, MARK_PRUNED);
	uint64_t most = next ? next->number : said ? said->number : 0;

	c->pruned++;
	if (c->kept)
		return broken(c, "batch %" PRIu64 " has no records, one before it has", seq);
	if (c->marks->complete && seq >= most)
		return broken(c, "the records of batch %" PRIu64 " are gone", seq);
	return 0;
}

/* The log goes on with this batch, and its head was signed. */
static int check_log(struct checker *c, const struct ovpp_read_batch *b,
		     const struct ovpp_header *h, const struct ovpp_key_statement *key)
{
	struct ovpp_tree_head head;
	ovpp_hash leaf, root;
	int ret = ovpp_log_head(ovpp_reader_sql(c->reader), b->seq + 1, &head);

	if (!ret)
		ret = ovpp_tree_head_check(&head, key->key);
	if (ret)
		return broken(c, "head of the log of batch %" PRIu64 ": %s", b->seq,
			      strerror(-ret));
	ovpp_batch_root(b->cose, b->cose_size, h->root, root);
	ovpp_merkle_leaf(root, sizeof(root), leaf);
	ovpp_merkle_append(&c->log, leaf, NULL);
	ovpp_merkle_root(&c->log, root);
	if (memcmp(root, head.root, sizeof(root)))
		return broken(c, "the log is of other batches up to %" PRIu64, b->seq);
	return 0;
}

/* A batch that was acknowledged is that very one; another was never written. */
static int check_identity(struct checker *c, uint64_t seq, const ovpp_hash hash)
{
	const struct mark *m = marks_find(c->marks, MARK_BATCH, seq);

	if (m && m->has_hash && memcmp(m->hash, hash, OVPP_HASH_SIZE))
		return broken(c, "batch %" PRIu64 " is not the one that was acknowledged", seq);
	if (!m && c->marks->complete)
		return broken(c, "batch %" PRIu64 " was never written", seq);
	return 0;
}

static int check_header(struct checker *c, const struct ovpp_read_batch *b, struct ovpp_header *h,
			const struct ovpp_key_statement *key, ovpp_hash hash)
{
	enum ovpp_header_field field;
	const char *wrong;
	size_t at;
	int ret = ovpp_header_open(b->cose, b->cose_size, key->key, h, NULL, &at);

	if (ret)
		return broken(c, "header of batch %" PRIu64 ": %s", b->seq, strerror(-ret));
	wrong = ovpp_header_follows(h, b->seq ? &c->prev : NULL, c->prev_hash, &field);
	if (wrong || h->seq != b->seq || h->epoch != key->epoch ||
	    memcmp(h->gateway, c->key[0].gateway, OVPP_KEY_SIZE))
		return broken(c, "header of batch %" PRIu64 " does not follow: %s", b->seq,
			      wrong ? wrong : "number, epoch or gateway");
	ovpp_sha256(b->cose, b->cose_size, hash);
	return 0;
}

static int check_batch(struct checker *c, uint64_t seq, bool is_new)
{
	const struct ovpp_key_statement *key = key_of(c, seq);
	struct ovpp_read_batch b;
	struct ovpp_header h;
	ovpp_hash hash;
	int ret = ovpp_reader_batch(c->reader, seq, &b);

	if (ret)
		return broken(c, "batch %" PRIu64 ": %s", seq, strerror(-ret));
	ret = check_header(c, &b, &h, key, hash);
	if (!ret && !is_new)
		ret = check_identity(c, seq, hash);
	if (!ret)
		ret = check_life(c, b.instance, &h);
	if (!ret)
		ret = b.pruned ? check_pruned(c, seq) : check_records(c, &b, &h);
	if (!ret)
		ret = check_log(c, &b, &h, key);
	c->kept |= !b.pruned;
	c->prev = h;
	memcpy(c->prev_hash, hash, sizeof(hash));
	return ret;
}

/* All batches from c->next on. */
static int check_batches(struct checker *c, bool is_new)
{
	int64_t n = ovpp_reader_batches(c->reader);
	uint64_t leaves = 0;
	int ret = 0;

	if (n < 0 || ovpp_log_size(ovpp_reader_sql(c->reader), &leaves))
		return broken(c, "cannot be read");
	for (; c->next < (uint64_t)n && !ret; c->next++)
		ret = check_batch(c, c->next, is_new);
	if (!ret && leaves != c->next)
		ret = broken(c, "%" PRIu64 " leaves of %" PRIu64 " batches", leaves, c->next);
	return ret;
}

static int check_count(struct checker *c)
{
	const struct mark *said = marks_said(c->marks, MARK_BATCH);

	c->r->batches = c->next;
	if (said && c->next <= said->number)
		return broken(c, "batch %" PRIu64 " was acknowledged and is lost", said->number);
	/* One at most was on its way. */
	if (c->marks->complete && c->next > (said ? said->number + 2 : 1))
		return broken(c, "%" PRIu64 " batches, more than were begun", c->next);
	return 0;
}

/* What is kept beside the batches, and was written with them. */
static int check_tables(struct checker *c)
{
	static const struct {
		const char *query;
		int64_t is;
	} rows[] = {
		{"SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", 0},
		{"SELECT COUNT(*) FROM gap g JOIN batch b ON b.seq = g.batch"
		 " WHERE g.first_seq NOT BETWEEN b.first_seq AND b.last_seq",
		 0},
		{"SELECT (SELECT COALESCE(SUM(records), 0) FROM gap)"
		 " <> (SELECT COALESCE(SUM(lost), 0) FROM batch)",
		 0},
		{"SELECT (SELECT COALESCE(SUM(samples), 0) FROM rollup WHERE period_s = 900)"
		 " <> (SELECT COALESCE(SUM(samples), 0) FROM rollup WHERE period_s = 3600)",
		 0},
		{"SELECT COUNT(*) FROM batch WHERE (seq <= (SELECT COALESCE(MAX(last_batch), -1)"
		 " FROM pruned)) <> (columns IS NULL)",
		 0},
	};
	sqlite3 *sql = ovpp_reader_sql(c->reader);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (ovpp_sql_number(sql, rows[i].query) != rows[i].is)
			return broken(c, "not so: %s", rows[i].query);
	return 0;
}

/* ---- the export ---- */

/* Proven, and of the batches that an export was made of. */
static int check_bundle(struct checker *c, const struct ovpp_verify_result *v)
{
	uint64_t n = v->last_batch + 1;

	if (!v->proven)
		return broken(c, "the export is not complete: %s", v->fault.text);
	if (!marks_find(c->marks, MARK_EXPORT, n) && c->marks->complete)
		return broken(c, "an export of %" PRIu64 " batches, that nobody made", n);
	return 0;
}

/* A file under this name is complete, or it is not there. */
static int check_export(struct checker *c)
{
	/* What a revoked key signed before it was revoked is as good as ever. */
	const struct ovpp_verify_options options = {0};
	const struct mark *said = marks_said(c->marks, MARK_EXPORT);
	struct ovpp_verify *v;
	char path[PATH_MAX];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/" CHECK_EXPORT, c->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return said ? broken(c, "the export was made and is lost") : 0;
	v = ovpp_verify_new(c->key[0].gateway, &options);
	if (!v || ovpp_verify_fd(v, fd) == -ENOMEM)
		ret = broken(c, "no memory");
	else
		ret = check_bundle(c, ovpp_verify_result(v));
	ovpp_verify_free(v);
	close(fd);
	return ret;
}

/* ---- the folder ---- */

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int check_all(struct checker *c, const char *path)
{
	char err[256];
	int ret = ovpp_reader_open(path, &c->reader, err, sizeof(err));

	if (ret)
		return broken(c, "cannot be read: %s", err);
	ret = check_keys(c);
	if (!ret)
		ret = check_batches(c, false);
	if (!ret)
		ret = check_count(c);
	if (!ret)
		ret = check_tables(c);
	if (!ret)
		ret = check_export(c);
	return ret;
}

/* Work goes on: a batch more, on top of what was left. */
static int go_on(struct checker *c, struct ovpp_ledger *l)
{
	uint64_t before = c->next;
	int ret = work_after(l);

	if (ret)
		return broken(c, "no batch can be added: %s", ovpp_ledger_error(l));
	ret = check_batches(c, true);
	if (!ret && c->next != before + 1)
		ret = broken(c, "the next batch is not there");
	if (!ret)
		ret = check_tables(c);
	return ret;
}

int check_folder(const char *dir, const struct marks *marks, struct check_result *r)
{
	struct checker *c = calloc(1, sizeof(*c));
	struct ovpp_ledger *l = NULL;
	char path[PATH_MAX], err[256];
	uint64_t start = now_us();
	int ret;

	*r = (struct check_result){0};
	if (!c)
		return -ENOMEM;
	*c = (struct checker){.marks = marks, .r = r, .dir = dir};
	snprintf(path, sizeof(path), "%s/" CHECK_LEDGER, dir);
	ret = work_open(dir, 'c', &l, err, sizeof(err));
	r->open_us = now_us() - start;
	if (ret)
		ret = broken(c, "cannot be opened: %s", err);
	if (!ret)
		ret = check_all(c, path);
	if (!ret)
		ret = go_on(c, l);
	ovpp_reader_close(c->reader);
	ovpp_ledger_close(l);
	free(c);
	return ret;
}
