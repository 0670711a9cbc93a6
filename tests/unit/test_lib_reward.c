// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: the document of a reward, from its inputs and bundles. */
#include "kselftest_harness.h"

#include <errno.h>
#include <unistd.h>

#include "evidence_made.h"
#include "reward.h"

#define RECORDS 400

FIXTURE(reward)
{
	struct made *m;
	struct ovpp_reward r;
	json_t *inputs;
	json_t *gateways;
	json_t *results;
	char path[64];
	char err[256];
};

typedef struct _test_data_reward fixture;

/* Registers that follow power: 1 kW each. */
static void write_bundle(fixture *self, const char *path)
{
	struct ovpp_record rec[RECORDS];
	FILE *f = fopen(path, "w");

	MUST(f);
	self->m->step_ns = 1000000000;
	made_begin(self->m);
	made_table(self->m);
	made_records(self->m, rec, RECORDS, 2);
	for (size_t i = 0; i < RECORDS; i++) {
		rec[i].sample.p_mw = 1000000;
		rec[i].sample.e_import_mwh = 5;
		rec[i].sample.e_export_mwh = i / 2 * 2 * 1000000 / 3600;
	}
	made_batch(self->m, rec, RECORDS, RECORDS);
	made_head(self->m);
	MUST(fwrite(self->m->out.data, 1, self->m->out.size, f) == self->m->out.size);
	MUST(!fclose(f));
}

/* Both devices, and an account that has earned before. */
static json_t *make_inputs(const struct made *m)
{
	bool turned = memcmp(m->device[0].id, m->device[1].id, OVPP_KEY_SIZE) > 0;
	char id[2][2 * OVPP_KEY_SIZE + 1], gateway[2 * OVPP_KEY_SIZE + 1];
	struct ovpp_score_params p;
	json_t *devices;

	ovpp_score_params_default(&p);
	p.epoch_start_s = MADE_REAL_NS / 1000000000;
	ovpp_hex(m->device[turned].id, OVPP_KEY_SIZE, id[0]);
	ovpp_hex(m->device[!turned].id, OVPP_KEY_SIZE, id[1]);
	ovpp_hex(m->key[0].public, OVPP_KEY_SIZE, gateway);
	devices = json_pack("[{s:s,s:s,s:s,s:i,s:i},{s:s,s:s,s:s,s:i,s:i}]", "id", id[0], "gateway",
			    gateway, "account", "0x1111111111111111111111111111111111111111",
			    "nameplate_mw", 2000000, "capacity_mwh", 0, "id", id[1], "gateway",
			    gateway, "account", "0x2222222222222222222222222222222222222222",
			    "nameplate_mw", 2000000, "capacity_mwh", 0);
	return json_pack("{s:i,s:i,s:s,s:i,s:o,s:o,s:[{s:s,s:s}],s:s}", "version", 1, "chain_id", 1,
			 "contract", "0x00000000000000000000000000000000000000c0", "epoch", 1,
			 "params", ovpp_score_params_json(&p), "devices", devices, "accounts",
			 "account", "0x0000000000000000000000000000000000000001", "total", "77",
			 "carried", "0");
}

FIXTURE_SETUP(reward)
{
	int fd;

	strcpy(self->path, "/tmp/reward-XXXXXX");
	fd = mkstemp(self->path);
	ASSERT_GE(fd, 0);
	close(fd);
	self->m = made_new(2);
	self->inputs = make_inputs(self->m);
	ASSERT_NE(self->inputs, NULL);
	write_bundle(self, self->path);
}

FIXTURE_TEARDOWN(reward)
{
	ovpp_reward_free(&self->r);
	json_decref(self->inputs);
	json_decref(self->gateways);
	json_decref(self->results);
	made_free(self->m);
	unlink(self->path);
}

static int compute(fixture *self)
{
	char *paths[] = {self->path};
	int ret = ovpp_reward_read(&self->r, self->inputs, self->err, sizeof(self->err));

	if (!ret)
		ret = ovpp_reward_bundles(&self->r, paths, 1, &self->gateways, self->err,
					  sizeof(self->err));
	return ret ? ret : ovpp_reward_results(&self->r, self->inputs, &self->results);
}

