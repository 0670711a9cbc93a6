// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record ring: one writer at a time, any number of readers, none of which
 * the writer knows or waits for.
 *
 *   writer, under ring->lock                 reader of record n
 *
 *   slot->seq = BUSY                         load head        (acquire)  C'
 *   write barrier                        A     n < head?
 *   slot = record, seq still BUSY            load slot->seq   (acquire)  B'
 *   slot->seq = n                (release) B   n?
 *   head = n + 1                 (release) C copy slot
 *                                            read barrier                A'
 *                                            load slot->seq
 *                                              still n?
 *
 * C pairs with C': who sees the head sees the record below it. B pairs with B':
 * who sees n copies record n or something newer, never something older. A pairs
 * with A': who copied a byte of something newer sees BUSY or a greater number in
 * the second load. A copy between two loads of n is therefore record n, whole.
 *
 * Readers of the mapping do the same on the same memory, which they cannot
 * write. The writer keeps its own head and never reads the mapping back.
 *
 * A reader that waits says at which head it wants to be woken, so that records
 * nobody waits for cost the writer one load:
 *
 *   writer                                   reader, under wait.lock
 *
 *   store head                               store wake_at
 *   full barrier                         D   full barrier                D'
 *   load wake_at                             load head
 *
 * At least one of the two sees the other's store: the writer wakes the reader,
 * or the reader does not go to sleep.
 */

#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ring.h"

/* What user space maps has one layout, on every kernel. */
static_assert(sizeof(struct ovpp_record) == 128);
static_assert(offsetof(struct ovpp_record, sample) == 40);
static_assert(offsetof(struct ovpp_ring_header, head) == 64);

/*
 * Wakes who waits. Entries of io_uring commands that want more records than
 * there are set wake_at again from their wake function; sleeping readers do so
 * when they look again.
 */
static void ovpp_ring_wake(struct ovpp_ring *ring)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->wait.lock, flags);
	WRITE_ONCE(ring->wake_at, U64_MAX);
	wake_up_locked_poll(&ring->wait, ovpp_ring_gone(ring) ?
			    EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLHUP :
			    EPOLLIN | EPOLLRDNORM);
	spin_unlock_irqrestore(&ring->wait.lock, flags);
}

static void ovpp_ring_work(struct irq_work *work)
{
	ovpp_ring_wake(container_of(work, struct ovpp_ring, work));
}

static void ovpp_ring_init(struct ovpp_ring *ring, u32 records, u32 site)
{
	u32 i;

	kref_init(&ring->ref);
	raw_spin_lock_init(&ring->lock);
	init_waitqueue_head(&ring->wait);
	init_irq_work(&ring->work, ovpp_ring_work);
	ring->wake_at = U64_MAX;
	ring->mask = records - 1;
	ring->record = (void *)ring->header + PAGE_SIZE;
	ring->header->magic = OVPP_RING_MAGIC;
	ring->header->version = OVPP_RING_VERSION;
	ring->header->header_size = PAGE_SIZE;
	ring->header->record_size = sizeof(struct ovpp_record);
	ring->header->records = records;
	ring->header->site = site;
	for (i = 0; i < records; i++)
		ring->record[i].seq = OVPP_RECORD_BUSY;
}

struct ovpp_ring *ovpp_ring_new(u32 records, u32 site)
{
	struct ovpp_ring *ring;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return NULL;
	ring->header = vmalloc_user(PAGE_SIZE + records * sizeof(struct ovpp_record));
	if (!ring->header) {
		kfree(ring);
		return NULL;
	}
	ovpp_ring_init(ring, records, site);
	return ring;
}

static void ovpp_ring_free(struct kref *ref)
{
	struct ovpp_ring *ring = container_of(ref, struct ovpp_ring, ref);

	/* The last record may have queued it after its writer's site let go. */
	irq_work_sync(&ring->work);
	vfree(ring->header);
	kfree(ring);
}

void ovpp_ring_get(struct ovpp_ring *ring)
{
	kref_get(&ring->ref);
}

void ovpp_ring_put(struct ovpp_ring *ring)
{
	kref_put(&ring->ref, ovpp_ring_free);
}

void ovpp_ring_write(struct ovpp_ring *ring, const struct ovpp_record *rec)
{
	struct ovpp_record copy = *rec;
	struct ovpp_record *slot;
	unsigned long flags;
	u64 seq;

	copy.seq = OVPP_RECORD_BUSY;

	raw_spin_lock_irqsave(&ring->lock, flags);
	if (ring->gone) {
		raw_spin_unlock_irqrestore(&ring->lock, flags);
		return;
	}
	seq = ring->head;
	slot = &ring->record[seq & ring->mask];
	WRITE_ONCE(slot->seq, OVPP_RECORD_BUSY);
	smp_wmb(); /* A */
	*slot = copy;
	smp_store_release(&slot->seq, seq); /* B */
	smp_store_release(&ring->head, seq + 1); /* C, readers in the kernel */
	smp_store_release(&ring->header->head, seq + 1); /* C, of the mapping */
	raw_spin_unlock_irqrestore(&ring->lock, flags);

	smp_mb(); /* D */
	if (seq + 1 >= READ_ONCE(ring->wake_at))
		irq_work_queue(&ring->work);
}

u64 ovpp_ring_head(const struct ovpp_ring *ring)
{
	return smp_load_acquire(&ring->head); /* C' */
}

int ovpp_ring_copy(const struct ovpp_ring *ring, u64 seq,
		   struct ovpp_record *rec)
{
	const struct ovpp_record *slot = &ring->record[seq & ring->mask];

	if (smp_load_acquire(&slot->seq) != seq) /* B' */
		return -EOVERFLOW;
	*rec = *slot;
	smp_rmb(); /* A' */
	return READ_ONCE(slot->seq) == seq ? 0 : -EOVERFLOW;
}

void ovpp_ring_wake_at(struct ovpp_ring *ring, u64 head)
{
	lockdep_assert_held(&ring->wait.lock);
	if (head < ring->wake_at)
		WRITE_ONCE(ring->wake_at, head);
	smp_mb(); /* D' */
}

void ovpp_ring_close(struct ovpp_ring *ring)
{
	raw_spin_lock_irq(&ring->lock);
	/* Who sees it sees the last head; wait.lock, taken next, shows it to waiters. */
	smp_store_release(&ring->gone, true);
	raw_spin_unlock_irq(&ring->lock);
	ovpp_ring_wake(ring);
}

bool ovpp_ring_gone(const struct ovpp_ring *ring)
{
	return smp_load_acquire(&ring->gone); /* ovpp_ring_close() */
}

size_t ovpp_ring_size(const struct ovpp_ring *ring)
{
	return PAGE_SIZE + ((size_t)ring->mask + 1) * sizeof(struct ovpp_record);
}

int ovpp_ring_mmap(struct ovpp_ring *ring, struct vm_area_struct *vma)
{
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EACCES;
	/*
	 * The core takes VM_SHARED away from a shared mapping of a file that is
	 * open for reading only; VM_MAYSHARE is what tells it from a private
	 * one, whose pages would cease to change.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start > PAGE_ALIGN(ovpp_ring_size(ring)))
		return -EINVAL;
	/* mprotect() must not give later what is refused now. */
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	return remap_vmalloc_range(vma, ring->header, 0);
}
