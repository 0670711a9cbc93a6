// SPDX-License-Identifier: GPL-2.0-or-later
#include "anchoring.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "chain_config.h"
#include "clock.h"
#include "ledger_schema.h"
#include "ledger_sql.h"
#include "passphrase.h"
#include "rpc_loop.h"

#define RETRY_NS (5 * CLOCK_S)
/* So many questions without an answer are told. */
#define SILENCE 3
/* Somebody at a command line has the outbox for a moment. */
#define BUSY_NS CLOCK_S
/* Trying a passphrase costs a second of work, on purpose. */
#define PASSPHRASE_NS (60 * CLOCK_S)

/**
 * struct anchoring - see anchoring.h
 * @loop: loop
 * @place: where things are
 * @section: as configured
 * @log: log
 * @config: @section, once it was read
 * @configured: it was
 * @key: account, or NULL
 * @sql: connection to the ledger, or NULL
 * @lock_fd: nobody else runs the outbox; -1: not yet
 * @rpc: endpoints, or NULL
 * @outbox: it, or NULL
 * @next: something is to be done
 * @asking: a question is on its way
 * @unanswered: questions in a row that no node has answered
 * @states: from ovpp_outbox_status(), or NULL
 * @version: of the database when they were read
 * @changes: likewise
 * @trouble: what is missing, or wrong
 * @logged: trouble that was logged last
 */
struct anchoring {
	struct loop *loop;
	const struct anchoring_place *place;
	json_t *section;
	struct logger *log;
	struct ovpp_chain_config config;
	bool configured;
	struct ovpp_evm_key *key;
	sqlite3 *sql;
	int lock_fd;
	struct rpc_loop *rpc;
	struct ovpp_outbox *outbox;
	struct loop_timer next;
	bool asking;
	unsigned int unanswered;
	json_t *states;
	int64_t version;
	int64_t changes;
	char trouble[640];
	char logged[640];
};

static void wake_in(struct anchoring *a, uint64_t ns)
{
	a->next.at_ns = clock_mono() + ns;
}

/* ---- what has to be there first ---- */

static int configure(struct anchoring *a)
{
	int ret;

	if (a->configured)
		return 0;
	ret = ovpp_chain_config_read(a->section, &a->config, a->trouble, sizeof(a->trouble));
	a->configured = !ret;
	if (ret)
		ovpp_chain_config_free(&a->config);
	return ret;
}

/* The ledger is made by who stores records; before that there is nothing to anchor. */
static int open_database(struct anchoring *a)
{
	const char *path = a->place->database;
	int ret;

	if (a->sql)
		return 0;
	if (access(path, F_OK)) {
		ret = -errno;
		snprintf(a->trouble, sizeof(a->trouble), "%s: %s", path, strerror(-ret));
		return ret;
	}
	ret = ovpp_outbox_database(path, &a->sql, a->trouble, sizeof(a->trouble));
	if (ret)
		return ret;
	if (ovpp_sql_number(a->sql, "PRAGMA user_version") == OVPP_LEDGER_VERSION)
		return 0;
	sqlite3_close(a->sql);
	a->sql = NULL;
	snprintf(a->trouble, sizeof(a->trouble), "%s: is no ledger of this version", path);
	return -EPROTO;
}

static int open_account(struct anchoring *a)
{
	char *passphrase = NULL;
	int ret;

	if (a->key)
		return 0;
	ret = ovpp_passphrase_read(a->place->passphrase_file, &passphrase, a->trouble,
				   sizeof(a->trouble));
	if (!ret)
		ret = ovpp_account_create(a->place->keys, passphrase, &a->key, a->trouble,
					  sizeof(a->trouble));
	ovpp_passphrase_free(passphrase);
	return ret;
}

static int take_lock(struct anchoring *a)
{
	if (a->lock_fd < 0)
		a->lock_fd = ovpp_outbox_lock(a->place->database, a->trouble, sizeof(a->trouble));
	return a->lock_fd < 0 ? a->lock_fd : 0;
}

static int open_nodes(struct anchoring *a)
{
	const struct ovpp_rpc_options options = {
		.url = (const char *const *)a->config.url,
		.urls = a->config.urls,
		.chain_id = a->config.network->chain_id,
		.ca_file = a->config.ca_file,
	};

	return a->rpc ? 0
		      : rpc_loop_open(a->loop, &options, &a->rpc, a->trouble, sizeof(a->trouble));
}

static int open_outbox(struct anchoring *a)
{
	struct ovpp_outbox_options options;
	char account[OVPP_ADDRESS_TEXT];
	int ret;

	if (a->outbox)
		return 0;
	options = ovpp_chain_config_outbox(&a->config, a->key);
	ret = ovpp_outbox_open(a->sql, &options, &a->outbox);
	if (ret) {
		snprintf(a->trouble, sizeof(a->trouble), "the outbox cannot be opened: %s",
			 strerror(-ret));
		return ret;
	}
	ovpp_address_format(ovpp_evm_key_address(a->key), account);
	log_info(a->log, "chain: batches are anchored on %s, by account %s",
		 a->config.network->name, account);
	a->trouble[0] = '\0';
	return 0;
}

