// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd/store.c: records on their way to the ledger. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../../userspace/ovppd/log.c"
#include "../../userspace/ovppd/queue.c"
#include "../../userspace/ovppd/store.c"

#include "ledger_fixture.h"
#include "ledger_sql.h"

FIXTURE(store)
{
	char dir[256];
};

FIXTURE_SETUP(store)
{
	ASSERT_EQ(0, make_dir(self->dir, sizeof(self->dir)));
}

FIXTURE_TEARDOWN(store)
{
	remove_dir(self->dir);
}

/* First column of a query on a ledger that nobody writes now. */
#define KEPT "SELECT COALESCE(SUM(records), 0) FROM batch WHERE columns IS NOT NULL"

static int64_t number(const char *path, const char *text)
{
	sqlite3 *sql;
	int64_t n = -1;

	if (!sqlite3_open(path, &sql))
		n = ovpp_sql_number(sql, text);
	sqlite3_close(sql);
	return n;
}

/* The store with its thread. */
struct running {
	char path[320];
	struct logger log;
	struct store *store;
};

static int start(struct running *r, const char *dir)
{
	const struct ovpp_retention none = {0};
	char err[256], keys[360];
	struct store_config place = {.path = r->path, .keys = keys};
	int ret;

	snprintf(r->path, sizeof(r->path), "%s/s.db", dir);
	log_init(&r->log, false);
	snprintf(keys, sizeof(keys), "%s.keys", r->path);
	ret = store_open(&place, &r->log, &r->store, err, sizeof(err));
	return ret ? ret : store_start(r->store, &none);
}

static struct store_batch *make_batch(uint64_t first, size_t n)
{
	struct store_batch *b = store_batch_new();

	b->key = site0;
	b->n = n;
	events(b->rec, first, n);
	return b;
}

/* Hands records over as the loop does, waiting until the store takes them. */
static void hand_over(struct store *store, uint64_t first, size_t n)
{
	struct store_batch *b = make_batch(first, n);

	while (store_put(store, b))
		sched_yield();
}

TEST_F(store, everything_handed_over_is_stored_when_the_store_is_closed)
{
	struct running r;

	ASSERT_EQ(0, start(&r, self->dir));
	for (uint64_t i = 0; i < 100; i++)
		hand_over(r.store, i * 50, 50);
	store_note_state(r.store, "desired", "{}");
	store_close(r.store);
	EXPECT_EQ(5000, number(r.path, KEPT));
	EXPECT_EQ(100, number(r.path, "SELECT COUNT(*) FROM batch"));
	EXPECT_EQ(1, number(r.path, "SELECT COUNT(*) FROM state"));
}

/* Gives the gateway of a ledger the identity @id on anvil. */
static int put_identity(const char *path, uint8_t id)
{
	struct ovpp_identity identity = {.chain_id = 31337, .registry = {1}, .id = {id}};
	sqlite3 *sql;
	int ret = sqlite3_open(path, &sql) ? -EIO : 0;

	if (!ret)
		ret = ovpp_identity_put(sql, &identity);
	sqlite3_close(sql);
	return ret;
}

TEST_F(store, batches_go_to_a_chain_as_long_as_one_is_wanted)
{
	struct ovpp_outbox_target target = {.network = *ovpp_network("anvil"), .registry = {1}};
	struct running r;

	ASSERT_EQ(0, start(&r, self->dir));
	hand_over(r.store, 0, 50);
	store_close(r.store);
	ASSERT_EQ(0, put_identity(r.path, 7));
	ASSERT_EQ(0, start(&r, self->dir));
	store_set_target(r.store, &target);
	hand_over(r.store, 50, 50);
	store_close(r.store);
	EXPECT_EQ(2, number(r.path, "SELECT COUNT(*) FROM intent"));
	ASSERT_EQ(0, start(&r, self->dir));
	store_set_target(r.store, &target);
	store_set_target(r.store, NULL);
	hand_over(r.store, 100, 50);
	store_close(r.store);
	EXPECT_EQ(2, number(r.path, "SELECT COUNT(*) FROM intent"));
	EXPECT_EQ(150, number(r.path, KEPT));
}

