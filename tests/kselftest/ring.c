// SPDX-License-Identifier: GPL-2.0-or-later
/* The record ring as readers see it: mmap, read, poll, and the end of a site. */

#include "helpers.h"

#include <linux/types.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "ring.h"

#define RECORDS 64

FIXTURE(ring)
{
	struct bench b;
	int fd;
	size_t size;
	const struct ovpp_ring_header *header;
	const struct ovpp_record *record;
};

FIXTURE_SETUP(ring)
{
	off_t size;

	self->fd = -1;
	/* So slow a loop misses no deadline, and writes no record about it. */
	ASSERT_EQ(0, bench_new(&self->b, "kselftest-ring",
			       json_pack("{s:i,s:i}", "ring_records", RECORDS, "period_ns",
					 1000000000)));
	self->fd = open(self->b.node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	size = lseek(self->fd, 0, SEEK_END);
	ASSERT_LT(0, size);
	self->size = (size_t)size;
	self->header = mmap(NULL, self->size, PROT_READ, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->header);
	self->record = (const void *)((const char *)self->header + self->header->header_size);
}

FIXTURE_TEARDOWN(ring)
{
	if (self->header && self->header != MAP_FAILED)
		munmap((void *)self->header, self->size);
	if (self->fd >= 0)
		close(self->fd);
	bench_end(&self->b);
}

static uint64_t head_of(const struct ovpp_ring_header *header)
{
	return __atomic_load_n(&header->head, __ATOMIC_ACQUIRE);
}

/* The error of a mapping that must not be given; 0 if it is. */
static int map_error(int fd, size_t size, int prot, int flags, off_t offset)
{
	void *mem = mmap(NULL, size, prot, flags, fd, offset);

	if (mem == MAP_FAILED)
		return errno;
	munmap(mem, size);
	return 0;
}

/* ---- the mapping ---- */

TEST_F(ring, mapping_describes_itself)
{
	const struct ovpp_ring_header *h = self->header;

	EXPECT_EQ(OVPP_RING_MAGIC, h->magic);
	EXPECT_EQ(OVPP_RING_VERSION, h->version);
	EXPECT_EQ(sizeof(struct ovpp_record), h->record_size);
	EXPECT_EQ(RECORDS, h->records);
	EXPECT_EQ(self->b.site, h->site);
	EXPECT_EQ(0, h->header_size % (size_t)sysconf(_SC_PAGESIZE));
	EXPECT_EQ(self->size, h->header_size + h->records * h->record_size);
}

TEST_F(ring, lseek_tells_the_size_and_nothing_else)
{
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_SET));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 1, SEEK_END));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(ring, mapping_shows_each_record_where_it_belongs)
{
	uint64_t before = head_of(self->header), head, n;

	ASSERT_EQ(0, bench_records(&self->b, RECORDS / 2));
	head = head_of(self->header);
	EXPECT_LE(before + RECORDS / 2, head);
	for (n = before; n < head; n++) {
		const struct ovpp_record *rec = &self->record[n % RECORDS];

		EXPECT_EQ(n, rec->seq);
		EXPECT_EQ(self->b.site, rec->site);
		EXPECT_NE(0, rec->type);
		EXPECT_NE(0, rec->mono_ns);
		EXPECT_NE(0, rec->real_ns);
	}
}

TEST_F(ring, mapping_agrees_with_the_head_in_netlink)
{
	uint64_t before, told, after;

	ASSERT_EQ(0, bench_records(&self->b, 3));
	before = head_of(self->header);
	told = bench_head(&self->b);
	after = head_of(self->header);
	EXPECT_LE(before, told);
	EXPECT_LE(told, after);
}

