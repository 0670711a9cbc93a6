/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which key of the gateway is in force: the table "key" of the ledger. A key begins
 * with the batch that is next when its row is committed, so that rotation needs
 * nothing of the daemon: its next transaction finds the row and signs with that key.
 */
#ifndef OVPP_LEDGER_KEY_H
#define OVPP_LEDGER_KEY_H

#include <sqlite3.h>

#include "evidence.h"
#include "keyring.h"

/**
 * ovpp_ledger_key_current() - the newest epoch
 * @sql: ledger
 * @epoch: set
 *
 * Return: 0; -ENOENT: there is no key yet; or another -errno.
 */
int ovpp_ledger_key_current(sqlite3 *sql, uint32_t *epoch);

/**
 * ovpp_ledger_key_open() - open the key of an epoch, if it is the one that the ledger
 * means
 * @sql: ledger
 * @epoch: that it has
 * @dir: folder of the keys
 * @passphrase: of the key, or NULL
 * @out: set; to be closed with ovpp_keyring_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: as ovpp_keyring_open(); -EKEYREJECTED also for another key in the file.
 */
int ovpp_ledger_key_open(sqlite3 *sql, uint32_t epoch, const char *dir, const char *passphrase,
			 struct ovpp_keyring **out, char *err, size_t size);

/**
 * ovpp_ledger_key_first() - enter epoch 0, within the caller's transaction
 * @sql: ledger without any key
 * @key: of epoch 0
 *
 * Return: 0 or -errno.
 */
int ovpp_ledger_key_first(sqlite3 *sql, struct ovpp_keyring *key);

/**
 * struct ovpp_rotation - what is asked for
 * @revoke: the key in force is not to be trusted any more ...
 * @from: ... from this batch on; UINT64_MAX: from the next one on
 * @force: also if a chain could not follow; without @revoke
 * @reason: for people, may be NULL
 */
struct ovpp_rotation {
	bool revoke;
	bool force;
	uint64_t from;
	const char *reason;
};

/**
 * ovpp_ledger_key_rotate() - let a new key begin, in a transaction of its own
 * @path: ledger
 * @dir: folder of the keys
 * @passphrase: of the key in force and of the new one; NULL
 * @rotation: what is asked for
 * @done: set to the statement
 * @err: room for a text, set on error
 * @size: its size
 *
 * The new file is on the disk before the row is, the old one is erased after it. A
 * cut of power in between leaves a file that the next rotation takes, replaces or
 * erases.
 *
 * Return: 0; -EINVAL: @rotation; -EAGAIN: a chain where the gateway has an identity does
 * not know the key in force yet, or that key has signed nothing there; -EBUSY: another rotation, or
 * a writer that does not end; errors of ovpp_keyring_open(); or another -errno.
 */
int ovpp_ledger_key_rotate(const char *path, const char *dir, const char *passphrase,
			   const struct ovpp_rotation *rotation, struct ovpp_key_statement *done,
			   char *err, size_t size);

/**
 * ovpp_ledger_key_protect() - another passphrase for the key in force and the accounts
 * @path: ledger
 * @dir: folder of the keys
 * @passphrase: that it has; NULL
 * @wanted: that it gets; NULL: it is not encrypted any more
 * @epoch: set to its epoch
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: as ovpp_ledger_key_rotate().
 */
int ovpp_ledger_key_protect(const char *path, const char *dir, const char *passphrase,
			    const char *wanted, uint32_t *epoch, char *err, size_t size);

/**
 * ovpp_ledger_key_tidy() - erase the keys that are not in force any more
 * @path: ledger
 * @dir: folder of the keys
 * @err: room for a text, set on error
 * @size: its size
 *
 * For what a rotation that was cut short has left; it needs no passphrase.
 *
 * Return: as ovpp_ledger_key_rotate().
 */
int ovpp_ledger_key_tidy(const char *path, const char *dir, char *err, size_t size);

#endif /* OVPP_LEDGER_KEY_H */
