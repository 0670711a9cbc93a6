// SPDX-License-Identifier: GPL-2.0-or-later
#include "epoch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1000
/* Amounts are below it, so that they can be added. */
#define AMOUNT_MAX ((ovpp_u128)1 << 127)
#define WEIGHT_MAX (UINT64_C(1) << 63)

/**
 * struct ovpp_epoch_life - a life of a site
 * @gateway: whose
 * @boot: of the machine
 * @life: within it
 * @next: seq that its run goes on with
 * @run: of its newest record; 0: there was none
 */
struct ovpp_epoch_life {
	uint8_t gateway[OVPP_KEY_SIZE];
	uint8_t boot[16];
	uint64_t life;
	uint64_t next;
	uint64_t run;
};

int ovpp_epoch_number(struct ovpp_epoch *e, uint64_t number)
{
	/* So late that no time is near its bounds. */
	if (!number || number > UINT64_C(1) << 24)
		return -ERANGE;
	e->start_ms = (e->params.epoch_start_s + (number - 1) * e->params.epoch_s) * MS_PER_S;
	e->slots = e->params.epoch_s / e->params.slot_s;
	return 0;
}

/* ---- before ------------------------------------------------------------------------ */

static int compare_accounts(const void *a, const void *b)
{
	const struct ovpp_epoch_account *x = a, *y = b;

	return memcmp(x->account, y->account, sizeof(x->account));
}

static struct ovpp_epoch_account *find_account(const struct ovpp_epoch *e,
					       const uint8_t account[OVPP_ACCOUNT_SIZE])
{
	struct ovpp_epoch_account probe;

	memcpy(probe.account, account, sizeof(probe.account));
	return e->n_accounts
		       ? bsearch(&probe, e->account, e->n_accounts, sizeof(probe), compare_accounts)
		       : NULL;
}

/* Those that devices name are there too. */
static int add_accounts(struct ovpp_epoch *e)
{
	size_t n = 0, room = e->n_accounts + e->n_devices;
	struct ovpp_epoch_account *all = calloc(room + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < e->n_accounts; i++)
		all[n++] = e->account[i];
	for (size_t i = 0; i < e->n_devices; i++)
		if (!find_account(e, e->device[i].account))
			memcpy(all[n++].account, e->device[i].account, OVPP_ACCOUNT_SIZE);
	qsort(all, n, sizeof(*all), compare_accounts);
	free(e->account);
	e->account = all;
	e->n_accounts = 0;
	for (size_t i = 0; i < n; i++)
		if (!i || compare_accounts(&all[e->n_accounts - 1], &all[i]))
			all[e->n_accounts++] = all[i];
	return 0;
}

static int begin_device(struct ovpp_epoch *e, struct ovpp_epoch_device *d)
{
	d->baseline_mw = calloc(e->slots, sizeof(*d->baseline_mw));
	d->mean_mw = calloc(e->slots, sizeof(*d->mean_mw));
	if (!d->history)
		d->history = calloc(e->slots, sizeof(*d->history));
	if (!d->baseline_mw || !d->mean_mw || !d->history)
		return -ENOMEM;
	for (uint64_t i = 0; i < e->slots; i++)
		d->baseline_mw[i] =
			ovpp_score_baseline(&e->params, d->history[i].mean_mw, d->history[i].n);
	d->rated.baseline_mw = d->baseline_mw;
	d->score.params = &e->params;
	d->score.device = &d->rated;
	d->score.tariff_ppm = e->tariff_ppm;
	d->score.mean_mw = d->mean_mw;
	d->score.start_ms = e->start_ms;
	d->score.slots = e->slots;
	return ovpp_score_check(&d->score);
}

