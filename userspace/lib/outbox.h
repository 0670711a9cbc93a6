/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outbox: batches on their way to the contract that anchors them. What has to be
 * known to get each of them there once, whatever happens, is in the ledger's database;
 * a transaction's bytes are there, committed, before they are sent.
 *
 *	NEW -> BUILT -> SENT -> MINED -> SAFE -> FINAL
 *
 * REORGED: its block is gone; the same bytes are sent again. REVERTED: the contract did
 * not take it. HELD: too dear, or somebody has to look; `why` says so. Both are tried
 * again. What is anchored says the contract's head alone: a batch is MINED when the head
 * is beyond it and its hash chain is that of this ledger.
 *
 * One transaction is on its way at a time: batches of a gateway depend on each other, so
 * that more would gain nothing. Those that wait go together in the next one.
 *
 * A state machine: it says what to ask a node (eth.h) and is told the answer and the
 * time. It keeps nothing but timers in memory. One thread at a time; it begins and ends
 * transactions of its own on its connection.
 */
#ifndef OVPP_OUTBOX_H
#define OVPP_OUTBOX_H

#include <jansson.h>
#include <sqlite3.h>

#include "anchor.h"
#include "eth.h"
#include "evm_key.h"
#include "identity.h"
#include "network.h"

/* Batches in one transaction, at most. */
#define OVPP_OUTBOX_TOGETHER 100

/* In the database: never renumbered. */
enum ovpp_outbox_state {
	OVPP_OUTBOX_NEW,
	OVPP_OUTBOX_BUILT,
	OVPP_OUTBOX_SENT,
	OVPP_OUTBOX_MINED,
	OVPP_OUTBOX_SAFE,
	OVPP_OUTBOX_FINAL,
	OVPP_OUTBOX_REORGED,
	OVPP_OUTBOX_REVERTED,
	OVPP_OUTBOX_HELD,
	N_OVPP_OUTBOX_STATES
};

/* "NEW" */
const char *ovpp_outbox_state_name(enum ovpp_outbox_state state);

/**
 * struct ovpp_outbox_target - where batches of a gateway are anchored
 * @network: chain
 * @contract: TelemetryAnchor
 * @registry: DeviceRegistry, whose identity of this ledger (identity.h) says @gateway,
 *	as soon as there is one; all zero: @gateway is set
 * @gateway: id in the registry; all zero, as @registry: there are only calls
 */
struct ovpp_outbox_target {
	struct ovpp_network network;
	ovpp_address contract;
	ovpp_address registry;
	uint8_t gateway[32];
};

/**
 * struct ovpp_outbox_options - how to send
 * @target: where to
 * @code: Keccak-256 of the code of the target's contract
 * @mainnet: also where it costs money
 * @key: of the gateway's account; borrowed
 * @batch_gwei: what the transaction of one batch may cost, in 10^-9 of the coin
 * @day_gwei: what all transactions of a day may cost, calls (outbox_call.h) too; not
 *	what they transfer
 * @poll_ms: between two questions for a receipt; 0: the time of a block
 * @bump_ms: from sending to raising the fees; 0: 30 s
 * @settle_ms: between two looks at what is final, and at what is held; 0: the time of 30 blocks
 */
struct ovpp_outbox_options {
	struct ovpp_outbox_target target;
	ovpp_hash code;
	bool mainnet;
	const struct ovpp_evm_key *key;
	uint64_t batch_gwei;
	uint64_t day_gwei;
	uint64_t poll_ms;
	uint64_t bump_ms;
	uint64_t settle_ms;
};

struct ovpp_outbox;

/* Makes the tables if need be, within the caller's transaction or without one. 0 or -errno. */
int ovpp_outbox_create(sqlite3 *sql);

