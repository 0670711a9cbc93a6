// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/deployment.c, lib/chain_config.c: files and sections, right and wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"

#include "chain_config.h"
#include "evm_key.h"

#define H1 "0x1111111111111111111111111111111111111111111111111111111111111111"
#define A1 "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
#define CONTRACT "{\"address\": \"" A1 "\", \"code_hash\": \"" H1 "\"}"
#define DEPLOYMENT                                                                                \
	"{\"chain_id\": 31337, \"first_block\": 7, \"contracts\": {\"DeviceRegistry\": " CONTRACT \
	", \"TelemetryAnchor\": " CONTRACT ", \"Unknown\": 1}}"

FIXTURE(chain)
{
	char dir[200];
	char path[256];
	struct ovpp_deployment d;
	struct ovpp_chain_config c;
	char err[600];
};

FIXTURE_SETUP(chain)
{
	const char *out = getenv("OUT");

	snprintf(self->dir, sizeof(self->dir), "%s/chain-XXXXXX", out ? out : ".");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/deployment.json", self->dir);
}

FIXTURE_TEARDOWN(chain)
{
	ovpp_chain_config_free(&self->c);
	remove(self->path);
	remove(self->dir);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

TEST_F(chain, a_deployment_says_where_the_contracts_are)
{
	put(self->path, DEPLOYMENT);
	ASSERT_EQ(0, ovpp_deployment_read(self->path, &self->d, self->err, sizeof(self->err)));
	EXPECT_EQ(31337, self->d.chain_id);
	EXPECT_EQ(7, self->d.first_block);
	EXPECT_TRUE(self->d.contract[OVPP_TELEMETRY_ANCHOR].known);
	EXPECT_FALSE(self->d.contract[OVPP_TOKEN].known);
	EXPECT_EQ(0xf3, self->d.contract[OVPP_TELEMETRY_ANCHOR].address[0]);
	EXPECT_EQ(0x11, self->d.contract[OVPP_DEVICE_REGISTRY].code[31]);
}

TEST_F(chain, a_deployment_that_is_none_is_told)
{
	static const struct {
		const char *text;
		const char *what;
	} wrong[] = {
		{"{", ":1: "},
		{"[]", "chain_id: is missing"},
		{"{\"chain_id\": 0}", "chain_id: is missing, or no such number"},
		{"{\"chain_id\": 1, \"first_block\": -1}", "first_block: "},
		{"{\"chain_id\": 1, \"first_block\": 0}", "contracts: is missing"},
		{"{\"chain_id\": 1, \"first_block\": 0, \"contracts\": {\"OVPPToken\": {}}}",
		 "contracts.OVPPToken.address: is no address"},
		{"{\"chain_id\": 1, \"first_block\": 0, \"contracts\": {\"OVPPToken\":"
		 " {\"address\": \"0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266\"}}}",
		 "contracts.OVPPToken.address: is no address"},
		{"{\"chain_id\": 1, \"first_block\": 0, \"contracts\": {\"OVPPToken\":"
		 " {\"address\": \"" A1 "\", \"code_hash\": \"0x11\"}}}",
		 "contracts.OVPPToken.code_hash: "},
		{"{\"chain_id\": 1, \"first_block\": 0, \"contracts\": {\"OVPPToken\":"
		 " {\"address\": \"" A1 "\", \"code_hash\": \"0x00000000000000000000000000000000"
		 "00000000000000000000000000000000\"}}}",
		 "contracts.OVPPToken.code_hash: "},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		put(self->path, wrong[i].text);
		EXPECT_EQ(-EINVAL,
			  ovpp_deployment_read(self->path, &self->d, self->err, sizeof(self->err)));
		EXPECT_NE(NULL, strstr(self->err, wrong[i].what))
		{
			TH_LOG("%s, not %s", self->err, wrong[i].what);
		}
		EXPECT_EQ(0, strncmp(self->err, self->path, strlen(self->path)));
	}
	remove(self->path);
	EXPECT_EQ(-ENOENT,
		  ovpp_deployment_read(self->path, &self->d, self->err, sizeof(self->err)));
}

/* Reads a section; "@" in it is the deployment's path. */
static int read_section(FIXTURE_DATA(chain) * self, const char *text)
{
	const char *at = strchr(text, '@');
	char all[2000];
	json_t *j;
	int ret;

	snprintf(all, sizeof(all), "%.*s%s%s", at ? (int)(at - text) : (int)strlen(text), text,
		 at ? self->path : "", at ? at + 1 : "");
	ovpp_chain_config_free(&self->c);
	self->err[0] = '\0';
	j = json_loads(all, 0, NULL);
	ret = ovpp_chain_config_read(j, &self->c, self->err, sizeof(self->err));
	json_decref(j);
	return ret;
}

#define RPC "\"rpc\": [\"http://127.0.0.1:8545\", \"https://example.org/key\"]"
#define ANVIL "{\"network\": \"anvil\", " RPC ", \"deployment\": \"@\""

TEST_F(chain, a_section_with_all_keys)
{
	put(self->path, DEPLOYMENT);
	ASSERT_EQ(0, read_section(self, ANVIL ", \"owner\": \"" A1
					      "\", \"mainnet\": false, \"ca_file\": \"/ca.pem\","
					      " \"budget\": {\"batch_gwei\": 5, \"day_gwei\": 6}}"))
	{
		TH_LOG("%s", self->err);
	}
	EXPECT_EQ(31337, self->c.network->chain_id);
	EXPECT_EQ(2, self->c.urls);
	EXPECT_STREQ("https://example.org/key", self->c.url[1]);
	EXPECT_STREQ("/ca.pem", self->c.ca_file);
	EXPECT_TRUE(self->c.has_owner);
	EXPECT_EQ(0xf3, self->c.owner[0]);
	EXPECT_EQ(5, self->c.batch_gwei);
	EXPECT_EQ(6, self->c.day_gwei);
	EXPECT_EQ(7, self->c.deployment.first_block);
}

TEST_F(chain, where_and_how_the_outbox_sends)
{
	struct ovpp_outbox_options o;

	put(self->path, DEPLOYMENT);
	ASSERT_EQ(0, read_section(self, ANVIL "}"));
	o = ovpp_chain_config_outbox(&self->c, NULL);
	EXPECT_EQ(31337, o.target.network.chain_id);
	EXPECT_EQ(0xf3, o.target.contract[0]);
	EXPECT_EQ(0xf3, o.target.registry[0]);
	EXPECT_EQ(0x11, o.code[0]);
	EXPECT_FALSE(o.mainnet);
	EXPECT_GT(o.batch_gwei, 0);
	EXPECT_GE(o.day_gwei, o.batch_gwei);
}

TEST_F(chain, only_anvil_has_a_budget_by_itself)
{
	put(self->path, "{\"chain_id\": 84532, \"first_block\": 7, \"contracts\": {}}");
	EXPECT_EQ(-EINVAL, read_section(self, "{\"network\": \"base-sepolia\", " RPC
					      ", \"deployment\": \"@\"}"));
	EXPECT_STREQ("budget.batch_gwei: is missing. A batch costs about 186 gwei of ETH on"
		     " base-sepolia when little is going on; batch_gwei: 3720, day_gwei: 1339200"
		     " would leave room",
		     self->err);
	EXPECT_EQ(0, read_section(self, "{\"network\": \"base-sepolia\", " RPC
					", \"deployment\": \"@\", \"budget\":"
					" {\"batch_gwei\": 3720, \"day_gwei\": 1339200}}"));
	put(self->path, "{\"chain_id\": 5042002, \"first_block\": 7, \"contracts\": {}}");
	EXPECT_EQ(-EINVAL, read_section(self, "{\"network\": \"arc-testnet\", " RPC
					      ", \"deployment\": \"@\"}"));
	EXPECT_NE(NULL, strstr(self->err, "about 744000 gwei of USDC on arc-testnet"));
}

TEST_F(chain, a_wrong_section_is_told_with_its_key)
{
	static const struct {
		const char *text;
		const char *err;
	} wrong[] = {
		{"[]", "must be a map"},
		{"{\"networks\": 1}", "networks: unknown key"},
		{"{}", "network: is missing: base, base-sepolia, arc, arc-testnet or anvil"},
		{"{\"network\": \"mainnet\"}", "network: \"mainnet\" is not known: base, "
					       "base-sepolia, arc, arc-testnet or anvil"},
		{"{\"network\": \"base\", \"mainnet\": 1}", "mainnet: must be true or false"},
		{"{\"network\": \"base\"}",
		 "network: base costs real money: it needs mainnet: true"},
		{"{\"network\": \"arc\", \"mainnet\": false}",
		 "network: arc costs real money: it needs mainnet: true"},
		{"{\"network\": \"anvil\"}", "rpc: is missing: a list of URLs of nodes"},
		{"{\"network\": \"anvil\", \"rpc\": [1]}", "rpc: must be a list of URLs"},
		{"{\"network\": \"anvil\", \"rpc\": [\"http://example.org\"]}",
		 "rpc[0]: endpoint at example.org: only https, or http on this machine"},
		{"{\"network\": \"anvil\", \"rpc\": [1,2,3,4,5,6,7,8,9]}", "rpc: more than 8 URLs"},
		{"{\"network\": \"anvil\", " RPC "}",
		 "deployment: is missing: the file with the contracts' addresses"},
		{ANVIL ", \"owner\": 5}", "owner: must be an address, in quotes: \"0x...\""},
		{ANVIL ", \"owner\": \"0x0000000000000000000000000000000000000000\"}",
		 "owner: must be an address, in quotes: \"0x...\""},
		{ANVIL ", \"owner\": \"0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266\"}",
		 "owner: the checksum of 0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266 is wrong"},
		{ANVIL ", \"budget\": 5}", "budget: must be a map"},
		{ANVIL ", \"budget\": {\"gwei\": 5}}", "budget.gwei: unknown key"},
		{ANVIL ", \"budget\": {\"batch_gwei\": 0}}",
		 "budget.batch_gwei: must be a number of 10^-9 ETH"},
		{ANVIL ", \"budget\": {\"batch_gwei\": 5, \"day_gwei\": 4}}",
		 "budget.day_gwei: is less than what one batch may cost"},
		{ANVIL ", \"ca_file\": true}", "ca_file: must be a path"},
	};

	put(self->path, DEPLOYMENT);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		EXPECT_EQ(-EINVAL, read_section(self, wrong[i].text));
		EXPECT_STREQ(wrong[i].err, self->err);
	}
}

TEST_F(chain, a_deployment_of_another_chain_is_refused)
{
	put(self->path, "{\"chain_id\": 8453, \"first_block\": 7, \"contracts\": {}}");
	EXPECT_EQ(-EINVAL, read_section(self, ANVIL "}"));
	EXPECT_NE(NULL, strstr(self->err, "is of chain 8453, anvil is chain 31337"));
	remove(self->path);
	EXPECT_EQ(-ENOENT, read_section(self, ANVIL "}"));
	EXPECT_EQ(0, strncmp(self->err, "deployment: ", 12));
}

TEST_HARNESS_MAIN
