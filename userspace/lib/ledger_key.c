// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger_key.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "identity.h"
#include "ledger_schema.h"
#include "ledger_sql.h"

#define BUSY_MS 5000

/* Sets a text. Return: @ret. */
static int say(char *err, size_t size, int ret, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static int say(char *err, size_t size, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return ret;
}

int ovpp_ledger_key_current(sqlite3 *sql, uint32_t *epoch)
{
	sqlite3_stmt *st;
	int64_t newest;
	int ret = ovpp_sql_prepare(sql, "SELECT epoch FROM key ORDER BY epoch DESC LIMIT 1", &st);

	if (!ret)
		ret = ovpp_sql_row(st, 1, &newest);
	sqlite3_finalize(st);
	if (!ret)
		*epoch = (uint32_t)newest;
	return ret;
}

/* Public key of an epoch, and the first batch that it signs. */
static int get_key(sqlite3 *sql, uint32_t epoch, uint8_t key[OVPP_KEY_SIZE], uint64_t *from)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, "SELECT public, from_batch FROM key WHERE epoch = ?", &st);
	int rc;

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, epoch);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == OVPP_KEY_SIZE) {
		memcpy(key, sqlite3_column_blob(st, 0), OVPP_KEY_SIZE);
		*from = (uint64_t)sqlite3_column_int64(st, 1);
	} else {
		ret = rc == SQLITE_ROW	  ? -EBADMSG
		      : rc == SQLITE_DONE ? -ENOENT
					  : ovpp_sql_errno(rc);
	}
	sqlite3_finalize(st);
	return ret;
}

int ovpp_ledger_key_open(sqlite3 *sql, uint32_t epoch, const char *dir, const char *passphrase,
			 struct ovpp_keyring **out, char *err, size_t size)
{
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t from;
	int ret = get_key(sql, epoch, key, &from);

	if (ret)
		return say(err, size, ret, "the ledger's key of epoch %u: %s", epoch,
			   sqlite3_errmsg(sql));
	ret = ovpp_keyring_open(dir, epoch, passphrase, out, err, size);
	if (ret || !memcmp(key, ovpp_keyring_public(*out), sizeof(key)))
		return ret;
	ovpp_keyring_close(*out);
	*out = NULL;
	return say(err, size, -EKEYREJECTED,
		   "%s/gateway-%u.key: is another key than the ledger's: put it back from a copy",
		   dir, epoch);
}

static int next_batch(sqlite3 *sql, uint64_t *next)
{
	sqlite3_stmt *st;
	int64_t n;
	int ret = ovpp_sql_prepare(sql, "SELECT COALESCE(MAX(seq) + 1, 0) FROM batch", &st);

	if (!ret)
		ret = ovpp_sql_row(st, 1, &n);
	sqlite3_finalize(st);
	if (!ret)
		*next = (uint64_t)n;
	return ret;
}

static int insert(sqlite3 *sql, const struct ovpp_key_statement *s, const struct ovpp_buffer *bytes)
{
	sqlite3_stmt *st;
	int ret = ovpp_sql_prepare(sql, "INSERT INTO key VALUES (?, ?, ?, ?)", &st);

	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, s->epoch);
	sqlite3_bind_blob(st, 2, s->key, sizeof(s->key), SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, (int64_t)s->from);
	sqlite3_bind_blob(st, 4, bytes->data, (int)bytes->size, SQLITE_STATIC);
	ret = ovpp_sql_step(st);
	sqlite3_finalize(st);
	return ret;
}

/* Signs a statement, @old NULL for epoch 0, and enters it. */
static int enter(sqlite3 *sql, struct ovpp_key_statement *s, struct ovpp_keyring *old,
		 struct ovpp_keyring *key)
{
	struct ovpp_buffer bytes = {0};
	struct timespec now;
	int ret;

