// SPDX-License-Identifier: GPL-2.0-only
/*
 * The io_uring commands of /dev/ovppN: wait, dispatch, heartbeat. Requests on serial
 * lines are in uring_modbus.c.
 *
 * A wait or a dispatch stays pending; several may want to complete it at the
 * same time, and exactly one must. Each kind has a lock under which the first
 * one takes the command away from the others (below). Whoever has taken it
 * completes it: from elsewhere by task work, which io_uring runs in the
 * submitter's context, or where it stands with the issue flags it was called
 * with. io_uring_cmd_done() is the last touch of a command, and only then is
 * what belongs to it freed.
 *
 * Cancellation (IO_URING_F_CANCEL) comes with the ring's lock held, when the
 * ring is closed or the submitter calls execve(), for commands marked cancelable
 * until io_uring_cmd_done() has taken the mark away under that same lock. So:
 *  - A command that cancellation shows us has not been freed, nor has what
 *    belongs to it.
 *  - One that is marked and not yet pending (the issuer runs without the ring's
 *    lock, in an io-wq worker), or already taken, is left alone: io_uring comes
 *    again until it is gone.
 *  - Commands are marked before they become pending: later, another CPU may
 *    have completed them.
 *
 * A pending command holds its file, and with it the site, the ring and this
 * module.
 */

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/io_uring/cmd.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "chrdev.h"
#include "compat.h"
#include "ring.h"
#include "site.h"

/* The three fill the 16 bytes that an entry has for them. */
static_assert(sizeof(struct ovpp_uring_wait) == 16);
static_assert(sizeof(struct ovpp_uring_dispatch) == 16);
static_assert(sizeof(struct ovpp_uring_heartbeat) == 16);
static_assert(sizeof(struct ovpp_uring_block) == 24);

#define OVPP_DURATION_MAX_MS 604800000

/**
 * struct ovpp_waiter - a pending wait
 * @entry: in ring->wait while it is pending. Who takes it off, under wait.lock,
 *	completes the command: ovpp_waiter_wake() because there are enough
 *	records or the site is gone, ovpp_waiter_timeout() or ovpp_wait_cancel().
 * @timer: timeout; started under wait.lock, cancelled by who completes
 * @cmd: the command
 * @ring: ring
 * @cursor: first record waited for
 * @until: complete at this head
 */
struct ovpp_waiter {
	struct wait_queue_entry entry;
	struct hrtimer timer;
	struct io_uring_cmd *cmd;
	struct ovpp_ring *ring;
	u64 cursor;
	u64 until;
};

struct ovpp_wait_pdu {
	struct ovpp_waiter *waiter;
};

/* Result of a wait that ends now: what is there, or that nothing will come. */
static int ovpp_wait_result(struct ovpp_ring *ring, u64 cursor)
{
	bool gone = ovpp_ring_gone(ring);
	u64 head = ovpp_ring_head(ring);

	if (head > cursor)
		return min_t(u64, head - cursor, INT_MAX);
	return gone ? -ENODEV : 0;
}

static bool ovpp_waiter_over(const struct ovpp_waiter *w)
{
	return ovpp_ring_head(w->ring) >= w->until || ovpp_ring_gone(w->ring);
}

/* Must it go on waiting? If so, asks to be woken. Under wait.lock. */
static bool ovpp_waiter_waits(const struct ovpp_waiter *w)
{
	if (ovpp_waiter_over(w))
		return false;
	ovpp_ring_wake_at(w->ring, w->until);
	return !ovpp_waiter_over(w);
}

/* Completes a wait that the caller has taken. */
static void ovpp_waiter_finish(struct ovpp_waiter *w, int result, unsigned int issue_flags)
{
	hrtimer_cancel(&w->timer);
	io_uring_cmd_done(w->cmd, result, 0, issue_flags);
	kfree(w);
}

static void ovpp_wait_done(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct ovpp_waiter *w = io_uring_cmd_to_pdu(cmd, struct ovpp_wait_pdu)->waiter;

	ovpp_waiter_finish(w, ovpp_wait_result(w->ring, w->cursor), issue_flags);
}

