/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of the outbox.
 *
 *	target	where batches of a gateway go; base_seq, base_acc: where its hash chain
 *		begins, as far as this ledger knows it
 *	lane	an account on a chain; next_nonce: of its next transaction
 *	intent	a batch; lane and nonce: the transaction that has it; acc: the head's after
 *		it; block and block_hash: where it was anchored
 *	call	another call (outbox_call.h); block_hash of one that is REVERTED: its block
 *		may still go
 *	attempt	bytes that were sent, or are going to be; call: its number, else they are of
 *		batches. Those of one nonce differ in their fees, and after blocks were
 *		gone perhaps in what they do; at most one of them is ever mined
 */
#ifndef OVPP_OUTBOX_DB_H
#define OVPP_OUTBOX_DB_H

#include "ledger_sql.h"
#include "outbox_call.h"

enum outbox_statement {
	OUTBOX_BEGIN,
	OUTBOX_COMMIT,
	OUTBOX_ROLLBACK,
	OUTBOX_NONCE_GET,
	OUTBOX_NONCE_SET,
	OUTBOX_BASE_GET,
	OUTBOX_FIRST,
	OUTBOX_BASE_SET,
	OUTBOX_STRAYS,
	OUTBOX_ACTIVE,
	OUTBOX_WAITING,
	OUTBOX_WAITING_FROM,
	OUTBOX_RANGE,
	OUTBOX_LAST_ACC,
	OUTBOX_BUILT_SET,
	OUTBOX_SLOT_STATE,
	OUTBOX_SLOT_SIZE,
	OUTBOX_MINED_SET,
	OUTBOX_UNDONE_SET,
	OUTBOX_HELD_SET,
	OUTBOX_UNSETTLED,
	OUTBOX_REORGED_SET,
	OUTBOX_SETTLED_SET,
	OUTBOX_CALL_WAITING,
	OUTBOX_CALL_GET,
	OUTBOX_CALL_BUILT_SET,
	OUTBOX_CALL_ATTEMPT,
	OUTBOX_CALL_AGAIN,
	OUTBOX_CALL_AGAIN_SET,
	OUTBOX_CALL_ENDED_SET,
	OUTBOX_CALL_SLOT_STATE,
	OUTBOX_CALL_SLOT_SIZE,
	OUTBOX_CALL_WHY_SET,
	OUTBOX_CALL_MINED_SET,
	OUTBOX_CALL_UNDONE_SET,
	OUTBOX_CALL_UNSETTLED,
	OUTBOX_CALL_REORGED_SET,
	OUTBOX_CALL_SETTLED_SET,
	OUTBOX_ATTEMPT_ADD,
	OUTBOX_ATTEMPT_GET,
	OUTBOX_ATTEMPT_COST,
	OUTBOX_DAY,
	OUTBOX_DAY_COST,
	N_OUTBOX_STATEMENTS
};

/**
 * struct outbox_db - the tables, of one target and one account
 * @sql: connection
 * @st: statements
 * @target: id; 0: there is none
 * @lane: id
 */
struct outbox_db {
	sqlite3 *sql;
	sqlite3_stmt *st[N_OUTBOX_STATEMENTS];
	int64_t target;
	int64_t lane;
};

/**
 * struct outbox_attempt - bytes of a transaction
 * @call: number of the call; 0: it is of something else
 * @hash: by which it is known
 * @raw: bytes
 * @gas: limit
 * @tip: wei a gas
 * @fee: wei a gas
 * @day: since 1970, as the chain has it
 * @cost_gwei: at most
 */
struct outbox_attempt {
	int64_t call;
	ovpp_hash hash;
	struct ovpp_buffer raw;
	uint64_t gas;
	uint64_t tip;
	uint64_t fee;
	int64_t day;
	int64_t cost_gwei;
};

/**
 * struct outbox_receipt - what became of a transaction
 * @succeeded: it was not reverted
 * @block: where it is
 * @block_hash: its hash
 * @gas: used
 * @cost_gwei: in 10^-9 of the coin
 */
struct outbox_receipt {
	bool succeeded;
	uint64_t block;
	ovpp_hash block_hash;
	uint64_t gas;
	int64_t cost_gwei;
};

int outbox_db_open(struct outbox_db *db, sqlite3 *sql, const struct ovpp_outbox_options *o);
void outbox_db_close(struct outbox_db *db);

/* From now on batches go there. */
int outbox_db_target(struct outbox_db *db, const struct ovpp_outbox_target *target);

/* A transaction, which outbox_db_end() commits if @ret is 0. Return: the first error. */
int outbox_db_begin(struct outbox_db *db);
int outbox_db_end(struct outbox_db *db, int ret);

/* outbox_schema.c: the row of a target or an account, which is made if it is not there. */
int outbox_find_target(sqlite3 *sql, const struct ovpp_outbox_target *t, int64_t *id);
int outbox_find_lane(sqlite3 *sql, uint64_t chain_id, const ovpp_address signer, int64_t *id);

/* Runs a statement with numbers. */
#define OUTBOX_RUN(db, name, ...) OVPP_SQL_RUN((db)->st[OUTBOX_##name], __VA_ARGS__)

