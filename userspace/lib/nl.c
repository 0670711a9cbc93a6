// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl.h"

#include "extack.h"
#include "json_attr.h"

#include <errno.h>
#include <linux/openvpp_netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The biggest profile and the longest dispatch fit with room to spare. */
#define REQUEST_MAX (128 * 1024)
/* Events queue up here while a subscriber is busy. */
#define EVENT_BUFFER (1024 * 1024)
/* A dump that changes under our hands is read again so often. */
#define DUMP_TRIES 5

/**
 * struct ovpp_nl - a client
 * @sock: its socket
 * @family: number of the family
 * @events: received and not yet taken; NULL before ovpp_nl_subscribe()
 * @error: text of the last error
 */
struct ovpp_nl {
	struct nl_sock *sock;
	int family;
	json_t *events;
	char error[512];
};

/**
 * struct call - a request that waits for its answer
 * @nl: client
 * @op: operation
 * @request: what was sent
 * @replies: array of the replies so far
 * @ret: result
 * @changed: what is dumped changed meanwhile
 * @done: the last message of the answer has come
 */
struct call {
	struct ovpp_nl *nl;
	const struct ovpp_spec_op *op;
	struct nl_msg *request;
	json_t *replies;
	int ret;
	bool changed;
	bool done;
};

static int nl_errno(int nle)
{
	switch (nle < 0 ? -nle : nle) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	case NLE_MSGSIZE:
		return -EMSGSIZE;
	default:
		return -EIO;
	}
}

static int fail(struct ovpp_nl *nl, int ret)
{
	snprintf(nl->error, sizeof(nl->error), "%s", strerror(-ret));
	return ret;
}

static int set_option(struct nl_sock *sock, int option)
{
	int one = 1;

	return setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, option, &one, sizeof(one)) ? -errno
											  : 0;
}

static int connect_family(struct ovpp_nl *nl)
{
	int ret;

	ret = nl_errno(genl_connect(nl->sock));
	if (ret)
		return ret;
	/* A reply holds a whole profile: more than libnl's default buffer. */
	nl_socket_enable_msg_peek(nl->sock);
	ret = set_option(nl->sock, NETLINK_CAP_ACK);
	if (!ret)
		ret = set_option(nl->sock, NETLINK_EXT_ACK);
	if (ret)
		return ret;
	nl->family = genl_ctrl_resolve(nl->sock, OVPP_FAMILY_NAME);
	return nl->family < 0 ? nl_errno(nl->family) : 0;
}

int ovpp_nl_open(struct ovpp_nl **out)
{
	struct ovpp_nl *nl = calloc(1, sizeof(*nl));
	int ret = -ENOMEM;

	if (!nl)
		return ret;
	nl->sock = nl_socket_alloc();
	if (nl->sock)
		ret = connect_family(nl);
	if (ret) {
		ovpp_nl_close(nl);
		return ret;
	}
	*out = nl;
	return 0;
}

void ovpp_nl_close(struct ovpp_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	json_decref(nl->events);
	free(nl);
}

const char *ovpp_nl_error(const struct ovpp_nl *nl)
{
	return nl->error;
}

static int parse(struct nlmsghdr *hdr, const struct ovpp_spec_op *op, json_t **out)
{
	if (!genlmsg_valid_hdr(hdr, 0))
		return -EBADMSG;
	return ovpp_attr_get(genlmsg_attrdata(nlmsg_data(hdr), 0),
			     genlmsg_attrlen(nlmsg_data(hdr), 0), op->set, out);
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;
	json_t *obj;
	int ret;

	ret = parse(nlmsg_hdr(msg), call->op, &obj);
	if (!ret && json_array_append_new(call->replies, obj))
		ret = -ENOMEM;
	if (ret && !call->ret)
		call->ret = fail(call->nl, ret);
	return NL_OK;
}

static void finish(struct call *call, const struct nlmsghdr *answer)
{
	int error = 0;

	call->done = true;
	if (answer->nlmsg_len >= NLMSG_HDRLEN + sizeof(error))
		memcpy(&error, nlmsg_data(answer), sizeof(error));
	if (!error)
		return;
	call->ret = ovpp_extack_text(answer, nlmsg_hdr(call->request), call->op->set,
				     call->nl->error, sizeof(call->nl->error));
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	finish(arg, nlmsg_hdr(msg));
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct call *)arg)->done = true;
	return NL_STOP;
}

/*
 * libnl gives the payload; its header is right in front of it. Not NL_STOP, on
 * which nl_recvmsgs() would return the error in libnl's own, coarser numbers.
 */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	(void)from;
	finish(arg, (const struct nlmsghdr *)((const char *)e - NLMSG_HDRLEN));
	return NL_SKIP;
}

/* What is left of an answer that an earlier call gave up on is passed over. */
static int on_seq(struct nl_msg *msg, void *arg)
{
	struct call *call = arg;

	return nlmsg_hdr(msg)->nlmsg_seq == nlmsg_hdr(call->request)->nlmsg_seq ? NL_OK : NL_SKIP;
}

static int on_change(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct call *)arg)->changed = true;
	return NL_OK;
}

