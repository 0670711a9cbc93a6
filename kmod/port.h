/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: UARTs as a Modbus line sees them. A port is either a tty with this
 * module's line discipline (serial.c) or a serdev device (serdev.c); one line at
 * a time has it, and it may go at any moment.
 *
 * Locks, outermost first; what is on one line never meets:
 *   device lock               driver core, around probe() and remove() of serdev.c
 *     RTNL, site->lock        whoever binds a port to a line and takes it off
 *   tty lock, ldisc_sem       tty core, around open() and close() of the discipline
 *     termios_rwsem           tty core, around set_termios()
 *     ovpp_ttys_lock          (serial.c) the list of open disciplines
 *       port->lock            who has the port; held across a write
 *         files_lock          (tty core) leaf
 *         locks of the driver that is written to
 *         modbus->lock        raw: the line and its timer (modbus.h)
 * So a binder takes no lock of the tty core but files_lock: it neither opens nor
 * closes a tty, nor changes its discipline. A file of a tty is let go with fput(),
 * which closes it later, from another context. Bytes that come and wake-ups take
 * none of these but modbus->lock; they find the line under RCU. An answer that they
 * complete goes on to bus.h from there, under RCU alone.
 */
#ifndef OVPP_PORT_H
#define OVPP_PORT_H

#include <linux/if.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct ovpp_modbus;
struct ovpp_port;

/**
 * struct ovpp_port_settings - how characters go over the line
 * @baud: bits a second
 * @bits: length of a character, start, parity and stop bits included
 * @parity: enum ovpp_parity
 * @stop_bits: 1 or 2
 */
struct ovpp_port_settings {
	u32 baud;
	u8 bits;
	u8 parity;
	u8 stop_bits;
};

/**
 * struct ovpp_port_ops - a kind of port
 * @write: give bytes to the device; returns how many it took, or -errno. Does not
 *	wait for room: ovpp_port_wakeup() tells of it. Context: the line's thread,
 *	under port->lock.
 * @reserve: a line has the port from now on, or no more; NULL: nothing to do.
 *	Context: process, under port->lock.
 * @free: the last reference has gone.
 */
struct ovpp_port_ops {
	ssize_t (*write)(struct ovpp_port *port, const u8 *data, size_t len);
	void (*reserve)(struct ovpp_port *port, bool on);
	void (*free)(struct ovpp_port *port);
};

/**
 * struct ovpp_port - a port
 * @ref: its driver has one until the device is gone, and the line that has it
 * @ops: its kind
 * @lock: protects all below; held across a write, so that neither the device nor
 *	the line goes under one
 * @line: line that has it; changed under @lock, read under RCU
 * @file: what keeps the device open for the line; NULL: nothing has to
 * @gone: the device is no more; nothing is written
 * @settings: as the device has them
 * @name: name of the device
 */
struct ovpp_port {
	struct kref ref;
	const struct ovpp_port_ops *ops;
	struct mutex lock;
	struct ovpp_modbus __rcu *line;
	struct file *file;
	bool gone;
	struct ovpp_port_settings settings;
	char name[IFNAMSIZ];
};

/* For drivers of ports */

void ovpp_port_init(struct ovpp_port *port, const struct ovpp_port_ops *ops,
		    const char *name);
void ovpp_port_put(struct ovpp_port *port);
/* The device is no more. Drops the driver's reference. Process context. */
void ovpp_port_gone(struct ovpp_port *port);
/* Its speed or format has changed. Process context. */
void ovpp_port_set(struct ovpp_port *port,
		   const struct ovpp_port_settings *settings);
/* Bytes came, @bad characters among or between them with an error. Any but hard interrupt. */
void ovpp_port_receive(struct ovpp_port *port, const u8 *data, size_t len,
		       unsigned int bad);
/* The device takes bytes again. Any context. */
void ovpp_port_wakeup(struct ovpp_port *port);

/* For lines */

/**
 * ovpp_port_bind() - give a port to a line
 * @port: port
 * @line: line without a port; ovpp_modbus_bound() is called before bytes come
 * @file: see struct ovpp_port; on success the port's
 * @extack: why it failed
 *
 * Takes a reference. Context: process.
 *
 * Return: 0; -EBUSY: another line has it; -ENODEV: it has gone meanwhile;
 * -EINVAL: at a speed that no Modbus line has.
 */
int ovpp_port_bind(struct ovpp_port *port, struct ovpp_modbus *line,
		   struct file *file, struct netlink_ext_ack *extack);
/* When it returns nothing comes from the port any more. Drops the reference. */
void ovpp_port_unbind(struct ovpp_port *port);
/* As ovpp_port_ops.write(); -ENODEV when the device has gone. The line's thread. */
ssize_t ovpp_port_write(struct ovpp_port *port, const u8 *data, size_t len);

/*
 * serial.c: binds the tty that an open file of the calling task is of, and keeps
 * the file. 0 or -errno with a text.
 */
int ovpp_serial_bind(u32 fd, struct ovpp_modbus *line,
		     struct netlink_ext_ack *extack);
int ovpp_serial_init(void);
void ovpp_serial_exit(void);

/* serdev.c: binds the serdev device of this name. The same. */
int ovpp_serdev_bind(const char *name, struct ovpp_modbus *line,
		     struct netlink_ext_ack *extack);
int ovpp_serdev_init(void);
void ovpp_serdev_exit(void);

#endif /* OVPP_PORT_H */
