// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/chain.c, ovppd/anchoring.c: the thread, what it says, and that nobody waits for it. */
#include "kselftest_harness.h"

#include "../../userspace/ovppd/anchoring.c"
#include "../../userspace/ovppd/chain.c"
#include "../../userspace/ovppd/log.c"
#include "../../userspace/ovppd/loop.c"
#include "../../userspace/ovppd/rpc_loop.c"

#include "ledger_fixture.h"
#include "outbox_call.h"
#include "rpc_server.h"

#define HASH "\"0x1111111111111111111111111111111111111111111111111111111111111111\""
#define CONTRACT \
	"{\"address\": \"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\", \"code_hash\": " HASH "}"
#define DEPLOYMENT                                                                                \
	"{\"chain_id\": 31337, \"first_block\": 0, \"contracts\": {\"DeviceRegistry\": " CONTRACT \
	", \"TelemetryAnchor\": " CONTRACT "}}"

FIXTURE(chain)
{
	char dir[256];
	char database[300];
	char keys[300];
	char deployment[300];
	struct logger log;
	struct server server;
	char url[64];
	struct chain *c;
	json_t *status;
};

FIXTURE_SETUP(chain)
{
	static const char *const replies[] = {CHAIN};
	struct anchoring_place place = {.database = self->database, .keys = self->keys};
	struct loop loop;
	int ret = loop_init(&loop);

	if (ret == -EPERM || ret == -ENOSYS)
		SKIP(return, "no io_uring here");
	ASSERT_EQ(0, ret);
	loop_exit(&loop);
	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
	snprintf(self->database, sizeof(self->database), "%s/l.db", self->dir);
	snprintf(self->keys, sizeof(self->keys), "%s/keys", self->dir);
	snprintf(self->deployment, sizeof(self->deployment), "%s/d.json", self->dir);
	server_start(&self->server, replies, 1);
	strcpy(self->url, self->server.url);
	log_init(&self->log, false);
	ASSERT_EQ(0, chain_open(&place, &self->log, &self->c));
}

FIXTURE_TEARDOWN(chain)
{
	chain_close(self->c);
	server_stop(&self->server);
	json_decref(self->status);
	remove_dir(self->dir);
}

static void put_deployment(FIXTURE_DATA(chain) * self)
{
	FILE *f = fopen(self->deployment, "w");

	fputs(DEPLOYMENT, f);
	fclose(f);
}

static void make_ledger(FIXTURE_DATA(chain) * self)
{
	const struct ovpp_ledger_options options = {
		.path = self->database,
		.keys = self->keys,
		.boot_id = BOOT,
		.software = "test 1",
		.chain = &ovpp_chain_embedded,
	};
	struct ovpp_ledger *l;
	char err[256];

	if (ovpp_ledger_open(&options, &l, err, sizeof(err)))
		abort();
	ovpp_ledger_close(l);
}

static void set(FIXTURE_DATA(chain) * self)
{
	json_t *section = json_pack("{s:s,s:[s],s:s}", "network", "anvil", "rpc", self->url,
				    "deployment", self->deployment);

	if (chain_set(self->c, section))
		abort();
	json_decref(section);
}

/* Waits until @key of the status has this in it. */
static void await(FIXTURE_DATA(chain) * self, const char *key, const char *text)
{
	const char *is;

	do {
		sched_yield();
		json_decref(self->status);
		self->status = chain_status(self->c);
		is = json_string_value(json_object_get(self->status, key));
	} while (!is || !strstr(is, text));
}

TEST_F(chain, nothing_without_a_section)
{
	self->status = chain_status(self->c);
	EXPECT_TRUE(json_is_null(self->status));
	EXPECT_EQ(0, chain_set(self->c, NULL));
	EXPECT_FALSE(self->c->started);
}

TEST_F(chain, what_is_missing_is_said_and_found_when_it_is_there)
{
	set(self);
	await(self, "trouble", "No such file");
	put_deployment(self);
	set(self);
	await(self, "trouble", "l.db: No such file");
	make_ledger(self);
	set(self);
	await(self, "trouble", "ovpp chain register");
	EXPECT_EQ(42, strlen(json_string_value(json_object_get(self->status, "account"))));
	EXPECT_TRUE(json_is_null(json_object_get(self->status, "identity")));
	EXPECT_EQ(31337, json_integer_value(json_object_get(self->status, "chain_id")));
}

TEST_F(chain, a_node_that_is_not_there_is_told)
{
	strcpy(self->url, "http://127.0.0.1:9");
	put_deployment(self);
	make_ledger(self);
	set(self);
	await(self, "trouble", "no node answers: ");
	/* And stays told, whatever the next questions meet. */
	strcpy(self->url, self->server.url);
	set(self);
	await(self, "trouble", "ovpp chain register");
}

TEST_F(chain, another_process_has_the_outbox)
{
	char err[300];
	int fd;

	put_deployment(self);
	make_ledger(self);
	fd = ovpp_outbox_lock(self->database, err, sizeof(err));
	ASSERT_LE(0, fd);
	set(self);
	await(self, "trouble", "another process runs the outbox");
	close(fd);
	await(self, "trouble", "ovpp chain register");
	EXPECT_EQ(-EBUSY, ovpp_outbox_lock(self->database, err, sizeof(err)));
}

TEST_F(chain, a_section_that_goes_takes_the_lock_along)
{
	char err[300];
	int fd;

	put_deployment(self);
	make_ledger(self);
	set(self);
	await(self, "trouble", "ovpp chain register");
	ASSERT_EQ(0, chain_set(self->c, NULL));
	while ((fd = ovpp_outbox_lock(self->database, err, sizeof(err))) == -EBUSY)
		sched_yield();
	ASSERT_LE(0, fd);
	close(fd);
	do {
		json_decref(self->status);
		self->status = chain_status(self->c);
	} while (!json_is_null(self->status));
}

/* Takes connections and says nothing. */
static int listen_silently(char *url, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&a, &length))
		abort();
	snprintf(url, size, "http://127.0.0.1:%u", ntohs(a.sin_port));
	return fd;
}

/* Something to ask for. */
static void add_call(FIXTURE_DATA(chain) * self, const char *account)
{
	struct ovpp_outbox_call call = {.what = "test", .data = (const uint8_t *)""};
	ovpp_address from;
	char err[300];
	sqlite3 *sql;
	int64_t id;

	if (ovpp_address_parse(account, from) ||
	    ovpp_outbox_database(self->database, &sql, err, sizeof(err)) ||
	    ovpp_outbox_call_add(sql, 31337, from, &call, &id))
		abort();
	sqlite3_close(sql);
}

TEST_F(chain, it_ends_while_a_node_is_silent)
{
	char text[100] = "";
	struct pollfd node = {.fd = listen_silently(self->url, sizeof(self->url)),
			      .events = POLLIN};
	int fd;

	put_deployment(self);
	make_ledger(self);
	set(self);
	await(self, "trouble", "ovpp chain register");
	add_call(self, json_string_value(json_object_get(self->status, "account")));
	ASSERT_EQ(1, poll(&node, 1, -1));
	chain_close(self->c);
	self->c = NULL;
	/* Its question is there, and nobody has answered it. */
	fd = accept(node.fd, NULL, NULL);
	EXPECT_LT(0, read(fd, text, sizeof(text)));
	EXPECT_EQ(0, strncmp("POST / HTTP/1.1", text, 15));
	close(fd);
	close(node.fd);
}

TEST_HARNESS_MAIN
