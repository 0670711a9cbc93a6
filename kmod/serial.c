// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line discipline: a tty as a port (port.h).
 *
 * User space opens the tty, sets its speed and format, gives it this discipline
 * (TIOCSETD) and hands the open file to a bus. The kernel never opens a tty by
 * itself: who may open which is said by the rights of the device node. As long as
 * a bus has the tty it keeps the file open, and nobody else can open it; whoever
 * gave it may close it. The discipline stays until the tty is closed for good: of a
 * pty, until its other end is too.
 *
 * The number is that of out-of-tree disciplines. Registration takes the number
 * from another module that has it, without a word, and the core does not tell who
 * has it; /proc/tty/ldiscs does, to who looks there before the module is loaded.
 */

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>

#include <uapi/linux/openvpp_netlink.h>

#include "port.h"

/* All that comes is taken at once. */
#define OVPP_TTY_ROOM 65536

/**
 * struct ovpp_tty - a tty with the discipline
 * @port: what a line sees; gone when the discipline is closed
 * @node: in ovpp_ttys
 * @tty: the tty, which outlives the discipline
 */
struct ovpp_tty {
	struct ovpp_port port;
	struct list_head node;
	struct tty_struct *tty;
};

/* Every tty that has the discipline. */
static LIST_HEAD(ovpp_ttys);
static DEFINE_MUTEX(ovpp_ttys_lock);

static ssize_t ovpp_tty_write(struct ovpp_port *port, const u8 *data,
			      size_t len)
{
	struct tty_struct *tty = container_of(port, struct ovpp_tty, port)->tty;

	/* Before the write: room may be made while it runs. */
	set_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	return tty->ops->write(tty, data, len);
}

/* As TIOCEXCL: nobody opens a line's tty and sets another speed. */
static void ovpp_tty_reserve(struct ovpp_port *port, bool on)
{
	struct tty_struct *tty = container_of(port, struct ovpp_tty, port)->tty;

	if (on)
		set_bit(TTY_EXCLUSIVE, &tty->flags);
	else
		clear_bit(TTY_EXCLUSIVE, &tty->flags);
}

static void ovpp_tty_free(struct ovpp_port *port)
{
	kfree(container_of(port, struct ovpp_tty, port));
}

static const struct ovpp_port_ops ovpp_tty_port_ops = {
	.write = ovpp_tty_write,
	.reserve = ovpp_tty_reserve,
	.free = ovpp_tty_free,
};

static void ovpp_tty_settings(struct tty_struct *tty,
			      struct ovpp_port_settings *settings)
{
	const struct ktermios *termios = &tty->termios;

	settings->baud = tty_termios_baud_rate(termios);
	settings->bits = tty_get_frame_size(termios->c_cflag);
	settings->stop_bits = C_CSTOPB(tty) ? 2 : 1;
	if (!C_PARENB(tty))
		settings->parity = OVPP_PARITY_NONE;
	else
		settings->parity = C_PARODD(tty) ? OVPP_PARITY_ODD :
						   OVPP_PARITY_EVEN;
}

/* Called by the core, one at a time for a tty. */

static int ovpp_tty_open(struct tty_struct *tty)
{
	struct ovpp_tty *t;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!tty->ops->write)
		return -EOPNOTSUPP;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	ovpp_port_init(&t->port, &ovpp_tty_port_ops, tty_name(tty));
	t->tty = tty;
	down_read(&tty->termios_rwsem);
	ovpp_tty_settings(tty, &t->port.settings);
	up_read(&tty->termios_rwsem);
	tty->disc_data = t;
	tty->receive_room = OVPP_TTY_ROOM;

	mutex_lock(&ovpp_ttys_lock);
	list_add_tail(&t->node, &ovpp_ttys);
	mutex_unlock(&ovpp_ttys_lock);
	return 0;
}

/*
 * Hangup, another discipline, or the last file is closed, which is none of a bus.
 * No other function of the discipline runs now, nor will one.
 */
static void ovpp_tty_close(struct tty_struct *tty)
{
	struct ovpp_tty *t = tty->disc_data;

	mutex_lock(&ovpp_ttys_lock);
	list_del(&t->node);
	mutex_unlock(&ovpp_ttys_lock);
	clear_bit(TTY_DO_WRITE_WAKEUP, &tty->flags);
	tty->disc_data = NULL;
	ovpp_port_gone(&t->port);
}