/* Sums of what was earned must stay far from the end. */
static const char *check_accounts(const struct ovpp_epoch *e)
{
	ovpp_u128 left = AMOUNT_MAX;

	for (size_t i = 0; i < e->n_accounts; i++) {
		if (e->account[i].total >= left)
			return "the totals of the accounts are too large";
		left -= e->account[i].total;
		if (i && compare_accounts(&e->account[i - 1], &e->account[i]) >= 0)
			return "the accounts are not in ascending order";
	}
	return e->carried >= AMOUNT_MAX ? "what was carried is too large" : NULL;
}

int ovpp_epoch_begin(struct ovpp_epoch *e, char *err, size_t size)
{
	const char *wrong = ovpp_score_params_check(&e->params);
	int ret = 0;

	if (wrong) {
		snprintf(err, size, "parameter %s is out of its bounds", wrong);
		return -EINVAL;
	}
	wrong = check_accounts(e);
	if (!wrong && (!e->slots || e->slots > OVPP_SCORE_SLOTS))
		wrong = "the period is empty or too long";
	for (size_t i = 1; i < e->n_devices && !wrong; i++)
		if (memcmp(e->device[i - 1].id, e->device[i].id, OVPP_KEY_SIZE) >= 0)
			wrong = "the devices are not in ascending order";
	if (wrong) {
		snprintf(err, size, "%s", wrong);
		return -EINVAL;
	}
	for (size_t i = 0; i < e->n_devices && !ret; i++) {
		ret = begin_device(e, &e->device[i]);
		if (ret == -EINVAL)
			snprintf(err, size, "something of device %zu is out of its bounds", i);
	}
	return ret ? ret : add_accounts(e);
}

/* ---- records ----------------------------------------------------------------------- */

static bool is_life(const struct ovpp_epoch_life *life, const struct ovpp_header *h)
{
	return life->life == h->life && !memcmp(life->boot, h->boot, sizeof(h->boot)) &&
	       !memcmp(life->gateway, h->gateway, sizeof(h->gateway));
}

