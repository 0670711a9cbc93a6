// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_common.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "file.h"
#include "get.h"
#include "passphrase.h"
#include "yaml.h"

#define DEFAULT_CONFIG "/etc/openvpp/ovppd.yaml"
#define DEFAULT_LEDGER "/var/lib/openvpp/ledger.db"

#define ERR_TEXT (PATH_MAX + 512)
#define GWEI UINT64_C(1000000000)

/* ---- the configuration ---- */

/* A value of an option, or of the section 'ledger'. */
static const char *setting(const struct chain *c, const char *option, const char *key)
{
	const char *given = cli_value(c->cli, option);

	return given ? given : get_str(json_object_get(c->file, "ledger"), key);
}

static int read_places(struct chain *c)
{
	const char *keys = setting(c, "keys", "keys");
	char beside[PATH_MAX];

	c->ledger = setting(c, "ledger", "path");
	if (!c->ledger)
		c->ledger = DEFAULT_LEDGER;
	/* Those of another ledger than the configured one are beside it. */
	if (!keys || (cli_value(c->cli, "ledger") && !cli_value(c->cli, "keys"))) {
		ovpp_file_beside(c->ledger, "keys", beside, sizeof(beside));
		keys = beside;
	}
	c->keys = strdup(keys);
	c->passphrase_file = setting(c, "passphrase-file", "passphrase_file");
	return c->keys ? CLI_OK : CLI_REFUSED;
}

int chain_begin(struct chain *c, struct cli *cli)
{
	const char *path = cli_value(cli, "config");
	const json_t *section;
	char err[ERR_TEXT];

	*c = (struct chain){.cli = cli};
	path = path ? path : DEFAULT_CONFIG;
	if (ovpp_yaml_load(path, &c->file, err, sizeof(err))) {
		cli_error(cli, "%s", err);
		return CLI_REFUSED;
	}
	section = json_object_get(c->file, "chain");
	if (!section) {
		cli_error(cli, "%s: has no section 'chain': it says which chain, by which nodes",
			  path);
		return CLI_REFUSED;
	}
	if (ovpp_chain_config_read(section, &c->config, err, sizeof(err))) {
		cli_error(cli, "%s: chain: %s", path, err);
		return CLI_REFUSED;
	}
	return read_places(c);
}

void chain_end(struct chain *c)
{
	ovpp_evm_session_close(c->session);
	ovpp_evm_key_free(c->key);
	ovpp_chain_config_free(&c->config);
	free(c->database);
	free(c->keys);
	json_decref(c->file);
}

int chain_passphrase(const struct chain *c, char **passphrase)
{
	char err[ERR_TEXT];

	if (!ovpp_passphrase_read(c->passphrase_file, passphrase, err, sizeof(err)))
		return CLI_OK;
	cli_error(c->cli, "%s", err);
	return CLI_REFUSED;
}

/* ---- account, session, database ---- */

static int own_account(struct chain *c)
{
	char err[ERR_TEXT], *passphrase;
	int ret = chain_passphrase(c, &passphrase);

	if (ret)
		return ret;
	ret = ovpp_account_create(c->keys, passphrase, &c->key, err, sizeof(err));
	ovpp_passphrase_free(passphrase);
	if (!ret)
		return CLI_OK;
	cli_error(c->cli, "%s", err);
	return CLI_REFUSED;
}

int chain_account(struct chain *c)
{
	const char *path = cli_value(c->cli, "key");
	char err[ERR_TEXT];
	int ret;

	if (!path) {
		c->database = strdup(c->ledger);
		return c->database ? own_account(c) : CLI_REFUSED;
	}
	ret = ovpp_account_file(path, &c->key, err, sizeof(err));
	if (!ret && asprintf(&c->database, "%s.outbox", path) >= 0)
		return CLI_OK;
	cli_error(c->cli, "%s", ret ? err : strerror(ENOMEM));
	return CLI_REFUSED;
}