/* Called by ring->work for each record that somebody waits for, under wait.lock. */
static int ovpp_waiter_wake(struct wait_queue_entry *entry, unsigned int mode, int flags,
			    void *key)
{
	struct ovpp_waiter *w = container_of(entry, struct ovpp_waiter, entry);

	if (ovpp_waiter_waits(w))
		return 0;
	list_del_init(&entry->entry);
	io_uring_cmd_complete_in_task(w->cmd, ovpp_wait_done);
	return 1;
}

static bool ovpp_waiter_take(struct ovpp_waiter *w)
{
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&w->ring->wait.lock, flags);
	taken = !list_empty(&w->entry.entry);
	list_del_init(&w->entry.entry);
	spin_unlock_irqrestore(&w->ring->wait.lock, flags);
	return taken;
}

static enum hrtimer_restart ovpp_waiter_timeout(struct hrtimer *timer)
{
	struct ovpp_waiter *w = container_of(timer, struct ovpp_waiter, timer);

	if (ovpp_waiter_take(w))
		io_uring_cmd_complete_in_task(w->cmd, ovpp_wait_done);
	return HRTIMER_NORESTART;
}

static void ovpp_wait_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct ovpp_waiter *w = io_uring_cmd_to_pdu(cmd, struct ovpp_wait_pdu)->waiter;

	if (ovpp_waiter_take(w))
		ovpp_waiter_finish(w, -ECANCELED, issue_flags);
}

/* Makes a wait pending unless it is over already. */
static bool ovpp_waiter_add(struct ovpp_waiter *w, u32 timeout_ms)
{
	bool waits;

	spin_lock_irq(&w->ring->wait.lock);
	waits = ovpp_waiter_waits(w);
	if (waits) {
		__add_wait_queue(&w->ring->wait, &w->entry);
		if (timeout_ms)
			hrtimer_start(&w->timer, ms_to_ktime(timeout_ms), HRTIMER_MODE_REL);
	}
	spin_unlock_irq(&w->ring->wait.lock);
	return waits;
}

static int ovpp_uring_wait(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct ovpp_uring_wait *arg = io_uring_sqe_cmd(cmd->sqe);
	struct ovpp_file *f = cmd->file->private_data;
	u32 timeout_ms = READ_ONCE(arg->timeout_ms);
	u64 cursor = READ_ONCE(arg->cursor);
	u32 count = READ_ONCE(arg->count);
	struct ovpp_waiter *w;
	u64 until;

	if (!count || check_add_overflow(cursor, count, &until))
		return -EINVAL;
	if (ovpp_ring_head(f->ring) >= until || ovpp_ring_gone(f->ring))
		return ovpp_wait_result(f->ring, cursor);

	w = kzalloc(sizeof(*w), GFP_KERNEL_ACCOUNT);
	if (!w)
		return -ENOMEM;
	w->cmd = cmd;
	w->ring = f->ring;
	w->cursor = cursor;
	w->until = until;
	init_waitqueue_func_entry(&w->entry, ovpp_waiter_wake);
	INIT_LIST_HEAD(&w->entry.entry);
	ovpp_hrtimer_setup(&w->timer, ovpp_waiter_timeout, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	io_uring_cmd_to_pdu(cmd, struct ovpp_wait_pdu)->waiter = w;

	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	if (!ovpp_waiter_add(w, timeout_ms))
		ovpp_waiter_finish(w, ovpp_wait_result(w->ring, cursor), issue_flags);
	return -EIOCBQUEUED;
}

/**
 * struct ovpp_dispatch_pdu - a pending dispatch
 * @entry: the site's entry, whose arg points back at the command; NULL: taken
 * @result: result, for the task work
 * @energy: energy delivered, mWh
 *
 * Entry and command end independently. Under ovpp_dispatch_link each points to
 * the other or neither does: the site's answer (ovpp_dispatch_answered()), the
 * cancellation and a failed submission cut the link, and who cuts it completes
 * the command. The site frees an entry after its answer only, so an entry that
 * a command points to is there, and the other way round.
 */
struct ovpp_dispatch_pdu {
	struct ovpp_dispatch_entry *entry;
	int result;
	s64 energy;
};

static DEFINE_SPINLOCK(ovpp_dispatch_link);

static struct ovpp_dispatch_pdu *ovpp_dispatch_pdu(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct ovpp_dispatch_pdu);
}

