// SPDX-License-Identifier: GPL-2.0-only
/* Ports: binding to a line, and what passes between the two. See port.h. */

#include <linux/file.h>
#include <linux/rcupdate.h>

#include "modbus.h"
#include "port.h"

void ovpp_port_init(struct ovpp_port *port, const struct ovpp_port_ops *ops,
		    const char *name)
{
	kref_init(&port->ref);
	mutex_init(&port->lock);
	port->ops = ops;
	strscpy(port->name, name, sizeof(port->name));
}

static void ovpp_port_free(struct kref *ref)
{
	struct ovpp_port *port = container_of(ref, struct ovpp_port, ref);

	mutex_destroy(&port->lock);
	port->ops->free(port);
}

void ovpp_port_put(struct ovpp_port *port)
{
	kref_put(&port->ref, ovpp_port_free);
}

static struct ovpp_modbus *ovpp_port_line(struct ovpp_port *port)
{
	return rcu_dereference_protected(port->line,
					 lockdep_is_held(&port->lock));
}

/* fput() closes later: here, it may be the hangup of this tty that calls. */
static void ovpp_port_part(struct ovpp_port *port)
{
	lockdep_assert_held(&port->lock);

	RCU_INIT_POINTER(port->line, NULL);
	if (port->ops->reserve)
		port->ops->reserve(port, false);
	if (port->file)
		fput(port->file);
	port->file = NULL;
}

int ovpp_port_bind(struct ovpp_port *port, struct ovpp_modbus *line,
		   struct file *file, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&port->lock);
	if (port->gone) {
		NL_SET_ERR_MSG(extack, "the device has just gone");
		err = -ENODEV;
	} else if (ovpp_port_line(port)) {
		NL_SET_ERR_MSG(extack, "the device serves a bus already");
		err = -EBUSY;
	} else {
		err = ovpp_modbus_bound(line, port, extack);
	}
	if (!err) {
		kref_get(&port->ref);
		port->file = file;
		if (port->ops->reserve)
			port->ops->reserve(port, true);
		rcu_assign_pointer(port->line, line);
	}
	mutex_unlock(&port->lock);
	return err;
}

void ovpp_port_unbind(struct ovpp_port *port)
{
	mutex_lock(&port->lock);
	if (ovpp_port_line(port))
		ovpp_port_part(port);
	mutex_unlock(&port->lock);
	/* Those who receive from it, or are woken by it, may have found the line. */
	synchronize_rcu();
	ovpp_port_put(port);
}

void ovpp_port_gone(struct ovpp_port *port)
{
	struct ovpp_modbus *line;

	mutex_lock(&port->lock);
	port->gone = true;
	line = ovpp_port_line(port);
	if (line) {
		/* It cannot go meanwhile: letting go takes the lock that is held. */
		ovpp_modbus_lost(line);
		ovpp_port_part(port);
	}
	mutex_unlock(&port->lock);
	ovpp_port_put(port);
}

void ovpp_port_set(struct ovpp_port *port,
		   const struct ovpp_port_settings *settings)
{
	struct ovpp_modbus *line;

	mutex_lock(&port->lock);
	port->settings = *settings;
	line = ovpp_port_line(port);
	if (line)
		ovpp_modbus_retime(line, settings);
	mutex_unlock(&port->lock);
}

ssize_t ovpp_port_write(struct ovpp_port *port, const u8 *data, size_t len)
{
	ssize_t ret = -ENODEV;

	mutex_lock(&port->lock);
	if (!port->gone)
		ret = port->ops->write(port, data, len);
	mutex_unlock(&port->lock);
	return ret;
}

void ovpp_port_receive(struct ovpp_port *port, const u8 *data, size_t len,
		       unsigned int bad)
{
	struct ovpp_modbus *line;

	rcu_read_lock();
	line = rcu_dereference(port->line);
	if (line)
		ovpp_modbus_receive(line, data, len, bad);
	rcu_read_unlock();
}

void ovpp_port_wakeup(struct ovpp_port *port)
{
	struct ovpp_modbus *line;

	rcu_read_lock();
	line = rcu_dereference(port->line);
	if (line)
		ovpp_modbus_room(line);
	rcu_read_unlock();
}