int chain_connect(struct chain *c)
{
	char err[ERR_TEXT];
	int ret = ovpp_evm_session_open(&c->config, &c->session, err, sizeof(err));

	if (!ret)
		return CLI_OK;
	cli_error(c->cli, "%s", err);
	return CLI_REFUSED;
}

int chain_ledger(const struct chain *c, sqlite3 **sql)
{
	char err[ERR_TEXT];

	if (access(c->ledger, F_OK)) {
		cli_error(c->cli, "%s: %s: ovppd makes it at its first start", c->ledger,
			  strerror(errno));
		return CLI_REFUSED;
	}
	if (!ovpp_outbox_database(c->ledger, sql, err, sizeof(err)))
		return CLI_OK;
	cli_error(c->cli, "%s", err);
	return CLI_REFUSED;
}

int chain_failed(const struct chain *c, const char *what, int err)
{
	const char *text = ovpp_evm_session_error(c->session);

	cli_error(c->cli, "%s: %s", what, *text ? text : strerror(-err));
	return CLI_REFUSED;
}

/* ---- money ---- */

const char *chain_coin(const struct chain *c, uint64_t gwei, char text[CHAIN_COIN_TEXT])
{
	size_t n = (size_t)snprintf(text, CHAIN_COIN_TEXT, "%llu.%09llu",
				    (unsigned long long)(gwei / GWEI),
				    (unsigned long long)(gwei % GWEI));

	while (text[n - 1] == '0')
		n--;
	n -= text[n - 1] == '.';
	snprintf(text + n, CHAIN_COIN_TEXT - n, " %s", c->config.network->symbol);
	return text;
}

/* An answer to @req that is not OK is printed. */
static int ask(const struct chain *c, const char *what, const struct ovpp_eth_request *req,
	       struct ovpp_eth_answer *a)
{
	ovpp_evm_ask(c->session, req, a);
	if (a->result == OVPP_ETH_OK)
		return CLI_OK;
	cli_error(c->cli, "%s: %s%s", what,
		  a->result == OVPP_ETH_REVERTED ? "the contract refuses: " : "", a->text);
	return CLI_REFUSED;
}

int chain_balance(const struct chain *c, const ovpp_address account, uint64_t *gwei)
{
	struct ovpp_eth_request req = {.method = OVPP_ETH_BALANCE};
	struct ovpp_eth_answer a;
	int ret;

	memcpy(req.from, account, sizeof(req.from));
	ret = ask(c, "the account's balance", &req, &a);
	if (!ret) {
		ovpp_u256_div(&a.amount, GWEI);
		if (ovpp_u256_to_u64(&a.amount, gwei))
			*gwei = UINT64_MAX;
	}
	ovpp_eth_answer_free(&a);
	return ret;
}

/* As the outbox does it: a fifth more gas than a node has found out, twice the base fee. */
static int most(const struct chain *c, const char *what, struct ovpp_eth_request *req,
		uint64_t *gwei)
{
	struct ovpp_eth_answer gas, fees = {0};
	struct ovpp_u256 wei, one = ovpp_u256(1), price;
	int ret;

	req->method = OVPP_ETH_ESTIMATE;
	ret = ask(c, what, req, &gas);
	if (!ret) {
		req->method = OVPP_ETH_FEES;
		ret = ask(c, "the chain's fees", req, &fees);
	}
	wei = ovpp_u256(fees.base);
	price = ovpp_u256(fees.tip);
	ovpp_u256_mul(&wei, 2);
	ovpp_u256_add(&wei, &price);
	ovpp_u256_mul(&wei, gas.number + gas.number / 5);
	if (ovpp_u256_div(&wei, GWEI))
		ovpp_u256_add(&wei, &one);
	if (ovpp_u256_to_u64(&wei, gwei))
		*gwei = UINT64_MAX;
	ovpp_eth_answer_free(&gas);
	ovpp_eth_answer_free(&fees);
	return ret;
}

