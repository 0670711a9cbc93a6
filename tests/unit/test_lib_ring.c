// SPDX-License-Identifier: GPL-2.0-or-later
/* libovpp: the ring's reader, against memory that a thread writes to. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "ring.h"

#define RECORDS 64

FIXTURE(ring)
{
	int fd;
	char path[64];
	size_t page;
	struct ovpp_ring_header *header;
	struct ovpp_record *record;
	struct ovpp_ring *ring;
};

FIXTURE_SETUP(ring)
{
	size_t size;

	self->page = (size_t)sysconf(_SC_PAGESIZE);
	size = self->page + RECORDS * sizeof(struct ovpp_record);
	self->fd = memfd_create("ring", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(self->fd, (off_t)size));
	self->header = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->header);
	self->record = (void *)((char *)self->header + self->page);
	*self->header = (struct ovpp_ring_header){
		.magic = OVPP_RING_MAGIC,
		.version = OVPP_RING_VERSION,
		.header_size = (uint32_t)self->page,
		.record_size = sizeof(struct ovpp_record),
		.records = RECORDS,
		.site = 7,
	};
	for (int i = 0; i < RECORDS; i++)
		self->record[i].seq = OVPP_RECORD_BUSY;
	snprintf(self->path, sizeof(self->path), "/proc/self/fd/%d", self->fd);
	self->ring = NULL;
}

FIXTURE_TEARDOWN(ring)
{
	ovpp_ring_close(self->ring);
	munmap(self->header, self->page + RECORDS * sizeof(struct ovpp_record));
	close(self->fd);
}

/* All words of a record follow from its number, so that a torn one shows. */
static uint64_t word_of(uint64_t n, size_t i)
{
	return n * 0x9e3779b97f4a7c15ULL + i;
}

