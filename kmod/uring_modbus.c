// SPDX-License-Identifier: GPL-2.0-only
/*
 * OVPP_URING_MODBUS: a request from outside on a serial line.
 *
 * It stays pending as the commands of uring.c do, whose rules on completion and
 * cancellation hold here as well. Who takes a call off the list of its line ends
 * it: the line's thread with an outcome, the line or the site that goes, or the
 * cancellation. The answer is copied to user memory by task work: only there is the
 * memory that of the submitter.
 */

#include <linux/fs.h>
#include <linux/io_uring/cmd.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bus.h"
#include "chrdev.h"
#include "core/profile.h"
#include "modbus.h"
#include "site.h"

static_assert(sizeof(struct ovpp_uring_modbus) == 16);

#define OVPP_MODBUS_TIMEOUT_MS 5000

/**
 * struct ovpp_modbus_cmd - a pending request
 * @call: what the line has of it
 * @cmd: the command
 * @pdu: where the answer goes
 * @result: result, for the task work
 */
struct ovpp_modbus_cmd {
	struct ovpp_modbus_call call;
	struct io_uring_cmd *cmd;
	u8 __user *pdu;
	int result;
};

struct ovpp_modbus_pdu {
	struct ovpp_modbus_cmd *c;
};

static struct ovpp_modbus_cmd *ovpp_modbus_cmd_of(struct io_uring_cmd *cmd)
{
	return io_uring_cmd_to_pdu(cmd, struct ovpp_modbus_pdu)->c;
}

/* Completes a command that the caller has taken, or that never was a line's. */
static void ovpp_modbus_finish(struct ovpp_modbus_cmd *c, int result,
			       unsigned int issue_flags)
{
	io_uring_cmd_done(c->cmd, result, 0, issue_flags);
	if (c->call.line)
		ovpp_modbus_call_put(&c->call);
	kfree(c);
}

/*
 * Of a submitter that is exiting, io_uring runs the task work when its memory has
 * gone, or in a worker that has none.
 */
static void ovpp_modbus_complete(struct io_uring_cmd *cmd,
				 unsigned int issue_flags)
{
	struct ovpp_modbus_cmd *c = ovpp_modbus_cmd_of(cmd);
	int result = c->result;

	if (result > 0 && (!current->mm || current->flags & PF_KTHREAD))
		result = -ECANCELED;
	else if (result > 0 && copy_to_user(c->pdu, c->call.f.pdu, result))
		result = -EFAULT;
	ovpp_modbus_finish(c, result, issue_flags);
}

static void ovpp_modbus_done(struct ovpp_modbus_call *call, int result)
{
	struct ovpp_modbus_cmd *c =
		container_of(call, struct ovpp_modbus_cmd, call);

	c->result = result;
	io_uring_cmd_complete_in_task(c->cmd, ovpp_modbus_complete);
}

void ovpp_uring_modbus_cancel(struct io_uring_cmd *cmd,
			      unsigned int issue_flags)
{
	struct ovpp_modbus_cmd *c = ovpp_modbus_cmd_of(cmd);

	if (ovpp_modbus_withdraw(&c->call))
		ovpp_modbus_finish(c, -ECANCELED, issue_flags);
}

static int ovpp_modbus_issue(struct ovpp_site *site, u32 id,
			     struct ovpp_modbus_call *call, u32 timeout_ms)
{
	struct ovpp_bus *bus = NULL;
	int err = -ENODEV;

	mutex_lock(&site->lock);
	if (!site->dead)
		bus = ovpp_bus_find(site, id, NULL);
	if (bus)
		err = ovpp_modbus_submit(bus, call, timeout_ms);
	mutex_unlock(&site->lock);
	return err;
}

/* The request in user memory to a command, or an ERR_PTR. */
static struct ovpp_modbus_cmd *ovpp_modbus_read(struct io_uring_cmd *cmd,
						const struct ovpp_uring_modbus *arg)
{
	struct ovpp_modbus_cmd *c;

	if (arg->unit < OVPP_MODBUS_UNIT_MIN ||
	    arg->unit > OVPP_MODBUS_UNIT_MAX || !arg->len ||
	    arg->len > OVPP_MODBUS_PDU_MAX)
		return ERR_PTR(-EINVAL);
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->cmd = cmd;
	c->pdu = u64_to_user_ptr(arg->pdu);
	c->call.done = ovpp_modbus_done;
	INIT_LIST_HEAD(&c->call.node);
	c->call.f.unit = arg->unit;
	c->call.f.len = arg->len;
	if (!copy_from_user(c->call.f.pdu, c->pdu, arg->len))
		return c;
	kfree(c);
	return ERR_PTR(-EFAULT);
}

int ovpp_uring_modbus(struct io_uring_cmd *cmd, unsigned int issue_flags)
{
	const struct ovpp_uring_modbus *sqe = io_uring_sqe_cmd(cmd->sqe);
	const struct ovpp_uring_modbus arg = {
		.pdu = READ_ONCE(sqe->pdu),
		.bus = READ_ONCE(sqe->bus),
		.timeout_ms = READ_ONCE(sqe->timeout_ms),
		.unit = READ_ONCE(sqe->unit),
		.len = READ_ONCE(sqe->len),
	};
	struct ovpp_file *f = cmd->file->private_data;
	struct ovpp_modbus_cmd *c;
	int ret;

	if (!(cmd->file->f_mode & FMODE_WRITE))
		return -EBADF;
	/* The site's lock is waited for: io_uring asks again in a worker. */
	if (issue_flags & IO_URING_F_NONBLOCK)
		return -EAGAIN;
	c = ovpp_modbus_read(cmd, &arg);
	if (IS_ERR(c))
		return PTR_ERR(c);

	io_uring_cmd_to_pdu(cmd, struct ovpp_modbus_pdu)->c = c;
	io_uring_cmd_mark_cancelable(cmd, issue_flags);
	ret = ovpp_modbus_issue(f->site, arg.bus, &c->call,
				arg.timeout_ms ?: OVPP_MODBUS_TIMEOUT_MS);
	/* Once marked, only io_uring_cmd_done() may end it. */
	if (ret)
		ovpp_modbus_finish(c, ret, issue_flags);
	return -EIOCBQUEUED;
}
