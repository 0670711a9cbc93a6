/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that go through the outbox beside batches: registrations, claims, votes. They
 * wait in the database, and whoever runs the outbox of the account sends them, each with
 * one nonce, before batches that wait. One that the contract refuses is REVERTED for
 * good, with the reason: nobody pays for it twice.
 */
#ifndef OVPP_OUTBOX_CALL_H
#define OVPP_OUTBOX_CALL_H

#include "outbox.h"

/**
 * struct ovpp_outbox_call - a call
 * @to: contract, or an account
 * @code: Keccak-256 of its code, which is looked at before anything is signed; all zero:
 *	an account without code
 * @value: wei
 * @data: of the call
 * @size: its size
 * @what: for people, "register gateway"
 */
struct ovpp_outbox_call {
	ovpp_address to;
	ovpp_hash code;
	struct ovpp_u256 value;
	const uint8_t *data;
	size_t size;
	const char *what;
};

/**
 * struct ovpp_outbox_call_result - what became of it
 * @state: FINAL, REVERTED: nothing more happens, unless the block of one that was REVERTED
 *	when it was mined goes: then it is sent again. Others as of batches; HELD: @why
 * @tx: hash of its newest transaction; with MINED and above of the one that was mined
 * @block: with MINED and above; also of one that was REVERTED when it was mined, else 0
 * @gas: likewise, used
 * @cost_gwei: likewise, the fee, in 10^-9 of the coin
 * @why: why it does not get on, ""; REVERTED: what the contract says
 */
struct ovpp_outbox_call_result {
	enum ovpp_outbox_state state;
	ovpp_hash tx;
	uint64_t block;
	uint64_t gas;
	int64_t cost_gwei;
	char why[2 * OVPP_ETH_TEXT];
};

/**
 * ovpp_outbox_call_add() - a call is to be made
 * @sql: any connection to the database, which gets the tables if it has none
 * @chain_id: where
 * @from: account
 * @call: it
 * @id: set: its number
 *
 * Return: 0 or -errno.
 */
int ovpp_outbox_call_add(sqlite3 *sql, uint64_t chain_id, const ovpp_address from,
			 const struct ovpp_outbox_call *call, int64_t *id);

/* 0; -ENOENT: there is no such call; or another -errno. */
int ovpp_outbox_call_get(sqlite3 *sql, int64_t id, struct ovpp_outbox_call_result *result);

/*
 * A call that waits, NEW or HELD, is taken back. 0; -EBUSY: it was sent, or is over;
 * -ENOENT: there is no such call; or another -errno.
 */
int ovpp_outbox_call_cancel(sqlite3 *sql, int64_t id);

#endif /* OVPP_OUTBOX_CALL_H */