	clock_gettime(CLOCK_REALTIME, &now);
	s->real_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	s->epoch = ovpp_keyring_epoch(key);
	memcpy(s->key, ovpp_keyring_public(key), sizeof(s->key));
	ret = ovpp_key_statement_sign(s, old ? ovpp_keyring_sign : NULL, old, ovpp_keyring_sign,
				      key, &bytes);
	if (!ret)
		ret = insert(sql, s, &bytes);
	ovpp_buffer_free(&bytes);
	return ret;
}

int ovpp_ledger_key_first(sqlite3 *sql, struct ovpp_keyring *key)
{
	struct ovpp_key_statement s = {0};
	uint32_t epoch;
	int ret = ovpp_ledger_key_current(sql, &epoch);

	if (ret != -ENOENT)
		return ret ? ret : -EEXIST;
	if (ovpp_keyring_epoch(key))
		return -EINVAL;
	memcpy(s.gateway, ovpp_keyring_public(key), sizeof(s.gateway));
	return enter(sql, &s, NULL, key);
}

/**
 * struct change - a key is about to change
 * @path: ledger
 * @dir: folder of the keys
 * @passphrase: of both keys, or NULL
 * @sql: connection
 * @lock: descriptor that keeps others out of the folder
 * @gateway: id
 * @from: first batch of the key in force
 * @old: key in force
 * @next: the one after it
 * @err: room for a text
 * @size: its size
 */
struct change {
	const char *path;
	const char *dir;
	const char *passphrase;
	sqlite3 *sql;
	int lock;
	uint8_t gateway[OVPP_KEY_SIZE];
	uint64_t from;
	struct ovpp_keyring *old;
	struct ovpp_keyring *next;
	char *err;
	size_t size;
};

/* What the database has said. */
static int sql_failed(struct change *c, int ret)
{
	if (ret == -EBUSY)
		return say(c->err, c->size, ret,
			   "%s: somebody else has been writing to it for %d s", c->path,
			   BUSY_MS / 1000);
	return say(c->err, c->size, ret, "%s: %s", c->path, sqlite3_errmsg(c->sql));
}