static void ovpp_dispatch_complete(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct ovpp_dispatch_pdu *pdu = ovpp_dispatch_pdu(cmd);

	io_uring_cmd_done(cmd, pdu->result, pdu->energy, issue_flags);
}

/* The site's answer: entry->done. */
static void ovpp_dispatch_answered(struct ovpp_dispatch_entry *entry, int result)
{
	struct ovpp_dispatch_pdu *pdu;
	struct io_uring_cmd *cmd;

	spin_lock(&ovpp_dispatch_link);
	cmd = entry->arg;
	entry->arg = NULL;
	if (cmd) {
		pdu = ovpp_dispatch_pdu(cmd);
		pdu->entry = NULL;
		pdu->result = result;
		pdu->energy = entry->d.delivery.actual_mwh;
	}
	spin_unlock(&ovpp_dispatch_link);
	if (cmd)
		io_uring_cmd_complete_in_task(cmd, ovpp_dispatch_complete);
}

/*
 * Cuts the link of a dispatch that the site has taken. Returns its id; 0 if it
 * is not there yet or no more.
 */
static u32 ovpp_dispatch_cut(struct io_uring_cmd *cmd)
{
	struct ovpp_dispatch_pdu *pdu = ovpp_dispatch_pdu(cmd);
	u32 id = 0;

	spin_lock(&ovpp_dispatch_link);
	if (pdu->entry && pdu->entry->d.id) {
		id = pdu->entry->d.id;
		pdu->entry->arg = NULL;
		pdu->entry = NULL;
	}
	spin_unlock(&ovpp_dispatch_link);
	return id;
}

/*
 * Holding site->lock, as ovpp_dispatch_submit() does, it sees an entry either
 * before it is submitted, without an id, or after that.
 */
static void ovpp_dispatch_abandon(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	struct ovpp_file *f = cmd->file->private_data;
	u32 id;

	mutex_lock(&f->site->lock);
	id = ovpp_dispatch_cut(cmd);
	/* It may have ended in this moment, with nobody left to tell. */
	if (id && !f->site->dead)
		ovpp_site_withdraw(f->site, id);
	mutex_unlock(&f->site->lock);
	if (id)
		io_uring_cmd_done(cmd, -ECANCELED, 0, issue_flags);
}

/* Blocks as ovpp_site_submit() takes them, with their length for an end. */
static int ovpp_dispatch_fill(struct ovpp_dispatch *d, const struct ovpp_uring_block *from,
			      u32 count)
{
	u32 i;

	d->der = from[0].der;
	for (i = 0; i < count; i++) {
		if (from[i].der != d->der || !from[i].duration_ms ||
		    from[i].duration_ms > OVPP_DURATION_MAX_MS)
			return -EINVAL;
		d->block[i].start_ns = from[i].start_ns;
		d->block[i].end_ns = (u64)from[i].duration_ms * NSEC_PER_MSEC;
		d->block[i].p_mw = from[i].p_mw;
	}
	return 0;
}

/* The blocks in user memory to an entry, or an ERR_PTR. */
static struct ovpp_dispatch_entry *ovpp_dispatch_read(u64 blocks, u32 count)
{
	struct ovpp_dispatch_entry *entry;
	struct ovpp_uring_block *from;
	int ret;

	from = memdup_array_user(u64_to_user_ptr(blocks), count, sizeof(*from));
	if (IS_ERR(from))
		return ERR_CAST(from);
	entry = ovpp_dispatch_alloc(count);
	if (!entry) {
		kfree(from);
		return ERR_PTR(-ENOMEM);
	}
	ret = ovpp_dispatch_fill(&entry->d, from, count);
	kfree(from);
	if (!ret)
		return entry;
	ovpp_dispatch_free(entry);
	return ERR_PTR(ret);
}

