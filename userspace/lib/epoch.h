/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An epoch: the devices that are registered, what evidence says of them, and what their
 * accounts get (docs/reward.md). Records come one after the other, from a bundle as it is
 * verified or from a ledger; none is kept.
 */
#ifndef OVPP_EPOCH_H
#define OVPP_EPOCH_H

#include "claim_tree.h"
#include "evidence.h"
#include "score.h"

/* Earlier epochs that a baseline is made of, at most. */
#define OVPP_HISTORY 10

/**
 * struct ovpp_history - mean powers of a slot in earlier epochs
 * @n: how many
 * @mean_mw: newest first
 */
struct ovpp_history {
	uint32_t n;
	int64_t mean_mw[OVPP_HISTORY];
};

/**
 * struct ovpp_epoch_device - a device that is registered
 * @id: its first public key
 * @gateway: whose evidence counts
 * @account: that is paid
 * @rated: its @baseline_mw is computed from @history, the other pointers are malloc()ed
 * @history: by slot, malloc()ed
 * @score: of which the caller sets @state
 * @baseline_mw: by slot
 * @mean_mw: by slot
 */
struct ovpp_epoch_device {
	uint8_t id[OVPP_KEY_SIZE];
	uint8_t gateway[OVPP_KEY_SIZE];
	uint8_t account[OVPP_ACCOUNT_SIZE];
	struct ovpp_score_device rated;
	struct ovpp_history *history;
	struct ovpp_score score;
	int64_t *baseline_mw;
	int64_t *mean_mw;
};

/**
 * struct ovpp_epoch_account - an account
 * @account: address
 * @total: earned so far, base units; before, and after ovpp_epoch_end()
 * @weight: of its devices
 * @pay: for this epoch
 */
struct ovpp_epoch_account {
	uint8_t account[OVPP_ACCOUNT_SIZE];
	ovpp_u128 total;
	uint64_t weight;
	ovpp_u128 pay;
};

/* A life of a site, as far as its records were seen; in epoch.c. */
struct ovpp_epoch_life;

/**
 * struct ovpp_epoch - an epoch; all zero at first
 * @params: checked by ovpp_epoch_begin()
 * @start_ms: a multiple of a slot
 * @slots: of it
 * @tariff_ppm: by slot, malloc()ed, or NULL
 * @device: ascending by id, malloc()ed
 * @n_devices: their number
 * @account: ascending, malloc()ed; with what they earned before. Those that devices
 *	name and that are missing are added.
 * @n_accounts: their number
 * @carried: from the epoch before, base units; after ovpp_epoch_end(), to the next one
 * @weight: of all
 * @life: lives of sites
 * @n_lives: their number
 * @now: the one that records belong to, or NULL
 * @runs: number of the newest run
 * @synchronized: the clock of the batch at work
 *
 * The caller sets all up to @carried.
 */
struct ovpp_epoch {
	struct ovpp_score_params params;
	uint64_t start_ms;
	uint64_t slots;
	uint32_t *tariff_ppm;
	struct ovpp_epoch_device *device;
	size_t n_devices;
	struct ovpp_epoch_account *account;
	size_t n_accounts;
	ovpp_u128 carried;
	uint64_t weight;
	struct ovpp_epoch_life *life;
	size_t n_lives;
	struct ovpp_epoch_life *now;
	uint64_t runs;
	bool synchronized;
};

/* Sets start and slots of epoch @number >= 1, by @e->params. 0 or -ERANGE. */
int ovpp_epoch_number(struct ovpp_epoch *e, uint64_t number);

/*
 * All is set that the caller sets. 0; -EINVAL with a text in @err; or -ENOMEM.
 */
int ovpp_epoch_begin(struct ovpp_epoch *e, char *err, size_t size);

/* A batch begins, or a record alone; its records follow. 0 or -ENOMEM. */
int ovpp_epoch_batch(struct ovpp_epoch *e, const struct ovpp_header *h);

/* A record, with its device or NULL. */
void ovpp_epoch_record(struct ovpp_epoch *e, const struct ovpp_record *rec,
		       const struct ovpp_device *d);

/* There are no more. 0; -EOVERFLOW: weights or amounts are too large to be true. */
int ovpp_epoch_end(struct ovpp_epoch *e);

/* What all accounts have earned so far. */
ovpp_u128 ovpp_epoch_total(const struct ovpp_epoch *e);

/* Root of the claim tree. 0 or -ENOMEM. */
int ovpp_epoch_root(const struct ovpp_epoch *e, const struct ovpp_ledger_contract *contract,
		    ovpp_hash root);

/*
 * Proof for account @i, as the contract wants it; @path has room for OVPP_MERKLE_DEPTH.
 * Length; -ENOENT: it has earned nothing; or -ENOMEM.
 */
int ovpp_epoch_proof(const struct ovpp_epoch *e, const struct ovpp_ledger_contract *contract,
		     size_t i, ovpp_hash *path);

void ovpp_epoch_free(struct ovpp_epoch *e);

#endif /* OVPP_EPOCH_H */