static int set_up(struct anchoring *a)
{
	static int (*const step[])(struct anchoring * a) = {
		configure, open_database, open_account, take_lock, open_nodes, open_outbox,
	};
	int ret = 0;

	for (size_t i = 0; i < sizeof(step) / sizeof(*step) && !ret; i++)
		ret = step[i](a);
	return ret;
}

/* ---- the outbox ---- */

/* What is wrong; "" if nothing is. */
static const char *trouble(const struct anchoring *a)
{
	if (!a->trouble[0] && json_is_null(json_object_get(a->states, "identity")))
		return "the gateway is not registered there yet: ovpp chain register";
	return a->trouble;
}

static void tell(struct anchoring *a)
{
	const char *now = trouble(a);

	if (!strcmp(now, a->logged))
		return;
	if (*now)
		log_warning(a->log, "chain: %s", now);
	else
		log_info(a->log, "chain: nothing is in the way any more");
	snprintf(a->logged, sizeof(a->logged), "%s", now);
}

static void answered(void *arg, struct ovpp_eth_answer *answer)
{
	struct anchoring *a = arg;

	a->asking = false;
	a->unanswered = ovpp_eth_answered(answer->result) ? 0 : a->unanswered + 1;
	if (a->unanswered == SILENCE)
		snprintf(a->trouble, sizeof(a->trouble), "no node answers: %s", answer->text);
	/* A database that does not work is the outbox's trouble, and asked for again. */
	ovpp_outbox_answer(a->outbox, clock_mono() / CLOCK_MS, answer);
	wake_in(a, 0);
}

/* What the outbox wants to know next, or when. */
static void go_on(struct anchoring *a)
{
	uint64_t now = clock_mono() / CLOCK_MS, wake_ms = 0;
	struct ovpp_eth_request req;
	int ret = ovpp_outbox_next(a->outbox, now, &req, &wake_ms);

	if (ret == 1) {
		ret = ovpp_rpc_start(rpc_loop_rpc(a->rpc), &req, answered, a);
		a->asking = !ret;
	} else if (!ret) {
		wake_in(a, wake_ms > now ? (wake_ms - now) * CLOCK_MS : CLOCK_MS);
	}
	if (ret)
		wake_in(a, RETRY_NS);
	/* What a single question has met says nothing yet. */
	if (!a->unanswered)
		snprintf(a->trouble, sizeof(a->trouble), "%s", ovpp_outbox_trouble(a->outbox));
}

static void due(void *arg)
{
	struct anchoring *a = arg;
	int ret = set_up(a);

	if (ret) {
		wake_in(a, ret == -EKEYREJECTED ? PASSPHRASE_NS
			   : ret == -EBUSY	? BUSY_NS
						: RETRY_NS);
	} else if (!a->asking) {
		go_on(a);
	}
	tell(a);
}

/* ---- for the others ---- */

struct anchoring *anchoring_open(struct loop *loop, const struct anchoring_place *place,
				 json_t *section, struct logger *log)
{
	struct anchoring *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct anchoring){
		.loop = loop,
		.place = place,
		.section = json_incref(section),
		.log = log,
		.lock_fd = -1,
		.next = {.fire = due, .arg = a, .at_ns = clock_mono()},
	};
	loop_timer_add(loop, &a->next);
	return a;
}

void anchoring_close(struct anchoring *a)
{
	if (!a)
		return;
	loop_timer_remove(a->loop, &a->next);
	/* First the nodes: then there is nobody who could answer the outbox. */
	rpc_loop_close(a->rpc);
	ovpp_outbox_close(a->outbox);
	if (a->lock_fd >= 0)
		close(a->lock_fd);
	sqlite3_close(a->sql);
	ovpp_evm_key_free(a->key);
	ovpp_chain_config_free(&a->config);
	json_decref(a->states);
	json_decref(a->section);
	free(a);
}

/* Counting costs: only when somebody has written to the database. */
static void count(struct anchoring *a)
{
	struct ovpp_outbox_target target = ovpp_chain_config_target(&a->config);
	int64_t version = ovpp_sql_number(a->sql, "PRAGMA data_version");
	int64_t changes = sqlite3_total_changes64(a->sql);
	struct ovpp_identity identity;
	char id[2 * sizeof(identity.id) + 1];
	int ret;

	if (a->states && version == a->version && changes == a->changes)
		return;
	json_decref(a->states);
	ret = ovpp_outbox_gateway(a->sql, &target, &identity);
	a->states = ovpp_outbox_status(a->sql, &target);
	if (!ret)
		ovpp_hex(identity.id, sizeof(identity.id), id);
	json_object_set_new(a->states, "identity", ret ? json_null() : json_sprintf("0x%s", id));
	a->version = version;
	a->changes = changes;
}

json_t *anchoring_status(struct anchoring *a)
{
	json_t *status = json_object();
	char account[OVPP_ADDRESS_TEXT];

	json_object_set(status, "network", json_object_get(a->section, "network"));
	if (a->configured && a->sql) {
		count(a);
		json_object_update(status, a->states);
	}
	if (a->key)
		ovpp_address_format(ovpp_evm_key_address(a->key), account);
	json_object_set_new(status, "account", a->key ? json_string(account) : json_null());
	tell(a);
	json_object_set_new(status, "trouble", json_string(trouble(a)));
	json_object_set_new(status, "endpoints",
			    a->rpc ? ovpp_rpc_status(rpc_loop_rpc(a->rpc)) : json_array());
	return status;
}
