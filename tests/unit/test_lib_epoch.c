// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: an epoch of several gateways, what is paid, and the tree of claims. */
#include "kselftest_harness.h"

#include <errno.h>

#include "reward.h"

#define START_MS (UINT64_C(1772323200) * 1000)
#define HOUR_MS UINT64_C(3600000)
#define STEP_MS 5000
#define KW INT64_C(1000000)
#define DEVICES 3

FIXTURE(epoch)
{
	struct ovpp_epoch e;
	struct ovpp_header h;
	struct ovpp_device table[DEVICES];
	uint64_t seq;
	char err[256];
};

typedef struct _test_data_epoch fixture;

/* Devices of two accounts; the last one is the other gateway's. */
FIXTURE_SETUP(epoch)
{
	struct ovpp_epoch *e = &self->e;

	ovpp_score_params_default(&e->params);
	e->start_ms = START_MS;
	e->slots = 2;
	e->n_devices = DEVICES;
	e->device = calloc(DEVICES, sizeof(*e->device));
	ASSERT_NE(e->device, NULL);
	for (unsigned int i = 0; i < DEVICES; i++) {
		self->table[i].der = i + 1;
		self->table[i].id[0] = e->device[i].id[0] = (uint8_t)(10 + i);
		e->device[i].gateway[0] = i == 2 ? 2 : 1;
		e->device[i].account[0] = i ? 7 : 9;
		e->device[i].rated.nameplate_mw = 5 * KW;
	}
	self->h = (struct ovpp_header){.gateway = {1}, .life = 1, .clock = {true, 1000}};
}

FIXTURE_TEARDOWN(epoch)
{
	ovpp_epoch_free(&self->e);
}

/* All devices give 1, 2 and 3 kW; a record of the site is in between. */
static void run(fixture *self, uint64_t ms)
{
	for (uint64_t t = 0; t < ms; t += STEP_MS) {
		for (unsigned int i = 0; i < DEVICES + 1; i++) {
			struct ovpp_record rec = {
				.seq = self->seq++,
				.real_ns = (START_MS + t) * 1000000,
				.mono_ns = t * 1000000,
				.type = i < DEVICES ? OVPP_RECORD_SAMPLE : OVPP_RECORD_SITE,
			};

			rec.sample.p_mw = (int64_t)(i + 1) * KW;
			rec.sample.e_export_mwh = (i + 1) * (uint64_t)KW * t / HOUR_MS;
			rec.sample.quality = OVPP_QUALITY_GOOD | OVPP_QUALITY_GOOD << 6;
			ovpp_epoch_record(&self->e, &rec, i < DEVICES ? &self->table[i] : NULL);
		}
	}
}

static void begin(fixture *self)
{
	if (ovpp_epoch_begin(&self->e, self->err, sizeof(self->err)) ||
	    ovpp_epoch_batch(&self->e, &self->h))
		abort();
}

TEST_F(epoch, weights_and_pay)
{
	struct ovpp_epoch *e = &self->e;

	begin(self);
	run(self, 2 * HOUR_MS);
	EXPECT_EQ(ovpp_epoch_end(e), 0);
	EXPECT_GT(e->device[0].score.weight, 1990000);
	EXPECT_GT(e->device[1].score.weight, 3980000);
	/* The other gateway says nothing of it. */
	EXPECT_EQ(e->device[2].score.samples, 0);
	ASSERT_EQ(e->n_accounts, 2);
	EXPECT_EQ(e->account[0].account[0], 7);
	EXPECT_EQ(e->account[0].weight, e->device[1].score.weight);
	EXPECT_EQ(e->weight, e->account[0].weight + e->account[1].weight);
	/* A token a kWh. */
	EXPECT_TRUE(e->account[0].pay == (ovpp_u128)e->account[0].weight * 1000000000000);
	EXPECT_TRUE(e->account[0].total == e->account[0].pay);
	EXPECT_TRUE(e->carried == ovpp_reward_pool(&e->params, 0) - ovpp_epoch_total(e));
}