int ovpp_epoch_batch(struct ovpp_epoch *e, const struct ovpp_header *h)
{
	struct ovpp_epoch_life *more;

	e->synchronized = h->clock.synchronized &&
			  h->clock.error_us <= e->params.clock_error_max_us;
	/* The newest is the likeliest. */
	for (size_t i = e->n_lives; i; i--) {
		e->now = &e->life[i - 1];
		if (is_life(e->now, h))
			return 0;
	}
	more = realloc(e->life, (e->n_lives + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	e->life = more;
	e->now = &more[e->n_lives++];
	*e->now = (struct ovpp_epoch_life){.life = h->life};
	memcpy(e->now->boot, h->boot, sizeof(h->boot));
	memcpy(e->now->gateway, h->gateway, sizeof(h->gateway));
	return 0;
}

static int compare_id(const void *id, const void *device)
{
	return memcmp(id, ((const struct ovpp_epoch_device *)device)->id, OVPP_KEY_SIZE);
}

void ovpp_epoch_record(struct ovpp_epoch *e, const struct ovpp_record *rec,
		       const struct ovpp_device *d)
{
	struct ovpp_epoch_life *life = e->now;
	struct ovpp_epoch_device *of;
	struct ovpp_score_sample sample;

	if (!life)
		return;
	if (!life->run || rec->seq != life->next)
		life->run = ++e->runs;
	life->next = rec->seq + 1;
	if (!d || !e->n_devices || ovpp_score_sample_of(rec, &sample))
		return;
	of = bsearch(d->id, e->device, e->n_devices, sizeof(*of), compare_id);
	if (!of || memcmp(of->gateway, life->gateway, sizeof(of->gateway)))
		return;
	sample.run = life->run;
	sample.synchronized = e->synchronized;
	ovpp_score_add(&of->score, &sample);
}

/* ---- after ------------------------------------------------------------------------- */

/* What it did without being asked is what its baselines are made of. */
static void remember(const struct ovpp_epoch *e, struct ovpp_epoch_device *d)
{
	for (uint64_t i = 0; i < e->slots && !d->rated.n_dispatch; i++) {
		struct ovpp_history *h = &d->history[i];

		if (d->mean_mw[i] == OVPP_SCORE_UNKNOWN)
			continue;
		memmove(h->mean_mw + 1, h->mean_mw, (OVPP_HISTORY - 1) * sizeof(*h->mean_mw));
		h->mean_mw[0] = d->mean_mw[i];
		h->n += h->n < OVPP_HISTORY;
	}
}

static void pay(struct ovpp_epoch *e)
{
	ovpp_u128 pool = ovpp_reward_pool(&e->params, e->carried), left = pool;

	for (size_t i = 0; i < e->n_accounts; i++) {
		struct ovpp_epoch_account *a = &e->account[i];

		a->pay = ovpp_reward_pay(&e->params, pool, a->weight, e->weight);
		a->total += a->pay;
		left -= a->pay;
	}
	e->carried = ovpp_reward_carry(&e->params, left);
}

int ovpp_epoch_end(struct ovpp_epoch *e)
{
	for (size_t i = 0; i < e->n_devices; i++) {
		struct ovpp_epoch_device *d = &e->device[i];
		struct ovpp_epoch_account *a = find_account(e, d->account);

		ovpp_score_end(&d->score);
		remember(e, d);
		/* A device's weight is below 2^60. */
		e->weight += d->score.weight;
		if (!a || e->weight >= WEIGHT_MAX)
			return -EOVERFLOW;
		a->weight += d->score.weight;
	}
	if (e->carried + ovpp_epoch_total(e) >= AMOUNT_MAX)
		return -EOVERFLOW;
	pay(e);
	return 0;
}

ovpp_u128 ovpp_epoch_total(const struct ovpp_epoch *e)
{
	ovpp_u128 sum = 0;

	for (size_t i = 0; i < e->n_accounts; i++)
		sum += e->account[i].total;
	return sum;
}

/* Leaves of those that have earned something, and the place of account @i among them. */
static ovpp_hash *leaves(const struct ovpp_epoch *e, const struct ovpp_ledger_contract *contract,
			 size_t i, size_t *n, size_t *place)
{
	ovpp_hash *leaf = calloc(e->n_accounts + 1, sizeof(*leaf));

	*n = *place = 0;
	for (size_t k = 0; k < e->n_accounts && leaf; k++) {
		if (k == i)
			*place = *n;
		if (e->account[k].total)
			ovpp_claim_leaf(contract, e->account[k].account, e->account[k].total,
					leaf[(*n)++]);
	}
	return leaf;
}

int ovpp_epoch_root(const struct ovpp_epoch *e, const struct ovpp_ledger_contract *contract,
		    ovpp_hash root)
{
	size_t n, place;
	ovpp_hash *leaf = leaves(e, contract, 0, &n, &place);

	if (!leaf)
		return -ENOMEM;
	ovpp_claim_root(leaf, n, root);
	free(leaf);
	return 0;
}

int ovpp_epoch_proof(const struct ovpp_epoch *e, const struct ovpp_ledger_contract *contract,
		     size_t i, ovpp_hash *path)
{
	size_t n, place, length;
	ovpp_hash *leaf;

	if (i >= e->n_accounts || !e->account[i].total)
		return -ENOENT;
	leaf = leaves(e, contract, i, &n, &place);
	if (!leaf)
		return -ENOMEM;
	length = ovpp_claim_path(leaf, n, place, path);
	free(leaf);
	return (int)length;
}

void ovpp_epoch_free(struct ovpp_epoch *e)
{
	for (size_t i = 0; i < e->n_devices; i++) {
		struct ovpp_epoch_device *d = &e->device[i];

		free((void *)d->rated.ceiling_mw);
		free(d->rated.dispatch);
		free(d->history);
		free(d->baseline_mw);
		free(d->mean_mw);
	}
	free(e->device);
	free(e->account);
	free(e->tariff_ppm);
	free(e->life);
}
