/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink requests as a careless or hostile program would send them: any
 * attribute, of any type and length, in any place. Functions return 0 or -errno.
 */
#ifndef OVPP_TEST_RAWNL_H
#define OVPP_TEST_RAWNL_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvpp_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum field_kind {
	FIELD_END,
	FIELD_U8,
	FIELD_U32,
	FIELD_UINT,
	FIELD_SINT,
	FIELD_STRING,
	FIELD_BYTES,
	FIELD_NEST,
};

/**
 * struct field - one attribute of a request
 * @kind: how it is written
 * @attr: its number, flags included
 * @value: value, or number of bytes
 * @bytes: text or bytes
 * @nest: attributes within, up to FIELD_END
 */
struct field {
	enum field_kind kind;
	uint16_t attr;
	int64_t value;
	const void *bytes;
	const struct field *nest;
};

#define U8(a, v)                                    \
	{                                           \
		FIELD_U8, OVPP_A_##a, v, NULL, NULL \
	}
#define U32(a, v)                                    \
	{                                            \
		FIELD_U32, OVPP_A_##a, v, NULL, NULL \
	}
#define UINT(a, v)                                    \
	{                                             \
		FIELD_UINT, OVPP_A_##a, v, NULL, NULL \
	}
#define SINT(a, v)                                    \
	{                                             \
		FIELD_SINT, OVPP_A_##a, v, NULL, NULL \
	}
#define STRING(a, text)                                 \
	{                                               \
		FIELD_STRING, OVPP_A_##a, 0, text, NULL \
	}
#define BYTES(a, text)                                                \
	{                                                             \
		FIELD_BYTES, OVPP_A_##a, sizeof(text) - 1, text, NULL \
	}
#define NEST(a, ...)                                                                   \
	{                                                                              \
		FIELD_NEST, NLA_F_NESTED | OVPP_A_##a, 0, NULL, (const struct field[]) \
		{                                                                      \
			__VA_ARGS__,                                                   \
			{                                                              \
			}                                                              \
		}                                                                      \
	}
#define UNMARKED_NEST(a, ...)                                           \
	{                                                               \
		FIELD_NEST, OVPP_A_##a, 0, NULL, (const struct field[]) \
		{                                                       \
			__VA_ARGS__,                                    \
			{                                               \
			}                                               \
		}                                                       \
	}
#define FIELDS(...)            \
	(const struct field[]) \
	{                      \
		__VA_ARGS__,   \
		{              \
		}              \
	}

static inline int field_put(struct nl_msg *msg, const struct field *f)
{
	uint8_t u8 = (uint8_t)f->value;
	uint32_t u32 = (uint32_t)f->value;
	bool small = f->kind == FIELD_UINT ? (uint64_t)f->value <= UINT32_MAX
					   : f->value == (int32_t)f->value;

	switch (f->kind) {
	case FIELD_U8:
		return nla_put(msg, f->attr, sizeof(u8), &u8);
	case FIELD_U32:
		return nla_put(msg, f->attr, sizeof(u32), &u32);
	case FIELD_UINT:
	case FIELD_SINT:
		if (small)
			return nla_put(msg, f->attr, sizeof(u32), &u32);
		return nla_put(msg, f->attr, sizeof(f->value), &f->value);
	case FIELD_STRING:
		return nla_put_string(msg, f->attr, f->bytes);
	default:
		return nla_put(msg, f->attr, (int)f->value, f->bytes);
	}
}

static inline int fields_put(struct nl_msg *msg, const struct field *f)
{
	struct nlattr *nest;
	int ret = 0;

	for (; f && f->kind != FIELD_END && !ret; f++) {
		if (f->kind != FIELD_NEST) {
			ret = field_put(msg, f);
			continue;
		}
		/* libnl marks every nest and drops empty ones; the test decides. */
		nest = nla_reserve(msg, f->attr, 0);
		if (!nest)
			return -NLE_NOMEM;
		ret = fields_put(msg, f->nest);
		nest->nla_len = (uint16_t)((char *)nlmsg_tail(nlmsg_hdr(msg)) - (char *)nest);
	}
	return ret;
}

/**
 * struct raw - a socket that speaks to the family
 * @sk: socket
 * @family: its number
 */
struct raw {
	struct nl_sock *sk;
	int family;
};