TEST_F(epoch, another_gateway_and_life)
{
	begin(self);
	run(self, HOUR_MS);
	self->h.gateway[0] = 2;
	EXPECT_EQ(ovpp_epoch_batch(&self->e, &self->h), 0);
	self->seq = 0;
	run(self, 2 * HOUR_MS);
	EXPECT_EQ(ovpp_epoch_end(&self->e), 0);
	EXPECT_GT(self->e.device[2].score.weight, 5900000);
	EXPECT_EQ(self->e.device[0].score.covered_ms, HOUR_MS - STEP_MS);
}

/* What it is worth that record 400 is not there. */
TEST_F(epoch, a_record_that_is_missing_is_a_gap_for_all)
{
	begin(self);
	self->seq = 0;
	run(self, HOUR_MS / 2);
	/* The same life, from another second on, without one record. */
	self->seq++;
	for (unsigned int i = 0; i < 2; i++)
		EXPECT_EQ(self->e.device[i].score.has_last, true);
	run(self, HOUR_MS);
	EXPECT_EQ(ovpp_epoch_end(&self->e), 0);
	EXPECT_EQ(self->e.device[0].score.covered_ms, HOUR_MS - 2 * STEP_MS);
	EXPECT_EQ(self->e.device[1].score.covered_ms, HOUR_MS - 2 * STEP_MS);
}

TEST_F(epoch, a_clock_that_is_not_known_well)
{
	self->h.clock.error_us = 1000001;
	begin(self);
	run(self, HOUR_MS);
	EXPECT_EQ(ovpp_epoch_end(&self->e), 0);
	EXPECT_LE(self->e.device[0].score.weight, self->e.device[0].score.full / 2);
}