TEST_F(ring, mapping_for_writing_is_refused)
{
	EXPECT_EQ(EACCES, map_error(self->fd, self->size, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(EACCES, map_error(self->fd, self->size, PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(EACCES, map_error(self->fd, self->size, PROT_READ | PROT_EXEC, MAP_SHARED, 0));
}

TEST_F(ring, mapping_cannot_be_made_writable_later)
{
	void *mem = (void *)self->header;

	EXPECT_EQ(-1, mprotect(mem, self->size, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(mem, self->size, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(ring, mapping_cannot_be_written_around_its_protection)
{
	uint64_t seq = self->record[0].seq, other = ~seq;
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, pwrite(fd, &other, sizeof(other), (off_t)(uintptr_t)&self->record[0].seq));
	EXPECT_EQ(seq, self->record[0].seq);
	close(fd);
}

TEST_F(ring, private_mapping_is_refused)
{
	int fd = open(self->b.node, O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(EINVAL, map_error(self->fd, self->size, PROT_READ, MAP_PRIVATE, 0));
	EXPECT_EQ(EINVAL, map_error(fd, self->size, PROT_READ, MAP_PRIVATE, 0));
	EXPECT_EQ(0, map_error(fd, self->size, PROT_READ, MAP_SHARED, 0));
	close(fd);
}

TEST_F(ring, mapping_beyond_the_ring_is_refused)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	EXPECT_EQ(EINVAL, map_error(self->fd, self->size + page, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(EINVAL, map_error(self->fd, page, PROT_READ, MAP_SHARED, (off_t)page));
	EXPECT_EQ(EINVAL, map_error(self->fd, self->size, PROT_READ, MAP_SHARED, (off_t)page));
	EXPECT_EQ(0, map_error(self->fd, page, PROT_READ, MAP_SHARED, 0));
}

/* ---- a reader of the mapping ---- */

TEST_F(ring, reader_gets_every_record_once_and_in_order)
{
	struct ovpp_record rec[RECORDS];
	struct ovpp_ring *reader;
	uint64_t lost, next;
	size_t n, i;

	ASSERT_EQ(0, ovpp_ring_open(self->b.node, false, &reader));
	next = ovpp_ring_head(reader);
	ovpp_ring_seek(reader, next);
	ASSERT_EQ(0, bench_records(&self->b, RECORDS / 2));
	n = ovpp_ring_read(reader, rec, RECORDS, &lost);
	EXPECT_EQ(0, lost);
	EXPECT_LE(RECORDS / 2, n);
	for (i = 0; i < n; i++)
		EXPECT_EQ(next + i, rec[i].seq);
	ovpp_ring_close(reader);
}

TEST_F(ring, lapped_reader_counts_exactly_what_it_lost)
{
	struct ovpp_record rec[RECORDS];
	struct ovpp_ring *reader;
	uint64_t start, lost;
	size_t n;

	ASSERT_EQ(0, ovpp_ring_open(self->b.node, false, &reader));
	start = ovpp_ring_head(reader);
	ovpp_ring_seek(reader, start);
	ASSERT_EQ(0, bench_records(&self->b, 3 * RECORDS));
	n = ovpp_ring_read(reader, rec, RECORDS, &lost);
	ASSERT_LT(0, n);
	EXPECT_LE(2 * RECORDS, lost);
	EXPECT_EQ(start + lost, rec[0].seq);
	EXPECT_EQ(rec[0].seq + n - 1, rec[n - 1].seq);
	EXPECT_EQ(ovpp_ring_cursor(reader), start + lost + n);
	ovpp_ring_close(reader);
}

/**
 * struct race - readers of a ring that is written all the time
 * @follower: reads every record soon after it is written
 * @laggard: reads each record when it is about to be overwritten
 * @seen: what @follower read, by number
 * @compared: records that both have read
 * @torn: those of them that were not the same
 */
struct race {
	struct ovpp_ring *follower;
	struct ovpp_ring *laggard;
	struct ovpp_record seen[4 * RECORDS];
	uint64_t compared;
	uint64_t torn;
	bool stop;
};

static void race_follow(struct race *r)
{
	struct ovpp_record rec[8];
	uint64_t lost;
	size_t n, i;

	n = ovpp_ring_read(r->follower, rec, 8, &lost);
	for (i = 0; i < n; i++)
		r->seen[rec[i].seq % (4 * RECORDS)] = rec[i];
}

/* Whole or not at all: what cannot be read any more counts as lost. */
static void race_lag(struct race *r)
{
	uint64_t head = ovpp_ring_head(r->laggard), lost;
	const struct ovpp_record *seen;
	struct ovpp_record rec;

	ovpp_ring_seek(r->laggard, head > RECORDS ? head - RECORDS : 0);
	if (!ovpp_ring_read(r->laggard, &rec, 1, &lost))
		return;
	seen = &r->seen[rec.seq % (4 * RECORDS)];
	if (seen->seq != rec.seq)
		return;
	r->compared++;
	if (memcmp(seen, &rec, sizeof(rec)))
		r->torn++;
}

static void *race_run(void *arg)
{
	struct race *r = arg;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED)) {
		race_follow(r);
		race_lag(r);
	}
	return NULL;
}

TEST_F(ring, reader_racing_with_the_writer_never_sees_a_torn_record)
{
	struct race *r = calloc(1, sizeof(*r));
	pthread_t thread;
	uint64_t head;

	ASSERT_NE(NULL, r);
	ASSERT_EQ(0, ovpp_ring_open(self->b.node, false, &r->follower));
	ASSERT_EQ(0, ovpp_ring_open(self->b.node, false, &r->laggard));
	/* Every tick writes a record of the site. */
	ASSERT_EQ(0, bench_must(self->b.nl, "site-set",
				json_pack("{s:I,s:i,s:i}", "id", (json_int_t)self->b.site,
					  "sample_ms", 0, "period_ns", 500000),
				NULL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, race_run, r));
	head = head_of(self->header);
	EXPECT_TRUE(bench_wait(head_of(self->header) > head + 32 * RECORDS));
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	EXPECT_LT(RECORDS, r->compared);
	EXPECT_EQ(0, r->torn);
	ovpp_ring_close(r->follower);
	ovpp_ring_close(r->laggard);
	free(r);
}

/* ---- read(2) ---- */

TEST_F(ring, read_starts_with_the_first_record_after_open)
{
	struct ovpp_record rec[RECORDS];
	uint64_t head;
	ssize_t n;
	int fd;

	ASSERT_EQ(0, bench_records(&self->b, 5));
	fd = open(self->b.node, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	head = head_of(self->header);
	ASSERT_EQ(0, bench_records(&self->b, 3));
	n = read(fd, rec, sizeof(rec));
	ASSERT_LE(3 * (ssize_t)sizeof(rec[0]), n);
	/* A record of the loop's may have come between open() and the look. */
	EXPECT_GE(head, rec[0].seq);
	EXPECT_LE(head - 1, rec[0].seq);
	close(fd);
}

TEST_F(ring, read_gives_whole_records)
{
	uint8_t buf[3 * sizeof(struct ovpp_record) - 1];
	struct ovpp_record rec[2];

	ASSERT_EQ(0, bench_records(&self->b, 5));
	EXPECT_EQ(2 * sizeof(rec[0]), read(self->fd, buf, sizeof(buf)));
	memcpy(rec, buf, sizeof(rec));
	EXPECT_EQ(rec[0].seq + 1, rec[1].seq);
	EXPECT_EQ(sizeof(rec[0]), read(self->fd, rec, sizeof(rec[0])));
	memcpy(&rec[1], buf + sizeof(rec[0]), sizeof(rec[1]));
	EXPECT_EQ(rec[1].seq + 1, rec[0].seq);
}

TEST_F(ring, read_into_less_than_a_record_is_refused)
{
	uint8_t buf[sizeof(struct ovpp_record)];

	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, read(self->fd, buf, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(sizeof(buf), read(self->fd, buf, sizeof(buf)));
}

TEST_F(ring, read_into_bad_memory_is_refused_and_loses_nothing)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t head = head_of(self->header);
	struct ovpp_record rec;
	void *bad;

	bad = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, bad);
	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_EQ(-1, read(self->fd, bad, page));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(sizeof(rec), read(self->fd, &rec, sizeof(rec)));
	EXPECT_GE(head, rec.seq);
	munmap(bad, page);
}

TEST_F(ring, read_without_waiting_says_that_there_is_nothing)
{
	struct ovpp_record rec;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	while (read(self->fd, &rec, sizeof(rec)) > 0)
		;
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(ring, read_shows_a_loss_as_a_jump_of_seq)
{
	struct ovpp_record rec;
	uint64_t head;

	ASSERT_EQ(0, bench_records(&self->b, 1));
	ASSERT_EQ(sizeof(rec), read(self->fd, &rec, sizeof(rec)));
	ASSERT_EQ(0, bench_records(&self->b, 2 * RECORDS));
	head = head_of(self->header);
	ASSERT_EQ(sizeof(rec), read(self->fd, &rec, sizeof(rec)));
	EXPECT_LE(head - RECORDS, rec.seq);
	EXPECT_GE(head - RECORDS + 8, rec.seq);
}

/* Reads what there is, so that the next record is news. */
static void drain(int fd)
{
	struct ovpp_record rec[RECORDS];
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (read(fd, rec, sizeof(rec)) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

/* A thread that reads one record, and what it got. */
struct blocked {
	int fd;
	pid_t tid;
	ssize_t got;
	int error;
	struct ovpp_record rec;
};

static void *blocked_reader(void *arg)
{
	struct blocked *r = arg;

	__atomic_store_n(&r->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	r->got = read(r->fd, &r->rec, sizeof(r->rec));
	r->error = errno;
	return NULL;
}

/* Does the thread sleep, as /proc says? */
static bool asleep(const pid_t *tid)
{
	pid_t id = __atomic_load_n(tid, __ATOMIC_ACQUIRE);
	char path[64], state = 0;
	FILE *file;

	if (!id)
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", id);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'S';
}

TEST_F(ring, blocked_read_wakes_for_a_record)
{
	struct blocked r = {.fd = self->fd};
	uint64_t head = head_of(self->header);
	pthread_t thread;

	drain(self->fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &r));
	EXPECT_TRUE(bench_wait(asleep(&r.tid)));
	EXPECT_EQ(0, bench_records(&self->b, 1));
	pthread_join(thread, NULL);
	EXPECT_EQ(sizeof(r.rec), r.got);
	EXPECT_GE(head, r.rec.seq);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST_F(ring, blocked_read_ends_with_a_signal)
{
	struct sigaction action = {.sa_handler = nothing};
	struct blocked r = {.fd = self->fd};
	pthread_t thread;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	drain(self->fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &r));
	EXPECT_TRUE(bench_wait(asleep(&r.tid)));
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	EXPECT_EQ(-1, r.got);
	EXPECT_EQ(EINTR, r.error);
}

TEST_F(ring, write_is_refused)
{
	struct ovpp_record rec = {0};

	EXPECT_EQ(-1, write(self->fd, &rec, sizeof(rec)));
	EXPECT_EQ(EINVAL, errno);
}

/* ---- poll(2) ---- */

TEST_F(ring, poll_tells_of_unread_records)
{
	struct pollfd p = {.fd = self->fd, .events = POLLIN};

	drain(self->fd);
	EXPECT_EQ(0, poll(&p, 1, 0));
	ASSERT_EQ(0, bench_records(&self->b, 1));
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN, p.revents);
	drain(self->fd);
	EXPECT_EQ(0, poll(&p, 1, 0));
}

static void *blocked_poller(void *arg)
{
	struct blocked *r = arg;
	struct pollfd p = {.fd = r->fd, .events = POLLIN};

	__atomic_store_n(&r->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	r->got = poll(&p, 1, BENCH_PATIENCE_MS);
	r->error = p.revents;
	return NULL;
}

TEST_F(ring, blocked_poll_wakes_for_a_record)
{
	struct blocked r = {.fd = self->fd};
	pthread_t thread;

	drain(self->fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_poller, &r));
	EXPECT_TRUE(bench_wait(asleep(&r.tid)));
	EXPECT_EQ(0, bench_records(&self->b, 1));
	pthread_join(thread, NULL);
	EXPECT_EQ(1, r.got);
	EXPECT_EQ(POLLIN, r.error);
}

TEST_F(ring, edge_triggered_epoll_tells_of_each_new_record)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int fd = epoll_create1(EPOLL_CLOEXEC);
	int i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, epoll_ctl(fd, EPOLL_CTL_ADD, self->fd, &event));
	/* Nothing is read in between: it is the news that counts. */
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, bench_records(&self->b, 1));
		EXPECT_EQ(1, epoll_wait(fd, &event, 1, BENCH_PATIENCE_MS));
		EXPECT_EQ(0, epoll_wait(fd, &event, 1, 0));
	}
	close(fd);
}

/* ---- the end of a site ---- */

TEST_F(ring, reader_of_a_removed_site_gets_what_is_left_then_enodev)
{
	struct ovpp_record rec, last = {0};
	ssize_t n;

	ASSERT_EQ(0, bench_records(&self->b, 3));
	ASSERT_EQ(0, bench_site_del(&self->b));
	while ((n = read(self->fd, &rec, sizeof(rec))) > 0)
		last = rec;
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(OVPP_RECORD_EVENT, last.type);
	EXPECT_EQ(OVPP_EVENT_SITE_REMOVED, last.event.code);
}

TEST_F(ring, mapping_of_a_removed_site_can_still_be_read)
{
	uint64_t head;

	ASSERT_EQ(0, bench_site_del(&self->b));
	head = head_of(self->header);
	ASSERT_LT(0, head);
	EXPECT_EQ(head - 1, self->record[(head - 1) % RECORDS].seq);
	EXPECT_EQ(OVPP_EVENT_SITE_REMOVED, self->record[(head - 1) % RECORDS].event.code);
}

TEST_F(ring, blocked_read_wakes_when_the_site_is_removed)
{
	struct blocked r = {.fd = self->fd};
	pthread_t thread;

	drain(self->fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, blocked_reader, &r));
	EXPECT_TRUE(bench_wait(asleep(&r.tid)));
	EXPECT_EQ(0, bench_site_del(&self->b));
	pthread_join(thread, NULL);
	EXPECT_EQ(sizeof(r.rec), r.got);
	drain(self->fd);
	EXPECT_EQ(-1, read(self->fd, &r.rec, sizeof(r.rec)));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(ring, poll_of_a_removed_site_hangs_up)
{
	struct pollfd p = {.fd = self->fd, .events = POLLIN};

	ASSERT_EQ(0, bench_site_del(&self->b));
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLIN | POLLERR | POLLHUP, p.revents);
	drain(self->fd);
	EXPECT_EQ(1, poll(&p, 1, 0));
	EXPECT_EQ(POLLERR | POLLHUP, p.revents);
}

TEST_F(ring, node_goes_with_its_site)
{
	ASSERT_EQ(0, access(self->b.node, F_OK));
	ASSERT_EQ(0, bench_site_del(&self->b));
	EXPECT_EQ(-1, open(self->b.node, O_RDONLY | O_CLOEXEC));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(ring, new_site_under_an_old_number_is_another_one)
{
	struct ovpp_record rec;
	struct bench other;
	uint32_t site = self->b.site;

	ASSERT_EQ(0, bench_site_del(&self->b));
	drain(self->fd);
	EXPECT_EQ(0, bench_new(&other, "kselftest-ring-2", NULL));
	EXPECT_EQ(0, bench_records(&other, 1));
	EXPECT_EQ(-1, read(self->fd, &rec, sizeof(rec)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(site, self->header->site);
	bench_end(&other);
}

TEST_F(ring, module_with_an_open_file_is_not_unloaded)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "openvpp", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	/* Neither while only a mapping is left. */
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(-1, syscall(SYS_delete_module, "openvpp", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
}

TEST_HARNESS_MAIN
