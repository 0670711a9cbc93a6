/* SPDX-License-Identifier: GPL-2.0-only */
/* Records for readers: written by the kernel, mapped read-only, never waiting. */
#ifndef OVPP_RING_H
#define OVPP_RING_H

#include <linux/irq_work.h>
#include <linux/kref.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <uapi/linux/openvpp.h>

struct vm_area_struct;

/**
 * struct ovpp_ring - a site's ring
 * @ref: the site holds one reference and every open file one
 * @lock: writers, one at a time, in any context but NMI
 * @header: first page of the mapping
 * @record: the records, behind it
 * @mask: number of records - 1
 * @head: private copy of header->head; the mapping is never read back
 * @gone: see ovpp_ring_gone(); set under @lock
 * @wake_at: wake @wait when the head has reached this; U64_MAX: nobody waits.
 *	Under wait.lock, READ_ONCE() by the writer.
 * @wait: readers in read() and poll(), and what io_uring commands hang on
 * @work: wakes @wait outside the writer's context
 */
struct ovpp_ring {
	struct kref ref;
	raw_spinlock_t lock;
	struct ovpp_ring_header *header;
	struct ovpp_record *record;
	u32 mask;
	u64 head;
	bool gone;
	u64 wake_at;
	wait_queue_head_t wait;
	struct irq_work work;
};

/* @records is a power of two. NULL when memory runs out. Process context. */
struct ovpp_ring *ovpp_ring_new(u32 records, u32 site);
void ovpp_ring_get(struct ovpp_ring *ring);
void ovpp_ring_put(struct ovpp_ring *ring);

/**
 * ovpp_ring_write() - append a record
 * @ring: ring
 * @rec: complete but for seq
 *
 * Nothing is written once the ring is closed.
 *
 * Context: any but NMI. Takes a raw lock for one copy, wakes readers by irq_work
 * and only if one waits for this record.
 */
void ovpp_ring_write(struct ovpp_ring *ring, const struct ovpp_record *rec);

/* Records written so far. Any context. */
u64 ovpp_ring_head(const struct ovpp_ring *ring);

/**
 * ovpp_ring_copy() - copy one record out, as any reader does
 * @ring: ring
 * @seq: its number, < ovpp_ring_head()
 * @rec: room for it
 *
 * Return: 0, or -EOVERFLOW when it has been overwritten.
 */
int ovpp_ring_copy(const struct ovpp_ring *ring, u64 seq,
		   struct ovpp_record *rec);

/**
 * ovpp_ring_wake_at() - be woken when the head has reached a number
 * @ring: ring
 * @head: that number
 *
 * For an entry that is on ring->wait, or about to be added to it under the same
 * hold of the lock. Every wake-up ends the request: who is not satisfied asks
 * again. A caller that looks at the head after this call cannot miss a record.
 *
 * Context: under ring->wait.lock.
 */
void ovpp_ring_wake_at(struct ovpp_ring *ring, u64 head);

/* The site is gone: nothing more is written, everybody wakes. Process context. */
void ovpp_ring_close(struct ovpp_ring *ring);
/*
 * Has it been closed? Readers get what is left, then -ENODEV: a head taken after
 * this call said yes is the last one. Any context.
 */
bool ovpp_ring_gone(const struct ovpp_ring *ring);

/* Bytes of a mapping, and the mapping itself (file_operations.mmap). */
size_t ovpp_ring_size(const struct ovpp_ring *ring);
int ovpp_ring_mmap(struct ovpp_ring *ring, struct vm_area_struct *vma);

#endif /* OVPP_RING_H */