TEST_F(epoch, history_is_of_days_without_dispatch)
{
	struct ovpp_epoch_device *d = self->e.device;
	struct ovpp_score_dispatch *x = calloc(1, sizeof(*x));

	x->start_ms = START_MS;
	x->end_ms = START_MS + 1;
	d[1].rated.dispatch = x;
	d[1].rated.n_dispatch = 1;
	begin(self);
	d[0].history[0] = (struct ovpp_history){OVPP_HISTORY, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
	run(self, 2 * HOUR_MS);
	EXPECT_EQ(ovpp_epoch_end(&self->e), 0);
	EXPECT_EQ(d[0].history[0].n, OVPP_HISTORY);
	EXPECT_EQ(d[0].history[0].mean_mw[0], KW);
	EXPECT_EQ(d[0].history[0].mean_mw[9], 9);
	EXPECT_EQ(d[0].history[1].n, 1);
	EXPECT_EQ(d[1].history[0].n, 0);
}

TEST_F(epoch, what_cannot_be_is_refused)
{
	struct ovpp_epoch *e = &self->e;

	e->device[1].id[0] = 10;
	EXPECT_EQ(ovpp_epoch_begin(e, self->err, sizeof(self->err)), -EINVAL);
	EXPECT_STREQ(self->err, "the devices are not in ascending order");
	e->device[1].id[0] = 11;
	e->carried = (ovpp_u128)1 << 127;
	EXPECT_EQ(ovpp_epoch_begin(e, self->err, sizeof(self->err)), -EINVAL);
	e->carried = 0;
	e->params.slot_s = 1;
	EXPECT_EQ(ovpp_epoch_begin(e, self->err, sizeof(self->err)), -EINVAL);
	EXPECT_NE(strstr(self->err, "slot_s"), NULL);
	e->params.slot_s = 3600;
	EXPECT_EQ(ovpp_epoch_number(e, 0), -ERANGE);
	EXPECT_EQ(ovpp_epoch_number(e, 2), 0);
	EXPECT_EQ(e->start_ms, 86400000);
	EXPECT_EQ(e->slots, 24);
}

TEST_F(epoch, claims_hold_and_others_do_not)
{
	const struct ovpp_ledger_contract contract = {31337, {0xc0}};
	ovpp_hash root, leaf, path[OVPP_MERKLE_DEPTH];
	struct ovpp_epoch *e = &self->e;

	e->account = calloc(9, sizeof(*e->account));
	e->n_accounts = 9;
	for (unsigned int i = 0; i < 9; i++) {
		e->account[i].account[0] = (uint8_t)(20 + i);
		e->account[i].total = i == 4 ? 0 : (ovpp_u128)i + 1 + ((ovpp_u128)i << 80);
	}
	begin(self);
	EXPECT_EQ(ovpp_epoch_end(e), 0);
	EXPECT_EQ(e->n_accounts, 11);
	EXPECT_EQ(ovpp_epoch_root(e, &contract, root), 0);
	for (unsigned int i = 0; i < 11; i++) {
		int n = ovpp_epoch_proof(e, &contract, i, path);

		if (!e->account[i].total) {
			EXPECT_EQ(n, -ENOENT);
			continue;
		}
		ASSERT_GT(n, 0);
		ovpp_claim_leaf(&contract, e->account[i].account, e->account[i].total, leaf);
		EXPECT_EQ(ovpp_claim_check(leaf, path, (size_t)n, root), 0);
		ovpp_claim_leaf(&contract, e->account[i].account, e->account[i].total + 1, leaf);
		EXPECT_EQ(ovpp_claim_check(leaf, path, (size_t)n, root), -EBADMSG);
	}
}

/* As "reward.py leaf" has it. */
TEST_F(epoch, leaf_as_the_contract_has_it)
{
	const struct ovpp_ledger_contract contract = {31337, {0xc0}};
	const uint8_t account[OVPP_ACCOUNT_SIZE] = {0xff};
	ovpp_hash leaf, wanted;

	ovpp_claim_leaf(&contract, account, ((ovpp_u128)1 << 100) + 7, leaf);
	ASSERT_EQ(ovpp_unhex("68e951ec8a55b544b3a9a3e8e096f3fe9c7ee5746291739e9c4f0beebf1726da",
			     wanted, sizeof(wanted)),
		  0);
	EXPECT_EQ(memcmp(leaf, wanted, sizeof(leaf)), 0);
}

TEST_F(epoch, an_empty_tree_has_no_root)
{
	const struct ovpp_ledger_contract contract = {1, {1}};
	ovpp_hash root, none = {0};

	begin(self);
	EXPECT_EQ(ovpp_epoch_end(&self->e), 0);
	EXPECT_EQ(ovpp_epoch_root(&self->e, &contract, root), 0);
	EXPECT_EQ(memcmp(root, none, sizeof(root)), 0);
}

TEST_F(epoch, amounts)
{
	char text[OVPP_AMOUNT_TEXT];
	ovpp_u128 x;

	ovpp_amount_text(0, text);
	EXPECT_STREQ(text, "0");
	ovpp_amount_text(((ovpp_u128)1 << 127) - 1, text);
	EXPECT_STREQ(text, "170141183460469231731687303715884105727");
	EXPECT_EQ(ovpp_amount_parse("100000000000000000000000000007", &x), 0);
	ovpp_amount_text(x, text);
	EXPECT_STREQ(text, "100000000000000000000000000007");
	EXPECT_EQ(ovpp_amount_parse("170141183460469231731687303715884105729", &x), -ERANGE);
	EXPECT_EQ(ovpp_amount_parse("", &x), -EINVAL);
	EXPECT_EQ(ovpp_amount_parse("01", &x), -EINVAL);
	EXPECT_EQ(ovpp_amount_parse("-1", &x), -EINVAL);
}

/* Where two documents differ first. */
static const char *difference(const char *a, const char *b)
{
	static struct ovpp_json_difference d;
	json_t *x = json_loads(a, 0, NULL), *y = json_loads(b, 0, NULL);
	bool same = ovpp_json_same(x, y, &d);

	json_decref(x);
	json_decref(y);
	return same ? NULL : d.path;
}

TEST_F(epoch, first_difference)
{
	EXPECT_EQ(difference("{\"a\": [1, {\"b\": 2}]}", "{\"a\": [1, {\"b\": 2}]}"), NULL);
	EXPECT_STREQ(difference("{\"a\": [1, {\"b\": 2}]}", "{\"a\": [1, {\"b\": 3}]}"), "a[1].b");
	EXPECT_STREQ(difference("{\"a\": [[1, 2]]}", "{\"a\": [[1]]}"), "a[0][1]");
	EXPECT_STREQ(difference("{\"a\": 1}", "{\"a\": 1, \"b\": 2}"), "b");
	EXPECT_STREQ(difference("{\"a\": 1}", "{\"a\": \"1\"}"), "a");
}

TEST_HARNESS_MAIN