/**
 * struct answer - how a request ended
 * @err: 0 or -errno
 * @text: the kernel's text, or empty
 * @attr: number of the attribute that was wrong or is missing; 0: not said
 * @missing: it is missing
 */
struct answer {
	int err;
	char text[160];
	uint16_t attr;
	bool missing;
};

static inline void raw_close(struct raw *r)
{
	nl_socket_free(r->sk);
	r->sk = NULL;
}

/* @port: 0, or the port to have; @family: 0 to look it up, which reads from the socket. */
static inline int raw_connect(struct raw *r, uint32_t port, int family)
{
	struct timeval patience = {.tv_sec = 20};
	int on = 1, fd;

	r->sk = nl_socket_alloc();
	if (!r->sk)
		return -ENOMEM;
	if (port)
		nl_socket_set_local_port(r->sk, port);
	if (genl_connect(r->sk))
		return -EIO;
	r->family = family ?: genl_ctrl_resolve(r->sk, OVPP_FAMILY_NAME);
	if (r->family < 0)
		return -ENOENT;
	fd = nl_socket_get_fd(r->sk);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	return 0;
}

static inline int raw_open(struct raw *r)
{
	return raw_connect(r, 0, 0);
}

/* A request with room for @fields; NULL if they do not fit. */
static inline struct nl_msg *raw_request(struct raw *r, uint8_t cmd, int flags,
					 const struct field *fields)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, r->family, 0, flags, cmd,
			OVPP_FAMILY_VERSION) &&
	    !fields_put(msg, fields))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static inline void answer_read(struct answer *a, struct nlmsghdr *n, int at,
			       const struct nlmsghdr *request)
{
	const struct nlattr *nla;
	int rem = (int)n->nlmsg_len - NLMSG_HDRLEN - at;

	if (!(n->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	nla_for_each_attr (nla, (struct nlattr *)((char *)nlmsg_data(n) + at), rem, rem) {
		switch (nla_type(nla)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(a->text, sizeof(a->text), "%s", nla_get_string(nla));
			break;
		case NLMSGERR_ATTR_OFFS:
			a->attr =
				((const struct nlattr *)((const char *)request + nla_get_u32(nla)))
					->nla_type &
				NLA_TYPE_MASK;
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			a->attr = (uint16_t)nla_get_u32(nla);
			a->missing = true;
			break;
		}
	}
}

/* Is @n the end of the exchange? Then @a says how it ended. */
static inline bool answer_ends(struct answer *a, struct nlmsghdr *n, const struct nlmsghdr *request)
{
	if (n->nlmsg_seq != request->nlmsg_seq)
		return false;
	if (n->nlmsg_type == NLMSG_ERROR) {
		a->err = ((struct nlmsgerr *)nlmsg_data(n))->error;
		answer_read(a, n, sizeof(struct nlmsgerr), request);
		return true;
	}
	if (n->nlmsg_type == NLMSG_DONE) {
		a->err = *(int *)nlmsg_data(n);
		answer_read(a, n, sizeof(int), request);
		return true;
	}
	return false;
}

/* Sends @msg, which is taken over, and waits for its end; replies are passed by. */
static inline int raw_ask(struct raw *r, struct nl_msg *msg, struct answer *a)
{
	static char buf[65536] __attribute__((aligned(8)));
	struct nlmsghdr *n;
	bool ended = false;
	ssize_t len;
	int ret;

	*a = (struct answer){0};
	if (!msg)
		return -EMSGSIZE;
	ret = nl_send_auto(r->sk, msg);
	while (ret >= 0 && !ended) {
		len = recv(nl_socket_get_fd(r->sk), buf, sizeof(buf), 0);
		if (len < 0) {
			ret = -errno;
			break;
		}
		for (n = (struct nlmsghdr *)buf; NLMSG_OK(n, len) && !ended; n = NLMSG_NEXT(n, len))
			ended = answer_ends(a, n, nlmsg_hdr(msg));
	}
	nlmsg_free(msg);
	return ret < 0 ? ret : 0;
}

/* Sends a heartbeat for the site of this name. */
static inline int raw_beat(struct raw *r, const char *site, struct answer *a)
{
	const struct field *fields = FIELDS(STRING(SITE_NAME, site));
	int ret = raw_ask(r, raw_request(r, OVPP_CMD_HEARTBEAT, NLM_F_REQUEST | NLM_F_ACK, fields),
			  a);

	return ret ? ret : a->err;
}

#endif /* OVPP_TEST_RAWNL_H */