/**
 * ovpp_outbox_database() - open the file that an outbox is in
 * @path: a ledger, or a file of its own, which is made if it is not there
 * @out: set; to be closed with sqlite3_close()
 * @err: room for a text, set on error
 * @size: its size
 *
 * It has the tables then, and a log that is on the disk when a transaction is: whoever
 * opens a database in another way sees to that.
 *
 * Return: 0 or -errno.
 */
int ovpp_outbox_database(const char *path, sqlite3 **out, char *err, size_t size);

/**
 * ovpp_outbox_lock() - one process at a time runs the outbox of a database
 * @database: its path
 * @err: room for a text, set on error
 * @size: its size
 *
 * Return: a file descriptor, which is closed to give the lock back; -EBUSY: another
 * process has it; or another -errno.
 */
int ovpp_outbox_lock(const char *database, char *err, size_t size);

/**
 * ovpp_outbox_add() - a batch is to be anchored; what was added before stays as it is
 * @sql: connection, within the transaction that stores the batch
 * @target: where
 * @batch: it
 *
 * Return: 0 or -errno.
 */
int ovpp_outbox_add(sqlite3 *sql, const struct ovpp_outbox_target *target,
		    const struct ovpp_anchor *batch);

/**
 * ovpp_outbox_fill() - all batches of a ledger are to be anchored, as above
 * @sql: connection to the ledger
 * @target: where
 * @since: first batch
 *
 * Some at a time, so that nobody waits long for the database: to be called until there
 * are none left.
 *
 * Return: how many were added; or -errno.
 */
int ovpp_outbox_fill(sqlite3 *sql, const struct ovpp_outbox_target *target, uint64_t since);

/**
 * ovpp_outbox_gateway() - sets @target->gateway, if there is an identity at its registry
 * @sql: connection to the ledger
 * @target: where
 * @identity: set
 *
 * Return: 0; -ENOENT: there is none; or another -errno.
 */
int ovpp_outbox_gateway(sqlite3 *sql, struct ovpp_outbox_target *target,
			struct ovpp_identity *identity);

/**
 * ovpp_outbox_open() - go on with what is in the database
 * @sql: connection, which the outbox uses from now on
 * @options: copied
 * @out: set; to be closed with ovpp_outbox_close()
 *
 * Return: 0; -EPERM: the chain is a mainnet, which was not asked for; or another -errno.
 */
int ovpp_outbox_open(sqlite3 *sql, const struct ovpp_outbox_options *options,
		     struct ovpp_outbox **out);
void ovpp_outbox_close(struct ovpp_outbox *o);

/**
 * ovpp_outbox_next() - what to ask now
 * @o: outbox
 * @now_ms: CLOCK_MONOTONIC
 * @req: set with 1; its data stays until ovpp_outbox_answer()
 * @wake_ms: set with 0: nothing to ask before
 *
 * The same question comes until ovpp_outbox_answer() was told its answer.
 *
 * Return: 1; 0; or -errno: the database does not work; to be called again later.
 */
int ovpp_outbox_next(struct ovpp_outbox *o, uint64_t now_ms, struct ovpp_eth_request *req,
		     uint64_t *wake_ms);

/* The answer to the last question. 0 or -errno, as above. */
int ovpp_outbox_answer(struct ovpp_outbox *o, uint64_t now_ms, const struct ovpp_eth_answer *a);

/* What is wrong at the moment, for people; "" if nothing is. */
const char *ovpp_outbox_trouble(const struct ovpp_outbox *o);

/*
 * {"chain_id", "network", "states": {NAME: number}, "held": text or null, "calls": number
 * that are not done}; from any connection.
 */
json_t *ovpp_outbox_status(sqlite3 *sql, const struct ovpp_outbox_target *target);

/*
 * What the transactions of an account have cost, or may have, in 10^-9 of the coin, on a
 * day of the chain: its time in s / 86400. 0 or -errno.
 */
int ovpp_outbox_spent(sqlite3 *sql, uint64_t chain_id, const ovpp_address account, int64_t day,
		      int64_t *gwei);

#endif /* OVPP_OUTBOX_H */