/*
 * Links command and entry and gives the entry to the site. On failure, the entry
 * is freed and the command is the caller's to complete.
 */
static int ovpp_dispatch_submit(struct io_uring_cmd *cmd, struct ovpp_dispatch_entry *entry,
				unsigned int issue_flags)
{
	struct ovpp_file *f = cmd->file->private_data;
	int ret = -ENODEV;

	entry->done = ovpp_dispatch_answered;
	entry->arg = cmd;
	ovpp_dispatch_pdu(cmd)->entry = entry;
	io_uring_cmd_mark_cancelable(cmd, issue_flags);

	mutex_lock(&f->site->lock);
	if (!f->site->dead)
		ret = ovpp_site_submit(f->site, entry, NULL);
	if (ret) {
		spin_lock(&ovpp_dispatch_link);
		ovpp_dispatch_pdu(cmd)->entry = NULL;
		spin_unlock(&ovpp_dispatch_link);
		ovpp_dispatch_free(entry);
	}
	mutex_unlock(&f->site->lock);
	return ret;
}

static int ovpp_uring_dispatch(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct ovpp_uring_dispatch *arg = io_uring_sqe_cmd(cmd->sqe);
	struct ovpp_dispatch_entry *entry;
	u64 blocks = READ_ONCE(arg->blocks);
	u32 count = READ_ONCE(arg->count);
	int ret;

	if (!(cmd->file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (READ_ONCE(arg->flags) || !count || count > OPENVPP_BLOCK_MAX)
		return -EINVAL;
	/* The site's lock and its loop are waited for: io_uring asks again in a worker. */
	if (issue_flags & IO_URING_F_NONBLOCK)
		return -EAGAIN;

	entry = ovpp_dispatch_read(blocks, count);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	ret = ovpp_dispatch_submit(cmd, entry, issue_flags);
	/* Once marked, only io_uring_cmd_done() may end it. */
	if (ret)
		io_uring_cmd_done(cmd, ret, 0, issue_flags);
	return -EIOCBQUEUED;
}

static int ovpp_uring_heartbeat(struct io_uring_cmd *cmd)
{
	const struct ovpp_uring_heartbeat *arg = io_uring_sqe_cmd(cmd->sqe);
	struct ovpp_file *f = cmd->file->private_data;
	int ret;

	if (!(cmd->file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (READ_ONCE(arg->flags[0]) || READ_ONCE(arg->flags[1]))
		return -EINVAL;
	if (ovpp_ring_gone(f->ring))
		return -ENODEV;
	ret = ovpp_site_heartbeat(f->site, f);
	return ret ?: READ_ONCE(f->site->state);
}

static int ovpp_uring_cancel(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	switch (cmd->cmd_op) {
	case OVPP_URING_WAIT:
		ovpp_wait_cancel(cmd, issue_flags);
		break;
	case OVPP_URING_DISPATCH:
		ovpp_dispatch_abandon(cmd, issue_flags);
		break;
	case OVPP_URING_MODBUS:
		ovpp_uring_modbus_cancel(cmd, issue_flags);
		break;
	}
	return 0;
}

int ovpp_uring_cmd(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	/* Nothing of the entry may be looked at then. */
	if (issue_flags & IO_URING_F_CANCEL)
		return ovpp_uring_cancel(cmd, issue_flags);

	/* Fields that no command has a use for, and no registered buffers. */
	if (READ_ONCE(cmd->sqe->addr) || READ_ONCE(cmd->sqe->len) ||
	    (cmd->flags & IORING_URING_CMD_FIXED))
		return -EINVAL;

	switch (cmd->cmd_op) {
	case OVPP_URING_WAIT:
		return ovpp_uring_wait(cmd, issue_flags);
	case OVPP_URING_DISPATCH:
		return ovpp_uring_dispatch(cmd, issue_flags);
	case OVPP_URING_HEARTBEAT:
		return ovpp_uring_heartbeat(cmd);
	case OVPP_URING_MODBUS:
		return ovpp_uring_modbus(cmd, issue_flags);
	default:
		return -ENOTTY;
	}
}
