/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's extended acknowledgment as a text. */
#ifndef OVPP_EXTACK_H
#define OVPP_EXTACK_H

#include "spec.h"

#include <linux/netlink.h>
#include <stddef.h>

/**
 * ovpp_extack_text() - why a request was refused, for people
 * @answer: the kernel's NLMSG_ERROR or, after a dump, NLMSG_DONE
 * @request: the request that it answers
 * @set: attributes of the request
 * @text: result: the kernel's text, the attribute that it is about and the
 *	range of values that this attribute takes; or strerror()
 * @size: its size
 *
 * Return: the error in @answer, 0 or -errno.
 */
int ovpp_extack_text(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		     const struct ovpp_spec_set *set, char *text, size_t size);

#endif /* OVPP_EXTACK_H */