/* The first row of one: binds numbers, reads @columns numbers. 0, -ENOENT or -errno. */
int outbox_db_row(struct outbox_db *db, enum outbox_statement st, size_t n, const int64_t *arg,
		  size_t columns, int64_t *out);
#define OUTBOX_ROW(db, name, columns, out, ...)                                              \
	outbox_db_row(db, OUTBOX_##name, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), \
		      (const int64_t[]){__VA_ARGS__}, columns, out)

/* The hash chain up to the batch before @next. 0; -ENOENT: batches are missing here. */
int outbox_db_acc(struct outbox_db *db, const uint8_t gateway[32], uint64_t next, ovpp_hash acc);
int outbox_db_base(struct outbox_db *db, uint64_t seq, const ovpp_hash acc);
/* Did the first batch here begin the head's hash chain? 0; -ENOENT: no; or another -errno. */
int outbox_db_began(struct outbox_db *db, const uint8_t gateway[32],
		    const struct ovpp_anchor_head *head, int64_t *first);

/*
 * Batches that wait, from @seq on without a break, before @until; at most @max. Return:
 * number or -errno.
 */
int outbox_db_waiting(struct outbox_db *db, uint64_t seq, uint64_t until, struct ovpp_anchor *b,
		      size_t max);

/* The first row of a statement: a number and a hash. 0; -ENOENT or -errno. */
int outbox_db_number_and_hash(sqlite3_stmt *st, uint64_t *number, ovpp_hash hash);
void outbox_db_bind(sqlite3_stmt *st, int at, const void *data, size_t size);

/* A batch goes with the transaction of this nonce. */
int outbox_db_built(struct outbox_db *db, uint64_t nonce, const struct ovpp_anchor *b,
		    const ovpp_hash acc);
/* All batches before @next are anchored in a block, if @hash is its hash. */
int outbox_db_mined(struct outbox_db *db, enum ovpp_outbox_state state, uint64_t next,
		    uint64_t block, const ovpp_hash hash);
/* What is left of a transaction's batches is to be tried again. */
int outbox_db_undone(struct outbox_db *db, uint64_t nonce, enum ovpp_outbox_state state,
		     const char *why);
/* All that waits before @next waits for a reason. */
int outbox_db_held(struct outbox_db *db, uint64_t next, const char *why);
/* The latest block with batches that are not final. 0; -ENOENT or another -errno. */
int outbox_db_unsettled(struct outbox_db *db, uint64_t *block, ovpp_hash hash);
int outbox_db_reorged(struct outbox_db *db, uint64_t block, const ovpp_hash hash);

/* The state of all that has this nonce and is on its way. */
int outbox_db_slot_state(struct outbox_db *db, uint64_t nonce, enum ovpp_outbox_state state);

/* outbox_db_call.c. A call that waits: @data, which is added to. 0; -ENOENT or -errno. */
int outbox_db_call(struct outbox_db *db, int64_t id, struct ovpp_outbox_call *call,
		   struct ovpp_buffer *data);
/* It goes with the transaction of this nonce. 0; -ENOENT: it was taken back; or -errno. */
int outbox_db_call_built(struct outbox_db *db, int64_t id, uint64_t nonce);
/* It waits for a reason (HELD), or will not be made (REVERTED). */
int outbox_db_call_ended(struct outbox_db *db, int64_t id, enum ovpp_outbox_state state,
			 const char *why);
int outbox_db_call_why(struct outbox_db *db, uint64_t nonce, const char *why);
/* It was made, by the attempt of this hash; the state is REVERTED if it did nothing. */
int outbox_db_call_mined(struct outbox_db *db, int64_t id, const ovpp_hash hash,
			 const struct outbox_receipt *receipt, enum ovpp_outbox_state state);
/* Hash of an attempt of it; the newest is number 0. 0; -ENOENT or -errno. */
int outbox_db_call_attempt(struct outbox_db *db, int64_t id, unsigned int number, ovpp_hash hash);
/* Calls on their way with this nonce were not made. */
int outbox_db_call_undone(struct outbox_db *db, uint64_t nonce, const char *why);
/* The first block from @first on with calls that are not final. 0; -ENOENT or -errno. */
int outbox_db_call_unsettled(struct outbox_db *db, uint64_t first, uint64_t *block);
/* A block has this hash: what is final of its calls, and what is gone. */
int outbox_db_call_settle(struct outbox_db *db, uint64_t block, const ovpp_hash hash,
			  uint64_t finalized, uint64_t safe);

int outbox_db_attempt_add(struct outbox_db *db, uint64_t nonce, const struct outbox_attempt *a);
/* The newest attempt is number 0. 0; -ENOENT: there are not so many; or another -errno. */
int outbox_db_attempt(struct outbox_db *db, uint64_t nonce, unsigned int number,
		      struct outbox_attempt *a);
/* Of the attempts of its nonce this one was mined, and cost so much. */
int outbox_db_cost(struct outbox_db *db, const ovpp_hash hash, int64_t gwei);

#endif /* OVPP_OUTBOX_DB_H */