/* Under termios_rwsem. */
static void ovpp_tty_set_termios(struct tty_struct *tty,
				 const struct ktermios *old)
{
	struct ovpp_port_settings settings;
	struct ovpp_tty *t = tty->disc_data;

	ovpp_tty_settings(tty, &settings);
	ovpp_port_set(&t->port, &settings);
}

/*
 * One receiver at a time. A character with a parity or framing error is counted
 * and passed on, so that what follows stays where it belongs: the CRC decides. A
 * break and an overrun stand between characters and are none.
 */
static void ovpp_tty_receive(struct tty_struct *tty, const u8 *data,
			     const u8 *flags, size_t count)
{
	struct ovpp_tty *t = tty->disc_data;
	unsigned int bad = 0;
	size_t i, from = 0;

	for (i = 0; flags && i < count; i++) {
		if (flags[i] == TTY_NORMAL)
			continue;
		bad++;
		if (flags[i] != TTY_BREAK && flags[i] != TTY_OVERRUN)
			continue;
		ovpp_port_receive(&t->port, data + from, i - from, 0);
		from = i + 1;
	}
	ovpp_port_receive(&t->port, data + from, count - from, bad);
}

/* May be called from within a write: nothing is sent here. */
static void ovpp_tty_wakeup(struct tty_struct *tty)
{
	struct ovpp_tty *t = tty->disc_data;

	ovpp_port_wakeup(&t->port);
}

/*
 * Reading and writing by user space fail for want of a function. What else can
 * be done with a tty stays possible, another speed for one.
 */
static struct tty_ldisc_ops ovpp_tty_ldisc = {
	.owner = THIS_MODULE,
	.num = N_DEVELOPMENT,
	.name = "openvpp",
	.open = ovpp_tty_open,
	.close = ovpp_tty_close,
	.ioctl = tty_mode_ioctl,
	.set_termios = ovpp_tty_set_termios,
	.receive_buf = ovpp_tty_receive,
	.write_wakeup = ovpp_tty_wakeup,
};

/*
 * Is a file one of those of a tty? A device number would not do: two instances of
 * devpts have the same ones, and /dev/console has another than the tty behind it.
 */
static bool ovpp_tty_has(struct tty_struct *tty, const struct file *file)
{
	struct tty_file_private *priv;
	bool found = false;

	spin_lock(&tty->files_lock);
	list_for_each_entry(priv, &tty->tty_files, list)
		found |= priv->file == file;
	spin_unlock(&tty->files_lock);
	return found;
}

static struct ovpp_tty *ovpp_tty_find(const struct file *file)
{
	struct ovpp_tty *t;

	lockdep_assert_held(&ovpp_ttys_lock);

	list_for_each_entry(t, &ovpp_ttys, node)
		if (ovpp_tty_has(t->tty, file))
			return t;
	return NULL;
}

int ovpp_serial_bind(u32 fd, struct ovpp_modbus *line,
		     struct netlink_ext_ack *extack)
{
	struct file *file = fget(fd);
	struct ovpp_tty *t;
	int err;

	if (!file) {
		NL_SET_ERR_MSG(extack, "tty-fd is no open file");
		return -EBADF;
	}
	mutex_lock(&ovpp_ttys_lock);
	t = ovpp_tty_find(file);
	if (t) {
		err = ovpp_port_bind(&t->port, line, file, extack);
	} else {
		NL_SET_ERR_MSG(extack, "tty-fd is no tty with the line discipline openvpp");
		err = -ENOTTY;
	}
	mutex_unlock(&ovpp_ttys_lock);
	if (err)
		fput(file);
	return err;
}

int ovpp_serial_init(void)
{
	return tty_register_ldisc(&ovpp_tty_ldisc);
}

/* Whoever has it open holds the module, so nobody does. */
void ovpp_serial_exit(void)
{
	tty_unregister_ldisc(&ovpp_tty_ldisc);
}

MODULE_ALIAS_LDISC(N_DEVELOPMENT);
