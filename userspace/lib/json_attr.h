/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON objects <-> netlink attributes, by the tables of spec.h. */
#ifndef OVPP_JSON_ATTR_H
#define OVPP_JSON_ATTR_H

#include "spec.h"

#include <jansson.h>
#include <linux/netlink.h>
#include <stddef.h>

struct nl_msg;

/**
 * ovpp_attr_put() - append an object to a message
 * @msg: message with its headers
 * @set: the object's attributes
 * @allowed: ids that the object may have, 0-terminated; NULL: all of @set
 * @obj: object, or NULL for an empty one
 * @err: room for a text that names the key, set on error
 * @err_size: its size
 *
 * Strict: an unknown key, a value of the wrong type or out of its type's range
 * and a name that the enumeration lacks are errors.
 *
 * Return: 0; -EINVAL with a text; -EMSGSIZE if the message is full.
 */
int ovpp_attr_put(struct nl_msg *msg, const struct ovpp_spec_set *set, const uint16_t *allowed,
		  const json_t *obj, char *err, size_t err_size);

/**
 * ovpp_attr_get() - attributes to an object
 * @attrs: first attribute
 * @len: their length in bytes
 * @set: their set
 * @out: set to a new object. Attributes that the set lacks are left out: a newer
 *	kernel may have more of them.
 *
 * An enumeration's value becomes its name, or stays a number where it has none.
 * Unsigned values beyond the range of JSON integers become decimal strings.
 *
 * Return: 0; -EBADMSG for a payload of the wrong length; -ENOMEM.
 */
int ovpp_attr_get(const struct nlattr *attrs, int len, const struct ovpp_spec_set *set,
		  json_t **out);

#endif /* OVPP_JSON_ATTR_H */