static json_t *document(const fixture *self)
{
	return json_pack("{s:O,s:O}", "inputs", self->inputs, "results", self->results);
}

TEST_F(reward, from_a_bundle)
{
	ASSERT_EQ(compute(self), 0);
	EXPECT_EQ(self->r.epoch.device[0].score.samples, RECORDS / 2);
	EXPECT_GT(self->r.epoch.device[0].score.weight, 0);
	EXPECT_EQ(self->r.epoch.n_accounts, 3);
	EXPECT_EQ(json_array_size(self->gateways), 1);
}

TEST_F(reward, a_bundle_twice_or_damaged_is_refused)
{
	char *twice[] = {self->path, self->path}, *none[] = {"/nonexistent"};
	FILE *f;

	ASSERT_EQ(ovpp_reward_read(&self->r, self->inputs, self->err, sizeof(self->err)), 0);
	EXPECT_EQ(ovpp_reward_bundles(&self->r, twice, 2, &self->gateways, self->err,
				      sizeof(self->err)),
		  -EBADMSG);
	EXPECT_EQ(ovpp_reward_bundles(&self->r, none, 1, &self->gateways, self->err,
				      sizeof(self->err)),
		  -ENOENT);
	f = fopen(self->path, "w");
	ASSERT_NE(f, NULL);
	EXPECT_EQ(fwrite(self->m->out.data, 1, 40, f), 40);
	fclose(f);
	EXPECT_EQ(ovpp_reward_bundles(&self->r, twice, 1, &self->gateways, self->err,
				      sizeof(self->err)),
		  -EBADMSG);
	EXPECT_NE(strstr(self->err, self->path), NULL);
}

TEST_F(reward, inputs_that_are_wrong_say_where)
{
	json_t *devices = json_object_get(self->inputs, "devices");

	json_object_set_new(json_array_get(devices, 1), "nameplate_mw", json_integer(0));
	EXPECT_EQ(ovpp_reward_read(&self->r, self->inputs, self->err, sizeof(self->err)), -EINVAL);
	EXPECT_NE(strstr(self->err, "devices[1].nameplate_mw"), NULL);
}

TEST_F(reward, the_next_epoch)
{
	struct ovpp_json_difference d;
	json_t *doc, *next, *expected;

	ASSERT_EQ(compute(self), 0);
	doc = document(self);
	ASSERT_EQ(ovpp_reward_next(doc, &next), 0);
	ASSERT_EQ(ovpp_reward_follows(next, doc, &expected), 0);
	EXPECT_TRUE(ovpp_json_same(expected, next, &d));
	json_decref(expected);
	json_array_remove(json_object_get(next, "devices"), 0);
	ASSERT_EQ(ovpp_reward_follows(next, doc, &expected), 0);
	EXPECT_FALSE(ovpp_json_same(expected, next, &d));
	EXPECT_STREQ(d.path, "devices[1]");
	json_decref(expected);
	json_decref(next);
	EXPECT_EQ(ovpp_reward_next(self->inputs, &next), -EBADMSG);
	json_decref(doc);
}

TEST_F(reward, the_proof_of_an_account)
{
	uint8_t account[OVPP_ACCOUNT_SIZE] = {0};
	ovpp_hash path[OVPP_MERKLE_DEPTH], leaf, root;
	ovpp_u128 total;
	json_t *doc;
	int n;

	ASSERT_EQ(compute(self), 0);
	doc = document(self);
	EXPECT_EQ(ovpp_reward_proof(doc, account, &total, path), -ENOENT);
	account[OVPP_ACCOUNT_SIZE - 1] = 1;
	n = ovpp_reward_proof(doc, account, &total, path);
	ASSERT_EQ(n, 2);
	EXPECT_TRUE(total == 77);
	ovpp_claim_leaf(&self->r.contract, account, total, leaf);
	EXPECT_EQ(ovpp_epoch_root(&self->r.epoch, &self->r.contract, root), 0);
	EXPECT_EQ(ovpp_claim_check(leaf, path, 2, root), 0);
	json_object_set_new(json_object_get(doc, "inputs"), "chain_id", json_integer(2));
	EXPECT_EQ(ovpp_reward_proof(doc, account, &total, path), -EBADMSG);
	json_decref(doc);
}

TEST_HARNESS_MAIN