TEST_F(store, a_second_daemon_is_refused_and_told_by_whom)
{
	char err[400], want[400];
	struct running r;
	struct store_config place = {.path = r.path, .keys = "keys"};
	struct store *second;

	ASSERT_EQ(0, start(&r, self->dir));
	EXPECT_EQ(-EBUSY, store_open(&place, &r.log, &second, err, sizeof(err)));
	snprintf(want, sizeof(want), "%s is in use by another ovppd, process %d", r.path,
		 (int)getpid());
	EXPECT_STREQ(want, err);
	store_close(r.store);
	ASSERT_EQ(0, start(&r, self->dir));
	store_close(r.store);
}

/* Waits until the store says that it cannot write, or that it can. */
static void await_error(struct store *store, bool error)
{
	struct store_stats stats;

	do {
		sched_yield();
		store_stats(store, &stats);
	} while (!stats.error[0] == error);
}

TEST_F(store, a_disk_that_refuses_makes_nobody_wait_and_loses_nothing_held)
{
	struct rlimit old, none = {0};
	struct store_stats stats;
	struct store_batch *b;
	struct running r;
	uint64_t seq = 0;

	ASSERT_EQ(0, start(&r, self->dir));
	hand_over(r.store, seq++, 1);
	do {
		sched_yield();
		store_stats(r.store, &stats);
	} while (!stats.records);
	/* The kernel refuses every write to a file from now on. */
	signal(SIGXFSZ, SIG_IGN);
	ASSERT_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	none.rlim_max = old.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &none));
	hand_over(r.store, seq++, 1);
	await_error(r.store, true);
	/* One is being tried; so many more are taken, and then the loop has to wait. */
	for (int i = 0; i < STORE_BATCHES; i++)
		hand_over(r.store, seq++, 1);
	b = make_batch(seq, 1);
	EXPECT_EQ(-EAGAIN, store_put(r.store, b));
	free(b);
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	await_error(r.store, false);
	/* Its ring was overwritten meanwhile. */
	hand_over(r.store, seq + 1000, 1);
	store_stats(r.store, &stats);
	EXPECT_STREQ("", stats.error);
	store_close(r.store);
	EXPECT_EQ(STORE_BATCHES + 3, number(r.path, KEPT));
	EXPECT_EQ(1000, number(r.path, "SELECT records FROM gap"));
}

TEST_F(store, a_database_that_cannot_be_opened_does_not_stop_the_daemon)
{
	struct store_stats stats;
	struct running r;
	char path[340];

	snprintf(path, sizeof(path), "%s/s.db", self->dir);
	ASSERT_EQ(0, mkdir(path, 0700));
	ASSERT_EQ(0, start(&r, self->dir));
	store_stats(r.store, &stats);
	EXPECT_STREQ("unable to open database file", stats.error);
	EXPECT_EQ(NULL, store_state(r.store, "desired"));
	hand_over(r.store, 0, 1);
	ASSERT_EQ(0, rmdir(path));
	await_error(r.store, false);
	store_close(r.store);
}

TEST_F(store, a_kill_takes_back_no_batch_that_was_reported_as_stored)
{
	struct store_stats stats = {0};
	int fd[2], status;
	uint64_t reported = 0, n;
	char path[340];
	pid_t pid;

	ASSERT_EQ(0, pipe(fd));
	pid = fork();
	if (!pid) {
		struct running r;

		if (start(&r, self->dir))
			_exit(1);
		for (uint64_t i = 0;; i++) {
			hand_over(r.store, i * 10, 10);
			store_stats(r.store, &stats);
			if (write(fd[1], &stats.records, 8) != 8)
				_exit(1);
		}
	}
	close(fd[1]);
	while (reported < 500 && read(fd[0], &n, 8) == 8)
		reported = n;
	kill(pid, SIGKILL);
	while (read(fd[0], &n, 8) == 8)
		reported = n;
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	snprintf(path, sizeof(path), "%s/s.db", self->dir);
	EXPECT_LE(reported, number(path, KEPT));
	EXPECT_EQ(0, number(path, "SELECT COUNT(*) FROM batch WHERE"
				  " records <> last_seq - first_seq + 1"));
	EXPECT_EQ(0, number(path, KEPT) % 10);
}

TEST_HARNESS_MAIN