/* Says what it costs; refuses if there is less on the account. */
static int announce(const struct chain *c, const char *what, struct ovpp_eth_request *req)
{
	char address[OVPP_ADDRESS_TEXT], cost[CHAIN_COIN_TEXT], has[CHAIN_COIN_TEXT];
	uint64_t gwei, balance;
	int ret;

	memcpy(req->from, ovpp_evm_key_address(c->key), sizeof(req->from));
	ovpp_address_format(req->from, address);
	/* A node may refuse to estimate for an account that cannot pay. */
	ret = chain_balance(c, req->from, &balance);
	if (!ret && !balance) {
		cli_error(c->cli, "%s: account %s has no %s: send it some, for its transactions",
			  what, address, c->config.network->symbol);
		return CLI_REFUSED;
	}
	if (!ret)
		ret = most(c, what, req, &gwei);
	if (ret)
		return ret;
	chain_coin(c, gwei, cost);
	if (balance >= gwei) {
		fprintf(stderr, "%s: costs at most %s\n", what, cost);
		return CLI_OK;
	}
	cli_error(c->cli, "%s: costs at most %s, and account %s has %s: send it some", what, cost,
		  address, chain_coin(c, balance, has));
	return CLI_REFUSED;
}

/* ---- sending ---- */

/* Ctrl-C: what was not sent yet is taken back. An ovpp_evm_sender's progress. */
static bool go_on(void *signals, const struct ovpp_outbox_call_result *result)
{
	const struct timespec at_once = {0};

	(void)result;
	return sigtimedwait(signals, NULL, &at_once) < 0;
}

/* Waits until it is mined, or somebody has enough of that. */
static int send(const struct chain *c, enum ovpp_contract contract, const char *what,
		const char *signature, const struct ovpp_abi *arg, size_t n_args,
		struct ovpp_outbox_call_result *result)
{
	struct ovpp_evm_sender from = {.key = c->key, .database = c->database, .progress = go_on};
	sigset_t signals, before;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	from.arg = &signals;
	err = ovpp_evm_send(c->session, &from, contract, what, signature, arg, n_args,
			    OVPP_OUTBOX_MINED, result);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

int chain_send(const struct chain *c, enum ovpp_contract contract, const char *what,
	       const char *signature, const struct ovpp_abi *arg, size_t n_args,
	       struct ovpp_outbox_call_result *result)
{
	struct ovpp_eth_request req = {0};
	struct ovpp_buffer data = {0};
	int ret, err = ovpp_abi_encode_call(signature, arg, n_args, &data);

	if (err) {
		cli_error(c->cli, "%s: %s", what, strerror(-err));
		return CLI_REFUSED;
	}
	memcpy(req.to, c->config.deployment.contract[contract].address, sizeof(req.to));
	req.data = data.data;
	req.size = data.size;
	ret = announce(c, what, &req);
	ovpp_buffer_free(&data);
	if (ret)
		return ret;
	err = send(c, contract, what, signature, arg, n_args, result);
	return err ? chain_failed(c, what, err) : CLI_OK;
}

/* ---- JSON ---- */

json_t *chain_address(const ovpp_address address)
{
	char text[OVPP_ADDRESS_TEXT];

	ovpp_address_format(address, text);
	return json_string(text);
}

json_t *chain_hex(const void *data, size_t size)
{
	char *text = malloc(2 + 2 * size + 1);
	json_t *value = NULL;

	if (text) {
		memcpy(text, "0x", 2);
		ovpp_hex(data, size, text + 2);
		value = json_string(text);
	}
	free(text);
	return value;
}

json_t *chain_result(const struct ovpp_outbox_call_result *result)
{
	return json_pack("{s:o, s:I, s:I, s:I}", "tx", chain_hex(result->tx, sizeof(result->tx)),
			 "block", (json_int_t)result->block, "gas", (json_int_t)result->gas,
			 "cost_gwei", (json_int_t)result->cost_gwei);
}