static int open_ledger(struct change *c)
{
	int64_t version;
	int ret;

	if (access(c->path, F_OK))
		return say(c->err, c->size, -errno, "%s: there is no ledger: %s", c->path,
			   strerror(errno));
	ret = ovpp_sql_errno(sqlite3_open_v2(c->path, &c->sql,
					     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (!c->sql)
		return say(c->err, c->size, -ENOMEM, "%s: no memory", c->path);
	sqlite3_busy_timeout(c->sql, BUSY_MS);
	/* A key must not come back after a cut of power when the old one is erased. */
	if (!ret)
		ret = ovpp_sql_exec(c->sql, "PRAGMA synchronous = FULL");
	if (ret)
		return sql_failed(c, ret);
	if (sqlite3_db_readonly(c->sql, "main"))
		return say(c->err, c->size, -EACCES, "%s: only its owner and root may write to it",
			   c->path);
	version = ovpp_sql_number(c->sql, "PRAGMA user_version");
	if (version == OVPP_LEDGER_VERSION)
		return 0;
	return say(c->err, c->size, -EPROTO, "%s: is no ledger of this version (%d): it has %lld",
		   c->path, OVPP_LEDGER_VERSION, (long long)version);
}

/* The key in force, and what the ledger says of it. */
static int open_old(struct change *c)
{
	uint8_t key[OVPP_KEY_SIZE];
	uint64_t zero;
	uint32_t epoch;
	int ret = ovpp_ledger_key_current(c->sql, &epoch);

	if (ret == -ENOENT)
		return say(c->err, c->size, ret,
			   "%s: has no key yet: ovppd makes it at its first start", c->path);
	if (!ret)
		ret = get_key(c->sql, 0, c->gateway, &zero);
	if (!ret)
		ret = get_key(c->sql, epoch, key, &c->from);
	if (ret)
		return sql_failed(c, ret);
	return ovpp_ledger_key_open(c->sql, epoch, c->dir, c->passphrase, &c->old, c->err, c->size);
}

/* With the folder locked. */
static int begin_any(struct change *c, const char *path, const char *dir, const char *passphrase,
		     char *err, size_t size)
{
	int ret;

	*c = (struct change){.path = path,
			     .dir = dir,
			     .passphrase = passphrase,
			     .lock = -1,
			     .err = err,
			     .size = size};
	ret = open_ledger(c);
	if (ret)
		return ret;
	ret = ovpp_keyring_lock(dir, err, size);
	if (ret < 0)
		return ret;
	c->lock = ret;
	return 0;
}

static int begin(struct change *c, const char *path, const char *dir, const char *passphrase,
		 char *err, size_t size)
{
	int ret = begin_any(c, path, dir, passphrase, err, size);

	return ret ? ret : open_old(c);
}

static void end(struct change *c)
{
	ovpp_keyring_close(c->next);
	ovpp_keyring_close(c->old);
	sqlite3_close(c->sql);
	if (c->lock >= 0)
		close(c->lock);
}

/* Wrong requests end before there is a file; batches only become more meanwhile. */
static int check(struct change *c, const struct ovpp_rotation *rotation)
{
	size_t length = rotation->reason ? strlen(rotation->reason) : 0;
	uint64_t next;
	int ret = next_batch(c->sql, &next);

	if (ret)
		return sql_failed(c, ret);
	if (length >= OVPP_NAME_SIZE)
		return say(c->err, c->size, -EINVAL, "the reason is longer than %d bytes",
			   OVPP_NAME_SIZE - 1);
	if (!rotation->revoke || rotation->from == UINT64_MAX)
		return 0;
	if (rotation->from < c->from || rotation->from > next)
		return say(c->err, c->size, -EINVAL,
			   "the key of epoch %u signs from batch %llu on, and %llu is next: it"
			   " cannot be revoked from %llu on",
			   ovpp_keyring_epoch(c->old), (unsigned long long)c->from,
			   (unsigned long long)next, (unsigned long long)rotation->from);
	return 0;
}

/*
 * A chain where the gateway has an identity has to follow: the new key proves itself there
 * as long as it is in force, and begins after the one before.
 */
static int check_chains(struct change *c, const struct ovpp_rotation *rotation)
{
	uint64_t next, since;
	uint32_t epoch;
	int ret = ovpp_identity_least(c->sql, &epoch, &since);

	if (ret == -ENOENT || rotation->revoke || rotation->force)
		return 0;
	if (!ret)
		ret = next_batch(c->sql, &next);
	if (ret)
		return sql_failed(c, ret);
	if (epoch < ovpp_keyring_epoch(c->old))
		return say(c->err, c->size, -EAGAIN,
			   "the chain does not know the key of epoch %u yet, and could never learn"
			   " it after another rotation: run 'ovpp chain register' first, or give"
			   " --force",
			   ovpp_keyring_epoch(c->old));
	if (next <= c->from || next <= since)
		return say(c->err, c->size, -EAGAIN,
			   "the key of epoch %u has signed no batch yet that the chain could have:"
			   " wait for the next one, or give --force",
			   ovpp_keyring_epoch(c->old));
	return 0;
}

/*
 * The file of the next epoch. One that is there already was left by a rotation that
 * was cut short, since the ledger does not know it: nothing is signed with it.
 */
static int make_next(struct change *c)
{
	uint32_t epoch = ovpp_keyring_epoch(c->old) + 1;
	int ret = ovpp_keyring_create(c->dir, epoch, c->passphrase, &c->next, c->err, c->size);

	if (ret != -EEXIST)
		return ret;
	if (!ovpp_keyring_open(c->dir, epoch, c->passphrase, &c->next, c->err, c->size) &&
	    ovpp_keyring_encrypted(c->next) == (c->passphrase != NULL))
		return 0;
	ovpp_keyring_close(c->next);
	c->next = NULL;
	ret = ovpp_keyring_erase(c->dir, epoch, c->err, c->size);
	if (!ret)
		ret = ovpp_keyring_create(c->dir, epoch, c->passphrase, &c->next, c->err, c->size);
	return ret;
}

/* Within a transaction, so that no batch comes in between. */
static int enter_next(struct change *c, const struct ovpp_rotation *rotation,
		      struct ovpp_key_statement *s)
{
	uint32_t epoch;
	int ret = ovpp_ledger_key_current(c->sql, &epoch);

	if (!ret && epoch != ovpp_keyring_epoch(c->old))
		return say(c->err, c->size, -ESTALE, "%s: got another key meanwhile", c->path);
	*s = (struct ovpp_key_statement){.revokes = rotation->revoke};
	memcpy(s->gateway, c->gateway, sizeof(s->gateway));
	snprintf(s->reason, sizeof(s->reason), "%s", rotation->reason ? rotation->reason : "");
	if (!ret)
		ret = next_batch(c->sql, &s->from);
	if (s->revokes)
		s->revoked_from = rotation->from == UINT64_MAX ? s->from : rotation->from;
	if (!ret)
		ret = enter(c->sql, s, c->old, c->next);
	if (ret == -EINVAL)
		return say(c->err, c->size, ret, "the reason is no UTF-8 text");
	return ret ? sql_failed(c, ret) : 0;
}

static int commit(struct change *c, const struct ovpp_rotation *rotation,
		  struct ovpp_key_statement *s)
{
	int ret = ovpp_sql_exec(c->sql, "BEGIN IMMEDIATE");

	if (ret)
		return sql_failed(c, ret);
	ret = enter_next(c, rotation, s);
	if (!ret) {
		ret = ovpp_sql_exec(c->sql, "COMMIT");
		if (ret)
			sql_failed(c, ret);
	}
	if (ret)
		ovpp_sql_exec(c->sql, "ROLLBACK");
	return ret;
}

/* The key before, and what earlier rotations that were cut short have left. */
static int erase_past(struct change *c, uint32_t epoch)
{
	char why[512];
	int ret = ovpp_keyring_tidy(c->dir, epoch, why, sizeof(why));

	if (ret)
		say(c->err, c->size, ret,
		    "the key of epoch %u is in force, but an old one is still there: %s", epoch,
		    why);
	return ret;
}

int ovpp_ledger_key_rotate(const char *path, const char *dir, const char *passphrase,
			   const struct ovpp_rotation *rotation, struct ovpp_key_statement *done,
			   char *err, size_t size)
{
	struct change c;
	int ret = begin(&c, path, dir, passphrase, err, size);

	if (!ret)
		ret = check(&c, rotation);
	if (!ret)
		ret = check_chains(&c, rotation);
	if (!ret)
		ret = make_next(&c);
	if (!ret)
		ret = commit(&c, rotation, done);
	/* After an error the ledger may have the row all the same: both files stay. */
	if (!ret)
		ret = erase_past(&c, done->epoch);
	end(&c);
	return ret;
}

int ovpp_ledger_key_protect(const char *path, const char *dir, const char *passphrase,
			    const char *wanted, uint32_t *epoch, char *err, size_t size)
{
	struct change c;
	int ret = begin(&c, path, dir, passphrase, err, size);

	/* The key is the last one: while it has the old passphrase this can be done again. */
	if (!ret)
		ret = ovpp_account_protect(dir, passphrase, wanted, err, size);
	if (!ret)
		ret = ovpp_keyring_protect(c.old, dir, wanted, err, size);
	if (!ret)
		*epoch = ovpp_keyring_epoch(c.old);
	end(&c);
	return ret;
}

int ovpp_ledger_key_tidy(const char *path, const char *dir, char *err, size_t size)
{
	struct change c;
	uint32_t epoch;
	int ret = begin_any(&c, path, dir, NULL, err, size);

	if (!ret) {
		ret = ovpp_ledger_key_current(c.sql, &epoch);
		if (ret)
			sql_failed(&c, ret);
	}
	if (!ret)
		ret = ovpp_keyring_tidy(dir, epoch, err, size);
	end(&c);
	return ret;
}
