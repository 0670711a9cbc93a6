// SPDX-License-Identifier: GPL-2.0-only
/* OpenVPP: init and exit. */

#include <linux/module.h>
#include <net/genetlink.h>

#include <uapi/linux/openvpp_netlink.h>

#include "bus.h"
#include "chrdev.h"
#include "der.h"
#include "hook.h"
#include "netlink.h"
#include "port.h"
#include "profile.h"
#include "site.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* Publish last, unpublish first: netlink is the door through which all come. */
static int __init ovpp_init(void)
{
	int err;

	err = ovpp_der_init();
	if (err)
		return err;
	err = ovpp_chrdev_init();
	if (err)
		goto err_der;
	err = ovpp_site_init();
	if (err)
		goto err_chrdev;
	err = ovpp_can_init();
	if (err)
		goto err_site;
	err = ovpp_serial_init();
	if (err)
		goto err_can;
	err = ovpp_serdev_init();
	if (err)
		goto err_serial;
	err = ovpp_netlink_init();
	if (err)
		goto err_serdev;
	/* Last, since it cannot be undone. */
	err = ovpp_hook_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	ovpp_netlink_exit();
err_serdev:
	ovpp_serdev_exit();
err_serial:
	ovpp_serial_exit();
err_can:
	ovpp_can_exit();
err_site:
	ovpp_site_exit();
err_chrdev:
	ovpp_chrdev_exit();
err_der:
	ovpp_der_exit();
	return err;
}

static void __exit ovpp_exit(void)
{
	ovpp_netlink_exit();
	ovpp_hook_exit();
	ovpp_site_exit();
	ovpp_serdev_exit();
	ovpp_serial_exit();
	ovpp_can_exit();
	ovpp_chrdev_exit();
	ovpp_der_exit();
	ovpp_profile_exit();
}

module_init(ovpp_init);
module_exit(ovpp_exit);

MODULE_LICENSE("GPL");
MODULE_AUTHOR("OpenVPP developers");
MODULE_DESCRIPTION("Real-time gateway of distributed energy resources");
MODULE_ALIAS_GENL_FAMILY(OVPP_FAMILY_NAME);