/* As the kernel writes: mark, body, number, head. */
static void write_record(struct ovpp_ring_header *header, struct ovpp_record *record)
{
	uint64_t n = header->head;
	__u64 *word = (__u64 *)&record[n % RECORDS];

	__atomic_store_n(&word[0], OVPP_RECORD_BUSY, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (size_t i = 1; i < sizeof(*record) / sizeof(*word); i++)
		__atomic_store_n(&word[i], word_of(n, i), __ATOMIC_RELAXED);
	__atomic_store_n(&word[0], n, __ATOMIC_RELEASE);
	__atomic_store_n(&header->head, n + 1, __ATOMIC_RELEASE);
}

static bool is_whole(const struct ovpp_record *rec)
{
	const __u64 *word = (const __u64 *)rec;

	for (size_t i = 1; i < sizeof(*rec) / sizeof(*word); i++)
		if (word[i] != word_of(rec->seq, i))
			return false;
	return true;
}

static void write_records(FIXTURE_DATA(ring) * self, unsigned int n)
{
	while (n--)
		write_record(self->header, self->record);
}

TEST_F(ring, empty_ring_gives_nothing)
{
	struct ovpp_record rec[4];
	uint64_t lost = 9;

	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	EXPECT_EQ(7, ovpp_ring_site(self->ring));
	EXPECT_EQ(0, ovpp_ring_read(self->ring, rec, 4, &lost));
	EXPECT_EQ(0, lost);
}

TEST_F(ring, records_come_in_order_and_once)
{
	struct ovpp_record rec[4];
	uint64_t lost;

	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	write_records(self, 6);
	ASSERT_EQ(4, ovpp_ring_read(self->ring, rec, 4, &lost));
	EXPECT_EQ(0, rec[0].seq);
	EXPECT_EQ(3, rec[3].seq);
	EXPECT_TRUE(is_whole(&rec[3]));
	ASSERT_EQ(2, ovpp_ring_read(self->ring, rec, 4, &lost));
	EXPECT_EQ(4, rec[0].seq);
	EXPECT_EQ(0, ovpp_ring_read(self->ring, rec, 4, &lost));
	EXPECT_EQ(0, lost);
	EXPECT_EQ(6, ovpp_ring_cursor(self->ring));
}

TEST_F(ring, new_reader_starts_at_the_oldest_record_kept)
{
	struct ovpp_record rec[1];
	uint64_t lost;

	write_records(self, 3 * RECORDS + 5);
	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	ASSERT_EQ(1, ovpp_ring_read(self->ring, rec, 1, &lost));
	EXPECT_EQ(2 * RECORDS + 5, rec[0].seq);
	EXPECT_EQ(0, lost);
}

TEST_F(ring, lapped_reader_is_told_exactly_how_many_it_lost)
{
	struct ovpp_record rec[RECORDS];
	uint64_t lost;

	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	write_records(self, 10);
	ASSERT_EQ(10, ovpp_ring_read(self->ring, rec, RECORDS, &lost));
	write_records(self, 5 * RECORDS + 3);
	ASSERT_EQ(RECORDS, ovpp_ring_read(self->ring, rec, RECORDS, &lost));
	EXPECT_EQ(4 * RECORDS + 3, lost);
	EXPECT_EQ(10 + 4 * RECORDS + 3, rec[0].seq);
}

TEST_F(ring, record_being_overwritten_is_lost_and_not_read)
{
	struct ovpp_record rec[RECORDS];
	uint64_t lost;

	write_records(self, RECORDS);
	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	self->record[0].seq = OVPP_RECORD_BUSY;
	ASSERT_EQ(RECORDS - 1, ovpp_ring_read(self->ring, rec, RECORDS, &lost));
	EXPECT_EQ(1, lost);
	EXPECT_EQ(1, rec[0].seq);
}

TEST_F(ring, loss_between_two_records_is_told_before_the_second)
{
	struct ovpp_record rec[RECORDS];
	uint64_t lost;

	write_records(self, 8);
	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	self->record[3].seq = OVPP_RECORD_BUSY;
	ASSERT_EQ(3, ovpp_ring_read(self->ring, rec, RECORDS, &lost));
	EXPECT_EQ(0, lost);
	ASSERT_EQ(4, ovpp_ring_read(self->ring, rec, RECORDS, &lost));
	EXPECT_EQ(1, lost);
	EXPECT_EQ(4, rec[0].seq);
}

TEST_F(ring, cursor_can_be_set_and_the_loss_counts_from_there)
{
	struct ovpp_record rec[1];
	uint64_t lost;

	write_records(self, RECORDS + 20);
	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	ovpp_ring_seek(self->ring, 5);
	ASSERT_EQ(1, ovpp_ring_read(self->ring, rec, 1, &lost));
	EXPECT_EQ(15, lost);
	EXPECT_EQ(20, rec[0].seq);
	ovpp_ring_seek(self->ring, 1000);
	EXPECT_EQ(0, ovpp_ring_read(self->ring, rec, 1, &lost));
	EXPECT_EQ(0, lost);
}

TEST_F(ring, what_is_not_a_ring_of_this_version_is_refused)
{
	static const uint32_t bad_records[] = {0, 3, 2 * RECORDS, 1U << 31};
	struct ovpp_ring_header good = *self->header;

	for (size_t i = 0; i < sizeof(bad_records) / sizeof(bad_records[0]); i++) {
		self->header->records = bad_records[i];
		EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	}
	*self->header = good;
	self->header->magic++;
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	*self->header = good;
	self->header->version++;
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	*self->header = good;
	self->header->record_size = 64;
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	*self->header = good;
	self->header->header_size = UINT32_MAX - 4095;
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	*self->header = good;
	self->header->header_size = 64;
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	*self->header = good;
	ASSERT_EQ(0, ftruncate(self->fd, 10));
	EXPECT_EQ(-EPROTO, ovpp_ring_open(self->path, false, &self->ring));
	EXPECT_EQ(-ENOENT, ovpp_ring_open("/nonexistent", false, &self->ring));
}

#define STRESS 300000

struct writer {
	struct ovpp_ring_header *header;
	struct ovpp_record *record;
};

static void *write_all(void *arg)
{
	struct writer *w = arg;

	for (int i = 0; i < STRESS; i++)
		write_record(w->header, w->record);
	return NULL;
}

/* However the two threads run: what is read is whole, and nothing is unaccounted. */
TEST_F(ring, reader_racing_a_writer_gets_whole_records_and_an_exact_loss)
{
	struct writer w = {self->header, self->record};
	uint64_t lost, expected = 0, torn = 0, gaps = 0;
	struct ovpp_record rec[16];
	pthread_t thread;
	size_t n;

	ASSERT_EQ(0, ovpp_ring_open(self->path, false, &self->ring));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_all, &w));
	while (expected < STRESS) {
		n = ovpp_ring_read(self->ring, rec, 16, &lost);
		expected += lost;
		for (size_t i = 0; i < n; i++, expected++) {
			gaps += rec[i].seq != expected;
			torn += !is_whole(&rec[i]);
		}
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, torn);
	EXPECT_EQ(0, gaps);
	EXPECT_EQ(STRESS, expected);
}

TEST_HARNESS_MAIN
