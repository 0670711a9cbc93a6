// SPDX-License-Identifier: GPL-2.0-only
/*
 * UARTs that the device tree gives to the gateway, as ports (port.h); the binding
 * is docs/devicetree/openvpp,rs485.yaml. Such a UART has no node in /dev. It is
 * open as long as this driver has it: a bus only begins to listen, and does so again
 * when the driver was taken from the UART and has come back to it. Direction,
 * delays and termination are the UART driver's, by the properties of its node.
 *
 * Errors of parity and framing do not get here: serdev drops the flags. The CRC
 * sees what they would have told.
 */

#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/serdev.h>
#include <linux/slab.h>

#include <uapi/linux/openvpp_netlink.h>

#include "modbus.h"
#include "port.h"

#if IS_REACHABLE(CONFIG_SERIAL_DEV_BUS)

#define OVPP_SERDEV_BAUD 9600

/**
 * struct ovpp_serdev - a UART
 * @port: what a line sees; gone when the driver lets go of the UART
 * @node: in ovpp_serdevs
 * @dev: the UART
 */
struct ovpp_serdev {
	struct ovpp_port port;
	struct list_head node;
	struct serdev_device *dev;
};

/* Every UART that the driver has. */
static LIST_HEAD(ovpp_serdevs);
static DEFINE_MUTEX(ovpp_serdevs_lock);

static ssize_t ovpp_serdev_write(struct ovpp_port *port, const u8 *data,
				 size_t len)
{
	struct ovpp_serdev *s = container_of(port, struct ovpp_serdev, port);

	return serdev_device_write_buf(s->dev, data, len);
}

static void ovpp_serdev_free(struct ovpp_port *port)
{
	kfree(container_of(port, struct ovpp_serdev, port));
}

static const struct ovpp_port_ops ovpp_serdev_port_ops = {
	.write = ovpp_serdev_write,
	.free = ovpp_serdev_free,
};

static size_t ovpp_serdev_receive(struct serdev_device *dev, const u8 *data,
				  size_t len)
{
	struct ovpp_serdev *s = serdev_device_get_drvdata(dev);

	ovpp_port_receive(&s->port, data, len, 0);
	return len;
}

static void ovpp_serdev_wakeup(struct serdev_device *dev)
{
	struct ovpp_serdev *s = serdev_device_get_drvdata(dev);

	ovpp_port_wakeup(&s->port);
}

static const struct serdev_device_ops ovpp_serdev_ops = {
	.receive_buf = ovpp_serdev_receive,
	.write_wakeup = ovpp_serdev_wakeup,
};

static int ovpp_serdev_parity(struct device *dev)
{
	static const char *const names[] = {
		[OVPP_PARITY_NONE] = "none",
		[OVPP_PARITY_EVEN] = "even",
		[OVPP_PARITY_ODD] = "odd",
	};

	if (!device_property_present(dev, "parity"))
		return OVPP_PARITY_NONE;
	return device_property_match_property_string(dev, "parity", names,
						     ARRAY_SIZE(names));
}

static enum serdev_parity ovpp_serdev_of(int parity)
{
	if (parity == OVPP_PARITY_NONE)
		return SERDEV_PARITY_NONE;
	return parity == OVPP_PARITY_ODD ? SERDEV_PARITY_ODD :
					   SERDEV_PARITY_EVEN;
}

/* serdev knows one stop bit only. */
static int ovpp_serdev_setup(struct ovpp_serdev *s)
{
	struct ovpp_port_settings *set = &s->port.settings;
	u32 baud = OVPP_SERDEV_BAUD;
	int parity, err;

	parity = ovpp_serdev_parity(&s->dev->dev);
	if (parity < 0)
		return dev_err_probe(&s->dev->dev, parity,
				     "parity is not none, even or odd\n");
	device_property_read_u32(&s->dev->dev, "current-speed", &baud);
	serdev_device_set_flow_control(s->dev, false);
	err = serdev_device_set_parity(s->dev, ovpp_serdev_of(parity));
	if (err)
		return dev_err_probe(&s->dev->dev, err, "parity\n");
	set->baud = serdev_device_set_baudrate(s->dev, baud);
	set->parity = parity;
	set->stop_bits = 1;
	/* Start, eight of data, stop. */
	set->bits = parity == OVPP_PARITY_NONE ? 10 : 11;
	return 0;
}

static int ovpp_serdev_probe(struct serdev_device *dev)
{
	struct ovpp_serdev *s;
	int err;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	ovpp_port_init(&s->port, &ovpp_serdev_port_ops, dev_name(&dev->dev));
	s->dev = dev;
	serdev_device_set_drvdata(dev, s);
	serdev_device_set_client_ops(dev, &ovpp_serdev_ops);

	err = serdev_device_open(dev);
	if (err)
		goto err_put;
	err = ovpp_serdev_setup(s);
	if (err)
		goto err_close;
	mutex_lock(&ovpp_serdevs_lock);
	list_add_tail(&s->node, &ovpp_serdevs);
	mutex_unlock(&ovpp_serdevs_lock);
	ovpp_modbus_return(s->port.name);
	return 0;

err_close:
	serdev_device_close(dev);
err_put:
	ovpp_port_put(&s->port);
	return err;
}

/*
 * First nobody finds it any more, then nothing is written, then nothing comes; the
 * reference here is for what comes until then.
 */
static void ovpp_serdev_remove(struct serdev_device *dev)
{
	struct ovpp_serdev *s = serdev_device_get_drvdata(dev);

	mutex_lock(&ovpp_serdevs_lock);
	list_del(&s->node);
	mutex_unlock(&ovpp_serdevs_lock);
	kref_get(&s->port.ref);
	ovpp_port_gone(&s->port);
	serdev_device_close(dev);
	ovpp_port_put(&s->port);
}

static const struct of_device_id ovpp_serdev_match[] = {
	{ .compatible = "openvpp,rs485" },
	{}
};
MODULE_DEVICE_TABLE(of, ovpp_serdev_match);

static struct serdev_device_driver ovpp_serdev_driver = {
	.driver = {
		.name = "openvpp",
		.of_match_table = ovpp_serdev_match,
	},
	.probe = ovpp_serdev_probe,
	.remove = ovpp_serdev_remove,
};

int ovpp_serdev_bind(const char *name, struct ovpp_modbus *line,
		     struct netlink_ext_ack *extack)
{
	struct ovpp_serdev *s;
	int err = -ENODEV;

	mutex_lock(&ovpp_serdevs_lock);
	list_for_each_entry(s, &ovpp_serdevs, node)
		if (!strcmp(s->port.name, name)) {
			err = ovpp_port_bind(&s->port, line, NULL, extack);
			goto out;
		}
	NL_SET_ERR_MSG(extack, "no such serdev device; a tty is given as an open file");
out:
	mutex_unlock(&ovpp_serdevs_lock);
	return err;
}

int ovpp_serdev_init(void)
{
	return serdev_device_driver_register(&ovpp_serdev_driver);
}

void ovpp_serdev_exit(void)
{
	serdev_device_driver_unregister(&ovpp_serdev_driver);
}

#else

int ovpp_serdev_bind(const char *name, struct ovpp_modbus *line,
		     struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "this kernel has no serdev; a tty is given as an open file");
	return -ENODEV;
}

int ovpp_serdev_init(void)
{
	return 0;
}

void ovpp_serdev_exit(void)
{
}

#endif
