// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORD_WORDS (sizeof(struct ovpp_record) / sizeof(__u64))

/**
 * struct ovpp_ring - a reader
 * @fd: device
 * @header: start of the mapping
 * @record: the records in it
 * @records: their number, a power of two
 * @size: bytes mapped
 * @cursor: next record to read
 */
struct ovpp_ring {
	int fd;
	const struct ovpp_ring_header *header;
	const struct ovpp_record *record;
	uint64_t records;
	size_t size;
	uint64_t cursor;
};

/* Does the header describe a ring that lies within @size bytes? */
static bool header_ok(const struct ovpp_ring_header *h, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return h->magic == OVPP_RING_MAGIC && h->version == OVPP_RING_VERSION &&
	       h->record_size == sizeof(struct ovpp_record) && h->header_size >= sizeof(*h) &&
	       h->header_size % page == 0 && h->records && !(h->records & (h->records - 1)) &&
	       h->header_size < size &&
	       (size - h->header_size) / sizeof(struct ovpp_record) >= h->records;
}

static uint64_t oldest(const struct ovpp_ring *ring, uint64_t head)
{
	return head > ring->records ? head - ring->records : 0;
}

static int map(struct ovpp_ring *ring)
{
	off_t end = lseek(ring->fd, 0, SEEK_END);
	void *mem;

	if (end < 0)
		return -errno;
	if ((size_t)end < sizeof(struct ovpp_ring_header))
		return -EPROTO;
	mem = mmap(NULL, (size_t)end, PROT_READ, MAP_SHARED, ring->fd, 0);
	if (mem == MAP_FAILED)
		return -errno;
	ring->header = mem;
	ring->size = (size_t)end;
	if (!header_ok(ring->header, ring->size))
		return -EPROTO;
	ring->record = (const void *)((const char *)mem + ring->header->header_size);
	ring->records = ring->header->records;
	ring->cursor = oldest(ring, ovpp_ring_head(ring));
	return 0;
}

int ovpp_ring_open(const char *path, bool writable, struct ovpp_ring **out)
{
	struct ovpp_ring *ring = calloc(1, sizeof(*ring));
	int ret;

	if (!ring)
		return -ENOMEM;
	ring->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	ret = ring->fd < 0 ? -errno : map(ring);
	if (ret) {
		ovpp_ring_close(ring);
		return ret;
	}
	*out = ring;
	return 0;
}

void ovpp_ring_close(struct ovpp_ring *ring)
{
	if (!ring)
		return;
	if (ring->header)
		munmap((void *)ring->header, ring->size);
	if (ring->fd >= 0)
		close(ring->fd);
	free(ring);
}

int ovpp_ring_fd(const struct ovpp_ring *ring)
{
	return ring->fd;
}

uint32_t ovpp_ring_site(const struct ovpp_ring *ring)
{
	return ring->header->site;
}

uint32_t ovpp_ring_records(const struct ovpp_ring *ring)
{
	return (uint32_t)ring->records;
}

uint64_t ovpp_ring_head(const struct ovpp_ring *ring)
{
	return __atomic_load_n(&ring->header->head, __ATOMIC_ACQUIRE);
}

uint64_t ovpp_ring_cursor(const struct ovpp_ring *ring)
{
	return ring->cursor;
}

void ovpp_ring_seek(struct ovpp_ring *ring, uint64_t cursor)
{
	ring->cursor = cursor;
}

/*
 * Copy record @n, which has been written. False: the writer has come round and
 * is overwriting it, or has. The words are loaded one by one as atomics because
 * the writer may store to them at any moment.
 */
static bool copy(const struct ovpp_ring *ring, uint64_t n, struct ovpp_record *out)
{
	const struct ovpp_record *rec = &ring->record[n & (ring->records - 1)];
	const __u64 *from = (const __u64 *)rec;
	__u64 word[RECORD_WORDS];

	if (__atomic_load_n(&rec->seq, __ATOMIC_ACQUIRE) != n)
		return false;
	for (size_t i = 0; i < RECORD_WORDS; i++)
		word[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&rec->seq, __ATOMIC_RELAXED) != n)
		return false;
	memcpy(out, word, sizeof(*out));
	return true;
}

/* Move the cursor past what is overwritten; returns the number of records. */
static uint64_t skip_to(struct ovpp_ring *ring, uint64_t cursor)
{
	uint64_t skipped;

	if (cursor <= ring->cursor)
		return 0;
	skipped = cursor - ring->cursor;
	ring->cursor = cursor;
	return skipped;
}

size_t ovpp_ring_read(struct ovpp_ring *ring, struct ovpp_record *rec, size_t max, uint64_t *lost)
{
	uint64_t head = ovpp_ring_head(ring);
	size_t n = 0;

	*lost = max ? skip_to(ring, oldest(ring, head)) : 0;
	while (n < max && ring->cursor < head) {
		if (copy(ring, ring->cursor, &rec[n])) {
			ring->cursor++;
			n++;
			continue;
		}
		/* A loss between two copied records is the next call's. */
		if (n)
			break;
		head = ovpp_ring_head(ring);
		*lost += skip_to(ring, ring->cursor + 1);
		*lost += skip_to(ring, oldest(ring, head));
	}
	return n;
}