static int receive(struct call *call)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret = 0;

	if (!cb)
		return fail(call->nl, -ENOMEM);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, call);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, call);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, call);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_seq, call);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_change, call);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, call);
	while (!call->done && !ret) {
		ret = nl_errno(nl_recvmsgs(call->nl->sock, cb));
		if (ret == -EINTR)
			ret = 0;
	}
	nl_cb_put(cb);
	if (!ret && !call->ret && call->changed)
		ret = -EAGAIN;
	return ret ? fail(call->nl, ret) : call->ret;
}

static int build(struct call *call, const json_t *req, int flags)
{
	const uint16_t *allowed = flags & NLM_F_DUMP ? call->op->dump_request : call->op->request;

	call->request = nlmsg_alloc_size(REQUEST_MAX);
	if (!call->request ||
	    !genlmsg_put(call->request, NL_AUTO_PORT, NL_AUTO_SEQ, call->nl->family, 0, flags,
			 call->op->cmd, OVPP_FAMILY_VERSION))
		return fail(call->nl, -ENOMEM);
	return ovpp_attr_put(call->request, call->op->set, allowed, req, call->nl->error,
			     sizeof(call->nl->error));
}

/* One exchange; @replies is set to a new array. */
static int exchange(struct ovpp_nl *nl, const struct ovpp_spec_op *op, const json_t *req, int flags,
		    json_t **replies)
{
	struct call call = {.nl = nl, .op = op, .replies = json_array()};
	int ret;

	nl->error[0] = '\0';
	ret = call.replies ? build(&call, req, flags) : fail(nl, -ENOMEM);
	if (ret)
		goto out;
	ret = nl_send_auto(nl->sock, call.request);
	ret = ret < 0 ? fail(nl, nl_errno(ret)) : receive(&call);
	if (ret)
		goto out;
	*replies = call.replies;
	call.replies = NULL;
out:
	nlmsg_free(call.request);
	json_decref(call.replies);
	return ret;
}

static int no_such_op(struct ovpp_nl *nl, const char *name, const char *how)
{
	snprintf(nl->error, sizeof(nl->error), "no operation '%s' to %s", name, how);
	return -EOPNOTSUPP;
}

int ovpp_nl_do(struct ovpp_nl *nl, const char *name, const json_t *req, json_t **reply)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(name);
	json_t *replies, *first;
	int ret;

	if (!op || !op->has_do)
		return no_such_op(nl, name, "do");
	ret = exchange(nl, op, req, 0, &replies);
	if (ret)
		return ret;
	if (reply) {
		first = json_array_get(replies, 0);
		*reply = first ? json_incref(first) : json_object();
		if (!*reply)
			ret = fail(nl, -ENOMEM);
	}
	json_decref(replies);
	return ret;
}

int ovpp_nl_dump(struct ovpp_nl *nl, const char *name, const json_t *req, json_t **reply)
{
	const struct ovpp_spec_op *op = ovpp_spec_op(name);
	int ret = -EAGAIN;

	if (!op || !op->has_dump)
		return no_such_op(nl, name, "dump");
	for (int i = 0; i < DUMP_TRIES && ret == -EAGAIN; i++)
		ret = exchange(nl, op, req, NLM_F_DUMP, reply);
	return ret;
}

int ovpp_nl_subscribe(struct ovpp_nl *nl)
{
	int group, ret;

	group = genl_ctrl_resolve_grp(nl->sock, OVPP_FAMILY_NAME, OPENVPP_MCGRP_EVENTS);
	if (group < 0)
		return fail(nl, nl_errno(group));
	nl->events = json_array();
	if (!nl->events)
		return fail(nl, -ENOMEM);
	nl_socket_disable_seq_check(nl->sock);
	ret = nl_errno(nl_socket_set_buffer_size(nl->sock, EVENT_BUFFER, 0));
	if (!ret)
		ret = nl_errno(nl_socket_set_nonblocking(nl->sock));
	if (!ret)
		ret = nl_errno(nl_socket_add_membership(nl->sock, group));
	return ret ? fail(nl, ret) : nl_socket_get_fd(nl->sock);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct ovpp_nl *nl = arg;
	const struct ovpp_spec_op *op;
	json_t *obj;

	if (hdr->nlmsg_type != nl->family || !genlmsg_valid_hdr(hdr, 0))
		return NL_SKIP;
	op = ovpp_spec_op_by_cmd(genlmsg_hdr(hdr)->cmd);
	if (op && !parse(hdr, op, &obj))
		json_array_append_new(nl->events, obj);
	return NL_OK;
}

/* Events answer no request. */
static int on_any_seq(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static int receive_events(struct ovpp_nl *nl)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, nl);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_any_seq, NULL);
	ret = nl_recvmsgs(nl->sock, cb);
	nl_cb_put(cb);
	/* libnl has one number for no memory and for a socket that overflowed. */
	return ret == -NLE_NOMEM ? -ENOBUFS : nl_errno(ret);
}

int ovpp_nl_event(struct ovpp_nl *nl, json_t **event)
{
	int ret;

	while (!json_array_size(nl->events)) {
		ret = receive_events(nl);
		if (ret && ret != -EINTR)
			return fail(nl, ret);
	}
	*event = json_incref(json_array_get(nl->events, 0));
	json_array_remove(nl->events, 0);
	return 0;
}
