/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client of the generic netlink family openvpp. Objects are jansson objects with
 * the spec's names as keys ('_' for '-'); enumerations are names, flags lists of
 * names, attributes that may occur several times lists. For 0 and 1 of a u8,
 * false and true may be sent too.
 */
#ifndef OVPP_NL_H
#define OVPP_NL_H

#include <jansson.h>

struct ovpp_nl;

/**
 * ovpp_nl_open() - connect
 * @out: set to the new client; to be closed with ovpp_nl_close()
 *
 * Return: 0; -ENOENT when the family is not there (module not loaded); or
 * another -errno.
 */
int ovpp_nl_open(struct ovpp_nl **out);
void ovpp_nl_close(struct ovpp_nl *nl);

/**
 * ovpp_nl_do() - one request, one reply
 * @nl: client
 * @op: name of the operation, "der-new"
 * @req: object with the request's attributes, or NULL; not taken over
 * @reply: set to a new object (empty where the operation has no reply); may be
 *	NULL
 *
 * Return: 0, or the kernel's -errno; ovpp_nl_error() has its text. -EINVAL with
 * a text is also what an unknown key or a value of the wrong type gives, before
 * anything is sent; -EOPNOTSUPP, what an unknown operation gives.
 */
int ovpp_nl_do(struct ovpp_nl *nl, const char *op, const json_t *req, json_t **reply);

/* Like ovpp_nl_do() for a dump; @reply is set to a new array. */
int ovpp_nl_dump(struct ovpp_nl *nl, const char *op, const json_t *req, json_t **reply);

/*
 * What was wrong with the last call: the kernel's extended-ack text and the
 * attribute that it points at, or strerror(); never NULL, valid until the next
 * call.
 */
const char *ovpp_nl_error(const struct ovpp_nl *nl);

/**
 * ovpp_nl_subscribe() - receive events
 * @nl: client used for nothing else from now on
 *
 * Return: file descriptor to wait on, or -errno.
 */
int ovpp_nl_subscribe(struct ovpp_nl *nl);

/**
 * ovpp_nl_event() - the next event, without waiting
 * @nl: subscribed client
 * @event: set to a new object
 *
 * Return: 0; -EAGAIN if there is none; -ENOBUFS if the socket lost some.
 */
int ovpp_nl_event(struct ovpp_nl *nl, json_t **event);

#endif /* OVPP_NL_H */
